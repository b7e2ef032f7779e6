//! Disputes: a cardholder's bank takes the money of a charge back until it is known who is right.

use serde::{Deserialize, Serialize};

use crate::words::{
    account::Balances,
    chain::{Encoder, Facts},
    charge::{Charge, StoredCharge, Taken},
    currency::Currency,
    entry::{Cause, Postings},
    error::{Error, Result},
    money::{Amount, Balance, Fee},
    refund,
    refusal::Refusal,
    request,
    time::Timestamp,
};

/// Why the cardholder disputes. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum DisputeReason {
    /// The charge was made twice.
    Duplicate = 1,
    /// The cardholder did not pay.
    Fraudulent = 2,
    /// A refund was promised and did not come.
    CreditNotProcessed = 3,
    /// The goods did not come.
    ProductNotReceived = 4,
    /// The goods are not as they were described.
    ProductUnacceptable = 5,
    /// The cardholder had called the subscription off.
    SubscriptionCanceled = 6,
    /// The cardholder does not know the charge.
    Unrecognized = 7,
    /// Something else.
    General = 8,
}

impl DisputeReason {
    const ALL: [Self; 8] = [
        Self::Duplicate,
        Self::Fraudulent,
        Self::CreditNotProcessed,
        Self::ProductNotReceived,
        Self::ProductUnacceptable,
        Self::SubscriptionCanceled,
        Self::Unrecognized,
        Self::General,
    ];

    /// The name, as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Fraudulent => "fraudulent",
            Self::CreditNotProcessed => "credit_not_processed",
            Self::ProductNotReceived => "product_not_received",
            Self::ProductUnacceptable => "product_unacceptable",
            Self::SubscriptionCanceled => "subscription_canceled",
            Self::Unrecognized => "unrecognized",
            Self::General => "general",
        }
    }

    /// The reason with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name).ok_or(Error::ParameterInvalid {
            param: "reason",
            expected: "duplicate, fraudulent, credit_not_processed, product_not_received, product_unacceptable, subscription_canceled, unrecognized or general",
        })
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i64 == number)
    }
}

/// How far a dispute has come. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum DisputeStatus {
    /// Nobody has decided yet: the bank has the money.
    Open = 1,
    /// The merchant was right, and has the money again.
    Won = 2,
    /// The cardholder was right, and keeps the money.
    Lost = 3,
}

impl DisputeStatus {
    const ALL: [Self; 3] = [Self::Open, Self::Won, Self::Lost];

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
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }

    /// The status with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == name)
            .ok_or(Error::ParameterInvalid { param: "status", expected: "open, won or lost" })
    }

    /// The cause of the entry that leads to this.
    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::Open => Cause::Dispute,
            Self::Won => Cause::DisputeWon,
            Self::Lost => Cause::DisputeLost,
        }
    }
}

/// Money of a charge that the cardholder's bank has taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// `dp_…`
    pub id: String,
    /// The charge that is disputed.
    pub charge_id: String,
    /// How much of it, in minor units of the currency.
    pub amount: Amount,
    /// What the platform charges the merchant for it.
    pub fee: Fee,
    /// The charge's currency.
    pub currency: Currency,
    /// How far it has come.
    pub status: DisputeStatus,
    /// Why the cardholder disputes.
    pub reason: Option<DisputeReason>,
    /// Its line on the merchant's statement: `bt_` and the sequence number of its entry.
    pub balance_transaction_id: String,
    /// Its journal entry: `je_` and the same number. It is not in the JSON, so it is empty in a dispute
    /// that was read from there.
    #[serde(skip)]
    pub journal_entry_id: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// The charge's payment intent.
    pub payment_intent_id: Option<String>,
    /// The card network's own reference.
    pub network_reference: Option<String>,
    /// Whether the fee was given back when it was won.
    pub fee_returned: bool,
}

impl Dispute {
    /// What the chain covers of the entry that opens it.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::Dispute {
            id: &self.id,
            charge_id: &self.charge_id,
            amount: self.amount.minor(),
            fee: self.fee.minor(),
            reason: self.reason,
            network_reference: self.network_reference.as_deref(),
        }
    }
}

/// A dispute about to be opened.
///
/// ```
/// use refundry::{Amount, DisputeReason, Fee, NewDispute};
///
/// let mut dispute = NewDispute::of_charge("ch_1", Amount::from_minor(10_900)?);
/// dispute.fee = Fee::from_minor(1_500)?;
/// dispute.reason = Some(DisputeReason::ProductNotReceived);
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDispute {
    /// `dp_…`; generated if there is none.
    pub id: Option<String>,
    /// The charge that is disputed.
    pub charge_id: String,
    /// How much of it, in minor units of its currency.
    pub amount: Amount,
    /// What the platform charges the merchant for it.
    pub fee: Fee,
    /// Why the cardholder disputes.
    pub reason: Option<DisputeReason>,
    /// The card network's own reference: 1 to 64 visible ASCII characters.
    pub network_reference: Option<String>,
}

impl NewDispute {
    /// A dispute of a charge, without a fee.
    #[must_use]
    pub fn of_charge(charge_id: impl Into<String>, amount: Amount) -> Self {
        Self {
            id: None,
            charge_id: charge_id.into(),
            amount,
            fee: Fee::ZERO,
            reason: None,
            network_reference: None,
        }
    }

    /// Checks the form of what a caller may have set.
    pub(crate) fn check(&self) -> Result<()> {
        request::check_external_reference(self.network_reference.as_deref())
            .map_err(|error| error.in_param("networkReference"))
    }

    /// Writes what distinguishes this request from others, for its fingerprint.
    pub(crate) fn encode(&self, to: &mut Encoder) {
        to.optional_text(self.id.as_deref())
            .text(&self.charge_id)
            .int(self.amount.minor())
            .int(self.fee.minor())
            .optional_text(self.reason.map(DisputeReason::name))
            .optional_text(self.network_reference.as_deref());
    }
}

impl NewDispute {
    /// The dispute of a charge that this request makes, in the entry with this sequence number.
    pub(crate) fn dispute(
        &self,
        id: String,
        charge: &Charge,
        seq: i64,
        created_at: Timestamp,
    ) -> Dispute {
        Dispute {
            id,
            charge_id: charge.id.clone(),
            amount: self.amount,
            fee: self.fee,
            currency: charge.currency,
            status: DisputeStatus::Open,
            reason: self.reason,
            balance_transaction_id: format!("bt_{seq}"),
            journal_entry_id: format!("je_{seq}"),
            created_at,
            payment_intent_id: charge.payment_intent_id.clone(),
            network_reference: self.network_reference.clone(),
            fee_returned: false,
        }
    }
}

/// What will be recorded of a dispute that is opened.
pub(crate) struct Opening {
    /// The charge's entry.
    pub(crate) reverses: i64,
    pub(crate) postings: Postings,
    /// The balances after it.
    pub(crate) after: Balances,
    /// What is disputed of the charge after it.
    pub(crate) disputed: Balance,
}

/// The rules for a dispute: those for a refund of the same amount, without the merchant's own.
pub(crate) fn decide(
    stored: &StoredCharge,
    new: &NewDispute,
    before: &Balances,
) -> std::result::Result<Opening, Refusal> {
    let charge = &stored.charge;
    let reverses = refund::check_succeeded(charge.status, stored.seq)?;
    refund::within_what_is_left(charge.amount_captured, Taken::of(charge), Some(new.amount))?;
    let postings = postings(new.amount, new.fee, charge.currency);
    let after = before.after_all(&postings).ok_or(Refusal::BalanceOutOfRange)?;
    let disputed = charge.amount_disputed.plus(new.amount);
    Ok(Opening { reverses, postings, after, disputed })
}

/// What opening a dispute moves: the amount goes back to the bank, and the fee to the platform.
pub(crate) const fn postings(amount: Amount, fee: Fee, currency: Currency) -> Postings {
    Postings::with_fee(refund::posting(amount, currency), fee.amount())
}

/// What a dispute moves that is won or lost. Losing moves nothing more.
pub(crate) fn outcome_postings(dispute: &Dispute) -> Postings {
    match dispute.status {
        DisputeStatus::Won => {
            let fee = dispute.fee.amount().filter(|_| dispute.fee_returned);
            Postings::with_fee(refund::failure_posting(dispute.amount, dispute.currency), fee)
        }
        DisputeStatus::Open | DisputeStatus::Lost => Postings::none(dispute.currency),
    }
}

/// What becomes of a dispute.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisputeOutcome {
    Won { fee_returned: bool },
    Lost,
}

impl DisputeOutcome {
    pub(crate) fn encode(self, to: &mut Encoder) {
        match self {
            Self::Won { fee_returned } => to.int(1).int(fee_returned.into()),
            Self::Lost => to.int(2),
        };
    }

    /// The dispute after this. Of a dispute without a fee none is given back.
    pub(crate) fn apply(self, mut dispute: Dispute) -> Dispute {
        match self {
            Self::Won { fee_returned } => {
                dispute.status = DisputeStatus::Won;
                dispute.fee_returned = fee_returned && dispute.fee != Fee::ZERO;
            }
            Self::Lost => dispute.status = DisputeStatus::Lost,
        }
        dispute
    }
}

/// Whether a dispute can be won or lost: that happens once. What it moves, and the balances after it.
pub(crate) fn decide_outcome(
    dispute: &Dispute,
    outcome: DisputeOutcome,
    before: &Balances,
) -> std::result::Result<(Dispute, Balances), Refusal> {
    if dispute.status != DisputeStatus::Open {
        return Err(Refusal::DisputeNotOpen { status: dispute.status });
    }
    let concluded = outcome.apply(dispute.clone());
    let after = before.after_all(&outcome_postings(&concluded));
    Ok((concluded, after.ok_or(Refusal::BalanceOutOfRange)?))
}
