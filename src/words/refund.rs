//! Refunds: money given back for a charge. This is what the ledger is for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::{
    account::{Account, Balances},
    chain::{Facts, Hash},
    charge::{ChargeStatus, RefundableCharge, Taken},
    currency::Currency,
    entry::Posting,
    error::{Error, Result},
    money::{Amount, Balance},
    refusal::Refusal,
    request::RefundRequest,
    time::Timestamp,
};

/// Why a refund is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i64 == number)
    }
}

/// Whether a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// It stands.
    Succeeded,
    /// The card's bank sent it back later; a journal entry reversed it.
    Failed,
}

impl RefundStatus {
    /// The status with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            _ => Err(Error::ParameterInvalid { param: "status", expected: "succeeded or failed" }),
        }
    }
}

/// Money given back for a charge. Immutable once made; the fields are in the API's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its journal entry, which has its own place in the API: `je_` and the same number. It is not in
    /// the JSON, so it is empty in a refund that was read from there.
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

impl Refund {
    /// What the chain covers of it.
    pub(crate) fn facts(&self, text_hash: Option<Hash>) -> Facts<'_> {
        Facts::Refund {
            id: &self.id,
            charge_id: &self.charge_id,
            amount: self.amount.minor(),
            reason: self.reason,
            external_reference: self.external_reference.as_deref(),
            text_hash,
        }
    }
}

/// What a refund is decided on.
pub(crate) struct Refundable {
    pub(crate) charge: RefundableCharge,
    pub(crate) balances: Balances,
    /// How far below zero the available balance may go, in minor units.
    pub(crate) limit: Option<u64>,
    /// The entry of the refund that has the request's external reference already, where the merchant
    /// wants each to have its own.
    pub(crate) same_reference: Option<i64>,
}

/// What will be recorded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) amount: Amount,
    /// The charge's entry.
    pub(crate) reverses: i64,
    /// The balances after it.
    pub(crate) after: Balances,
    /// What is refunded of the charge after it.
    pub(crate) refunded: Balance,
}

/// The rules, in the order of the contract's rows 12 to 16. That of the external reference follows
/// row 12, so that a request sent twice is told of the first; those of hand-overs and disputes follow row 13.
pub(crate) fn decide(
    Refundable { charge, balances, limit, same_reference }: &Refundable,
    request: &RefundRequest,
) -> std::result::Result<Decision, Refusal> {
    let reverses = check_succeeded(charge.status, charge.seq)?;
    if let Some(seq) = *same_reference {
        return Err(Refusal::ExternalReferenceUsed { seq });
    }
    let amount = within_what_is_left(charge.amount_captured, charge.taken, request.amount)?;
    if let Some(limit) = limit {
        let available = i128::from(balances.of(Account::Available).minor());
        let spendable = available.saturating_add(i128::from(*limit));
        if i128::from(amount.minor()) > spendable {
            let spendable = i64::try_from(spendable).unwrap_or(i64::MIN);
            return Err(Refusal::BalanceInsufficient { spendable: Balance(spendable) });
        }
    }
    let after =
        balances.after(&posting(amount, charge.currency)).ok_or(Refusal::BalanceOutOfRange)?;
    Ok(Decision { amount, reverses, after, refunded: charge.taken.refunded.plus(amount) })
}

/// Row 12: the entry of a charge that succeeded.
pub(crate) const fn check_succeeded(
    status: ChargeStatus,
    seq: Option<i64>,
) -> std::result::Result<i64, Refusal> {
    match (status, seq) {
        (ChargeStatus::Succeeded, Some(seq)) => Ok(seq),
        (status, _) => Err(Refusal::ChargeNotSucceeded { status }),
    }
}

/// Rows 13 and 14, and between them those of hand-overs and disputes: the amount that is asked for, or else all that is
/// left. What another book may give back is not left here, nor what is disputed, or was lost in a dispute.
pub(crate) fn within_what_is_left(
    captured: Amount,
    taken: Taken,
    asked: Option<Amount>,
) -> std::result::Result<Amount, Refusal> {
    let not_refunded = captured.minor().saturating_sub(taken.refunded.minor());
    if not_refunded <= 0 {
        return Err(Refusal::ChargeAlreadyRefunded);
    }
    let elsewhere = taken.elsewhere.minor();
    let left = not_refunded.saturating_sub(taken.disputed.minor()).saturating_sub(elsewhere);
    let refundable = Amount::from_minor(left).ok();
    match (asked.or(refundable), refundable) {
        (Some(amount), _) if amount.minor() <= left => Ok(amount),
        _ if elsewhere > 0 => Err(Refusal::ChargeHandedOver { refundable: Balance(left) }),
        // However the disputes end, there is not as much.
        (Some(amount), Some(refundable)) if amount.minor() > not_refunded => {
            Err(Refusal::AmountExceedsRefundable { refundable })
        }
        _ => Err(Refusal::ChargeDisputed { refundable: Balance(left) }),
    }
}

/// What a refund moves: the gross amount goes back, the fee does not.
pub(crate) const fn posting(amount: Amount, currency: Currency) -> Posting {
    Posting::new(Account::Available, Account::Clearing, amount, currency)
}

/// What the failure of a refund moves.
pub(crate) const fn failure_posting(amount: Amount, currency: Currency) -> Posting {
    Posting::new(Account::Clearing, Account::Available, amount, currency)
}

/// The rules for the failure of a refund, and the balances after it.
pub(crate) fn decide_failure(
    refund: &Refund,
    before: &Balances,
) -> std::result::Result<Balances, Refusal> {
    if refund.status == RefundStatus::Failed {
        return Err(Refusal::RefundFailedAlready);
    }
    let posting = failure_posting(refund.amount, refund.currency);
    before.after(&posting).ok_or(Refusal::BalanceOutOfRange)
}
