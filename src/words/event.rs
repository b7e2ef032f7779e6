//! Events: what a book recorded that others want to hear of, in the shape in which they read it.
//!
//! Nothing is stored for them. Each journal entry is one, so a new cause needs a name here and, in the
//! store, the object that it is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::{
    chain::{Hash, Mark},
    charge::Charge,
    dispute::Dispute,
    entry::Cause,
    error::{Error, Result},
    handover::Handover,
    id,
    refund::Refund,
    time::Timestamp,
    transfer::Transfer,
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventType {
    /// A charge succeeded.
    #[serde(rename = "charge.succeeded")]
    ChargeSucceeded,
    /// A charge's funds became available.
    #[serde(rename = "charge.available")]
    ChargeAvailable,
    /// A refund was made.
    #[serde(rename = "refund.succeeded")]
    RefundSucceeded,
    /// A refund came back.
    #[serde(rename = "refund.failed")]
    RefundFailed,
    /// A payout set out.
    #[serde(rename = "payout.created")]
    PayoutCreated,
    /// A payout arrived.
    #[serde(rename = "payout.paid")]
    PayoutPaid,
    /// A payout failed while in transit.
    #[serde(rename = "payout.failed")]
    PayoutFailed,
    /// A payout came back after it was paid.
    #[serde(rename = "payout.returned")]
    PayoutReturned,
    /// The merchant paid in.
    #[serde(rename = "topup.created")]
    TopUpCreated,
    /// The acquirer settled, or took back.
    #[serde(rename = "settlement.created")]
    SettlementCreated,
    /// The platform gave or took.
    #[serde(rename = "adjustment.created")]
    AdjustmentCreated,
    /// A charge was disputed.
    #[serde(rename = "dispute.created")]
    DisputeCreated,
    /// A dispute was won.
    #[serde(rename = "dispute.won")]
    DisputeWon,
    /// A dispute was lost.
    #[serde(rename = "dispute.lost")]
    DisputeLost,
    /// What is left of a charge was handed over to another book.
    #[serde(rename = "handover.created")]
    HandoverCreated,
    /// What is left of a charge was taken over from another book.
    #[serde(rename = "handover.taken_over")]
    HandoverTakenOver,
}

impl EventType {
    /// Every type that there is.
    pub const ALL: [Self; 16] = [
        Self::ChargeSucceeded,
        Self::ChargeAvailable,
        Self::RefundSucceeded,
        Self::RefundFailed,
        Self::PayoutCreated,
        Self::PayoutPaid,
        Self::PayoutFailed,
        Self::PayoutReturned,
        Self::TopUpCreated,
        Self::SettlementCreated,
        Self::AdjustmentCreated,
        Self::DisputeCreated,
        Self::DisputeWon,
        Self::DisputeLost,
        Self::HandoverCreated,
        Self::HandoverTakenOver,
    ];

    /// The name, as it stands in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChargeSucceeded => "charge.succeeded",
            Self::ChargeAvailable => "charge.available",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
            Self::PayoutCreated => "payout.created",
            Self::PayoutPaid => "payout.paid",
            Self::PayoutFailed => "payout.failed",
            Self::PayoutReturned => "payout.returned",
            Self::TopUpCreated => "topup.created",
            Self::SettlementCreated => "settlement.created",
            Self::AdjustmentCreated => "adjustment.created",
            Self::DisputeCreated => "dispute.created",
            Self::DisputeWon => "dispute.won",
            Self::DisputeLost => "dispute.lost",
            Self::HandoverCreated => "handover.created",
            Self::HandoverTakenOver => "handover.taken_over",
        }
    }

    /// The type with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name).ok_or(Error::ParameterInvalid {
            param: "type",
            expected: "the type of an event, such as refund.succeeded",
        })
    }

    /// What an entry with this cause tells others.
    pub(crate) const fn of(cause: Cause) -> Self {
        match cause {
            Cause::Charge => Self::ChargeSucceeded,
            Cause::Maturity => Self::ChargeAvailable,
            Cause::Refund => Self::RefundSucceeded,
            Cause::RefundFailure => Self::RefundFailed,
            Cause::Payout => Self::PayoutCreated,
            Cause::PayoutPaid => Self::PayoutPaid,
            Cause::PayoutFailed => Self::PayoutFailed,
            Cause::PayoutReturned => Self::PayoutReturned,
            Cause::TopUp => Self::TopUpCreated,
            Cause::Settlement => Self::SettlementCreated,
            Cause::Adjustment => Self::AdjustmentCreated,
            Cause::Dispute => Self::DisputeCreated,
            Cause::DisputeWon => Self::DisputeWon,
            Cause::DisputeLost => Self::DisputeLost,
            Cause::HandedOver => Self::HandoverCreated,
            Cause::TakenOver => Self::HandoverTakenOver,
        }
    }

    /// The cause of the entries that tell this.
    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::ChargeSucceeded => Cause::Charge,
            Self::ChargeAvailable => Cause::Maturity,
            Self::RefundSucceeded => Cause::Refund,
            Self::RefundFailed => Cause::RefundFailure,
            Self::PayoutCreated => Cause::Payout,
            Self::PayoutPaid => Cause::PayoutPaid,
            Self::PayoutFailed => Cause::PayoutFailed,
            Self::PayoutReturned => Cause::PayoutReturned,
            Self::TopUpCreated => Cause::TopUp,
            Self::SettlementCreated => Cause::Settlement,
            Self::AdjustmentCreated => Cause::Adjustment,
            Self::DisputeCreated => Cause::Dispute,
            Self::DisputeWon => Cause::DisputeWon,
            Self::DisputeLost => Cause::DisputeLost,
            Self::HandoverCreated => Cause::HandedOver,
            Self::HandoverTakenOver => Cause::TakenOver,
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something that was recorded, for those who want to hear of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "object", rename = "event", rename_all = "camelCase")]
pub struct Event {
    /// `evt_…`: made of the recording's number and running hash, so that the same event has the same
    /// id in every copy of the book. Whoever gets an event twice knows it by this.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// Whether it moved real money.
    pub livemode: bool,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// What it happened to.
    pub data: EventData,
}

/// What an event happened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventData {
    /// The object as it was right after, but for texts that were erased since.
    pub object: EventObject,
}

/// The object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EventObject {
    /// Of `charge.…`
    Charge(Charge),
    /// Of `refund.…`
    Refund(Refund),
    /// Of `payout.…`, `topup.…`, `settlement.…` and `adjustment.…`
    Transfer(Transfer),
    /// Of `dispute.…`
    Dispute(Dispute),
    /// Of `handover.…`
    Handover(Handover),
}

impl EventObject {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Charge(charge) => &charge.id,
            Self::Refund(refund) => &refund.id,
            Self::Transfer(transfer) => &transfer.id,
            Self::Dispute(dispute) => &dispute.id,
            Self::Handover(handover) => &handover.id,
        }
    }
}

impl Event {
    /// The event as one line of JSON, as it is sent to others.
    ///
    /// # Errors
    /// Only [`Error::Internal`].
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::Internal { expected: "an event of JSON" })
    }
}

/// Which events to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those of this type.
    pub event_type: Option<EventType>,
    /// The page before this event, towards the newer ones; not together with a page's
    /// `starting_after`.
    pub ending_before: Option<String>,
}

impl EventFilter {
    /// The error for an `ending_before` that names nothing.
    pub(crate) const UNKNOWN: Error = Error::ParameterInvalid {
        param: "endingBefore",
        expected: "the id of an object of this list",
    };

    /// The error for both directions at once.
    pub(crate) const BOTH: Error = Error::ParameterInvalid {
        param: "endingBefore",
        expected: "given without startingAfter: a page goes on in one direction",
    };
}

/// What an event's id says: 128 bits, the number of the recording and the beginning of the running
/// hash. The number finds the event without an index; the hash tells copies of a book from forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventId {
    pub(crate) n: i64,
    beginning: u128,
}

impl EventId {
    const PREFIX: &str = "evt_";
    const HASH_BITS: u32 = 88;

    pub(crate) fn of(n: i64, hash: &Hash) -> Self {
        let [first @ .., _, _, _, _, _] = hash.half();
        let beginning = first.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte));
        Self { n, beginning }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bits = id::parse_base32(text.strip_prefix(Self::PREFIX)?)?;
        let n = i64::try_from(bits >> Self::HASH_BITS).ok()?;
        Some(Self { n, beginning: bits & ((1 << Self::HASH_BITS) - 1) })
    }
}

impl Mark {
    /// The id of the event that the recording at this mark is, if it is one. So a mark can be told from the
    /// last event that somebody has seen; ids sort in the book's order.
    #[must_use]
    pub fn event_id(&self) -> String {
        EventId::of(self.n, &self.hash).to_string()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = u128::try_from(self.n).unwrap_or(0);
        let mut text = String::from(Self::PREFIX);
        id::push_base32(&mut text, (n << Self::HASH_BITS) | self.beginning);
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_the_number_and_the_beginning_of_the_hash() {
        let mut hash = Hash([0; 32]);
        hash.0[..12].copy_from_slice(&[0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]);
        let id = EventId::of(5, &hash);
        assert_eq!(id.to_string(), "evt_00000001fz0000000000000001");
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        hash.0[10] = 2;
        assert_ne!(EventId::of(5, &hash), id);
        hash.0[11] = 0;
        assert_eq!(EventId::of(5, &hash).to_string().len(), 30);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = EventId::of((1 << 40) - 1, &Hash([0xab; 32])).to_string();
        assert!(EventId::parse(&id).is_some());
        for wrong in [
            id.to_uppercase(),
            id.replace("evt_", "re_"),
            id.replace("evt_7", "evt_8"),
            format!("{id}0"),
            id[..29].to_owned(),
            "evt_".to_owned(),
            String::new(),
        ] {
            assert_eq!(EventId::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_type_has_its_name_and_its_cause() {
        for known in EventType::ALL {
            assert_eq!(EventType::from_name(known.name()).unwrap(), known);
            assert_eq!(EventType::of(known.cause()), known);
            assert_eq!(serde_json::to_value(known).unwrap(), known.name());
        }
        assert!(EventType::from_name("refund").is_err());
    }
}
