//! The canonical line of a recording: one JSON object with its fields in one fixed order, written
//! down in docs/feed.md. One recording has one line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Entry, Outcome, Recording, Text, body::Body, hash};
use crate::words::{
    chain::{Hash, Head, text_hash},
    entry::Posting,
    error::{Error, Result},
    hex::Hex,
    idempotency::Operation,
    time::Timestamp,
};

/// A recording as it travels: public ids only, so that it means the same in every ledger.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) n: i64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) action: Body,
    #[serde(default)]
    pub(crate) entry: Option<EntryLine>,
    #[serde(default)]
    pub(crate) text: Option<TextLine>,
    #[serde(default)]
    pub(crate) outcome: Option<OutcomeLine>,
    pub(crate) hash: Hash,
}

/// The journal entry of a recording.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub(crate) seq: i64,
    #[serde(default)]
    pub(crate) reverses: Option<i64>,
    pub(crate) effective_at: Timestamp,
    pub(crate) postings: Vec<Posting>,
    pub(crate) hash: Hash,
}

/// The personal text of a recording, or the hash that it left.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum TextLine {
    Kept { salt: Hex<16>, description: Option<String>, metadata: BTreeMap<String, String> },
    Erased { hash: Hash },
}

/// What became of an idempotency key, or the digest that it left.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum OutcomeLine {
    Kept { operation: String, key: String, fingerprint: Hex<16> },
    Pruned { digest: Hex<16> },
}

/// A line in the making. Each recording is written when it is fed and again when it is taken in: with fixed names
/// as they are this takes half of the steps that serde's own writer takes.
struct Writer(Vec<u8>);

impl Writer {
    /// Text that is JSON already.
    fn put(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn hex<const N: usize>(&mut self, bytes: [u8; N]) -> &mut Self {
        Hex(bytes).written(|digits| {
            self.put("\"").put(digits).put("\"");
        });
        self
    }

    fn json(&mut self, value: &impl Serialize) -> Result<&mut Self> {
        let written = serde_json::to_writer(&mut self.0, value);
        written.map(|()| self).map_err(|_| Error::Internal { expected: "a value as JSON" })
    }
}

impl Line {
    /// Writes the line, without an end of line.
    pub(crate) fn encode(&self) -> Result<String> {
        String::from_utf8(self.bytes()?).map_err(|_| Error::Internal { expected: "a line of text" })
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let mut to = Writer(Vec::with_capacity(1_024));
        to.put("{\"n\":").json(&self.n)?.put(",\"recordedAt\":").json(&self.recorded_at)?;
        to.put(",\"action\":").json(&self.action)?;
        if let Some(entry) = &self.entry {
            entry.write(&mut to)?;
        }
        if let Some(text) = &self.text {
            to.put(",\"text\":").json(text)?;
        }
        if let Some(outcome) = &self.outcome {
            outcome.write(&mut to)?;
        }
        to.put(",\"hash\":").hex(self.hash.0).put("}");
        Ok(to.0)
    }

    /// The line as it is read once its text was erased.
    pub(crate) fn without_text(self) -> Self {
        let text = self.text.map(|text| match text {
            TextLine::Kept { salt: Hex(salt), description, metadata } => {
                TextLine::Erased { hash: text_hash(salt, description.as_deref(), &metadata) }
            }
            erased @ TextLine::Erased { .. } => erased,
        });
        Self { text, ..self }
    }

    /// Reads a line. One that is not written exactly as [`Line::encode`] writes it is refused.
    pub(crate) fn decode(text: &str) -> Result<Self> {
        const MALFORMED: Error =
            Error::InvalidRequest { problem: "it is not the canonical line of a recording" };
        let line: Self = serde_json::from_str(text).map_err(|_| MALFORMED)?;
        if line.bytes()? == text.as_bytes() { Ok(line) } else { Err(MALFORMED) }
    }
}

impl Line {
    /// Whether this is the recording that a book keeps as `kept`. A text that was erased since, and a
    /// key that was forgotten, are told by the hashes that they left.
    pub(crate) fn is(&self, kept: &Self) -> bool {
        let text = |line: &Self| line.text.as_ref().map(TextLine::hash);
        let outcome = |line: &Self| line.outcome.as_ref().map(OutcomeLine::digest);
        let rest = |line: &Self| (line.n, line.recorded_at, line.hash);
        rest(self) == rest(kept)
            && self.action == kept.action
            && self.entry == kept.entry
            && text(self) == text(kept)
            && outcome(self) == outcome(kept)
    }
}

impl TextLine {
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Self::Kept { salt: Hex(salt), description, metadata } => {
                text_hash(*salt, description.as_deref(), metadata)
            }
            Self::Erased { hash } => *hash,
        }
    }
}

impl OutcomeLine {
    fn write(&self, to: &mut Writer) -> Result<()> {
        match self {
            Self::Kept { operation, key, fingerprint: Hex(fingerprint) } => {
                to.put(",\"outcome\":{\"kept\":{\"operation\":").json(operation)?;
                to.put(",\"key\":").json(key)?;
                to.put(",\"fingerprint\":").hex(*fingerprint).put("}}");
            }
            Self::Pruned { digest: Hex(digest) } => {
                to.put(",\"outcome\":{\"pruned\":{\"digest\":").hex(*digest).put("}}");
            }
        }
        Ok(())
    }

    /// What the running hash covers; `None` for an operation that there is not.
    fn digest(&self) -> Option<[u8; 16]> {
        match self {
            Self::Pruned { digest: Hex(digest) } => Some(*digest),
            Self::Kept { operation, key, fingerprint: Hex(fingerprint) } => {
                let operation = Operation::from_name(operation).ok()?;
                Some(hash::digest(i64::from(operation as u8), key, fingerprint))
            }
        }
    }
}

impl EntryLine {
    fn write(&self, to: &mut Writer) -> Result<()> {
        to.put(",\"entry\":{\"seq\":").json(&self.seq)?;
        if let Some(reverses) = &self.reverses {
            to.put(",\"reverses\":").json(reverses)?;
        }
        to.put(",\"effectiveAt\":").json(&self.effective_at)?;
        to.put(",\"postings\":").json(&self.postings)?;
        to.put(",\"hash\":").hex(self.hash.0).put("}");
        Ok(())
    }

    pub(crate) const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

impl Recording {
    /// The recording as it travels. The words of its text come from the object.
    pub(crate) fn line(&self) -> Line {
        let (description, metadata) = self.words();
        Line {
            n: self.n,
            recorded_at: self.recorded_at,
            action: self.action.body(self.text.as_ref()),
            entry: self.entry.as_ref().map(Entry::line),
            text: self.text.map(|text| text.line(description.map(str::to_owned), metadata.clone())),
            outcome: self.outcome.as_ref().map(Outcome::line),
            hash: self.hash,
        }
    }
}

impl Entry {
    fn line(&self) -> EntryLine {
        EntryLine {
            seq: self.head.seq,
            reverses: self.reverses,
            effective_at: self.effective_at,
            postings: self.postings.iter().collect(),
            hash: self.head.hash,
        }
    }
}

impl Text {
    fn line(self, description: Option<String>, metadata: BTreeMap<String, String>) -> TextLine {
        match self {
            Self::Kept { salt, .. } => TextLine::Kept { salt: Hex(salt), description, metadata },
            Self::Erased { hash } => TextLine::Erased { hash },
        }
    }
}

impl Outcome {
    /// The outcome as it travels.
    pub(crate) fn line(&self) -> OutcomeLine {
        match self {
            Self::Pruned { digest } => OutcomeLine::Pruned { digest: Hex(*digest) },
            Self::Kept { operation, key, fingerprint } => OutcomeLine::Kept {
                operation: operation.name().to_owned(),
                key: key.as_str().to_owned(),
                fingerprint: Hex(*fingerprint),
            },
        }
    }
}
