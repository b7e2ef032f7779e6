//! Journals are accepted by the programs in their strictest modes, and say what the ledger says.

use std::{collections::BTreeMap, fs, path::PathBuf};

use refundry::{Account, AsOf, Ledger, Timestamp};
use refundry_books::{Dialect, Error, Period, Snapshot, Zone, write_journal};
use tempfile::TempDir;

use crate::{
    program::{Balances, Program},
    shop::{self, MERCHANT, Shop},
};

fn journal(ledger: &mut Ledger, merchant: &str, period: &Period, dialect: Dialect) -> String {
    let mut out = Vec::new();
    let mut snapshot = Snapshot::of(ledger, merchant).unwrap();
    write_journal(&mut snapshot, period, dialect, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What the ledger says of a place in the book, as programs print it.
fn expected(ledger: &mut Ledger, merchant: &str, as_of: AsOf) -> Balances {
    let balances = ledger.book(merchant).unwrap().trial_balance(as_of).unwrap();
    let mut expected = BTreeMap::new();
    for of in balances {
        let exponent = ledger.exponent(of.currency).unwrap().unwrap();
        for account in Account::ALL {
            let name = serde_json::to_value(account).unwrap().as_str().unwrap().to_owned();
            let mut sum = of.balances.of(account).to_major(exponent);
            sum.set_sign_negative(sum.is_sign_negative() == account.grows_by_debit());
            if !sum.is_zero() {
                expected.insert((name, of.currency.code().to_owned()), sum.to_string());
            }
        }
    }
    expected
}

fn keep(folder: &TempDir, program: Program, text: &str) -> PathBuf {
    let path = folder.path().join(program.dialect().name());
    fs::write(&path, text).unwrap();
    path
}

/// The day after the last entry's, and two days on the way there.
pub(crate) fn three_days(ledger: &mut Ledger, merchant: &str) -> Vec<String> {
    let entries = ledger.book(merchant).unwrap().journal_entries_after(None, u32::MAX).unwrap();
    let mut days: Vec<_> = entries.iter().map(|entry| entry.effective_at).collect();
    days.sort();
    let end = days[days.len() - 1].millis() + 24 * 3_600_000;
    let middle = [days[days.len() / 3], days[days.len() * 2 / 3], Timestamp::from_millis(end)];
    middle.iter().map(|moment| moment.to_string()[..10].to_owned()).collect()
}

/// Has every program read the journal of a book, and compares its balances at three days.
fn compare(ledger: &mut Ledger, merchant: &str) {
    let folder = tempfile::tempdir().unwrap();
    let days = three_days(ledger, merchant);
    for program in Program::ALL {
        let text = journal(ledger, merchant, &Period::ALL, program.dialect());
        let path = keep(&folder, program, &text);
        program.check(&path).unwrap_or_else(|said| panic!("{program:?}: {said}"));
        let told = program.balances(&path, &days.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(told.len(), 3);
        for (day, told) in days.iter().zip(&told) {
            let end = Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap().millis() - 1;
            let as_of = AsOf::EffectiveAt(Timestamp::from_millis(end));
            assert_eq!(*told, expected(ledger, merchant, as_of), "{program:?} {merchant} {day}");
        }
        assert_eq!(told[2], expected(ledger, merchant, AsOf::Now), "{program:?} {merchant}");
    }
}

#[test]
fn a_real_shops_journals_say_what_the_ledger_says() {
    let mut ledger = shop::retail();
    let merchants = ledger.merchants().unwrap();
    assert!(merchants.len() > 10);
    for merchant in merchants {
        if ledger.book(&merchant.id).unwrap().head().unwrap().seq > 0 {
            compare(&mut ledger, &merchant.id);
        }
    }
}

#[test]
fn three_currencies_and_every_cause_say_what_the_ledger_says() {
    for seed in 1..=3 {
        compare(&mut Shop::with_days(120, seed).ledger, MERCHANT);
    }
}

/// One posting with its last digit altered, on both sides, so that the entry still balances.
fn altered(text: &str, from: usize) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is_posting = |line: &str| line.starts_with("    ") && !line.contains([';', '=', '"']);
    let first =
        (from..lines.len() - 1).find(|&at| is_posting(&lines[at]) && is_posting(&lines[at + 1]))?;
    for line in &mut lines[first..first + 2] {
        let end = line.rfind(' ').unwrap();
        let digit = line.as_bytes()[end - 1];
        let other = if digit == b'9' { '8' } else { char::from(digit + 1) };
        line.replace_range(end - 1..end, &other.to_string());
    }
    Some(lines.join("\n"))
}

#[test]
fn one_minor_unit_that_was_altered_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::with_days(60, 4);
    for program in Program::ALL {
        let text = journal(&mut shop.ledger, MERCHANT, &Period::ALL, program.dialect());
        for code in ["JPY", "EGP", "KWD"] {
            // The first entry in this currency.
            let unit = format!(" {code}");
            let is_posting = |line: &str| {
                line.starts_with("    ") && line.contains(':') && line.ends_with(&unit)
            };
            let from = text.lines().position(is_posting).unwrap();
            let path = keep(&folder, program, &altered(&text, from).unwrap());
            let said = program.check(&path).expect_err("it was altered");
            assert!(said.to_lowercase().contains("balance"), "{program:?}: {said}");
            // On one side only, the entry itself does not balance.
            let one_side = text.lines().nth(from).unwrap();
            let halved = altered(&text, from).unwrap();
            let other = halved.lines().nth(from).unwrap();
            let path = keep(&folder, program, &text.replacen(one_side, other, 1));
            let accepted = program.check(&path).is_ok();
            assert!(!accepted, "{program:?}: {one_side} became {other}");
        }
    }
}

#[test]
fn a_period_begins_with_what_was_held_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::with_days(120, 5);
    let january = Period::month("2024-01", &Zone::UTC).unwrap();
    let end = Timestamp::parse("2024-01-31T23:59:59.999Z").unwrap();
    let half = 201;
    let head = |shop: &mut Shop, seq: i64| {
        shop.book().journal_entry(&format!("je_{seq}")).unwrap().head().to_string()
    };
    let (from, to) = (head(&mut shop, half), head(&mut shop, half + 100));
    let heads = Period::between(Some(&from), Some(&to), &Zone::UTC).unwrap();
    for (period, as_of) in [(january, AsOf::EffectiveAt(end)), (heads, AsOf::Sequence(half + 100))]
    {
        for program in Program::ALL {
            let text = journal(&mut shop.ledger, MERCHANT, &period, program.dialect());
            assert!(text.contains("opening balances") && text.contains("; Only from"));
            let path = keep(&folder, program, &text);
            program.check(&path).unwrap_or_else(|said| panic!("{program:?}: {said}"));
            let ours = expected(&mut shop.ledger, MERCHANT, as_of);
            assert_eq!(program.balances(&path, &["2100-01-01"]), [ours], "{program:?}");
        }
    }
    let never = from.replace(':', ":00").chars().take(from.len()).collect::<String>();
    let period = Period::between(Some(&never), None, &Zone::UTC).unwrap();
    let mut snapshot = Snapshot::of(&mut shop.ledger, MERCHANT).unwrap();
    let refused = write_journal(&mut snapshot, &period, Dialect::Hledger, &mut Vec::new());
    assert!(matches!(refused, Err(Error::Head { .. })));
}

#[test]
fn an_empty_book_is_a_journal_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::with_days(0, 1);
    for program in Program::ALL {
        let text = journal(&mut shop.ledger, MERCHANT, &Period::ALL, program.dialect());
        let path = keep(&folder, program, &text);
        program.check(&path).unwrap_or_else(|said| panic!("{program:?}: {said}"));
    }
}

#[test]
fn the_largest_amounts_and_the_first_and_last_years_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::in_memory(refundry::Options::default()).unwrap();
    let mut lines = r#"{"object":"merchant","id":"acct_edge","name":"Edge"}"#.to_owned();
    let largest = 9_007_199_254_740_991_i64;
    for (number, (at, code)) in [
        ("1400-01-01T00:00:00.000Z", "JPY"),
        ("9999-12-30T21:59:59.999Z", "KWD"),
        ("9999-12-30T21:59:59.999Z", "EGP"),
        ("1399-12-31T23:59:59.999Z", "EGP"),
        ("0001-01-01T00:00:00.000Z", "KWD"),
    ]
    .into_iter()
    .enumerate()
    {
        lines += &format!(
            "\n{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"acct_edge\",\
             \"amount\":\"{largest}\",\"amountCaptured\":\"{largest}\",\"fee\":\"1\",\
             \"currency\":\"{code}\",\"status\":\"succeeded\",\"availableOn\":\"{at}\",\
             \"createdAt\":\"{at}\"}}"
        );
    }
    ledger.import(lines.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
    let late = Period::between(Some("1400-01-01"), None, &Zone::UTC).unwrap();
    for program in Program::ALL {
        let whole = match program {
            Program::Ledger => {
                let mut snapshot = Snapshot::of(&mut ledger, "acct_edge").unwrap();
                let (all, mut out) = (Period::ALL, Vec::new());
                let refused = write_journal(&mut snapshot, &all, Dialect::Ledger, &mut out);
                assert!(
                    matches!(refused, Err(Error::Year { year: 1399 | 1, .. })) && out.is_empty()
                );
                late
            }
            _ => Period::ALL,
        };
        let path =
            keep(&folder, program, &journal(&mut ledger, "acct_edge", &whole, program.dialect()));
        program.check(&path).unwrap_or_else(|said| panic!("{program:?}: {said}"));
        let ours = expected(&mut ledger, "acct_edge", AsOf::Now);
        assert_eq!(program.balances(&path, &["9999-12-31"]), [ours], "{program:?}");
    }
}
