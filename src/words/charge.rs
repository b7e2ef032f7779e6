//! Charges: attempts to take money. Only a succeeded one is posted, and can be refunded.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::words::{
    account::{Account, Balances},
    chain::Encoder,
    currency::Currency,
    entry::{Posting, Postings},
    error::{Error, Result},
    money::{Amount, Balance, Fee},
    refusal::Refusal,
    request,
    time::Timestamp,
};

/// What became of an attempt to take money. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ChargeStatus {
    /// Not known yet.
    Pending = 1,
    /// The money was taken.
    Succeeded = 2,
    /// The money was not taken.
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

    /// The status with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name).ok_or(Error::ParameterInvalid {
            param: "status",
            expected: "pending, succeeded, failed or canceled",
        })
    }
}

impl fmt::Display for ChargeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One attempt to take money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What is disputed and was not won: the cardholder's bank has it.
    #[serde(default)]
    pub amount_disputed: Balance,
    /// What only other books may give back of it: what was handed over to them, or did not come from them.
    #[serde(default)]
    pub amount_elsewhere: Balance,
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
    /// What it was for, in the merchant's words.
    #[serde(default)]
    pub description: Option<String>,
    /// The merchant's own facts.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The order, terminal or acquirer's own reference.
    #[serde(default)]
    pub external_reference: Option<String>,
}

/// A charge about to be created.
#[derive(Clone, Debug)]
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
    /// When the merchant's funds from it mature. It is part of the request that an idempotency key
    /// stands for: work it out once for a sale and keep it with the key, because the same sale with
    /// another date is another request.
    pub available_on: Timestamp,
    /// What it is for, in the merchant's words; at most 500 characters.
    pub description: Option<String>,
    /// The merchant's own facts: at most 50 keys of 1 to 40 characters, with values of at most 500.
    pub metadata: BTreeMap<String, String>,
    /// The order, terminal or acquirer's own reference: 1 to 64 visible ASCII characters.
    pub external_reference: Option<String>,
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
            description: None,
            metadata: BTreeMap::new(),
            external_reference: None,
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
    /// The money was not taken.
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

    pub(crate) fn encode(self, to: &mut Encoder) {
        match self {
            Self::Succeeded { amount_captured, fee, available_on } => {
                to.int(1).int(amount_captured.minor()).int(fee.minor()).int(available_on.millis())
            }
            Self::Failed => to.int(2),
            Self::Canceled => to.int(3),
        };
    }
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

/// Checks the form of a charge's description, metadata and external reference.
pub(crate) fn check_words(
    description: Option<&str>,
    metadata: &BTreeMap<String, String>,
    external_reference: Option<&str>,
) -> Result<()> {
    request::check_description(description)?;
    request::check_metadata(metadata)?;
    request::check_external_reference(external_reference)
}

/// Checks that a new charge shares the currency of its intent.
pub(crate) fn check_intent_currency(of_intent: Currency, of_charge: Currency) -> Result<()> {
    if of_intent == of_charge {
        Ok(())
    } else {
        Err(Error::ParameterInvalid {
            param: "currency",
            expected: "the currency of the payment intent",
        })
    }
}

/// A charge as a book keeps it.
pub(crate) struct StoredCharge {
    pub(crate) number: i64,
    /// The number of the recording that made it.
    pub(crate) n: i64,
    /// The entry that posted it, once it succeeded.
    pub(crate) seq: Option<i64>,
    pub(crate) charge: Charge,
}

/// What is asked of a charge before it is refunded: not all of it, because every refund waits for the answer.
pub(crate) struct RefundableCharge {
    pub(crate) number: i64,
    /// The entry that posted it, once it succeeded.
    pub(crate) seq: Option<i64>,
    pub(crate) id: String,
    pub(crate) payment_intent_id: Option<String>,
    pub(crate) amount_captured: Amount,
    pub(crate) currency: Currency,
    pub(crate) status: ChargeStatus,
    pub(crate) taken: Taken,
}

/// What can't be refunded of a charge any more, right after an entry.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) refunded: Balance,
    /// Open disputes and lost ones.
    pub(crate) disputed: Balance,
    /// What only other books may give back.
    pub(crate) elsewhere: Balance,
}

impl Taken {
    pub(crate) const fn of(charge: &Charge) -> Self {
        Self {
            refunded: charge.amount_refunded,
            disputed: charge.amount_disputed,
            elsewhere: charge.amount_elsewhere,
        }
    }

    /// Whether there was as much of a charge of which so much was captured.
    pub(crate) const fn is_of(self, captured: Amount) -> bool {
        let taken = self.refunded.minor().saturating_add(self.disputed.minor());
        taken.saturating_add(self.elsewhere.minor()) <= captured.minor()
    }
}

impl Charge {
    /// The charge as it was when nothing had been given back of it yet.
    pub(crate) fn untouched(self) -> Self {
        let nothing = Balance::ZERO;
        Self {
            amount_refunded: nothing,
            amount_disputed: nothing,
            amount_elsewhere: nothing,
            ..self
        }
    }

    /// What a charge moves, if it succeeded: the acquirer owes it, and the platform keeps its fee.
    pub(crate) fn postings(&self) -> Option<Postings> {
        (self.status == ChargeStatus::Succeeded).then(|| {
            let (from, to) = (Account::Clearing, Account::Pending);
            let captured = Posting::new(from, to, self.amount_captured, self.currency);
            Postings::with_fee(captured, self.fee.amount())
        })
    }

    /// What is left to mature: nothing if the fee takes all.
    pub(crate) fn net(&self) -> Option<Amount> {
        let net = self.amount_captured.minor().saturating_sub(self.fee.minor());
        Amount::from_minor(net).ok()
    }

    /// The posting that makes the charge's funds available.
    pub(crate) fn maturity(&self) -> Option<Posting> {
        let net = self.net()?;
        Some(Posting::new(Account::Pending, Account::Available, net, self.currency))
    }
}

/// Row 16 for a charge that is created or concluded: what it posts, and the balances after. Nothing
/// is posted unless it succeeded.
pub(crate) fn decide(
    charge: &Charge,
    before: &Balances,
) -> std::result::Result<Option<(Postings, Balances)>, Refusal> {
    let Some(postings) = charge.postings() else { return Ok(None) };
    let after = before.after_all(&postings).ok_or(Refusal::BalanceOutOfRange)?;
    Ok(Some((postings, after)))
}

/// Whether a charge can be concluded: it leaves `pending` once.
pub(crate) fn decide_conclusion(charge: &Charge) -> std::result::Result<(), Refusal> {
    match charge.status {
        ChargeStatus::Pending => Ok(()),
        status => Err(Refusal::ChargeNotPending { status }),
    }
}

/// Whether a charge's funds can mature: the posting, and the balances after.
pub(crate) fn decide_maturity(
    charge: &Charge,
    before: &Balances,
) -> std::result::Result<(Posting, Balances), Refusal> {
    let posting = charge.maturity().ok_or(Refusal::BalanceOutOfRange)?;
    let after = before.after(&posting).ok_or(Refusal::BalanceOutOfRange)?;
    Ok((posting, after))
}

impl NewCharge {
    /// Writes what distinguishes this request from others, for its fingerprint.
    pub(crate) fn encode(&self, to: &mut Encoder) {
        to.optional_text(self.id.as_deref())
            .optional_text(self.payment_intent_id.as_deref())
            .int(self.amount.minor())
            .int(self.amount_captured.minor())
            .int(self.fee.minor())
            .text(self.currency.code())
            .int(self.status.number())
            .int(self.available_on.millis());
        // A request without these has the fingerprint that it had before there were any.
        if self.description.is_some()
            || !self.metadata.is_empty()
            || self.external_reference.is_some()
        {
            to.texts(self.description.as_deref(), &self.metadata)
                .optional_text(self.external_reference.as_deref());
        }
    }

    /// Checks the form of what a caller in Rust may have set.
    pub(crate) fn check(&self) -> Result<()> {
        check_numbers(self.amount, self.amount_captured, self.fee)?;
        check_words(self.description.as_deref(), &self.metadata, self.external_reference.as_deref())
    }

    /// The charge that this request makes.
    pub(crate) fn charge(&self, id: String, created_at: Timestamp) -> Charge {
        Charge {
            id,
            payment_intent_id: self.payment_intent_id.clone(),
            amount: self.amount,
            amount_captured: self.amount_captured,
            amount_refunded: Balance::ZERO,
            amount_disputed: Balance::ZERO,
            amount_elsewhere: Balance::ZERO,
            fee: self.fee,
            currency: self.currency,
            status: self.status,
            available_on: self.available_on,
            created_at,
            description: self.description.clone(),
            metadata: self.metadata.clone(),
            external_reference: self.external_reference.clone(),
        }
    }
}
