//! Tables are read by programs of data frames, and by readers of CSV, to the ledger's balances.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use refundry::{Account, AsOf, Ledger, Timestamp};
use refundry_books::{Period, Snapshot, Table, write_parquet, write_table};
use serde_json::{Value, json};

use crate::{
    journals::three_days,
    program::target,
    shop::{self, MERCHANT, Shop},
};

const OF_PARQUET: [&str; 3] = ["duckdb", "pandas", "polars"];
const OF_CSV: [&str; 4] = ["csv", "duckdb", "pandas", "polars"];

/// Writes the journal of a book in both formats, and asks for its sums at three days.
fn questions(ledger: &mut Ledger, merchant: &str, folder: &Path) -> [Value; 2] {
    let days = three_days(ledger, merchant);
    let mut snapshot = Snapshot::of(ledger, merchant).unwrap();
    let (mut parquet, mut csv) = (Vec::new(), Vec::new());
    write_parquet(&mut snapshot, &Period::ALL, Table::Journal, &mut parquet).unwrap();
    write_table(&mut snapshot, &Period::ALL, Table::Journal, &mut csv).unwrap();
    [("parquet", parquet, &OF_PARQUET[..]), ("csv", csv, &OF_CSV)].map(|(kind, bytes, readers)| {
        let file = folder.join(format!("{merchant}.{kind}"));
        std::fs::write(&file, bytes).unwrap();
        json!({ "file": file, "days": days, "readers": readers })
    })
}

/// What the ledger says before a day, as the readers tell it.
fn expected(ledger: &mut Ledger, merchant: &str, day: &str) -> Value {
    let end = Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap().millis() - 1;
    let as_of = AsOf::EffectiveAt(Timestamp::from_millis(end));
    let mut rows = Vec::new();
    for of in ledger.book(merchant).unwrap().trial_balance(as_of).unwrap() {
        let exponent = ledger.exponent(of.currency).unwrap().unwrap();
        for account in Account::ALL {
            let towards = if account.grows_by_debit() { 1 } else { -1 };
            let minor = of.balances.of(account).minor() * towards;
            if minor != 0 {
                let mut major = of.balances.of(account).to_major(exponent).normalize();
                major.set_sign_negative(minor < 0);
                let name = serde_json::to_value(account).unwrap();
                rows.push((name, of.currency.code().to_owned(), major.to_string(), minor));
            }
        }
    }
    rows.sort_by(|one, other| {
        one.0.as_str().cmp(&other.0.as_str()).then_with(|| one.1.cmp(&other.1))
    });
    json!(rows)
}

/// The answers of all readers. Python and its packages take long to start.
fn ask(questions: &[Value]) -> Vec<Value> {
    let python = target().join("frames/bin/python");
    let mut child = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frames.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(
            "the readers are there: python3 -m venv target/frames && target/frames/bin/pip install \
             -r books/tests/frames.txt",
        );
    let asked = json!({ "questions": questions }).to_string();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn tables_of_a_real_shop_and_of_every_cause_add_up_to_the_ledgers_balances() {
    let folder = tempfile::tempdir().unwrap();
    let mut retail = shop::retail();
    let mut shop = Shop::with_days(120, 21);
    let (mut asked, mut wanted) = (Vec::new(), Vec::new());
    let mut ask_of = |ledger: &mut Ledger, merchant: &str| {
        for question in questions(ledger, merchant, folder.path()) {
            let days = question["days"].as_array().unwrap();
            let sums = |day: &Value| expected(ledger, merchant, day.as_str().unwrap());
            wanted.push(days.iter().map(sums).collect::<Vec<_>>());
            asked.push(question);
        }
    };
    for merchant in retail.merchants().unwrap() {
        if retail.book(&merchant.id).unwrap().head().unwrap().seq > 0 {
            ask_of(&mut retail, &merchant.id);
        }
    }
    ask_of(&mut shop.ledger, MERCHANT);
    let answers = ask(&asked);
    assert!(answers.len() == asked.len() && answers.len() > 20);
    for ((question, wanted), answer) in asked.iter().zip(wanted).zip(&answers) {
        assert_eq!(wanted.len(), 3);
        let answer = answer.as_object().unwrap();
        assert_eq!(answer.len(), question["readers"].as_array().unwrap().len());
        for (reader, told) in answer {
            assert_eq!(*told, json!(wanted), "{reader} of {}", question["file"]);
        }
    }
}

#[test]
fn one_minor_unit_that_was_altered_is_noticed_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::with_days(60, 22);
    let mut asked = Vec::new();
    for mut question in questions(&mut shop.ledger, MERCHANT, folder.path()) {
        for code in ["JPY", "EGP", "KWD"] {
            question["alter"] = code.into();
            asked.push(question.clone());
        }
    }
    for (question, answer) in asked.iter().zip(ask(&asked)) {
        let day = question["days"][2].as_str().unwrap();
        let wanted = expected(&mut shop.ledger, MERCHANT, day);
        for (reader, told) in answer.as_object().unwrap() {
            let differ = |told: &[Value], wanted: &[Value]| {
                told.iter().filter(|row| !wanted.contains(row)).cloned().collect::<Vec<_>>()
            };
            let differ = differ(told[2].as_array().unwrap(), wanted.as_array().unwrap());
            let is_of_the_currency = |row: &Value| row[1] == question["alter"];
            assert!(
                differ.len() == 2 && differ.iter().all(is_of_the_currency),
                "{reader}: {differ:?}"
            );
        }
    }
}

#[test]
fn every_table_as_parquet_has_the_cells_that_it_has_as_csv() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = Shop::with_days(120, 23);
    let mut snapshot = Snapshot::of(&mut shop.ledger, MERCHANT).unwrap();
    let tables =
        [Table::Journal, Table::Statement, Table::Refunds, Table::Charges, Table::Disputes];
    let asked = tables.map(|table| {
        let (mut parquet, mut csv) = (Vec::new(), Vec::new());
        write_parquet(&mut snapshot, &Period::ALL, table, &mut parquet).unwrap();
        write_table(&mut snapshot, &Period::ALL, table, &mut csv).unwrap();
        let files = [("parquet", parquet), ("csv", csv)].map(|(kind, bytes)| {
            let file = folder.path().join(format!("{table:?}.{kind}"));
            std::fs::write(&file, bytes).unwrap();
            file
        });
        json!({ "same": files })
    });
    for (table, answer) in tables.iter().zip(ask(&asked)) {
        assert_eq!(answer["different"], json!([]), "{table:?}");
        assert!(answer["rows"].as_u64().unwrap() > 20, "{table:?}: {answer}");
    }
}

#[test]
fn rows_in_several_groups_and_the_largest_amounts_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::in_memory(refundry::Options::default()).unwrap();
    let mut lines = r#"{"object":"merchant","id":"acct_edge","name":"Edge"}"#.to_owned();
    let largest = 9_007_199_254_740_991_i64;
    // A group has 16,384 rows; each charge has two postings.
    for number in 0..20_000 {
        let (amount, code, at) = match number {
            0 => (largest, "JPY", "0001-01-02T00:00:00.000Z"),
            1 => (largest, "CLF", "9999-12-29T23:59:59.999Z"),
            2 => (largest, "KWD", "1969-12-31T23:59:59.999Z"),
            _ => (100 + number % 7, "EGP", "2024-01-01T00:00:00.000Z"),
        };
        lines += &format!(
            "\n{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"acct_edge\",\
             \"amount\":\"{amount}\",\"amountCaptured\":\"{amount}\",\"fee\":\"1\",\
             \"currency\":\"{code}\",\"status\":\"succeeded\",\"availableOn\":\"{at}\",\
             \"createdAt\":\"{at}\"}}"
        );
    }
    ledger.import(lines.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
    let [mut question, _] = questions(&mut ledger, "acct_edge", folder.path());
    let days = ["1970-01-01", "2024-01-02", "9999-12-30"];
    question["days"] = json!(days);
    let answer = &ask(&[question])[0];
    for (reader, told) in answer.as_object().unwrap() {
        for (at, day) in days.iter().enumerate() {
            assert_eq!(told[at], expected(&mut ledger, "acct_edge", day), "{reader} {day}");
        }
    }
}
