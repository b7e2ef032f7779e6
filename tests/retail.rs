//! A real shop's days, run through the library: every sum as it was computed without it.

// A test may panic, and counts.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, ops::ControlFlow, path::PathBuf};

use refundry::{
    Account, Error, Head, IdempotencyKey, Ledger, Options, Page, Refund, RefundFilter,
    RefundRequest, Timestamp,
};
use serde_json::{Map, Value};

/// The shared copy of the data, or the project's own.
fn data(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../shared/data");
    let directory = if shared.is_dir() { shared } else { root.join("tests/data") };
    fs::read_to_string(directory.join(name)).unwrap()
}

#[test]
fn every_sum_is_as_computed_without_a_ledger() {
    let expected = serde_json::from_str(&data("retail-expected.json")).unwrap();
    let requests = data("retail-refunds.jsonl");
    let requests: Vec<_> = requests.lines().map(str::to_owned).collect();
    Expectation::of(&expected).check(&data("retail.jsonl"), &requests);
}

#[test]
fn both_copies_of_the_data_are_the_same() {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in ["retail.jsonl", "retail-refunds.jsonl", "retail-expected.json"] {
        let same = fs::read_to_string(own.join(name)).unwrap() == data(name);
        assert!(same, "tests/data/{name} is out of date");
    }
}

/// What must come out of a shop's days.
pub(crate) struct Expectation<'a>(&'a Value);

/// What came of one request: the refund, or the code of what refused it.
type Outcome = Result<Refund, String>;

impl<'a> Expectation<'a> {
    pub(crate) const fn of(expected: &'a Value) -> Self {
        Self(expected)
    }

    /// Imports the objects, sends the requests, compares every sum, and sends them again.
    pub(crate) fn check(&self, objects: &str, requests: &[String]) {
        let mut ledger = Ledger::in_memory(Options::default()).unwrap();
        let report = ledger.import(objects.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.recorded, u64::try_from(objects.lines().count()).unwrap());
        let first: Vec<_> = requests.iter().map(|request| send(&mut ledger, request)).collect();
        assert!(first.iter().all(|(_, replayed)| !replayed));
        self.compare_outcomes(first.iter().map(|(outcome, _)| outcome));
        ledger.confirm_time(Timestamp::MAX);
        assert!(ledger.release_due(Timestamp::MAX).unwrap() > 0);
        self.compare_sums(&mut ledger);
        let heads = self.heads(&mut ledger);

        // Everything again: the same answers, and nothing happens.
        for (request, (outcome, _)) in requests.iter().zip(&first) {
            let (again, replayed) = send(&mut ledger, request);
            assert_eq!(again, *outcome, "{request}");
            // What found no target is not final.
            let is_missing = *outcome == Err("resource_missing".to_owned());
            assert_eq!(replayed, !is_missing, "{request}");
        }
        let report = ledger.import(objects.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.recorded, 0);
        assert_eq!(self.heads(&mut ledger), heads);
        self.compare_sums(&mut ledger);
        crate::mirrors::mirror(&mut ledger);
        let report = ledger.verify(&heads, |_| ControlFlow::Continue(())).unwrap();
        let entries: i64 = heads.iter().map(|(_, head)| head.seq).sum();
        assert_eq!(i64::try_from(report.entries).unwrap(), entries);
    }

    fn merchants(&self) -> &Map<String, Value> {
        self.0["merchants"].as_object().unwrap()
    }

    fn heads(&self, ledger: &mut Ledger) -> Vec<(String, Head)> {
        let merchants = self.merchants().keys();
        merchants.map(|id| (id.clone(), ledger.book(id).unwrap().head().unwrap())).collect()
    }

    fn compare_outcomes<'b>(&self, outcomes: impl Iterator<Item = &'b Outcome>) {
        let mut succeeded = 0;
        let mut refused = BTreeMap::<&str, u64>::new();
        for outcome in outcomes {
            match outcome {
                Ok(_) => succeeded += 1,
                Err(code) => *refused.entry(code).or_default() += 1,
            }
        }
        let refunds = &self.0["refunds"];
        assert_eq!(refunds["succeeded"].as_u64(), Some(succeeded));
        assert_eq!(refunds["refused"], serde_json::json!(refused));
    }

    /// Each merchant has one currency.
    fn compare_sums(&self, ledger: &mut Ledger) {
        for (id, sums) in self.merchants() {
            let book = ledger.book(id).unwrap();
            let sum = |name: &str| sums[name].as_i64().unwrap();
            let balances = book.balances().unwrap();
            assert_eq!(balances.len(), 1, "{id}");
            for (account, expected) in [
                (Account::Pending, 0),
                (Account::Available, sum("available_when_matured")),
                (Account::Fees, sum("fees")),
                (Account::Clearing, sum("charged") - sum("refunded")),
                (Account::PayoutTransit, 0),
                (Account::Bank, 0),
                (Account::Losses, 0),
            ] {
                let balance = balances[0].balances.of(account).minor();
                assert_eq!(balance, expected, "{account:?} of {id}");
            }
            let mut page = Page { limit: 100, starting_after: None };
            let mut refunded = 0;
            loop {
                let list = book.refunds(&RefundFilter::default(), &page).unwrap();
                refunded += list.data.iter().map(|refund| refund.amount.minor()).sum::<i64>();
                page.starting_after = list.data.last().map(|refund| refund.id.clone());
                if !list.has_more {
                    break;
                }
            }
            assert_eq!(refunded, sum("refunded"), "{id}");
        }
    }
}

/// Sends one request with its key to its merchant's book.
fn send(ledger: &mut Ledger, request: &str) -> (Outcome, bool) {
    let mut fields: Map<String, Value> = serde_json::from_str(request).unwrap();
    let merchant = fields.remove("merchantId").unwrap();
    let key = fields.remove("idempotencyKey").unwrap();
    let key = IdempotencyKey::new(key.as_str().unwrap()).unwrap();
    let request = RefundRequest::from_json(Value::Object(fields).to_string().as_bytes()).unwrap();
    let mut book = ledger.book(merchant.as_str().unwrap()).unwrap();
    match book.create_refund(&request, Some(&key)) {
        Ok(refund) => (Ok(refund.value), refund.replayed),
        Err(error @ (Error::Refused { .. } | Error::ResourceMissing { .. })) => {
            (Err(error.code().to_owned()), error.is_replayed())
        }
        Err(error) => panic!("{error}"),
    }
}
