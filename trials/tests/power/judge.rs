//! Whether what a power cut left behind is what was promised.

use std::{collections::HashSet, fs, ops::ControlFlow, path::Path};

use refundry::{Access, Error, FileError, Ledger};
use refundry_trials::{
    finding::Fault,
    state::fingerprint,
    story::{Clock, Receipt},
};

use crate::told::{LEDGER, Moment, Told};

/// Who looks at what power cuts leave behind.
pub(crate) struct Judge<'a> {
    told: &'a Told,
    /// The states in which all that had been acknowledged by then was asked for and found. What is
    /// the same row by row gives the same answers.
    asked: HashSet<u64>,
}

impl<'a> Judge<'a> {
    pub(crate) fn of(told: &'a Told) -> Self {
        Self { told, asked: HashSet::new() }
    }

    /// Opens what is left in a folder, after this many operations were acknowledged, and looks.
    pub(crate) fn look(&mut self, folder: &Path, acknowledged: usize) -> Result<(), Fault> {
        let (before, after) = self.told.moments.split_at(acknowledged);
        // Before the first was acknowledged there may be nothing yet, or a file that is begun.
        let access = if acknowledged == 0 { Access::OpenOrCreate } else { Access::Open };
        let path = folder.join(LEDGER);
        let mut ledger = match Ledger::open(&path, Clock::at_chapter(0).options(access, 1)) {
            Err(error) if error.number() == FileError::FILE_MISSING => {
                return Err(Fault::Lost("the file".to_owned()));
            }
            other => other?,
        };
        let verified = verify(&mut ledger, &after[0]);
        let state = fingerprint(&path).map_err(Error::from)?;
        // What was in flight may be there or not.
        let Some(found) = after.iter().take(2).position(|moment| moment.says(state)) else {
            return Err(match before.iter().rposition(|moment| moment.says(state)) {
                Some(place) => Fault::Lost(format!("{} operations", acknowledged - place)),
                None => Fault::Half(format!("verify() says {verified:?}")),
            });
        };
        verified?;
        if self.asked.insert(state) {
            for moment in &self.told.moments[..=acknowledged + found] {
                ask(moment, &mut ledger, folder)?;
            }
        }
        self.look_at_backups(folder, acknowledged)
    }

    /// A backup is whole or not there, also while it is being made.
    fn look_at_backups(&self, folder: &Path, acknowledged: usize) -> Result<(), Fault> {
        for (place, moment) in self.told.moments.iter().enumerate() {
            let (Some(Receipt::Backup(name)), Some(whole)) = (&moment.receipt, &moment.backup)
            else {
                continue;
            };
            let path = folder.join(name);
            match fs::read(&path) {
                Ok(bytes) if bytes == *whole => {}
                Ok(_) => {
                    let options = Clock::at_chapter(0).options(Access::ReadOnly, 1);
                    verify(&mut Ledger::open(&path, options)?, moment)?;
                    if !moment.says(fingerprint(&path).map_err(Error::from)?) {
                        return Err(Fault::Half(format!("{name} says something else")));
                    }
                }
                Err(_) if place > acknowledged => {}
                Err(_) => return Err(Fault::Lost(name.clone())),
            }
        }
        Ok(())
    }
}

fn verify(ledger: &mut Ledger, moment: &Moment) -> Result<(), Error> {
    ledger.verify(&moment.heads, |_| ControlFlow::Continue(())).map(drop)
}

/// Asks for what an operation did, by its key or id.
fn ask(moment: &Moment, ledger: &mut Ledger, folder: &Path) -> Result<(), Fault> {
    match &moment.receipt {
        Some(receipt) if !receipt.is_kept(ledger, folder)? => {
            Err(Fault::Lost(format!("{receipt:?}")))
        }
        _ => Ok(()),
    }
}
