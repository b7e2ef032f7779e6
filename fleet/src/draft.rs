//! A draft: operations that are decided together on the cache, in transactions that stay open, until they
//! become one group.

use std::collections::{BTreeMap, BTreeSet};

use refundry::Mark;

use crate::{
    cache::Cache,
    engine::{Group, Head},
    job::{Job, Subject},
    line,
    worker::Purpose,
};

#[derive(Default)]
pub(crate) struct Draft {
    /// Where the books ended on which something is decided.
    heads: BTreeMap<String, Mark>,
    /// The books in which what was asked is done.
    done: BTreeSet<String>,
}

impl Draft {
    /// Decides one more operation. Tells whether the cache's transaction is still sound.
    pub(crate) fn decide(
        &mut self,
        cache: &mut Cache,
        job: &mut dyn Job,
        attempt: usize,
    ) -> refundry::Result<bool> {
        if let Subject::Merchant(id) = job.subject()
            && !self.heads.contains_key(id)
        {
            self.heads.insert(id.clone(), cache.head(id)?.mark);
        }
        let has_no_id = matches!(job.subject(), Subject::New);
        let ledger = cache.open_for(job.subject())?;
        job.decide(attempt, ledger);
        // An operation may have kept its failure to itself.
        if job.failure().is_some() || !ledger.has_open_batch() {
            return Ok(false);
        }
        if let Subject::Merchant(id) = job.subject() {
            if has_no_id {
                self.heads.insert(id.clone(), Mark::genesis(id));
            }
            if job.is_done() && !self.done.contains(id) {
                self.done.insert(id.clone());
            }
        }
        Ok(true)
    }

    /// The group of all that was decided.
    pub(crate) fn end(self, cache: &mut Cache, purpose: Purpose) -> refundry::Result<Group> {
        let heads: Vec<Head> =
            self.heads.into_iter().map(|(merchant, mark)| Head { merchant, mark }).collect();
        let mut lines = cache.recorded(&heads)?;
        let mut group = Group::default();
        for head in heads {
            if let Purpose::Maturity(moment) = purpose
                && self.done.contains(&head.merchant)
            {
                group.matured.push((head.clone(), moment));
            }
            let mut n = head.mark.n;
            for line in lines.remove(&head.merchant).unwrap_or_default() {
                let recording = line::apart(&head.merchant, line)?;
                n = n.saturating_add(1);
                if recording.mark.n != n {
                    return Err(refundry::Error::Internal { expected: "recordings after a head" });
                }
                group.recordings.push(recording);
            }
            group.heads.push(head);
        }
        cache.advance(group.ends());
        Ok(group)
    }
}
