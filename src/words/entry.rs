//! The journal of a book: immutable, dated entries, each a set of postings with one cause.

use serde::{Deserialize, Serialize};

use crate::words::{
    account::Account,
    chain::{Hash, Head},
    currency::Currency,
    money::Amount,
    time::Timestamp,
};

/// One positive amount in one currency, from one account to another. It has both sides, so it
/// cannot be out of balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// The amount, in minor units of the currency.
    pub amount: Amount,
    /// The currency.
    pub currency: Currency,
}

/// Why an entry was made. Each cause has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Cause {
    /// A charge succeeded.
    Charge = 1,
    /// A charge's funds became available.
    Maturity = 2,
    /// A refund was made.
    Refund = 3,
    /// A refund came back.
    RefundFailure = 4,
    /// A payout was sent.
    Payout = 5,
    /// A payout arrived.
    PayoutPaid = 6,
    /// A payout failed while in transit.
    PayoutFailed = 7,
    /// A payout came back after it was paid.
    PayoutReturned = 8,
    /// The merchant paid in.
    #[serde(rename = "topup")]
    TopUp = 9,
    /// The acquirer settled, or took back.
    Settlement = 10,
    /// The platform gave or took.
    Adjustment = 11,
    /// A charge was disputed.
    Dispute = 12,
    /// A dispute was won.
    DisputeWon = 13,
    /// A dispute was lost: this moves nothing.
    DisputeLost = 14,
    /// What is left of a charge was handed over to another book: this moves nothing.
    HandedOver = 15,
    /// What is left of a charge was taken over from another book: this moves nothing.
    TakenOver = 16,
}

impl Cause {
    const ALL: [Self; 16] = [
        Self::Charge,
        Self::Maturity,
        Self::Refund,
        Self::RefundFailure,
        Self::Payout,
        Self::PayoutPaid,
        Self::PayoutFailed,
        Self::PayoutReturned,
        Self::TopUp,
        Self::Settlement,
        Self::Adjustment,
        Self::Dispute,
        Self::DisputeWon,
        Self::DisputeLost,
        Self::HandedOver,
        Self::TakenOver,
    ];

    /// The permanent number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// Whether an entry with this cause reverses the entry that it is about.
    pub(crate) const fn is_reversal(self) -> bool {
        matches!(
            self,
            Self::Refund
                | Self::RefundFailure
                | Self::PayoutFailed
                | Self::PayoutReturned
                | Self::Dispute
                | Self::DisputeWon
        )
    }

    /// The cause with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.number() == number)
    }
}

/// An immutable, dated set of postings with one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// `je_` and the sequence number.
    pub id: String,
    /// The place in the book's order.
    pub seq: i64,
    /// Why it was made.
    pub cause: Cause,
    /// The id of the charge, refund, dispute, transfer or hand-over that it is about.
    pub source: String,
    /// The id of the entry that it reverses, if it reverses one.
    pub reverses: Option<String>,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What it moved: nothing if a dispute was lost, or a charge handed over or taken over.
    pub postings: Vec<Posting>,
    /// Its link in the chain.
    pub hash: Hash,
}

/// A journal entry, and the names under which a shop or an acquirer knows what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEntry {
    /// The entry.
    pub entry: JournalEntry,
    /// The id of the charge concerned; `None` for transfers.
    pub charge_id: Option<String>,
    /// The id of that charge's payment intent, if it has one.
    pub payment_intent_id: Option<String>,
    /// The external reference of the charge that the entry records, or of the refund that it records or
    /// takes back, or the network reference of the dispute that it is about, if there is one.
    pub external_reference: Option<String>,
}

impl JournalEntry {
    /// Where the book's chain ended with this entry.
    #[must_use]
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

/// What a trial balance includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Every entry.
    Now,
    /// The entries up to this sequence number, itself included.
    Sequence(i64),
    /// The entries that had taken effect at this moment.
    EffectiveAt(Timestamp),
}

impl Posting {
    /// A posting of `amount` from the account debited to the one credited.
    pub(crate) const fn new(
        debit: Account,
        credit: Account,
        amount: Amount,
        currency: Currency,
    ) -> Self {
        Self { debit, credit, amount, currency }
    }
}

/// What an entry moves, in one currency: one posting, and with a charge or dispute also the platform's
/// fee on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Postings {
    pub(crate) currency: Currency,
    /// `None` where nothing is moved.
    pub(crate) first: Option<Posting>,
    /// The fee.
    second: Option<Posting>,
}

impl Postings {
    pub(crate) const fn one(first: Posting) -> Self {
        Self { currency: first.currency, first: Some(first), second: None }
    }

    pub(crate) const fn none(currency: Currency) -> Self {
        Self { currency, first: None, second: None }
    }

    /// A posting and the fee on it. Of a charge it is taken from pending. A dispute takes it from
    /// available, and gives it back there.
    pub(crate) const fn with_fee(first: Posting, fee: Option<Amount>) -> Self {
        let (debit, credit) = match (first.debit, first.credit) {
            (Account::Available, _) => (Account::Available, Account::Fees),
            (_, Account::Available) => (Account::Fees, Account::Available),
            _ => (Account::Pending, Account::Fees),
        };
        let second = match fee {
            Some(fee) => Some(Posting::new(debit, credit, fee, first.currency)),
            None => None,
        };
        Self { currency: first.currency, first: Some(first), second }
    }

    /// The postings, in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Posting> + use<> {
        self.first.into_iter().chain(self.second)
    }

    /// The fee that is moved, whichever way.
    pub(crate) fn fee(&self) -> Option<Amount> {
        self.second.map(|fee| fee.amount)
    }

    /// What the platform takes of the merchant as its fee: negative if it gives one back.
    pub(crate) fn fee_taken(&self) -> i64 {
        self.second.map_or(0, |fee| match fee.credit {
            Account::Fees => fee.amount.minor(),
            _ => fee.amount.minor().saturating_neg(),
        })
    }
}
