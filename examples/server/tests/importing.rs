//! The reference of the import format, `docs/import.md`, held against what is really imported.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use serde_json::{Map, Value, json};

use crate::{
    client::Request,
    ledgers::CAIRO,
    server::{self, LedgerFile},
};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import.md");
    fs::read_to_string(path).unwrap()
}

/// The chapters about objects: the object's name and the text.
fn chapters(document: &str) -> Vec<(&str, &str)> {
    let chapters =
        document.split("\n## `").skip(1).map(|chapter| chapter.split_once("`\n").unwrap());
    chapters.map(|(name, text)| (name, text.split("\n## ").next().unwrap())).collect()
}

/// The lines in a text's blocks of JSON.
fn examples(text: &str) -> Vec<&str> {
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).collect()
}

/// The fields in a text's table, and whether each is needed.
fn fields(text: &str) -> BTreeMap<&str, bool> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| (name, rest.starts_with("needed"))).collect()
}

fn object(line: &str) -> Map<String, Value> {
    serde_json::from_str(line).unwrap()
}

/// What importing these lines says: what was recorded, or why nothing was.
fn import(file: &LedgerFile, lines: &str) -> Result<Value, String> {
    let input = file.directory().join("lines.jsonl");
    fs::write(&input, lines).unwrap();
    let mut command = server::command();
    command.args(["import", "--json"]).arg(input).arg("--database").arg(file.path());
    let output = command.output().unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn every_example_of_the_reference_is_imported() {
    let file = LedgerFile::new();
    let document = document();
    let mut all = String::new();
    for (name, text) in chapters(&document) {
        let lines = examples(text);
        assert!(!lines.is_empty(), "{name} has no example");
        for line in lines {
            assert_eq!(object(line)["object"], name);
            let report = import(&file, line).unwrap_or_else(|why| panic!("{line}: {why}"));
            assert_eq!(report["recorded"], 1, "{line}");
            all.push_str(line);
            all.push('\n');
        }
    }
    let again = import(&file, &all).unwrap();
    assert_eq!(again["skipped"], all.lines().count(), "the same facts are skipped");
    let server = file.serve();
    assert_eq!(
        server.send(&Request::get("/refunds/re_1", CAIRO)).text("externalReference"),
        "ARN-1"
    );
    server.stop();
}

#[test]
fn the_reference_names_every_object_and_field_and_says_which_are_needed() {
    let document = document();
    let chapters = chapters(&document);
    let file = LedgerFile::new();
    let known = import(&file, r#"{"object":"nothing"}"#).unwrap_err();
    for (name, _) in &chapters {
        assert!(known.contains(name), "the ledger knows no {name}: {known}");
    }
    assert_eq!(
        known
            .split("must be ")
            .nth(1)
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .split(' ')
            .filter(|word| *word != "or")
            .count(),
        chapters.len(),
        "{known}"
    );

    let mut before = String::new();
    for (name, text) in chapters {
        let fields = fields(text);
        let lines = examples(text);
        let shown = lines.iter().flat_map(|line| object(line).into_iter().map(|(field, _)| field));
        let mut shown: Vec<_> = shown.filter(|field| field != "object").collect();
        shown.sort();
        shown.dedup();
        assert_eq!(shown, fields.keys().copied().collect::<Vec<_>>(), "fields of {name}");
        let richest = lines.iter().max_by_key(|line| object(line).len()).unwrap();
        for (field, needed) in fields {
            let mut without = object(richest);
            without.remove(field);
            let file = LedgerFile::new();
            let imported = import(&file, &format!("{before}{}", Value::from(without)));
            match imported {
                Ok(_) => assert!(!needed, "{name} needs no {field}"),
                Err(why) => assert!(needed && why.contains(field), "{name} without {field}: {why}"),
            }
        }
        before.extend(lines.iter().flat_map(|line| [line, "\n"]));
    }
}

/// What `show` and `list` print, in one object.
fn shown(file: &LedgerFile, arguments: &[&str]) -> Value {
    let mut command: Command = server::command();
    command.args(arguments).arg("--json").arg("--database").arg(file.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_is_shown_becomes_a_line_as_the_reference_says() {
    let file = LedgerFile::new();
    let document = document();
    let lines: Vec<_> = chapters(&document).iter().flat_map(|(_, text)| examples(text)).collect();
    import(&file, &lines.join("\n")).unwrap();
    let show = |what: &str, id: &str| shown(&file, &["show", what, "acct_cairo", id]);
    for (shown_by, name, value) in [
        ("`show charge`", "charge", show("charge", "ch_1")),
        ("`show payment-intent`", "payment_intent", show("payment-intent", "pi_1")),
        ("`show refund`", "refund", show("refund", "re_1")),
        ("`show transfer` of a payout", "payout", show("transfer", "po_1")),
        ("`show transfer` of an adjustment", "adjustment", show("transfer", "adj_1")),
        ("`merchant list`", "merchant", shown(&file, &["merchant", "list"])[0].clone()),
    ] {
        let refused = import(&file, &value.to_string()).unwrap_err();
        assert!(refused.contains("object is missing"), "{refused}");
        let row =
            document.lines().find(|line| line.starts_with(&format!("| {shown_by} |"))).unwrap();
        let cells: Vec<_> = row.split(" | ").collect();
        assert!(cells[1].starts_with(&format!("`{name}`")), "{row}");
        let mut line = value.as_object().unwrap().clone();
        for field in cells[2].split(';').next().unwrap().split('`').skip(1).step_by(2) {
            assert!(line.remove(field).is_some(), "{name} has no {field}");
        }
        line.insert("object".into(), json!(name));
        if name != "merchant" {
            line.insert("merchantId".into(), json!("acct_cairo"));
        }
        let report = import(&file, &Value::from(line).to_string()).unwrap();
        assert_eq!(report["skipped"], 1, "{name}");
    }
}
