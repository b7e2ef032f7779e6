//! The first and the last line of a feed, which stand around the lines of recordings: docs/feed.md
//! writes them down.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Position;
use crate::words::{
    chain::{Hash, Head, Mark},
    error::{Error, Result},
};

/// The version of the feed's format.
pub(crate) const VERSION: u32 = 1;

/// More bytes than the last line of any feed has, with its end of line.
pub(crate) const CLOSING_BYTES: usize = 256;

/// The first line: whose feed it is, and where it begins.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Opening {
    /// The version of the format.
    pub(crate) feed: u32,
    pub(crate) merchant_id: String,
    pub(crate) n: i64,
    pub(crate) hash: Hash,
}

/// The last line: where it ends.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Closing {
    pub(crate) end: Mark,
    pub(crate) head: Head,
}

impl Opening {
    pub(crate) const fn of(merchant_id: String, after: Mark) -> Self {
        Self { feed: VERSION, merchant_id, n: after.n, hash: after.hash }
    }

    pub(crate) fn encode(&self) -> Result<String> {
        encode(self)
    }

    /// Reads the line; `None` if it is not written exactly as [`Opening::encode`] writes it.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        decode(text)
    }
}

impl Closing {
    pub(crate) const fn of(position: &Position) -> Self {
        Self { end: position.mark(), head: position.head }
    }

    pub(crate) fn encode(&self) -> Result<String> {
        encode(self)
    }

    /// Reads the line; `None` if it is not written exactly as [`Closing::encode`] writes it.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        decode(text)
    }
}

impl Position {
    pub(crate) const fn mark(&self) -> Mark {
        Mark { n: self.n, hash: self.hash }
    }
}

fn encode(line: &impl Serialize) -> Result<String> {
    serde_json::to_string(line).map_err(|_| Error::Internal { expected: "a line of JSON" })
}

fn decode<T: Serialize + DeserializeOwned>(text: &str) -> Option<T> {
    let line = serde_json::from_str(text).ok()?;
    (encode(&line).ok()? == text).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_room_where_room_is_kept_for_it() {
        let hash = Hash([7; 32]);
        let position = Position { n: i64::MAX, hash, head: Head { seq: i64::MAX, hash } };
        let line = Closing::of(&position).encode().unwrap();
        assert!(line.len() < CLOSING_BYTES, "{line}");
        assert_eq!(Closing::decode(&line), Some(Closing::of(&position)));
        assert_eq!(Closing::decode(&line.replace(':', ": ")), None);
    }
}
