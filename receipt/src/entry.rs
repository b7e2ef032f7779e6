//! What a receipt is about: a journal entry that records a refund or a charge.

use crate::{
    Hash,
    error::{Error, Result},
    reader::Reader,
};

/// A journal entry that records a refund or a charge. Amounts are in minor units of the currency,
/// moments are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The place in the book's order, from 1.
    pub seq: u64,
    /// When it took effect.
    pub effective_at: i64,
    /// When it was recorded.
    pub recorded_at: i64,
    /// The sequence number of the entry that it reverses: a refund reverses its charge's.
    pub reverses: Option<u64>,
    /// What it moved, at least one.
    pub postings: Vec<Posting>,
    /// The refund or charge.
    pub facts: Facts,
}

/// An amount from one account to another. docs/chain.md has the accounts' numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The number of the account debited.
    pub debit: i64,
    /// The number of the account credited.
    pub credit: i64,
    /// The amount.
    pub amount: i64,
    /// The currency's code.
    pub currency: String,
}

/// The refund or charge that an entry records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// A charge.
    Charge(Charge),
    /// A refund.
    Refund(Refund),
}

/// A charge that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Its id.
    pub id: String,
    /// The id of its payment intent, if it has one.
    pub payment_intent_id: Option<String>,
    /// The amount asked for.
    pub amount: i64,
    /// The amount that the customer paid.
    pub amount_captured: i64,
    /// The platform's fee.
    pub fee: i64,
    /// The currency's code.
    pub currency: String,
    /// When its funds become available to the merchant.
    pub available_on: i64,
    /// When it was created.
    pub created_at: i64,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id.
    pub id: String,
    /// The id of the charge that it gives back, in part or in full.
    pub charge_id: String,
    /// The amount that the customer gets.
    pub amount: i64,
    /// Why, if a reason was given.
    pub reason: Option<String>,
    /// The terminal's or acquirer's own reference, if there is one.
    pub external_reference: Option<String>,
    /// The hash of the description and metadata, if there are any.
    pub text_hash: Option<Hash>,
}

/// The causes that receipts are made of.
const CHARGE: i64 = 1;
const REFUND: i64 = 3;

/// The largest amount, as in the ledger.
const LARGEST: i64 = (1 << 53) - 1;

impl Entry {
    /// The id of the refund or charge.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.facts {
            Facts::Charge(charge) => &charge.id,
            Facts::Refund(refund) => &refund.id,
        }
    }

    /// What the customer paid or gets back.
    #[must_use]
    pub const fn amount(&self) -> i64 {
        match &self.facts {
            Facts::Charge(charge) => charge.amount_captured,
            Facts::Refund(refund) => refund.amount,
        }
    }

    /// The code of the currency.
    #[must_use]
    pub fn currency(&self) -> &str {
        self.postings.first().map_or("", |posting| &posting.currency)
    }

    /// Reads an entry in its canonical encoding.
    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self> {
        let seq = from.count()?;
        let cause = from.int()?;
        let (effective_at, recorded_at) = (from.int()?, from.int()?);
        let reverses = from.optional(Reader::count)?;
        let count = from.count()?;
        // A charge has two postings at most, and no refund has more.
        let postings = if count <= 2 {
            (0..count).map(|_| posting(from)).collect::<Result<Vec<_>>>()?
        } else {
            return Err(invalid("it has too many postings"));
        };
        let facts = match cause {
            CHARGE => Facts::Charge(charge(from)?),
            REFUND => Facts::Refund(refund(from)?),
            _ => return Err(invalid("it is neither of a refund nor of a charge")),
        };
        let entry = Self { seq, effective_at, recorded_at, reverses, postings, facts };
        entry.check()?;
        Ok(entry)
    }

    /// What a customer is told of the amount and the currency is what was posted.
    fn check(&self) -> Result<()> {
        let currency = match &self.facts {
            Facts::Charge(charge) => &charge.currency,
            Facts::Refund(_) => self.currency(),
        };
        let posted = self.postings.first().map(|posting| posting.amount);
        let is_one = self.postings.iter().all(|posting| posting.currency == *currency);
        let is_reversal = matches!(self.facts, Facts::Refund(_));
        if posted == Some(self.amount()) && is_one && self.reverses.is_some() == is_reversal {
            Ok(())
        } else {
            Err(invalid("its postings are not those of a refund or charge"))
        }
    }
}

const fn invalid(problem: &'static str) -> Error {
    Error::ReceiptInvalid { problem }
}

fn posting(from: &mut Reader<'_>) -> Result<Posting> {
    let (debit, credit) = (account(from)?, account(from)?);
    Ok(Posting { debit, credit, amount: amount(from)?, currency: currency(from)? })
}

fn account(from: &mut Reader<'_>) -> Result<i64> {
    let number = from.int()?;
    if number >= 1 { Ok(number) } else { Err(invalid("there is no such account")) }
}

fn amount(from: &mut Reader<'_>) -> Result<i64> {
    let minor = from.int()?;
    if (1..=LARGEST).contains(&minor) {
        Ok(minor)
    } else {
        Err(invalid("an amount is out of its range"))
    }
}

fn currency(from: &mut Reader<'_>) -> Result<String> {
    let code = from.text()?;
    if code.len() == 3 { Ok(code.to_owned()) } else { Err(invalid("there is no such currency")) }
}

fn charge(from: &mut Reader<'_>) -> Result<Charge> {
    Ok(Charge {
        id: from.text()?.to_owned(),
        payment_intent_id: owned(from)?,
        amount: amount(from)?,
        amount_captured: amount(from)?,
        fee: from.int()?,
        currency: currency(from)?,
        available_on: from.int()?,
        created_at: from.int()?,
    })
}

fn refund(from: &mut Reader<'_>) -> Result<Refund> {
    Ok(Refund {
        id: from.text()?.to_owned(),
        charge_id: from.text()?.to_owned(),
        amount: amount(from)?,
        reason: owned(from)?,
        external_reference: owned(from)?,
        text_hash: from.optional(Reader::hash)?,
    })
}

fn owned(from: &mut Reader<'_>) -> Result<Option<String>> {
    from.optional(|from| from.text().map(str::to_owned))
}
