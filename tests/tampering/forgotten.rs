//! What was forgotten by hand is not told apart from what was forgotten on purpose. A book that takes in
//! another book's recordings has the digest of a key, or the hash of a text, before the recording arrives
//! that says why; and the first schema did not note that a text was erased.

use rusqlite::Connection;

use super::{
    fixture::{fill, finding, tamper},
    running::digest,
};

#[test]
fn a_text_can_be_erased_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    tamper(&path, "DELETE FROM texts").unwrap();
    assert!(matches!(finding(&path, &heads), Ok(None)));
}

/// Whoever forgets a key by hand has to leave its digest, so neither is it replaced by another key.
#[test]
fn a_key_can_be_forgotten_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let conn = Connection::open(&path).unwrap();
    let (operation, key, fingerprint): (i64, String, Vec<u8>) = conn
        .query_row(
            "SELECT operation, idempotency_key, fingerprint FROM entries WHERE entry = (3 << 40) + 3",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    drop(conn);
    let digest = u128::from_be_bytes(digest(operation, &key, &fingerprint));
    let sql = format!(
        "UPDATE entries SET operation = NULL, idempotency_key = NULL, fingerprint = x'{digest:032x}'
         WHERE entry = {{L}} + 3;
         DELETE FROM idempotency WHERE recording = {{L}} + 46;"
    );
    tamper(&path, &sql).unwrap();
    assert!(matches!(finding(&path, &heads), Ok(None)));
}
