//! What the acquirer paid, as a settlement file says it.

use refundry::{Currency, Error as LedgerError, IdempotencyKey, NewTransfer, SignedAmount};

use super::Reconciliation;
use crate::error::{Error, Result};

impl Reconciliation {
    /// What the file says was paid, if nothing is open: a settlement in each currency, with its idempotency key.
    /// Record them together, as in one batch. Id and key are made from the file's bytes, so the same file
    /// settles once.
    ///
    /// # Errors
    /// [`Error::Open`] if something is open; [`Error::Ledger`] for a sum that is no amount.
    pub fn settlements(&self) -> Result<Vec<(NewTransfer, IdempotencyKey)>> {
        if !self.open.is_empty() {
            return Err(Error::Open { open: self.open.len() as u64 });
        }
        let settled = self.totals.iter().filter(|total| total.sum != 0);
        settled.map(|total| self.settlement(total.currency, total.sum)).collect()
    }

    fn settlement(&self, currency: Currency, sum: i128) -> Result<(NewTransfer, IdempotencyKey)> {
        let out_of_range = LedgerError::ParameterOutOfRange { param: "amount", least: 1 };
        let sum = i64::try_from(sum).map_err(|_| out_of_range)?;
        let mut new = NewTransfer::settlement(SignedAmount::from_minor(sum)?, currency);
        new.description = Some(format!("settlement file, SHA-256 {}", self.file));
        let short = self.file.get(..40).unwrap_or_default();
        new.id = Some(format!("stl_{currency}_{short}"));
        let key = IdempotencyKey::new(&format!("settlement-{currency}-{}", self.file))?;
        Ok((new, key))
    }
}
