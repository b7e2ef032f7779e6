//! Exports of a book beside `sqlite3 -csv` of the same rows, the memory that they take, and the
//! comparison of a settlement file with a million refunds. `--hledger` has `hledger` read 100,000
//! entries beside the plainest journal of the same postings.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    env, fs,
    io::{BufReader, BufWriter, Read, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use refundry::{Ledger, Options, Timestamp};
use refundry_benches::{
    Result,
    shop::{Lines, MERCHANT},
    table::{Goal, Table},
};

const ROUNDS: usize = 7;
/// Entries of the book that is exported: half of them charges, which have two postings.
const ENTRIES: u64 = 200_000;
const REFUNDS: u64 = 1_000_000;
const FILE_LINES: u64 = 100_000;
const YEAR_MILLIS: u64 = 365 * 86_400_000;
/// 2024-01-01T00:00:00Z
const BEGIN: u64 = 1_704_067_200_000;

/// The rows that the CSV has, as SQL has them.
const SQL: &str = "SELECT id, cause, source, reverses, effective_at, recorded_at, debit, credit, \
                   currency, amount, amount_minor, hash FROM v_entries ORDER BY seq";

fn main() -> Result<()> {
    let asked = |name: &str| env::args().any(|argument| argument == name);
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut table = Table::default();
    if asked("--hledger") {
        journals(scratch.path(), &mut table)?;
    } else {
        exports(scratch.path(), &mut table)?;
        reconciliation(scratch.path(), &mut table)?;
    }
    table.keep("books")
}

fn exports(scratch: &Path, table: &mut Table) -> Result<()> {
    let (small, large) = (scratch.join("small"), scratch.join("large"));
    fill(&small, ENTRIES / 2, 1)?;
    fill(&large, ENTRIES * 2, 1)?;
    let mut rates = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for (format, rates) in ["csv", "hledger", "beancount", "parquet"].iter().zip(&mut rates) {
            rates.push(ENTRIES as f64 / export(&small, format)?.0);
        }
    }
    // Again, so that each turn of ours has one of theirs beside it.
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(ENTRIES as f64 / export(&small, "csv")?.0);
        theirs.push(ENTRIES as f64 / sqlite(&small)?);
    }
    let [csv, hledger, beancount, parquet] = rates.map(|mut rates| median(&mut rates));
    table.compare("entries as CSV ÷ 200,000", csv, 200_000.0, "/s", &Goal::AtLeast(1.0));
    table.compare("entries for hledger ÷ 100,000", hledger, 100_000.0, "/s", &Goal::AtLeast(1.0));
    table.figure("entries for Beancount", beancount, "/s");
    table.figure("entries as Parquet", parquet, "/s");
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    table.beside("entries as CSV ÷ `sqlite3 -csv` of v_entries", ours, theirs, "/s");
    for format in ["csv", "hledger", "beancount", "parquet", "statement"] {
        let of = |path: &Path| Ok::<_, Box<dyn std::error::Error>>(export(path, format)?.1);
        let what = format!("memory of {format}, four times the entries beside {ENTRIES}");
        table.beside(&what, of(&large)?, of(&small)?, "MB");
        table.bound(&format!("memory of {format}"), of(&large)?, 20.0, "MB");
    }
    Ok(())
}

/// Exports in a process of its own: seconds, and megabytes at most.
fn export(path: &Path, format: &str) -> Result<(f64, f64)> {
    let begun = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_refundry-bench-child"))
        .args(["export", format])
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?
        .wait_with_output()?;
    let taken = begun.elapsed().as_secs_f64();
    let said = String::from_utf8(child.stderr)?;
    let kilobytes: f64 = said.trim().parse().map_err(|_| said.clone())?;
    Ok((taken, kilobytes / 1_024.0))
}

fn sqlite(path: &Path) -> Result<f64> {
    let begun = Instant::now();
    let status =
        Command::new("sqlite3").arg("-csv").arg(path).arg(SQL).stdout(Stdio::null()).status()?;
    if status.success() { Ok(begun.elapsed().as_secs_f64()) } else { Err("sqlite3 failed".into()) }
}

/// A file that names a tenth of a million refunds, in which one of a thousand has another amount and
/// one is not in the book.
fn reconciliation(scratch: &Path, table: &mut Table) -> Result<()> {
    let (path, file) = (scratch.join("million"), scratch.join("settlement.csv"));
    fill(&path, REFUNDS / 10, 10)?;
    let mut lines = BufWriter::new(fs::File::create(&file)?);
    writeln!(lines, "Amount,Date,RRN")?;
    let (mut matched, mut open) = (0, 0);
    let first = REFUNDS / 2;
    for n in first..first + FILE_LINES {
        let (amount, reference) = match n % 1_000 {
            7 => ("-9.05", n),
            8 => ("-123456.78", n + REFUNDS),
            _ => ("-9.04", n),
        };
        match n % 1_000 {
            7 => open += 1,
            // Missing here; and its refund is missing there.
            8 => open += 2,
            _ => matched += 1,
        }
        let day = &Timestamp::from_millis(i64::try_from(moment(n, REFUNDS))?).to_string()[..10];
        writeln!(lines, "{amount},{day},RRN{reference:09}")?;
    }
    lines.flush()?;
    let (mut seconds, mut megabytes) = (Vec::new(), 0.0_f64);
    for _ in 0..5 {
        let child = Command::new(env!("CARGO_BIN_EXE_refundry-bench-child"));
        let told = { child }.arg("reconcile").args([&path, &file]).output()?;
        let told = String::from_utf8(told.stdout)?;
        let told: Vec<u64> = told.split_whitespace().flat_map(str::parse).collect();
        let [millis, kilobytes, pairs, findings] = told[..] else { return Err("no answer".into()) };
        // What the days of the file's ends have beside it is missing there.
        if pairs != matched || findings < open {
            return Err(format!("{pairs} matched and {findings} open, not {matched}").into());
        }
        seconds.push(millis as f64 / 1_000.0);
        megabytes = megabytes.max(kilobytes as f64 / 1_024.0);
    }
    let taken = median(&mut seconds);
    table.bound("100,000 lines against 1,000,000 refunds", taken, 5.0, "s");
    table.figure("memory of that", megabytes, "MB");
    Ok(())
}

/// `hledger balance` of our journal beside the plainest one of the same postings.
fn journals(scratch: &Path, table: &mut Table) -> Result<()> {
    let path = scratch.join("ledger");
    fill(&path, 50_000, 1)?;
    let (ours, plain) = (scratch.join("ours.journal"), scratch.join("plain.journal"));
    let to = fs::File::create(&ours)?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_refundry-bench-child"));
    child.args(["export", "hledger"]).arg(&path).stdout(to).stderr(Stdio::null()).status()?;
    fs::write(&plain, plainest(&fs::read_to_string(&ours)?))?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        with.push(balance(&ours)?);
        without.push(balance(&plain)?);
    }
    let (with, without) = (median(&mut with), median(&mut without));
    let what = "`hledger balance` of 100,000 entries ÷ of the plainest journal";
    table.compare(what, with, without, "s", &Goal::AtMost(1.0));
    Ok(())
}

/// Days and postings alone.
fn plainest(journal: &str) -> String {
    let is_entry = |line: &str| line.starts_with(|digit: char| digit.is_ascii_digit());
    let (mut plain, mut is_within) = (String::new(), false);
    for line in journal.lines() {
        if is_entry(line) {
            // What asserts balances alone moves nothing.
            is_within = !line.ends_with("* balances");
            if is_within {
                plain.push_str(&line[..10]);
                plain.push('\n');
            }
        } else if line.starts_with("    ") && is_within && !line.starts_with("    ;") {
            plain.push_str(line);
            plain.push('\n');
        } else if line.is_empty() && is_within {
            plain.push('\n');
        }
    }
    plain
}

fn balance(journal: &PathBuf) -> Result<f64> {
    let begun = Instant::now();
    let balance = Command::new("hledger").arg("-f").arg(journal).arg("balance").output()?;
    let taken = begun.elapsed().as_secs_f64();
    if balance.status.success() { Ok(taken) } else { Err("hledger failed".into()) }
}

/// The middle one.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A ledger of so many charges with so many refunds each, over a year.
fn fill(path: &Path, charges: u64, each: u64) -> Result<()> {
    let refunds = Refunds { next: 0, each, all: charges * each, ready: Vec::new() };
    let lines = BufReader::with_capacity(1 << 16, Lines::of(charges).chain(refunds));
    Ledger::open(path, Options::default())?.import(lines, |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// When a refund was made.
fn moment(n: u64, all: u64) -> u64 {
    BEGIN + 3 * 86_400_000 + n * (YEAR_MILLIS / all)
}

/// Refunds of the charges, each with a reference, as lines of an import.
struct Refunds {
    next: u64,
    each: u64,
    all: u64,
    ready: Vec<u8>,
}

impl Read for Refunds {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        if self.ready.is_empty() && self.next < self.all {
            let n = self.next;
            let charge = n / self.each;
            let at = i64::try_from(moment(n, self.all)).unwrap_or_default();
            let at = Timestamp::from_millis(at);
            let line = format!(
                "{{\"object\":\"refund\",\"id\":\"re_{n}\",\"merchantId\":\"{MERCHANT}\",\
                 \"chargeId\":\"ch_{charge}\",\"amount\":\"904\",\
                 \"externalReference\":\"RRN{n:09}\",\"createdAt\":\"{at}\"}}\n"
            );
            self.ready = line.into_bytes();
            self.next += 1;
        }
        let length = to.len().min(self.ready.len());
        to[..length].copy_from_slice(&self.ready[..length]);
        self.ready.drain(..length);
        Ok(length)
    }
}
