//! The cache: the books that a node serves, in an ordinary ledger file. The engine is the truth; the
//! file may be lost at any time, and is made anew then.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Access, Durability, EngineError, Error, FileError, Ledger, Mark, Options, Result, Timestamp,
};

use crate::engine::Head;

/// What SQLite and the ledger keep under the file's name.
const ITS_FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// How far a clock may go on at once and still be trusted, in milliseconds: as far as a ledger's
/// maturity trusts it, 90 days.
const FURTHEST: i64 = 90 * 86_400_000;

pub(crate) struct Cache {
    /// There is none only while the file is made anew.
    ledger: Option<Ledger>,
    /// Where books end, of those that were asked for.
    heads: HashMap<String, Mark>,
    /// What the ledger's clock says, in milliseconds.
    moment: Arc<AtomicI64>,
    /// The last moment that maturity has seen.
    seen: Option<Timestamp>,
    path: PathBuf,
    window: Window,
    /// Held for as long as this node lives: no other may decide on the same file.
    _lock: File,
}

/// A second handle on the file, which can only read: opened when it is first asked, and closed while the
/// file is made anew.
#[derive(Clone)]
pub(crate) struct Window {
    path: PathBuf,
    ledger: Arc<Mutex<Option<Ledger>>>,
}

impl Window {
    /// Looks at what is committed.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> Result<T> {
        let mut held = self.lock();
        let ledger = match &mut *held {
            Some(ledger) => ledger,
            none => {
                let mut options = Options::default();
                options.access = Access::ReadOnly;
                none.insert(Ledger::open(&self.path, options)?)
            }
        };
        Ok(look(ledger))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, Option<Ledger>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a recording of the engine could not be taken in.
pub(crate) enum NotTaken {
    /// This book can't go on in this node.
    Book(String),
    /// The cache failed.
    Cache(Error),
}

impl Cache {
    /// Opens the cache of a fleet in a folder, or makes it. One that is damaged is made anew.
    ///
    /// # Errors
    /// [`INPUT_OUTPUT`](FileError::INPUT_OUTPUT) if another node of this machine uses the folder; failures of the
    /// machine.
    pub(crate) fn open(folder: &Path, fleet: &str) -> Result<Self> {
        let failed = |error: io::Error| Error::from(FileError::input_output(folder, error));
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join("node.lock")).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                failed(io::Error::other("another node uses this folder; give each its own"))
            }
            TryLockError::Error(error) => failed(error),
        })?;
        let path = folder.join(format!("{fleet}.refundry"));
        let moment = Arc::new(AtomicI64::new(Timestamp::now().millis()));
        let window = Window { path: path.clone(), ledger: Arc::default() };
        let mut cache = Self {
            ledger: None,
            heads: HashMap::new(),
            moment,
            seen: None,
            path,
            window,
            _lock: lock,
        };
        match cache.begin_ledger().and_then(verified) {
            Ok(ledger) => cache.ledger = Some(ledger),
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the cache is damaged and is made anew");
                cache.renew()?;
            }
            Err(error) => return Err(error),
        }
        Ok(cache)
    }

    fn begin_ledger(&self) -> Result<Ledger> {
        let mut options = Options::default();
        options.durability = Durability::Later;
        options.cache_kib = 16_384;
        let moment = Arc::clone(&self.moment);
        options.clock = Box::new(move || Timestamp::from_millis(moment.load(Ordering::Relaxed)));
        Ledger::open(&self.path, options)
    }

    /// Throws the file away and begins an empty one.
    pub(crate) fn renew(&mut self) -> Result<()> {
        let window = self.window.clone();
        let mut window = window.lock();
        *window = None;
        self.ledger = None;
        self.heads.clear();
        for end in ITS_FILES {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            match fs::remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(FileError::input_output(name, error).into());
                }
                _ => {}
            }
        }
        self.ledger = Some(self.begin_ledger()?);
        Ok(())
    }

    /// A handle for whoever only looks.
    pub(crate) fn window(&self) -> Window {
        self.window.clone()
    }

    /// How many bytes the file has.
    pub(crate) fn bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    /// The ledger. It is begun anew if that failed before.
    pub(crate) fn ledger(&mut self) -> Result<&mut Ledger> {
        if self.ledger.is_none() {
            self.renew()?;
        }
        self.ledger.as_mut().ok_or(Error::Internal { expected: "a cache that was just begun" })
    }

    /// Sets the moment at which operations are decided until it is set again.
    pub(crate) fn set_moment(&self, moment: Timestamp) {
        self.moment.store(moment.millis(), Ordering::Relaxed);
    }

    /// Charges have matured at this moment.
    pub(crate) fn saw(&mut self, now: Timestamp) {
        self.seen = self.seen.max(Some(now));
    }

    /// Time passes also where nothing is due, so that what is due much later is not taken for due by a
    /// wrong clock. The ledger's own maturity does the same, but would have charges mature here alone
    /// that have matured in the engine and were not taken in yet.
    pub(crate) fn pass_time(&mut self, now: Timestamp) {
        let Some(seen) = self.seen else { return };
        if now.millis().saturating_sub(seen.millis()) > FURTHEST {
            return;
        }
        if let Ok(ledger) = self.ledger() {
            ledger.confirm_time(now);
            self.saw(now);
        }
    }

    /// Where a merchant's book ends in the cache, as far as it was committed: called outside a batch.
    pub(crate) fn head(&mut self, merchant: &str) -> Result<Head> {
        if let Some(mark) = self.heads.get(merchant) {
            return Ok(Head { merchant: merchant.to_owned(), mark: *mark });
        }
        let mark = match self.ledger()?.book(merchant) {
            Ok(book) => book.mark()?,
            Err(Error::ResourceMissing { .. }) => Mark::genesis(merchant),
            Err(error) => return Err(error),
        };
        self.heads.insert(merchant.to_owned(), mark);
        Ok(Head { merchant: merchant.to_owned(), mark })
    }

    /// Begins the transaction in which a group is decided.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.ledger()?.begin_batch()
    }

    /// The lines that were recorded after a head in the transaction that is open.
    pub(crate) fn recorded(&mut self, head: &Head) -> Result<Vec<String>> {
        match self.ledger()?.book(&head.merchant) {
            Ok(book) => book.recordings_after(&head.mark, u32::MAX),
            Err(Error::ResourceMissing { .. }) if head.mark.n == 0 => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Keeps what was decided, once the engine has it: the books end there now. What can't be kept
    /// is taken in from the engine later.
    pub(crate) fn keep(&mut self, ends: impl Iterator<Item = Head>) {
        let kept = self.ledger().and_then(Ledger::commit_batch);
        for Head { merchant, mark } in ends {
            if kept.is_ok() {
                self.heads.insert(merchant, mark);
            } else {
                self.heads.remove(&merchant);
            }
        }
        if let Err(error) = kept {
            tracing::warn!(%error, "the cache could not keep what the database has");
        }
    }

    /// Undoes what was decided.
    pub(crate) fn undo(&mut self) {
        if let Some(ledger) = &mut self.ledger {
            ledger.roll_back_batch();
        }
    }

    /// Whether a book has, or had, this mark.
    pub(crate) fn has(&mut self, head: &Head) -> Result<bool> {
        match self.ledger()?.book(&head.merchant) {
            Ok(book) => match book.recordings_after(&head.mark, 0) {
                Ok(_) => Ok(true),
                Err(Error::MarkUnknown { .. }) => Ok(false),
                Err(error) => Err(error),
            },
            Err(Error::ResourceMissing { .. }) => Ok(head.mark.n == 0),
            Err(error) => Err(error),
        }
    }

    /// Takes in recordings of one book that follow its head, all or none of them.
    pub(crate) fn take_in(
        &mut self,
        merchant: &str,
        lines: &[String],
    ) -> std::result::Result<(), NotTaken> {
        let Some(last) = lines.last() else { return Ok(()) };
        let last: Mark = serde_json::from_str(last).map_err(|_| unknown(merchant))?;
        let ledger = self.ledger().map_err(NotTaken::Cache)?;
        ledger.begin_batch().map_err(NotTaken::Cache)?;
        let applied = lines.iter().try_for_each(|line| ledger.apply(merchant, line).map(drop));
        let ended = match applied {
            Ok(()) => ledger.commit_batch().map_err(NotTaken::Cache),
            Err(error) => {
                ledger.roll_back_batch();
                Err(match error {
                    Error::InvalidRequest { .. } => unknown(merchant),
                    error @ (Error::Feed { .. } | Error::Forked { .. }) => NotTaken::Book(format!(
                        "what the database has does not follow ({error}); compare it with a backup"
                    )),
                    error => NotTaken::Cache(error),
                })
            }
        };
        ended?;
        self.heads.insert(merchant.to_owned(), last);
        Ok(())
    }
}

fn unknown(merchant: &str) -> NotTaken {
    NotTaken::Book(format!(
        "the database has recordings of {merchant} that this version does not know; upgrade this node"
    ))
}

/// Whether an error tells that the file is damaged, or no file of ours.
pub(crate) fn is_damage(error: &Error) -> bool {
    match error {
        Error::File(file) => matches!(
            file.number(),
            FileError::CORRUPT
                | FileError::NOT_A_LEDGER
                | FileError::NEWER_LEDGER
                | FileError::FOREIGN_LOG
                | FileError::FILE_MOVED
        ),
        Error::Engine(engine) => engine.number() == EngineError::STORAGE,
        error => matches!(error, Error::Unsound(_) | Error::Internal { .. }),
    }
}

/// Reads the whole file once: what is decided on a damaged book would be kept for ever.
fn verified(mut ledger: Ledger) -> Result<Ledger> {
    ledger.verify(&[], |_| ControlFlow::Continue(()))?;
    Ok(ledger)
}

#[cfg(test)]
mod tests {
    use refundry::{Amount, Currency, Fee, NewCharge, NewMerchant};

    use super::*;

    #[test]
    fn a_folder_belongs_to_one_node() {
        let folder = tempfile::tempdir().unwrap();
        let first = Cache::open(folder.path(), "one").unwrap();
        let refused = Cache::open(folder.path(), "one").err().unwrap();
        assert!(refused.to_string().contains("another node uses this folder"), "{refused}");
        drop(first);
        Cache::open(folder.path(), "one").unwrap();
    }

    #[test]
    fn time_passes_where_nothing_is_due_and_nothing_matures_by_it() {
        let begun = Timestamp::now().millis();
        let day = |days: i64| Timestamp::from_millis(begun + days * 86_400_000);
        let released_after = |passed: &[i64]| {
            let folder = tempfile::tempdir().unwrap();
            let mut cache = Cache::open(folder.path(), "one").unwrap();
            let ledger = cache.ledger().unwrap();
            let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
            let mut book = ledger.book(&id).unwrap();
            let egp = Currency::from_code("EGP").unwrap();
            for days in [1, 50, 200] {
                let amount = Amount::from_minor(100).unwrap();
                let new = NewCharge::succeeded(amount, Fee::ZERO, egp, day(days));
                book.create_charge(&new, None).unwrap();
            }
            assert_eq!(book.release_due(day(1)).unwrap(), 1);
            cache.saw(day(1));
            let before = cache.ledger().unwrap().book(&id).unwrap().mark().unwrap();
            passed.iter().for_each(|days| cache.pass_time(day(*days)));
            let mut book = cache.ledger().unwrap().book(&id).unwrap();
            assert_eq!(book.mark().unwrap(), before);
            book.release_due(day(200))
        };
        assert_eq!(released_after(&[70, 140]).unwrap(), 2);
        for passed in [&[][..], &[70], &[199]] {
            let refused = released_after(passed);
            assert!(matches!(refused, Err(Error::TooFarAhead { .. })), "{passed:?}: {refused:?}");
        }
    }

    #[test]
    fn another_fleets_cache_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
        drop(cache);
        let mut other = Cache::open(folder.path(), "two").unwrap();
        assert!(other.ledger().unwrap().merchants().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_cache_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        for damage in [b"no ledger at all".as_slice(), &[0x55; 100_000]] {
            fs::write(folder.path().join("one.refundry"), damage).unwrap();
            let mut cache = Cache::open(folder.path(), "one").unwrap();
            assert!(cache.ledger().unwrap().merchants().unwrap().is_empty());
        }
    }

    /// One that can be opened, but says something else than was recorded.
    #[test]
    fn a_cache_that_was_altered_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
        drop(cache);
        let mut again = Cache::open(folder.path(), "one").unwrap();
        assert_eq!(again.ledger().unwrap().merchants().unwrap().len(), 1, "it is kept otherwise");
        drop(again);
        let conn = rusqlite::Connection::open(folder.path().join("one.refundry")).unwrap();
        // By somebody who leaves the file's guards out.
        conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .unwrap();
        conn.execute("UPDATE merchants SET name = 'Cairo Books, altered'", []).unwrap();
        drop(conn);
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        assert!(cache.ledger().unwrap().merchants().unwrap().is_empty());
    }
}
