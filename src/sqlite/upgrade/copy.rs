//! Copying everything from the old tables to the new ones, and counting it.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::Connection;

use super::{TABLES, at, book::Book, write};
use crate::{
    sqlite::{columns::Columns, merchants},
    words::{
        error::{Error, Result},
        merchant::Merchant,
        progress::UpgradeProgress,
    },
};

/// After how many recordings `progress` is called again.
const STEP: u64 = 1_000;

/// The largest number that a merchant can have in a key.
const LAST_MERCHANT: i64 = i64::MAX >> 40;

/// The copying of a whole file.
pub(super) struct Copy<'a> {
    pub(super) conn: &'a Connection,
    progress: &'a mut dyn FnMut(&UpgradeProgress) -> ControlFlow<()>,
    told: UpgradeProgress,
    recordings: u64,
    /// How many rows of each old table were copied.
    rows: BTreeMap<&'static str, i64>,
}

impl<'a> Copy<'a> {
    pub(super) fn begin(
        conn: &'a Connection,
        progress: &'a mut dyn FnMut(&UpgradeProgress) -> ControlFlow<()>,
    ) -> Result<Self> {
        let total = u64::try_from(count(conn, "entries")?).unwrap_or(0);
        let told = UpgradeProgress { entries: 0, total };
        Ok(Self { conn, progress, told, recordings: 0, rows: BTreeMap::new() })
    }

    /// Copies all tables. Rows come after those that they refer to.
    pub(super) fn run(&mut self) -> Result<()> {
        self.all(
            "currencies",
            "INSERT INTO currencies (code, exponent)
             SELECT code, exponent FROM schema_1_currencies ORDER BY code",
        )?;
        self.all("merchants", "INSERT INTO merchants SELECT *, 0 FROM schema_1_merchants")?;
        self.all("api_keys", "INSERT INTO api_keys SELECT * FROM schema_1_api_keys")?;
        self.books()?;
        self.all(
            "balances",
            "INSERT INTO balances
             SELECT (b.merchant << 40) + new.currency, pending, available, payout_transit, clearing,
                 bank, fees, losses
             FROM schema_1_balances b JOIN merchants USING (merchant)
             JOIN schema_1_currencies old ON old.currency = b.currency
             JOIN currencies new ON new.code = old.code",
        )?;
        self.all(
            "maturing",
            "INSERT INTO maturing
             SELECT merchant, available_on, id, (merchant << 40) + charge FROM schema_1_maturing",
        )
    }

    /// Copies a whole table at once.
    fn all(&mut self, table: &'static str, sql: &str) -> Result<()> {
        let rows = at(format_args!("the table {table}"), write(self.conn, sql, []))?;
        self.copied(table, rows);
        Ok(())
    }

    /// Copies the books one after the other, in the order of their merchants' numbers.
    fn books(&mut self) -> Result<()> {
        let conn = self.conn;
        let mut merchants = conn.prepare(
            "SELECT merchant, id, name, live_mode, negative_balance_limit, created_at, unique_references
             FROM merchants ORDER BY merchant",
        )?;
        let mut rows = merchants.query([])?;
        while let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            let number: i64 = columns.next()?;
            let merchant = at(format_args!("merchant {number}"), merchants::read(&mut columns))?;
            let place = format!("in the book of {}", merchant.id);
            at(place, self.book(number, merchant))?;
        }
        Ok(())
    }

    fn book(&mut self, number: i64, merchant: Merchant) -> Result<()> {
        if !(1..=LAST_MERCHANT).contains(&number) {
            return Err(Error::corrupt(format!("the merchant's number {number}")));
        }
        let mut book = Book::begin(self, number, &merchant.id);
        book.objects(merchant)?;
        book.journal()?;
        book.idempotency_keys()
    }

    /// Notes how many rows of an old table were copied.
    pub(super) fn copied(&mut self, table: &'static str, rows: usize) {
        let count = self.rows.entry(table).or_default();
        *count = count.saturating_add(i64::try_from(rows).unwrap_or(i64::MAX));
    }

    /// Notes that an entry was recorded.
    pub(super) fn entry(&mut self) {
        self.told.entries = self.told.entries.saturating_add(1);
    }

    /// Notes that something was recorded, and reports the progress now and then.
    pub(super) fn recorded(&mut self) -> Result<()> {
        self.recordings = self.recordings.saturating_add(1);
        if self.recordings.is_multiple_of(STEP) { self.tell() } else { Ok(()) }
    }

    fn tell(&mut self) -> Result<()> {
        match (self.progress)(&self.told) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Error::Canceled),
        }
    }

    /// Makes sure that no row was left out: one that belongs to nothing, or to two things.
    pub(super) fn finish(&mut self) -> Result<()> {
        for table in TABLES {
            let (found, copied) = (count(self.conn, table)?, self.rows.get(table));
            let left = found.saturating_sub(copied.copied().unwrap_or(0));
            if left != 0 {
                let detail = format!("{left} rows of {table} do not belong to what is recorded");
                return Err(Error::corrupt(detail));
            }
        }
        self.tell()
    }
}

fn count(conn: &Connection, table: &str) -> Result<i64> {
    let sql = format!("SELECT count(*) FROM schema_1_{table}");
    Ok(conn.query_row(&sql, [], |row| row.get(0))?)
}
