//! Tables are read by others' readers of CSV to the same sums.

use std::{collections::BTreeMap, fs, process::Command};

use refundry::Ledger;
use refundry_books::{Period, Snapshot, Table, Zone, write_table};

use crate::shop::{MERCHANT, Shop};

fn table(ledger: &mut Ledger, period: &Period, table: Table) -> String {
    let mut out = Vec::new();
    write_table(&mut Snapshot::of(ledger, MERCHANT).unwrap(), period, table, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The rows, by the names of their columns, as Python's reader finds them in its strict mode.
fn read(table: &str) -> Vec<BTreeMap<String, String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, table).unwrap();
    let script = "import csv, json, sys\n\
                  rows = csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True)\n\
                  print(json.dumps(list(rows)))";
    let read = Command::new("python3")
        .args(["-c", script])
        .arg(file.path())
        .output()
        .expect("python3 is there: apt-get install python3");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    serde_json::from_slice(&read.stdout).unwrap()
}

/// Minor units by a column's values; major units say the same.
fn sums(rows: &[BTreeMap<String, String>], by: &[&str], amount: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let minor: i64 = row[&format!("{amount}Minor")].parse().unwrap();
        let decimals = match row["currency"].as_str() {
            "JPY" => 0,
            "EGP" => 2,
            _ => 3,
        };
        let major = row[amount].split_once('.').map_or(0, |(_, decimals)| decimals.len());
        assert_eq!((row[amount].replace('.', "").parse(), major), (Ok(minor), decimals), "{row:?}");
        let key: Vec<_> = by.iter().map(|column| row[*column].as_str()).collect();
        *sums.entry(key.join(" ")).or_default() += minor;
    }
    sums
}

#[test]
fn every_table_adds_up_to_the_ledgers_balances() {
    let mut shop = Shop::with_days(60, 9);
    let rows = read(&table(&mut shop.ledger, &Period::ALL, Table::Journal));
    let debits = sums(&rows, &["debit", "currency"], "amount");
    let credits = sums(&rows, &["credit", "currency"], "amount");
    let statement = read(&table(&mut shop.ledger, &Period::ALL, Table::Statement));
    let nets = sums(&statement, &["currency"], "net");
    let mut checked = 0;
    for of in shop.book().balances().unwrap() {
        for account in refundry::Account::ALL {
            let name = serde_json::to_value(account).unwrap().as_str().unwrap().to_owned();
            let of_side = |side: &BTreeMap<String, i64>| {
                side.get(&format!("{name} {}", of.currency)).copied().unwrap_or(0)
            };
            let sum = of_side(&debits) - of_side(&credits);
            let sum = if account.grows_by_debit() { sum } else { -sum };
            assert_eq!(sum, of.balances.of(account).minor(), "{name} {}", of.currency);
            checked += i64::from(sum != 0);
        }
        let funds = [refundry::Account::Pending, refundry::Account::Available];
        let funds: i64 = funds.iter().map(|account| of.balances.of(*account).minor()).sum();
        assert_eq!(nets[of.currency.code()], funds);
    }
    assert!(checked > 15);

    let charges = read(&table(&mut shop.ledger, &Period::ALL, Table::Charges));
    let refunds = read(&table(&mut shop.ledger, &Period::ALL, Table::Refunds));
    let made: Vec<_> = refunds.iter().filter(|row| row["status"] == "succeeded").cloned().collect();
    let refunded = sums(&charges, &["currency"], "amountRefunded");
    assert_eq!(sums(&made, &["currency"], "amount"), refunded);
    assert!(made.len() < refunds.len());
    let disputes = read(&table(&mut shop.ledger, &Period::ALL, Table::Disputes));
    let held: Vec<_> = disputes.iter().filter(|row| row["status"] != "won").cloned().collect();
    let disputed = sums(&charges, &["currency"], "amountDisputed");
    assert_eq!(sums(&held, &["currency"], "amount"), disputed);
    assert!(held.len() < disputes.len() && !disputed.is_empty());
}

#[test]
fn a_spreadsheet_takes_no_text_for_a_formula() {
    let mut shop = Shop::with_days(30, 10);
    let text = table(&mut shop.ledger, &Period::ALL, Table::Refunds);
    assert!(text.lines().count() > text.matches("\r\n").count(), "a line break within a text");
    let rows = read(&text);
    let mut texts = 0;
    for row in &rows {
        let refund = shop.book().refund(&row["id"]).unwrap();
        for (cell, told) in [
            (&row["externalReference"], refund.external_reference),
            (&row["description"], refund.description),
        ] {
            // Without the apostrophe, every text is what it was.
            let told = told.unwrap_or_default();
            assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), told);
            texts += u32::from(told.starts_with('='));
        }
        for (column, cell) in row {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{column}: {cell}");
        }
    }
    assert!(texts > 10);
}

#[test]
fn a_period_has_only_its_own() {
    let mut shop = Shop::with_days(60, 11);
    let (first, last) = ("2023-12-08", "2023-12-21");
    let days = Period::between(Some(first), Some(last), &Zone::UTC).unwrap();
    for (kind, column) in [
        (Table::Journal, "effectiveAt"),
        (Table::Statement, "createdAt"),
        (Table::Refunds, "createdAt"),
        (Table::Charges, "createdAt"),
        (Table::Disputes, "createdAt"),
    ] {
        let is_within =
            |row: &&BTreeMap<String, String>| (first..=last).contains(&&row[column][..10]);
        let all = read(&table(&mut shop.ledger, &Period::ALL, kind));
        let some = read(&table(&mut shop.ledger, &days, kind));
        assert_eq!(
            some.iter().collect::<Vec<_>>(),
            all.iter().filter(is_within).collect::<Vec<_>>()
        );
        assert!(!some.is_empty() && some.len() < all.len(), "{kind:?}");
    }
}
