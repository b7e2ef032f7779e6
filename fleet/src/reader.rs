//! The reader: the thread of a node that answers from the cache what may be a little old, so that such
//! questions wait neither for the engine nor for the worker.

use std::sync::mpsc::Receiver;

use tokio::sync::mpsc::{Sender, error::TrySendError};

use crate::{
    error::Error,
    job::{Job, Subject, Task},
    state::State,
    window::Window,
};

/// Answers until nobody can ask any more. What the cache does not have, and what is about a book that is
/// not known whole, is passed on to the worker.
pub(crate) fn work(
    window: &Window,
    state: &State,
    asked: &Receiver<Box<dyn Job>>,
    worker: &Sender<Task>,
) {
    for mut job in asked {
        let looked = window.look(&mut *job);
        if looked.is_ok_and(|is_done| is_done) && !is_stopped(&*job, state) {
            job.answer(0);
            continue;
        }
        // What failed here must not be taken for what the worker's own attempts came to.
        job.forget();
        match worker.try_send(Task::Job(job)) {
            Ok(()) => {}
            Err(TrySendError::Full(task)) => task.fail(Error::Overloaded),
            Err(TrySendError::Closed(task)) => task.fail(Error::Closed),
        }
    }
}

/// Whether it is about a book that this node does not serve: what it has of it may be wrong.
fn is_stopped(job: &dyn Job, state: &State) -> bool {
    matches!(job.subject(), Subject::Merchant(id) if state.is_stopped(id))
}
