//! The canonical encoding of the chain, written a second time from its description.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub(super) type Hash = [u8; 32];

/// Bytes in the canonical encoding.
#[derive(Clone, Debug, Default)]
pub(super) struct Encoding(Vec<u8>);

impl Encoding {
    /// A 64-bit integer, big-endian.
    pub(super) fn int(mut self, int: i64) -> Self {
        self.0.extend(int.to_be_bytes());
        self
    }

    /// A 32-bit length, big-endian, and UTF-8.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.0.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        self.raw(text.as_bytes())
    }

    /// Bytes whose number is known.
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// A byte 0 for nothing, or a byte 1 and the value.
    pub(super) fn maybe<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.raw(&[0]),
            Some(value) => write(self.raw(&[1]), value),
        }
    }

    pub(super) fn maybe_text(self, text: Option<&str>) -> Self {
        self.maybe(text, Self::text)
    }

    pub(super) fn maybe_hash(self, hash: Option<Hash>) -> Self {
        self.maybe(hash, |to, hash| to.raw(&hash))
    }

    pub(super) fn append(self, other: &Self) -> Self {
        self.raw(&other.0)
    }

    pub(super) fn hash(&self) -> Hash {
        Sha256::digest(&self.0).into()
    }
}

/// What the first entry of a book is chained to.
pub(super) fn genesis(merchant_id: &str) -> Hash {
    Sha256::digest(["refundry/book/1", merchant_id].concat()).into()
}

/// What stands in the chain for a description and metadata.
pub(super) fn of_personal_text(
    salt: [u8; 16],
    description: Option<&str>,
    metadata: &[(&str, &str)],
) -> Hash {
    let mut sorted = metadata.to_vec();
    sorted.sort_unstable();
    let to = Encoding::default().raw(&salt).maybe_text(description);
    let to = to.int(i64::try_from(sorted.len()).unwrap());
    sorted.into_iter().fold(to, |to, (key, value)| to.text(key).text(value)).hash()
}

pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
