//! Rows that no recording accounts for. Counting is quick; only where a count differs, the first row
//! that is too many is looked for: by its key, which tells the book, whatever its merchant was made to be.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::wrong::{Checked, Wrong};
use crate::words::finding::Invariant;

/// How to find the first row of a kind that no recording accounts for.
pub(super) struct Stray(&'static str);

impl Stray {
    /// Says which row it is, unless there are as many as there should be.
    pub(super) fn unless(&self, even: bool, conn: &Connection, merchant: i64) -> Checked<()> {
        if even {
            return Ok(());
        }
        let name = conn
            .prepare(self.0)?
            .query_row(named_params! { ":merchant": merchant }, |row| {
                // A name may have been altered to anything. It is shown as well as possible.
                Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned())
            })
            .optional()?;
        let place = name.unwrap_or_else(|| "a table of the book".to_owned());
        Err(Wrong::At(place, Invariant::Recorded))
    }
}

/// A charge that no recording made.
pub(super) const CHARGE: Stray = Stray(
    "
    SELECT id FROM charges c
    WHERE c.charge BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
    AND NOT EXISTS (
        SELECT 1 FROM entries e WHERE e.entry = c.entry AND e.n = c.n AND e.charge = c.charge)
    AND NOT EXISTS (
        SELECT 1 FROM changes k WHERE k.change = (:merchant << 40) + c.n AND k.kind = 25
        AND k.body ->> '$.charge.id' = c.id)
    LIMIT 1",
);

/// A charge whose number is larger than the first, and at most the second.
pub(super) const CHARGE_BEYOND: &str =
    "SELECT id FROM charges WHERE charge > ?1 AND charge <= ?2 ORDER BY charge LIMIT 1";

/// A payment intent whose number is larger than the first, and at most the second.
pub(super) const INTENT_BEYOND: &str =
    "SELECT id FROM payment_intents WHERE intent > ?1 AND intent <= ?2 ORDER BY intent LIMIT 1";

/// A charge that succeeded without an entry.
pub(super) const SUCCEEDED: Stray = Stray(
    "
    SELECT id FROM charges c
    WHERE c.charge BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
    AND status = 2 AND NOT EXISTS (
        SELECT 1 FROM entries e WHERE e.entry = c.entry AND (e.cause = 1 OR e.cause = 16)
        AND e.charge = c.charge)
    LIMIT 1",
);

/// A charge that was pending and came to nothing, of which no change says so.
pub(super) const ENDED: Stray = Stray(
    "
    SELECT id FROM charges c
    WHERE c.charge BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
    AND status IN (3, 4)
    AND EXISTS (
        SELECT 1 FROM changes k WHERE k.change = (:merchant << 40) + c.n AND k.kind = 25
        AND k.body ->> '$.charge.status' = 'pending')
    AND id NOT IN (
        SELECT k.body ->> '$.charge_conclusion.id' FROM changes k
        WHERE k.change BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
        AND k.kind = 26)
    LIMIT 1",
);

/// A payment intent that no recording made.
pub(super) const INTENT: Stray = Stray(
    "
    SELECT id FROM payment_intents i
    WHERE i.intent BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
    AND NOT EXISTS (
        SELECT 1 FROM changes k WHERE k.change = (:merchant << 40) + i.n AND k.kind = 24
        AND k.body ->> '$.payment_intent.id' = i.id)
    LIMIT 1",
);

/// An API key that no recording issued.
pub(super) const API_KEY: Stray = Stray("
    SELECT 'key_' || substr(lower(hex(hash)), 1, 16) FROM api_keys WHERE merchant = :merchant AND lower(hex(hash)) NOT IN (
        SELECT k.body ->> '$.api_key.hash' FROM changes k
        WHERE k.change BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
        AND k.kind = 22)
    LIMIT 1");

/// An API key that no recording revoked.
pub(super) const REVOCATION: Stray = Stray("
    SELECT 'key_' || substr(lower(hex(hash)), 1, 16) FROM api_keys WHERE merchant = :merchant AND revoked_at IS NOT NULL
    AND lower(hex(hash)) NOT IN (
        SELECT k.body ->> '$.api_key_revocation.hash' FROM changes k
        WHERE k.change BETWEEN :merchant << 40 AND (:merchant << 40) + 1099511627775
        AND k.kind = 23)
    LIMIT 1");
