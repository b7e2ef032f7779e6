//! An import reads line by line: what it needs does not grow with the file.

use std::{
    io::{BufReader, Read, Result},
    ops::ControlFlow,
    process::Command,
    time::{Duration, Instant},
};

use super::Shop;

/// Lines made while they are read: a merchant, then payment intents, charges and refunds.
struct Lines {
    made: usize,
    count: usize,
    left: Vec<u8>,
}

impl Lines {
    fn new(count: usize) -> Self {
        Self { made: 0, count, left: Vec::new() }
    }

    fn make(&self) -> String {
        const MERCHANT: &str = r#"{"object":"merchant","id":"acct_1","name":"One"}"#;
        let Some(line) = self.made.checked_sub(1) else {
            return format!("{MERCHANT}\n");
        };
        let day = "2024-01-01T00:00:00.000Z";
        let id = line / 4;
        let facts = match line % 4 {
            0 => {
                format!(r#""object":"payment_intent","id":"pi_{id}","amount":900,"currency":"EGP""#)
            }
            1 => format!(
                r#""object":"charge","id":"ch_{id}","paymentIntentId":"pi_{id}","amount":900,"amountCaptured":900,"fee":9,"currency":"EGP","status":"succeeded","availableOn":"{day}""#
            ),
            part => format!(
                r#""object":"refund","id":"re_{id}_{part}","chargeId":"ch_{id}","amount":{part}"#
            ),
        };
        // Blanks make the file large and the test quick.
        let blanks = " ".repeat(1_000);
        format!("{{{facts},{blanks}\"merchantId\":\"acct_1\",\"createdAt\":\"{day}\"}}\n")
    }
}

impl Read for Lines {
    fn read(&mut self, to: &mut [u8]) -> Result<usize> {
        while self.left.len() < to.len() && self.made < self.count {
            let line = self.make();
            self.left.extend(line.bytes());
            self.made += 1;
        }
        let length = to.len().min(self.left.len());
        to[..length].copy_from_slice(&self.left[..length]);
        self.left.drain(..length);
        Ok(length)
    }
}

/// The most memory that this process has had, in KiB.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

const CHILD: &str = "REFUNDRY_TEST_IMPORT_LINES";

/// Imports as many lines as the environment asks for and tells the most memory it took. Without
/// being asked, it does nothing.
#[test]
fn import_in_a_process_of_its_own() {
    let Ok(count) = std::env::var(CHILD) else {
        return;
    };
    let count: usize = count.parse().unwrap();
    let mut shop = Shop::empty();
    let lines = BufReader::new(Lines::new(count));
    let report = shop.ledger.import(lines, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(report.recorded, u64::try_from(count).unwrap());
    // The harness may have written before it on this line.
    println!("\nmost memory: {}", most_memory().unwrap_or(0));
}

/// Runs the test above in a process that does nothing else.
fn memory_of_an_import(count: usize) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "importing::stream::import_in_a_process_of_its_own", "--nocapture"])
        .env(CHILD, count.to_string())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let told = text.lines().find_map(|line| line.strip_prefix("most memory: "));
    told.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

#[test]
fn memory_does_not_grow_with_the_file() {
    const FEW: usize = 2_001;
    const MANY: usize = 16_001;
    let few = memory_of_an_import(FEW);
    let started = Instant::now();
    let many = memory_of_an_import(MANY);
    // The bound is generous, because machines are busy.
    assert!(started.elapsed() < Duration::from_secs(90), "{:?}", started.elapsed());
    // The 14,000 lines more are over 15 MiB; if a fifth of them were kept, it would be seen.
    assert!(many < few + 3_000, "{few} KiB grew to {many} KiB");
}
