//! How long it takes to make and to check receipts of a large book. `--large` takes ten million charges.
#![expect(clippy::cast_precision_loss, reason = "these numbers are measurements, not money")]

use std::{env, time::Instant};

use refundry::{Book, Ledger, Options};
use refundry_benches::{
    Result,
    shop::{MERCHANT, fill, scattered},
    table::Table,
};
use refundry_receipt::{Receipt, SigningKey};

/// How many receipts of each kind.
const COUNT: u64 = 1_000;

fn main() -> Result<()> {
    let large = env::args().any(|argument| argument == "--large");
    let charges = if large { 10_000_000 } else { 100_000 };
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = scratch.path().join("ledger");
    fill(&path, charges)?;
    let mut ledger = Ledger::open(&path, Options::default())?;
    let mut book = ledger.book(MERCHANT)?;
    let mut table = Table::default();

    let (mut longest, all) = (0.0_f64, Instant::now());
    loop {
        let step = Instant::now();
        let extended = book.extend_tree()?;
        longest = longest.max(millis(step));
        if extended {
            break;
        }
    }
    table.figure("entries added to the tree", charges as f64 / all.elapsed().as_secs_f64(), "/s");
    table.bound("the longest step of that", longest, 50.0, "ms");

    let last = book.head()?.seq;
    for (what, size) in [("its own checkpoint", None), ("the newest checkpoint", Some(last))] {
        let Times { made, signed, checked } = times(&book, charges, size)?;
        table.bound(&format!("a receipt under {what}: made"), made, 1.0, "ms");
        table.figure(&format!("a receipt under {what}: signed"), signed, "ms");
        table.bound(
            &format!("a receipt under {what}: checked with its signature"),
            checked,
            0.2,
            "ms",
        );
    }
    table.keep("receipts")
}

/// Medians, in milliseconds.
struct Times {
    made: f64,
    signed: f64,
    checked: f64,
}

fn times(book: &Book<'_>, charges: u64, size: Option<i64>) -> Result<Times> {
    let key = SigningKey::from_seed("cairo-books.example", &[7; 32])?;
    let (mut made, mut signed, mut checked) = (Vec::new(), Vec::new(), Vec::new());
    for number in scattered(charges, COUNT) {
        let begun = Instant::now();
        let receipt = book.receipt(&format!("ch_{number}"), size)?;
        made.push(millis(begun));
        let begun = Instant::now();
        let text = receipt.sign(&key).to_string();
        signed.push(millis(begun));
        let begun = Instant::now();
        Receipt::parse(&text)?.signed_by(key.verifying_key())?;
        checked.push(millis(begun));
    }
    let [made, signed, checked] = [made, signed, checked].map(median);
    Ok(Times { made, signed, checked })
}

fn millis(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1_000.0
}

/// The middle one.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
