//! What is raced for, and what one racer does.

use std::path::Path;

use refundry::{Ledger, NegativeBalanceLimit, NewMerchant, RefundRequest, Refusal, Timestamp};
use refundry_trials::shop::{self, MERCHANT, amount, key};
use rusqlite::Connection;

/// What each refund gives back, of the ten that there are.
const EACH: i64 = 3;
const ALL: i64 = 10;

/// What is raced for. Each round has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contest {
    /// A charge, until nothing more of it can be given back.
    Charge,
    /// An idempotency key: everyone presses once.
    Key,
    /// A merchant's limit, by refunds of different charges, until it would be passed.
    Limit,
    /// A number in a table, which is read first and lowered then, without a transaction: what
    /// no contest may end like.
    CheckThenAct,
}

impl Contest {
    pub(crate) fn of(name: &str) -> Self {
        let all = [Self::Charge, Self::Key, Self::Limit, Self::CheckThenAct];
        all.into_iter().find(|contest| format!("{contest:?}") == name).unwrap()
    }

    /// How many refunds fit into a round.
    pub(crate) const fn fit(self) -> usize {
        match self {
            Self::Key => 1,
            Self::Charge | Self::Limit | Self::CheckThenAct => (ALL / EACH) as usize,
        }
    }

    /// Makes what is raced for in all rounds.
    pub(crate) fn prepare(self, path: &Path, rounds: u64, racers: usize) {
        if self == Self::CheckThenAct {
            let plain = plain(path);
            plain.execute_batch("CREATE TABLE shelves (round INTEGER PRIMARY KEY, left)").unwrap();
            for round in 0..rounds {
                plain
                    .execute("INSERT INTO shelves VALUES (?, ?)", (round.to_string(), ALL))
                    .unwrap();
            }
            return;
        }
        let mut ledger = shop::open(path).unwrap();
        shop::add_merchant(&mut ledger, MERCHANT).unwrap();
        ledger.begin_batch().unwrap();
        for round in 0..rounds {
            if self == Self::Limit {
                let mut new = NewMerchant::named("Limited");
                new.id = Some(merchant(round));
                new.negative_balance_limit = NegativeBalanceLimit::Each(10);
                ledger.create_merchant(&new).unwrap();
                let mut book = ledger.book(&merchant(round)).unwrap();
                for racer in 0..racers {
                    shop::add_charge(&mut book, &format!("ch_{racer}"), 100).unwrap();
                }
            } else {
                let mut book = ledger.book(MERCHANT).unwrap();
                shop::add_charge(&mut book, &charge(round), ALL).unwrap();
            }
        }
        ledger.commit_batch().unwrap();
    }

    /// Everything is as the refunds that were made say.
    pub(crate) fn check(self, path: &Path, round: u64, made: &[String]) {
        assert_eq!(made.len(), self.fit(), "{self:?}, round {round}: {made:?}");
        let mut ledger = shop::open(path).unwrap();
        let limited = self == Self::Limit;
        let owner = if limited { merchant(round) } else { MERCHANT.to_owned() };
        let book = ledger.book(&owner).unwrap();
        let refunds = made.iter().map(|id| book.refund(id).unwrap());
        let sum: i64 = refunds.map(|refund| refund.amount.minor()).sum();
        if limited {
            let available = &book.funds().unwrap().available[0];
            assert_eq!(available.amount.minor(), -sum);
        } else {
            assert_eq!(book.charge(&charge(round)).unwrap().amount_refunded.minor(), sum);
        }
    }
}

fn charge(round: u64) -> String {
    format!("ch_{round}")
}

fn merchant(round: u64) -> String {
    format!("acct_{round}")
}

fn plain(path: &Path) -> Connection {
    let plain = Connection::open(path).unwrap();
    plain.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").unwrap();
    plain.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    plain
}

/// One of those who race, with a handle of its own.
pub(crate) struct Racer {
    contest: Contest,
    number: usize,
    handle: Handle,
}

enum Handle {
    Ledger(Box<Ledger>),
    Plain(Connection),
}

impl Racer {
    pub(crate) fn new(contest: Contest, number: usize, path: &Path) -> Self {
        let handle = match contest {
            Contest::CheckThenAct => Handle::Plain(plain(path)),
            _ => Handle::Ledger(Box::new(shop::open(path).unwrap())),
        };
        Self { contest, number, handle }
    }

    /// Takes as much as it can get; returns the ids of the refunds that it made. Any other refusal
    /// than the one that is due is a failure.
    pub(crate) fn race(&mut self, round: u64) -> Vec<String> {
        match &mut self.handle {
            Handle::Ledger(ledger) => race(ledger, self.contest, self.number, round),
            Handle::Plain(plain) => check_then_act(plain, round),
        }
    }
}

fn race(ledger: &mut Ledger, contest: Contest, racer: usize, round: u64) -> Vec<String> {
    let (owner, target) = match contest {
        Contest::Limit => (merchant(round), format!("ch_{racer}")),
        _ => (MERCHANT.to_owned(), charge(round)),
    };
    let mut book = ledger.book(&owner).unwrap();
    let mut request = RefundRequest::of_charge(target);
    request.amount = Some(amount(EACH));
    if contest == Contest::Key {
        let pressed = book.create_refund(&request, Some(&key(&format!("press-{round}")))).unwrap();
        return if pressed.replayed { vec![] } else { vec![pressed.value.id] };
    }
    let mut made = Vec::new();
    loop {
        match book.create_refund(&request, None) {
            Ok(refund) => made.push(refund.value.id),
            Err(error) => {
                match (contest, error.refusal()) {
                    (Contest::Limit, Some(Refusal::BalanceInsufficient { .. })) => {}
                    (Contest::Charge, Some(Refusal::AmountExceedsRefundable { refundable }))
                        if refundable == amount(ALL % EACH) => {}
                    _ => panic!("{contest:?}, round {round}: {error}"),
                }
                return made;
            }
        }
    }
}

fn check_then_act(plain: &Connection, round: u64) -> Vec<String> {
    let mut made = Vec::new();
    loop {
        let left: i64 = plain
            .query_row("SELECT left FROM shelves WHERE round = ?", [round.to_string()], |row| {
                row.get(0)
            })
            .unwrap();
        if left < EACH {
            return made;
        }
        plain
            .execute(
                "UPDATE shelves SET left = ? WHERE round = ?",
                (left - EACH, round.to_string()),
            )
            .unwrap();
        made.push(format!("re_{}", Timestamp::now()));
    }
}
