//! Hand-overs: what is left to give back of a charge goes from one book to another, by a text. No money
//! moves: each book goes on with the postings that it has, and whoever refunds posts the refund.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::words::{
    chain::{Encoder, Facts, Hash, Link},
    charge::{Charge, ChargeStatus, StoredCharge, Taken, check_numbers},
    currency::Currency,
    entry::{Cause, Postings},
    error::{Error, Result},
    id,
    money::{Amount, Balance, Fee},
    reader::Reader,
    refund,
    refusal::Refusal,
    time::Timestamp,
};

/// Which way a hand-over went, as the book sees it that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum HandoverDirection {
    /// To the other book.
    HandedOver = 1,
    /// From the other book.
    TakenOver = 2,
}

impl HandoverDirection {
    /// The name, as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandedOver => "handed_over",
            Self::TakenOver => "taken_over",
        }
    }

    /// The direction with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        [Self::HandedOver, Self::TakenOver].into_iter().find(|known| known.name() == name).ok_or(
            Error::ParameterInvalid { param: "direction", expected: "handed_over or taken_over" },
        )
    }

    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::HandedOver => Cause::HandedOver,
            Self::TakenOver => Cause::TakenOver,
        }
    }
}

/// What was left to give back of a charge, and went from one book to another. Both books have it under
/// the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    /// `ho_…`
    pub id: String,
    /// The charge.
    pub charge_id: String,
    /// How much of it, in minor units of the currency.
    pub amount: Amount,
    /// The charge's currency.
    pub currency: Currency,
    /// Which way it went.
    pub direction: HandoverDirection,
    /// The merchant whose book the other one is.
    pub other_merchant_id: String,
    /// Its journal entry: `je_` and the sequence number. It is not in the JSON, so it is empty in a
    /// hand-over that was read from there.
    #[serde(skip)]
    pub journal_entry_id: String,
    /// The hash of the entry that handed it over: the same in both books, so that they can be compared.
    pub entry_hash: Hash,
    /// When it was recorded in this book.
    pub created_at: Timestamp,
    /// What the other book takes over: at most 700 visible characters, which fit a QR code. `None` of
    /// what was taken over. It can be read as often as it is needed, because it is taken over once.
    pub text: Option<String>,
}

/// What goes from one book to another: what both entries say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) id: String,
    /// The charge, of which only the facts count that both books have.
    pub(crate) charge: Charge,
    pub(crate) amount: Amount,
    /// The other book's merchant.
    pub(crate) other: String,
}

/// What both books have to know of a charge.
pub(crate) struct ChargeFacts {
    pub(crate) id: String,
    pub(crate) amount: Amount,
    pub(crate) amount_captured: Amount,
    pub(crate) fee: Fee,
    pub(crate) currency: Currency,
    pub(crate) available_on: Timestamp,
    pub(crate) created_at: Timestamp,
}

impl ChargeFacts {
    pub(crate) fn has_sound_numbers(&self) -> bool {
        check_numbers(self.amount, self.amount_captured, self.fee).is_ok()
    }

    /// The charge, as a book begins with it that takes it over.
    pub(crate) fn charge(self) -> Charge {
        Charge {
            id: self.id,
            payment_intent_id: None,
            amount: self.amount,
            amount_captured: self.amount_captured,
            amount_refunded: Balance::ZERO,
            amount_disputed: Balance::ZERO,
            amount_elsewhere: Balance::ZERO,
            fee: self.fee,
            currency: self.currency,
            status: ChargeStatus::Succeeded,
            available_on: self.available_on,
            created_at: self.created_at,
            description: None,
            metadata: BTreeMap::new(),
            external_reference: None,
        }
    }
}

impl Share {
    /// What the chain of the book covers that hands it over.
    pub(crate) fn handed_over(&self) -> Facts<'_> {
        let Self { id, charge, amount, other } = self;
        Facts::HandedOver { id, charge, amount: amount.minor(), other }
    }

    /// What the chain of the book covers that takes it over, from an entry with this hash.
    pub(crate) fn taken_over(&self, source: Hash) -> Facts<'_> {
        let Self { id, charge, amount, other } = self;
        Facts::TakenOver { id, charge, amount: amount.minor(), other, source }
    }

    /// The hand-over, from the book's own entry.
    pub(crate) fn handover(
        self,
        direction: HandoverDirection,
        seq: i64,
        entry_hash: Hash,
        created_at: Timestamp,
        text: Option<String>,
    ) -> Handover {
        Handover {
            id: self.id,
            charge_id: self.charge.id,
            amount: self.amount,
            currency: self.charge.currency,
            direction,
            other_merchant_id: self.other,
            journal_entry_id: format!("je_{seq}"),
            entry_hash,
            created_at,
            text,
        }
    }
}

/// A share on its way: what the text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Whose book hands it over.
    pub(crate) from: String,
    pub(crate) live_mode: bool,
    /// The exponent of the currency in that book.
    pub(crate) exponent: u32,
    /// The entry before that of the hand-over.
    pub(crate) previous: Hash,
    /// The entry's own sequence number and moments.
    pub(crate) seq: i64,
    pub(crate) effective_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    /// What is handed over, to the book of `share.other`.
    pub(crate) share: Share,
}

/// What a text begins with: the version of its format.
const PREFIX: &str = "rh1.";
/// How many bytes of a hash tell that a text was copied as it was.
const CHECK: usize = 8;

const INVALID: Error = Error::ParameterInvalid {
    param: "text",
    expected: "the text of a hand-over as the other book gave it, beginning with rh1.",
};

impl Ticket {
    /// The entry that hands it over.
    fn link<'a>(&'a self, postings: &'a Postings) -> Link<'a> {
        Link {
            seq: self.seq,
            effective_at: self.effective_at,
            recorded_at: self.recorded_at,
            postings,
            reverses: None,
            facts: self.share.handed_over(),
        }
    }

    /// The hash of the entry that hands it over.
    pub(crate) fn hash(&self) -> Hash {
        self.link(&Postings::none(self.share.charge.currency)).hash(self.previous)
    }

    /// The text: whose book, its mode, the currency's exponent, the hash of the entry before, the entry as
    /// docs/chain.md encodes it, and the beginning of a hash over all of that.
    pub(crate) fn encode(&self) -> String {
        let exponent = u8::try_from(self.exponent).unwrap_or(u8::MAX);
        let mut to = Encoder::of_bytes();
        to.text(&self.from).bytes(&[u8::from(self.live_mode), exponent]).bytes(&self.previous.0);
        to.bytes(&self.link(&Postings::none(self.share.charge.currency)).encoding());
        let mut bytes = to.into_bytes();
        let check = Hash::of(&bytes);
        bytes.extend(check.0.iter().take(CHECK));
        format!("{PREFIX}{}", Base64UrlUnpadded::encode_string(&bytes))
    }

    /// Reads a text. One that is not written exactly as [`Ticket::encode`] writes it is refused.
    pub(crate) fn decode(text: &str) -> Result<Self> {
        let bytes = text.trim().strip_prefix(PREFIX).map(Base64UrlUnpadded::decode_vec);
        let bytes = bytes.and_then(std::result::Result::ok);
        let ticket = bytes.and_then(|bytes| Self::read(&bytes)).ok_or(INVALID)?;
        if ticket.encode() == text.trim() { Ok(ticket) } else { Err(INVALID) }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::of(bytes.get(..bytes.len().checked_sub(CHECK)?)?);
        let merchant_id = from.text()?;
        let (live_mode, exponent) = (from.byte()? == 1, from.byte()?.into());
        let previous = Hash(from.bytes()?);
        let (seq, _cause) = (from.int()?, from.int()?);
        let (effective_at, recorded_at) = (from.moment()?, from.moment()?);
        // It reverses nothing and posts nothing.
        let (_reverses, _postings) = (from.byte()?, from.int()?);
        let (id, charge_id) = (from.text()?, from.text()?);
        let (amount, other) = (from.amount()?, from.text()?);
        let facts = ChargeFacts {
            id: charge_id,
            amount: from.amount()?,
            amount_captured: from.amount()?,
            fee: Fee::from_minor(from.int()?).ok()?,
            currency: Currency::from_code(&from.text()?).ok()?,
            available_on: from.moment()?,
            created_at: from.moment()?,
        };
        let numbers = facts.has_sound_numbers();
        let charge = facts.charge();
        for (id, prefix) in
            [(&merchant_id, "acct_"), (&other, "acct_"), (&charge.id, "ch_"), (&id, "ho_")]
        {
            id::check(id, prefix, "text").ok()?;
        }
        let is_sound = numbers && from.is_at_the_end() && amount <= charge.amount_captured;
        let share = Share { id, charge, amount, other };
        is_sound.then_some(Self {
            from: merchant_id,
            live_mode,
            exponent,
            previous,
            seq,
            effective_at,
            recorded_at,
            share,
        })
    }

    /// The share as the book has it that takes it over: the other book is then the one it came from.
    pub(crate) fn into_share(self) -> Share {
        Share { other: self.from, ..self.share }
    }
}

/// What may be handed over of a charge: all that a refund could give back.
pub(crate) fn decide(
    StoredCharge { seq, charge, .. }: &StoredCharge,
) -> std::result::Result<Amount, Refusal> {
    refund::check_succeeded(charge.status, *seq)?;
    refund::within_what_is_left(charge.amount_captured, Taken::of(charge), None)
}

/// What only other books may give back of a charge after this book has taken a share over. `known` is the
/// charge as the book has it, if it has it.
///
/// # Errors
/// [`Error::HandoverConflict`] if the book knows other facts, or has lent less.
pub(crate) fn decide_take_over(share: &Share, known: Option<&Charge>) -> Result<Balance> {
    let conflict = |fact| Err(Error::HandoverConflict { id: share.id.clone(), fact });
    let Some(known) = known else {
        return Ok(Balance(share.charge.amount_captured.minor()).less(share.amount));
    };
    if let Some(fact) = difference(known, &share.charge) {
        return conflict(fact);
    }
    if known.amount_elsewhere.minor() < share.amount.minor() {
        return conflict("amount");
    }
    Ok(known.amount_elsewhere.less(share.amount))
}

/// The first fact in which a charge is not the one that both books have to have.
fn difference(known: &Charge, told: &Charge) -> Option<&'static str> {
    [
        ("status", known.status == told.status),
        ("amount", known.amount == told.amount),
        ("amountCaptured", known.amount_captured == told.amount_captured),
        ("fee", known.fee == told.fee),
        ("currency", known.currency == told.currency),
        ("availableOn", known.available_on == told.available_on),
        ("createdAt", known.created_at == told.created_at),
    ]
    .into_iter()
    .find_map(|(fact, is_same)| (!is_same).then_some(fact))
}
