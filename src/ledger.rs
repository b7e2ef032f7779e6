//! A handle on a ledger: one file, or memory, with the books of all its merchants.

#[cfg(not(target_family = "wasm"))]
use std::{
    fs::File,
    io::{self, BufReader},
};
use std::{io::BufRead, ops::ControlFlow, path::Path, time::Duration};

use rusqlite::Connection;

use crate::{
    backup,
    batch::{self, BatchState},
    book::{Book, BookTx},
    chain::Head,
    currency::Currency,
    error::{Error, Result},
    file::{self, Place},
    id::{Random, system_random},
    import::{self, ImportProgress, ImportReport},
    key, maturity,
    merchant::{self, Merchant, NewMerchant},
    time::Timestamp,
    tx::{self, Tx},
    verify::{self, VerifyProgress, VerifyReport},
};

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

/// How to open a ledger. The defaults are the system's clock and random numbers.
#[non_exhaustive]
pub struct Options {
    /// What may be done to the file.
    pub access: Access,
    /// The clock, read once for each operation.
    pub clock: Box<dyn FnMut() -> Timestamp + Send>,
    /// The source of the ids and salts. Only recorded operations draw from it, ten bytes for an
    /// id and then sixteen for a salt where there is personal text. API keys don't: they come
    /// from the operating system alone.
    pub random: Random,
    /// How long to wait for another process that writes, before [`Error::LockTimeout`].
    pub busy_timeout: Duration,
    /// How much of the file is kept in memory at most, in KiB. A larger cache does not make
    /// refunds faster, and costs what it says.
    pub cache_kib: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access: Access::default(),
            clock: Box::new(Timestamp::now),
            random: Box::new(system_random),
            busy_timeout: Duration::from_secs(5),
            cache_kib: 2_048,
        }
    }
}

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
    pub(crate) batch: BatchState,
    /// Where it is kept, if it is kept in a file.
    pub(crate) place: Option<Place>,
    clock: Box<dyn FnMut() -> Timestamp + Send>,
    random: Random,
}

impl Ledger {
    /// Opens the ledger in a file, or creates it. It is kept in WAL mode with
    /// `synchronous=EXTRA`: what a call returned is on disk. A handle that writes looks before each
    /// commit whether the path still leads to the file ([`Error::FileMoved`]).
    ///
    /// When the last handle that writes is dropped, all of the log is in the file, unless somebody
    /// reads just then; with the last handle the log is gone. Until then a copy of the file alone
    /// lacks what is in the log: copies are made by [`Ledger::backup`].
    ///
    /// # Errors
    /// [`Error::SymbolicLink`], [`Error::HardLinks`], [`Error::MountPoint`],
    /// [`Error::ForeignLog`], [`Error::FileMissing`], [`Error::NotALedger`],
    /// [`Error::NewerLedger`], [`Error::Unsound`] if somebody defined triggers, views or columns
    /// for the ledger's tables, [`Error::ReadOnly`], [`Error::Corrupt`],
    /// [`Error::SettingRefused`], [`Error::LockTimeout`], or a failure of the machine. The file is
    /// then as it was.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let (conn, place) = file::open(path.as_ref(), options.access, options.busy_timeout)?;
        file::limit_cache(&conn, options.cache_kib)?;
        Ok(Self { place: Some(place), ..Self::on(conn, options) })
    }

    /// Creates a ledger in memory; it is gone when the handle is.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn in_memory(options: Options) -> Result<Self> {
        let conn = file::in_memory()?;
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
    /// [`Error::NotALedger`], [`Error::NewerLedger`], [`Error::Unsound`], [`Error::LogMissing`],
    /// [`Error::Corrupt`], or a failure of the machine.
    pub fn from_bytes(bytes: &[u8], options: Options) -> Result<Self> {
        let conn = file::from_bytes(bytes)?;
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
        Self { conn, batch: BatchState::Closed, place: None, clock, random }
    }

    /// Adds a merchant, whose book is empty.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a malformed id; [`Error::ResourceConflict`] if it exists.
    pub fn create_merchant(&mut self, new: &NewMerchant) -> Result<Merchant> {
        self.transact(|tx, now, random| merchant::create(tx, new, now, random))
    }

    /// Every merchant, sorted by id.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn merchants(&self) -> Result<Vec<Merchant>> {
        merchant::list(&self.conn)
    }

    /// The merchant whose API key this is.
    ///
    /// # Errors
    /// [`Error::ApiKeyInvalid`] for an unknown key, [`Error::ApiKeyInactive`] for a revoked one.
    pub fn authenticate(&self, key: &str) -> Result<Merchant> {
        key::authenticate(&self.conn, key)
    }

    /// One merchant's book.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if there is no such merchant.
    pub fn book(&mut self, merchant_id: &str) -> Result<Book<'_>> {
        let merchant = merchant::number(&self.conn, merchant_id)?;
        Ok(Book { ledger: self, merchant, merchant_id: merchant_id.to_owned() })
    }

    /// The number of decimals of a currency: as frozen when this ledger first used it, else the
    /// standard's; `None` if neither knows one.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn exponent(&self, currency: Currency) -> Result<Option<u32>> {
        currency.exponent(&self.conn)
    }

    /// Makes every charge available that is due at `now`, book by book, in bounded transactions.
    /// Returns how many charges matured.
    ///
    /// # Errors
    /// [`Error::LockTimeout`] or a failure of the machine; what matured before it stays.
    /// [`Error::Refused`] if a balance of a book would leave the range of a 64-bit integer, or
    /// [`Error::Corrupt`] if a book is damaged; the other books have matured then.
    pub fn release_due(&mut self, now: Timestamp) -> Result<u64> {
        let mut released = 0_u64;
        let mut first = None;
        for id in maturity::merchants_due(&self.conn, now)? {
            match self.book(&id)?.release_due(now) {
                Ok(count) => released = released.saturating_add(count),
                Err(error) if error.is_of_the_machine() => return Err(error),
                // One book that can't go on does not hold up the others.
                Err(error) => first = first.or(Some(error)),
            }
        }
        first.map_or(Ok(released), Err)
    }

    /// Reads objects, one JSON object a line, and records them in one transaction. Memory does
    /// not grow with the input. `progress` is told now and then, and may stop the import.
    ///
    /// # Errors
    /// [`Error::Import`] with the line's number for the first bad line; [`Error::Canceled`];
    /// [`Error::LockTimeout`]; failures of the machine; [`Error::Batch`] while a batch is open.
    /// Nothing of this import is then kept.
    pub fn import(
        &mut self,
        lines: impl BufRead,
        progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<ImportReport> {
        self.outside_a_batch()?;
        self.transact(|tx, now, random| import::run(tx, now, random, lines, progress))
    }

    /// Reads the objects of a file, as [`Ledger::import`] does. The ledger's own files are not
    /// opened: closing one again would take the locks of every handle that this process has on it,
    /// and others would write as if nobody else did.
    ///
    /// # Errors
    /// As [`Ledger::import`]; [`Error::InputOutput`] also for a file that can't be read, or is one
    /// of the ledger's own.
    #[cfg(not(target_family = "wasm"))]
    pub fn import_file(
        &mut self,
        path: impl AsRef<Path>,
        progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<ImportReport> {
        let path = path.as_ref();
        if self.place.as_ref().is_some_and(|place| place.holds(path)) {
            let own = io::Error::new(io::ErrorKind::InvalidInput, "it is the ledger's own");
            return Err(Error::InputOutput(own).at(path));
        }
        let lines = File::open(path).map_err(|error| Error::InputOutput(error).at(path))?;
        self.import(BufReader::new(lines), progress)
    }

    /// Reads everything once and checks every invariant and every book's chain. `kept` are heads
    /// noted earlier, by merchant: each must still stand in its book's chain.
    ///
    /// # Errors
    /// [`Error::Unsound`] names the first thing that is wrong; [`Error::Corrupt`] if SQLite finds
    /// the file damaged; [`Error::Canceled`]; failures of the machine.
    pub fn verify(
        &mut self,
        kept: &[(String, Head)],
        progress: impl FnMut(&VerifyProgress) -> ControlFlow<()>,
    ) -> Result<VerifyReport> {
        self.outside_a_batch()?;
        // One read transaction: other processes may go on writing meanwhile.
        let tx = self.conn.transaction()?;
        verify::run(&tx, kept, progress)
    }

    /// Copies the ledger, as it is now, to a new file, while others may go on using it.
    ///
    /// # Errors
    /// [`Error::FileExists`]; [`Error::InputOutput`] also for a name that is too long or that
    /// SQLite gives to a log or journal; [`Error::Canceled`]; failures of the machine. There is then no new
    /// file.
    pub fn backup(
        &mut self,
        to: impl AsRef<Path>,
        progress: impl FnMut(&backup::BackupProgress) -> ControlFlow<()>,
    ) -> Result<()> {
        self.outside_a_batch()?;
        backup::run(&mut self.conn, to.as_ref(), progress)
    }

    /// Forgets idempotency keys recorded before `before`, of all merchants, but none younger than
    /// 30 days. Returns how many.
    ///
    /// # Errors
    /// [`Error::LockTimeout`] or a failure of the machine.
    pub fn prune_idempotency_keys(&mut self, before: Timestamp) -> Result<u64> {
        const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60 * 1_000;
        let youngest = (self.clock)().millis().saturating_sub(THIRTY_DAYS);
        let before = before.millis().min(youngest);
        let mut pruned = 0_u64;
        // Book by book, so that other writers get their turn.
        for merchant in self.merchants()? {
            let count = self.book(&merchant.id)?.prune_idempotency_keys(before)?;
            pruned = pruned.saturating_add(count);
        }
        Ok(pruned)
    }

    /// Runs one operation on one book.
    pub(crate) fn write<T>(
        &mut self,
        merchant: i64,
        merchant_id: &str,
        operation: impl FnOnce(&mut BookTx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.transact(|tx, now, random| {
            operation(&mut BookTx::new(tx, merchant, merchant_id, now, random))
        })
    }

    /// Runs one operation in a transaction: in its own, or in that of the batch.
    ///
    /// A refusal is committed as well: the rules speak before anything is recorded, so that at
    /// most the refusal itself was, under its idempotency key.
    fn transact<T>(
        &mut self,
        operation: impl FnOnce(&Connection, Timestamp, &mut Random) -> Result<T>,
    ) -> Result<T> {
        match self.batch {
            BatchState::Closed => {
                let tx = Tx::begin(&mut self.conn)?;
                let result = operation(&tx, (self.clock)(), &mut self.random);
                if matches!(result, Ok(_) | Err(Error::Refused { .. })) {
                    tx.commit(self.place.as_ref())?;
                }
                result
            }
            BatchState::Open => {
                // Until it has ended well: a panic of the caller's clock would leave it half done.
                self.batch = BatchState::Broken;
                let result = operation(&self.conn, (self.clock)(), &mut self.random);
                if result.as_ref().is_err_and(|error| !error.is_of_the_request()) {
                    tx::roll_back(&self.conn);
                } else {
                    self.batch = BatchState::Open;
                }
                result
            }
            BatchState::Broken => Err(batch::BROKEN),
        }
    }

    /// What the clock says.
    pub(crate) fn now(&mut self) -> Timestamp {
        (self.clock)()
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::config::DbConfig;

    use super::*;

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
