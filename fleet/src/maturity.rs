//! Maturity: charges that are due become available on whichever node comes first.

use refundry::{Ledger, Timestamp};

use crate::{
    error::Error,
    job::{Subject, ask},
    state::Count,
    worker::{Attempts, Jobs, Purpose, Worker},
};

/// How many books with charges that are due mature together at most.
const DUE: u32 = 64;

impl Worker {
    /// Makes the charges available that are due, of the books that have been due for longest.
    pub(crate) fn release_due(&mut self) {
        if !self.matures {
            return;
        }
        let now = Timestamp::now();
        self.cache.pass_time(now);
        // Whoever asks for the health is told of the engine already.
        let Ok(due) = self.asked(|engine| engine.due(now.millis(), DUE)) else { return };
        let (mut jobs, mut asked) = (Jobs::new(), Vec::new());
        for merchant in due.into_iter().filter(|merchant| !self.stopped.contains_key(merchant)) {
            let id = merchant.clone();
            let release =
                move |ledger: &mut Ledger, _: &mut Subject| ledger.book(&id)?.release_due(now);
            let (job, released) = ask(Subject::Merchant(merchant.clone()), release);
            jobs.push(job);
            asked.push((merchant, released));
        }
        if !jobs.is_empty() {
            self.settle(jobs, Purpose::Maturity(now.millis()), Attempts::from(0));
        }
        let mut problem = None;
        for (merchant, released) in asked {
            match released.wait() {
                Ok(0) => {}
                Ok(matured) => {
                    self.cache.saw(now);
                    self.state.add(Count::Matured, usize::try_from(matured).unwrap_or(usize::MAX));
                }
                // It was set aside, and is asked for again.
                Err(Error::Closed) => {}
                Err(error) => problem = Some(format!("{merchant}: {error}")),
            }
        }
        self.state.maturity(problem);
    }
}
