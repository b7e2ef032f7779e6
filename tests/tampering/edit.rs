//! Random edits of a ledger's rows, as somebody makes them who opens the file with SQLite.

use std::collections::BTreeMap;

use rusqlite::{
    Connection,
    types::{Value, ValueRef},
};

use crate::fuzzing::dice::Dice;

/// A table as an editor sees it.
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    kind: Kind,
    is_key: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Integer,
    Text,
    Blob,
}

/// A row by the names of its columns.
pub(super) type Row = BTreeMap<String, Value>;

/// What an edit does, and how to do it.
pub(super) struct Edit {
    pub(super) table: &'static str,
    pub(super) sql: String,
}

impl Table {
    pub(super) fn read(conn: &Connection, name: &'static str) -> Self {
        let columns = conn
            .prepare("SELECT name, type, pk FROM pragma_table_info(?1)")
            .unwrap()
            .query_map([name], |row| {
                let kind: String = row.get(1)?;
                Ok(Column {
                    name: row.get(0)?,
                    kind: match &*kind {
                        "INTEGER" => Kind::Integer,
                        "TEXT" => Kind::Text,
                        "BLOB" => Kind::Blob,
                        other => panic!("{name} has a column of type {other}"),
                    },
                    is_key: row.get::<_, i64>(2)? > 0,
                })
            })
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        Self { name, columns }
    }

    /// Its rows in the order of their keys.
    pub(super) fn rows(&self, conn: &Connection) -> Vec<Row> {
        let names: Vec<&str> = self.columns.iter().map(|column| &*column.name).collect();
        let keys: Vec<&str> = self
            .columns
            .iter()
            .filter(|column| column.is_key)
            .map(|column| &*column.name)
            .collect();
        let sql =
            format!("SELECT {} FROM {} ORDER BY {}", names.join(", "), self.name, keys.join(", "));
        conn.prepare(&sql)
            .unwrap()
            .query_map([], |row| {
                names
                    .iter()
                    .enumerate()
                    .map(|(at, name)| Ok(((*name).to_owned(), value(row.get_ref(at)?))))
                    .collect::<rusqlite::Result<Row>>()
            })
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    /// One edit of one row or of two, drawn at random. It may turn out to change nothing, and the
    /// file may refuse it.
    pub(super) fn edit(&self, rows: &[Row], dice: &mut Dice) -> Edit {
        let row = dice.pick(rows);
        let column = dice.pick(&self.columns);
        let sql = match dice.below(16) {
            0..=9 => self.set(row, column, &new_value(row, column, rows, dice)),
            10 | 11 => format!("DELETE FROM {} WHERE {}", self.name, self.only(row)),
            12 | 13 => self.duplicate(row, rows, dice),
            _ => {
                let other = dice.pick(rows);
                let theirs = literal(&other[&column.name]);
                let swap = [
                    self.set(row, column, &theirs),
                    self.set(other, column, &literal(&row[&column.name])),
                ];
                swap.join("; ")
            }
        };
        Edit { table: self.name, sql }
    }

    fn set(&self, row: &Row, column: &Column, value: &str) -> String {
        format!("UPDATE {} SET {} = {value} WHERE {}", self.name, column.name, self.only(row))
    }

    /// A copy of a row that differs in a column of its key and in its id, which have to be unique.
    fn duplicate(&self, row: &Row, rows: &[Row], dice: &mut Dice) -> String {
        let keys: Vec<&Column> = self.columns.iter().filter(|column| column.is_key).collect();
        let key = &dice.pick(&keys).name;
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let value = &row[&column.name];
                match (&*column.name, value) {
                    (name, _) if name == key => new_value(row, column, rows, dice),
                    ("id" | "code", Value::Text(id)) => format!("'{id}_{}'", dice.below(9)),
                    _ => literal(value),
                }
            })
            .collect();
        format!("INSERT INTO {} VALUES ({})", self.name, values.join(", "))
    }

    /// The condition that holds of this row alone.
    fn only(&self, row: &Row) -> String {
        let keys = self.columns.iter().filter(|column| column.is_key);
        let same = keys.map(|key| format!("{} = {}", key.name, literal(&row[&key.name])));
        same.collect::<Vec<_>>().join(" AND ")
    }
}

/// A value; a text that is no UTF-8 is told by its bytes.
fn value(stored: ValueRef<'_>) -> Value {
    Value::try_from(stored).unwrap_or_else(|_| Value::Blob(stored.as_bytes().unwrap().to_vec()))
}

/// A value as SQL.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => blob(bytes),
    }
}

fn blob(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{digits}'")
}

/// Another value for a column: near the old one, borrowed from another row, or as odd as the
/// file's types allow.
fn new_value(row: &Row, column: &Column, rows: &[Row], dice: &mut Dice) -> String {
    let old = &row[&column.name];
    let borrowed = &dice.pick(rows)[&column.name];
    match dice.below(8) {
        0 => return "NULL".to_owned(),
        1 | 2 => return literal(borrowed),
        _ => {}
    }
    match (column.kind, old, borrowed) {
        (Kind::Integer, Value::Integer(old), _) | (Kind::Integer, _, Value::Integer(old)) => {
            let number = match dice.below(11) {
                0 => old.wrapping_add(1),
                1 => old.wrapping_sub(1),
                2 => old.wrapping_neg(),
                3 => old ^ (1 << dice.below(64)),
                4 => *dice.pick(&[0, i64::MAX, i64::MIN]),
                5 => dice.number() as i64,
                // Another row, or another book.
                6 => old.wrapping_add(dice.below(32) as i64),
                7 => old ^ (1 << (40 + dice.below(3))),
                _ => dice.below(32) as i64,
            };
            number.to_string()
        }
        (Kind::Integer, ..) => (dice.below(32) as i64).to_string(),
        (Kind::Text, Value::Text(old), _) | (Kind::Text, _, Value::Text(old)) => {
            let mut bytes = old.as_bytes().to_vec();
            match dice.below(7) {
                0 => bytes.push(b'x'),
                // Which JSON does not mind.
                5 => bytes.push(b' '),
                1 => drop(bytes.pop()),
                2 => bytes.clear(),
                3 => bytes.push(0),
                // Bytes that are no UTF-8, which SQLite does not mind.
                4 => bytes.push(0xff),
                _ if bytes.is_empty() => bytes.push(b'y'),
                _ => {
                    let at = dice.below(bytes.len());
                    bytes[at] = bytes[at].wrapping_add(1);
                }
            }
            format!("CAST({} AS TEXT)", blob(&bytes))
        }
        (Kind::Text, ..) => "'z'".to_owned(),
        (Kind::Blob, Value::Blob(old), _) | (Kind::Blob, _, Value::Blob(old)) => {
            let mut bytes = old.clone();
            match dice.below(5) {
                0 => bytes.fill(0),
                1 => drop(bytes.pop()),
                2 => bytes.clear(),
                _ if bytes.is_empty() => bytes.push(0),
                _ => {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                }
            }
            blob(&bytes)
        }
        (Kind::Blob, ..) => "x'00'".to_owned(),
    }
}
