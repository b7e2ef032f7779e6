//! Charges: attempts to take money. Only a succeeded one is posted, and can be refunded.

mod table;

use std::fmt;

use rusqlite::named_params;
use serde::Serialize;

pub(crate) use self::table::{
    ALL, by_id, by_number, facts_by_number, facts_from, insert, list, refunded, succeeded_under,
};
use crate::{
    account::{Account, Balances},
    book::BookTx,
    chain::{Encoder, Facts},
    currency::Currency,
    error::{Error, Result},
    id,
    idempotency::{IdempotencyKey, Once, Operation, Recorded},
    intent,
    journal::{self, NewEntry, NewLine, Posting, posting},
    maturity,
    money::{Amount, Balance, Fee},
    refusal::Refusal,
    time::Timestamp,
};

/// What became of an attempt to take money. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ChargeStatus {
    /// Not known yet.
    Pending = 1,
    /// The money was taken.
    Succeeded = 2,
    /// It was not.
    Failed = 3,
    /// The attempt was called off.
    Canceled = 4,
}

impl ChargeStatus {
    const ALL: [Self; 4] = [Self::Pending, Self::Succeeded, Self::Failed, Self::Canceled];

    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.number() == number)
    }

    /// The name, as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for ChargeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One attempt to take money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// `ch_…`
    pub id: String,
    /// The payment intent that it is an attempt at, if any.
    pub payment_intent_id: Option<String>,
    /// What was authorized, in minor units of the currency.
    pub amount: Amount,
    /// What was taken: the same or less.
    pub amount_captured: Amount,
    /// What has been refunded, without refunds that failed.
    pub amount_refunded: Balance,
    /// The platform's fee, at most what was taken.
    pub fee: Fee,
    /// The currency.
    pub currency: Currency,
    /// What became of it.
    pub status: ChargeStatus,
    /// When the merchant's funds from it mature.
    pub available_on: Timestamp,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A charge about to be created.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewCharge {
    /// `ch_…`; generated if there is none.
    pub id: Option<String>,
    /// The payment intent that it is an attempt at, if any.
    pub payment_intent_id: Option<String>,
    /// What is authorized, in minor units of the currency.
    pub amount: Amount,
    /// What is taken: the same or less.
    pub amount_captured: Amount,
    /// The platform's fee, at most what is taken.
    pub fee: Fee,
    /// The currency.
    pub currency: Currency,
    /// What became of it.
    pub status: ChargeStatus,
    /// When the merchant's funds from it mature.
    pub available_on: Timestamp,
}

impl NewCharge {
    /// A charge that succeeded in full, under no payment intent.
    #[must_use]
    pub const fn succeeded(
        amount: Amount,
        fee: Fee,
        currency: Currency,
        available_on: Timestamp,
    ) -> Self {
        Self {
            id: None,
            payment_intent_id: None,
            amount,
            amount_captured: amount,
            fee,
            currency,
            status: ChargeStatus::Succeeded,
            available_on,
        }
    }
}

/// How a pending charge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The money was taken.
    Succeeded {
        /// What was taken: the charge's amount or less.
        amount_captured: Amount,
        /// The platform's fee, at most what was taken.
        fee: Fee,
        /// When the merchant's funds from it mature.
        available_on: Timestamp,
    },
    /// It was not.
    Failed,
    /// The attempt was called off.
    Canceled,
}

impl Conclusion {
    /// The charge after this.
    pub(crate) fn apply(self, mut charge: Charge) -> Charge {
        match self {
            Self::Succeeded { amount_captured, fee, available_on } => {
                charge.status = ChargeStatus::Succeeded;
                charge.amount_captured = amount_captured;
                charge.fee = fee;
                charge.available_on = available_on;
            }
            Self::Failed => charge.status = ChargeStatus::Failed,
            Self::Canceled => charge.status = ChargeStatus::Canceled,
        }
        charge
    }

    fn encode(self, to: &mut Encoder) {
        match self {
            Self::Succeeded { amount_captured, fee, available_on } => {
                to.int(1).int(amount_captured.minor()).int(fee.minor()).int(available_on.millis())
            }
            Self::Failed => to.int(2),
            Self::Canceled => to.int(3),
        };
    }
}

/// A charge as the file knows it.
pub(crate) struct Known {
    pub(crate) number: i64,
    /// The entry that posted it, once it succeeded.
    pub(crate) seq: Option<i64>,
    pub(crate) charge: Charge,
}

/// Creates a charge, and posts it if it succeeded.
pub(crate) fn create(
    book: &mut BookTx<'_>,
    new: &NewCharge,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Charge>> {
    check_numbers(new.amount, new.amount_captured, new.fee)?;
    id::check_chosen(new.id.as_deref(), "ch_")?;
    let once = Once { operation: Operation::Charge, key, target: "paymentIntentId" };
    once.run(
        book,
        |to| encode(new, to),
        |book, number| {
            // The request's own facts are the outcome's, whatever became of the charge since.
            let known = by_number(book.tx, book.merchant, number)?;
            Ok(assemble(new, known.charge.id, known.charge.created_at))
        },
        |book| {
            check_intent(book, new.payment_intent_id.as_deref(), new.currency)?;
            // The rules speak before an id is drawn: only recorded operations draw ids.
            let after = match new.status {
                ChargeStatus::Succeeded => {
                    let before = Balances::load(book.tx, book.merchant, new.currency)?;
                    let postings = postings(new.amount_captured, new.fee, new.currency);
                    let after = before.after_all(&postings);
                    Some(after.ok_or_else(|| once.refused(Refusal::BalanceOutOfRange))?)
                }
                ChargeStatus::Pending | ChargeStatus::Failed | ChargeStatus::Canceled => None,
            };
            let id = book.id_for(new.id.as_deref(), "ch_", EXISTS)?;
            let charge = assemble(new, id, book.now);
            let number = insert(book, &charge)?;
            if let Some(after) = after {
                post(book, number, &charge, book.now, after)?;
            }
            Ok((number, charge))
        },
    )
}

const EXISTS: &str = "SELECT 1 FROM charges WHERE merchant = :merchant AND id = :id";

/// Ends a pending charge, and posts it if it succeeded.
pub(crate) fn conclude(
    book: &mut BookTx<'_>,
    id: &str,
    conclusion: Conclusion,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Charge>> {
    let once = Once { operation: Operation::ChargeConclusion, key, target: "id" };
    once.run(
        book,
        |to| {
            to.text(id);
            conclusion.encode(to);
        },
        |book, number| {
            let known = by_number(book.tx, book.merchant, number)?;
            Ok(Charge { amount_refunded: Balance::ZERO, ..known.charge })
        },
        |book| {
            let known =
                by_id(book.tx, book.merchant, id)?.ok_or(Error::ResourceMissing { param: "id" })?;
            if known.charge.status != ChargeStatus::Pending {
                let refusal = Refusal::ChargeNotPending { status: known.charge.status };
                return Err(once.refused(refusal));
            }
            let charge = conclusion.apply(known.charge);
            check_numbers(charge.amount, charge.amount_captured, charge.fee)?;
            let out_of_range = once.refused(Refusal::BalanceOutOfRange);
            record_conclusion(book, known.number, &charge, book.now)?.ok_or(out_of_range)?;
            Ok((known.number, charge))
        },
    )
}

/// Stores how a pending charge ended, and posts it if it succeeded. `None` if a balance would
/// leave its range; nothing is stored then.
pub(crate) fn record_conclusion(
    book: &BookTx<'_>,
    number: i64,
    charge: &Charge,
    effective_at: Timestamp,
) -> Result<Option<()>> {
    let succeeded = charge.status == ChargeStatus::Succeeded;
    let before = Balances::load(book.tx, book.merchant, charge.currency)?;
    let postings = postings(charge.amount_captured, charge.fee, charge.currency);
    let Some(after) = before.after_all(if succeeded { &postings } else { &[] }) else {
        return Ok(None);
    };
    let seq = if succeeded { Some(book.next_seq()?) } else { None };
    book.tx
        .prepare_cached(
            "UPDATE charges SET captured = :captured, fee = :fee, status = :status,
                 available_on = :available_on, seq = :seq
             WHERE merchant = :merchant AND charge = :charge",
        )?
        .execute(named_params! {
            ":captured": charge.amount_captured.minor(),
            ":fee": charge.fee.minor(),
            ":status": charge.status.number(),
            ":available_on": charge.available_on.millis(),
            ":seq": seq,
            ":merchant": book.merchant,
            ":charge": number,
        })?;
    if succeeded {
        post(book, number, charge, effective_at, after)?;
    }
    Ok(Some(()))
}

/// Checks what a charge's numbers have to do with each other.
pub(crate) fn check_numbers(amount: Amount, captured: Amount, fee: Fee) -> Result<()> {
    if captured > amount {
        return Err(Error::ParameterInvalid {
            param: "amountCaptured",
            expected: "at most the charge's amount",
        });
    }
    if fee.minor() > captured.minor() {
        return Err(Error::ParameterInvalid { param: "fee", expected: "at most what is captured" });
    }
    Ok(())
}

/// Checks that the intent of a new charge is there and in its currency.
pub(crate) fn check_intent(book: &BookTx<'_>, id: Option<&str>, currency: Currency) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    match intent::look_up(book.tx, book.merchant, id)? {
        None => Err(Error::ResourceMissing { param: "paymentIntentId" }),
        Some((_, of_intent)) if of_intent != currency => Err(Error::ParameterInvalid {
            param: "currency",
            expected: "the currency of the payment intent",
        }),
        Some(_) => Ok(()),
    }
}

fn encode(new: &NewCharge, to: &mut Encoder) {
    to.optional_text(new.id.as_deref())
        .optional_text(new.payment_intent_id.as_deref())
        .int(new.amount.minor())
        .int(new.amount_captured.minor())
        .int(new.fee.minor())
        .text(new.currency.code())
        .int(new.status.number())
        .int(new.available_on.millis());
}

fn assemble(new: &NewCharge, id: String, created_at: Timestamp) -> Charge {
    Charge {
        id,
        payment_intent_id: new.payment_intent_id.clone(),
        amount: new.amount,
        amount_captured: new.amount_captured,
        amount_refunded: Balance::ZERO,
        fee: new.fee,
        currency: new.currency,
        status: new.status,
        available_on: new.available_on,
        created_at,
    }
}

/// What a succeeded charge moves: the acquirer owes it, and the platform keeps its fee.
pub(crate) fn postings(captured: Amount, fee: Fee, currency: Currency) -> Vec<Posting> {
    let mut postings = vec![posting(Account::Clearing, Account::Pending, captured, currency)];
    if let Some(fee) = fee.amount() {
        postings.push(posting(Account::Pending, Account::Fees, fee, currency));
    }
    postings
}

/// Posts a charge that succeeded, and notes when it matures.
pub(crate) fn post(
    book: &BookTx<'_>,
    number: i64,
    charge: &Charge,
    effective_at: Timestamp,
    balances: Balances,
) -> Result<()> {
    let entry = NewEntry {
        source: number,
        reverses: None,
        effective_at,
        currency: charge.currency,
        postings: &postings(charge.amount_captured, charge.fee, charge.currency),
        balances,
        facts: Facts::Charge(charge),
    };
    let line = NewLine {
        amount: charge.amount_captured.minor(),
        fee: charge.fee.minor(),
        available_on: Some(charge.available_on),
    };
    journal::record(book, &entry, Some(&line))?;
    maturity::await_it(book, number, charge)
}
