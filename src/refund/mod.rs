//! Refunds: money given back for a charge. This is what the ledger is for.

mod posted;
mod table;

use std::collections::BTreeMap;

use rusqlite::named_params;
use serde::Serialize;

pub use self::posted::{PostedRefund, RefundLedger};
pub(crate) use self::table::{by_id, by_seq, list};
use crate::{
    account::{Account, Balances},
    book::BookTx,
    chain::Facts,
    charge::{self, ChargeStatus},
    currency::Currency,
    error::{Error, Result},
    id,
    idempotency::{IdempotencyKey, Once, Operation, Recorded},
    intent,
    journal::{self, NewEntry, NewLine, posting},
    merchant,
    money::{Amount, Balance},
    refusal::Refusal,
    request::{RefundRequest, Target},
    time::Timestamp,
};

/// Why a refund is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Reason {
    /// The charge was made twice.
    Duplicate = 1,
    /// The charge was a fraud.
    Fraudulent = 2,
    /// The customer asked.
    RequestedByCustomer = 3,
}

impl Reason {
    const ALL: [Self; 3] = [Self::Duplicate, Self::Fraudulent, Self::RequestedByCustomer];

    /// The name, as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Fraudulent => "fraudulent",
            Self::RequestedByCustomer => "requested_by_customer",
        }
    }

    /// The reason with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name).ok_or(Error::ParameterInvalid {
            param: "reason",
            expected: "duplicate, fraudulent or requested_by_customer",
        })
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i64 == number)
    }
}

/// Whether a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// It does.
    Succeeded,
    /// The card's bank sent it back later; a journal entry reversed it.
    Failed,
}

/// Money given back for a charge. Immutable once made; the fields are in the API's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refund {
    /// `re_…`
    pub id: String,
    /// The charge it gives back.
    pub charge_id: String,
    /// How much, in minor units of the currency.
    pub amount: Amount,
    /// The charge's currency.
    pub currency: Currency,
    /// Whether it stands.
    pub status: RefundStatus,
    /// Why it was asked for.
    pub reason: Option<Reason>,
    /// Its line on the merchant's statement: `bt_` and the sequence number of its entry.
    pub balance_transaction_id: String,
    /// Its journal entry, which has its own place in the API: `je_` and the same number.
    #[serde(skip)]
    pub journal_entry_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The charge's payment intent, however the refund was targeted.
    pub payment_intent_id: Option<String>,
    /// The caller's words.
    pub description: Option<String>,
    /// The caller's facts, in the order of their keys' bytes.
    pub metadata: BTreeMap<String, String>,
    /// The acquirer's or terminal's own reference.
    pub external_reference: Option<String>,
}

/// Creates a refund: load, decide, record.
pub(crate) fn create(
    book: &mut BookTx<'_>,
    request: &RefundRequest,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Refund>> {
    request.check()?;
    let once = Once { operation: Operation::Refund, key, target: request.target.param() };
    once.run(
        book,
        |to| request.encode(to),
        |book, seq| {
            // The first outcome again, even if the refund has failed since.
            let refund = by_seq(book.tx, book.merchant, seq)?;
            Ok(Refund { status: RefundStatus::Succeeded, ..refund })
        },
        |book| {
            let charge = load(book, &request.target, &once)?;
            let decision = decide(&charge, request).map_err(|r| once.refused(r))?;
            // From here on, the refund must succeed.
            record(book, &charge, request, &decision, None)
        },
    )
}

/// What a refund is decided on.
pub(crate) struct Refundable {
    pub(crate) known: charge::Known,
    pub(crate) balances: Balances,
    /// How far below zero the available balance may go, in minor units.
    pub(crate) limit: Option<u64>,
}

fn load(book: &BookTx<'_>, target: &Target, once: &Once<'_>) -> Result<Refundable> {
    let missing = || Error::ResourceMissing { param: target.param() };
    let known = match target {
        Target::Charge(id) => charge::by_id(book.tx, book.merchant, id)?.ok_or_else(missing)?,
        Target::PaymentIntent(id) => {
            let (intent, _) = intent::look_up(book.tx, book.merchant, id)?.ok_or_else(missing)?;
            match charge::succeeded_under(book.tx, book.merchant, intent)?[..] {
                [charge] => charge::by_number(book.tx, book.merchant, charge)?,
                [] => return Err(once.refused(Refusal::IntentWithoutSucceededCharge)),
                [_, _, ref others @ ..] => {
                    let charges = i64::try_from(others.len()).unwrap_or(i64::MAX).saturating_add(2);
                    let refusal = Refusal::IntentWithSeveralSucceededCharges { charges };
                    return Err(once.refused(refusal));
                }
            }
        }
    };
    let balances = Balances::load(book.tx, book.merchant, known.charge.currency)?;
    let limit = merchant::limit(book.tx, book.merchant)?.of(known.charge.currency);
    Ok(Refundable { known, balances, limit })
}

/// What will be recorded.
pub(crate) struct Decision {
    pub(crate) amount: Amount,
    pub(crate) reverses: i64,
    pub(crate) after: Balances,
}

/// The rules, in the order of the contract's rows 12 to 16.
pub(crate) fn decide(
    Refundable { known, balances, limit }: &Refundable,
    request: &RefundRequest,
) -> std::result::Result<Decision, Refusal> {
    let charge = &known.charge;
    let (ChargeStatus::Succeeded, Some(reverses)) = (charge.status, known.seq) else {
        return Err(Refusal::ChargeNotSucceeded { status: charge.status });
    };
    let left = charge.amount_captured.minor().saturating_sub(charge.amount_refunded.minor());
    let Ok(refundable) = Amount::from_minor(left) else {
        return Err(Refusal::ChargeAlreadyRefunded);
    };
    let amount = request.amount.unwrap_or(refundable);
    if amount > refundable {
        return Err(Refusal::AmountExceedsRefundable { refundable });
    }
    if let Some(limit) = limit {
        let available = i128::from(balances.of(Account::Available).minor());
        let spendable = available.saturating_add(i128::from(*limit));
        if i128::from(amount.minor()) > spendable {
            let spendable = i64::try_from(spendable).unwrap_or(i64::MIN);
            return Err(Refusal::BalanceInsufficient { spendable: Balance(spendable) });
        }
    }
    let back = posting(Account::Available, Account::Clearing, amount, charge.currency);
    let after = balances.after(&back).ok_or(Refusal::BalanceOutOfRange)?;
    Ok(Decision { amount, reverses, after })
}

/// What an import knows beforehand of a refund: its id, and when it was made.
pub(crate) struct Historical<'a> {
    pub(crate) id: &'a str,
    pub(crate) created_at: Timestamp,
}

/// Records a refund that was decided on, and returns its sequence number.
pub(crate) fn record(
    book: &mut BookTx<'_>,
    Refundable { known, .. }: &Refundable,
    request: &RefundRequest,
    decision: &Decision,
    historical: Option<&Historical<'_>>,
) -> Result<(i64, Refund)> {
    let charge = &known.charge;
    let (id, created_at) = match historical {
        Some(historical) => (historical.id.to_owned(), historical.created_at),
        None => (id::generate("re_", book.now, book.random)?, book.now),
    };
    let seq = book.next_seq()?;
    let text_hash = book.keep_texts(seq, request.description.as_deref(), &request.metadata)?;
    let (amount, currency) = (decision.amount, charge.currency);
    let entry = NewEntry {
        source: seq,
        reverses: Some(decision.reverses),
        effective_at: created_at,
        currency,
        postings: &[posting(Account::Available, Account::Clearing, amount, currency)],
        balances: decision.after,
        facts: Facts::Refund {
            id: &id,
            charge_id: &charge.id,
            amount: decision.amount.minor(),
            reason: request.reason,
            external_reference: request.external_reference.as_deref(),
            text_hash,
        },
    };
    let line =
        NewLine { amount: decision.amount.minor().saturating_neg(), fee: 0, available_on: None };
    journal::record(book, &entry, Some(&line))?;
    book.tx
        .prepare_cached(
            "INSERT INTO refunds
                 (merchant, seq, id, charge, amount, reason, external_reference, text_hash)
             VALUES (:merchant, :seq, :id, :charge, :amount, :reason, :external_reference, :text_hash)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":seq": seq,
            ":id": id,
            ":charge": known.number,
            ":amount": decision.amount.minor(),
            ":reason": request.reason.map(|reason| reason as u8),
            ":external_reference": request.external_reference,
            ":text_hash": text_hash.map(|hash| hash.0),
        })?;
    let refund = Refund {
        id,
        charge_id: charge.id.clone(),
        amount: decision.amount,
        currency: charge.currency,
        status: RefundStatus::Succeeded,
        reason: request.reason,
        balance_transaction_id: format!("bt_{seq}"),
        journal_entry_id: format!("je_{seq}"),
        created_at,
        payment_intent_id: charge.payment_intent_id.clone(),
        description: request.description.clone(),
        metadata: request.metadata.clone(),
        external_reference: request.external_reference.clone(),
    };
    Ok((seq, refund))
}

/// Records that the card's bank sent a refund back: an entry reverses the refund's.
pub(crate) fn fail(
    book: &mut BookTx<'_>,
    id: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Refund>> {
    let once = Once { operation: Operation::RefundFailure, key, target: "id" };
    once.run(
        book,
        |to| {
            to.text(id);
        },
        |book, seq| by_seq(book.tx, book.merchant, seq),
        |book| {
            let (seq, refund) =
                by_id(book.tx, book.merchant, id)?.ok_or(Error::ResourceMissing { param: "id" })?;
            if refund.status == RefundStatus::Failed {
                return Err(once.refused(Refusal::RefundFailedAlready));
            }
            let again =
                posting(Account::Clearing, Account::Available, refund.amount, refund.currency);
            let balances = Balances::load(book.tx, book.merchant, refund.currency)?;
            let after = balances.after(&again);
            let entry = NewEntry {
                source: seq,
                reverses: Some(seq),
                effective_at: book.now,
                currency: refund.currency,
                postings: &[again],
                balances: after.ok_or_else(|| once.refused(Refusal::BalanceOutOfRange))?,
                facts: Facts::RefundFailure { refund_id: &refund.id },
            };
            let line = NewLine { amount: refund.amount.minor(), fee: 0, available_on: None };
            journal::record(book, &entry, Some(&line))?;
            Ok((seq, Refund { status: RefundStatus::Failed, ..refund }))
        },
    )
}

/// Which refunds a list shows; a filter by an unknown id shows none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundFilter {
    /// Only those of this charge.
    pub charge_id: Option<String>,
    /// Only those of the charges under this payment intent.
    pub payment_intent_id: Option<String>,
}
