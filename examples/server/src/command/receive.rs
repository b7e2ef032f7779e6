//! `receive`: a feed of another ledger's book, taken in from a file or from standard input.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::Args;
use refundry::{Access, ImportProgress};

use super::{Database, Failure, Output, print};
use crate::feeding::Received;

/// How long to let others write after each transaction. They look more often than that.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Args)]
pub(super) struct Receive {
    /// The file, or - for standard input
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

impl Receive {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { file, database, output } = self;
        let pause = |_: &ImportProgress| {
            thread::sleep(PAUSE);
            ControlFlow::Continue(())
        };
        let report = database.with(Access::OpenOrCreate, |ledger| {
            let (report, name) = if file == Path::new("-") {
                (ledger.receive(io::stdin().lock(), pause), "standard input".into())
            } else {
                (ledger.receive_file(&file, pause), file.display().to_string())
            };
            report.map_err(|error| Failure::from(error).about(name))
        })?;
        print::value(&output, &Received::from(report))
    }
}
