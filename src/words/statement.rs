//! The merchant's statement: its balance transactions.

use serde::{Deserialize, Serialize};

use crate::words::{
    currency::Currency,
    entry::{Cause, Postings},
    error::{Error, Result},
    money::Balance,
    time::Timestamp,
};

/// What a line of the statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A charge that succeeded.
    Charge,
    /// A refund.
    Refund,
    /// A refund that came back.
    RefundFailure,
    /// A payout.
    Payout,
    /// A payout that came back.
    PayoutFailure,
    /// A payment of the merchant.
    #[serde(rename = "topup")]
    TopUp,
    /// A gift or claim of the platform.
    Adjustment,
    /// A dispute.
    Dispute,
    /// A dispute that was won.
    DisputeReversal,
}

impl LineType {
    /// Each with its name, as it stands in JSON.
    const NAMED: [(Self, &str); 9] = [
        (Self::Charge, "charge"),
        (Self::Refund, "refund"),
        (Self::RefundFailure, "refund_failure"),
        (Self::Payout, "payout"),
        (Self::PayoutFailure, "payout_failure"),
        (Self::TopUp, "topup"),
        (Self::Adjustment, "adjustment"),
        (Self::Dispute, "dispute"),
        (Self::DisputeReversal, "dispute_reversal"),
    ];

    /// What a line is about, by its name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        let found = Self::NAMED.into_iter().find(|(_, known)| *known == name);
        found.map(|(named, _)| named).ok_or(Error::ParameterInvalid {
            param: "type",
            expected: "charge, refund, refund_failure, payout, payout_failure, topup, adjustment, dispute or dispute_reversal",
        })
    }

    /// The line that an entry with this cause puts on the statement, if it puts one there.
    pub(crate) const fn of(cause: Cause) -> Option<Self> {
        match cause {
            Cause::Charge => Some(Self::Charge),
            Cause::Refund => Some(Self::Refund),
            Cause::RefundFailure => Some(Self::RefundFailure),
            Cause::Payout => Some(Self::Payout),
            Cause::PayoutFailed | Cause::PayoutReturned => Some(Self::PayoutFailure),
            Cause::TopUp => Some(Self::TopUp),
            Cause::Adjustment => Some(Self::Adjustment),
            Cause::Dispute => Some(Self::Dispute),
            Cause::DisputeWon => Some(Self::DisputeReversal),
            Cause::Maturity
            | Cause::PayoutPaid
            | Cause::Settlement
            | Cause::DisputeLost
            | Cause::HandedOver
            | Cause::TakenOver => None,
        }
    }

    /// The causes of the entries that put it there.
    pub(crate) const fn causes(self) -> &'static [Cause] {
        match self {
            Self::Charge => &[Cause::Charge],
            Self::Refund => &[Cause::Refund],
            Self::RefundFailure => &[Cause::RefundFailure],
            Self::Payout => &[Cause::Payout],
            Self::PayoutFailure => &[Cause::PayoutFailed, Cause::PayoutReturned],
            Self::TopUp => &[Cause::TopUp],
            Self::Adjustment => &[Cause::Adjustment],
            Self::Dispute => &[Cause::Dispute],
            Self::DisputeReversal => &[Cause::DisputeWon],
        }
    }
}

/// Whether a line's net can be paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// It matures later.
    Pending,
    /// It can be paid out now.
    Available,
}

/// A line of the merchant's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BalanceTransaction {
    /// `bt_` and the sequence number of its journal entry.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub line_type: LineType,
    /// The gross amount in minor units of the currency, signed as the merchant sees it.
    pub amount: Balance,
    /// The platform's fee; negative if it was given back.
    pub fee: Balance,
    /// The amount less the fee.
    pub net: Balance,
    /// The currency.
    pub currency: Currency,
    /// Whether the net can be paid out.
    pub status: LineStatus,
    /// When it could be or can be paid out.
    pub available_on: Timestamp,
    /// The id of the charge, refund or transfer.
    pub source: String,
    /// When it took effect.
    pub created_at: Timestamp,
}

impl LineType {
    /// The signed amount of the line that an entry puts on the statement: what its first posting gives
    /// to pending and available together, or takes from them.
    pub(crate) fn amount(postings: &Postings) -> i64 {
        let Some(posting) = &postings.first else { return 0 };
        let amount = posting.amount.minor();
        match (posting.debit.is_the_merchants(), posting.credit.is_the_merchants()) {
            (false, true) => amount,
            (true, false) => amount.saturating_neg(),
            (true, true) | (false, false) => 0,
        }
    }
}
