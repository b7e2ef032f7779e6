//! Snapshots: a long book as a ledger's file, cut into pieces, so that a new node need not take in every
//! recording of it. A snapshot is worth no more than the recordings that it stands for: what can't be
//! used is left alone, and they are taken in.

use std::{
    fs::{self, File},
    io::{self, Read, Write as _},
    iter, mem,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use refundry::{Durability, FileError, Ledger, Options};
use sha2::{Digest, Sha256};

use crate::{
    carry::{self, unavailable},
    engine::{Engine, EngineError, Head, Snapshot},
    error::{self, Error},
};

/// Pieces are parts of the file of this length (the last may be shorter), each compressed by Snappy.
const FORMAT: i32 = 1;
const PIECE: usize = 1 << 20;

/// What follows the shared file's name in the names of the files that have one book alone.
pub(crate) const OWN: &str = ".own-";

/// How many pieces are taken in at once.
const TOGETHER: u32 = 16;

/// A snapshot of which pieces arrive. Its file goes with it, unless it came to its end.
pub(crate) struct Incoming {
    pub(crate) snapshot: Snapshot,
    /// The number of the piece that comes next.
    pub(crate) next: u32,
    /// How many pieces are asked for at once.
    pub(crate) together: u32,
    path: PathBuf,
    file: File,
    digest: Sha256,
}

impl Incoming {
    /// Begins a file for a snapshot.
    ///
    /// # Errors
    /// Why it can't be used.
    pub(crate) fn begin(snapshot: Snapshot, path: PathBuf) -> Result<Self, String> {
        if snapshot.format != FORMAT {
            return Err(format!(
                "it has the format {}, which this version does not know",
                snapshot.format
            ));
        }
        let file = create(&path).map_err(|error| failed(&path, &error))?;
        Ok(Self { snapshot, next: 0, together: TOGETHER, path, file, digest: Sha256::new() })
    }

    /// Writes the next pieces. Tells whether they were the last.
    ///
    /// # Errors
    /// Why the snapshot can't be used.
    pub(crate) fn take(&mut self, pieces: &[Vec<u8>]) -> Result<bool, String> {
        if pieces.is_empty() {
            return Err("pieces of it are missing; it may have been replaced".into());
        }
        for piece in pieces {
            let fits = snap::raw::decompress_len(piece).is_ok_and(|length| length <= PIECE);
            let part = fits.then(|| snap::raw::Decoder::new().decompress_vec(piece).ok()).flatten();
            let part = part.ok_or_else(|| format!("its piece {} is damaged", self.next))?;
            self.digest.update(&part);
            self.file.write_all(&part).map_err(|error| failed(&self.path, &error))?;
            self.next = self.next.saturating_add(1);
        }
        Ok(self.next >= self.snapshot.pieces)
    }

    /// The file, once all is there and has the digest.
    ///
    /// # Errors
    /// Why the snapshot can't be used.
    pub(crate) fn end(mut self) -> Result<PathBuf, String> {
        if mem::take(&mut self.digest).finalize().as_slice() != self.snapshot.digest {
            return Err("its pieces do not have its digest".into());
        }
        Ok(mem::take(&mut self.path))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            remove(&self.path);
        }
    }
}

/// Makes a file that is not there yet, which others may not read, as a ledger's.
fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

fn failed(path: &Path, error: &io::Error) -> String {
    format!("{} can't be written ({error})", path.display())
}

/// Opens the file of a snapshot, which has to be of this version, and to have this book alone, up to
/// where the snapshot says.
///
/// # Errors
/// Why it can't be used.
pub(crate) fn open(path: &Path, mut options: Options, head: &Head) -> Result<Ledger, String> {
    // An upgrade would take as long as the recordings.
    options.upgrading = Box::new(|_| ControlFlow::Break(()));
    options.durability = Durability::Later;
    let looked = Ledger::open(path, options).and_then(|mut ledger| {
        let alone = ledger.merchants()?.len() == 1;
        let mark = ledger.book(&head.merchant)?.mark()?;
        Ok((alone && mark == head.mark).then_some(ledger))
    });
    match looked {
        Ok(Some(ledger)) => Ok(ledger),
        Ok(None) => Err("its file has another book, or ends elsewhere".into()),
        Err(error) => Err(format!("its file is no ledger of this version ({error})")),
    }
}

/// Makes a snapshot of a merchant's book as it is now, and has the engine keep it in the place of older
/// ones. It goes on from the snapshot that is there, verifies the whole book before it is kept, and
/// needs room for its file in a folder, where nothing stays. Returns where the book ended; `None` for a
/// book that is so short that no node would use a snapshot.
///
/// # Errors
/// [`Error::Unavailable`] if the engine can't be used, or if a text was erased meanwhile: make it again.
/// [`Error::InDoubt`] if the engine did not say whether it kept it: either is harmless, and the next goes on
/// from whichever is there. [`Error::Ledger`] for the file, or if the book does not verify.
pub fn make_snapshot(
    engine: &mut dyn Engine,
    merchant: &str,
    folder: &Path,
) -> error::Result<Option<Head>> {
    fs::create_dir_all(folder).map_err(|error| in_folder(folder, error))?;
    // Nobody else's file has this name.
    let path = folder.join(format!("snapshot-{:016x}.refundry", fastrand::u64(..)));
    let made = make(engine, merchant, &path);
    remove(&path);
    made
}

fn make(engine: &mut dyn Engine, merchant: &str, path: &Path) -> error::Result<Option<Head>> {
    // Before anything is read: what is erased later is noticed.
    let erasures = engine.erasures(merchant).map_err(unavailable)?;
    let mut ledger = match arrived(engine, merchant, path)? {
        Some(ledger) => ledger,
        None => {
            remove(path);
            let mut options = Options::default();
            options.durability = Durability::Later;
            Ledger::open(path, options)?
        }
    };
    carry::book_out_of(engine, merchant, &mut ledger)?;
    let mark = ledger.book(merchant)?.mark()?;
    if mark.n < i64::from(carry::PAGE) {
        return Ok(None);
    }
    ledger.verify(&[], |_| ControlFlow::Continue(()))?;
    // A closed ledger is one file.
    drop(ledger);
    let head = Head { merchant: merchant.to_owned(), mark };
    let snapshot = measured(path, head).map_err(|error| in_folder(path, error))?;
    let mut file = File::open(path).map_err(|error| in_folder(path, error))?;
    let mut pieces = iter::from_fn(|| {
        let part = part_of(&mut file).transpose()?;
        let compressed = |part: Vec<u8>| snap::raw::Encoder::new().compress_vec(&part);
        Some(part.and_then(|part| compressed(part).map_err(io::Error::other)))
    });
    if engine.keep_snapshot(&snapshot, erasures, &mut pieces).map_err(unavailable)? {
        return Ok(Some(snapshot.head));
    }
    Err(Error::Unavailable("a text of this book was erased meanwhile".into()))
}

/// The book of the newest snapshot, if it can be used.
fn arrived(engine: &mut dyn Engine, merchant: &str, path: &Path) -> error::Result<Option<Ledger>> {
    let Some(snapshot) = engine.snapshot(merchant).map_err(unavailable)? else { return Ok(None) };
    let head = snapshot.head.clone();
    let Ok(mut incoming) = Incoming::begin(snapshot, path.to_owned()) else { return Ok(None) };
    loop {
        let pieces = engine.snapshot_pieces(&incoming.snapshot, incoming.next, incoming.together);
        match incoming.take(&pieces.map_err(unavailable)?) {
            Ok(true) => break,
            Ok(false) => {}
            Err(_) => return Ok(None),
        }
    }
    let opened = incoming.end().and_then(|path| open(&path, Options::default(), &head));
    let is_there = ends_in(engine, &head).map_err(unavailable)?;
    Ok(opened.ok().filter(|_| is_there))
}

/// Whether the engine has the recording with which a snapshot ends.
///
/// # Errors
/// As [`Engine::kept_from`].
pub(crate) fn ends_in(engine: &mut dyn Engine, head: &Head) -> Result<bool, EngineError> {
    let kept = engine.kept_from(std::slice::from_ref(head), 1)?;
    let is_it = |n, hash: [u8; 32]| n == head.mark.n && hash == *head.mark.hash.as_bytes();
    Ok(kept.first().is_some_and(|one| is_it(one.n, one.hash)))
}

/// What is to be known of a file before its pieces are kept.
fn measured(path: &Path, head: Head) -> io::Result<Snapshot> {
    let mut file = File::open(path)?;
    let (mut digest, mut bytes, mut pieces) = (Sha256::new(), 0_u64, 0_u32);
    while let Some(part) = part_of(&mut file)? {
        digest.update(&part);
        bytes = bytes.saturating_add(part.len() as u64);
        pieces = pieces.saturating_add(1);
    }
    Ok(Snapshot { head, id: 0, format: FORMAT, bytes, digest: digest.finalize().into(), pieces })
}

/// The next part of a file; `None` at its end.
fn part_of(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let mut part = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut part)?;
    Ok((!part.is_empty()).then_some(part))
}

/// Removes a ledger's file and what stands beside it. What can't be removed stays.
pub(crate) fn remove(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.to_owned().into_os_string();
        name.push(end);
        let _ = fs::remove_file(name);
    }
}

/// Removes the files that one book had alone beside the file that books share: what they had comes back by
/// a snapshot.
pub(crate) fn forget_all(shared: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (shared.parent(), shared.file_name()) else { return Ok(()) };
    let begins = format!("{}{OWN}", name.to_string_lossy());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_string_lossy().starts_with(&begins);
        if is_ours && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn in_folder(path: &Path, error: io::Error) -> Error {
    Error::Ledger(FileError::input_output(path, error).into())
}
