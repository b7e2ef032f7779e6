//! What a line of the statement is about.

use refundry::{Account, Cause, Posting};

/// How many groups there are.
pub(super) const GROUPS: usize = 10;

/// A group of lines, in the order in which they stand on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Charges,
    Fees,
    Refunds,
    RefundFailures,
    Payouts,
    PayoutFailures,
    TopUps,
    Disputes,
    DisputeReversals,
    Adjustments,
}

impl Group {
    pub(super) const ALL: [Self; GROUPS] = [
        Self::Charges,
        Self::Fees,
        Self::Refunds,
        Self::RefundFailures,
        Self::Payouts,
        Self::PayoutFailures,
        Self::TopUps,
        Self::Disputes,
        Self::DisputeReversals,
        Self::Adjustments,
    ];

    /// The group of a posting, and how it changes the merchant's funds; `None` if it does not, as
    /// when they mature, a payout arrives, the acquirer settles, a dispute is lost, or a charge goes to another book.
    pub(super) fn of(cause: Cause, posting: &Posting) -> Option<(Self, i64)> {
        let is_funds = |account| matches!(account, Account::Pending | Account::Available);
        let amount = posting.amount.minor();
        let amount = match (is_funds(posting.debit), is_funds(posting.credit)) {
            (true, false) => amount.saturating_neg(),
            (false, true) => amount,
            _ => return None,
        };
        let group = match cause {
            _ if posting.debit == Account::Fees || posting.credit == Account::Fees => Self::Fees,
            Cause::Charge => Self::Charges,
            Cause::Refund => Self::Refunds,
            Cause::RefundFailure => Self::RefundFailures,
            Cause::Payout => Self::Payouts,
            Cause::PayoutFailed | Cause::PayoutReturned => Self::PayoutFailures,
            Cause::TopUp => Self::TopUps,
            Cause::Dispute => Self::Disputes,
            Cause::DisputeWon => Self::DisputeReversals,
            Cause::Adjustment => Self::Adjustments,
            // They leave the merchant's funds as they are.
            Cause::Maturity
            | Cause::PayoutPaid
            | Cause::Settlement
            | Cause::DisputeLost
            | Cause::HandedOver
            | Cause::TakenOver => {
                return None;
            }
        };
        Some((group, amount))
    }

    /// The name in a table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Charges => "charge",
            Self::Fees => "fee",
            Self::Refunds => "refund",
            Self::RefundFailures => "refund_failure",
            Self::Payouts => "payout",
            Self::PayoutFailures => "payout_failure",
            Self::TopUps => "topup",
            Self::Disputes => "dispute",
            Self::DisputeReversals => "dispute_reversal",
            Self::Adjustments => "adjustment",
        }
    }
}
