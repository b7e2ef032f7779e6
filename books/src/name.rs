//! The names of causes and accounts, as they stand in the API's JSON.

use refundry::{Account, Cause};

pub(crate) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Charge => "charge",
        Cause::Maturity => "maturity",
        Cause::Refund => "refund",
        Cause::RefundFailure => "refund_failure",
        Cause::Payout => "payout",
        Cause::PayoutPaid => "payout_paid",
        Cause::PayoutFailed => "payout_failed",
        Cause::PayoutReturned => "payout_returned",
        Cause::TopUp => "topup",
        Cause::Settlement => "settlement",
        Cause::Adjustment => "adjustment",
        Cause::Dispute => "dispute",
        Cause::DisputeWon => "dispute_won",
        Cause::DisputeLost => "dispute_lost",
        Cause::HandedOver => "handed_over",
        Cause::TakenOver => "taken_over",
    }
}

pub(crate) const fn account(account: Account) -> &'static str {
    match account {
        Account::Pending => "pending",
        Account::Available => "available",
        Account::PayoutTransit => "payout_transit",
        Account::Clearing => "clearing",
        Account::Bank => "bank",
        Account::Fees => "fees",
        Account::Losses => "losses",
    }
}
