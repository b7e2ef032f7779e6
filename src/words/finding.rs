//! What a verification finds wrong, and where.

use std::fmt;

use crate::words::error::Error;

/// The first thing that a verification found wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of the merchant in whose book it is; `None` if it is not in a book.
    pub merchant: Option<String>,
    /// The id of what is wrong, or the name of the table or the part of the file.
    pub place: String,
    /// Which promise is broken.
    pub invariant: Invariant,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.merchant {
            Some(merchant) => write!(f, "in the book of {merchant}, {}", self.place)?,
            None => f.write_str(&self.place)?,
        }
        write!(f, ": {}", self.invariant)
    }
}

/// What a sound ledger promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Sequence numbers have no gaps.
    Sequence,
    /// Every row can be read and has a value of its kind.
    Readable,
    /// Every posting is positive, in one currency, between two accounts.
    Posting,
    /// An entry posts what its object says.
    Entry,
    /// A reversal names the entry that it reverses.
    Reversal,
    /// Each entry has the line of the statement that belongs to it. Retired: since schema 2 an entry and
    /// its line are one row, and nothing is found by this name.
    Statement,
    /// Each hash follows from the one before and the entry.
    Chain,
    /// A head that was kept still stands in the chain.
    KeptHead,
    /// Texts are those whose hash the chain covers.
    Text,
    /// Cached balances are the sums of the postings.
    Balances,
    /// Available and pending are the statement's.
    StatementSums,
    /// A charge's funds mature once, and wait for it until then.
    Maturity,
    /// What was refunded, and what is disputed, is together at most what was captured.
    Refunded,
    /// Charges share their intent's currency.
    Currency,
    /// A payout goes in transit → paid or failed, paid → returned.
    Payout,
    /// A dispute is won or lost once, and what is disputed of a charge is the sum of those not won.
    Dispute,
    /// What only other books may give back of a charge is the sum of the hand-overs.
    Handover,
    /// Every row is accounted for by a recording.
    Recorded,
    /// What rows refer to is there.
    Reference,
    /// Each running hash follows from the one before and the recording.
    Recording,
    /// Idempotency keys are found, and find their recordings.
    Key,
    /// A kept node of the tree is the root over its entries.
    Tree,
    /// Rows beside the journal are as the recordings say.
    Change,
    /// The tables, indexes and guards are those of the schema.
    Schema,
    /// SQLite finds the file in order.
    File,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "the sequence numbers have a gap here",
            Self::Readable => "it has a value that it can't have",
            Self::Posting => "a posting is not positive, in one currency and between two accounts",
            Self::Entry => "its postings are not those of what it is about",
            Self::Reversal => "it does not name the entry that it reverses",
            Self::Statement => "its line of the statement is missing, wrong or not due",
            Self::Chain => "its hash does not follow from the entry and the one before",
            Self::KeptHead => "the head kept earlier does not stand in the chain any more",
            Self::Text => "its text is not the one that was recorded",
            Self::Balances => "the cached balances are not the sums of the postings",
            Self::StatementSums => "available and pending are not those of the statement",
            Self::Maturity => "its funds neither wait to mature nor have matured once",
            Self::Refunded => "more is refunded or disputed than was captured",
            Self::Currency => "it is in another currency than its payment intent",
            Self::Payout => "its outcomes do not follow each other",
            Self::Dispute => "its disputes do not follow each other, or add up to something else",
            Self::Handover => "what is elsewhere of its charge is not what was handed over",
            Self::Recorded => "no recording accounts for it",
            Self::Reference => "it refers to something that is not there",
            Self::Recording => {
                "its running hash does not follow from the recording and the one before"
            }
            Self::Key => "its idempotency key is not found, or finds another recording",
            Self::Tree => "the node is not the root over its entries",
            Self::Change => "the row is not what the book's recordings say",
            Self::Schema => "it is not as this schema version has it",
            Self::File => "SQLite finds the file damaged",
        })
    }
}

/// The error for what is wrong at `place`.
pub(crate) fn unsound(
    merchant: Option<&str>,
    place: impl Into<String>,
    invariant: Invariant,
) -> Error {
    let merchant = merchant.map(str::to_owned);
    Error::Unsound(Finding { merchant, place: place.into(), invariant })
}
