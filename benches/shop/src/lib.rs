//! A shop with many charges, and the order in which they are refunded.
#![expect(clippy::arithmetic_side_effects, reason = "these numbers are measurements, not money")]

use std::{
    io::{BufReader, Read},
    ops::ControlFlow,
    path::Path,
};

use refundry::{Book, IdempotencyKey, Ledger, Options, RefundRequest};

/// What benchmarks return.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Whose book it is.
pub const MERCHANT: &str = "acct_bench";

/// Opens a new ledger in a file with so many charges, and closes it again.
///
/// # Errors
/// What the ledger says.
pub fn fill(path: &Path, charges: u64) -> Result<()> {
    let mut ledger = Ledger::open(path, Options::default())?;
    import(&mut ledger, charges)
}

/// A ledger in memory with so many charges.
///
/// # Errors
/// What the ledger says.
pub fn in_memory(charges: u64) -> Result<Ledger> {
    let mut ledger = Ledger::in_memory(Options::default())?;
    import(&mut ledger, charges)?;
    Ok(ledger)
}

fn import(ledger: &mut Ledger, charges: u64) -> Result<()> {
    let lines = BufReader::with_capacity(1 << 16, Lines::of(charges));
    ledger.import(lines, |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// The lines of an import, made as they are read.
pub struct Lines {
    next: u64,
    charges: u64,
    ready: Vec<u8>,
}

impl Lines {
    /// A merchant and so many charges.
    #[must_use]
    pub fn of(charges: u64) -> Self {
        let merchant = format!(r#"{{"object":"merchant","id":"{MERCHANT}","name":"Bench"}}"#);
        Self { next: 0, charges, ready: (merchant + "\n").into_bytes() }
    }
}

impl Read for Lines {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        while self.ready.len() < to.len() && self.next < self.charges {
            self.ready.extend_from_slice(charge(self.next).as_bytes());
            self.next += 1;
        }
        let length = self.ready.len().min(to.len());
        to[..length].copy_from_slice(&self.ready[..length]);
        self.ready.drain(..length);
        Ok(length)
    }
}

fn charge(number: u64) -> String {
    format!(
        "{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"{MERCHANT}\",\
         \"amount\":\"22604\",\"amountCaptured\":\"22604\",\"fee\":\"912\",\"currency\":\"EGP\",\
         \"status\":\"succeeded\",\"availableOn\":\"2024-01-03T00:00:00Z\",\
         \"createdAt\":\"2024-01-01T00:00:00Z\"}}\n"
    )
}

/// The numbers of `count` of `charges` charges, each once, scattered over all.
pub fn scattered(charges: u64, count: u64) -> impl Iterator<Item = u64> {
    // A prime near the golden section of 2^24 is prime to every power of ten.
    (0..count).map(move |turn| turn * 10_368_889 % charges)
}

/// What one refund is asked with: the charge's id and a key as long as a UUID.
#[must_use]
pub fn names(number: u64) -> (String, String) {
    (format!("ch_{number}"), format!("{number:036}"))
}

/// Requests to refund these charges, made beforehand.
///
/// # Errors
/// Never: the keys are well formed.
pub fn requests(
    numbers: impl Iterator<Item = u64>,
) -> Result<Vec<(RefundRequest, IdempotencyKey)>> {
    numbers
        .map(|number| {
            let (charge, key) = names(number);
            Ok((RefundRequest::of_charge(charge), IdempotencyKey::new(&key)?))
        })
        .collect()
}

/// Makes refunds, `together` to a commit.
///
/// # Errors
/// What the ledger says.
pub fn refund(
    ledger: &mut Ledger,
    requests: &[(RefundRequest, IdempotencyKey)],
    together: usize,
) -> Result<()> {
    let make = |book: &mut Book<'_>, requests: &[(RefundRequest, IdempotencyKey)]| {
        requests
            .iter()
            .try_for_each(|(request, key)| book.create_refund(request, Some(key)).map(drop))
    };
    if together == 1 {
        make(&mut ledger.book(MERCHANT)?, requests)?;
        return Ok(());
    }
    for requests in requests.chunks(together) {
        let mut batch = ledger.batch()?;
        make(&mut batch.book(MERCHANT)?, requests)?;
        batch.commit()?;
    }
    Ok(())
}
