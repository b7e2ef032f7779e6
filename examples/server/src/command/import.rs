//! `import`: objects from a file or from standard input.

use std::{
    env,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    ops::ControlFlow,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::Args;
use indicatif::ProgressBar;
use refundry::{Access, Error, IgnoredFact, ImportReport, Ledger};
use serde_json::json;

use super::{Database, Failure, Output, print, progress};

#[derive(Args)]
pub(super) struct Import {
    /// The file, or - for standard input
    file: PathBuf,
    /// Record the lines in many small transactions, between which refunds take their turns
    ///
    /// A bad line then stops the import where it stands: what was recorded before it stays, and is skipped
    /// when the corrected file is imported again.
    #[arg(long)]
    in_parts: bool,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

impl Import {
    pub(super) fn run(self) -> Result<(), Failure> {
        let lines = Lines::of(&self.file)?;
        let bar = progress::of_bytes(lines.bytes);
        let report = self.database.with(Access::OpenOrCreate, |ledger| {
            if self.in_parts {
                lines.import_in_parts(ledger, &bar)
            } else {
                lines.import_into(ledger, &bar)
            }
        })?;
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

    /// Imports some lines at a time. In between a writer who waits finds the lock free.
    fn import_in_parts(
        self,
        ledger: &mut Ledger,
        bar: &ProgressBar,
    ) -> Result<ImportReport, Failure> {
        let mut all = ImportReport::default();
        let mut source = BufReader::new(self.file);
        let mut part = Vec::new();
        loop {
            part.clear();
            for _ in 0..PART {
                // The ledger refuses a line that is longer.
                source.by_ref().take(LONGEST).read_until(b'\n', &mut part)?;
            }
            if part.is_empty() {
                bar.finish_and_clear();
                return Ok(all);
            }
            let report = ledger.import(part.as_slice(), |_| ControlFlow::Continue(()));
            let report = report.map_err(|error| {
                bar.finish_and_clear();
                after(all.lines, error, &self.name)
            })?;
            bar.inc(u64::try_from(part.len()).unwrap_or(0));
            add(&mut all, report);
            thread::sleep(TURN);
        }
    }
}

/// One byte more than a line may have.
const LONGEST: u64 = (1 << 20) + 1;

/// How many lines one transaction takes.
const PART: usize = 200;

/// Longer than whoever waits for the lock waits between two looks.
const TURN: Duration = Duration::from_millis(6);

/// A failure after so many lines that were recorded.
fn after(lines: u64, error: Error, name: &str) -> Failure {
    let error = match error {
        Error::Import { line, problem } => {
            Error::Import { line: line.saturating_add(lines), problem }
        }
        other => other,
    };
    let kept = format_args!("{name}, after {lines} lines that stay recorded");
    Failure::from(error).about(kept)
}

/// Adds what a part did.
fn add(all: &mut ImportReport, part: ImportReport) {
    let before = all.lines;
    all.lines = all.lines.saturating_add(part.lines);
    all.recorded = all.recorded.saturating_add(part.recorded);
    all.skipped = all.skipped.saturating_add(part.skipped);
    all.ignored = all.ignored.saturating_add(part.ignored);
    let room = FACTS.saturating_sub(all.ignored_facts.len());
    let facts = part.ignored_facts.into_iter().take(room);
    let moved = facts.map(|fact| IgnoredFact { line: fact.line.saturating_add(before), ..fact });
    all.ignored_facts.extend(moved);
}

/// How many ignored facts are told.
const FACTS: usize = 100;
