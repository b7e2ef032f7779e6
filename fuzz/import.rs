//! Bytes as an import. What is accepted leaves a sound ledger, and is known when it comes again;
//! what is refused leaves nothing, and is blamed on one of its lines.
#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;

use refundry::{Error, ImportReport, Ledger, Options, Result, Timestamp, seeded_random};

fn import(ledger: &mut Ledger, input: &[u8]) -> Result<ImportReport> {
    ledger.import(input, |_| ControlFlow::Continue(()))
}

fn heads(ledger: &mut Ledger) -> Vec<(String, refundry::Head)> {
    let merchants = ledger.merchants().unwrap();
    let ids = merchants.into_iter().map(|merchant| merchant.id);
    ids.map(|id| {
        let head = ledger.book(&id).unwrap().head().unwrap();
        (id, head)
    })
    .collect()
}

/// Imports the bytes twice.
pub(crate) fn run(input: &[u8]) {
    let mut options = Options::default();
    options.clock = Box::new(|| Timestamp::from_millis(1_704_067_200_000));
    options.random = seeded_random(7);
    let mut ledger = Ledger::in_memory(options).unwrap();
    match import(&mut ledger, input) {
        Ok(report) => {
            let after = heads(&mut ledger);
            ledger.verify(&after, |_| ControlFlow::Continue(())).unwrap();
            let again = import(&mut ledger, input).unwrap();
            assert_eq!((again.lines, again.recorded), (report.lines, 0), "{again:?}");
            assert_eq!(heads(&mut ledger), after);
        }
        Err(Error::Import { line, problem }) => {
            let lines = input.split(|byte| *byte == b'\n').count();
            assert!((1..=lines as u64).contains(&line), "line {line} of {lines}");
            assert!(problem.number() < 200, "{problem:?}");
            assert!(ledger.merchants().unwrap().is_empty(), "something was kept");
        }
        Err(other) => panic!("{other:?}"),
    }
}
