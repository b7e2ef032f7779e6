//! What has to be measured in a process of its own: memory, opening, and counted instructions.
#![expect(clippy::cast_possible_truncation, reason = "these numbers are measurements, not money")]

use std::{
    env,
    fs::File,
    io::{self, BufWriter, Write as _},
    ops::ControlFlow,
    path::Path,
    time::Instant,
};

use refundry::{
    Amount, Currency, Fee, IdempotencyKey, Ledger, Mark, NewCharge, Options, Receiver,
    RefundRequest, Timestamp,
};
use refundry_benches::{
    Result,
    machine::{median, peak_memory},
    shop::{self, MERCHANT, names, refund, requests, scattered},
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
        ["instructions", what, times] => counted(what, times.parse()?)?,
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

/// Does something so many times, or only what has to be there before. Nothing is told: the
/// instructions are counted from outside.
fn counted(what: &str, times: u64) -> Result<()> {
    const CHARGES: u64 = 1_000;
    let folder = tempfile::tempdir()?;
    let mut ledger = if what == "durable-refund" {
        let path = folder.path().join("ledger");
        shop::fill(&path, CHARGES)?;
        Ledger::open(path, Options::default())?
    } else {
        shop::in_memory(CHARGES)?
    };
    let made = requests(scattered(CHARGES, CHARGES))?;
    if matches!(what, "replay" | "refusal") {
        refund(&mut ledger, &made, 1)?;
    }
    if matches!(what, "feed" | "receive") {
        return travel(&mut ledger, what, times);
    }
    match what {
        "refund" | "durable-refund" | "replay" => {
            refund(&mut ledger, &made[..usize::try_from(times)?], 1)?;
        }
        "refusal" => refuse(&mut ledger, times)?,
        "charge" => charge(&mut ledger, times)?,
        // All at once: what is counted is divided by their number.
        "maturity" if times == CHARGES => drop(ledger.release_due(Timestamp::now())?),
        "verification" if times == CHARGES => {
            ledger.verify(&[], |_| ControlFlow::Continue(()))?;
        }
        "maturity" | "verification" if times == 0 => {}
        _ => return Err("see what the count of instructions asks of it".into()),
    }
    Ok(())
}

/// Feeds so many recordings, after they were all fed once; or receives as many.
fn travel(ledger: &mut Ledger, what: &str, times: u64) -> Result<()> {
    let book = ledger.book(MERCHANT)?;
    let fed = |most| -> Result<Vec<String>> {
        let mut feed = book.feed(&Mark::genesis(MERCHANT))?;
        Ok(book.feed_lines(&mut feed, u32::try_from(most)?)?)
    };
    let lines = fed(times.max(1))?;
    if what == "feed" && times > 0 {
        fed(times)?;
    }
    if what == "receive" {
        let mut office = Ledger::in_memory(Options::default())?;
        let mut receiver = Receiver::default();
        receiver.take(&mut office, (lines.join("\n") + "\n").as_bytes())?;
    }
    Ok(())
}

/// Refunds charges that are refunded, each under a new key.
fn refuse(ledger: &mut Ledger, times: u64) -> Result<()> {
    let mut book = ledger.book(MERCHANT)?;
    for number in 0..times {
        let request = RefundRequest::of_charge(names(number).0);
        let key = IdempotencyKey::new(&format!("again-{number:030}"))?;
        match book.create_refund(&request, Some(&key)) {
            Err(error) if error.code() == "charge_already_refunded" => {}
            other => return Err(format!("it should be refused: {other:?}").into()),
        }
    }
    Ok(())
}

fn charge(ledger: &mut Ledger, times: u64) -> Result<()> {
    let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
    let (amount, fee) = (Amount::from_minor(22_604)?, Fee::from_minor(912)?);
    let new = NewCharge::succeeded(amount, fee, Currency::from_code("EGP")?, due);
    let mut book = ledger.book(MERCHANT)?;
    for number in 0..times {
        book.create_charge(&new, Some(&IdempotencyKey::new(&names(number).1)?))?;
    }
    Ok(())
}
