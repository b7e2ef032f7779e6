//! What a caller may do to a ledger's file.

/// What may be done to the file, and whether it may be new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Read and write; create the file if there is none.
    #[default]
    OpenOrCreate,
    /// Read and write a file that must exist.
    Open,
    /// Only read a file that must exist.
    ReadOnly,
}

/// When what was committed is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the call returns.
    #[default]
    Commit,
    /// Some time later, when some 16 MiB of commits have come together or the last handle is dropped: a
    /// power cut takes the last commits back, each of them whole, and leaves a sound file. For a copy of
    /// books that are kept elsewhere, and for nothing else.
    Later,
}
