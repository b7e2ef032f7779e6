//! Records that the acquirer paid what a settlement file says.

use refundry::{Error as LedgerError, IdempotencyKey, Ledger, NewTransfer, SignedAmount};

use super::Reconciliation;
use crate::error::{Error, Result};

impl Reconciliation {
    /// Records one settlement in each currency of the file, all in one commit, if nothing is open.
    /// Its id and its idempotency key are made from the file's bytes: the same file settles once.
    /// Returns the settlements' ids.
    ///
    /// # Errors
    /// [`Error::Open`] if something is open; [`Error::Ledger`] if the ledger refuses or fails.
    /// Nothing was settled then.
    pub fn settle(&self, ledger: &mut Ledger) -> Result<Vec<String>> {
        if !self.open.is_empty() {
            return Err(Error::Open { open: self.open.len() as u64 });
        }
        let mut ids = Vec::new();
        let mut batch = ledger.batch()?;
        for total in self.totals.iter().filter(|total| total.sum != 0) {
            let out_of_range = LedgerError::ParameterOutOfRange { param: "amount", least: 1 };
            let sum = i64::try_from(total.sum).map_err(|_| out_of_range)?;
            let amount = SignedAmount::from_minor(sum)?;
            let mut new = NewTransfer::settlement(amount, total.currency);
            new.description = Some(format!("settlement file, SHA-256 {}", self.file));
            let short = self.file.get(..40).unwrap_or_default();
            new.id = Some(format!("stl_{}_{short}", total.currency));
            let key = IdempotencyKey::new(&format!("settlement-{}-{}", total.currency, self.file))?;
            let settled = batch.book(&self.merchant_id)?.create_transfer(&new, Some(&key))?;
            ids.push(settled.id.clone());
        }
        batch.commit()?;
        Ok(ids)
    }
}
