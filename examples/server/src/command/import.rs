//! `import`: objects from a file or from standard input.

use std::{
    env,
    fs::File,
    io::{self, BufReader, Read, Seek},
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
        let lines = Lines::of(&self.file)?;
        let bar = progress::of_bytes(lines.bytes);
        let ImportReport { lines, recorded, skipped } =
            self.database.with(Access::OpenOrCreate, |ledger| lines.import_into(ledger, &bar))?;
        print::value(&self.output, &Report { lines, recorded, skipped })
    }
}

/// Imports a file without showing how far it has come.
pub(super) fn quietly(ledger: &mut Ledger, file: &Path) -> Result<ImportReport, Failure> {
    Lines::of(file)?.import_into(ledger, &ProgressBar::hidden())
}

/// The lines of an import. All of them are here: the ledger can't be written by anyone else from
/// the first line to the last, and must not wait for a pipe meanwhile.
struct Lines {
    file: File,
    name: String,
    bytes: u64,
}

impl Lines {
    fn of(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Self::spool(io::stdin().lock(), "standard input".into());
        }
        let name = path.display().to_string();
        let unreadable = |error| {
            Failure::machine(format!(
                "{name} can't be read ({error}); nothing was imported; check the path"
            ))
        };
        let file = File::open(path).map_err(unreadable)?;
        let data = file.metadata().map_err(unreadable)?;
        if data.is_file() {
            Ok(Self { file, name, bytes: data.len() })
        } else {
            Self::spool(file, name)
        }
    }

    /// Reads to the end, into a file that nobody else sees.
    fn spool(mut source: impl Read, name: String) -> Result<Self, Failure> {
        let bar = progress::of_bytes(None);
        let mut spooled = || {
            let mut file = tempfile::tempfile()?;
            let bytes = io::copy(&mut bar.wrap_read(&mut source), &mut file)?;
            file.rewind()?;
            Ok((file, bytes))
        };
        let spooled: io::Result<_> = spooled();
        bar.finish_and_clear();
        let (file, bytes) = spooled.map_err(|error| {
            Failure::machine(format!(
                "{name} can't be read into a temporary file in {} ({error}); nothing was \
                 imported; choose another folder with TMPDIR, or import a file",
                env::temp_dir().display()
            ))
        })?;
        Ok(Self { file, name, bytes })
    }

    fn import_into(self, ledger: &mut Ledger, bar: &ProgressBar) -> Result<ImportReport, Failure> {
        let told = |progress: &refundry::ImportProgress| {
            bar.set_position(progress.bytes);
            ControlFlow::Continue(())
        };
        let report = ledger.import(BufReader::new(self.file), told);
        bar.finish_and_clear();
        report.map_err(|error| Failure::from(error).about(self.name))
    }
}
