//! Keys that sign checkpoints, and the public ones by which signatures are checked.

use std::fmt;

use base64ct::{Base64, Encoding};
use ed25519_dalek as ed25519;
use ed25519_dalek::Signer;
use sha2::{Digest, Sha256};

use crate::{
    checkpoint::Checkpoint,
    error::{Error, Result},
    hex,
    note::{Signature, check_name},
};

/// The number of Ed25519 in the C2SP signed notes.
const ALGORITHM: u8 = 1;

/// Before the text of a signing key.
const PRIVATE: &str = "PRIVATE+KEY+";

const fn invalid(problem: &'static str) -> Error {
    Error::CheckpointInvalid { what: "key", problem }
}

/// The public key by which anyone checks who signed a checkpoint. Its text, `name+id+key`, is what a
/// shop publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    name: String,
    key_id: [u8; 4],
    key: ed25519::VerifyingKey,
}

impl VerifyingKey {
    fn new(name: &str, key: ed25519::VerifyingKey) -> Result<Self> {
        check_name(name)?;
        let hash = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ALGORITHM])
            .chain_update(key.as_bytes())
            .finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
        Ok(Self { name: name.to_owned(), key_id: [a, b, c, d], key })
    }

    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads what a shop has published.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let (name, _, bytes) = split(text)?;
        let key = ed25519::VerifyingKey::from_bytes(&bytes)
            .map_err(|_| invalid("its last part is no Ed25519 key"))?;
        let key = Self::new(name, key)?;
        if key.to_string() == text { Ok(key) } else { Err(OTHER_ID) }
    }

    /// Refuses a signature that is not of this key under this checkpoint.
    pub(crate) fn check(&self, checkpoint: &Checkpoint, signature: &Signature) -> Result<()> {
        if signature.name != self.name || signature.key_id != self.key_id {
            return Err(Error::SignatureInvalid { problem: "is signed by another key" });
        }
        let bytes = ed25519::Signature::from_bytes(&signature.bytes);
        self.key.verify_strict(checkpoint.text().as_bytes(), &bytes).map_err(|_| {
            Error::SignatureInvalid { problem: "was altered after it was signed, or is forged" }
        })
    }
}

const OTHER_ID: Error = invalid("its id is not that of its name and key: a letter was altered");

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, &self.name, self.key_id, self.key.as_bytes())
    }
}

/// The secret key with which a shop signs its checkpoints.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519::SigningKey,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// A new key, from 32 random bytes that nobody else has.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`] for a name that is not 1 to 64 visible ASCII characters without
    /// `+`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self> {
        let key = ed25519::SigningKey::from_bytes(seed);
        let verifying = VerifyingKey::new(name, key.verifying_key())?;
        Ok(Self { key, verifying })
    }

    /// Reads what [`SigningKey::secret`] wrote.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix(PRIVATE).ok_or(invalid("it is not a signing key"))?;
        let (name, key_id, seed) = split(text)?;
        let key = Self::from_seed(name, &seed)?;
        if key.verifying.key_id == key_id { Ok(key) } else { Err(OTHER_ID) }
    }

    /// The key as a text, which must stay secret.
    #[must_use]
    pub fn secret(&self) -> String {
        let id = hex::encode(&self.verifying.key_id);
        let bytes = [&[ALGORITHM][..], self.key.as_bytes()].concat();
        format!("{PRIVATE}{}+{id}+{}", self.verifying.name, Base64::encode_string(&bytes))
    }

    /// The public key, to be published.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Signs a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> Signature {
        Signature {
            name: self.verifying.name.clone(),
            key_id: self.verifying.key_id,
            bytes: self.key.sign(checkpoint.text().as_bytes()).to_bytes(),
        }
    }
}

/// Without the secret.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.verifying).finish()
    }
}

/// The name, the id and the 32 bytes of a key.
fn split(text: &str) -> Result<(&str, [u8; 4], [u8; 32])> {
    const PARTS: Error = invalid("it does not have a name, an id and a key, with + between");
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(PARTS);
    };
    let id = hex::decode(id).ok_or(PARTS)?;
    let mut bytes = [0; 33];
    let read = Base64::decode(key, &mut bytes).map_or(0, <[u8]>::len);
    match bytes {
        [ALGORITHM, key @ ..] if read == bytes.len() => Ok((name, id, key)),
        _ => Err(invalid("its last part is no Ed25519 key")),
    }
}

fn join(f: &mut fmt::Formatter<'_>, name: &str, id: [u8; 4], key: &[u8; 32]) -> fmt::Result {
    let bytes = [&[ALGORITHM][..], key].concat();
    write!(f, "{name}+{}+{}", hex::encode(&id), Base64::encode_string(&bytes))
}
