//! What has to be measured in a process of its own: memory, opening, and counted instructions.
#![expect(clippy::cast_possible_truncation, reason = "these numbers are measurements, not money")]

use std::{env, ops::ControlFlow, path::Path, time::Instant};

use refundry::{Ledger, Options};
use refundry_benches::{
    Result,
    machine::{median, peak_memory},
    shop::{self, refund, requests, scattered},
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
        // Nothing is told: the instructions are counted from outside.
        ["instructions", refunds] => {
            let mut ledger = shop::in_memory(1_000)?;
            refund(&mut ledger, &requests(scattered(1_000, refunds.parse()?))?, 1)?;
        }
        _ => return Err("see what the benchmark asks of it".into()),
    }
    Ok(())
}

fn open(path: &Path) -> Result<u64> {
    let begin = Instant::now();
    let ledger = Ledger::open(path, Options::default())?;
    let taken = begin.elapsed();
    drop(ledger);
    Ok(taken.as_micros() as u64)
}
