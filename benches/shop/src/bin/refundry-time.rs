//! Times one operation: `refundry-time WHAT` prints the nanoseconds that it takes once. It asks only for what
//! every version of the library has, so that two versions can be compared.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "these numbers are measurements, not money"
)]

use std::{env, ops::ControlFlow, path::Path, time::Instant};

use refundry::{Amount, IdempotencyKey, Ledger, Options, RefundRequest, Timestamp};
use refundry_shop::{Result, fill, in_memory, names, refund, requests, scattered};

fn main() -> Result<()> {
    let what = env::args().nth(1).unwrap_or_default();
    let folder = tempfile::tempdir_in(env::current_dir()?)?;
    let path = folder.path().join("shop.refundry");
    let (nanoseconds, times) = match what.as_str() {
        "durable" => refunds_in_file(&path, 2_000, 1)?,
        "64" => refunds_in_file(&path, 12_800, 64)?,
        "1000" => refunds_in_file(&path, 20_000, 1_000)?,
        "memory" => refunds_in_memory(10_000)?,
        "replay" => replays(10_000)?,
        "import" => (timed(|| fill(&path, 50_000))?, 50_000),
        "maturity" => maturity(20_000)?,
        "verify-charges" => verification(&path, 50_000, 0)?,
        "verify-refunds" => verification(&path, 25_000, 25_000)?,
        "partial-first" => partials(&path, 0)?,
        "partial-10000th" => partials(&path, 9_800)?,
        _ => return Err("WHAT is not known".into()),
    };
    println!("{}", nanoseconds / u128::from(times));
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<u128> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_nanos())
}

fn refunds_in_file(path: &Path, times: u64, together: usize) -> Result<(u128, u64)> {
    fill(path, times)?;
    let mut ledger = Ledger::open(path, Options::default())?;
    let made = requests(scattered(times, times))?;
    Ok((timed(|| refund(&mut ledger, &made, together))?, times))
}

fn refunds_in_memory(times: u64) -> Result<(u128, u64)> {
    let mut ledger = in_memory(times)?;
    let made = requests(scattered(times, times))?;
    Ok((timed(|| refund(&mut ledger, &made, 1))?, times))
}

fn replays(times: u64) -> Result<(u128, u64)> {
    let mut ledger = in_memory(times)?;
    let made = requests(scattered(times, times))?;
    refund(&mut ledger, &made, 1)?;
    Ok((timed(|| refund(&mut ledger, &made, 1))?, times))
}

fn maturity(times: u64) -> Result<(u128, u64)> {
    let mut ledger = in_memory(times)?;
    let release = || ledger.release_due(Timestamp::now()).map(drop).map_err(Into::into);
    Ok((timed(release)?, times))
}

fn verification(path: &Path, charges: u64, refunds: u64) -> Result<(u128, u64)> {
    fill(path, charges)?;
    let mut ledger = Ledger::open(path, Options::default())?;
    refund(&mut ledger, &requests(scattered(charges, refunds))?, 1_000)?;
    let verify = || ledger.verify(&[], |_| ControlFlow::Continue(())).map(drop).map_err(Into::into);
    Ok((timed(verify)?, charges + refunds))
}

/// Four hundred partial refunds of one charge that has so many.
fn partials(path: &Path, before: u64) -> Result<(u128, u64)> {
    fill(path, 1_000)?;
    let mut ledger = Ledger::open(path, Options::default())?;
    let one = |number: u64| -> Result<_> {
        let mut request = RefundRequest::of_charge(names(0).0);
        request.amount = Some(Amount::from_minor(1)?);
        Ok((request, IdempotencyKey::new(&format!("part-{number:031}"))?))
    };
    let all = (0..before + 400).map(one).collect::<Result<Vec<_>>>()?;
    let (old, new) = all.split_at(before as usize);
    refund(&mut ledger, old, 1_000)?;
    Ok((timed(|| refund(&mut ledger, new, 1))?, 400))
}
