//! `import`: objects from a file or from standard input.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use indicatif::ProgressBar;
use refundry::{Access, ImportReport, Ledger};
use serde::Serialize;

use super::{Database, Failure, Output, print, progress};

#[derive(Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Report {
    lines: u64,
    recorded: u64,
    skipped: u64,
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (source, name, bar): (Box<dyn Read>, _, _) = if self.file == Path::new("-") {
            (Box::new(io::stdin().lock()), "standard input".into(), progress::of_bytes(None))
        } else {
            let file = open(&self.file)?;
            let length = file.metadata().ok().filter(|data| data.is_file()).map(|data| data.len());
            (Box::new(file), self.file.to_string_lossy(), progress::of_bytes(length))
        };
        let mut ledger = self.database.open(Access::OpenOrCreate)?;
        let ImportReport { lines, recorded, skipped } = from(&mut ledger, source, &name, &bar)?;
        print::value(&self.output, &Report { lines, recorded, skipped })
    }
}

/// Imports a file without showing how far it has come.
pub(super) fn quietly(ledger: &mut Ledger, file: &Path) -> Result<ImportReport, Failure> {
    from(ledger, open(file)?, &file.to_string_lossy(), &ProgressBar::hidden())
}

fn open(file: &Path) -> Result<File, Failure> {
    File::open(file).map_err(|error| {
        Failure::machine(format!(
            "{} can't be read ({error}); nothing was imported; check the path",
            file.display()
        ))
    })
}

fn from(
    ledger: &mut Ledger,
    source: impl Read,
    name: &str,
    bar: &ProgressBar,
) -> Result<ImportReport, Failure> {
    let told = |progress: &refundry::ImportProgress| {
        bar.set_position(progress.bytes);
        ControlFlow::Continue(())
    };
    let report = ledger.import(BufReader::new(source), told);
    bar.finish_and_clear();
    report.map_err(|error| Failure::from(error).about(name))
}
