//! Lines: what the server knows of each open connection, to choose which to close when there are
//! too many.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::problem::Problem;

/// What a connection is doing. The first are closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// A request has not arrived whole, or an answer is not taken.
    Incomplete,
    /// It is kept for the next request.
    Idle,
    /// A request is being answered: this is never closed.
    Working,
}

/// One open connection.
pub(crate) struct Line(Mutex<Known>);

struct Known {
    state: State,
    since: Instant,
    fault: Option<Problem>,
}

impl Line {
    pub(crate) fn open() -> Self {
        let (state, since) = (State::Incomplete, Instant::now());
        Self(Mutex::new(Known { state, since, fault: None }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the connection is doing from now on.
    pub(crate) fn becomes(&self, state: State) {
        let mut known = self.known();
        if known.state != state {
            (known.state, known.since) = (state, Instant::now());
        }
    }

    /// Notes that a kept connection is used, or that its answer is not taken.
    pub(crate) fn is_used(&self) {
        if self.known().state == State::Idle {
            self.becomes(State::Incomplete);
        }
    }

    /// What it is doing, and since when.
    pub(crate) fn state(&self) -> (State, Instant) {
        let known = self.known();
        (known.state, known.since)
    }

    /// Notes why the last request on it is refused.
    pub(crate) fn refuse(&self, fault: Problem) {
        self.known().fault = Some(fault);
    }

    /// Why the last request on it is refused.
    pub(crate) fn fault(&self) -> Option<Problem> {
        self.known().fault.take()
    }
}
