//! Refunds by hand on the layout of the library's files.

use rusqlite::Connection;

use super::{Draw, Held, MERCHANT};
use crate::Result;

/// The library makes the file, its merchant and a first charge, for the balances of the currency.
pub(super) const CHARGES_BEFORE: i64 = 1;

pub(super) const TABLES: [&str; 7] =
    ["entries", "changes", "payment_intents", "charges", "maturing", "texts", "balances"];

/// The key of a row of the merchant's book.
const fn key(number: i64) -> i64 {
    (MERCHANT << 40) | number
}

/// The number of the only currency.
const EGP: i64 = 1;

const READS: [&str; 3] = [
    "PRAGMA data_version",
    "SELECT recording FROM idempotency WHERE lookup = ?1",
    "SELECT c.charge, c.entry, c.captured, c.currency, c.status,
         (SELECT refunded FROM entries INDEXED BY refunds_of_charge
          WHERE charge = c.charge AND (cause = 3 OR cause = 4) ORDER BY entry DESC LIMIT 1)
     FROM charges c JOIN currencies USING (currency) WHERE merchant = ?1 AND id = ?2",
];

const WRITES: [&str; 3] = [
    "INSERT INTO entries (entry, merchant, n, cause, charge, about, recorded_at, debit, credit, amount,
         currency, id, refunded, operation, idempotency_key, fingerprint, hash, running)
     VALUES (?1, ?2, ?3, 3, ?4, ?5, ?6, 2, 4, ?7, ?8, ?9, ?10, 1, ?11, ?12, ?13, ?14)",
    "UPDATE balances SET available = ?2, clearing = ?3 WHERE balance = ?1",
    "INSERT INTO idempotency (lookup, recording) VALUES (?1, ?2)",
];

/// The statements of a refund, and what is remembered between two: as the library does, for as long
/// as nobody else commits.
pub(super) struct Refunds<'a> {
    reads: [Held<'a>; 3],
    writes: [Held<'a>; 3],
    version: Option<[i64; 1]>,
    entry: i64,
    n: i64,
    available: i64,
    clearing: i64,
    now: i64,
    draw: Draw,
}

impl<'a> Refunds<'a> {
    pub(super) fn prepare(conn: &'a Connection) -> Result<Self> {
        let mut reads = Held::all(conn, &READS)?;
        let end = "SELECT max(entry), max(n) FROM entries";
        let balances = "SELECT available, clearing FROM balances WHERE balance = ?1";
        let [entry, n] = Held::of(conn, end)?.integers(&[])?.ok_or("no entries")?;
        let [available, clearing] =
            Held::of(conn, balances)?.integers(&[&key(EGP)])?.ok_or("no balances")?;
        Ok(Self {
            version: reads[0].integers(&[])?,
            reads,
            writes: Held::all(conn, &WRITES)?,
            entry,
            n,
            available,
            clearing,
            now: 1_764_000_000_000,
            draw: Draw(0),
        })
    }
}

impl super::Refund for Refunds<'_> {
    fn make(&mut self, charge: &str, name: &str) -> Result<()> {
        let [version, known, find] = &mut self.reads;
        if version.integers(&[])? != self.version {
            return Err("somebody else has committed".into());
        }
        let lookup = lookup(name);
        if known.integers::<1>(&[&lookup])?.is_some() {
            return Err("the key is known".into());
        }
        let [number, about, captured, currency, _, before] =
            find.integers::<6>(&[&MERCHANT, &charge])?.ok_or("no such charge")?;
        let amount = captured - before;
        self.entry += 1;
        self.n += 1;
        self.now += 1;
        self.available -= amount;
        self.clearing -= amount;

        let [entry, balance, kept] = &mut self.writes;
        let id = format!("re_{:026}", self.entry);
        let (hash, running) = (self.draw.bytes::<32>(), self.draw.bytes::<32>());
        entry.run(&[
            &self.entry,
            &MERCHANT,
            &self.n,
            &number,
            &about,
            &self.now,
            &amount,
            &currency,
            &id,
            &captured,
            &name,
            &self.draw.bytes::<16>(),
            &hash,
            &running,
        ])?;
        balance.run(&[&key(currency), &self.available, &self.clearing])?;
        kept.run(&[&lookup, &key(self.n)])
    }
}

/// FNV-1a, as the library finds a key by.
fn lookup(key: &str) -> i64 {
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
        .cast_signed()
}

const CHARGE: [&str; 4] = [
    "INSERT INTO charges (charge, merchant, n, id, amount, captured, fee, currency, status,
         available_on, created_at, entry)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, 2, ?8, ?8, ?9)",
    "INSERT INTO entries (entry, merchant, n, cause, charge, recorded_at, effective_at, debit, credit,
         amount, currency, fee, hash, running)
     VALUES (?1, ?2, ?3, 1, ?4, ?5, ?5, 4, 1, ?6, ?7, ?8, ?9, ?10)",
    "UPDATE balances SET pending = ?2, clearing = ?3, fees = ?4 WHERE balance = ?1",
    "INSERT INTO maturing (merchant, available_on, id, charge) VALUES (?1, ?2, ?3, ?4)",
];

pub(super) fn insert_charges(conn: &Connection, charges: i64) -> Result<()> {
    let (amount, fee, moment) = (22_604_i64, 912_i64, 1_704_067_200_000_i64);
    let [mut charge, mut entry, mut balance, mut maturing] = Held::all(conn, &CHARGE)?;
    let mut draw = Draw(0);
    // The merchant's own recording is the first.
    for number in CHARGES_BEFORE + 1..=charges {
        let (id, row, n) = (format!("ch_{}", number - 1), key(number), number + 1);
        charge.run(&[&row, &MERCHANT, &n, &id, &amount, &fee, &EGP, &moment, &row])?;
        let (hash, running) = (draw.bytes::<32>(), draw.bytes::<32>());
        entry.run(&[&row, &MERCHANT, &n, &row, &moment, &amount, &EGP, &fee, &hash, &running])?;
        let sums = [number * (amount - fee), number * amount, number * fee];
        balance.run(&[&key(EGP), &sums[0], &sums[1], &sums[2]])?;
        maturing.run(&[&MERCHANT, &moment, &id, &row])?;
    }
    Ok(())
}
