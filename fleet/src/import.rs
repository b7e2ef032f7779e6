//! Importing into a fleet: some lines of many books at a time, those of each book in one operation.

use std::{
    collections::{BTreeMap, HashMap},
    io::BufRead,
    ops::ControlFlow,
    sync::Arc,
};

use refundry::{ImportLine, ImportLines, ImportProgress, ImportReport, Ledger};
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Result},
    job::{Pending, Subject},
    node::Node,
};

/// How many lines are read before they are recorded.
const PART: usize = 500;

impl Node {
    /// Imports objects, one JSON object a line, as [`Ledger::import`] does, in parts of some hundred lines.
    /// The lines of one book in a part are recorded together or not at all. Memory does not grow with the
    /// input. `progress` is told after each part, and may stop the import. It waits for answers: not for
    /// async code.
    ///
    /// # Errors
    /// [`Error::Import`] with the line's number for the first bad line of a part; [`Error::Ledger`] with
    /// [`refundry::Error::Canceled`]; else as any operation. No later part is recorded then. Of the book of a bad
    /// line nothing of that part is. What was recorded stays, and is skipped when the corrected lines are imported
    /// again.
    pub fn import(
        &self,
        lines: impl BufRead,
        mut progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<ImportReport> {
        let (mut lines, mut report) = (ImportLines::of(lines), ImportReport::default());
        loop {
            let part = lines.next_lines(PART).map_err(of_a_part)?;
            let is_last = part.is_empty();
            self.record(part, &mut report)?;
            if progress(&lines.progress()).is_break() {
                return Err(refundry::Error::Canceled.into());
            }
            if is_last {
                report.lines = lines.progress().lines;
                return Ok(report);
            }
        }
    }

    /// Records a part, all books at the same time, and adds what it did.
    fn record(&self, part: Vec<ImportLine>, report: &mut ImportReport) -> Result<()> {
        let holders = Arc::new(self.holders(&part)?);
        let mut by_book: BTreeMap<String, Vec<ImportLine>> = BTreeMap::new();
        for line in part {
            by_book.entry(line.merchant_id().to_owned()).or_default().push(line);
        }
        let record = |(merchant, lines): (String, Vec<ImportLine>)| {
            let holders = Arc::clone(&holders);
            self.ask(Subject::Merchant(merchant), move |ledger: &mut Ledger, _: &mut _| {
                refuse_held(ledger, &lines, &holders)?;
                ledger.import_lines(&lines)
            })
        };
        let pending: Vec<Pending<ImportReport>> = by_book.into_iter().map(record).collect();
        let mut done: Vec<_> = pending.into_iter().map(Pending::wait).collect();
        done.sort_by_key(place);
        let mut ignored_facts = Vec::new();
        for of_book in done {
            let mut of_book = of_book.map_err(|error| match error {
                Error::Ledger(error) => of_a_part(error),
                error => error,
            })?;
            ignored_facts.append(&mut of_book.ignored_facts);
            report.add(of_book);
        }
        // The first of all books are told.
        ignored_facts.sort_by_key(|fact| fact.line);
        report.add(ImportReport { ignored_facts, ..ImportReport::default() });
        Ok(())
    }

    /// Who holds the keys that are named, also one that was revoked.
    fn holders(&self, part: &[ImportLine]) -> Result<HashMap<String, String>> {
        let mut holders = HashMap::new();
        for key in part.iter().flat_map(ImportLine::api_keys) {
            let subject = Subject::Key { key: key.clone(), hash: Sha256::digest(key).into() };
            // Whoever holds it was found before this is asked.
            let holder = self.ask(subject, |_: &mut Ledger, subject: &mut Subject| match subject {
                Subject::Merchant(id) => Ok(id.clone()),
                Subject::Key { .. } | Subject::New => Err(refundry::Error::ApiKeyInvalid),
            });
            match holder.wait() {
                Ok(holder) => _ = holders.insert(key.clone(), holder),
                Err(Error::Ledger(refundry::Error::ApiKeyInvalid)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(holders)
    }
}

/// Refuses a new merchant's key that another merchant holds, as the rules do: they don't find a holder whose
/// book is in another file of the cache.
fn refuse_held(
    ledger: &mut Ledger,
    lines: &[ImportLine],
    holders: &HashMap<String, String>,
) -> refundry::Result<()> {
    for line in lines {
        let merchant = line.merchant_id();
        let is_others = |key| holders.get(key).is_some_and(|holder| holder != merchant);
        if !line.api_keys().iter().any(is_others) {
            continue;
        }
        match ledger.book(merchant) {
            // What a known merchant's line says of keys is ignored.
            Ok(_) => {}
            Err(refundry::Error::ResourceMissing { .. }) => return Err(line.key_held()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What the ledger says of a bad line is true of one transaction.
fn of_a_part(error: refundry::Error) -> Error {
    match error {
        refundry::Error::Import { line, problem } => Error::Import { line, problem },
        error => error.into(),
    }
}

/// In which order books are told of: bad lines come first, by their numbers, and other failures next.
const fn place(done: &Result<ImportReport>) -> (u8, u64) {
    match done {
        Err(Error::Ledger(refundry::Error::Import { line, .. })) => (0, *line),
        Err(_) => (1, 0),
        Ok(_) => (2, 0),
    }
}
