//! What is told of feeds: pieces that are sent, what was received, and who may send.

use serde::Serialize;

use crate::words::{chain::Mark, time::Timestamp};

/// A feed that ends where its reader's room does. Each is a whole feed, with a first and a last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedPiece {
    /// The lines, each with its end of line.
    pub text: String,
    /// Where it ends, and the next one begins.
    pub mark: Mark,
    /// Whether the book ends there as well.
    pub complete: bool,
}

/// What became of a feed that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedReport {
    /// Whose book it is of.
    pub merchant_id: String,
    /// Recordings that were new.
    pub recorded: u64,
    /// Recordings that the book had already.
    pub skipped: u64,
    /// Where the book ends now, and the next feed has to begin.
    pub mark: Mark,
}

/// A line of a feed that is another recording than the one that the book has at its place: evidence
/// that the sender's book was restored from an older copy, or altered. The book keeps its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fork {
    /// In whose book.
    pub merchant_id: String,
    /// The number of the recording.
    pub n: i64,
    /// When the line came.
    pub received_at: Timestamp,
    /// The line as it came.
    pub line: String,
}

/// What is known of a key that may send the feed of one book and nothing else. The key itself was
/// shown when it was issued and is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedKey {
    /// `key_` and the first 16 hexadecimal digits of the key's SHA-256.
    pub id: String,
    /// Whose feed it may send.
    pub merchant_id: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
