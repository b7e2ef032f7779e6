//! Payment intents: one purchase each, which may take several charge attempts.

use serde::{Deserialize, Serialize};

use crate::words::{
    currency::Currency,
    money::{Amount, Balance},
    time::Timestamp,
};

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// What was to be paid, in minor units of the currency.
    pub amount: Amount,
    /// What has been refunded of its charges, up to the largest 64-bit integer.
    pub amount_refunded: Balance,
    /// The currency of all its charges.
    pub currency: Currency,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A payment intent about to be created.
#[derive(Clone, Debug)]
pub struct NewPaymentIntent {
    /// `pi_…`; generated if there is none.
    pub id: Option<String>,
    /// What is to be paid, in minor units of the currency.
    pub amount: Amount,
    /// The currency of all its charges.
    pub currency: Currency,
}

impl NewPaymentIntent {
    /// A payment intent with a generated id.
    #[must_use]
    pub const fn of(amount: Amount, currency: Currency) -> Self {
        Self { id: None, amount, currency }
    }
}
