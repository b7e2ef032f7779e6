//! Proofs that a book only grew between two checkpoints.

use std::fmt;

use base64ct::{Base64, Encoding};

use crate::{
    Hash,
    checkpoint::Checkpoint,
    error::{Error, Result},
    tree,
};

/// A proof that a book only grew between two checkpoints: nothing before the first was altered or
/// cut off. Its text has one hash in base64 on each line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consistency(pub Vec<Hash>);

impl Consistency {
    /// Checks the proof between two checkpoints, the older one first.
    ///
    /// # Errors
    /// [`Error::CheckpointInconsistent`].
    pub fn check(&self, old: &Checkpoint, new: &Checkpoint) -> Result<()> {
        let problem = if old.merchant_id() != new.merchant_id() {
            "are of different books"
        } else if old.size() > new.size() {
            "are in the wrong order"
        } else if old.size() == new.size() && old != new {
            "say different things about the same entries"
        } else if old.size() == 0 && !self.0.is_empty()
            || old.size() > 0
                && !tree::is_consistent(old.size(), new.size(), old.root(), new.root(), &self.0)
        {
            "do not follow from each other by this proof"
        } else {
            return Ok(());
        };
        Err(Error::CheckpointInconsistent { problem })
    }

    /// Reads what `to_string` wrote.
    ///
    /// # Errors
    /// [`Error::CheckpointInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        const INVALID: Error = Error::CheckpointInvalid {
            what: "proof of consistency",
            problem: "a line is no hash in base64",
        };
        let hash = |line| {
            let mut hash = [0; 32];
            let read = Base64::decode(line, &mut hash).map_err(|_| INVALID)?.len();
            if read == hash.len() { Ok(hash) } else { Err(INVALID) }
        };
        text.lines().map(hash).collect::<Result<_>>().map(Self)
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|hash| writeln!(f, "{}", Base64::encode_string(hash)))
    }
}
