//! Idempotency: the same key and request give the first outcome again, and do nothing more.

use super::context::Context;
use crate::{
    recording::{Action, Outcome, store::Records},
    words::{
        chain::Encoder,
        error::{Error, Result},
        idempotency::{IdempotencyKey, Operation},
    },
};

/// A request that may have been made before.
pub(crate) struct Idempotent<'a> {
    pub(crate) operation: Operation,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// The field that names the target. Refusals that are not about the amount name this field.
    pub(crate) target: &'static str,
    /// The hash of the parsed request; zeros without a key.
    fingerprint: [u8; 16],
}

/// What looking a request up finds: it is new, or was done before on the object with this number.
pub(crate) enum Asked<'a> {
    New(Idempotent<'a>),
    Done(i64),
}

impl<'a> Idempotent<'a> {
    /// Looks the key up. `fingerprint` writes the parsed request.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::Refused`] if the first outcome was a refusal.
    pub(crate) fn look_up<B: Records>(
        context: &mut Context<'_, B>,
        operation: Operation,
        key: Option<&'a IdempotencyKey>,
        target: &'static str,
        fingerprint: impl FnOnce(&mut Encoder),
    ) -> Result<Asked<'a>> {
        let mut asked = Self { operation, key, target, fingerprint: [0; 16] };
        let Some(key) = key else { return Ok(Asked::New(asked)) };
        let mut encoder = Encoder::new();
        encoder.int(i64::from(operation as u8));
        fingerprint(&mut encoder);
        asked.fingerprint = encoder.finish().half();
        match context.book.outcome(operation, key)? {
            None => Ok(Asked::New(asked)),
            Some(stored) if stored.fingerprint != asked.fingerprint => {
                Err(Error::IdempotencyKeyReused)
            }
            Some(stored) => match stored.result {
                Ok(number) => Ok(Asked::Done(number)),
                Err(refusal) => Err(Error::refused(refusal, target).replayed()),
            },
        }
    }

    /// The outcome that is recorded with this request, if it has a key.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.key.map(|key| Outcome::Kept {
            operation: self.operation,
            key: key.clone(),
            fingerprint: self.fingerprint,
        })
    }

    /// Passes on what was decided. A refusal is final for its key, so it is recorded under it.
    pub(crate) fn settle<B: Records, T>(
        &self,
        context: &mut Context<'_, B>,
        decided: Result<T>,
    ) -> Result<T> {
        if let (Some(_), Err(Error::Refused { refusal, .. })) = (self.key, &decided) {
            context.record(Action::Refusal(*refusal), None, None, self.outcome())?;
        }
        decided
    }
}
