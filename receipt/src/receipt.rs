//! The receipt: an entry, a checkpoint, and the proof that the entry is in the checkpoint's book.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

#[cfg(feature = "ed25519")]
use crate::key::{SigningKey, VerifyingKey};
use crate::{
    Hash,
    checkpoint::Checkpoint,
    entry::Entry,
    error::{Error, Result},
    note::{Signature, check_name},
    reader::{Reader, write_text},
    tree,
};

/// Before the encoded bytes: the version of the format.
const VERSION: &str = "rr1.";

/// The version of the chain's encoding, first in what an entry's hash covers.
const CHAIN_VERSION: u8 = 1;

/// No receipt is longer: the largest has ids of 64 characters and a path of 40 hashes.
const LONGEST: usize = 4_096;

/// A receipt of a refund or charge. Whoever has one as a value has checked the proof: the entry is in
/// the book of the [checkpoint](Receipt::checkpoint).
///
/// Whether that is the shop's own checkpoint is another question. Ask [`Receipt::signed_by`], or
/// compare it with a published one ([`Receipt::is_under`]). Without that a receipt proves nothing,
/// because anyone can make up a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    previous: Hash,
    /// The entry in its canonical encoding, which is what its hash covers, and what it says.
    encoding: Vec<u8>,
    entry: Entry,
    checkpoint: Checkpoint,
    /// From the entry's leaf to the root. A checkpoint right after the entry needs none, because it
    /// has the entry's hash.
    path: Vec<Hash>,
    signature: Option<Signature>,
}

impl Receipt {
    /// Makes a receipt from an entry in its canonical encoding, the hash before it in the chain, a
    /// checkpoint, and the [path](tree::inclusion) to its root. A checkpoint right after the entry
    /// needs no path.
    ///
    /// # Errors
    /// [`Error::ReceiptInvalid`] if the entry is not that of a refund or charge;
    /// [`Error::ReceiptUnproven`] if it is not in the checkpoint's book by this path.
    pub fn new(
        previous: Hash,
        encoding: Vec<u8>,
        checkpoint: Checkpoint,
        path: Vec<Hash>,
    ) -> Result<Self> {
        let mut reader = Reader(&encoding);
        let entry = Entry::read(&mut reader)?;
        if !reader.0.is_empty() {
            return Err(invalid("something follows the entry"));
        }
        let receipt = Self { previous, encoding, entry, checkpoint, path, signature: None };
        receipt.check()?;
        Ok(receipt)
    }

    /// Reads a receipt, and checks its proof.
    ///
    /// # Errors
    /// [`Error::ReceiptInvalid`]; [`Error::ReceiptUnproven`].
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix(VERSION).ok_or(invalid("it does not begin with rr1."))?;
        if text.len() > LONGEST {
            return Err(invalid("it is too long"));
        }
        let bytes = Base64UrlUnpadded::decode_vec(text)
            .map_err(|_| invalid("it has characters that no receipt has, or was cut off"))?;
        let mut from = Reader(&bytes);
        let receipt = Self::read(&mut from)?;
        if !from.0.is_empty() {
            return Err(invalid("something follows its end"));
        }
        receipt.check()?;
        Ok(receipt)
    }

    fn read(from: &mut Reader<'_>) -> Result<Self> {
        let merchant_id = from.text()?;
        let previous = from.hash()?;
        let begin = from.0;
        let entry = Entry::read(from)?;
        let length = begin.len().saturating_sub(from.0.len());
        let encoding = begin.get(..length).unwrap_or_default().to_vec();
        let (size, root) = (from.count()?, from.hash()?);
        if size < entry.seq {
            return Err(invalid("its checkpoint is older than the entry"));
        }
        let (mut last, mut path) = (hash_of(&previous, &encoding), Vec::new());
        if size > entry.seq {
            last = from.hash()?;
            let length = tree::path_length(entry.seq.saturating_sub(1), size);
            path = (0..length).map(|_| from.hash()).collect::<Result<_>>()?;
        }
        let signature = from.optional(signature)?;
        let checkpoint = Checkpoint::new(merchant_id, size, root, last)
            .map_err(|_| invalid("it names no merchant"))?;
        Ok(Self { previous, encoding, entry, checkpoint, path, signature })
    }

    /// The entry is in the checkpoint's book.
    fn check(&self) -> Result<()> {
        let (seq, size) = (self.entry.seq, self.checkpoint.size());
        let hash = hash_of(&self.previous, &self.encoding);
        let is_proven = if seq == size {
            self.path.is_empty() && hash == *self.checkpoint.last()
        } else {
            let index = seq.saturating_sub(1);
            let root = tree::root_of_path(index, size, &tree::leaf(&hash), &self.path);
            root == Some(*self.checkpoint.root())
        };
        if is_proven { Ok(()) } else { Err(Error::ReceiptUnproven) }
    }

    /// The entry that it proves.
    #[must_use]
    pub const fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The checkpoint in whose book the entry is.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signature under the checkpoint, if there is one.
    #[must_use]
    pub const fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// The receipt with a signature under its checkpoint, made elsewhere.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`] for a signature whose key has no name.
    pub fn with_signature(self, signature: Signature) -> Result<Self> {
        check_name(&signature.name)?;
        Ok(Self { signature: Some(signature), ..self })
    }

    /// Signs the receipt's checkpoint.
    #[cfg(feature = "ed25519")]
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> Self {
        let signature = Some(key.sign(&self.checkpoint));
        Self { signature, ..self }
    }

    /// Checks that this key signed the checkpoint: whoever has the key says that the entry is in the
    /// book.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`].
    #[cfg(feature = "ed25519")]
    pub fn signed_by(&self, key: &VerifyingKey) -> Result<()> {
        const UNSIGNED: Error = Error::SignatureInvalid { problem: "is not signed" };
        key.check(&self.checkpoint, self.signature.as_ref().ok_or(UNSIGNED)?)
    }

    /// Checks that the checkpoint is this one, which the shop has published. A receipt under an older
    /// checkpoint than the published one needs a proof of [consistency](crate::Consistency) besides.
    ///
    /// # Errors
    /// [`Error::CheckpointInconsistent`].
    pub fn is_under(&self, published: &Checkpoint) -> Result<()> {
        let problem = "are not the same";
        if self.checkpoint == *published {
            Ok(())
        } else {
            Err(Error::CheckpointInconsistent { problem })
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let size = self.checkpoint.size();
        let mut to = Vec::with_capacity(512);
        write_text(&mut to, self.checkpoint.merchant_id());
        to.extend_from_slice(&self.previous);
        to.extend_from_slice(&self.encoding);
        to.extend_from_slice(&size.to_be_bytes());
        to.extend_from_slice(self.checkpoint.root());
        if size > self.entry.seq {
            to.extend_from_slice(self.checkpoint.last());
            to.extend(self.path.iter().flatten());
        }
        to.push(u8::from(self.signature.is_some()));
        if let Some(Signature { name, key_id, bytes }) = &self.signature {
            write_text(&mut to, name);
            to.extend_from_slice(key_id);
            to.extend_from_slice(bytes);
        }
        to
    }
}

/// The text of the receipt.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}{}", Base64UrlUnpadded::encode_string(&self.bytes()))
    }
}

const fn invalid(problem: &'static str) -> Error {
    Error::ReceiptInvalid { problem }
}

fn hash_of(previous: &Hash, encoding: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([CHAIN_VERSION])
        .chain_update(previous)
        .chain_update(encoding)
        .finalize()
        .into()
}

fn signature(from: &mut Reader<'_>) -> Result<Signature> {
    let name = from.text()?.to_owned();
    check_name(&name).map_err(|_| invalid("the key that signed it has no name"))?;
    Ok(Signature { name, key_id: from.array()?, bytes: from.array()? })
}
