//! Transfers: money that moves other than by charges and refunds.

mod table;

use std::{collections::BTreeMap, fmt};

use rusqlite::named_params;
use serde::Serialize;

pub(crate) use self::table::{by_id, by_seq, list};
use crate::{
    account::{Account, Balances},
    book::BookTx,
    chain::Facts,
    currency::Currency,
    error::{Error, Result},
    id,
    idempotency::{IdempotencyKey, Once, Operation, Recorded},
    journal::{self, Cause, NewEntry, NewLine, Posting, posting},
    money::{Amount, SignedAmount},
    refusal::Refusal,
    request,
    time::Timestamp,
};

/// What kind of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Available funds set out for the merchant's bank account.
    Payout,
    /// The merchant pays in.
    #[serde(rename = "topup")]
    TopUp,
    /// The acquirer pays what it owes; negative: takes back.
    Settlement,
    /// The platform gives; negative: takes.
    Adjustment,
}

impl TransferKind {
    const fn cause(self) -> Cause {
        match self {
            Self::Payout => Cause::Payout,
            Self::TopUp => Cause::TopUp,
            Self::Settlement => Cause::Settlement,
            Self::Adjustment => Cause::Adjustment,
        }
    }

    const fn from_cause(cause: Cause) -> Option<Self> {
        match cause {
            Cause::Payout => Some(Self::Payout),
            Cause::TopUp => Some(Self::TopUp),
            Cause::Settlement => Some(Self::Settlement),
            Cause::Adjustment => Some(Self::Adjustment),
            Cause::Charge
            | Cause::Maturity
            | Cause::Refund
            | Cause::RefundFailure
            | Cause::PayoutPaid
            | Cause::PayoutFailed
            | Cause::PayoutReturned => None,
        }
    }

    const fn operation(self) -> Operation {
        match self {
            Self::Payout => Operation::Payout,
            Self::TopUp => Operation::TopUp,
            Self::Settlement => Operation::Settlement,
            Self::Adjustment => Operation::Adjustment,
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Payout => "po_",
            Self::TopUp => "tu_",
            Self::Settlement => "stl_",
            Self::Adjustment => "adj_",
        }
    }

    /// What a transfer of this kind moves.
    pub(crate) const fn posting(self, amount: SignedAmount, currency: Currency) -> Posting {
        let (debit, credit) = match self {
            Self::Payout => (Account::Available, Account::PayoutTransit),
            Self::TopUp => (Account::Bank, Account::Available),
            Self::Settlement => (Account::Bank, Account::Clearing),
            Self::Adjustment => (Account::Losses, Account::Available),
        };
        if amount.is_negative() {
            posting(credit, debit, amount.magnitude(), currency)
        } else {
            posting(debit, credit, amount.magnitude(), currency)
        }
    }

    /// What it adds to the statement; a settlement is not on it.
    pub(crate) const fn line(self, amount: SignedAmount) -> Option<NewLine> {
        let amount = match self {
            Self::Payout => amount.minor().saturating_neg(),
            Self::TopUp | Self::Adjustment => amount.minor(),
            Self::Settlement => return None,
        };
        Some(NewLine { amount, fee: 0, available_on: None })
    }
}

/// How far a payout has come. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PayoutStatus {
    /// On its way.
    InTransit = 1,
    /// It arrived.
    Paid = 2,
    /// It did not.
    Failed = 3,
    /// It came back after it had arrived.
    Returned = 4,
}

impl PayoutStatus {
    const ALL: [Self; 4] = [Self::InTransit, Self::Paid, Self::Failed, Self::Returned];

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
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Returned => "returned",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

impl fmt::Display for PayoutStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InTransit => "in transit",
            other => other.name(),
        })
    }
}

/// What becomes of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayoutOutcome {
    /// It arrived.
    Paid,
    /// It failed while in transit.
    Failed,
    /// It came back after it had arrived.
    Returned,
}

impl PayoutOutcome {
    const fn starts_at(self) -> PayoutStatus {
        match self {
            Self::Paid | Self::Failed => PayoutStatus::InTransit,
            Self::Returned => PayoutStatus::Paid,
        }
    }

    const fn leads_to(self) -> PayoutStatus {
        match self {
            Self::Paid => PayoutStatus::Paid,
            Self::Failed => PayoutStatus::Failed,
            Self::Returned => PayoutStatus::Returned,
        }
    }

    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::Paid => Cause::PayoutPaid,
            Self::Failed => Cause::PayoutFailed,
            Self::Returned => Cause::PayoutReturned,
        }
    }

    pub(crate) const fn posting(self, amount: Amount, currency: Currency) -> Posting {
        match self {
            Self::Paid => posting(Account::PayoutTransit, Account::Bank, amount, currency),
            Self::Failed => posting(Account::PayoutTransit, Account::Available, amount, currency),
            Self::Returned => posting(Account::Bank, Account::Available, amount, currency),
        }
    }
}

/// Money that moved other than by a charge or refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// `po_…`, `tu_…`, `stl_…` or `adj_…`
    pub id: String,
    /// What kind.
    pub kind: TransferKind,
    /// How much, in minor units of the currency; negative if it went the other way.
    pub amount: SignedAmount,
    /// The currency.
    pub currency: Currency,
    /// How far it has come, if it is a payout.
    pub status: Option<PayoutStatus>,
    /// The caller's words.
    pub description: Option<String>,
    /// Its journal entry.
    pub journal_entry_id: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A transfer about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTransfer {
    /// The prefix of the kind and more; generated if there is none.
    pub id: Option<String>,
    /// What kind.
    pub kind: TransferKind,
    /// How much, in minor units of the currency; only settlements and adjustments may be negative.
    pub amount: SignedAmount,
    /// The currency.
    pub currency: Currency,
    /// At most 500 characters, none of them U+0000.
    pub description: Option<String>,
}

impl NewTransfer {
    /// A payout of available funds.
    #[must_use]
    pub fn payout(amount: Amount, currency: Currency) -> Self {
        Self::of(TransferKind::Payout, amount.into(), currency)
    }

    /// A payment of the merchant into its available balance.
    #[must_use]
    pub fn top_up(amount: Amount, currency: Currency) -> Self {
        Self::of(TransferKind::TopUp, amount.into(), currency)
    }

    /// A payment of the acquirer; negative: it takes back.
    #[must_use]
    pub const fn settlement(amount: SignedAmount, currency: Currency) -> Self {
        Self::of(TransferKind::Settlement, amount, currency)
    }

    /// A gift of the platform; negative: it takes.
    #[must_use]
    pub const fn adjustment(amount: SignedAmount, currency: Currency) -> Self {
        Self::of(TransferKind::Adjustment, amount, currency)
    }

    const fn of(kind: TransferKind, amount: SignedAmount, currency: Currency) -> Self {
        Self { id: None, kind, amount, currency, description: None }
    }
}

const EXISTS: &str = "SELECT 1 FROM transfers WHERE merchant = :merchant AND id = :id";

/// Makes a transfer.
pub(crate) fn create(
    book: &mut BookTx<'_>,
    new: &NewTransfer,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Transfer>> {
    request::check_description(new.description.as_deref())?;
    let one_way = matches!(new.kind, TransferKind::Payout | TransferKind::TopUp);
    if one_way && new.amount.is_negative() {
        return Err(Error::ParameterOutOfRange { param: "amount", least: 1 });
    }
    id::check_chosen(new.id.as_deref(), new.kind.prefix())?;
    let once = Once { operation: new.kind.operation(), key, target: "id" };
    once.run(
        book,
        |to| {
            to.optional_text(new.id.as_deref()).int(new.amount.minor()).text(new.currency.code());
            to.optional_text(new.description.as_deref());
        },
        |book, seq| {
            let transfer = by_seq(book.tx, book.merchant, seq)?;
            let status = transfer.status.map(|_| PayoutStatus::InTransit);
            Ok(Transfer { status, ..transfer })
        },
        |book| {
            let balances = Balances::load(book.tx, book.merchant, new.currency)?;
            let spendable = balances.of(Account::Available);
            if new.kind == TransferKind::Payout && new.amount.minor() > spendable.minor() {
                return Err(once.refused(Refusal::BalanceInsufficient { spendable }));
            }
            let after = balances
                .after(&new.kind.posting(new.amount, new.currency))
                .ok_or_else(|| once.refused(Refusal::BalanceOutOfRange))?;
            let id = book.id_for(new.id.as_deref(), new.kind.prefix(), EXISTS)?;
            let now = book.now;
            record(book, new, id, now, after)
        },
    )
}

/// Records a transfer whose id is free, and returns its sequence number.
pub(crate) fn record(
    book: &mut BookTx<'_>,
    new: &NewTransfer,
    id: String,
    effective_at: Timestamp,
    balances: Balances,
) -> Result<(i64, Transfer)> {
    new.currency.freeze(book.tx)?;
    let seq = book.next_seq()?;
    let text_hash = book.keep_texts(seq, new.description.as_deref(), &BTreeMap::new())?;
    let entry = NewEntry {
        source: seq,
        reverses: None,
        effective_at,
        currency: new.currency,
        postings: &[new.kind.posting(new.amount, new.currency)],
        balances,
        facts: Facts::Transfer {
            cause: new.kind.cause(),
            id: &id,
            amount: new.amount,
            currency: new.currency.code(),
            text_hash,
        },
    };
    journal::record(book, &entry, new.kind.line(new.amount).as_ref())?;
    book.tx
        .prepare_cached(
            "INSERT INTO transfers (merchant, seq, id, amount, currency, text_hash)
             VALUES (:merchant, :seq, :id, :amount, :currency, :text_hash)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":seq": seq,
            ":id": id,
            ":amount": new.amount.minor(),
            ":currency": new.currency.number(),
            ":text_hash": text_hash.map(|hash| hash.0),
        })?;
    let transfer = Transfer {
        id,
        kind: new.kind,
        amount: new.amount,
        currency: new.currency,
        status: (new.kind == TransferKind::Payout).then_some(PayoutStatus::InTransit),
        description: new.description.clone(),
        journal_entry_id: format!("je_{seq}"),
        created_at: effective_at,
    };
    Ok((seq, transfer))
}

/// Records what became of a payout.
pub(crate) fn conclude(
    book: &mut BookTx<'_>,
    id: &str,
    outcome: PayoutOutcome,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Transfer>> {
    let once = Once { operation: Operation::PayoutOutcome, key, target: "id" };
    once.run(
        book,
        |to| {
            to.text(id).int(outcome.cause().number());
        },
        |book, seq| {
            let transfer = by_seq(book.tx, book.merchant, seq)?;
            Ok(Transfer { status: Some(outcome.leads_to()), ..transfer })
        },
        |book| {
            let found = by_id(book.tx, book.merchant, id)?;
            let Some((seq, transfer @ Transfer { status: Some(status), .. })) = found else {
                return Err(Error::ResourceMissing { param: "id" });
            };
            if status != outcome.starts_at() {
                return Err(once.refused(Refusal::PayoutNotThere { status }));
            }
            let now = book.now;
            record_outcome(book, seq, &transfer, outcome, now)?
                .ok_or_else(|| once.refused(Refusal::BalanceOutOfRange))?;
            Ok((seq, Transfer { status: Some(outcome.leads_to()), ..transfer }))
        },
    )
}

/// Records what became of a payout that is where the outcome starts. `None` if a balance would
/// leave its range; nothing is stored then.
pub(crate) fn record_outcome(
    book: &BookTx<'_>,
    seq: i64,
    payout: &Transfer,
    outcome: PayoutOutcome,
    effective_at: Timestamp,
) -> Result<Option<()>> {
    let amount = payout.amount.magnitude();
    let postings = [outcome.posting(amount, payout.currency)];
    let balances = Balances::load(book.tx, book.merchant, payout.currency)?;
    let Some(after) = balances.after_all(&postings) else {
        return Ok(None);
    };
    let is_back = matches!(outcome, PayoutOutcome::Failed | PayoutOutcome::Returned);
    let entry = NewEntry {
        source: seq,
        reverses: is_back.then_some(seq),
        effective_at,
        currency: payout.currency,
        postings: &postings,
        balances: after,
        facts: Facts::PayoutOutcome { cause: outcome.cause(), payout_id: &payout.id },
    };
    let line = NewLine { amount: amount.minor(), fee: 0, available_on: None };
    journal::record(book, &entry, is_back.then_some(&line))?;
    Ok(Some(()))
}
