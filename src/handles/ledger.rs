//! A handle on a ledger: one file, or memory, with the books of all its merchants.

use std::{fmt, ops::ControlFlow, path::Path};

use super::{
    batch::{self, BatchState},
    book::Book,
    options::Options,
};
use crate::{
    operations::{context::Context, merchant},
    recording::{noted::Noted, store::Store},
    sqlite::{
        Connection, backup,
        book::{Known, SqliteBook, SqliteStore},
        currencies,
        file::{self, Manner, Place},
        keys, merchants, tx,
    },
    words::{
        access::Durability,
        currency::Currency,
        error::{Error, Result},
        id::Random,
        merchant::{Merchant, NewMerchant},
        progress::BackupProgress,
        time::Timestamp,
    },
};

/// A handle on a ledger.
///
/// ```
/// use refundry::{Ledger, NewMerchant, Options};
///
/// let mut ledger = Ledger::in_memory(Options::default())?;
/// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
/// let book = ledger.book(&merchant.id)?;
/// assert_eq!(book.head()?.seq, 0);
/// # Ok::<(), refundry::Error>(())
/// ```
pub struct Ledger {
    pub(crate) conn: Connection,
    /// What was read in the transaction that is open, if one is.
    pub(crate) known: Known,
    pub(crate) batch: BatchState,
    /// The lines of the batch that is open, if they are noted.
    pub(crate) noted: Option<Noted>,
    /// Where it is kept, if it is kept in a file.
    pub(crate) place: Option<Place>,
    /// The last moment that was seen, once that was asked.
    pub(super) seen: Option<Timestamp>,
    clock: Box<dyn FnMut() -> Timestamp + Send>,
    random: Random,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.conn.path().filter(|path| !path.is_empty());
        f.debug_struct("Ledger").field("path", &path).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger in a file, or creates it. It is kept in WAL mode with
    /// `synchronous=EXTRA`: what a call returned is on disk, unless [`Options::durability`] says later.
    /// A handle that writes looks before each commit whether the path still leads to the file
    /// ([`FILE_MOVED`](crate::FileError::FILE_MOVED)).
    ///
    /// When the last handle that writes is dropped, all of the log is in the file, unless somebody
    /// reads just then; with the last handle the log is gone. Until then a copy of the file alone
    /// lacks what is in the log: copies are made by [`Ledger::backup`].
    ///
    /// # Errors
    /// [`Error::File`], in the order in which the file is looked at: a
    /// [symbolic link](crate::FileError::SYMBOLIC_LINK), [hard links](crate::FileError::HARD_LINKS),
    /// [no file](crate::FileError::FILE_MISSING), a [mount](crate::FileError::MOUNT_POINT), a
    /// [log of another file](crate::FileError::FOREIGN_LOG), [no ledger](crate::FileError::NOT_A_LEDGER), a
    /// [newer one](crate::FileError::NEWER_LEDGER); [`Error::Unsound`] if somebody defined triggers, views
    /// or columns for the ledger's tables; [`Error::File`] with [`READ_ONLY`](crate::FileError::READ_ONLY) or
    /// [`CORRUPT`](crate::FileError::CORRUPT); [`Error::Engine`] with
    /// [`SETTING_REFUSED`](crate::EngineError::SETTING_REFUSED); [`Error::File`] with
    /// [`FILE_MOVED`](crate::FileError::FILE_MOVED) if it was moved meanwhile; [`Error::LockTimeout`], or a
    /// failure of the machine. The file is then as it was.
    pub fn open(path: impl AsRef<Path>, mut options: Options) -> Result<Self> {
        let manner = Manner {
            access: options.access,
            busy_timeout: options.busy_timeout,
            cache_kib: options.cache_kib,
        };
        let (conn, place) = file::open(path.as_ref(), manner, &mut *options.upgrading)?;
        if options.durability == Durability::Later {
            file::set_durable_later(&conn)?;
        }
        Ok(Self { place: Some(place), ..Self::on(conn, options) })
    }

    /// Creates a ledger in memory; it is gone when the handle is.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn in_memory(mut options: Options) -> Result<Self> {
        let conn = file::in_memory(&mut *options.upgrading)?;
        Ok(Self::on(conn, options))
    }

    /// Opens in memory what [`Ledger::to_bytes`] gave, or a file that [`Ledger::backup`] made,
    /// read whole. The bytes are checked as [`Ledger::open`] checks a file that must exist.
    ///
    /// Don't read the file of a ledger that is open: it lacks what is in its log, which these bytes
    /// can't tell except where they have no merchant at all, and a process that closes the file
    /// again takes away the locks of its own handles.
    ///
    /// # Errors
    /// [`Error::File`] with [`NOT_A_LEDGER`](crate::FileError::NOT_A_LEDGER) or [`NEWER_LEDGER`](crate::FileError::NEWER_LEDGER);
    /// [`Error::Unsound`]; [`Error::File`] with [`LOG_MISSING`](crate::FileError::LOG_MISSING) or [`CORRUPT`](crate::FileError::CORRUPT);
    /// or a failure of the machine.
    pub fn from_bytes(bytes: &[u8], mut options: Options) -> Result<Self> {
        let conn = file::from_bytes(bytes, &mut *options.upgrading)?;
        Ok(Self::on(conn, options))
    }

    /// The ledger as the bytes of an SQLite file, for [`Ledger::from_bytes`], [`Ledger::open`] and
    /// every program that reads such files. They are held in memory whole; for files of any size
    /// there is [`Ledger::backup`].
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn to_bytes(&mut self) -> Result<Vec<u8>> {
        self.outside_a_batch()?;
        file::to_bytes(&mut self.conn)
    }

    fn on(conn: Connection, options: Options) -> Self {
        let Options { clock, random, .. } = options;
        Self {
            conn,
            known: Known::default(),
            batch: BatchState::Closed,
            noted: None,
            place: None,
            seen: None,
            clock,
            random,
        }
    }

    /// Adds a merchant, whose book is empty.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a malformed id; [`Error::ResourceConflict`] if it exists.
    pub fn create_merchant(&mut self, new: &NewMerchant) -> Result<Merchant> {
        self.transact(|store, now, random| merchant::create(store, new, now, random))
    }

    /// Every merchant, sorted by id.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn merchants(&self) -> Result<Vec<Merchant>> {
        self.read(merchants::list)
    }

    /// The merchant whose API key this is.
    ///
    /// # Errors
    /// [`Error::ApiKeyInvalid`] for an unknown key, [`Error::ApiKeyInactive`] for a revoked one.
    pub fn authenticate(&self, key: &str) -> Result<Merchant> {
        self.read(|conn| keys::authenticate(conn, key))
    }

    /// One merchant's book.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if there is no such merchant.
    pub fn book(&mut self, merchant_id: &str) -> Result<Book<'_>> {
        // What is known was committed, or is in the batch that is open. A merchant stays, with its number.
        let found = match self.known.number(merchant_id) {
            Some(number) => Some(number),
            None => self.read(|conn| merchants::number(conn, merchant_id))?,
        };
        let merchant = found.ok_or_else(|| Error::missing("merchantId", merchant_id))?;
        Ok(Book { ledger: self, merchant, merchant_id: merchant_id.to_owned() })
    }

    /// The number of decimals of a currency: as frozen when this ledger first used it, else the
    /// standard's; `None` if neither knows one.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn exponent(&self, currency: Currency) -> Result<Option<u32>> {
        self.read(|conn| currencies::exponent(conn, currency))
    }

    /// Whether an operation could be recorded now. It takes the write lock, writes to the log and looks
    /// whether the file is still where it was opened, as every operation does, and takes all of it back.
    /// A disk that writes but does not sync is not found out.
    ///
    /// # Errors
    /// [`Error::Batch`] if a batch is open; [`Error::LockTimeout`] and failures of the machine, as an
    /// operation would have.
    pub fn rehearse(&mut self) -> Result<()> {
        self.outside_a_batch()?;
        tx::rehearse(&self.conn, self.place.as_ref())
    }

    /// Copies the ledger, as it is now, to a new file, while others may go on using it.
    ///
    /// # Errors
    /// [`Error::File`] with [`FILE_EXISTS`](crate::FileError::FILE_EXISTS), or with [`INPUT_OUTPUT`](crate::FileError::INPUT_OUTPUT) also for a
    /// name that is too long or that SQLite gives to a log or journal; [`Error::Canceled`]; failures of the machine. There is then no new
    /// file.
    pub fn backup(
        &mut self,
        to: impl AsRef<Path>,
        progress: impl FnMut(&BackupProgress) -> ControlFlow<()>,
    ) -> Result<()> {
        self.outside_a_batch()?;
        backup::run(&mut self.conn, to.as_ref(), progress)
    }

    /// Forgets idempotency keys recorded before `before`, of all merchants whose books are kept here, but none that is younger
    /// than 30 days by its book's own account, which a wrong clock hardly moves: it grows as far as
    /// the highest moment that the book has recorded, and by a day at most with each recording.
    /// Returns how many.
    ///
    /// # Errors
    /// [`Error::LockTimeout`] or a failure of the machine.
    pub fn prune_idempotency_keys(&mut self, before: Timestamp) -> Result<u64> {
        let mut pruned = 0_u64;
        // Book by book, so that other writers get their turn.
        for merchant in self.merchants()? {
            let mut book = self.book(&merchant.id)?;
            if !book.is_mirror()? {
                pruned = pruned.saturating_add(book.prune_idempotency_keys(before)?);
            }
        }
        Ok(pruned)
    }

    /// Runs one operation on one book.
    pub(crate) fn write<T>(
        &mut self,
        merchant_id: &str,
        operation: impl FnOnce(&mut Context<'_, SqliteBook<'_>>) -> Result<T>,
    ) -> Result<T> {
        self.transact(|store, now, random| {
            let book = store.own_book(merchant_id)?;
            operation(&mut Context { book, now, random })
        })
    }

    /// Runs one operation in a transaction: in its own, or in that of the batch.
    ///
    /// A refusal is committed too. The rules speak before anything is recorded, so at most the
    /// refusal was, under its idempotency key.
    pub(crate) fn transact<T>(
        &mut self,
        operation: impl FnOnce(&mut SqliteStore<'_>, Timestamp, &mut Random) -> Result<T>,
    ) -> Result<T> {
        let work = Work::begin(self)?;
        let Self { conn, known, noted, clock, random, .. } = &mut *work.ledger;
        let now = clock();
        let mut store = SqliteStore { conn, known, noted: noted.as_mut() };
        let result = operation(&mut store, now, random).map_err(|error| tx::of_file(error, conn));
        let result = work.end(result.as_ref().err()).and(result);
        if let Err(error) = &result {
            self.make_room(error);
        }
        result
    }

    /// As [`Ledger::transact`], for what may be refused after it recorded something: a batch does not keep
    /// that either.
    pub(crate) fn transact_whole<T>(
        &mut self,
        operation: impl FnOnce(&mut SqliteStore<'_>, Timestamp, &mut Random) -> Result<T>,
    ) -> Result<T> {
        if !self.has_open_batch() {
            return self.transact(operation);
        }
        let noted = self.noted.as_ref().map(Noted::len);
        // Balances from before the part stay, also if the part is undone.
        if let Err(error) = self.known.store(&self.conn) {
            self.break_batch();
            return Err(tx::of_file(error, &self.conn));
        }
        tx::begin_part(&self.conn)?;
        let result = self.transact(operation);
        if !self.has_open_batch() {
            // The machine failed, and the batch is gone with all its parts.
            return result;
        }
        if let Err(error) = tx::end_part(&self.conn, result.is_ok()) {
            self.break_batch();
            return Err(error);
        }
        if result.is_err() {
            self.known.clear();
            if let (Some(noted), Some(len)) = (&mut self.noted, noted) {
                noted.undo_to(len);
            }
        }
        result
    }

    /// After a disk was full, lets what comes next have the room of the log.
    pub(crate) fn make_room(&self, after: &Error) {
        if let Error::File(file) = after
            && file.is_full()
        {
            file::make_room(&self.conn);
        }
    }

    /// Asks the file. A failure names it.
    pub(crate) fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        query(&self.conn).map_err(|error| tx::of_file(error, &self.conn))
    }

    /// Begins a transaction, in which nothing is remembered that another connection has changed.
    pub(crate) fn begin(&mut self) -> Result<()> {
        tx::begin(&self.conn)?;
        let begun = self.known.refresh(&self.conn, self.place.as_ref());
        begun.map_err(|error| {
            tx::roll_back(&self.conn);
            tx::of_file(error, &self.conn)
        })
    }

    /// Commits the transaction: balances are stored once in it, however many recordings it has.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.known.store(&self.conn).map_err(|error| tx::of_file(error, &self.conn))?;
        tx::commit(&self.conn, self.place.as_ref())?;
        self.known.committed();
        Ok(())
    }

    /// What the clock says.
    pub(crate) fn now(&mut self) -> Timestamp {
        (self.clock)()
    }
}

/// One operation's part of a transaction. It is rolled back unless it ends: also where a caller's clock
/// panics.
struct Work<'a> {
    ledger: &'a mut Ledger,
    in_batch: bool,
    ended: bool,
}

impl<'a> Work<'a> {
    fn begin(ledger: &'a mut Ledger) -> Result<Self> {
        let in_batch = match ledger.batch {
            BatchState::Closed => {
                ledger.begin()?;
                false
            }
            BatchState::Open => {
                // Until the operation has ended well: it may be left half done.
                ledger.batch = BatchState::Broken;
                true
            }
            BatchState::Broken => return Err(batch::BROKEN),
        };
        Ok(Self { ledger, in_batch, ended: false })
    }

    /// Commits, unless the operation failed. In a batch, what is wrong with the request disturbs
    /// nothing.
    fn end(mut self, error: Option<&Error>) -> Result<()> {
        let ledger = &mut *self.ledger;
        if self.in_batch {
            if error.is_none_or(Error::is_of_the_request) {
                ledger.batch = BatchState::Open;
                self.ended = true;
            }
        } else if matches!(error, None | Some(Error::Refused { .. })) {
            ledger.commit()?;
            self.ended = true;
        }
        Ok(())
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if !self.ended {
            tx::roll_back(&self.ledger.conn);
            self.ledger.known.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;

    use std::time::Duration;

    use super::*;
    use crate::words::access::Access;

    #[test]
    fn a_handle_has_the_settings_that_it_promises() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let open = |access| {
            let options = Options { access, cache_kib: 1_024, ..Options::default() };
            Ledger::open(&path, options).unwrap()
        };
        let setting = |ledger: &Ledger, pragma| -> i64 {
            ledger.conn.pragma_query_value(None, pragma, |row| row.get(0)).unwrap()
        };
        let mut in_memory = Ledger::in_memory(Options::default()).unwrap();
        let bytes = in_memory.to_bytes().unwrap();
        let of_bytes = Ledger::from_bytes(&bytes, Options::default()).unwrap();
        let (written, read) = (open(Access::OpenOrCreate), open(Access::ReadOnly));
        for ledger in [&written, &in_memory, &of_bytes] {
            assert_eq!(setting(ledger, "synchronous"), 3);
        }
        for ledger in [&written, &read] {
            assert_eq!(setting(ledger, "cache_size"), -1_024);
        }
        for ledger in [&written, &read, &in_memory, &of_bytes] {
            for (pragma, promised) in [
                ("trusted_schema", 0),
                ("cell_size_check", 1),
                ("foreign_keys", 1),
                ("temp_store", 2),
            ] {
                assert_eq!(setting(ledger, pragma), promised, "{pragma}");
            }
            for config in
                [DbConfig::SQLITE_DBCONFIG_DEFENSIVE, DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG]
            {
                assert!(ledger.conn.db_config(config).unwrap(), "{config:?}");
            }
        }
    }

    #[test]
    fn commits_that_are_on_disk_later_do_not_wait_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { durability: Durability::Later, ..Options::default() };
        let ledger = Ledger::open(folder.path().join("ledger"), options).unwrap();
        for (pragma, promised) in [("synchronous", 1), ("wal_autocheckpoint", 8_192)] {
            let setting: i64 =
                ledger.conn.pragma_query_value(None, pragma, |row| row.get(0)).unwrap();
            assert_eq!(setting, promised, "{pragma}");
        }
    }

    #[test]
    fn what_is_too_large_for_sqlite_becomes_the_most_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let (cache_kib, busy_timeout) = (u32::MAX, Duration::MAX);
        let options = Options { cache_kib, busy_timeout, ..Options::default() };
        let ledger = Ledger::open(folder.path().join("ledger"), options).unwrap();
        let setting: i64 =
            ledger.conn.pragma_query_value(None, "cache_size", |row| row.get(0)).unwrap();
        assert_eq!(setting, -2_147_483_647);
    }
}
