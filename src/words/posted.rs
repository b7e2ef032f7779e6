//! A refund beside what it did to the ledger.

use serde::{Deserialize, Serialize};

use crate::words::{
    entry::{JournalEntry, Posting},
    refund::Refund,
};

/// A refund with its postings, in the API's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedRefund {
    /// The refund.
    #[serde(flatten)]
    pub refund: Refund,
    /// What it did to the ledger.
    pub ledger: RefundLedger,
}

/// What a refund did to the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundLedger {
    /// Its journal entry.
    pub journal_entry_id: String,
    /// The charge's entry, which it reverses.
    pub reverses: Option<String>,
    /// What it moved.
    pub postings: Vec<Posting>,
}

impl PostedRefund {
    pub(crate) fn of(refund: Refund, entry: JournalEntry) -> Self {
        let JournalEntry { id: journal_entry_id, reverses, postings, .. } = entry;
        Self { refund, ledger: RefundLedger { journal_entry_id, reverses, postings } }
    }
}
