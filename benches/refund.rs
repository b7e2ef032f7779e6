//! How many refunds a second, and how many bytes each adds to the file.
#![expect(clippy::arithmetic_side_effects, reason = "these numbers are measurements, not money")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use refundry::{
    Amount, Currency, Fee, IdempotencyKey, Ledger, NewCharge, NewMerchant, Options, RefundRequest,
    Timestamp,
};

const CHARGES: i64 = 10_000;
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut durable = Vec::new();
    let mut memory = Vec::new();
    let mut bytes = Vec::new();
    for round in 0..ROUNDS {
        let path = folder.path().join(format!("ledger-{round}"));
        let mut ledger = Ledger::open(&path, Options::default())?;
        preload(&mut ledger)?;
        drop(ledger);
        let before = size(&path)?;
        let mut ledger = Ledger::open(&path, Options::default())?;
        durable.push(refund_all(&mut ledger)?);
        drop(ledger);
        bytes.push((size(&path)?.saturating_sub(before)) / CHARGES.unsigned_abs());

        let mut ledger = Ledger::in_memory(Options::default())?;
        preload(&mut ledger)?;
        memory.push(refund_all(&mut ledger)?);
    }
    println!("refunds/s, one durable commit each:  {}", per_second(&mut durable));
    println!("refunds/s, in memory:                {}", per_second(&mut memory));
    bytes.sort_unstable();
    println!("bytes a refund adds to the file:     {}", bytes[ROUNDS / 2]);
    Ok(())
}

/// Fills a book with charges by import, which shares one commit.
fn preload(ledger: &mut Ledger) -> refundry::Result<()> {
    let mut merchant = NewMerchant::named("Bench");
    merchant.id = Some("acct_bench".to_owned());
    ledger.create_merchant(&merchant)?;
    let lines: String = (0..CHARGES)
        .map(|n| {
            format!(
                r#"{{"object":"charge","id":"ch_{n}","merchantId":"acct_bench","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00Z","createdAt":"2024-01-01T00:00:00Z"}}{}"#,
                '\n'
            )
        })
        .collect();
    ledger.import(lines.as_bytes(), |_| std::ops::ControlFlow::Continue(()))?;
    // The first charge of a book pays for things that later ones find done.
    let egp = Currency::from_code("EGP")?;
    let due = Timestamp::from_millis(0);
    let new = NewCharge::succeeded(Amount::from_minor(1)?, Fee::ZERO, egp, due);
    ledger.book("acct_bench")?.create_charge(&new, None)?;
    Ok(())
}

/// Refunds every charge once, in a scattered order, each with an idempotency key as long as a
/// UUID.
fn refund_all(ledger: &mut Ledger) -> refundry::Result<Duration> {
    let mut book = ledger.book("acct_bench")?;
    let requests: Vec<_> = (0..CHARGES)
        .map(|n| {
            // 7919 is prime to the number of charges, so each comes up once.
            let scattered = n * 7_919 % CHARGES;
            let key = IdempotencyKey::new(&format!("{scattered:036}"))?;
            Ok((RefundRequest::of_charge(format!("ch_{scattered}")), key))
        })
        .collect::<refundry::Result<_>>()?;
    let begin = Instant::now();
    for (request, key) in &requests {
        book.create_refund(request, Some(key))?;
    }
    Ok(begin.elapsed())
}

fn per_second(rounds: &mut [Duration]) -> String {
    rounds.sort_unstable();
    let rate = |taken: &Duration| CHARGES as f64 / taken.as_secs_f64();
    let (slow, median, fast) = (&rounds[ROUNDS - 1], &rounds[ROUNDS / 2], &rounds[0]);
    format!("{:.0} (median of {ROUNDS}; {:.0} to {:.0})", rate(median), rate(slow), rate(fast))
}

fn size(path: &Path) -> std::io::Result<u64> {
    Ok(fs::metadata(path)?.len())
}
