//! The example server beside that of an older version: `REFUNDRY_SERVER` and `REFUNDRY_SERVER_BEFORE` name
//! the two programs. They take turns on files on a disk, and on files in memory.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{env, fs::File, io, path::Path, process::Command};

use refundry_benches::{
    Result,
    load::{Round, Running, wrk},
    shop::{Lines, MERCHANT},
};

const CHARGES: u64 = 900_000;
const ROUNDS: usize = 7;
const SECONDS: u64 = 1;

/// What is compared, smaller being faster but for the last.
const FIGURES: [&str; 4] = ["median", "99 of 100", "processor time", "refunds a second"];

fn main() -> Result<()> {
    let programs = [env::var("REFUNDRY_SERVER")?, env::var("REFUNDRY_SERVER_BEFORE")?];
    println!("\n| HTTP, this version ÷ the one before | {} |", FIGURES.join(" | "));
    println!("|---|---|---|---|---|");
    for (place, folder) in [("on a disk", env!("CARGO_TARGET_TMPDIR")), ("in memory", "/dev/shm")] {
        let folder = tempfile::tempdir_in(folder)?;
        let lines = folder.path().join("charges.jsonl");
        io::copy(&mut Lines::of(CHARGES), &mut File::create(&lines)?)?;
        let names = ["now.refundry", "before.refundry"];
        let start = |(program, name): (&String, &str)| Shop::start(program, &lines, name);
        let mut shops = programs.iter().zip(names).map(start).collect::<Result<Vec<_>>>()?;
        for connections in [1, 64] {
            let mut ratios = [const { Vec::new() }; FIGURES.len()];
            for _ in 0..ROUNDS {
                let rounds = shops.iter_mut().map(|shop| shop.refund(connections));
                let rounds = rounds.collect::<Result<Vec<_>>>()?;
                for (place, ratios) in ratios.iter_mut().enumerate() {
                    ratios.push(rounds[0][place] / rounds[1][place]);
                }
            }
            let told = ratios.map(|mut ratios| {
                ratios.sort_by(f64::total_cmp);
                let middle = ratios[ROUNDS / 2];
                format!("{middle:.2} ({:.2} to {:.2})", ratios[0], ratios[ROUNDS - 1])
            });
            println!("| connections: {connections}, files {place} | {} |", told.join(" | "));
        }
    }
    Ok(())
}

/// A server with charges to refund.
struct Shop {
    server: Running,
    key: String,
    next: u64,
}

impl Shop {
    fn start(program: &str, lines: &Path, name: &str) -> Result<Self> {
        let database = lines.with_file_name(name);
        let run = |arguments: &[&str]| -> Result<String> {
            let mut command = Command::new(program);
            let done = command.args(arguments).arg("--database").arg(&database).output()?;
            if done.status.success() {
                Ok(String::from_utf8(done.stdout)?)
            } else {
                Err(String::from_utf8_lossy(&done.stderr).into())
            }
        };
        run(&["import", lines.to_str().ok_or("the folder's name is no text")?])?;
        let told = run(&["key", "issue", MERCHANT])?;
        let key = told.split_whitespace().find(|word| word.starts_with("sk_"));
        let key = key.ok_or("no key was issued")?.to_owned();
        let server = Running::start(
            Command::new(program)
                .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--database"])
                .arg(&database),
        )?;
        Ok(Self { server, key, next: 0 })
    }

    /// The figures of one round.
    fn refund(&mut self, connections: u64) -> Result<[f64; FIGURES.len()]> {
        let before = self.server.processor_seconds()?;
        let round = wrk(&self.server.address, connections, SECONDS, self.next, &self.key)?;
        let Round { requests, microseconds, latencies: [p50, p99, _] } = round;
        self.next += requests + connections;
        let processor = (self.server.processor_seconds()? - before) / requests as f64;
        Ok([p50 as f64, p99 as f64, processor, requests as f64 / microseconds as f64])
    }
}
