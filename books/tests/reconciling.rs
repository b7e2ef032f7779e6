//! Reconciliation finds what was planted in a settlement file, and invents nothing.

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::{ToSpan, civil::Date};
use refundry::{Account, Currency, JournalEntry, Ledger, Posting};
use refundry_books::{
    Comparison, Difference, Error, Finding, Layout, Period, Reconciliation, Snapshot, Zone,
    reconcile,
};

use crate::shop::{MERCHANT, Shop};

/// One line of a settlement file to be written.
#[derive(Clone, Debug)]
struct Line {
    reference: String,
    amount: i64,
    currency: &'static str,
    day: Date,
    /// An entry has an external reference that others have too.
    is_shared: bool,
}

/// What is expected or found: kind, currency and amount (of the line, if there is one).
type Findings = BTreeMap<(String, String, i64), u32>;

fn note(findings: &mut Findings, kind: &str, currency: &str, amount: i64) {
    *findings.entry((kind.into(), currency.into(), amount)).or_default() += 1;
}

fn found(report: &Reconciliation) -> Findings {
    let mut findings = Findings::new();
    let minor = |text: &str| text.parse().unwrap();
    for finding in &report.open {
        match finding {
            Finding::MissingHere { line } => {
                note(
                    &mut findings,
                    "missing here",
                    line.currency.code(),
                    minor(&line.amount_minor),
                );
            }
            Finding::DoubledThere { line } => {
                note(
                    &mut findings,
                    "doubled there",
                    line.currency.code(),
                    minor(&line.amount_minor),
                );
            }
            Finding::MissingThere { entry } => {
                note(
                    &mut findings,
                    "missing there",
                    entry.currency.code(),
                    minor(&entry.amount_minor),
                );
            }
            Finding::DoubledHere { entry } => {
                note(
                    &mut findings,
                    "doubled here",
                    entry.currency.code(),
                    minor(&entry.amount_minor),
                );
            }
            Finding::Different { differences, line, .. } => {
                let kind = match differences[..] {
                    [Difference::Amount] => "amount",
                    [Difference::Currency] => "currency",
                    [Difference::Date] => "date",
                    _ => "several",
                };
                note(&mut findings, kind, line.currency.code(), minor(&line.amount_minor));
            }
        }
    }
    findings
}

const CODES: [(&str, u32); 3] = [("JPY", 0), ("EGP", 2), ("KWD", 3)];

/// What the acquirer should know, as it would write it, for the days of a period.
fn lines(shop: &mut Shop, random: &mut Rng, first: Date, last: Date) -> Vec<Line> {
    let entries = shop.book().journal_entries_after(None, u32::MAX).unwrap();
    let mut references = BTreeMap::<String, u32>::new();
    let mut lines = Vec::new();
    for entry in &entries {
        let day: Date = entry.effective_at.to_string()[..10].parse().unwrap();
        let clearing = |entry: &JournalEntry| {
            let moves = |posting: &&Posting| {
                posting.debit == Account::Clearing || posting.credit == Account::Clearing
            };
            entry.postings.first().filter(moves).copied()
        };
        let Some(posting) = clearing(entry).filter(|_| !entry.source.starts_with("stl_")) else {
            continue;
        };
        let is_paid = posting.debit == Account::Clearing;
        let external = match &entry.source[..3] {
            "re_" => shop.book().refund(&entry.source).unwrap().external_reference,
            "dp_" => shop.book().dispute(&entry.source).unwrap().network_reference,
            _ => None,
        };
        let key = format!("{is_paid}{}", external.as_deref().unwrap_or(&entry.source));
        *references.entry(key).or_default() += 1;
        if !(first..=last).contains(&day) {
            continue;
        }
        let known = external.unwrap_or_else(|| entry.source.clone());
        let currency = CODES.iter().find(|(code, _)| *code == posting.currency.code()).unwrap().0;
        let amount = posting.amount.minor();
        lines.push(Line {
            reference: known,
            amount: if is_paid { amount } else { -amount },
            currency,
            day,
            is_shared: false,
        });
    }
    for line in &mut lines {
        let key = format!("{}{}", line.amount > 0, line.reference);
        line.is_shared = references[&key] > 1;
        // Of two under one reference, either may have either's line, if neither is moved.
        let days = if line.is_shared { 0 } else { random.i64(-3..=3) };
        line.day = line.day.checked_add(days.days()).unwrap();
        // Without it, its entry may count as doubled, and another one of the same amount as there.
        if !line.is_shared && random.u8(..4) == 0 {
            line.reference.clear();
        }
    }
    lines
}

/// Alters some lines, and says what has to be found.
fn plant(lines: Vec<Line>, random: &mut Rng) -> (Vec<Line>, Findings) {
    let (mut planted, mut expected) = (Vec::new(), Findings::new());
    let mut named = BTreeMap::<(String, bool), u32>::new();
    for line in &lines {
        *named.entry((line.reference.clone(), line.amount > 0)).or_default() += 1;
    }
    for mut line in lines {
        let towards = line.amount.signum();
        let is_known = !line.reference.is_empty() && !line.is_shared;
        match random.u8(..40) {
            0 => {
                let stranger = Line {
                    reference: format!("X{}", random.u32(..)),
                    amount: 1_000_000_000 + random.i64(0..1_000_000_000),
                    ..line.clone()
                };
                note(&mut expected, "missing here", line.currency, stranger.amount);
                planted.push(stranger);
            }
            1 if !line.is_shared => {
                note(&mut expected, "missing there", line.currency, line.amount);
                continue;
            }
            2 if is_known => {
                line.amount += towards;
                note(&mut expected, "amount", line.currency, line.amount);
            }
            3 if is_known => {
                line.currency = if line.currency == "JPY" { "EGP" } else { "JPY" };
                note(&mut expected, "currency", line.currency, line.amount);
            }
            4 if is_known => {
                line.day = line.day.checked_add(20.days()).unwrap();
                note(&mut expected, "date", line.currency, line.amount);
            }
            5 if is_known => {
                note(&mut expected, "doubled there", line.currency, line.amount);
                planted.push(line.clone());
            }
            6..20 if line.is_shared && !line.reference.is_empty() => {
                // Of two with one reference, one is left.
                let left = named.get_mut(&(line.reference.clone(), line.amount > 0)).unwrap();
                if *left > 1 {
                    *left = 1;
                    note(&mut expected, "doubled here", line.currency, line.amount);
                    continue;
                }
            }
            _ => {}
        }
        planted.push(line);
    }
    random.shuffle(&mut planted);
    (planted, expected)
}

/// Writes the lines in some form, and says in which.
fn written(lines: &[Line], random: &mut Rng) -> (Vec<u8>, Layout) {
    let names = ["Betrag, brutto", "المرجع", "Day of \"sale\"", "Cur;"];
    let map = ["amount", "reference", "date", "currency"];
    let pairs: Vec<_> =
        map.iter().zip(names).map(|(what, name)| format!("{what}={name}")).collect();
    let mut layout = Layout::parse(pairs.iter().map(String::as_str), None).unwrap();
    layout.delimiter = *random.choice(b",;\t|").unwrap();
    layout.decimal_comma = random.bool();
    layout.minor_units = random.bool();
    layout.negated = random.bool();
    let format = [None, Some("%d.%m.%Y"), Some("%m/%d/%Y"), Some("%Y%m%d")][random.usize(..4)];
    layout.date_format = format.map(str::to_owned);

    let mut order = [0, 1, 2, 3, 4];
    random.shuffle(&mut order);
    let ends = if random.bool() { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let bytes = if random.bool() { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    let mut writer =
        csv::WriterBuilder::new().delimiter(layout.delimiter).terminator(ends).from_writer(bytes);
    let mut row = |cells: [&str; 5]| writer.write_record(order.map(|at| cells[at])).unwrap();
    row([names[0], names[1], names[2], names[3], "Remark"]);
    for line in lines {
        let amount = if layout.negated { -line.amount } else { line.amount };
        let exponent = CODES.iter().find(|(code, _)| *code == line.currency).unwrap().1;
        let amount = match (layout.minor_units, layout.decimal_comma) {
            (true, _) => amount.to_string(),
            (false, comma) => major(amount, exponent, comma),
        };
        let day = line.day.strftime(format.unwrap_or("%Y-%m-%d")).to_string();
        row([&amount, &line.reference, &day, line.currency, "\"a\",;\n b"]);
    }
    (writer.into_inner().unwrap(), layout)
}

fn major(minor: i64, exponent: u32, comma: bool) -> String {
    let digits = format!("{:0>width$}", minor.abs(), width = exponent as usize + 1);
    let (whole, decimals) = digits.split_at(digits.len() - exponent as usize);
    let mark = if comma { ',' } else { '.' };
    let sign = if minor < 0 { "-" } else { "" };
    if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}{mark}{decimals}") }
}

fn compare(
    ledger: &mut Ledger,
    file: &[u8],
    layout: &Layout,
    period: &Period,
) -> refundry_books::Result<Reconciliation> {
    let mut snapshot = Snapshot::of(ledger, MERCHANT).unwrap();
    let comparison = Comparison { period: Some(*period), ..Comparison::default() };
    reconcile(&mut snapshot, file, layout, &comparison)
}

/// The totals add up, and are those of the file.
fn check_totals(report: &Reconciliation, lines: &[Line]) {
    let minor = |text: &String| text.replace('.', "").parse::<i64>().unwrap();
    for total in &report.totals {
        let theirs = minor(&total.theirs);
        let of_file = lines.iter().filter(|line| line.currency == total.currency.code());
        assert_eq!(of_file.map(|line| line.amount).sum::<i64>(), theirs);
        let matched = minor(&total.matched);
        let there = [&total.different_theirs, &total.missing_here, &total.doubled_there];
        let here = [&total.different_ours, &total.missing_there, &total.doubled_here];
        assert_eq!(matched + there.map(minor).iter().sum::<i64>(), theirs);
        assert_eq!(matched + here.map(minor).iter().sum::<i64>(), minor(&total.ours));
        assert_eq!(theirs - minor(&total.ours), minor(&total.difference));
    }
}

#[test]
fn all_that_was_planted_in_a_thousand_files_is_found_and_nothing_else() {
    let mut all = BTreeMap::<String, u32>::new();
    for round in 0..20 {
        let mut shop = Shop::with_days(14, 100 + round);
        let (mut seed, mut files) = (round * 1_000, 0);
        while files < 50 {
            seed += 1;
            let mut random = Rng::with_seed(seed);
            let first = Date::constant(2023, 12, 3).checked_add(random.i64(0..8).days()).unwrap();
            let last = first.checked_add(random.i64(2..9).days()).unwrap();
            let clean = lines(&mut shop, &mut random, first, last);
            let (planted, expected) = plant(clean, &mut random);
            if planted.is_empty() {
                continue;
            }
            files += 1;
            let (bytes, layout) = written(&planted, &mut random);
            let (from, to) = (first.to_string(), last.to_string());
            let period = Period::between(Some(&from), Some(&to), &Zone::UTC).unwrap();
            let report = compare(&mut shop.ledger, &bytes, &layout, &period).unwrap();
            assert_eq!(found(&report), expected, "seed {seed}");
            check_totals(&report, &planted);
            for ((kind, ..), count) in expected {
                *all.entry(kind).or_default() += count;
            }
        }
    }
    assert!(all.len() == 7 && all.values().all(|count| *count > 30), "{all:?}");
}

/// A settlement file of the usual form.
fn usual() -> Layout {
    Layout::parse(["amount=Amount", "date=Date", "reference=RRN"], Some(egp())).unwrap()
}

fn egp() -> Currency {
    Currency::from_code("EGP").unwrap()
}

#[test]
fn a_refund_that_was_made_twice_is_doubled_here() {
    let mut shop = Shop::with_days(0, 1);
    let charge = shop.charge_of(10_000, "EGP");
    for _ in 0..2 {
        shop.refund_of(&charge, 2_500, "RRN-1");
    }
    let file = format!("Amount,Date,RRN\n100.00,2023-12-03,{charge}\n-25.00,2023-12-04,RRN-1\n");
    let report = compare(&mut shop.ledger, file.as_bytes(), &usual(), &Period::ALL).unwrap();
    assert_eq!(report.matched.len(), 2);
    assert!(
        matches!(&report.open[..], [Finding::DoubledHere { entry }] if entry.amount == "-25.00")
    );
}

/// An acquirer that pays out each currency by itself sends one file for each.
#[test]
fn a_file_of_one_currency_leaves_the_others_alone_but_names_a_wrong_one() {
    let mut shop = Shop::with_days(0, 1);
    let pounds = shop.charge_of(10_000, "EGP");
    let dollars = shop.charge_of(700, "USD");
    let other = shop.charge_of(800, "USD");
    let file = format!("Amount,Date,RRN\n100.00,2023-12-03,{pounds}\n8.00,2023-12-03,{other}\n");
    let usd = Currency::from_code("USD").unwrap();
    let mut refused = || {
        let mut snapshot = Snapshot::of(&mut shop.ledger, MERCHANT).unwrap();
        let comparison = Comparison { currency: Some(usd), ..Comparison::default() };
        reconcile(&mut snapshot, file.as_bytes(), &usual(), &comparison).unwrap_err()
    };
    // What is not compared must not be settled.
    assert!(matches!(
        refused(),
        Error::OtherCurrency { line: 2, currency, only } if currency == egp() && only == usd
    ));
    let mut open = |currency| {
        let mut snapshot = Snapshot::of(&mut shop.ledger, MERCHANT).unwrap();
        let comparison = Comparison { name: Some("<day>.csv"), currency, ..Comparison::default() };
        let report = reconcile(&mut snapshot, file.as_bytes(), &usual(), &comparison).unwrap();
        let mut page = Vec::new();
        report.write_html(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        let only = currency.map(|_| ", EGP alone").unwrap_or_default();
        let about = format!("<p>&lt;day&gt;.csv, from 2023-12-03 to 2023-12-03{only}</p>");
        assert!(page.contains(&about), "{page}");
        report.open
    };
    // What the file names is compared, whatever its currency.
    assert!(matches!(
        &open(Some(egp()))[..],
        [Finding::Different { differences, entry, .. }]
            if *differences == [Difference::Currency] && entry.source == other
    ));
    let all = open(None);
    assert_eq!(all.len(), 2);
    assert!(all.iter().any(
        |finding| matches!(finding, Finding::MissingThere { entry } if entry.source == dollars)
    ));
}

/// The acquirer knows a sale and a refund that came back by its own references, whatever the day.
#[test]
fn a_charge_and_a_refund_that_came_back_are_found_by_their_references() {
    let mut shop = Shop::with_days(0, 1);
    let first = shop.charge_of(10_000, "EGP");
    let (amount, due) = (refundry::Amount::from_minor(10_000).unwrap(), refundry::Timestamp::MIN);
    let mut new = refundry::NewCharge::succeeded(amount, refundry::Fee::ZERO, egp(), due);
    new.external_reference = Some("SALE-2".into());
    let second = shop.book().create_charge(&new, None).unwrap().id.clone();
    shop.refund_of(&first, 2_500, "RRN-1");
    let entries = shop.book().journal_entries_after(None, 10).unwrap();
    let refund = entries.last().unwrap().source.clone();
    shop.book().fail_refund(&refund, None).unwrap();
    let file = "Amount,Date,RRN\n100.00,2023-12-03,SALE-2\n-25.00,2023-12-03,RRN-1\n\
                25.00,2023-12-20,RRN-1\n";
    let report = compare(&mut shop.ledger, file.as_bytes(), &usual(), &Period::ALL).unwrap();
    let book = shop.book();
    let matched = report.matched.iter().map(|pair| book.journal_entry(&pair.entry).unwrap().source);
    assert_eq!(matched.collect::<Vec<_>>(), [second.as_str(), &refund]);
    assert!(
        matches!(&report.open[..], [
            Finding::Different { differences, entry, .. },
            Finding::MissingThere { entry: missing },
        ] if differences[..] == [Difference::Date] && entry.source == refund && missing.source == first),
        "{:?}",
        report.open
    );
    // The shop's own reference keeps no line apart that has the acquirer's.
    let file = "Amount,Date,RRN\n100.00,2023-12-03,X1\n100.00,2023-12-03,X2\n";
    let report = compare(&mut shop.ledger, file.as_bytes(), &usual(), &Period::ALL).unwrap();
    assert_eq!(report.matched.len(), 2);
}

#[test]
fn a_file_settles_once_and_only_if_nothing_is_open() {
    let mut shop = Shop::with_days(0, 1);
    let charge = shop.charge_of(10_000, "EGP");
    shop.refund_of(&charge, 2_500, "RRN-1");
    let head = shop.book().head().unwrap();
    let open = format!("Amount,Date,RRN\n100.00,2023-12-03,{charge}\n");
    let report = compare(&mut shop.ledger, open.as_bytes(), &usual(), &Period::ALL).unwrap();
    assert!(matches!(report.settlements(), Err(Error::Open { open: 1 })));
    assert_eq!(shop.book().head().unwrap(), head);

    let whole = format!("{open}-25.00,2023-12-03,RRN-1\n");
    for _ in 0..2 {
        let report = compare(&mut shop.ledger, whole.as_bytes(), &usual(), &Period::ALL).unwrap();
        let settlements = report.settlements().unwrap();
        assert_eq!(settlements.len(), 1);
        let (new, key) = &settlements[0];
        shop.book().create_transfer(new, Some(key)).unwrap();
        let balances = shop.book().balances().unwrap()[0].balances;
        assert_eq!(balances.of(Account::Clearing).minor(), 0);
        assert_eq!(balances.of(Account::Bank).minor(), 7_500);
        assert_eq!(shop.book().head().unwrap().seq, head.seq + 1);
    }
}

#[test]
fn a_file_that_cannot_be_read_wholly_is_refused_with_its_line() {
    let mut shop = Shop::with_days(5, 3);
    let good = "Amount,Date,RRN\n1.00,2023-12-03,a\n\n";
    for (bad, line, why) in [
        (&b"1.005,2023-12-03,b\n"[..], 4, "\"1.005\" is not an amount of EGP"),
        (b"1.00,03.12.2023,b\n", 4, "\"03.12.2023\" is not a date"),
        (b"1.00,2023-02-30,b\n", 4, "not a date"),
        (b"1.00,2023-12-03\n", 4, "2 columns"),
        (b"1.00,2023-12-03,b\n1.00,2023-1", 5, "2 columns"),
        (b"1.00,2023-12-03,\"b\n1.00,2023-12-03,c\n", 4, "never closed"),
        (b"1.00,2023-12-03,\xff\n", 4, "not UTF-8"),
        (b"Total,,\n", 4, "not an amount"),
    ] {
        let file = [good.as_bytes(), bad].concat();
        match compare(&mut shop.ledger, &file, &usual(), &Period::ALL) {
            Err(Error::Line { line: at, problem }) => {
                assert!(at == line && problem.contains(why), "line {at}: {problem}");
            }
            other => panic!("{other:?}"),
        }
        let text = String::from_utf8_lossy(&file).replace('\n', "\r\n");
        let refused = compare(&mut shop.ledger, text.as_bytes(), &usual(), &Period::ALL);
        // What was not UTF-8 became so.
        if let Err(Error::Line { line: at, problem }) = refused {
            assert!(at == line, "line {at} after CR LF: {problem}");
        }
    }
    for file in
        ["Amount,Date,RRN\n", "", "Amount,Day,RRN\n1,2,3\n", "Amount,Date,RRN,Date\n1,2,3,4\n"]
    {
        let refused = compare(&mut shop.ledger, file.as_bytes(), &usual(), &Period::ALL);
        assert!(matches!(refused, Err(Error::Line { .. } | Error::Mapping(_))), "{file}");
    }
    for map in [&["amount=A"][..], &["amount=A", "amount=B", "date=D"], &["amont=A", "date=D"]] {
        assert!(matches!(Layout::parse(map.iter().copied(), Some(egp())), Err(Error::Mapping(_))));
    }
    assert!(Layout::parse(["amount=A", "date=D"], None).is_err(), "no currency");
    assert!(Layout::parse(["amount=A", "date=D", "currency=C"], Some(egp())).is_err());
}

#[test]
fn a_report_is_told_to_people_and_programs() {
    let mut shop = Shop::with_days(0, 1);
    let charge = shop.charge_of(10_000, "EGP");
    shop.refund_of(&charge, 2_500, "<script>");
    let file = "Amount,Date,RRN\n100.01,2023-12-03,<b>\u{1b}[2J\n";
    let report = compare(&mut shop.ledger, file.as_bytes(), &usual(), &Period::ALL).unwrap();
    let (mut text, mut html) = (Vec::new(), Vec::new());
    report.write_text(&mut text).unwrap();
    report.write_html(&mut html).unwrap();
    let (text, html) = (String::from_utf8(text).unwrap(), String::from_utf8(html).unwrap());
    for said in
        ["missing here", "missing there", "line 2", "je_1", "100.01", "-25.00", "0 matched, 3 open"]
    {
        assert!(text.contains(said) && html.contains(said), "{said}: {text}");
    }
    assert!(
        !text.contains('\u{1b}') && !html.contains("<script>") && html.contains("&lt;script&gt;")
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["open"][0]["kind"], "missing_here");
    assert_eq!(json["totals"][0]["difference"], "25.01");
}
