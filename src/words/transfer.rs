//! Transfers: money that moves other than by charges and refunds.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::{
    account::{Account, Balances},
    chain::{Facts, Hash},
    currency::Currency,
    entry::{Cause, Posting},
    error::{Error, Result},
    idempotency::Operation,
    money::{Amount, SignedAmount},
    refusal::Refusal,
    request,
    time::Timestamp,
};

/// What kind of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Available funds are sent to the merchant's bank account.
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
    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::Payout => Cause::Payout,
            Self::TopUp => Cause::TopUp,
            Self::Settlement => Cause::Settlement,
            Self::Adjustment => Cause::Adjustment,
        }
    }

    pub(crate) const fn from_cause(cause: Cause) -> Option<Self> {
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
            | Cause::PayoutReturned
            | Cause::Dispute
            | Cause::DisputeWon
            | Cause::DisputeLost
            | Cause::HandedOver
            | Cause::TakenOver => None,
        }
    }

    pub(crate) const fn operation(self) -> Operation {
        match self {
            Self::Payout => Operation::Payout,
            Self::TopUp => Operation::TopUp,
            Self::Settlement => Operation::Settlement,
            Self::Adjustment => Operation::Adjustment,
        }
    }

    pub(crate) const fn prefix(self) -> &'static str {
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
            Posting::new(credit, debit, amount.magnitude(), currency)
        } else {
            Posting::new(debit, credit, amount.magnitude(), currency)
        }
    }

    /// The amount with its direction, from what was posted.
    pub(crate) fn amount_of(self, posting: &Posting) -> Option<SignedAmount> {
        let as_posted = SignedAmount::from(posting.amount);
        [as_posted, as_posted.reversed()]
            .into_iter()
            .find(|amount| self.posting(*amount, posting.currency) == *posting)
    }
}

/// How far a payout has come. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PayoutStatus {
    /// On its way.
    InTransit = 1,
    /// It arrived.
    Paid = 2,
    /// It did not arrive.
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

    /// The status with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name).ok_or(Error::ParameterInvalid {
            param: "status",
            expected: "in_transit, paid, failed or returned",
        })
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
    pub(crate) const fn starts_at(self) -> PayoutStatus {
        match self {
            Self::Paid | Self::Failed => PayoutStatus::InTransit,
            Self::Returned => PayoutStatus::Paid,
        }
    }

    pub(crate) const fn leads_to(self) -> PayoutStatus {
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

    /// The outcome that an entry with this cause records.
    pub(crate) const fn from_cause(cause: Cause) -> Option<Self> {
        match cause {
            Cause::PayoutPaid => Some(Self::Paid),
            Cause::PayoutFailed => Some(Self::Failed),
            Cause::PayoutReturned => Some(Self::Returned),
            Cause::Charge
            | Cause::Maturity
            | Cause::Refund
            | Cause::RefundFailure
            | Cause::Payout
            | Cause::TopUp
            | Cause::Settlement
            | Cause::Adjustment
            | Cause::Dispute
            | Cause::DisputeWon
            | Cause::DisputeLost
            | Cause::HandedOver
            | Cause::TakenOver => None,
        }
    }

    /// Whether it gives the amount back, and so reverses the payout's entry.
    pub(crate) const fn is_back(self) -> bool {
        matches!(self, Self::Failed | Self::Returned)
    }

    pub(crate) const fn posting(self, amount: Amount, currency: Currency) -> Posting {
        match self {
            Self::Paid => Posting::new(Account::PayoutTransit, Account::Bank, amount, currency),
            Self::Failed => {
                Posting::new(Account::PayoutTransit, Account::Available, amount, currency)
            }
            Self::Returned => Posting::new(Account::Bank, Account::Available, amount, currency),
        }
    }
}

/// Money that moved other than by a charge or refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl Transfer {
    /// What the chain covers of it.
    pub(crate) fn facts(&self, text_hash: Option<Hash>) -> Facts<'_> {
        Facts::Transfer {
            cause: self.kind.cause(),
            id: &self.id,
            amount: self.amount,
            currency: self.currency.code(),
            text_hash,
        }
    }
}

/// A transfer about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl NewTransfer {
    /// Checks the form: the description, then the direction.
    pub(crate) fn check(&self) -> Result<()> {
        request::check_description(self.description.as_deref())?;
        let one_way = matches!(self.kind, TransferKind::Payout | TransferKind::TopUp);
        if one_way && self.amount.is_negative() {
            return Err(Error::ParameterOutOfRange { param: "amount", least: 1 });
        }
        Ok(())
    }
}

/// The rules for a transfer, and the balances after it. Historical payouts need not be covered.
pub(crate) fn decide(
    new: &NewTransfer,
    before: &Balances,
    historical: bool,
) -> std::result::Result<Balances, Refusal> {
    let spendable = before.of(Account::Available);
    let covered = new.amount.minor() <= spendable.minor();
    if new.kind == TransferKind::Payout && !historical && !covered {
        return Err(Refusal::BalanceInsufficient { spendable });
    }
    let posting = new.kind.posting(new.amount, new.currency);
    before.after(&posting).ok_or(Refusal::BalanceOutOfRange)
}

/// The rules for what becomes of a payout, and the balances after it.
pub(crate) fn decide_outcome(
    payout: &Transfer,
    status: PayoutStatus,
    outcome: PayoutOutcome,
    before: &Balances,
) -> std::result::Result<Balances, Refusal> {
    if status != outcome.starts_at() {
        return Err(Refusal::PayoutNotThere { status });
    }
    let posting = outcome.posting(payout.amount.magnitude(), payout.currency);
    before.after(&posting).ok_or(Refusal::BalanceOutOfRange)
}
