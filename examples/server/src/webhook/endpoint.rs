//! An endpoint: where events go, which, and how they are signed.

use refundry::{Event, EventType, Timestamp};
use serde::{Deserialize, Serialize};

use super::{sign::Secret, target::Target};

/// Where events are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Its number in the store.
    pub(crate) number: i64,
    /// `we_…`
    pub(crate) id: String,
    pub(crate) target: Target,
    /// Whose events; `None` for all merchants'.
    pub(crate) merchant: Option<String>,
    /// Which; none stands for all types.
    pub(crate) types: Vec<EventType>,
    /// Another name under which the signature is sent as well.
    pub(crate) header: Option<String>,
    pub(crate) secret: Secret,
    /// The secret before, and until when it signs too.
    pub(crate) old_secret: Option<(Secret, Timestamp)>,
    pub(crate) paused: bool,
    pub(crate) created_at: Timestamp,
    /// Grows with each change by an operator.
    pub(crate) revision: i64,
    /// What is wrong with the event that is to be sent next.
    pub(crate) trouble: Option<Trouble>,
}

/// Why an event has not arrived yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trouble {
    /// Whose event it is.
    pub(crate) merchant: String,
    /// Which: no other is sent before it has arrived or is set aside.
    pub(crate) event: String,
    /// When it was sent first.
    pub(crate) since: Timestamp,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// When it is sent again.
    pub(crate) next_attempt: Timestamp,
    /// What went wrong last.
    pub(crate) problem: String,
}

/// An event that was given up: the next ones go on, and it can be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetAside {
    pub(crate) event: String,
    pub(crate) r#type: String,
    pub(crate) merchant: String,
    pub(crate) set_aside_at: Timestamp,
    pub(crate) problem: String,
}

/// How far an endpoint has come in a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The last event that is done with; `None` before the first.
    pub(crate) event: Option<String>,
    /// When that was recorded.
    pub(crate) moment: Timestamp,
}

impl Endpoint {
    /// Gives it a new secret; the old one signs too until a moment.
    pub(crate) fn rotate(&mut self, secret: Secret, until: Timestamp) {
        self.old_secret = Some((std::mem::replace(&mut self.secret, secret), until));
    }

    /// Whether it wants the events of a merchant.
    pub(crate) fn is_of(&self, merchant: &str) -> bool {
        self.merchant.as_deref().is_none_or(|own| own == merchant)
    }

    /// Whether it wants an event.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.types.is_empty() || self.types.contains(&event.event_type)
    }

    /// The secrets to sign with at a moment, the newest first.
    pub(crate) fn secrets(&self, now: Timestamp) -> Vec<&Secret> {
        let old = self.old_secret.as_ref().filter(|(_, until)| now < *until);
        std::iter::once(&self.secret).chain(old.map(|(secret, _)| secret)).collect()
    }
}
