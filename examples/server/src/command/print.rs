//! What a command prints: one line of JSON for programs, or tidy columns for people.

use std::{
    fmt::Write as _,
    io::{self, BufWriter, Stdout, Write as _},
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Failure, Output};

/// Prints an object or a list in the API's names.
pub(super) fn value(output: &Output, value: &impl Serialize) -> Result<(), Failure> {
    let value = serde_json::to_value(value).map_err(Failure::machine)?;
    let mut lines = if output.json { value.to_string() } else { tidy(&value) };
    if !lines.ends_with('\n') {
        lines.push('\n');
    }
    text(&lines)
}

/// Prints text as it is. A reader who has seen enough and closes the pipe is no failure.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints what `write` writes, piece by piece. A reader who closes the pipe is no failure.
pub(super) fn stream(
    write: impl FnOnce(&mut BufWriter<Stdout>) -> refundry_books::Result<()>,
) -> Result<(), Failure> {
    let mut to = BufWriter::with_capacity(1 << 16, io::stdout());
    match write(&mut to) {
        Err(refundry_books::Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(())
        }
        other => other.map_err(Failure::from),
    }
}

/// Says something beside the answer, where it does not get into a pipe.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn tidy(value: &Value) -> String {
    match value {
        Value::Object(fields) => tidy_fields(fields),
        Value::Array(items) if items.iter().all(Value::is_object) => tidy_table(items),
        other => cell(other),
    }
}

/// One field a line; what has fields itself is indented below its name.
fn tidy_fields(fields: &Map<String, Value>) -> String {
    let widest = fields.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in fields {
        let nested = match value {
            Value::Object(fields) => !fields.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        };
        // Writing to a string can't fail.
        let _ = if nested {
            let inner = tidy(value);
            let lines = inner.lines().map(|line| format!("  {line}\n"));
            writeln!(text, "{name}").map(|()| text.extend(lines))
        } else {
            writeln!(text, "{name:widest$}  {}", cell(value))
        };
    }
    text
}

/// One object a line, its fields in columns.
fn tidy_table(items: &[Value]) -> String {
    let Some(names) = items.first().and_then(Value::as_object) else {
        return "none".into();
    };
    let names: Vec<&String> = names.keys().collect();
    let mut rows: Vec<Vec<String>> = vec![names.iter().map(|name| name.to_string()).collect()];
    rows.extend(items.iter().map(|item| {
        names.iter().map(|name| cell(item.get(name.as_str()).unwrap_or(&Value::Null))).collect()
    }));
    let widths: Vec<usize> = (0..names.len())
        .map(|column| {
            let width = |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.chars().count());
            rows.iter().map(width).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A value in one piece. Strangers' texts can't steer the terminal.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text
            .chars()
            .flat_map(|c| {
                let escaped = c.is_control().then(|| c.escape_default());
                let plain = escaped.is_none().then_some(c);
                escaped.into_iter().flatten().chain(plain)
            })
            .collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_aligned_and_what_is_nested_is_indented() {
        let refund = json!({"id": "re_1", "description": null, "metadata": {}, "ledger":
            {"reverses": "je_1", "postings": [{"debit": "available", "amount": "5"}]}});
        let lines = "id           re_1\ndescription  -\nmetadata     {}\nledger\n  reverses  je_1\n  \
                     postings\n    debit      amount\n    available  5\n";
        assert_eq!(tidy(&refund), lines);
    }

    #[test]
    fn a_list_is_a_table() {
        let list = json!([{"id": "a", "name": "Büro"}, {"id": "longer", "name": null}]);
        assert_eq!(tidy(&list), "id      name\na       Büro\nlonger  -\n");
        assert_eq!(tidy(&json!([])), "none");
    }

    #[test]
    fn texts_cannot_steer_the_terminal() {
        assert_eq!(cell(&json!("\u{1b}[2J\nŽ")), "\\u{1b}[2J\\nŽ");
    }
}
