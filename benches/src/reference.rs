//! The limit: the same refund by statements that are prepared by hand once and bound by position, on
//! the layout of the library's files and on that of schema 1. It computes no hash and checks no rule,
//! so that what is left is SQLite's share.

mod new;
mod old;

use std::path::Path;

use rusqlite::{Connection, Statement, ToSql, config::DbConfig, types::ValueRef};
use sha2::{Digest, Sha256};

use crate::{Result, shop};

/// The merchant's number in a file that has one.
const MERCHANT: i64 = 1;

/// How a file is laid out.
#[derive(Clone, Copy, Debug)]
pub enum Layout {
    /// As schema 1 did: an entry, its postings, its line and its refund in rows of their own, with
    /// the guards on.
    Old,
    /// As the library does: one row for all of them. Its writing handle has the guards off.
    New,
}

impl Layout {
    /// Makes a file with so many charges.
    ///
    /// # Errors
    /// What SQLite or the ledger says.
    pub fn fill(self, path: &Path, charges: i64) -> Result<()> {
        match self {
            Self::Old => {
                self.begin(path)?;
                self.insert_charges(&self.open(path)?, charges)
            }
            Self::New => shop::fill(path, charges.unsigned_abs()),
        }
    }

    /// Makes a file that [`Layout::insert_charges`] can fill.
    ///
    /// # Errors
    /// What SQLite or the ledger says.
    pub fn begin(self, path: &Path) -> Result<()> {
        match self {
            Self::Old => old::begin(path),
            Self::New => shop::fill(path, new::CHARGES_BEFORE.unsigned_abs()),
        }
    }

    /// Opens a file with the settings that the library gives it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn open(self, path: &Path) -> Result<Connection> {
        let conn = Connection::open(path)?;
        self.set(&conn)?;
        conn.execute_batch("PRAGMA journal_mode = WAL")?;
        Ok(conn)
    }

    /// A copy of a file in memory.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn in_memory(self, path: &Path) -> Result<Connection> {
        let mut conn = Connection::open_in_memory()?;
        conn.restore("main", path, None::<fn(rusqlite::backup::Progress)>)?;
        self.set(&conn)?;
        Ok(conn)
    }

    fn set(self, conn: &Connection) -> Result<()> {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let guards = matches!(self, Self::Old);
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, guards)?;
        conn.execute_batch(
            "PRAGMA synchronous = EXTRA; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON",
        )?;
        Ok(())
    }

    /// The writes of an import of charges up to so many, in one commit.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn insert_charges(self, conn: &Connection, charges: i64) -> Result<()> {
        let mut transaction = Transaction::prepare(conn)?;
        transaction.begin.run(&[])?;
        match self {
            Self::Old => old::insert_charges(conn, charges)?,
            Self::New => new::insert_charges(conn, charges)?,
        }
        transaction.commit.run(&[])
    }

    /// Reads every row that the chain or an invariant covers, and hashes what is read.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn read_and_hash(self, conn: &Connection) -> Result<[u8; 32]> {
        let mut hash = Sha256::new();
        let tables = match self {
            Self::Old => &old::TABLES[..],
            Self::New => &new::TABLES[..],
        };
        for table in tables {
            let mut statement = conn.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for column in 0..columns {
                    match row.get_ref(column)? {
                        ValueRef::Integer(integer) => hash.update(integer.to_be_bytes()),
                        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => hash.update(bytes),
                        ValueRef::Null | ValueRef::Real(_) => {}
                    }
                }
            }
        }
        Ok(hash.finalize().into())
    }
}

/// Refunds by hand.
pub struct Refunds<'a> {
    transaction: Transaction<'a>,
    layout: Box<dyn Refund + 'a>,
}

/// What a refund takes on one of the layouts, within a transaction.
trait Refund {
    fn make(&mut self, charge: &str, key: &str) -> Result<()>;
}

impl<'a> Refunds<'a> {
    /// Prepares the statements.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn prepare(conn: &'a Connection, layout: Layout) -> Result<Self> {
        let layout: Box<dyn Refund + 'a> = match layout {
            Layout::Old => Box::new(old::Refunds::prepare(conn)?),
            Layout::New => Box::new(new::Refunds::prepare(conn)?),
        };
        Ok(Self { transaction: Transaction::prepare(conn)?, layout })
    }

    /// Makes refunds of these charges under these keys, `together` to a commit.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn make(&mut self, names: &[(String, String)], together: usize) -> Result<()> {
        for names in names.chunks(together) {
            self.transaction.begin.run(&[])?;
            for (charge, key) in names {
                self.layout.make(charge, key)?;
            }
            self.transaction.commit.run(&[])?;
        }
        Ok(())
    }
}

/// One statement, held.
struct Held<'a>(Statement<'a>);

impl<'a> Held<'a> {
    fn all<const N: usize>(conn: &'a Connection, sql: &[&str; N]) -> Result<[Self; N]> {
        let held: Result<Vec<_>> = sql.iter().map(|sql| Self::of(conn, sql)).collect();
        held?.try_into().map_err(|_| "as many statements".into())
    }

    fn of(conn: &'a Connection, sql: &str) -> Result<Self> {
        Ok(Self(conn.prepare(sql)?))
    }

    fn bind(&mut self, values: &[&dyn ToSql]) -> Result<()> {
        for (place, value) in values.iter().enumerate() {
            self.0.raw_bind_parameter(place + 1, value)?;
        }
        Ok(())
    }

    fn run(&mut self, values: &[&dyn ToSql]) -> Result<()> {
        self.bind(values)?;
        self.0.raw_execute()?;
        Ok(())
    }

    /// The first row's integers, or nothing.
    fn integers<const N: usize>(&mut self, values: &[&dyn ToSql]) -> Result<Option<[i64; N]>> {
        self.bind(values)?;
        let mut rows = self.0.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut integers = [0; N];
        for (place, integer) in integers.iter_mut().enumerate() {
            *integer = row.get::<_, Option<i64>>(place)?.unwrap_or(0);
        }
        Ok(Some(integers))
    }
}

/// The statements of a transaction.
struct Transaction<'a> {
    begin: Held<'a>,
    commit: Held<'a>,
}

impl<'a> Transaction<'a> {
    fn prepare(conn: &'a Connection) -> Result<Self> {
        Ok(Self { begin: Held::of(conn, "BEGIN IMMEDIATE")?, commit: Held::of(conn, "COMMIT")? })
    }
}

/// Blobs in place of hashes and fingerprints.
struct Draw(u64);

impl Draw {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for piece in bytes.chunks_mut(8) {
            // SplitMix64.
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            piece.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes()[..piece.len()]);
        }
        bytes
    }
}
