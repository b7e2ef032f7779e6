//! Does an operation so many times, for whoever counts its instructions: `refundry-shop WHAT TIMES`.
//! It has few dependencies, so it is soon built.

use std::{env, ops::ControlFlow};

use refundry::{
    Amount, Currency, Fee, IdempotencyKey, Ledger, Mark, NewCharge, Options, Receiver,
    RefundRequest, Timestamp,
};
use refundry_shop::{MERCHANT, Result, fill, in_memory, names, refund, requests, scattered};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments[..] {
        [what, times] => count(what, times.parse()?),
        _ => Err("refundry-shop WHAT TIMES".into()),
    }
}

/// Does something so many times, or only what has to be there before. Nothing is told: the
/// instructions are counted from outside.
fn count(what: &str, times: u64) -> Result<()> {
    const CHARGES: u64 = 1_000;
    let folder = tempfile::tempdir()?;
    let mut ledger = if what == "durable-refund" {
        let path = folder.path().join("ledger");
        fill(&path, CHARGES)?;
        Ledger::open(path, Options::default())?
    } else {
        in_memory(CHARGES)?
    };
    let made = requests(scattered(CHARGES, CHARGES))?;
    if what == "apply" {
        return apply(&mut ledger, &made, times);
    }
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
        "grouped-refund" => refund(&mut ledger, &made[..usize::try_from(times)?], 64)?,
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

/// Takes in so many refunds in a copy of the ledger, as a node of a fleet does, after all of them were made and
/// read.
fn apply(ledger: &mut Ledger, made: &[(RefundRequest, IdempotencyKey)], times: u64) -> Result<()> {
    let mut copy = Ledger::from_bytes(&ledger.to_bytes()?, Options::default())?;
    let mark = ledger.book(MERCHANT)?.mark()?;
    refund(ledger, made, 1)?;
    let lines = ledger.book(MERCHANT)?.recordings_after(&mark, u32::MAX)?;
    copy.apply_all(MERCHANT, lines.iter().take(usize::try_from(times)?).map(String::as_str))?;
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
