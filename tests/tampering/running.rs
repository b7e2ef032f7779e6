//! Both chains of a book made anew, as somebody makes them who knows how: the journal's, and the running
//! hash over all recordings, from its description alone.

use std::{collections::VecDeque, path::Path};

use refundry::Ledger;
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

use super::fixture::{options, tamper};
use crate::vectors::chain::{hex, link};

type Hash = [u8; 32];

/// Every hash of a book, computed from whatever its rows say now. None of its texts may be erased.
pub(super) fn make_anew(path: &Path, merchant: i64, id: &str) {
    let mut edits = String::new();
    for (entry, link) in ((merchant << 40) + 1..).zip(links(path, merchant, id)) {
        edits += &format!("UPDATE entries SET hash = x'{}' WHERE entry = {entry};", hex(&link));
    }
    tamper(path, &edits).unwrap();
    make_running_anew(path, merchant, id);
}

/// Every running hash of a book, where the journal's chain is left as it is.
pub(super) fn make_running_anew(path: &Path, merchant: i64, id: &str) {
    let mut hash: Hash = Sha256::digest(format!("refundry/recordings/1{id}")).into();
    let mut edits = String::new();
    let conn = Connection::open(path).unwrap();
    for recording in recordings(&conn, merchant) {
        hash = running(&recording, hash);
        let (table, key, number) = match recording.seq {
            Some(seq) => ("entries", "entry", seq),
            None => ("changes", "change", recording.n),
        };
        let (row, running) = ((merchant << 40) + number, hex(&hash));
        edits += &format!("UPDATE {table} SET running = x'{running}' WHERE {key} = {row};");
    }
    drop(conn);
    tamper(path, &edits).unwrap();
}

/// The digest that stands for an idempotency key in the running hash.
pub(super) fn digest(operation: i64, key: &str, fingerprint: &[u8]) -> [u8; 16] {
    let mut covered = operation.to_be_bytes().to_vec();
    text(&mut covered, key);
    covered.extend(fingerprint);
    Sha256::digest(covered)[..16].try_into().unwrap()
}

/// The links of the journal's chain, which does not cover the texts of charges.
fn links(path: &Path, merchant: i64, id: &str) -> Vec<Hash> {
    let conn = Connection::open(path).unwrap();
    let mut salts: VecDeque<Vec<u8>> = conn
        .prepare(
            "SELECT salt FROM texts WHERE text >> 40 = ?1 AND NOT EXISTS (
                 SELECT 1 FROM charges WHERE merchant = ?1 AND n = text & 1099511627775)
             ORDER BY text",
        )
        .unwrap()
        .query_map([merchant], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let mut ledger = Ledger::open(path, options()).unwrap();
    let book = ledger.book(id).unwrap();
    let mut hash: Hash = Sha256::digest(format!("refundry/book/1{id}")).into();
    let entries = book.journal_entries_after(None, 1_000).unwrap();
    let mut next = |entry| {
        hash = link(&book, entry, hash, &mut salts);
        hash
    };
    entries.iter().map(&mut next).collect()
}

/// What the running hash covers of a recording.
struct Recording {
    n: i64,
    /// The sequence number of its entry, if it posts one.
    seq: Option<i64>,
    kind: i64,
    recorded_at: i64,
    exponent: Option<i64>,
    body: Option<String>,
    outcome: Option<[u8; 16]>,
    /// The link of its entry.
    link: Option<Hash>,
}

/// The recordings of a book in their order.
fn recordings(conn: &Connection, merchant: i64) -> Vec<Recording> {
    conn.prepare(
        "SELECT e.n, e.entry & 1099511627775, CASE WHEN c.n < e.n AND cause = 1 THEN 26 ELSE cause END,
             recorded_at,
             CASE WHEN cause IN (5, 9, 10, 11, 16) OR cause = 1 AND c.n = e.n THEN exponent END,
             CASE WHEN cause = 1 AND c.n = e.n AND c.text_hash IS NOT NULL THEN json_object(
                 'charge', json_object(
                     'id', c.id, 'paymentIntentId', i.id, 'amount', CAST(c.amount AS TEXT),
                     'amountCaptured', CAST(captured AS TEXT), 'fee', CAST(c.fee AS TEXT),
                     'currency', code, 'exponent', exponent, 'status', 'succeeded',
                     'availableOn',
                     strftime('%Y-%m-%dT%H:%M:%fZ', c.available_on / 1000.0, 'unixepoch'),
                     'createdAt', strftime('%Y-%m-%dT%H:%M:%fZ', c.created_at / 1000.0, 'unixepoch'),
                     'externalReference', c.external_reference,
                     'textHash', lower(hex(c.text_hash)))) END,
             operation, idempotency_key, fingerprint, e.hash
         FROM entries e LEFT JOIN charges c USING (charge)
         LEFT JOIN payment_intents i ON i.intent = c.intent
         JOIN currencies u ON u.currency = e.currency WHERE e.entry >> 40 = ?1
         UNION ALL
         SELECT change & 1099511627775, NULL, kind, recorded_at, NULL, body, operation,
             idempotency_key, fingerprint, NULL
         FROM changes WHERE change >> 40 = ?1
         ORDER BY 1",
    )
    .unwrap()
    .query_map([merchant], |row| {
        Ok(Recording {
            n: row.get(0)?,
            seq: row.get(1)?,
            kind: row.get(2)?,
            recorded_at: row.get(3)?,
            exponent: row.get(4)?,
            body: row.get(5)?,
            outcome: outcome(row)?,
            link: row.get(9)?,
        })
    })
    .unwrap()
    .collect::<rusqlite::Result<_>>()
    .unwrap()
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<Option<[u8; 16]>> {
    let (operation, key): (Option<i64>, Option<String>) = (row.get(6)?, row.get(7)?);
    let fingerprint: Option<[u8; 16]> = row.get(8)?;
    Ok(match (operation, key, fingerprint) {
        (Some(operation), Some(key), Some(fingerprint)) => {
            Some(digest(operation, &key, &fingerprint))
        }
        (_, _, forgotten) => forgotten,
    })
}

/// The running hash of a recording after `previous`.
fn running(recording: &Recording, previous: Hash) -> Hash {
    let mut to = vec![1];
    to.extend(previous);
    for int in [recording.n, recording.kind, recording.recorded_at] {
        to.extend(int.to_be_bytes());
    }
    to.push(u8::from(recording.link.is_some()));
    to.extend(recording.link.into_iter().flatten());
    to.push(u8::from(recording.exponent.is_some()));
    to.extend(recording.exponent.into_iter().flat_map(i64::to_be_bytes));
    to.push(u8::from(recording.body.is_some()));
    if let Some(body) = &recording.body {
        text(&mut to, body);
    }
    to.push(u8::from(recording.outcome.is_some()));
    to.extend(recording.outcome.into_iter().flatten());
    Sha256::digest(to).into()
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    to.extend(text.as_bytes());
}
