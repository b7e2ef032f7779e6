//! The two hundred stories that every target tells end in journals and tables that others read alike.

#[path = "../../tests/scenarios/call.rs"]
mod call;
#[path = "../../tests/scenarios/story.rs"]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as in its own tests")]
mod story;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{Account, AsOf, Ledger, Options, Timestamp, seeded_random};
use refundry_books::{Dialect, Period, Snapshot, Table, write_journal, write_table};

use self::story::Story;
use crate::program::Program;

/// 2024-01-01T00:00:00.000Z
const START: i64 = 1_704_067_200_000;
/// Within the stories, and after all of them: a story takes a hundred days at most.
const DAYS: [&str; 3] = ["2024-01-21", "2024-02-15", "2025-01-01"];

/// Debits less credits by merchant, account and currency.
type Sums = BTreeMap<(String, String, String), String>;

/// A story as it ends.
fn told(seed: u64) -> Ledger {
    let clock = Arc::new(AtomicI64::new(START));
    let mut options = Options::default();
    let now = Arc::clone(&clock);
    options.clock = Box::new(move || Timestamp::from_millis(now.load(Ordering::Relaxed)));
    options.random = seeded_random(seed);
    let mut ledger = Ledger::in_memory(options).unwrap();
    let mut story = Story::of(seed, START);
    while let Some(call) = story.next() {
        clock.store(story.now(), Ordering::Relaxed);
        let answer = call::make(&mut ledger, &call);
        story.hear(&call, &answer);
    }
    ledger
}

/// A merchant's id as the programs' accounts have it.
fn within_account(merchant: &str) -> String {
    merchant.trim_start_matches("acct_").trim_start_matches("Acct-").replace('_', "-")
}

/// What the ledger says before a day.
fn add_expected(ledger: &mut Ledger, merchant: &str, day: &str, to: &mut Sums) {
    let end = Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap().millis() - 1;
    let as_of = AsOf::EffectiveAt(Timestamp::from_millis(end));
    for of in ledger.book(merchant).unwrap().trial_balance(as_of).unwrap() {
        let exponent = ledger.exponent(of.currency).unwrap().unwrap();
        for account in Account::ALL {
            let name = serde_json::to_value(account).unwrap().as_str().unwrap().to_owned();
            let mut sum = of.balances.of(account).to_major(exponent);
            sum.set_sign_negative(sum.is_sign_negative() == account.grows_by_debit());
            if !sum.is_zero() {
                let key = (within_account(merchant), name, of.currency.code().to_owned());
                assert_eq!(
                    to.insert(key, sum.to_string()),
                    None,
                    "merchants have ids of their own"
                );
            }
        }
    }
}

/// What a program says, under the same names.
fn of_program(rows: Vec<[String; 3]>) -> Sums {
    let is_zero = |amount: &str| !amount.contains(|digit| ('1'..='9').contains(&digit));
    rows.into_iter()
        .filter(|[.., amount]| !is_zero(amount))
        .map(|[account, currency, amount]| {
            let parts: Vec<&str> = account.split(':').collect();
            let name = parts[2].to_lowercase().replace('-', "_");
            ((within_account(parts[1]), name, currency), amount)
        })
        .collect()
}

/// Adds up a table of postings as Python would: by the text of its cells.
fn add_table(
    table: &str,
    merchant: &str,
    day: &str,
    to: &mut BTreeMap<(String, String, String), i64>,
) {
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        if &row[5] >= day {
            continue;
        }
        let minor: i64 = row[11].parse().unwrap();
        for (account, minor) in [(&row[7], minor), (&row[8], -minor)] {
            let key = (within_account(merchant), account.to_owned(), row[9].to_owned());
            *to.entry(key).or_default() += minor;
        }
    }
}

#[test]
fn every_story_ends_in_journals_that_say_what_the_ledger_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = DAYS.map(|_| Sums::new());
    let mut of_tables = DAYS.map(|_| BTreeMap::new());
    let mut files = BTreeMap::<&str, Vec<PathBuf>>::new();
    for seed in 0..200 {
        let mut ledger = told(seed);
        for merchant in ledger.merchants().unwrap() {
            if ledger.book(&merchant.id).unwrap().head().unwrap().seq == 0 {
                continue;
            }
            for (day, sums) in DAYS.iter().zip(&mut expected) {
                add_expected(&mut ledger, &merchant.id, day, sums);
            }
            let mut snapshot = Snapshot::of(&mut ledger, &merchant.id).unwrap();
            for dialect in [Dialect::Hledger, Dialect::Ledger, Dialect::Beancount] {
                let mut text = Vec::new();
                write_journal(&mut snapshot, &Period::ALL, dialect, &mut text).unwrap();
                let path = folder.path().join(format!("{seed}-{}.{}", merchant.id, dialect.name()));
                fs::write(&path, text).unwrap();
                files.entry(dialect.name()).or_default().push(path);
            }
            let mut table = Vec::new();
            write_table(&mut snapshot, &Period::ALL, Table::Journal, &mut table).unwrap();
            for (day, sums) in DAYS.iter().zip(&mut of_tables) {
                add_table(std::str::from_utf8(&table).unwrap(), &merchant.id, day, sums);
            }
        }
    }
    assert!(expected[2].len() > 1_500 && files["ledger"].len() > 250);
    for program in Program::ALL {
        let journals: Vec<&Path> =
            files[program.dialect().name()].iter().map(PathBuf::as_path).collect();
        if !matches!(program, Program::Beancount(_)) {
            program.check_all(&journals).unwrap_or_else(|said| panic!("{program:?}: {said}"));
        }
        for (told, wanted) in program.rows(&journals, &DAYS).into_iter().zip(&expected) {
            assert_eq!(of_program(told), *wanted, "{program:?}");
        }
    }
    for (sums, wanted) in of_tables.into_iter().zip(&expected) {
        let sums: Vec<_> = sums.into_iter().filter(|(_, minor)| *minor != 0).collect();
        assert_eq!(sums.len(), wanted.len());
        for (key, minor) in sums {
            assert_eq!(wanted[&key].replace('.', "").parse::<i64>().unwrap(), minor, "{key:?}");
        }
    }
}
