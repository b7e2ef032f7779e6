//! Refunds by hand on the layout of schema 1.

use std::path::Path;

use rusqlite::Connection;

use super::{Draw, Held, MERCHANT};
use crate::Result;

const SCHEMA: &str = include_str!("../../../src/sqlite/schema/1.sql");
const EGP: i64 = 818;

pub(super) const TABLES: [&str; 10] = [
    "entries",
    "postings",
    "balance_transactions",
    "payment_intents",
    "charges",
    "maturing",
    "refunds",
    "transfers",
    "texts",
    "balances",
];

/// Makes a file with a merchant.
pub(super) fn begin(path: &Path) -> Result<()> {
    let conn = Connection::open(path)?;
    conn.execute_batch("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL")?;
    conn.execute_batch(SCHEMA)?;
    conn.execute_batch(
        "INSERT INTO currencies VALUES (818, 'EGP', 2);
         INSERT INTO merchants VALUES (1, 'acct_bench', 'Bench', 0, NULL, 0);
         INSERT INTO balances VALUES (1, 818, 0, 0, 0, 0, 0, 0, 0)",
    )?;
    Ok(())
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

pub(super) struct Refunds<'a> {
    reads: [Held<'a>; 6],
    writes: [Held<'a>; 6],
    now: i64,
    draw: Draw,
}

impl<'a> Refunds<'a> {
    pub(super) fn prepare(conn: &'a Connection) -> Result<Self> {
        Ok(Self {
            reads: Held::all(conn, &READS)?,
            writes: Held::all(conn, &WRITES)?,
            now: 1_764_000_000_000,
            draw: Draw(0),
        })
    }
}

impl super::Refund for Refunds<'_> {
    fn make(&mut self, charge: &str, key: &str) -> Result<()> {
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
        entry.run(&[&MERCHANT, &seq, &reverses, &self.now, &self.draw.bytes::<32>()])?;
        posting.run(&[&MERCHANT, &seq, &amount, &currency])?;
        balance.run(&[&MERCHANT, &currency, &(available - amount), &(clearing - amount)])?;
        line.run(&[&MERCHANT, &seq, &-amount, &currency])?;
        refund.run(&[&MERCHANT, &seq, &id, &number, &amount])?;
        kept.run(&[&MERCHANT, &key, &self.draw.bytes::<16>(), &seq, &self.now])
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

pub(super) fn insert_charges(conn: &Connection, charges: i64) -> Result<()> {
    let (amount, fee, moment) = (22_604_i64, 912_i64, 1_704_067_200_000_i64);
    let [mut charge, mut entry, mut gross, mut fees, mut balance, mut line, mut maturing] =
        Held::all(conn, &CHARGE)?;
    let mut draw = Draw(0);
    for number in 1..=charges {
        let id = format!("ch_{}", number - 1);
        charge.run(&[&MERCHANT, &number, &id, &amount, &fee, &EGP, &moment])?;
        entry.run(&[&MERCHANT, &number, &moment, &draw.bytes::<32>()])?;
        gross.run(&[&MERCHANT, &number, &amount, &EGP])?;
        fees.run(&[&MERCHANT, &number, &fee, &EGP])?;
        let sums = [number * (amount - fee), number * amount, number * fee];
        balance.run(&[&MERCHANT, &EGP, &sums[0], &sums[1], &sums[2]])?;
        line.run(&[&MERCHANT, &number, &amount, &fee, &EGP, &moment])?;
        maturing.run(&[&MERCHANT, &moment, &id, &number])?;
    }
    Ok(())
}
