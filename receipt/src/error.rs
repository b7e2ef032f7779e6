//! Why a receipt or checkpoint proves nothing.

/// The result of every fallible call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a receipt or checkpoint proves nothing. Each variant has a permanent [number](Error::number)
/// and a permanent [code](Error::code).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is no receipt.
    #[error("this is no receipt ({problem}); it proves nothing; copy or scan the whole receipt")]
    ReceiptInvalid {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The proof does not lead from the entry to the checkpoint.
    #[error(
        "the receipt's entry is not in the book of its checkpoint: one of both was altered; it proves nothing; ask the shop for another receipt"
    )]
    ReceiptUnproven,
    /// The text is no checkpoint, no key or no proof of consistency.
    #[error("this is no {what} ({problem}); it proves nothing; copy all of it")]
    CheckpointInvalid {
        /// What it should have been.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The checkpoint is not signed by the key.
    #[error("the checkpoint {problem}; it proves nothing; ask the shop which key it signs with")]
    SignatureInvalid {
        /// Why not.
        problem: &'static str,
    },
    /// Two checkpoints are not of one book that only grew.
    #[error(
        "the two checkpoints {problem}: the book was rolled back or altered, or one of them is of another book; keep both, and ask the shop which is right"
    )]
    CheckpointInconsistent {
        /// How they differ.
        problem: &'static str,
    },
}

impl Error {
    /// The permanent number: one for each variant, never 0, never given twice.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self {
            Self::ReceiptInvalid { .. } => 210,
            Self::ReceiptUnproven => 211,
            Self::CheckpointInvalid { .. } => 212,
            Self::SignatureInvalid { .. } => 213,
            Self::CheckpointInconsistent { .. } => 214,
        }
    }

    /// The permanent code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ReceiptInvalid { .. } => "receipt_invalid",
            Self::ReceiptUnproven => "receipt_unproven",
            Self::CheckpointInvalid { .. } => "checkpoint_invalid",
            Self::SignatureInvalid { .. } => "signature_invalid",
            Self::CheckpointInconsistent { .. } => "checkpoint_inconsistent",
        }
    }
}
