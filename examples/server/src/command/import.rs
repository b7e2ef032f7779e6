//! `import`: objects from a file or from standard input.

use std::{
    env,
    fs::File,
    io::{self, BufReader, Read, Seek},
    ops::ControlFlow,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::Args;
use indicatif::ProgressBar;
use refundry::{Access, Error, IgnoredFact, ImportLines, ImportProgress, ImportReport, Ledger};
use refundry_fleet::{Error as FleetError, Node};
use serde_json::json;

use super::{Books, Failure, Output, print, progress};

#[derive(Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    /// Record the lines in many small transactions, between which refunds take their turns
    ///
    /// A bad line then stops the import where it stands: what was recorded before it stays, and is skipped
    /// when the corrected file is imported again. A fleet takes every import in parts.
    #[arg(long)]
    in_parts: bool,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let lines = Lines::of(&self.file)?;
        let bar = progress::of_bytes(lines.bytes);
        let report = match self.books.node()? {
            Some(node) => lines.import_into_fleet(&node, &bar),
            None => self.books.database.with(Access::OpenOrCreate, |ledger| {
                if self.in_parts {
                    lines.import_in_parts(ledger, &bar)
                } else {
                    lines.import_into(ledger, &bar)
                }
            }),
        }?;
        if self.output.json {
            return print::value(&self.output, &report);
        }
        let ImportReport { lines, recorded, skipped, ignored, ignored_facts } = report;
        print::value(
            &self.output,
            &json!({ "lines": lines, "recorded": recorded, "skipped": skipped, "ignored": ignored }),
        )?;
        for IgnoredFact { line, id, fact } in &ignored_facts {
            print::note(&format!("line {line}: {id} is known, and this {fact} was ignored"));
        }
        let told = u64::try_from(ignored_facts.len()).unwrap_or(u64::MAX);
        if ignored > told {
            print::note(&format!("and {} more", ignored.saturating_sub(told)));
        }
        Ok(())
    }
}

/// Imports a file without showing how far it has come.
pub(super) fn quietly(ledger: &mut Ledger, file: &Path) -> Result<(), Failure> {
    log(file, &Lines::of(file)?.import_into(ledger, &ProgressBar::hidden())?);
    Ok(())
}

/// The same into a fleet.
pub(super) fn quietly_into_fleet(node: &Node, file: &Path) -> Result<(), Failure> {
    log(file, &Lines::of(file)?.import_into_fleet(node, &ProgressBar::hidden())?);
    Ok(())
}

fn log(file: &Path, report: &ImportReport) {
    let ImportReport { lines, recorded, skipped, ignored, .. } = report;
    tracing::info!(file = %file.display(), lines, recorded, skipped, ignored, "imported");
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
        let report = ledger.import(BufReader::new(self.file), |progress| shown(bar, progress));
        bar.finish_and_clear();
        report.map_err(|error| Failure::from(error).about(self.name))
    }

    fn import_into_fleet(self, node: &Node, bar: &ProgressBar) -> Result<ImportReport, Failure> {
        let report = node.import(BufReader::new(self.file), |progress| shown(bar, progress));
        bar.finish_and_clear();
        report.map_err(|error| match error {
            FleetError::Import { line, problem } => {
                in_parts(Error::Import { line, problem }, &self.name)
            }
            FleetError::Ledger(error) => in_parts(error, &self.name),
            error => Failure::from(error).about(format_args!("{} ({STAYS})", self.name)),
        })
    }

    /// Imports some lines at a time. In between a writer who waits finds the lock free.
    fn import_in_parts(
        self,
        ledger: &mut Ledger,
        bar: &ProgressBar,
    ) -> Result<ImportReport, Failure> {
        let mut lines = ImportLines::of(BufReader::new(self.file));
        let mut all = ImportReport::default();
        let mut import = || {
            loop {
                let part = lines.next_lines(PART)?;
                if part.is_empty() {
                    return Ok(());
                }
                all.add(ledger.import_lines(&part)?);
                let _ = shown(bar, &lines.progress());
                thread::sleep(TURN);
            }
        };
        let imported = import();
        bar.finish_and_clear();
        imported.map_err(|error| in_parts(error, &self.name))?;
        all.lines = lines.progress().lines;
        Ok(all)
    }
}

/// Shows how far an import has come.
fn shown(bar: &ProgressBar, progress: &ImportProgress) -> ControlFlow<()> {
    bar.set_position(progress.bytes);
    ControlFlow::Continue(())
}

/// What is told of an import in parts that did not come to its end.
const STAYS: &str =
    "what was recorded before stays, and is skipped when the corrected file is imported again";

/// Why an import in parts stopped.
fn in_parts(error: Error, name: &str) -> Failure {
    match error {
        Error::Import { line, problem } => Failure::refused(format_args!(
            "{name}: line {line} can't be imported: {problem}; {STAYS}"
        )),
        error => Failure::from(error).about(format_args!("{name} ({STAYS})")),
    }
}

/// How many lines one transaction takes.
const PART: usize = 200;

/// Longer than whoever waits for the lock waits between two looks.
const TURN: Duration = Duration::from_millis(6);
