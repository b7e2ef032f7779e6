//! Statements add up to the ledger's balances, whatever the time zone, on screen and on paper.

use std::collections::BTreeMap;

use refundry::{Account, AsOf, Ledger, Timestamp};
use refundry_books::{Language, Period, Snapshot, Statement, StatementFormat, Zone};

use crate::shop::{MERCHANT, NAME, Shop};

fn statement(
    ledger: &mut Ledger,
    period: &Period,
    zone: &Zone,
    format: StatementFormat,
    language: Language,
) -> String {
    let mut snapshot = Snapshot::of(ledger, MERCHANT).unwrap();
    let statement = Statement::of(&mut snapshot, period, zone).unwrap();
    let mut out = Vec::new();
    statement.write(format, language, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Sums of minor units by kind and currency, and by account too where the kind is a balance.
type Sums = BTreeMap<(String, String, String), i64>;

fn sums(table: &str) -> Sums {
    let mut sums = Sums::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        let minor: i64 = row[7].parse().unwrap();
        let account = if row[1].is_empty() { row[2].to_owned() } else { String::new() };
        *sums.entry((row[0].to_owned(), row[5].to_owned(), account)).or_default() += minor;
        let digits: String = row[6].chars().filter(|character| *character != '.').collect();
        assert_eq!(digits.parse::<i64>().unwrap(), minor, "{row:?}");
    }
    sums
}

/// What the ledger says at a moment, in the statement's form.
fn kept(ledger: &mut Ledger, kind: &str, before: &str) -> Sums {
    let moment = Timestamp::parse(before).unwrap().millis() - 1;
    let as_of = AsOf::EffectiveAt(Timestamp::from_millis(moment));
    let balances = ledger.book(MERCHANT).unwrap().trial_balance(as_of).unwrap();
    let mut kept = Sums::new();
    for of in balances {
        for account in Account::ALL {
            let name = serde_json::to_value(account).unwrap().as_str().unwrap().to_owned();
            let key = (kind.to_owned(), of.currency.code().to_owned(), name);
            kept.insert(key, of.balances.of(account).minor());
        }
    }
    kept
}

#[test]
fn every_month_of_every_zone_adds_up_to_the_trial_balance() {
    let mut shop = Shop::with_days(160, 6);
    // Summer time begins in March or in April; one zone is a quarter of an hour off, one a day ahead.
    for (name, begins) in [
        ("UTC", ["2024-03-01T00:00:00Z", "2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z"]),
        ("Africa/Cairo", ["2024-02-29T22:00:00Z", "2024-03-31T22:00:00Z", "2024-04-30T21:00:00Z"]),
        ("Europe/Berlin", ["2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z", "2024-04-30T22:00:00Z"]),
        (
            "Asia/Kathmandu",
            ["2024-02-29T18:15:00Z", "2024-03-31T18:15:00Z", "2024-04-30T18:15:00Z"],
        ),
        ("Pacific/Apia", ["2024-02-29T11:00:00Z", "2024-03-31T11:00:00Z", "2024-04-30T11:00:00Z"]),
    ] {
        let zone = Zone::named(name).unwrap();
        for (month, ends) in ["2024-03", "2024-04"].into_iter().zip(begins.windows(2)) {
            let period = Period::month(month, &zone).unwrap();
            let (csv, language) = (StatementFormat::Csv, Language::English);
            let sums = sums(&statement(&mut shop.ledger, &period, &zone, csv, language));
            for (kind, moment) in [("opening", ends[0]), ("closing", ends[1])] {
                let told: Sums = sums
                    .iter()
                    .filter(|((of, ..), _)| of == kind)
                    .map(|(k, v)| (k.clone(), *v))
                    .collect();
                assert_eq!(told, kept(&mut shop.ledger, kind, moment), "{name} {month} {kind}");
            }
            for code in ["JPY", "EGP", "KWD"] {
                let total = |kind: &str, accounts: &[&str]| -> i64 {
                    let key =
                        |account: &&str| (kind.to_owned(), code.to_owned(), (*account).into());
                    accounts.iter().filter_map(|account| sums.get(&key(account))).sum()
                };
                let funds = ["pending", "available"];
                let lines: i64 = sums
                    .iter()
                    .filter(|((kind, of, _), _)| {
                        of == code && kind != "opening" && kind != "closing"
                    })
                    .map(|(_, sum)| sum)
                    .sum();
                assert!(lines != 0);
                assert_eq!(
                    total("opening", &funds) + lines,
                    total("closing", &funds),
                    "{name} {month}"
                );
            }
        }
    }
}

#[test]
fn all_lines_of_all_time_are_the_ledgers_statement() {
    let mut shop = Shop::with_days(60, 7);
    let (csv, language) = (StatementFormat::Csv, Language::English);
    let sums = sums(&statement(&mut shop.ledger, &Period::ALL, &Zone::UTC, csv, language));
    let mut nets = BTreeMap::<String, i64>::new();
    let mut page = refundry::Page { limit: 100, starting_after: None };
    loop {
        let list = shop.book().balance_transactions(&Default::default(), &page).unwrap();
        for line in &list.data {
            *nets.entry(line.currency.code().to_owned()).or_default() += line.net.minor();
        }
        page.starting_after = list.data.last().map(|line| line.id.clone());
        if !list.has_more {
            break;
        }
    }
    for (code, net) in nets {
        let is_line = |kind: &str| kind != "opening" && kind != "closing";
        let lines = sums.iter().filter(|((kind, of, _), _)| *of == code && is_line(kind));
        assert_eq!(lines.map(|(_, sum)| sum).sum::<i64>(), net, "{code}");
    }
}

#[test]
fn a_page_is_safe_to_open_and_says_the_same_in_both_languages() {
    let mut shop = Shop::with_days(40, 8);
    let zone = Zone::named("Africa/Cairo").unwrap();
    let period = Period::month("2023-12", &zone).unwrap();
    let html = StatementFormat::Html;
    let english = statement(&mut shop.ledger, &period, &zone, html, Language::English);
    let arabic = statement(&mut shop.ledger, &period, &zone, html, Language::Arabic);
    assert!(english.starts_with("<!doctype html>\n<html lang=\"en\" dir=\"ltr\">"));
    assert!(arabic.starts_with("<!doctype html>\n<html lang=\"ar\" dir=\"rtl\">"));
    let numbers = |page: &str| -> Vec<String> {
        let parts = page.split("<td class=\"n\"><bdi dir=\"ltr\">").skip(1);
        parts.map(|part| part.split('<').next().unwrap().to_owned()).collect()
    };
    assert!(numbers(&english) == numbers(&arabic) && numbers(&english).len() > 50);
    for page in [&english, &arabic] {
        assert!(!page.contains("<script") && !page.contains("=1+1\n\""));
        assert!(page.contains(&NAME.replace('"', "&quot;")) && !page.contains("2023-11-30"));
        assert_eq!(page.matches("<table>").count(), page.matches("</table>").count());
    }

    // What the table says beside the amounts, the pages say as well.
    let table =
        statement(&mut shop.ledger, &period, &zone, StatementFormat::Csv, Language::English);
    let mut kinds = BTreeMap::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        let (charge, reference) = (&row[3], row[4].trim_start_matches('\''));
        for said in [charge, reference].into_iter().filter(|said| !said.is_empty()) {
            *kinds.entry(row[0].to_owned()).or_insert(0) += 1;
            let said = format!("><bdi dir=\"ltr\">{said}</bdi></td>");
            for page in [&english, &arabic] {
                let mut lines = page.lines().filter(|line| line.contains(&row[2]));
                assert!(lines.any(|line| line.contains(&said)), "{row:?}");
            }
        }
    }
    assert!(["fee", "refund", "dispute"].iter().all(|kind| kinds.contains_key(*kind)), "{kinds:?}");

    let text =
        statement(&mut shop.ledger, &period, &zone, StatementFormat::Text, Language::English);
    assert!(text.contains("Period: 2023-12-01 to 2023-12-31 (Africa/Cairo)"), "{text}");
    for number in numbers(&english) {
        assert!(text.contains(&number.replace('\u{2212}', "-")), "{number} is in the text");
    }
}
