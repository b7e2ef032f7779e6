//! Endpoints of webhooks, as a fleet's database keeps them. What an operator says of one, and what is wrong with
//! its next event, are texts here: whoever sends knows what they say.

use std::fmt;

/// An endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEndpoint {
    /// Its number in the database.
    pub number: i64,
    /// Its name.
    pub id: String,
    /// Grows by one with each change by an operator.
    pub revision: i64,
    /// What an operator has said of it, and its secrets.
    pub settings: String,
    /// What is wrong with its next event, if anything is.
    pub trouble: Option<String>,
}

impl fmt::Debug for StoredEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its settings hold secrets.
        let Self { number, id, revision, .. } = self;
        f.debug_struct("StoredEndpoint")
            .field("number", number)
            .field("id", id)
            .field("revision", revision)
            .finish_non_exhaustive()
    }
}

/// How far an endpoint has come in a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose book it is.
    pub merchant: String,
    /// The last event that is done with.
    pub event: Option<String>,
    /// When that was recorded, in milliseconds.
    pub moment: i64,
}

/// An event that was given up, until somebody has it sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAside {
    /// The id of the event.
    pub event: String,
    /// Its type.
    pub r#type: String,
    /// Whose it is.
    pub merchant: String,
    /// When it was set aside, in milliseconds.
    pub moment: i64,
    /// What went wrong last.
    pub problem: String,
}

/// Who sends events to a fleet's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Whoever asks.
    This,
    /// Another node.
    Another,
    /// Nobody, because there is no endpoint.
    Nobody,
}

/// What became of what a sender had to note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It was noted.
    Whole,
    /// Nothing was: an operator has changed the endpoint.
    Changed,
    /// Nothing was: another node sends.
    TakenOver,
}

/// What a sender notes of an endpoint, by its number. Of one that was removed nothing is noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has come this far in a book.
    Advance(i64, Place),
    /// This is wrong with its next event, or nothing.
    Trouble(i64, Option<String>),
    /// An event was given up.
    SetAside(i64, EventAside),
    /// An event that had been set aside, by its id, has arrived, or was given up once more.
    Settle {
        /// The endpoint's number.
        endpoint: i64,
        /// The id of the event.
        event: String,
        /// Whether it has arrived.
        arrived: bool,
    },
}
