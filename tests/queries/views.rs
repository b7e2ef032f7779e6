//! The views in the file say what the library says.

use refundry::{
    Book, ChargeFilter, Currency, Decimal, DisputeFilter, DisputeReason, Fee, HandoverFilter,
    JournalEntry, Ledger, NewCharge, NewDispute, NewTransfer, Options, Page, RefundFilter,
    RefundRequest, SignedAmount, StatementFilter, Timestamp,
};
use rusqlite::{Connection, Row, types::Value};

use crate::shop::{self, amount};

/// A view's rows in the order that is asked for, each column as text.
fn rows(conn: &Connection, sql: &str) -> Vec<Vec<String>> {
    let text = |value: Value| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    };
    let read = |row: &Row<'_>| (0..row.as_ref().column_count()).map(|at| row.get(at)).collect();
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], read).unwrap();
    let rows = rows.collect::<rusqlite::Result<Vec<Vec<Value>>>>().unwrap();
    rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
}

fn or_none<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn json(metadata: &std::collections::BTreeMap<String, String>) -> String {
    if metadata.is_empty() { "-".to_owned() } else { serde_json::to_string(metadata).unwrap() }
}

/// Minor units as the view writes major ones.
fn major(minor: i64, currency: Currency) -> String {
    let exponent = currency.standard_exponent().unwrap();
    Decimal::new(minor, exponent).to_string()
}

fn charge(minor: i64, fee: i64, currency: Currency) -> NewCharge {
    let due = Timestamp::from_millis(1_704_240_000_001);
    NewCharge::succeeded(amount(minor), Fee::from_minor(fee).unwrap(), currency, due)
}

/// A ledger with charges of 0, 2 and 3 decimals, refunds, failures, transfers and payouts.
fn fill(ledger: &mut Ledger) {
    let mut book = ledger.book("acct_cairo").unwrap();
    for (code, minor, fee) in [("EGP", 22_604, 912), ("JPY", 500, 1), ("KWD", 7, 0), ("EGP", 5, 5)]
    {
        let currency = Currency::from_code(code).unwrap();
        let mut new = charge(minor, fee, currency);
        new.description = Some(format!("an order in {code}"));
        new.metadata.insert("till".to_owned(), "7".to_owned());
        new.external_reference = Some(format!("ORD-{code}"));
        let charge = book.create_charge(&new, None).unwrap();
        let mut request = RefundRequest::of_charge(&charge.id);
        request.amount = Some(amount(1));
        request.description = Some("broken".to_owned());
        request.external_reference = Some("RRN-1".to_owned());
        let refund = book.create_refund(&request, None).unwrap();
        if code == "JPY" {
            book.fail_refund(&refund.id, None).unwrap();
        }
        if minor > 1_000 {
            dispute(&mut book, &charge.id);
        }
    }
    for (minor, code) in
        [(9_007_199_254_740_991, "KWD"), (-9_007_199_254_740_991, "EGP"), (-7, "JPY")]
    {
        let amount = SignedAmount::from_minor(minor).unwrap();
        let new = NewTransfer::adjustment(amount, Currency::from_code(code).unwrap());
        book.create_transfer(&new, None).unwrap();
    }
    let payout = NewTransfer::payout(amount(1_001), Currency::from_code("KWD").unwrap());
    let payout = book.create_transfer(&payout, None).unwrap();
    book.conclude_payout(&payout.id, refundry::PayoutOutcome::Failed, None).unwrap();
    let mut pending = charge(300, 0, Currency::from_code("EGP").unwrap());
    pending.status = refundry::ChargeStatus::Pending;
    book.create_charge(&pending, None).unwrap();
}

#[test]
fn the_views_say_what_the_library_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    shop::add_merchant(&mut ledger, "acct_cairo");
    fill(&mut ledger);
    hand_over(&mut ledger);
    let conn = Connection::open(&path).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    charges(&conn, &book);
    refunds(&conn, &book);
    disputes(&conn, &book);
    handovers(&conn, &book);
    statement(&conn, &mut book);
    entries(&conn, &book);
}

/// Two charges go to another book, one of which comes back.
fn hand_over(ledger: &mut Ledger) {
    shop::add_merchant(ledger, "acct_giza");
    let mut book = ledger.book("acct_cairo").unwrap();
    let charges = book.charges(&ChargeFilter::default(), &PAGE).unwrap().data;
    let mut of = |code: &str| {
        let charge = charges.iter().find(|charge| charge.currency.code() == code).unwrap();
        book.hand_over_charge(&charge.id, "acct_giza", None).unwrap().value.text.unwrap()
    };
    let (_stays, comes_back) = (of("KWD"), of("JPY"));
    let back = ledger.book("acct_giza").unwrap().refuse_handover(&comes_back).unwrap().value.text;
    ledger.book("acct_cairo").unwrap().take_over_charge(&back.unwrap()).unwrap();
}

const REASONS: [DisputeReason; 8] = [
    DisputeReason::Duplicate,
    DisputeReason::Fraudulent,
    DisputeReason::CreditNotProcessed,
    DisputeReason::ProductNotReceived,
    DisputeReason::ProductUnacceptable,
    DisputeReason::SubscriptionCanceled,
    DisputeReason::Unrecognized,
    DisputeReason::General,
];

/// Disputes for each reason: open, lost, and won with the fee and without.
fn dispute(book: &mut Book<'_>, charge: &str) {
    for (at, reason) in REASONS.into_iter().enumerate() {
        let mut new = NewDispute::of_charge(charge, amount(7));
        new.fee = Fee::from_minor(if at % 2 == 0 { 1_500 } else { 0 }).unwrap();
        new.reason = Some(reason);
        new.network_reference = (at > 3).then(|| format!("N-{at}"));
        let id = book.open_dispute(&new, None).unwrap().value.id;
        match at {
            0 => drop(book.win_dispute(&id, true, None).unwrap()),
            1 => drop(book.win_dispute(&id, true, None).unwrap()),
            2 => drop(book.win_dispute(&id, false, None).unwrap()),
            3 | 4 => drop(book.lose_dispute(&id, None).unwrap()),
            _ => {}
        }
    }
}

const PAGE: Page = Page { limit: 100, starting_after: None };

fn charges(conn: &Connection, book: &Book<'_>) {
    let charges = book.charges(&ChargeFilter::default(), &PAGE).unwrap().data;
    let said: Vec<Vec<String>> = (charges.iter().rev())
        .map(|charge| {
            let major = |minor| major(minor, charge.currency);
            vec![
                charge.id.clone(),
                or_none(charge.payment_intent_id.as_ref()),
                major(charge.amount.minor()),
                major(charge.amount_captured.minor()),
                major(charge.amount_refunded.minor()),
                major(charge.amount_disputed.minor()),
                major(charge.amount_elsewhere.minor()),
                major(charge.fee.minor()),
                charge.currency.code().to_owned(),
                charge.status.to_string(),
                charge.available_on.to_string(),
                charge.created_at.to_string(),
                or_none(charge.external_reference.as_ref()),
                or_none(charge.description.as_ref()),
                json(&charge.metadata),
                charge.amount_refunded.to_string(),
                charge.amount_disputed.to_string(),
                charge.amount_elsewhere.to_string(),
            ]
        })
        .collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, payment_intent_id, amount, amount_captured, amount_refunded, amount_disputed,
                 amount_elsewhere, fee, currency,
                 status, available_on, created_at, external_reference, description, metadata,
                 amount_refunded_minor, amount_disputed_minor, amount_elsewhere_minor
             FROM v_charges WHERE merchant_id = 'acct_cairo'
             ORDER BY (SELECT charge FROM charges c WHERE c.merchant = 1 AND c.id = v_charges.id)"
        ),
        said
    );
    assert_eq!(said.len(), 5);
}

fn refunds(conn: &Connection, book: &Book<'_>) {
    let refunds = book.refunds(&RefundFilter::default(), &PAGE).unwrap().data;
    let said: Vec<Vec<String>> = (refunds.iter().rev())
        .map(|refund| {
            vec![
                refund.id.clone(),
                refund.charge_id.clone(),
                major(refund.amount.minor(), refund.currency),
                serde_json::to_value(refund.status).unwrap().as_str().unwrap().to_owned(),
                or_none(refund.external_reference.as_ref()),
                or_none(refund.description.as_ref()),
                refund.balance_transaction_id.clone(),
                refund.created_at.to_string(),
            ]
        })
        .collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, charge_id, amount, status, external_reference, description,
                 balance_transaction_id, created_at
             FROM v_refunds ORDER BY length(journal_entry_id), journal_entry_id"
        ),
        said
    );
    assert_eq!(said.len(), 4);
}

fn disputes(conn: &Connection, book: &Book<'_>) {
    let disputes = book.disputes(&DisputeFilter::default(), &PAGE).unwrap().data;
    let said: Vec<Vec<String>> = (disputes.iter().rev())
        .map(|dispute| {
            vec![
                dispute.id.clone(),
                dispute.charge_id.clone(),
                or_none(dispute.payment_intent_id.as_ref()),
                major(dispute.amount.minor(), dispute.currency),
                major(dispute.fee.minor(), dispute.currency),
                dispute.currency.code().to_owned(),
                dispute.status.name().to_owned(),
                or_none(dispute.reason.map(DisputeReason::name)),
                or_none(dispute.network_reference.as_ref()),
                i64::from(dispute.fee_returned).to_string(),
                dispute.balance_transaction_id.clone(),
                dispute.journal_entry_id.clone(),
                dispute.created_at.to_string(),
                dispute.amount.to_string(),
                dispute.fee.to_string(),
            ]
        })
        .collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, charge_id, payment_intent_id, amount, fee, currency, status, reason,
                 network_reference, fee_returned, balance_transaction_id, journal_entry_id,
                 created_at, amount_minor, fee_minor
             FROM v_disputes ORDER BY length(journal_entry_id), journal_entry_id"
        ),
        said
    );
    let reasons: Vec<_> = said.iter().map(|dispute| &*dispute[7]).collect();
    assert_eq!(reasons, REASONS.map(DisputeReason::name));
}

fn handovers(conn: &Connection, book: &Book<'_>) {
    let handovers = book.handovers(&HandoverFilter::default(), &PAGE).unwrap().data;
    let said: Vec<Vec<String>> = (handovers.iter().rev())
        .map(|handover| {
            vec![
                handover.id.clone(),
                handover.charge_id.clone(),
                handover.direction.name().to_owned(),
                handover.other_merchant_id.clone(),
                major(handover.amount.minor(), handover.currency),
                handover.currency.code().to_owned(),
                handover.journal_entry_id.clone(),
                handover.created_at.to_string(),
                handover.amount.to_string(),
            ]
        })
        .collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, charge_id, direction, other_merchant_id, amount, currency, journal_entry_id,
                 created_at, amount_minor
             FROM v_handovers WHERE merchant_id = 'acct_cairo'
             ORDER BY length(journal_entry_id), journal_entry_id"
        ),
        said
    );
    assert_eq!(said.len(), 3);
}

fn statement(conn: &Connection, book: &mut Book<'_>) {
    let lines = book.balance_transactions(&StatementFilter::default(), &PAGE).unwrap().data;
    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let said: Vec<Vec<String>> = (lines.iter().rev())
        .map(|line| {
            vec![
                line.id.clone(),
                word(serde_json::to_value(line.line_type).unwrap()),
                major(line.amount.minor(), line.currency),
                major(line.fee.minor(), line.currency),
                major(line.net.minor(), line.currency),
                word(serde_json::to_value(line.status).unwrap()),
                line.available_on.to_string(),
                line.source.clone(),
                line.created_at.to_string(),
                line.net.to_string(),
            ]
        })
        .collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, type, amount, fee, net, status, available_on, source, created_at, net_minor
             FROM v_statement ORDER BY length(id), id"
        ),
        said
    );
    assert!(said.iter().any(|line| line[4] == "-90071992547409.91"), "{said:?}");
}

fn entries(conn: &Connection, book: &Book<'_>) {
    let entries = book.journal_entries_after(None, 100).unwrap();
    let said: Vec<Vec<String>> = entries.iter().flat_map(posting_rows).collect();
    assert_eq!(
        rows(
            conn,
            "SELECT id, cause, source, reverses, debit, credit, amount, effective_at, recorded_at, hash
             FROM v_entries ORDER BY seq, debit = 'fees' OR credit = 'fees'"
        ),
        said
    );
}

/// The rows of one entry, one for each posting.
fn posting_rows(entry: &JournalEntry) -> Vec<Vec<String>> {
    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let posting = |posting: &refundry::Posting| {
        vec![
            entry.id.clone(),
            word(serde_json::to_value(entry.cause).unwrap()),
            entry.source.clone(),
            or_none(entry.reverses.as_ref()),
            word(serde_json::to_value(posting.debit).unwrap()),
            word(serde_json::to_value(posting.credit).unwrap()),
            major(posting.amount.minor(), posting.currency),
            entry.effective_at.to_string(),
            entry.recorded_at.to_string(),
            entry.hash.to_string(),
        ]
    };
    entry.postings.iter().map(posting).collect()
}
