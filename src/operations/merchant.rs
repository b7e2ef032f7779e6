//! Merchants: their books begin, their limits, and their API keys.

use super::context::Context;
use crate::{
    recording::{
        Action,
        store::{Records, Store},
    },
    words::{
        chain::Hash,
        error::{Error, Result},
        id::{self, Random},
        key::{self, IssuedKey},
        merchant::{self, Merchant, NegativeBalanceLimit, NewMerchant},
        time::Timestamp,
    },
};

/// Adds a merchant, whose book begins.
pub(crate) fn create<S: Store>(
    store: &mut S,
    new: &NewMerchant,
    now: Timestamp,
    random: &mut Random,
) -> Result<Merchant> {
    merchant::check_name(&new.name)?;
    let id = match &new.id {
        Some(id) => {
            id::check(id, "acct_", "id")?;
            id.clone()
        }
        None => id::generate("acct_", now, random)?,
    };
    if store.book(&id)?.is_some() {
        return Err(Error::ResourceConflict { id, fact: None });
    }
    let merchant = Merchant {
        id,
        name: new.name.clone(),
        live_mode: new.live_mode,
        negative_balance_limit: new.negative_balance_limit.clone(),
        created_at: now,
        unique_references: new.unique_references,
    };
    let book = store.new_book(&merchant.id)?;
    Context { book, now, random }.record(Action::Merchant(merchant.clone()), None, None, None)?;
    Ok(merchant)
}

/// Changes how far refunds may take the available balance below zero.
pub(crate) fn set_limit<B: Records>(
    context: &mut Context<'_, B>,
    limit: &NegativeBalanceLimit,
) -> Result<()> {
    context.record(Action::Limit(limit.clone()), None, None, None)?;
    Ok(())
}

/// Changes whether each refund must have an external reference of its own.
pub(crate) fn require_unique_references<B: Records>(
    context: &mut Context<'_, B>,
    required: bool,
) -> Result<()> {
    context.record(Action::UniqueReferences(required), None, None, None)?;
    Ok(())
}

/// Issues a key with the prefix of the merchant's mode.
pub(crate) fn issue_key<B: Records>(context: &mut Context<'_, B>) -> Result<IssuedKey> {
    let live_mode = context.book.merchant()?.live_mode;
    let issued = key::issue(if live_mode { "sk_live_" } else { "sk_test_" })?;
    keep_key(context, key::hash(&issued.key))?;
    Ok(issued)
}

/// Keeps the hash of a key that this merchant has from now on.
pub(crate) fn keep_key<B: Records>(context: &mut Context<'_, B>, hash: Hash) -> Result<()> {
    context.record(Action::ApiKey(hash), None, None, None)?;
    Ok(())
}

/// Revokes a key by its id; a key that is revoked already stays so.
pub(crate) fn revoke_key<B: Records>(context: &mut Context<'_, B>, id: &str) -> Result<()> {
    let (hash, revoked) = context.book.api_key(id)?.ok_or_else(|| Error::missing("id", id))?;
    if !revoked {
        context.record(Action::ApiKeyRevocation(hash), None, None, None)?;
    }
    Ok(())
}
