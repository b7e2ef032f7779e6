//! The limit: the same reads and writes on the same schema, by statements that are prepared by
//! hand once and bound by position. It computes no hash and checks no rule, so that what is left
//! is SQLite's share.

use std::path::Path;

use rusqlite::{Connection, Statement, ToSql, config::DbConfig};

use crate::Result;

/// Opens a ledger's file with the settings that the library gives it.
///
/// # Errors
/// What SQLite says.
pub fn open(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    settings(&conn)?;
    conn.execute_batch("PRAGMA journal_mode = WAL")?;
    Ok(conn)
}

/// A copy of a ledger's file in memory.
///
/// # Errors
/// What SQLite says.
pub fn in_memory(path: &Path) -> Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    conn.restore("main", path, None::<fn(rusqlite::backup::Progress)>)?;
    settings(&conn)?;
    Ok(conn)
}

fn settings(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA synchronous = EXTRA; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON",
    )?;
    Ok(())
}

/// One statement, held.
struct Held<'a>(Statement<'a>);

impl<'a> Held<'a> {
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

/// The statements of a refund.
pub struct Refunds<'a> {
    transaction: Transaction<'a>,
    reads: [Held<'a>; 6],
    writes: [Held<'a>; 6],
    now: i64,
}

const READS: [&str; 6] = [
    "SELECT source FROM idempotency WHERE merchant = ?1 AND operation = 1 AND key = ?2",
    "SELECT charge, seq, captured, c.currency, status FROM charges c JOIN currencies USING (currency)
     WHERE merchant = ?1 AND id = ?2",
    "SELECT sum(amount) FROM refunds r WHERE merchant = ?1 AND charge = ?2 AND NOT EXISTS (
         SELECT 1 FROM entries e WHERE e.merchant = r.merchant AND e.source = r.seq AND e.cause = 4)",
    "SELECT pending, available, payout_transit, clearing, bank, fees, losses FROM balances
     WHERE merchant = ?1 AND currency = ?2",
    "SELECT negative_balance_limit FROM merchants WHERE merchant = ?1",
    "SELECT seq FROM entries WHERE merchant = ?1 ORDER BY seq DESC LIMIT 1",
];

const WRITES: [&str; 6] = [
    "INSERT INTO entries (merchant, seq, cause, source, reverses, effective_at, recorded_at, hash)
     VALUES (?1, ?2, 3, ?2, ?3, ?4, ?4, ?5)",
    "INSERT INTO postings (merchant, seq, line, debit, credit, amount, currency)
     VALUES (?1, ?2, 0, 2, 4, ?3, ?4)",
    "UPDATE balances SET available = ?3, clearing = ?4 WHERE merchant = ?1 AND currency = ?2",
    "INSERT INTO balance_transactions (merchant, seq, amount, fee, currency) VALUES (?1, ?2, ?3, 0, ?4)",
    "INSERT INTO refunds (merchant, seq, id, charge, amount) VALUES (?1, ?2, ?3, ?4, ?5)",
    "INSERT INTO idempotency (merchant, operation, key, fingerprint, source, recorded_at)
     VALUES (?1, 1, ?2, ?3, ?4, ?5)",
];

impl<'a> Refunds<'a> {
    /// Prepares the statements.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn prepare(conn: &'a Connection) -> Result<Self> {
        let held = |sql: &[&str; 6]| -> Result<[Held<'a>; 6]> {
            let held: Result<Vec<_>> = sql.iter().map(|sql| Held::of(conn, sql)).collect();
            held?.try_into().map_err(|_| "six statements".into())
        };
        Ok(Self {
            transaction: Transaction::prepare(conn)?,
            reads: held(&READS)?,
            writes: held(&WRITES)?,
            now: 1_764_000_000_000,
        })
    }

    /// Makes refunds of these charges under these keys, `together` to a commit.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn make(&mut self, names: &[(String, String)], together: usize) -> Result<()> {
        for names in names.chunks(together) {
            self.transaction.begin.run(&[])?;
            for (charge, key) in names {
                self.one(charge, key)?;
            }
            self.transaction.commit.run(&[])?;
        }
        Ok(())
    }

    fn one(&mut self, charge: &str, key: &str) -> Result<()> {
        const MERCHANT: i64 = 1;
        let [known, find, refunded, balances, limit, head] = &mut self.reads;
        if known.integers::<1>(&[&MERCHANT, &key])?.is_some() {
            return Err("the key is known".into());
        }
        let [number, reverses, captured, currency, _] =
            find.integers::<5>(&[&MERCHANT, &charge])?.ok_or("no such charge")?;
        let [before] = refunded.integers::<1>(&[&MERCHANT, &number])?.ok_or("no sum")?;
        let [_, available, _, clearing, ..] =
            balances.integers::<7>(&[&MERCHANT, &currency])?.ok_or("no balances")?;
        limit.integers::<1>(&[&MERCHANT])?;
        let [seq] = head.integers::<1>(&[&MERCHANT])?.ok_or("no entries")?;
        let (seq, amount) = (seq + 1, captured - before);

        let [entry, posting, balance, line, refund, kept] = &mut self.writes;
        self.now += 1;
        let id = format!("re_{seq:026}");
        entry.run(&[&MERCHANT, &seq, &reverses, &self.now, &[7_u8; 32]])?;
        posting.run(&[&MERCHANT, &seq, &amount, &currency])?;
        balance.run(&[&MERCHANT, &currency, &(available - amount), &(clearing - amount)])?;
        line.run(&[&MERCHANT, &seq, &-amount, &currency])?;
        refund.run(&[&MERCHANT, &seq, &id, &number, &amount])?;
        kept.run(&[&MERCHANT, &key, &[7_u8; 16], &seq, &self.now])
    }
}

const CHARGE: [&str; 7] = [
    "INSERT INTO charges (merchant, charge, id, amount, captured, fee, currency, status,
         available_on, created_at, seq)
     VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, 2, ?7, ?7, ?2)",
    "INSERT INTO entries (merchant, seq, cause, source, effective_at, recorded_at, hash)
     VALUES (?1, ?2, 1, ?2, ?3, ?3, ?4)",
    "INSERT INTO postings (merchant, seq, line, debit, credit, amount, currency)
     VALUES (?1, ?2, 0, 4, 1, ?3, ?4)",
    "INSERT INTO postings (merchant, seq, line, debit, credit, amount, currency)
     VALUES (?1, ?2, 1, 1, 6, ?3, ?4)",
    "UPDATE balances SET pending = ?3, clearing = ?4, fees = ?5 WHERE merchant = ?1 AND currency = ?2",
    "INSERT INTO balance_transactions (merchant, seq, amount, fee, currency, available_on)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    "INSERT INTO maturing (merchant, available_on, id, charge) VALUES (?1, ?2, ?3, ?4)",
];

/// The writes of an import of so many charges into a new ledger with one merchant and one
/// charge, in one commit.
///
/// # Errors
/// What SQLite says.
pub fn insert_charges(conn: &Connection, charges: i64) -> Result<()> {
    const MERCHANT: i64 = 1;
    const EGP: i64 = 818;
    let (amount, fee, moment) = (22_604_i64, 912_i64, 1_704_067_200_000_i64);
    let mut held = CHARGE.iter().map(|sql| Held::of(conn, sql)).collect::<Result<Vec<_>>>()?;
    let [charge, entry, gross, fees, balance, line, maturing] = &mut held[..] else {
        return Err("seven statements".into());
    };
    let mut transaction = Transaction::prepare(conn)?;
    transaction.begin.run(&[])?;
    for number in 2..=charges {
        let id = format!("ch_{}", number - 1);
        charge.run(&[&MERCHANT, &number, &id, &amount, &fee, &EGP, &moment])?;
        entry.run(&[&MERCHANT, &number, &moment, &[7_u8; 32]])?;
        gross.run(&[&MERCHANT, &number, &amount, &EGP])?;
        fees.run(&[&MERCHANT, &number, &fee, &EGP])?;
        let sums = [number * (amount - fee), number * amount, number * fee];
        balance.run(&[&MERCHANT, &EGP, &sums[0], &sums[1], &sums[2]])?;
        line.run(&[&MERCHANT, &number, &amount, &fee, &EGP, &moment])?;
        maturing.run(&[&MERCHANT, &moment, &id, &number])?;
    }
    transaction.commit.run(&[])
}

/// Reads every row that the chain or an invariant covers, and hashes what is read.
///
/// # Errors
/// What SQLite says.
pub fn read_and_hash(conn: &Connection) -> Result<[u8; 32]> {
    use rusqlite::types::ValueRef;
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for sql in [
        "SELECT * FROM entries",
        "SELECT * FROM postings",
        "SELECT * FROM balance_transactions",
        "SELECT * FROM payment_intents",
        "SELECT * FROM charges",
        "SELECT * FROM maturing",
        "SELECT * FROM refunds",
        "SELECT * FROM transfers",
        "SELECT * FROM texts",
        "SELECT * FROM balances",
    ] {
        let mut statement = conn.prepare(sql)?;
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
