//! Payment intents: one purchase each.

use super::context::Context;
use crate::{
    recording::{
        Action,
        store::{By, Records},
    },
    words::{
        error::Result,
        id,
        intent::{NewPaymentIntent, PaymentIntent},
        money::Balance,
    },
};

/// Creates a payment intent.
pub(crate) fn create<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewPaymentIntent,
) -> Result<PaymentIntent> {
    id::check_chosen(new.id.as_deref(), "pi_")?;
    let id = context
        .id_for(new.id.as_deref(), "pi_", |book, id| Ok(book.intent(By::Id(id))?.is_some()))?;
    let intent = PaymentIntent {
        id,
        amount: new.amount,
        amount_refunded: Balance::ZERO,
        currency: new.currency,
        created_at: context.now,
    };
    record(context, intent.clone())?;
    Ok(intent)
}

/// Records a payment intent whose id is free.
pub(crate) fn record<B: Records>(
    context: &mut Context<'_, B>,
    intent: PaymentIntent,
) -> Result<()> {
    let exponent = context.book.exponent(intent.currency)?;
    context.record(Action::PaymentIntent { intent, exponent }, None, None, None)?;
    Ok(())
}
