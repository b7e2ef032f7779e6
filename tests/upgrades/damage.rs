//! Damaged ledgers of version 1. What version 2 would have to leave out or make up is refused, and the
//! file is left as it is.

use std::{fs, path::PathBuf};

use refundry::{Access, FileError, Ledger};
use rusqlite::Connection;

use super::{Golden, options};
use crate::shop::number;

/// What is wrong, how it came to be, and what the error says of it.
type Damage = (&'static str, &'static str, &'static str);

const JOURNAL: [Damage; 15] = [
    ("a gap", "DELETE FROM entries WHERE merchant = 1 AND seq = 4", "je_4: it is missing"),
    (
        "no first posting",
        "DELETE FROM postings WHERE merchant = 1 AND seq = 3",
        "je_3: it is missing, or its posting",
    ),
    (
        "a posting too many",
        "INSERT INTO postings VALUES (1, 2, 2, 1, 2, 5, 818)",
        "1 rows of postings",
    ),
    (
        "a posting of no entry",
        "INSERT INTO postings VALUES (1, 99, 0, 1, 2, 5, 818)",
        "1 rows of postings",
    ),
    (
        "a second posting that is no fee",
        "UPDATE postings SET debit = 2 WHERE merchant = 1 AND seq = 1 AND line = 1",
        "je_1: a second posting that is no fee",
    ),
    (
        "a fee in another currency",
        "UPDATE postings SET currency = 414 WHERE merchant = 1 AND seq = 1 AND line = 1",
        "je_1: a second posting that is no fee",
    ),
    (
        "a currency that is not there",
        "UPDATE postings SET currency = 1 WHERE merchant = 1 AND seq = 3",
        "je_3: it is missing, or its posting, or the currency",
    ),
    (
        "an account that is not there",
        "UPDATE postings SET debit = 9 WHERE merchant = 1 AND seq = 3",
        "je_3: an unknown account",
    ),
    (
        "a cause that is not there",
        "UPDATE entries SET cause = 12 WHERE merchant = 1 AND seq = 11",
        "je_11: an unknown cause",
    ),
    (
        "a moment out of range",
        "UPDATE entries SET recorded_at = 9223372036854775807 WHERE merchant = 1 AND seq = 11",
        "je_11: the moment 9223372036854775807",
    ),
    (
        "a refund that reverses nothing of its own",
        "UPDATE entries SET source = 1 WHERE merchant = 1 AND seq = 2",
        "je_2: it is about an object of another entry",
    ),
    (
        "a top-up that reverses something",
        "UPDATE entries SET reverses = 1 WHERE merchant = 1 AND seq = 11",
        "je_11: it reverses another entry than that of its object",
    ),
    (
        "a returned payout that reverses another",
        "UPDATE entries SET reverses = 3 WHERE merchant = 1 AND seq = 7",
        "je_7: it reverses another entry than that of its object",
    ),
    (
        "an outcome that came twice",
        "INSERT INTO entries SELECT merchant, 13, cause, source, reverses, effective_at, recorded_at,
             hash FROM entries WHERE merchant = 1 AND seq = 12;
         INSERT INTO postings VALUES (1, 13, 0, 1, 2, 5, 818)",
        "je_13: UNIQUE constraint failed",
    ),
    (
        "a number that no key has room for",
        "UPDATE entries SET source = 1 << 40, reverses = 1 << 40 WHERE merchant = 1 AND seq = 9",
        "je_9: the number 1099511627776",
    ),
];

const OBJECTS: [Damage; 15] = [
    (
        "a refund of another amount",
        "UPDATE refunds SET amount = 101 WHERE merchant = 1",
        "je_2: its refund is of another amount",
    ),
    (
        "a refund that is gone",
        "DELETE FROM refunds WHERE merchant = 1",
        "je_2: its refund is missing",
    ),
    (
        "a refund of no entry",
        "INSERT INTO refunds SELECT merchant, 90, 're_x', charge, amount, reason, NULL, NULL
         FROM refunds WHERE merchant = 1",
        "1 rows of refunds",
    ),
    (
        "a transfer of another amount",
        "UPDATE transfers SET amount = -amount WHERE merchant = 1 AND seq = 11",
        "je_11: its transfer is of another amount",
    ),
    (
        "a transfer in another currency",
        "UPDATE transfers SET currency = 414 WHERE merchant = 1 AND seq = 11",
        "je_11: its transfer is of another amount",
    ),
    (
        "a transfer that is gone",
        "DELETE FROM transfers WHERE merchant = 1 AND seq = 3",
        "je_3: its transfer is missing",
    ),
    (
        "a transfer of no entry",
        "INSERT INTO transfers VALUES (1, 90, 'tu_x', 5, 818, NULL)",
        "1 rows of transfers",
    ),
    (
        "a text that its object knows nothing of",
        "UPDATE refunds SET text_hash = NULL WHERE merchant = 1",
        "1 rows of texts",
    ),
    (
        "a charge that matured and never posted",
        "UPDATE charges SET seq = NULL WHERE merchant = 1 AND charge = 2",
        "charge ch_golden: CHECK constraint failed",
    ),
    (
        "a charge without its currency",
        "UPDATE charges SET currency = 1 WHERE merchant = 1 AND charge = 1",
        "1 rows of charges",
    ),
    (
        "a charge under an intent that is not there",
        "UPDATE charges SET intent = 9 WHERE merchant = 1 AND charge = 1",
        "charge ch_failed: FOREIGN KEY constraint failed",
    ),
    (
        "a charge that captured more than it has",
        "UPDATE charges SET captured = amount + 1 WHERE merchant = 1 AND charge = 1",
        "charge ch_failed: CHECK constraint failed",
    ),
    (
        "an intent out of range",
        "UPDATE payment_intents SET amount = 0",
        "payment intent pi_golden: ",
    ),
    (
        "a charge of nobody",
        "UPDATE charges SET merchant = 77 WHERE merchant = 1 AND charge = 1",
        "1 rows of charges",
    ),
    (
        "a charge that waits and is not there",
        "INSERT INTO maturing VALUES (1, 1700000000000, 'ch_x', 99)",
        "the table maturing: FOREIGN KEY constraint failed",
    ),
];

const STATEMENT: [Damage; 5] = [
    (
        "a line that is gone",
        "DELETE FROM balance_transactions WHERE merchant = 1 AND seq = 2",
        "je_2: its line of the statement",
    ),
    (
        "a line that is not due",
        "INSERT INTO balance_transactions VALUES (1, 12, 1, 0, 818, NULL)",
        "je_12: its line of the statement",
    ),
    (
        "a line of another amount",
        "UPDATE balance_transactions SET amount = 1 WHERE merchant = 1 AND seq = 2",
        "je_2: its line of the statement",
    ),
    (
        "a line in another currency",
        "UPDATE balance_transactions SET currency = 414 WHERE merchant = 1 AND seq = 2",
        "je_2: its line of the statement",
    ),
    (
        "a line that becomes available on another day",
        "UPDATE balance_transactions SET available_on = 0 WHERE merchant = 1 AND seq = 1",
        "je_1: its line of the statement",
    ),
];

const REST: [Damage; 13] = [
    (
        "a merchant with a number that no key has room for",
        "UPDATE merchants SET merchant = 1 << 23 WHERE merchant = 10",
        "in the book of acct_01hma8dgbperjrj8jkxe4m28xw: the merchant's number 8388608",
    ),
    (
        "a limit that can't be read",
        "UPDATE merchants SET negative_balance_limit = '{' WHERE merchant = 4",
        "merchant 4: a negative-balance limit",
    ),
    (
        "a merchant's moment out of range",
        "UPDATE merchants SET created_at = -9000000000000000 WHERE merchant = 4",
        "merchant 4: the moment -9000000000000000",
    ),
    (
        "an API key of nobody",
        "UPDATE api_keys SET merchant = 77",
        "the table api_keys: FOREIGN KEY",
    ),
    (
        "an API key that was revoked never",
        "UPDATE api_keys SET revoked_at = 9223372036854775807",
        "in the book of acct_golden: an API key: the moment",
    ),
    (
        "balances in no currency",
        "UPDATE balances SET currency = 1 WHERE merchant = 1",
        "1 rows of balances",
    ),
    (
        "balances of nobody",
        "UPDATE balances SET merchant = 77 WHERE merchant = 1",
        " rows of balances",
    ),
    (
        "a currency without a code",
        "UPDATE currencies SET code = 'EGYPT' WHERE currency = 818",
        "a currency without its code",
    ),
    (
        "an exponent out of range",
        "UPDATE currencies SET exponent = 10 WHERE currency = 818",
        "the table currencies: CHECK constraint failed",
    ),
    (
        "a key of an unknown operation",
        "UPDATE idempotency SET operation = 99 WHERE key = (SELECT min(key) FROM idempotency)",
        "an unknown operation",
    ),
    (
        "a key with no outcome",
        "UPDATE idempotency SET source = NULL, refusal = 999 WHERE key = (SELECT min(key) FROM idempotency)",
        "an idempotency key with no outcome",
    ),
    (
        "a key whose object is not there",
        "UPDATE idempotency SET source = 999, refusal = NULL, fact = NULL
         WHERE key = (SELECT min(key) FROM idempotency)",
        "an idempotency key with no outcome",
    ),
    (
        "a key of nobody",
        "UPDATE idempotency SET merchant = 77 WHERE key = (SELECT min(key) FROM idempotency)",
        "1 rows of idempotency",
    ),
];

/// The golden ledger of version 1 after this, which no guard or constraint hinders.
pub(super) fn damaged(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = Golden::read(1).copy();
    let conn = Connection::open(&path).unwrap();
    let guards: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for guard in guards {
        conn.execute_batch(&format!("DROP TRIGGER {guard}")).unwrap();
    }
    conn.execute_batch(
        "DROP INDEX entries_of_outcome; PRAGMA foreign_keys = OFF;
         PRAGMA ignore_check_constraints = ON",
    )
    .unwrap();
    conn.execute_batch(sql).unwrap();
    assert!(conn.total_changes() > 0, "{sql} changes nothing");
    (folder, path)
}

#[test]
fn what_version_2_can_not_say_is_refused_and_left_as_it_is() {
    let all = JOURNAL.iter().chain(&OBJECTS).chain(&STATEMENT).chain(&REST);
    for (what, sql, says) in all {
        let (folder, path) = damaged(sql);
        let before = fs::read(&path).unwrap();
        // The second time finds what the first has left.
        for _ in 0..2 {
            match Ledger::open(&path, options(Access::Open)) {
                Err(error) if error.number() == FileError::CORRUPT => {
                    assert!(error.to_string().contains(says), "{what}: {error}");
                }
                Err(error) => panic!("{what}: {error:?}"),
                Ok(_) => panic!("{what} was upgraded"),
            }
            assert!(fs::read(&path).unwrap() == before, "{what}: the file was changed");
        }
        let bytes = Ledger::from_bytes(&before, options(Access::Open));
        assert_eq!(number(&bytes), FileError::CORRUPT, "{what}, in memory");
        drop(folder);
    }
}
