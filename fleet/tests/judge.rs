//! What callers were told, compared with what is there at the end. It is the same judge for nodes in this
//! process, for machines that are lost, and for the controls that it has to find.

use std::collections::{HashMap, HashSet};

use refundry::{Error as LedgerError, Ledger, Mark, Recorded, Refund};
use refundry_fleet::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The refund with this id was made.
    Made(String),
    /// The book refused it.
    Refused,
    /// It was not made, and may be asked again.
    NotMade,
    InDoubt,
    /// The node does not serve the book any more.
    Stopped(String),
}

impl From<refundry_fleet::Result<Recorded<Refund>>> for Outcome {
    fn from(answer: refundry_fleet::Result<Recorded<Refund>>) -> Self {
        match answer {
            Ok(made) => Self::Made(made.id.clone()),
            Err(Error::Ledger(LedgerError::Refused { .. })) => Self::Refused,
            Err(Error::Unavailable(_) | Error::Overloaded) => Self::NotMade,
            Err(Error::InDoubt(_) | Error::Closed) => Self::InDoubt,
            Err(error) => Self::Stopped(error.to_string()),
        }
    }
}

/// What was told of each request, by its external reference.
#[derive(Default)]
pub(crate) struct Told {
    made: HashMap<String, String>,
    /// Answered, and not made.
    not_made: Vec<String>,
    /// Refused under a key, which is final.
    refused: HashSet<String>,
    in_doubt: usize,
    violations: Vec<String>,
}

impl Told {
    /// Notes an answer. Tells whether it is final: without a key nobody may ask again.
    pub(crate) fn note(&mut self, reference: &str, has_key: bool, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Made(id) => {
                if self.refused.contains(reference) {
                    self.violations.push(format!("{reference} was refused, and made later"));
                }
                let before = self.made.insert(reference.to_owned(), id.clone());
                if before.is_some_and(|before| before != id) {
                    self.violations.push(format!("{reference} was answered in two ways"));
                }
                true
            }
            Outcome::Refused => {
                if self.made.contains_key(reference) {
                    self.violations.push(format!("{reference} was made, and refused later"));
                }
                if has_key {
                    self.refused.insert(reference.to_owned());
                }
                self.not_made.push(reference.to_owned());
                true
            }
            Outcome::NotMade => {
                if !has_key {
                    self.not_made.push(reference.to_owned());
                }
                !has_key
            }
            Outcome::InDoubt => {
                self.in_doubt += 1;
                !has_key
            }
            Outcome::Stopped(why) => {
                if !self.violations.contains(&why) {
                    self.violations.push(why);
                }
                true
            }
        }
    }

    pub(crate) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(crate) fn made(&self) -> usize {
        self.made.len()
    }

    /// Everything in which the books differ from what was told.
    pub(crate) fn compare(&self, ledger: &mut Ledger, charges: &[(&str, String)]) -> Vec<String> {
        let mut found = self.violations.clone();
        let mut there: HashMap<String, String> = HashMap::new();
        for merchant in ledger.merchants().unwrap() {
            let book = ledger.book(&merchant.id).unwrap();
            for line in book.recordings_after(&Mark::genesis(&merchant.id), u32::MAX).unwrap() {
                let line: Value = serde_json::from_str(&line).unwrap();
                let refund = &line["action"]["refund"];
                if let Some(reference) = refund["externalReference"].as_str() {
                    let id = refund["id"].as_str().unwrap().to_owned();
                    if there.insert(reference.to_owned(), id).is_some() {
                        found.push(format!("{reference} was refunded twice"));
                    }
                }
            }
        }
        for (merchant, charge) in charges {
            let charge = ledger.book(merchant).unwrap().charge(charge).unwrap();
            if charge.amount_refunded.minor() > charge.amount_captured.minor() {
                found.push(format!("{} is refunded beyond what was captured", charge.id));
            }
        }
        for (reference, id) in &self.made {
            if there.get(reference) != Some(id) {
                found.push(format!("{reference} was answered, and is not there"));
            }
        }
        for reference in &self.not_made {
            if there.contains_key(reference) {
                found.push(format!("{reference} is there, and was not to be"));
            }
        }
        found
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (made, not_made) = (self.made.len(), self.not_made.len());
        write!(f, "{made} made, {not_made} not made, {} in doubt", self.in_doubt)
    }
}
