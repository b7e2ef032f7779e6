//! What the chains or an invariant cover, and by which names a finding may call a row.
//!
//! Every column of every table is covered. Three kinds of edits are not:
//!
//! - a text that is removed looks like one that was erased: its hash stays behind (forgotten.rs says
//!   why the verification asks for no recording that says so);
//! - a key that is removed with the digest in its place and without its lookup; no random edit does that;
//! - two charges that nothing refers to, or two such intents, that exchange their numbers: the numbers
//!   never leave the file, and the file's unique columns refuse the exchange half done.

use std::{borrow::Cow, collections::BTreeSet};

use rusqlite::{Connection, types::Value};

use super::edit::{Edit, Row};

/// Every table.
pub(super) const TABLES: [&str; 11] = [
    "currencies",
    "merchants",
    "api_keys",
    "balances",
    "payment_intents",
    "charges",
    "entries",
    "changes",
    "texts",
    "maturing",
    "idempotency",
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

/// Whether a verification can tell this edit. `come` are the new versions of the rows that differ.
pub(super) fn is_covered(edit: &Edit, come: &[Row]) -> bool {
    edit.table != "texts" || !come.is_empty()
}

/// The column of a table that tells the merchant and the number of a row, if it has one.
fn key_column(table: &str) -> Option<&'static str> {
    Some(match table {
        "balances" => "balance",
        "payment_intents" => "intent",
        "charges" => "charge",
        "entries" => "entry",
        "changes" => "change",
        "texts" => "text",
        "idempotency" => "recording",
        _ => return None,
    })
}

/// The ids of the merchants in whose books a row is: as its key says, and as its merchant's column does.
pub(super) fn merchants(conn: &Connection, table: &str, row: &Row) -> BTreeSet<Option<String>> {
    let id = |merchant: i64| {
        let id = "SELECT id FROM merchants WHERE merchant = ?1";
        conn.query_row(id, [merchant], |row| row.get(0)).ok()
    };
    let by_key = key_column(table).map(|key| id(number(row, key) >> 40));
    let by_column = row.contains_key("merchant").then(|| id(number(row, "merchant")));
    let mut merchants: BTreeSet<_> = by_key.into_iter().chain(by_column).collect();
    if table == "merchants" {
        merchants.insert(Some(text(row, "id").into_owned()));
        // Of one that can't be read, the number is told.
        merchants.insert(None);
    }
    merchants
}

/// What a finding may call this row of a book, or what depends on it.
pub(super) fn names(conn: &Connection, table: &str, row: &Row) -> BTreeSet<String> {
    let key = key_column(table).map_or(0, |key| number(row, key));
    let within = key & ((1 << 40) - 1);
    let mut names = BTreeSet::from([text(row, "id").into_owned()]);
    // The recordings by which a finding may name it: their numbers.
    let mut recordings = BTreeSet::new();
    let mut find = |sql: &str, of: i64| recordings.extend(numbers(conn, sql, of));
    const OF_CHARGE: &str = "
        SELECT n FROM entries WHERE charge = ?1 UNION SELECT n FROM charges WHERE charge = ?1
        UNION SELECT change & 1099511627775 FROM changes JOIN charges c ON c.charge = ?1
        WHERE change >> 40 = c.merchant AND body ->> '$.charge_conclusion.id' = c.id";
    match table {
        "entries" => {
            find(OF_CHARGE, number(row, "charge"));
            find("SELECT n FROM entries WHERE entry = ?1 OR about = ?1", number(row, "about"));
            find("SELECT n FROM entries WHERE about = ?1", key);
            names.extend([format!("je_{within}"), format!("je_{}", within + 1)]);
            names.insert(currency(conn, number(row, "currency")));
            names.extend(charges(conn, "charge = ?1", number(row, "charge")));
            recordings.extend([number(row, "n"), number(row, "n").saturating_add(1)]);
        }
        "changes" => {
            recordings.extend([within, within + 1]);
            let ids = conn
                .prepare("SELECT value ->> '$.id' FROM json_each(?1) WHERE value ->> '$.id' > ''");
            let mut ids = ids.unwrap();
            let ids = ids.query_map([text(row, "body")], |row| row.get::<_, String>(0));
            names.extend(ids.into_iter().flatten().flatten());
        }
        "charges" | "maturing" => {
            find(OF_CHARGE, number(row, "charge"));
            recordings.insert(number(row, "n"));
            names.extend(charges(conn, "charge = ?1", number(row, "charge")));
            names.insert(format!("{} (maturing)", text(row, "id")));
        }
        "payment_intents" => {
            find("SELECT n FROM charges WHERE intent = ?1", key);
            names.extend(charges(conn, "intent = ?1", key));
            recordings.insert(number(row, "n"));
        }
        "texts" => drop(recordings.insert(within)),
        "idempotency" => drop(recordings.insert(within)),
        "merchants" => {
            names.extend(["the merchant".to_owned(), "recording 1".to_owned()]);
            names.insert(format!("merchant {}", number(row, "merchant")));
        }
        "balances" => drop(names.insert(currency(conn, within))),
        "api_keys" => drop(names.insert(api_key(row))),
        _ => {}
    }
    let merchant = if key == 0 { number(row, "merchant") } else { key >> 40 };
    if matches!(table, "entries" | "changes") {
        // A gap is told by the recording that comes after it.
        let next: Vec<i64> = recordings.iter().filter_map(|n| next(conn, merchant, *n)).collect();
        recordings.extend(next);
    }
    for n in recordings {
        names.extend([format!("recording {n}"), format!("the text of recording {n}")]);
        names.extend(entry_of(conn, merchant, n));
    }
    names
}

/// The numbers that a query finds.
fn numbers(conn: &Connection, sql: &str, of: i64) -> Vec<i64> {
    let mut found = conn.prepare(sql).unwrap();
    let found = found.query_map([of], |row| row.get(0)).unwrap();
    found.map(Result::unwrap).collect()
}

/// The ids of charges.
fn charges(conn: &Connection, condition: &str, of: i64) -> Vec<String> {
    let mut found = conn.prepare(&format!("SELECT id FROM charges WHERE {condition}")).unwrap();
    let found = found.query_map([of], |row| row.get::<_, String>(0)).unwrap();
    found.flatten().collect()
}

/// The entry that the recording with this number is or would be.
fn entry_of(conn: &Connection, merchant: i64, n: i64) -> Option<String> {
    let sql = "SELECT seq + ?2 - (change & 1099511627775) FROM changes
               WHERE change >> 40 = ?1 AND change & 1099511627775 <= ?2 ORDER BY change DESC LIMIT 1";
    let seq: Option<i64> = conn.query_row(sql, [merchant, n], |row| row.get(0)).ok();
    seq.map(|seq| format!("je_{seq}"))
}

/// The change that comes after the recording with this number.
fn next(conn: &Connection, merchant: i64, n: i64) -> Option<i64> {
    let sql = "SELECT min(change & 1099511627775) FROM changes
               WHERE change >> 40 = ?1 AND change & 1099511627775 > ?2";
    conn.query_row(sql, [merchant, n], |row| row.get(0)).unwrap()
}

/// How a finding calls an API key.
fn api_key(row: &Row) -> String {
    let Some(Value::Blob(hash)) = row.get("hash") else { return String::new() };
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("key_{}", &digits[..digits.len().min(16)])
}

/// What a finding may call a currency: its number, or the first that has it in each book.
pub(super) fn names_of_currency(conn: &Connection, row: &Row) -> Vec<(Option<String>, String)> {
    let number = number(row, "currency");
    let mut first = conn.prepare(
        "SELECT m.id, u.name FROM merchants m JOIN (
             SELECT merchant, 'je_' || min(entry & 1099511627775) AS name FROM entries
             WHERE currency = ?1 GROUP BY merchant
             UNION ALL
             SELECT merchant, id FROM payment_intents WHERE currency = ?1
             UNION ALL
             SELECT merchant, 'recording ' || n FROM payment_intents WHERE currency = ?1
             UNION ALL
             SELECT merchant, id FROM charges WHERE currency = ?1
         ) u USING (merchant)",
    );
    let mut first = first.as_mut().unwrap().query([number]).unwrap();
    let mut names = vec![(None, format!("currency {number}"))];
    while let Some(row) = first.next().unwrap() {
        if let (Ok(id), Ok(name)) = (row.get(0), row.get(1)) {
            names.push((id, name));
        }
    }
    names
}

fn currency(conn: &Connection, number: i64) -> String {
    conn.query_row("SELECT code FROM currencies WHERE currency = ?1", [number], |row| row.get(0))
        .unwrap_or_else(|_| format!("currency {number}"))
}
