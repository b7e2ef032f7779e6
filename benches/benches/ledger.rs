//! The library beside what it stands on: SQLite with statements prepared by hand, and the disk.
//! `--large` adds a ledger of ten million charges.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    env, fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use refundry::{Ledger, Options, RefundRequest, Timestamp};
use refundry_benches::{
    Result,
    machine::{median, processor_time, write_and_sync},
    plot,
    reference::{Layout, Refunds},
    shop::{self, MERCHANT, names, refund, requests, scattered},
    table::{Goal, Table, folder},
};

const CHARGES: u64 = 10_000;
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let large = env::args().any(|argument| argument == "--large");
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let bench = Bench { folder: scratch.path().to_owned() };
    for layout in [Layout::New, Layout::Old] {
        layout.fill(&bench.base(layout), CHARGES as i64)?;
    }
    let mut table = Table::default();
    for (together, count, goal) in
        [(1, 3_000, 0.85), (8, 8_000, 0.6), (64, 10_000, 0.6), (1_000, 10_000, 0.6)]
    {
        let what = match together {
            1 => "refunds, a durable commit each".to_owned(),
            many => format!("refunds, {many} to a durable commit"),
        };
        by_hand(&mut table, &what, bench.durable(together, count)?, goal);
    }
    by_hand(&mut table, "refunds in memory", bench.memory()?, 0.6);
    bench.log(&mut table)?;
    bench.others(&mut table)?;
    bench.growth(&mut table, large)?;
    table.keep("library")
}

/// Adds what the library does in a second beside both references. The goal is about the layout that
/// the library has.
fn by_hand(table: &mut Table, what: &str, [ours, new, old]: [f64; 3], goal: f64) {
    let beside = |layout: &str| format!("{what} ÷ by hand on {layout} layout");
    table.compare(&beside("this"), ours, new, "/s", &Goal::AtLeast(goal));
    table.beside(&beside("the old"), ours, old, "/s");
}

struct Bench {
    folder: PathBuf,
}

impl Bench {
    /// A file with ten thousand charges; each round takes a copy.
    fn base(&self, layout: Layout) -> PathBuf {
        self.folder.join(format!("base {layout:?}"))
    }

    fn copy(&self, layout: Layout) -> Result<PathBuf> {
        let path = self.folder.join("round");
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", path.display()));
        }
        fs::copy(self.base(layout), &path)?;
        Ok(path)
    }

    /// Refunds a second with durable commits: of the library, by hand, and by hand on the old layout.
    fn durable(&self, together: usize, count: u64) -> Result<[f64; 3]> {
        let asked = requests(scattered(CHARGES, count))?;
        let named: Vec<_> = scattered(CHARGES, count).map(names).collect();
        let reference = |layout: Layout| {
            let conn = layout.open(&self.copy(layout)?)?;
            let mut refunds = Refunds::prepare(&conn, layout)?;
            timed(|| refunds.make(&named, together))
        };
        interleaved(
            count,
            [
                &mut || {
                    let mut ledger = Ledger::open(self.copy(Layout::New)?, Options::default())?;
                    timed(|| refund(&mut ledger, &asked, together))
                },
                &mut || reference(Layout::New),
                &mut || reference(Layout::Old),
            ],
        )
    }

    fn memory(&self) -> Result<[f64; 3]> {
        let asked = requests(scattered(CHARGES, CHARGES))?;
        let named: Vec<_> = scattered(CHARGES, CHARGES).map(names).collect();
        let reference = |layout: Layout| {
            let conn = layout.in_memory(&self.base(layout))?;
            let mut refunds = Refunds::prepare(&conn, layout)?;
            timed(|| refunds.make(&named, 1))
        };
        interleaved(
            CHARGES,
            [
                &mut || {
                    let mut ledger = shop::in_memory(CHARGES)?;
                    timed(|| refund(&mut ledger, &asked, 1))
                },
                &mut || reference(Layout::New),
                &mut || reference(Layout::Old),
            ],
        )
    }

    /// What one durable refund writes, and the disk's own pace for as many bytes.
    fn log(&self, table: &mut Table) -> Result<()> {
        const FEW: u64 = 50;
        let path = self.copy(Layout::New)?;
        let mut ledger = Ledger::open(&path, Options::default())?;
        refund(&mut ledger, &requests(scattered(CHARGES, 1))?, 1)?;
        let log = PathBuf::from(format!("{}-wal", path.display()));
        let before = fs::metadata(&log)?.len();
        refund(&mut ledger, &requests(scattered(CHARGES, FEW + 1).skip(1))?, 1)?;
        let bytes = (fs::metadata(&log)?.len() - before) / FEW;
        drop(ledger);

        let path = self.copy(Layout::New)?;
        let size = fs::metadata(&path)?.len();
        let mut ledger = Ledger::open(&path, Options::default())?;
        let asked = requests(scattered(CHARGES, CHARGES))?;
        let mut rounds = (Vec::new(), Vec::new(), Vec::new());
        for asked in asked.chunks(asked.len() / ROUNDS) {
            let mut taken = Vec::new();
            for one in asked {
                taken.push(timed(|| refund(&mut ledger, std::slice::from_ref(one), 1))?);
            }
            rounds.0.push(median(&mut taken));
            rounds.1.push(write_and_sync(&self.folder, bytes, &[bytes], asked.len())?);
            // SQLite writes a frame's header and its page apart.
            rounds.2.push(write_and_sync(&self.folder, bytes, &[24, 2_048], asked.len())?);
        }
        drop(ledger);
        let grown = (fs::metadata(&path)?.len() - size) as f64 / CHARGES as f64;
        let micros = |times: &mut Vec<Duration>| median(times).as_secs_f64() * 1e6;
        let (ours, theirs) = (micros(&mut rounds.0), micros(&mut rounds.1));
        let what = "median of a durable refund, beside writing and syncing as many bytes";
        table.compare(what, ours, theirs, "µs", &Goal::AtMost(1.6));
        let what = "the same, written as SQLite does, each page and its header apart";
        let in_pieces = micros(&mut rounds.2);
        table.beside(what, ours, in_pieces, "µs");
        table.figure("bytes that a refund writes to the write-ahead log", bytes as f64, "");
        table.bound("bytes that a refund adds to the file, key included", grown, 420.0, "bytes");
        Ok(())
    }

    /// The operations beside the refund.
    fn others(&self, table: &mut Table) -> Result<()> {
        const MANY: i64 = 50_000;
        let path = self.folder.join("round");
        let by_hand_on = |layout: Layout| self.folder.join(format!("by hand {layout:?}"));
        let insert = |layout: Layout| {
            let path = by_hand_on(layout);
            let _ = fs::remove_file(&path);
            layout.begin(&path)?;
            let conn = layout.open(&path)?;
            timed(|| layout.insert_charges(&conn, MANY))
        };
        let rates = interleaved(
            MANY as u64,
            [
                &mut || {
                    fs::remove_file(self.copy(Layout::New)?)?;
                    timed(|| shop::fill(&path, MANY as u64))
                },
                &mut || insert(Layout::New),
                &mut || insert(Layout::Old),
            ],
        )?;
        by_hand(table, "import, charges", rates, 0.5);
        let read = |layout: Layout, path: &Path| {
            let conn = layout.open(path)?;
            timed(|| layout.read_and_hash(&conn).map(drop))
        };
        let [ours, new, old] = interleaved(
            MANY as u64,
            [
                &mut || {
                    let mut ledger = Ledger::open(&path, Options::default())?;
                    timed(|| Ok(ledger.verify(&[], |_| ControlFlow::Continue(())).map(drop)?))
                },
                &mut || read(Layout::New, &path),
                &mut || read(Layout::Old, &by_hand_on(Layout::Old)),
            ],
        )?;
        let what = "verify ÷ reading and hashing the same rows, charges";
        table.compare(what, ours, new, "/s", &Goal::AtLeast(0.3));
        table.beside(&format!("{what}, of the old layout"), ours, old, "/s");
        let mut ledger = Ledger::open(&path, Options::default())?;
        let taken = timed(|| Ok(ledger.release_due(Timestamp::now()).map(drop)?))?;
        table.figure("charges that mature", MANY as f64 / taken.as_secs_f64(), "/s");
        drop(ledger);
        answers(table)
    }

    /// The same refunds on ever larger ledgers.
    fn growth(&self, table: &mut Table, large: bool) -> Result<()> {
        let mut points: Vec<plot::Point> = Vec::new();
        let sizes: &[u64] = if large {
            &[10_000, 100_000, 1_000_000, 10_000_000]
        } else {
            &[10_000, 100_000, 1_000_000]
        };
        let paths: Vec<_> = sizes.iter().map(|size| self.folder.join(size.to_string())).collect();
        for (path, size) in paths.iter().zip(sizes) {
            shop::fill(path, *size)?;
        }
        let mut rounds = vec![Vec::new(); sizes.len()];
        for round in 0..ROUNDS {
            for ((path, size), rounds) in paths.iter().zip(sizes).zip(&mut rounds) {
                const COUNT: u64 = 1_000;
                let numbers =
                    scattered(*size, COUNT * (ROUNDS as u64)).skip(round * COUNT as usize);
                let asked = requests(numbers.take(COUNT as usize))?;
                let mut ledger = Ledger::open(path, Options::default())?;
                let before = processor_time()?;
                let taken = timed(|| refund(&mut ledger, &asked, 1))?;
                let each = |time: Duration| time.as_nanos() as u64 / COUNT;
                rounds.push((each(taken), each(processor_time()? - before)));
            }
        }
        for (size, rounds) in sizes.iter().zip(&rounds) {
            let micros = |nanoseconds: u64| nanoseconds as f64 / 1e3;
            let mut taken: Vec<u64> = rounds.iter().map(|round| round.0).collect();
            let mut busy: Vec<u64> = rounds.iter().map(|round| round.1).collect();
            points.push((*size as f64, micros(median(&mut taken)), micros(median(&mut busy))));
        }
        for point in &points[1..] {
            let what =
                |of: &str| format!("{of} of a durable refund, {} charges beside 10,000", point.0);
            table.compare(&what("time"), point.1, points[0].1, "µs", &Goal::AtMost(1.2));
            table.compare(&what("processor time"), point.2, points[0].2, "µs", &Goal::AtMost(1.3));
        }
        fs::create_dir_all(folder())?;
        plot::cost_against_size(&points, &folder().join("cost.svg"))?;
        processes(table, &paths)
    }
}

/// What is answered without a new refund.
fn answers(table: &mut Table) -> Result<()> {
    let mut ledger = shop::in_memory(CHARGES)?;
    let asked = requests(scattered(CHARGES, CHARGES))?;
    refund(&mut ledger, &asked, 1)?;
    let taken = timed(|| refund(&mut ledger, &asked, 1))?;
    table.figure("replays in memory", CHARGES as f64 / taken.as_secs_f64(), "/s");
    let mut book = ledger.book(MERCHANT)?;
    let again: Vec<_> = scattered(CHARGES, CHARGES)
        .map(|number| RefundRequest::of_charge(names(number).0))
        .collect();
    let taken = timed(|| {
        again.iter().for_each(|request| drop(book.create_refund(request, None)));
        Ok(())
    })?;
    table.figure("refusals in memory, without a key", CHARGES as f64 / taken.as_secs_f64(), "/s");
    Ok(())
}

/// Memory and opening, each in a process of its own.
fn processes(table: &mut Table, paths: &[PathBuf]) -> Result<()> {
    let child = |arguments: &[&str], path: &Path| -> Result<f64> {
        let (verb, rest) = arguments.split_first().ok_or("no verb")?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_refundry-bench-child"));
        let output = command.arg(verb).arg(path).args(rest).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    let million = &paths[2];
    let opening = child(&["open"], million)? / 1e3;
    table.bound("opening a file of a million charges", opening, 5.0, "ms");
    let refunding = child(&["refund", "1000000"], million)? / 1e3;
    table.bound("memory of a process that refunds on a million charges", refunding, 12.0, "MB");
    let (small, large) = (child(&["verify"], &paths[1])?, child(&["verify"], million)?);
    let what = "memory of verify, a million charges beside a hundred thousand";
    table.compare(what, large / 1e3, small / 1e3, "MB", &Goal::AtMost(1.1));
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begin = Instant::now();
    work()?;
    Ok(begin.elapsed())
}

/// Work that says how long it took.
type Work<'a> = &'a mut dyn FnMut() -> Result<Duration>;

/// Runs several kinds of work in turn, so that a slow moment of the machine falls on all of them, and
/// returns the median of how much each did in a second.
fn interleaved<const N: usize>(count: u64, mut works: [Work<'_>; N]) -> Result<[f64; N]> {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (work, rounds) in works.iter_mut().zip(&mut rounds) {
            rounds.push(work()?);
        }
    }
    Ok(rounds.map(|mut times| count as f64 / median(&mut times).as_secs_f64()))
}
