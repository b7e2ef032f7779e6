//! A merchant's book in plain collections: what is recorded, and how its entries are chained.

use std::collections::BTreeMap;

use super::{
    charge::{Charge, Intent},
    dispute::Dispute,
    encoding::{Encoding, Hash, genesis, hex},
    operation::{Key, LimitDraft},
    outcome::{Failure, Outcome, Refusal, again, json},
    refund::Refund,
    transfer::Transfer,
};

/// The accounts by their permanent numbers and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account(pub(super) usize, pub(super) &'static str);

pub(super) const PENDING: Account = Account(1, "pending");
pub(super) const AVAILABLE: Account = Account(2, "available");
pub(super) const PAYOUT_TRANSIT: Account = Account(3, "payout_transit");
pub(super) const CLEARING: Account = Account(4, "clearing");
pub(super) const BANK: Account = Account(5, "bank");
pub(super) const FEES: Account = Account(6, "fees");
pub(super) const LOSSES: Account = Account(7, "losses");

/// What an entry is about, by its permanent number and name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause(pub(super) i64, pub(super) &'static str);

/// The balances of one currency, by account number from 1.
pub(super) type Sums = [i128; 8];

#[derive(Clone, Debug)]
pub(super) struct Posting {
    pub(super) debit: Account,
    pub(super) credit: Account,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) cause: Cause,
    pub(super) source: String,
    pub(super) reverses: Option<i64>,
    pub(super) effective_at: i64,
    pub(super) recorded_at: i64,
    pub(super) postings: Vec<Posting>,
    pub(super) facts: Encoding,
}

/// A line of the statement; `available_on` is of a charge's line alone.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) seq: usize,
    pub(super) kind: &'static str,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) currency: &'static str,
    pub(super) charge: Option<usize>,
    pub(super) source: String,
    pub(super) created_at: i64,
}

#[derive(Debug)]
pub(super) struct Book {
    pub(super) id: &'static str,
    pub(super) limit: LimitDraft,
    pub(super) unique_references: bool,
    pub(super) intents: Vec<Intent>,
    pub(super) charges: Vec<Charge>,
    pub(super) refunds: Vec<Refund>,
    pub(super) transfers: Vec<Transfer>,
    pub(super) disputes: Vec<Dispute>,
    /// The entry numbered n is at n − 1, its hash at n.
    pub(super) entries: Vec<Entry>,
    pub(super) hashes: Vec<Hash>,
    pub(super) lines: Vec<Line>,
    balances: BTreeMap<&'static str, Sums>,
    kept: BTreeMap<(&'static str, &'static str), (String, Outcome)>,
}

impl Book {
    pub(super) fn new(id: &'static str) -> Self {
        Self {
            id,
            limit: LimitDraft::Unlimited,
            unique_references: false,
            intents: vec![],
            charges: vec![],
            refunds: vec![],
            transfers: vec![],
            disputes: vec![],
            entries: vec![],
            hashes: vec![genesis(id)],
            lines: vec![],
            balances: BTreeMap::new(),
            kept: BTreeMap::new(),
        }
    }

    /// The balances as of the entries that are included by their number; `None` if one of them is
    /// no 64-bit integer on the way. An entry is refused for that only in the order of the book.
    pub(super) fn sums(
        &self,
        includes: impl Fn(usize, &Entry) -> bool,
    ) -> Option<BTreeMap<&'static str, Sums>> {
        let mut sums = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            for posting in entry.postings.iter().filter(|_| includes(index + 1, entry)) {
                let sums = sums.entry(posting.currency).or_default();
                post(sums, posting);
            }
        }
        sums.values().all(fits).then_some(sums)
    }

    pub(super) fn balances(&self, currency: &str) -> Sums {
        self.balances.get(currency).copied().unwrap_or_default()
    }

    /// Refuses postings after which a balance is no 64-bit integer, on the way through them too.
    pub(super) fn check_range(&self, postings: &[Posting]) -> Result<(), Refusal> {
        let mut sums = self.balances(postings[0].currency);
        for posting in postings {
            post(&mut sums, posting);
            if !fits(&sums) {
                return Err(Refusal::BalanceOutOfRange);
            }
        }
        Ok(())
    }

    /// Appends an entry and returns its sequence number.
    pub(super) fn record(&mut self, entry: Entry) -> i64 {
        let seq = i64::try_from(self.hashes.len()).unwrap();
        let mut link = Encoding::default()
            .raw(&[1])
            .raw(self.hashes.last().unwrap())
            .int(seq)
            .int(entry.cause.0)
            .int(entry.effective_at)
            .int(entry.recorded_at)
            .maybe(entry.reverses, Encoding::int)
            .int(i64::try_from(entry.postings.len()).unwrap());
        for posting in &entry.postings {
            link = link
                .int(i64::try_from(posting.debit.0).unwrap())
                .int(i64::try_from(posting.credit.0).unwrap())
                .int(posting.amount)
                .text(posting.currency);
            post(self.balances.entry(posting.currency).or_default(), posting);
        }
        self.hashes.push(link.append(&entry.facts).hash());
        self.entries.push(entry);
        seq
    }

    /// Acts once for a key: the same request gets the first outcome again, another is refused.
    /// Only outcomes of requests that found their target are kept.
    pub(super) fn once(
        &mut self,
        operation: &'static str,
        key: Key,
        request: String,
        act: impl FnOnce(&mut Self) -> Outcome,
    ) -> Outcome {
        let Some(key) = key else { return act(self) };
        match self.kept.get(&(operation, key)) {
            Some((first, outcome)) if *first == request => again(outcome.clone()),
            Some(_) => Err(Failure::new("idempotency_key_reused", "Idempotency-Key")),
            None => {
                let outcome = act(self);
                if !matches!(outcome, Err(Failure { refusal: None, .. })) {
                    self.kept.insert((operation, key), (request, outcome.clone()));
                }
                outcome
            }
        }
    }

    /// An entry as the library shows it.
    pub(super) fn entry_json(&self, seq: usize) -> String {
        let entry = &self.entries[seq - 1];
        let postings: Vec<_> = entry.postings.iter().map(posting_json).collect();
        format!(
            r#"{{"id":"je_{seq}","seq":{seq},"cause":"{}","source":"{}","reverses":{},"effectiveAt":{},"recordedAt":{},"postings":[{}],"hash":"{}"}}"#,
            entry.cause.1,
            entry.source,
            json(&entry.reverses.map(|seq| format!("je_{seq}"))),
            moment(entry.effective_at),
            moment(entry.recorded_at),
            postings.join(","),
            hex(&self.hashes[seq]),
        )
    }

    /// A line of the statement as the library shows it. What nets to nothing never matures; it
    /// counts as available from its day on.
    pub(super) fn line_json(&self, line: &Line, now: i64) -> String {
        let charge = line.charge.map(|charge| &self.charges[charge]);
        let available_on = charge.map_or(line.created_at, |charge| charge.available_on);
        let is_available = charge.is_none_or(|charge| {
            charge.matured || (charge.net() == 0 && charge.available_on <= now)
        });
        format!(
            r#"{{"id":"bt_{}","type":"{}","amount":"{}","fee":"{}","net":"{}","currency":"{}","status":"{}","availableOn":{},"source":"{}","createdAt":{}}}"#,
            line.seq,
            line.kind,
            line.amount,
            line.fee,
            line.amount - line.fee,
            line.currency,
            if is_available { "available" } else { "pending" },
            moment(available_on),
            line.source,
            moment(line.created_at),
        )
    }
}

/// Adds a posting to its two accounts: what the platform owes and its revenue grow by credit, the
/// rest by debit.
fn post(sums: &mut Sums, posting: &Posting) {
    let grows_by_debit = |account| [CLEARING, BANK, LOSSES].contains(&account);
    let sign = |grows| if grows { 1 } else { -1 };
    let amount = i128::from(posting.amount);
    sums[posting.debit.0] += sign(grows_by_debit(posting.debit)) * amount;
    sums[posting.credit.0] += sign(!grows_by_debit(posting.credit)) * amount;
}

fn fits(sums: &Sums) -> bool {
    sums.iter().all(|sum| i64::try_from(*sum).is_ok())
}

fn posting_json(posting: &Posting) -> String {
    format!(
        r#"{{"debit":"{}","credit":"{}","amount":"{}","currency":"{}"}}"#,
        posting.debit.1, posting.credit.1, posting.amount, posting.currency,
    )
}

/// A moment as JSON.
pub(super) fn moment(millis: i64) -> String {
    json(&refundry::Timestamp::from_millis(millis))
}
