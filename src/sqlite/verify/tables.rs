//! The tables beside the journal, against what the recordings say of them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    change::ChangeRow,
    charges::{ChargeRow, Charges},
    currencies::Currencies,
    intents::Intents,
    strays,
    tally::Tally,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    recording::body::{Body, ChargeBody},
    sqlite::number,
    words::{
        chain::Hash,
        charge::ChargeStatus,
        finding::Invariant,
        key,
        merchant::{Merchant, NegativeBalanceLimit},
        time::Timestamp,
    },
};

/// What the recordings of a book have said so far.
pub(super) struct Tables<'a> {
    conn: &'a Connection,
    merchant: i64,
    /// The merchant, as its row says.
    own: &'a Merchant,
    currencies: &'a Currencies,
    intents: Intents<'a>,
    limit: Option<NegativeBalanceLimit>,
    unique_references: Option<bool>,
    /// The first recording that still has its idempotency key, and how a finding calls it.
    first_key: Option<(i64, String)>,
    counts: Counts,
    /// The charges that came to nothing after they were made, by their ids: those whose rows say
    /// so, less those of which a change says so.
    ended: Tally,
    /// The numbers of the currencies that the changes name.
    pub(super) used: BTreeSet<i64>,
}

/// How many rows the recordings account for.
#[derive(Default)]
struct Counts {
    charges: i64,
    /// Charges whose rows say that they succeeded.
    succeeded: i64,
    /// Entries that post charges.
    posted: i64,
    intents: i64,
    api_keys: i64,
    revocations: i64,
}

/// Says that the row of what has this name is not what a change says, unless it is.
fn as_told(holds: bool, name: &str) -> Checked<()> {
    if holds { Ok(()) } else { Err(Wrong::At(name.to_owned(), Invariant::Change)) }
}

impl<'a> Tables<'a> {
    pub(super) fn of(
        conn: &'a Connection,
        merchant: i64,
        own: &'a Merchant,
        currencies: &'a Currencies,
        intents: Intents<'a>,
    ) -> Self {
        Self {
            conn,
            merchant,
            own,
            currencies,
            intents,
            limit: None,
            unique_references: None,
            first_key: None,
            counts: Counts::default(),
            ended: Tally::default(),
            used: BTreeSet::new(),
        }
    }

    /// The tables have what a change says.
    pub(super) fn check(
        &mut self,
        change: &ChangeRow<'_>,
        body: &Body,
        charges: &mut Charges<'_>,
    ) -> Checked<()> {
        match body {
            Body::Merchant(merchant) => self.merchant(merchant),
            Body::Limit { negative_balance_limit } => {
                self.limit = Some(negative_balance_limit.clone());
                Ok(())
            }
            Body::UniqueReferences { required } => {
                self.unique_references = Some(*required);
                Ok(())
            }
            Body::ApiKey { hash } => self.api_key(hash, change.recorded_at),
            Body::ApiKeyRevocation { hash } => self.revocation(hash, change.recorded_at),
            Body::PaymentIntent { .. } => self.intent(change.n, body),
            Body::Charge(charge) => self.charge(change.n, charge, charges),
            Body::ChargeConclusion(charge) => self.conclusion(change.n, charge, charges),
            Body::Refusal { number, fact } => {
                hold(Body::refusal(*number, fact.as_deref()).is_some(), Invariant::Readable)
            }
            Body::Pruning { through } => self.pruning(change.n, *through),
            Body::Erasure { n } => self.erasure(change.n, *n),
            Body::Answer { source } => self.answer(source),
            Body::Maturity { .. }
            | Body::Refund { .. }
            | Body::RefundFailure { .. }
            | Body::Payout(_)
            | Body::TopUp(_)
            | Body::Settlement(_)
            | Body::Adjustment(_)
            | Body::PayoutPaid { .. }
            | Body::PayoutFailed { .. }
            | Body::PayoutReturned { .. }
            | Body::Dispute(_)
            | Body::DisputeWon { .. }
            | Body::DisputeLost { .. }
            | Body::HandedOver { .. }
            | Body::TakenOver(_) => hold(false, Invariant::Readable),
        }
    }

    /// The merchant's row says what it was recorded with; its rules may have been changed since.
    fn merchant(&mut self, merchant: &Merchant) -> Checked<()> {
        let limit = merchant.negative_balance_limit.clone();
        let unique_references = merchant.unique_references;
        let then = Merchant {
            negative_balance_limit: limit.clone(),
            unique_references,
            ..self.own.clone()
        };
        self.limit = Some(limit);
        self.unique_references = Some(unique_references);
        as_told(then == *merchant, "the merchant")
    }

    fn api_key(&mut self, hash: &Hash, recorded_at: Timestamp) -> Checked<()> {
        self.counts.api_keys = self.counts.api_keys.saturating_add(1);
        let kept: Option<(i64, i64)> = self
            .conn
            .prepare_cached("SELECT merchant, created_at FROM api_keys WHERE hash = ?1")?
            .query_row([hash.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        as_told(kept == Some((self.merchant, recorded_at.millis())), &key::id(hash))
    }

    fn revocation(&mut self, hash: &Hash, recorded_at: Timestamp) -> Checked<()> {
        self.counts.revocations = self.counts.revocations.saturating_add(1);
        let kept: Option<(i64, Option<i64>)> = self
            .conn
            .prepare_cached("SELECT merchant, revoked_at FROM api_keys WHERE hash = ?1")?
            .query_row([hash.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        as_told(kept == Some((self.merchant, Some(recorded_at.millis()))), &key::id(hash))
    }

    fn intent(&mut self, n: i64, body: &Body) -> Checked<()> {
        let Body::PaymentIntent { id, amount, currency, exponent, created_at } = body else {
            return hold(false, Invariant::Readable);
        };
        self.counts.intents = self.counts.intents.saturating_add(1);
        let Some(row) = self.intents.by_id(n, id)? else { return as_told(false, id) };
        let known = self.currencies.get(row.currency);
        self.used.insert(row.currency);
        let same = row.n == n
            && row.amount == amount.minor()
            && known.is_some_and(|is| is.currency == *currency && is.exponent == *exponent)
            && row.created_at == created_at.millis();
        as_told(same, id)
    }

    /// A charge that had not succeeded when it was made.
    fn charge(&mut self, n: i64, then: &ChargeBody, charges: &mut Charges<'_>) -> Checked<()> {
        hold(then.status != ChargeStatus::Succeeded, Invariant::Readable)?;
        let Some(row) = charges.by_id(n, &then.id)? else { return as_told(false, &then.id) };
        self.made(&row)?;
        let mut now = row.body();
        if then.status == ChargeStatus::Pending && now.status != ChargeStatus::Pending {
            if now.status != ChargeStatus::Succeeded {
                self.ended.expect(&then.id);
            }
            // Its conclusion says the rest.
            now.status = then.status;
            now.amount_captured = then.amount_captured;
            now.fee = then.fee;
            now.available_on = then.available_on;
        }
        as_told(row.n == n && now == *then, &then.id)
    }

    /// A charge that came to nothing.
    fn conclusion(&mut self, n: i64, then: &ChargeBody, charges: &mut Charges<'_>) -> Checked<()> {
        let ended = matches!(then.status, ChargeStatus::Failed | ChargeStatus::Canceled);
        hold(ended, Invariant::Readable)?;
        let Some(row) = charges.by_id(n, &then.id)? else { return as_told(false, &then.id) };
        self.ended.strike(&then.id);
        as_told(row.n < n && ChargeBody::concluded(&row.charge) == *then, &then.id)
    }

    /// Notes a charge by the recording that made it.
    fn made(&mut self, row: &ChargeRow) -> Checked<()> {
        row.check()?;
        self.used.insert(row.currency);
        let succeeded = row.charge.status == ChargeStatus::Succeeded;
        self.counts.charges = self.counts.charges.saturating_add(1);
        self.counts.succeeded = self.counts.succeeded.saturating_add(i64::from(succeeded));
        Ok(())
    }

    /// Notes a charge by the entry of the recording `n`, which posts it.
    pub(super) fn posted(&mut self, n: i64, row: &ChargeRow) -> Checked<()> {
        self.counts.posted = self.counts.posted.saturating_add(1);
        if row.n == n { self.made(row) } else { Ok(()) }
    }

    /// Notes a recording that still has its idempotency key.
    pub(super) fn has_key(&mut self, n: i64, place: impl FnOnce() -> String) {
        self.first_key.get_or_insert_with(|| (n, place()));
    }

    /// The recordings up to a number have forgotten their keys.
    fn pruning(&self, n: i64, through: i64) -> Checked<()> {
        hold((1..n).contains(&through), Invariant::Readable)?;
        match &self.first_key {
            Some((first, place)) if *first <= through => as_told(false, place),
            Some(_) | None => Ok(()),
        }
    }

    /// The text of an earlier recording is gone.
    fn erasure(&self, n: i64, erased: i64) -> Checked<()> {
        hold((1..n).contains(&erased), Invariant::Readable)?;
        let is_there = self
            .conn
            .prepare_cached("SELECT 1 FROM texts WHERE text = ?1")?
            .exists([number::key(self.merchant, erased)])?;
        as_told(!is_there, &format!("the text of recording {erased}"))
    }

    /// The object that a key of an older version made is there.
    fn answer(&self, source: &str) -> Checked<()> {
        let is_there = self
            .conn
            .prepare_cached(
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM charges WHERE merchant = ?1 AND id = ?2)
                     OR EXISTS (SELECT 1 FROM entries WHERE merchant = ?1 AND id = ?2)",
            )?
            .exists(params![self.merchant, source])?;
        hold(is_there, Invariant::Reference)
    }

    /// Every row of the tables belongs to a recording, and the rules are the last that were set.
    pub(super) fn check_end(&mut self, charges: &mut Charges<'_>) -> Checked<()> {
        let rules = self.limit.as_ref() == Some(&self.own.negative_balance_limit)
            && self.unique_references == Some(self.own.unique_references);
        as_told(rules, "the merchant")?;
        let (charges, intents) = (charges.count()?, self.intents.count()?);
        let (api_keys, revocations): (i64, i64) = self
            .conn
            .prepare_cached("SELECT count(*), count(revoked_at) FROM api_keys WHERE merchant = ?1")?
            .query_row([self.merchant], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let told = &self.counts;
        for (even, stray) in [
            (told.charges == charges, strays::CHARGE),
            (told.succeeded == told.posted, strays::SUCCEEDED),
            (self.ended.is_even(), strays::ENDED),
            (told.intents == intents, strays::INTENT),
            (told.api_keys == api_keys, strays::API_KEY),
            (told.revocations == revocations, strays::REVOCATION),
        ] {
            stray.unless(even, self.conn, self.merchant)?;
        }
        self.check_numbers(charges, strays::CHARGE_BEYOND)?;
        self.check_numbers(intents, strays::INTENT_BEYOND)
    }

    /// These rows are numbered from 1 without gaps: none has a larger number, from which the next
    /// row's would follow.
    fn check_numbers(&self, count: i64, beyond: &str) -> Checked<()> {
        let largest = [number::key(self.merchant, count), number::last(self.merchant)];
        let beyond: Option<String> =
            self.conn.prepare_cached(beyond)?.query_row(largest, |row| row.get(0)).optional()?;
        beyond.map_or(Ok(()), |id| Err(Wrong::At(id, Invariant::Sequence)))
    }
}
