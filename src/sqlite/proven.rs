//! What a receipt proves: the entry of a refund or charge, in its canonical encoding.

use rusqlite::{Connection, OptionalExtension};

use super::{charges, columns::Columns, entries, number, refunds};
use crate::{
    recording::store::By,
    words::{
        chain::{Facts, Hash, Link},
        error::Result,
    },
};

/// The entry of a refund, or of a charge that succeeded, by the object's id: its sequence number and
/// its encoding.
pub(crate) fn entry(conn: &Connection, merchant: i64, id: &str) -> Result<Option<(i64, Vec<u8>)>> {
    if let Some(stored) = refunds::find(conn, merchant, By::Id(id))? {
        let of_refund = |text_hash| stored.refund.facts(text_hash);
        return encoding(conn, merchant, stored.seq, of_refund);
    }
    let Some(stored) = charges::find(conn, merchant, By::Id(id))? else { return Ok(None) };
    let Some(seq) = stored.seq else { return Ok(None) };
    encoding(conn, merchant, seq, |_| Facts::Charge(&stored.charge))
}

fn encoding<'a>(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    facts: impl FnOnce(Option<Hash>) -> Facts<'a>,
) -> Result<Option<(i64, Vec<u8>)>> {
    // A charge that was taken over began elsewhere: the entry here is not that of a payment.
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(effective_at, recorded_at), recorded_at, about, text_hash,
             debit, credit, amount, code, fee
         FROM entries JOIN currencies USING (currency)
         WHERE entry = ?1 AND (cause = 1 OR cause = 3)",
    )?;
    let encoded = statement.query_row([number::key(merchant, seq)], |row| {
        let columns = &mut Columns::of(row);
        Ok(read(columns, seq, facts))
    });
    encoded.optional()?.map(|encoded| Ok((seq, encoded?))).transpose()
}

fn read<'a>(
    columns: &mut Columns<'_, '_>,
    seq: i64,
    facts: impl FnOnce(Option<Hash>) -> Facts<'a>,
) -> Result<Vec<u8>> {
    let (effective_at, recorded_at) = (columns.moment()?, columns.moment()?);
    let about: Option<i64> = columns.next()?;
    let text_hash = columns.next::<Option<[u8; 32]>>()?.map(Hash);
    let postings = &entries::postings(columns)?;
    let facts = facts(text_hash);
    let reverses = about.filter(|_| facts.cause().is_reversal()).map(number::within);
    Ok(Link { seq, effective_at, recorded_at, postings, reverses, facts }.encoding())
}
