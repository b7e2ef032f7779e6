//! Checks a ledger's file: `cargo run --example verify -- FILE`.

use std::{ops::ControlFlow, process::ExitCode};

use refundry::{Access, Ledger, Options};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("Usage: verify FILE");
        return ExitCode::from(2);
    };
    let mut options = Options::default();
    options.access = Access::Open;
    let sound = Ledger::open(path, options).and_then(|mut ledger| {
        let report = ledger.verify(&[], |_| ControlFlow::Continue(()))?;
        println!("{} books and {} journal entries are sound", report.books, report.entries);
        for merchant in ledger.merchants()? {
            // Who keeps these lines can prove later that nothing before was altered or cut off.
            println!("{} {}", merchant.id, ledger.book(&merchant.id)?.head()?);
        }
        Ok(())
    });
    match sound {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
