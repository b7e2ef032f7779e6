//! The courier: the thread of a node that has the engine keep a group, while the worker decides the next.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    mpsc::{Receiver, Sender},
};

use tokio::sync::oneshot;

use crate::engine::{Appended, Engine, EngineError, Group};

/// What the engine said of a group.
pub(crate) type Answer = Result<Appended, EngineError>;

/// The engine, which is asked one thing at a time.
#[derive(Clone)]
pub(crate) struct SharedEngine(Arc<Mutex<Box<dyn Engine>>>);

impl SharedEngine {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        Self(Arc::new(Mutex::new(engine)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Box<dyn Engine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A group to be kept, and where the answer goes.
pub(crate) struct Errand {
    group: Arc<Group>,
    answer: oneshot::Sender<Answer>,
}

/// Where groups are handed in.
pub(crate) struct Courier(pub(crate) Sender<Errand>);

impl Courier {
    /// Sends a group. No answer comes if the thread broke down.
    pub(crate) fn send(&self, group: Arc<Group>) -> oneshot::Receiver<Answer> {
        let (answer, landing) = oneshot::channel();
        let _ = self.0.send(Errand { group, answer });
        landing
    }
}

/// Has groups kept, one after the other, until none can be handed in any more.
pub(crate) fn work(engine: &SharedEngine, errands: &Receiver<Errand>) {
    for Errand { group, answer } in errands {
        let said = engine.lock().append(&group);
        let _ = answer.send(said);
    }
}
