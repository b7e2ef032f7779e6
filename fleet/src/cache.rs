//! The cache: the books that a node serves, in an ordinary ledger file, which they share; but a book that
//! began with a snapshot has a file of its own. The engine is the truth; the files may be lost at any
//! time, and are made anew then.

mod news;

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io, mem,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use refundry::{
    Durability, EngineError, Error, FileError, Ledger, Mark, Options, Result, Timestamp,
};

use crate::{
    engine::{Group, Head},
    job::Subject,
    snapshot,
    window::Window,
};

pub(crate) use self::news::{News, NotTaken};

/// What SQLite and the ledger keep under the file's name.
const ITS_FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// How long a node reads its cache before it serves. Books come back when they are asked for; a start must
/// not wait for those that nobody asks for.
const LONGEST_LOOK: Duration = Duration::from_secs(3);

/// How far a clock may go on at once and still be trusted, in milliseconds: as far as a ledger's
/// maturity trusts it, 90 days.
const FURTHEST: i64 = 90 * 86_400_000;

pub(crate) struct Cache {
    /// There is none only while the file is made anew.
    ledger: Option<Ledger>,
    /// The books that have a file of their own.
    own: HashMap<String, Own>,
    /// How many such files there were.
    owned: u64,
    /// Where books end, of those that were asked for.
    heads: HashMap<String, Mark>,
    /// Where those end of which something is in the transactions that are open.
    ahead: HashMap<String, Mark>,
    /// What the ledgers' clock says, in milliseconds.
    moment: Arc<AtomicI64>,
    /// The last moment that the node has seen, once it has looked.
    seen: Option<Timestamp>,
    path: PathBuf,
    window: Window,
    /// Held for as long as this node lives: no other may decide on the same file.
    _lock: File,
}

/// A file that has one book alone.
struct Own {
    path: PathBuf,
    ledger: Ledger,
}

impl Cache {
    /// Opens the cache of a fleet in a folder, or makes it. One that is damaged is made anew, and so is one
    /// that takes too long to verify.
    ///
    /// # Errors
    /// [`INPUT_OUTPUT`](FileError::INPUT_OUTPUT) if another node of this machine uses the folder; failures of the
    /// machine.
    pub(crate) fn open(folder: &Path, fleet: &str) -> Result<Self> {
        Self::open_within(folder, fleet, LONGEST_LOOK)
    }

    fn open_within(folder: &Path, fleet: &str, longest: Duration) -> Result<Self> {
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
        snapshot::forget_all(&path).map_err(failed)?;
        let window = Window::on(path.clone());
        let mut cache = Self {
            ledger: None,
            own: HashMap::new(),
            owned: 0,
            heads: HashMap::new(),
            ahead: HashMap::new(),
            moment,
            seen: None,
            path,
            window,
            _lock: lock,
        };
        match cache.begin_ledger().and_then(|ledger| verified(ledger, longest)) {
            Ok(ledger) => cache.ledger = Some(ledger),
            Err(error) if is_damage(&error) => {
                tracing::warn!(%error, "the cache is damaged and is made anew");
                cache.renew()?;
            }
            Err(Error::Canceled) => {
                tracing::info!(
                    "the cache is too large to be verified at the start, and is made anew"
                );
                cache.renew()?;
            }
            Err(error) => return Err(error),
        }
        Ok(cache)
    }

    fn begin_ledger(&self) -> Result<Ledger> {
        Ledger::open(&self.path, self.options())
    }

    fn options(&self) -> Options {
        let mut options = Options::default();
        options.durability = Durability::Later;
        options.cache_kib = 16_384;
        let moment = Arc::clone(&self.moment);
        options.clock = Box::new(move || Timestamp::from_millis(moment.load(Ordering::Relaxed)));
        options
    }

    /// A name for the file of a book that is to have one alone.
    pub(crate) fn own_path(&mut self) -> PathBuf {
        self.owned = self.owned.saturating_add(1);
        named(&self.path, &format!("{}{}", snapshot::OWN, self.owned))
    }

    /// Takes the file of a snapshot for a book of which there is nothing yet.
    ///
    /// # Errors
    /// Why the snapshot can't be used.
    pub(crate) fn adopt(&mut self, head: &Head, path: PathBuf) -> std::result::Result<(), String> {
        let merchant = &head.merchant;
        let opened = snapshot::open(&path, self.options(), head);
        let mut ledger = opened.inspect_err(|_| snapshot::remove(&path))?;
        // By itself it would know of no moment after the book's last recording.
        let last = ledger.last_seen().ok().flatten();
        if let Some(seen) = self.last_seen().max(last) {
            ledger.confirm_time(seen);
        }
        self.window.lock().own.insert(merchant.clone(), (path.clone(), None));
        self.own.insert(merchant.clone(), Own { path, ledger });
        self.heads.insert(merchant.clone(), head.mark);
        Ok(())
    }

    /// The cache has all that the engine had of this book a moment ago.
    pub(crate) fn is_whole(&self, merchant: &str) {
        let mut whole = self.window.whole();
        if !whole.contains(merchant) {
            whole.insert(merchant.to_owned());
        }
    }

    /// Throws the files away and begins an empty one.
    pub(crate) fn renew(&mut self) -> Result<()> {
        let window = self.window.clone();
        let mut panes = window.lock();
        window.whole().clear();
        panes.shared = None;
        panes.own.clear();
        self.ledger = None;
        self.heads.clear();
        self.ahead.clear();
        for Own { path, ledger } in mem::take(&mut self.own).into_values() {
            drop(ledger);
            snapshot::remove(&path);
        }
        for end in ITS_FILES {
            let name = named(&self.path, end);
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

    /// How many bytes the files have.
    pub(crate) fn bytes(&self) -> u64 {
        let paths = self.own.values().map(|own| &own.path).chain([&self.path]);
        let files = paths.flat_map(|path| ITS_FILES.map(|end| named(path, end)));
        files.map(|file| fs::metadata(file).map_or(0, |found| found.len())).sum()
    }

    /// The ledger of all books that have none of their own. It is begun anew if that failed before.
    pub(crate) fn ledger(&mut self) -> Result<&mut Ledger> {
        if self.ledger.is_none() {
            self.renew()?;
        }
        self.ledger.as_mut().ok_or(Error::Internal { expected: "a cache that was just begun" })
    }

    /// The ledger that has a merchant's book, or is to have it.
    pub(crate) fn ledger_of(&mut self, merchant: &str) -> Result<&mut Ledger> {
        if !self.own.contains_key(merchant) {
            return self.ledger();
        }
        let own = self.own.get_mut(merchant).map(|own| &mut own.ledger);
        own.ok_or(Error::Internal { expected: "a book's own file" })
    }

    /// The ledger that an operation is decided on.
    fn ledger_for(&mut self, subject: &Subject) -> Result<&mut Ledger> {
        match subject {
            Subject::Merchant(merchant) => self.ledger_of(merchant),
            Subject::Key { .. } | Subject::New => self.ledger(),
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Ledger> {
        self.ledger.iter_mut().chain(self.own.values_mut().map(|own| &mut own.ledger))
    }

    /// Sets the moment at which operations are decided until it is set again.
    pub(crate) fn set_moment(&self, moment: Timestamp) {
        self.moment.store(moment.millis(), Ordering::Relaxed);
    }

    /// Charges have matured at this moment.
    pub(crate) fn saw(&mut self, now: Timestamp) {
        self.seen = self.seen.max(Some(now));
    }

    /// The last moment that the node trusts. At first that is what the shared file has seen; what a wrong
    /// clock records later is not looked at. A failure of the file is told where it is used.
    fn last_seen(&mut self) -> Option<Timestamp> {
        let shared = || self.ledger.as_ref()?.last_seen().ok()?;
        self.seen = self.seen.or_else(shared);
        self.seen
    }

    /// Time passes also where nothing is due, so that what is due much later is not taken for due by a
    /// wrong clock. The ledger's own maturity does the same, but would have charges mature here alone
    /// that have matured in the engine and were not taken in yet.
    pub(crate) fn pass_time(&mut self, now: Timestamp) {
        let Some(seen) = self.last_seen() else { return };
        if now.millis().saturating_sub(seen.millis()) > FURTHEST {
            return;
        }
        self.all().for_each(|ledger| ledger.confirm_time(now));
        self.saw(now);
    }

    /// Where a merchant's book ends in the cache, as far as [`Cache::advance`] was told.
    pub(crate) fn head(&mut self, merchant: &str) -> Result<Head> {
        if let Some(mark) = self.ahead.get(merchant).or_else(|| self.heads.get(merchant)) {
            return Ok(Head { merchant: merchant.to_owned(), mark: *mark });
        }
        let mark = match self.ledger_of(merchant)?.book(merchant) {
            Ok(book) => book.mark()?,
            Err(Error::ResourceMissing { .. }) => Mark::genesis(merchant),
            Err(error) => return Err(error),
        };
        self.heads.insert(merchant.to_owned(), mark);
        Ok(Head { merchant: merchant.to_owned(), mark })
    }

    /// The ledger that an operation is decided on, with a transaction open whose recordings are noted as
    /// they are made: reading them back would take as long again as half of the rules.
    pub(crate) fn open_for(&mut self, subject: &Subject) -> Result<&mut Ledger> {
        let ledger = self.ledger_for(subject)?;
        if !ledger.has_open_batch() {
            ledger.begin_batch()?;
            ledger.note_lines();
        }
        Ok(ledger)
    }

    /// The lines that were recorded after these heads, by merchant. Others are noted from here on.
    pub(crate) fn recorded(&mut self, heads: &[Head]) -> Result<HashMap<String, Vec<String>>> {
        let mut by_book: HashMap<String, Vec<String>> = HashMap::new();
        let shared = noted(self.ledger()?);
        let is_noted = shared.is_some();
        for (merchant, line) in shared.into_iter().flatten() {
            by_book.entry(merchant).or_default().push(line);
        }
        for head in heads {
            let merchant = &head.merchant;
            let own = self.own.get_mut(merchant).map(|own| noted(&mut own.ledger));
            match own {
                None if is_noted => {}
                Some(Some(lines)) => {
                    let lines = lines.into_iter().map(|(_, line)| line).collect();
                    by_book.insert(merchant.clone(), lines);
                }
                // Something was forgotten.
                None | Some(None) => {
                    by_book.insert(merchant.clone(), self.read_back(head)?);
                }
            }
        }
        Ok(by_book)
    }

    fn read_back(&mut self, head: &Head) -> Result<Vec<String>> {
        match self.ledger_of(&head.merchant)?.book(&head.merchant) {
            Ok(book) => book.recordings_after(&head.mark, u32::MAX),
            Err(Error::ResourceMissing { .. }) if head.mark.n == 0 => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Books end there in the transactions that are open.
    pub(crate) fn advance(&mut self, ends: impl Iterator<Item = Head>) {
        self.ahead.extend(ends.map(|end| (end.merchant, end.mark)));
    }

    /// Commits what was decided, once the engine has kept it in these groups. The books had all then on
    /// which it was decided. What can't be committed is taken in from the engine later.
    pub(crate) fn keep(&mut self, groups: &[Arc<Group>]) {
        // Each tells whether it is kept: there is no group to keep whole any more.
        let open = self.all().filter(|ledger| ledger.has_open_batch());
        let kept: Vec<_> = open.map(Ledger::commit_batch).collect();
        let ahead = mem::take(&mut self.ahead);
        if let Some(error) = kept.into_iter().find_map(Result::err) {
            tracing::warn!(%error, "the cache could not keep what the database has");
            for merchant in ahead.keys() {
                self.heads.remove(merchant);
                self.is_ahead(merchant);
            }
            return;
        }
        self.heads.extend(ahead);
        groups.iter().flat_map(|group| &group.heads).for_each(|head| self.is_whole(&head.merchant));
    }

    /// The engine has more of this book than is committed here.
    pub(crate) fn is_ahead(&self, merchant: &str) {
        self.window.whole().remove(merchant);
    }

    /// Undoes what was decided.
    pub(crate) fn undo(&mut self) {
        self.ahead.clear();
        self.all().for_each(Ledger::roll_back_batch);
    }

    /// Whether a book has, or had, this mark.
    pub(crate) fn has(&mut self, head: &Head) -> Result<bool> {
        match self.ledger_of(&head.merchant)?.book(&head.merchant) {
            Ok(book) => match book.recordings_after(&head.mark, 0) {
                Ok(_) => Ok(true),
                Err(Error::MarkUnknown { .. }) => Ok(false),
                Err(error) => Err(error),
            },
            Err(Error::ResourceMissing { .. }) => Ok(head.mark.n == 0),
            Err(error) => Err(error),
        }
    }
}

/// A file's name with something after it.
fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(end);
    name.into()
}

/// What was noted in the transaction that is open. More is noted from here on.
fn noted(ledger: &mut Ledger) -> Option<Vec<(String, String)>> {
    let lines = ledger.noted_lines();
    ledger.note_lines();
    lines
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
///
/// # Errors
/// [`Error::Canceled`] if that takes longer than this.
fn verified(mut ledger: Ledger, longest: Duration) -> Result<Ledger> {
    let begun = Instant::now();
    ledger.verify(&[], |_| {
        if begun.elapsed() > longest { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(ledger)
}

#[cfg(test)]
mod tests;
