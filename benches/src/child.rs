//! What has to be measured in a process of its own: memory and opening.
#![expect(clippy::cast_possible_truncation, reason = "these numbers are measurements, not money")]

use std::{
    env,
    fs::File,
    io::{self, BufWriter, Write as _},
    ops::ControlFlow,
    path::Path,
    time::Instant,
};

use refundry::{Currency, Ledger, Options};
use refundry_benches::{
    Result,
    machine::{median, peak_memory},
    shop::{MERCHANT, refund, requests, scattered},
};
use refundry_books::{
    Comparison, Dialect, Language, Layout, Period, Scope, Snapshot, Statement, StatementFormat,
    Table, Zone, write_journal, write_parquet, write_table,
};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        // Kilobytes at most while refunding.
        ["refund", path, charges] => {
            let mut ledger = Ledger::open(path, Options::default())?;
            // Beyond those that were refunded before.
            let numbers = scattered(charges.parse()?, 12_000).skip(10_000);
            refund(&mut ledger, &requests(numbers)?, 1)?;
            println!("{}", peak_memory()?);
        }
        ["verify", path] => {
            let mut ledger = Ledger::open(path, Options::default())?;
            ledger.verify(&[], |_| ControlFlow::Continue(()))?;
            println!("{}", peak_memory()?);
        }
        // Microseconds to open, in the middle of nine times.
        ["open", path] => {
            let mut taken = (0..9).map(|_| open(Path::new(path))).collect::<Result<Vec<_>>>()?;
            println!("{}", median(&mut taken));
        }
        ["export", format, path] => export(path, format)?,
        ["reconcile", path, file] => reconcile(path, file)?,
        _ => return Err("see what the benchmark asks of it".into()),
    }
    Ok(())
}

/// Exports a book to standard output, as the command does.
fn export(path: &str, format: &str) -> Result<()> {
    let mut ledger = Ledger::open(path, Options::default())?;
    let mut snapshot = Snapshot::of(&mut ledger, MERCHANT)?;
    let mut to = BufWriter::with_capacity(1 << 16, io::stdout());
    let all = Period::ALL;
    match format {
        "csv" => write_table(&mut snapshot, &all, Table::Journal, &mut to)?,
        "parquet" => write_parquet(&mut snapshot, &all, Table::Journal, &mut to)?,
        "hledger" => write_journal(&mut snapshot, &all, Dialect::Hledger, &mut to)?,
        "beancount" => write_journal(&mut snapshot, &all, Dialect::Beancount, &mut to)?,
        "statement" => Statement::of(&mut snapshot, &all, &Zone::named("Africa/Cairo")?)?.write(
            StatementFormat::Html,
            Language::English,
            &mut to,
        )?,
        _ => return Err("see what the benchmark asks of it".into()),
    }
    to.flush()?;
    eprintln!("{}", peak_memory()?);
    Ok(())
}

/// Compares a book with a settlement file: milliseconds, kilobytes at most, and what was found.
fn reconcile(path: &str, file: &str) -> Result<()> {
    let egp = Currency::from_code("EGP")?;
    let layout = Layout::parse(["amount=Amount", "date=Date", "reference=RRN"], Some(egp))?;
    let begin = Instant::now();
    let mut ledger = Ledger::open(path, Options::default())?;
    let mut snapshot = Snapshot::of(&mut ledger, MERCHANT)?;
    let lines = File::open(file)?;
    let comparison = Comparison { scope: Scope::Refunds, ..Comparison::default() };
    let report = refundry_books::reconcile(&mut snapshot, lines, &layout, &comparison)?;
    let taken = begin.elapsed().as_millis();
    println!("{taken} {} {} {}", peak_memory()?, report.matched.len(), report.open.len());
    Ok(())
}

fn open(path: &Path) -> Result<u64> {
    let begin = Instant::now();
    let ledger = Ledger::open(path, Options::default())?;
    let taken = begin.elapsed();
    drop(ledger);
    Ok(taken.as_micros() as u64)
}
