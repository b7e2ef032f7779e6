//! Signed notes: a checkpoint with the signatures of whoever vouches for it.

use std::fmt;

use base64ct::{Base64, Encoding};

#[cfg(feature = "ed25519")]
use crate::key::VerifyingKey;
use crate::{
    checkpoint::Checkpoint,
    error::{Error, Result},
};

/// A signature under a checkpoint, by the key with this name and id. Its form is that of Ed25519.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of a hash over the key and its name.
    pub key_id: [u8; 4],
    /// The signature itself.
    pub bytes: [u8; 64],
}

/// A checkpoint as it is published, with any number of signatures. Its text is a C2SP `signed-note`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Who signed it. Signatures of other forms than Ed25519, and by names that no key of a shop has,
    /// are left out when a note is read.
    pub signatures: Vec<Signature>,
}

const fn invalid(problem: &'static str) -> Error {
    Error::CheckpointInvalid { what: "checkpoint", problem }
}

impl Note {
    /// Reads a published checkpoint, signed or not.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        let (checkpoint, lines) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let checkpoint = Checkpoint::parse(&format!("{checkpoint}\n"))?;
        let mut signatures = Vec::new();
        for line in lines.lines() {
            let line = line.strip_prefix("— ").ok_or(invalid("a signature is not one"))?;
            let (name, encoded) = line.split_once(' ').ok_or(invalid("a signature has no key"))?;
            let bytes = Base64::decode_vec(encoded)
                .map_err(|_| invalid("a signature is not written in base64"))?;
            if name.is_empty() {
                return Err(invalid("a signature has no key"));
            }
            // Witnesses may add signatures of other forms, which are longer, and under other names.
            if let Some((key_id, bytes)) = bytes.split_first_chunk()
                && let Ok(bytes) = bytes.try_into()
                && check_name(name).is_ok()
            {
                signatures.push(Signature { name: name.to_owned(), key_id: *key_id, bytes });
            }
        }
        Ok(Self { checkpoint, signatures })
    }

    /// Checks that this key signed the checkpoint, whoever else did.
    ///
    /// # Errors
    /// [`Error::SignatureInvalid`].
    #[cfg(feature = "ed25519")]
    pub fn signed_by(&self, key: &VerifyingKey) -> Result<()> {
        let mut refused = Error::SignatureInvalid { problem: "is not signed" };
        let mut signatures: Vec<_> = self.signatures.iter().collect();
        // Last come those by the key's name: what is wrong with them is what is said.
        signatures.sort_by_key(|signature| signature.name == key.name());
        for signature in signatures {
            match key.check(&self.checkpoint, signature) {
                Ok(()) => return Ok(()),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.checkpoint.text())?;
        if !self.signatures.is_empty() {
            f.write_str("\n")?;
        }
        for Signature { name, key_id, bytes } in &self.signatures {
            let bytes = [&key_id[..], bytes].concat();
            writeln!(f, "— {name} {}", Base64::encode_string(&bytes))?;
        }
        Ok(())
    }
}

/// Refuses what is no name of a key.
pub(crate) fn check_name(name: &str) -> Result<()> {
    const LONGEST: usize = 64;
    let is_name = |byte: u8| byte.is_ascii_graphic() && byte != b'+';
    if (1..=LONGEST).contains(&name.len()) && name.bytes().all(is_name) {
        Ok(())
    } else {
        let problem = "a key's name is 1 to 64 visible ASCII characters without +";
        Err(Error::CheckpointInvalid { what: "key", problem })
    }
}
