//! What the chain or an invariant covers, and by which names a finding may call a row.
//!
//! Not covered, because nothing that moved money depends on it or because it may change:
//!
//! - `api_keys` and `idempotency`: keys are revoked and pruned;
//! - a merchant's name, mode, limit and date, and merchants without entries;
//! - a currency's exponent, which says how amounts are shown, and currencies without postings;
//! - a payment intent's amount and date, and intents under which nothing was posted;
//! - charges that have not succeeded;
//! - that a text was erased: its hash stays behind.

use std::{borrow::Cow, collections::BTreeSet};

use rusqlite::{Connection, types::Value};

use super::edit::{Edit, Row};

/// The tables that are covered at least in part.
pub(super) const TABLES: [&str; 12] = [
    "currencies",
    "merchants",
    "balances",
    "payment_intents",
    "charges",
    "entries",
    "postings",
    "balance_transactions",
    "refunds",
    "transfers",
    "texts",
    "maturing",
];

/// Columns that nothing covers.
const FREE: [(&str, &str); 7] = [
    ("currencies", "exponent"),
    ("merchants", "name"),
    ("merchants", "live_mode"),
    ("merchants", "negative_balance_limit"),
    ("merchants", "created_at"),
    ("payment_intents", "amount"),
    ("payment_intents", "created_at"),
];

/// An integer of a row; 0 where there is none.
fn number(row: &Row, column: &str) -> i64 {
    match row.get(column) {
        Some(Value::Integer(number)) => *number,
        _ => 0,
    }
}

/// A text of a row, as well as it can be read.
fn text<'a>(row: &'a Row, column: &str) -> Cow<'a, str> {
    match row.get(column) {
        Some(Value::Text(text)) => text.into(),
        Some(Value::Blob(bytes)) => String::from_utf8_lossy(bytes),
        _ => "".into(),
    }
}

/// Whether any row needs the one that an edit removed, changed or added. `gone` and `come` are the
/// versions of the rows that differ.
pub(super) fn is_covered(conn: &Connection, edit: &Edit, gone: &[Row], come: &[Row]) -> bool {
    let column = edit.column.as_deref().unwrap_or_default();
    if FREE.contains(&(edit.table, column)) {
        return false;
    }
    let mut rows = gone.iter().chain(come);
    let exists = |sql: &str, row: &Row, of: &str| {
        conn.query_row(sql, [number(row, "merchant"), number(row, of)], |row| row.get(0)).unwrap()
    };
    match edit.table {
        "texts" => !come.is_empty(),
        "charges" => rows.any(|row| number(row, "status") == 2),
        "merchants" => rows.any(|row| {
            exists("SELECT EXISTS (SELECT 1 FROM entries WHERE merchant = ?1 AND ?2 >= 0)", row, "")
        }),
        "currencies" => rows.any(|row| {
            let sql = "SELECT EXISTS (SELECT 1 FROM postings WHERE currency = ?2 AND ?1 = 0)";
            exists(sql, row, "currency")
        }),
        "payment_intents" => rows.any(|row| {
            let sql = "SELECT EXISTS (SELECT 1 FROM charges
                       WHERE merchant = ?1 AND intent = ?2 AND status = 2)";
            exists(sql, row, "intent")
        }),
        _ => true,
    }
}

/// What a finding may call this row of a book, or what depends on it.
pub(super) fn names(conn: &Connection, table: &str, row: &Row) -> BTreeSet<String> {
    let merchant = number(row, "merchant");
    let seq = number(row, "seq");
    let mut names = BTreeSet::new();
    let mut entries = BTreeSet::from([seq]);
    // Entries by a condition on their number, their source or their postings.
    let mut find = |sql: &str, of: i64| {
        let sql = format!("SELECT e.seq FROM entries e WHERE e.merchant = ?1 AND ({sql})");
        let mut found = conn.prepare(&sql).unwrap();
        let found = found.query_map([merchant, of], |row| row.get::<_, i64>(0)).unwrap();
        entries.extend(found.map(Result::unwrap));
    };
    const OF_CHARGE: &str = "(e.cause IN (1, 2) AND e.source = ?2)
        OR (e.cause IN (3, 4) AND e.source IN (
            SELECT r.seq FROM refunds r WHERE r.merchant = ?1 AND r.charge = ?2))";
    const OF_OBJECT: &str = "e.cause IN (3, 4, 5, 6, 7, 8, 9, 10, 11) AND e.source = ?2";
    match table {
        "entries" => {
            let source = number(row, "source");
            find(if number(row, "cause") <= 2 { OF_CHARGE } else { OF_OBJECT }, source);
            find("e.seq = ?2 + 1", seq);
        }
        "refunds" => {
            find(OF_OBJECT, seq);
            find(OF_CHARGE, number(row, "charge"));
        }
        "transfers" => find(OF_OBJECT, seq),
        "charges" | "maturing" => {
            find(OF_CHARGE, number(row, "charge"));
            names.insert(format!("{} (maturing)", text(row, "id")));
        }
        "payment_intents" => {
            find(
                "e.cause = 1 AND e.source IN (
                     SELECT c.charge FROM charges c WHERE c.merchant = ?1 AND c.intent = ?2)",
                number(row, "intent"),
            );
            let sql = "SELECT id FROM charges WHERE merchant = ?1 AND intent = ?2";
            let mut charges = conn.prepare(sql).unwrap();
            let of = [merchant, number(row, "intent")];
            let charges = charges.query_map(of, |row| row.get::<_, String>(0)).unwrap();
            names.extend(charges.map(Result::unwrap));
        }
        "merchants" => {
            find("e.seq = ?2", 1);
            names.insert(format!("merchant {merchant}"));
        }
        "balances" => drop(names.insert(currency(conn, number(row, "currency")))),
        _ => {}
    }
    names.insert(text(row, "id").into_owned());
    for seq in entries {
        let of = ["je_", "bt_", "a posting of je_", "the text of je_"];
        names.extend(of.map(|prefix| format!("{prefix}{seq}")));
    }
    names
}

/// What a finding may call a currency: its number, or the first entry of each book that has it.
pub(super) fn names_of_currency(conn: &Connection, row: &Row) -> Vec<(Option<String>, String)> {
    let number = number(row, "currency");
    let mut first = conn.prepare(
        "SELECT m.id, 'je_' || min(p.seq) FROM postings p JOIN merchants m USING (merchant)
         WHERE p.currency = ?1 GROUP BY merchant",
    );
    let mut first = first.as_mut().unwrap().query([number]).unwrap();
    let mut names = vec![(None, format!("currency {number}"))];
    while let Some(row) = first.next().unwrap() {
        names.push((row.get(0).unwrap(), row.get(1).unwrap()));
    }
    names
}

fn currency(conn: &Connection, number: i64) -> String {
    conn.query_row("SELECT code FROM currencies WHERE currency = ?1", [number], |row| row.get(0))
        .unwrap_or_else(|_| format!("currency {number}"))
}

/// The id of the merchant in whose book a row is, if there is one.
pub(super) fn merchant(conn: &Connection, row: &Row) -> Option<String> {
    let id = "SELECT id FROM merchants WHERE merchant = ?1";
    conn.query_row(id, [number(row, "merchant")], |row| row.get(0)).ok()
}
