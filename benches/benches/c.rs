//! What a refund costs from C, beside the same refund from Rust.
#![expect(clippy::arithmetic_side_effects, reason = "these numbers are measurements, not money")]

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use refundry::{IdempotencyKey, Ledger, Options, RefundRequest};
use refundry_benches::{
    Result,
    machine::median,
    shop,
    table::{Goal, Table},
};

const ROUNDS: usize = 7;

fn main() -> Result<()> {
    let program = compile()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut table = Table::default();
    for (what, charges, in_file) in [("in memory", 20_000, false), ("durable", 4_000, true)] {
        let (mut from_c, mut from_rust) = (Vec::new(), Vec::new());
        // One after the other, so that both see the same machine.
        for round in 0..ROUNDS {
            let path = |of: &str| folder.path().join(format!("{of}-{charges}-{round}"));
            let (of_c, of_rust) = (path("c"), path("rust"));
            from_c.push(refund_from_c(&program, charges, in_file.then_some(of_c.as_path()))?);
            from_rust.push(refund_from_rust(charges, in_file.then_some(of_rust.as_path()))?);
        }
        let micros = |times: &mut Vec<Duration>| median(times).as_secs_f64() * 1e6 / charges as f64;
        let (from_c, from_rust) = (micros(&mut from_c), micros(&mut from_rust));
        let what = format!("a refund from C, {what}, beside Rust");
        table.compare(&what, from_c, from_rust, "µs", &Goal::AtMost(1.05));
    }
    table.keep("c")
}

/// The program in C, with the static library that other programs in C are linked with.
fn compile() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--release", "--package", "refundry-c", "--target-dir"]);
    succeed(cargo.arg(&target).current_dir(&root))?;
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refunds");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-I"]).arg(root.join("include"));
    compiler.arg(root.join("benches/src/refunds.c")).arg(target.join("release/librefundry_c.a"));
    succeed(compiler.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program))?;
    Ok(program)
}

fn succeed(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

fn refund_from_c(program: &Path, charges: u64, path: Option<&Path>) -> Result<Duration> {
    let lines = program.with_extension("jsonl");
    io::copy(&mut shop::Lines::of(charges), &mut fs::File::create(&lines)?)?;
    let printed = succeed(Command::new(program).arg(charges.to_string()).arg(lines).args(path))?;
    Ok(Duration::from_nanos(printed.trim().parse()?))
}

/// Does what the program in C does.
fn refund_from_rust(charges: u64, path: Option<&Path>) -> Result<Duration> {
    let mut ledger = match path {
        Some(path) => {
            shop::fill(path, charges)?;
            Ledger::open(path, Options::default())?
        }
        None => shop::in_memory(charges)?,
    };
    let mut book = ledger.book(shop::MERCHANT)?;
    let begin = Instant::now();
    for n in 0..charges {
        // Both make their arguments anew for each call.
        let request = RefundRequest::of_charge(format!("ch_{}", n * 7_919 % charges));
        let key = IdempotencyKey::new(&format!("{n:036}"))?;
        book.create_refund(&request, Some(&key))?;
    }
    Ok(begin.elapsed())
}
