//! A refund that is alone: it is made by the thread that brings it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use crate::writer::{Job, Writer};

/// A refund that somebody waits for.
pub(crate) struct Waiting<'a> {
    among: &'a AtomicUsize,
    pub(crate) is_alone: bool,
}

impl<'a> Waiting<'a> {
    pub(crate) fn among(refunds: &'a AtomicUsize) -> Self {
        Self { among: refunds, is_alone: refunds.fetch_add(1, Ordering::Relaxed) == 0 }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.among.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes a refund on this thread, which serves connections: another takes over what waits for it. If it
/// breaks down the writer is broken for everybody, as if it had done so on the writer's own thread.
pub(crate) fn make_here(mut writer: MutexGuard<'_, Writer>, job: Job) {
    let make = AssertUnwindSafe(move || writer.make(job));
    // The one who waits is told that there is no answer.
    let made = || drop(catch_unwind(make));
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(made),
        _ => made(),
    }
}
