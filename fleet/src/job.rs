//! What waits for a node: an operation that can be decided again, and where its answer goes.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use refundry::Ledger;
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// The permanent numbers from here on are of failures, and those below of what a book says.
const FIRST_FAILURE: u16 = 200;

/// What a worker is asked to do.
pub(crate) enum Task {
    Job(Box<dyn Job>),
    /// Say whether an operation could be recorded now.
    Rehearsal(oneshot::Sender<Result<()>>),
}

impl Task {
    /// Answers that it was not done.
    pub(crate) fn fail(self, error: Error) {
        match self {
            Self::Job(job) => job.fail(error),
            // Whoever asked may have gone.
            Self::Rehearsal(reply) => _ = reply.send(Err(error)),
        }
    }
}

/// One operation on one book.
pub(crate) trait Job: Send {
    /// Whose book it is about: known before it is decided, but for a merchant without an id yet.
    fn subject(&self) -> &Subject;
    /// The merchant was found who holds its API key.
    fn found(&mut self, merchant: String);
    /// Decides it in the transaction that is open, and notes what came of it in this attempt.
    fn decide(&mut self, attempt: usize, ledger: &mut Ledger);
    /// What failed in the last attempt, if it was the machine and not the book that said no.
    fn failure(&self) -> Option<&refundry::Error>;
    /// Whether the last attempt did what was asked.
    fn is_done(&self) -> bool;
    /// Forgets what came of it so far.
    fn forget(&mut self);
    /// Answers with what came of it in an attempt.
    fn answer(self: Box<Self>, attempt: usize);
    /// Answers that it was not done, or that nobody knows.
    fn fail(self: Box<Self>, error: Error);
}

/// How an operation names its book.
pub(crate) enum Subject {
    Merchant(String),
    /// The hash of an API key of the merchant.
    Key {
        key: String,
        hash: [u8; 32],
    },
    /// A merchant who is added, and has no id yet.
    New,
}

/// What is to be done on the book of a merchant, whose id it may tell anew.
pub(crate) trait Operation<T>:
    FnMut(&mut Ledger, &mut Subject) -> refundry::Result<T> + Send + 'static
{
}

impl<T, F: FnMut(&mut Ledger, &mut Subject) -> refundry::Result<T> + Send + 'static> Operation<T>
    for F
{
}

struct Asked<T, F> {
    subject: Subject,
    operation: F,
    /// What came of it in each attempt.
    outcomes: Vec<(usize, refundry::Result<T>)>,
    reply: oneshot::Sender<Result<T>>,
}

/// An operation, and the answer that will come.
pub(crate) fn ask<T: Send + 'static>(
    subject: Subject,
    operation: impl Operation<T>,
) -> (Box<dyn Job>, Pending<T>) {
    let (reply, answer) = Pending::open();
    (Box::new(Asked { subject, operation, outcomes: Vec::new(), reply }), answer)
}

impl<T: Send + 'static, F: Operation<T>> Job for Asked<T, F> {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn found(&mut self, merchant: String) {
        self.subject = Subject::Merchant(merchant);
    }

    fn decide(&mut self, attempt: usize, ledger: &mut Ledger) {
        let outcome = (self.operation)(ledger, &mut self.subject);
        self.outcomes.push((attempt, outcome));
    }

    fn failure(&self) -> Option<&refundry::Error> {
        let error = self.outcomes.last()?.1.as_ref().err()?;
        let is_of_a_line = matches!(error, refundry::Error::Import { .. });
        (error.number() >= FIRST_FAILURE && !is_of_a_line).then_some(error)
    }

    fn is_done(&self) -> bool {
        self.outcomes.last().is_some_and(|(_, last)| last.is_ok())
    }

    fn forget(&mut self) {
        self.outcomes.clear();
    }

    fn answer(self: Box<Self>, attempt: usize) {
        // The last of that number: one that was set aside began to count anew.
        let outcome = self.outcomes.into_iter().rev().find(|(of, _)| *of == attempt);
        if let Some((_, outcome)) = outcome {
            // Whoever asked may have gone.
            let _ = self.reply.send(outcome.map_err(Error::Ledger));
        }
    }

    fn fail(self: Box<Self>, error: Error) {
        let _ = self.reply.send(Err(error));
    }
}

/// An answer that will come. It can be awaited, or waited for.
#[must_use = "the operation is done all the same, but nobody knows what came of it"]
pub struct Pending<T>(oneshot::Receiver<Result<T>>);

impl<T> Pending<T> {
    pub(crate) fn open() -> (oneshot::Sender<Result<T>>, Self) {
        let (reply, answer) = oneshot::channel();
        (reply, Self(answer))
    }

    /// An answer that is there already: the operation was not taken.
    pub(crate) fn refused(error: Error) -> Self {
        let (reply, answer) = Self::open();
        let _ = reply.send(Err(error));
        answer
    }

    /// Waits for the answer: not in async code, where it is awaited.
    ///
    /// # Errors
    /// As [`Error`] says.
    pub fn wait(self) -> Result<T> {
        self.0.blocking_recv().unwrap_or(Err(Error::Closed))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(Error::Closed)))
    }
}
