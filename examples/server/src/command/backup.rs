//! `backup`: a copy of the ledger as it is, while others go on using it.

use std::{ops::ControlFlow, path::PathBuf};

use clap::Args;
use refundry::{Access, BackupProgress};
use serde::Serialize;

use super::{Database, Failure, Output, print, progress};

/// Copies the ledger to a new file, also while it is being served. A backup is a ledger like any
/// other: it is restored by a backup in the other direction, to a path where nothing is.
#[derive(Args)]
pub(super) struct Backup {
    /// The new file; nothing is ever overwritten
    to: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Report {
    path: PathBuf,
    bytes: u64,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { to, database, output } = self;
        let bar = progress::of_things("pages");
        let told = |progress: &BackupProgress| {
            bar.set_length(progress.total.into());
            bar.set_position(progress.copied.into());
            ControlFlow::Continue(())
        };
        database.with(Access::ReadOnly, |ledger| {
            let copied = ledger.backup(&to, told);
            bar.finish_and_clear();
            copied.map_err(|error| Failure::from(error).about(to.display()))
        })?;
        let bytes = to.metadata()?.len();
        print::value(&output, &Report { path: to, bytes })
    }
}
