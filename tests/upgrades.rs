//! The ledgers of every schema version, as the Refundry of that version wrote them: each opens, is
//! upgraded, says what it said, and goes on.
//!
//! Beside each `ledger-N.db` stands `ledger-N.jsonl`, what it said when it was made: heads,
//! calls whose idempotency key it knows, and everything that can be read.

mod alterations;
mod damage;
mod golden;
mod recordings;
mod strangers;

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use refundry::{
    Access, Error, FileError, Head, Ledger, OnUpgrade, Options, RefundRequest, Timestamp,
};
use rusqlite::Connection;
use serde_json::Value;

use crate::scenarios::call;
use golden::{API_KEY, END, describe};

fn options(access: Access) -> Options {
    let mut options = Options::default();
    options.access = access;
    options.clock = Box::new(|| Timestamp::from_millis(END));
    options
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A ledger of a version, and what it said.
struct Golden {
    bytes: Vec<u8>,
    said: Vec<Value>,
}

impl Golden {
    fn read(version: i64) -> Self {
        let said = fs::read_to_string(data(&format!("ledger-{version}.jsonl"))).unwrap();
        Self {
            bytes: fs::read(data(&format!("ledger-{version}.db"))).unwrap(),
            said: said.lines().map(|line| as_now(serde_json::from_str(line).unwrap())).collect(),
        }
    }

    /// The heads that were kept.
    fn heads(&self) -> Vec<(String, Head)> {
        let kept = self.said.iter().filter(|line| line["head"].is_string());
        kept.map(|line| {
            let merchant = line["merchant"].as_str().unwrap().to_owned();
            (merchant, Head::parse(line["head"].as_str().unwrap()).unwrap())
        })
        .collect()
    }

    /// The ledger in a file of its own.
    fn copy(&self) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        fs::write(&path, &self.bytes).unwrap();
        (folder, path)
    }
}

/// The newest version that the library knows.
fn newest() -> i64 {
    let (_folder, path) = Golden::read(1).copy();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 2147483647").unwrap();
    match Ledger::open(&path, options(Access::Open)) {
        Err(Error::File(file)) => file.schema_versions().unwrap().1,
        _ => panic!("a version of the far future was opened"),
    }
}

fn verify(ledger: &mut Ledger, heads: &[(String, Head)]) {
    ledger.verify(heads, |_| ControlFlow::Continue(())).unwrap();
}

fn schema(path: &Path) -> Vec<(String, String)> {
    let conn = Connection::open(path).unwrap();
    let mut rows = conn
        .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
        .unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap()
}

/// To accept a change of a version that nobody has yet, remove its two files and run this twice.
#[test]
fn every_version_is_kept() {
    let newest = if data("ledger-1.db").exists() { newest() } else { 1 };
    for version in 1..=newest {
        let (file, said) =
            (data(&format!("ledger-{version}.db")), data(&format!("ledger-{version}.jsonl")));
        if version == newest && !file.exists() && !said.exists() {
            golden::make(&file, &said);
            panic!("{} was missing; it is written now", file.display());
        }
        let size = fs::metadata(&file).unwrap().len() + fs::metadata(&said).unwrap().len();
        assert!(size < 200_000, "the files of version {version} are too large to be kept");
    }
}

#[test]
fn each_opens_is_upgraded_and_says_what_it_said() {
    let newest = newest();
    let fresh = tempfile::tempdir().unwrap();
    let fresh = fresh.path().join("fresh");
    drop(Ledger::open(&fresh, options(Access::OpenOrCreate)).unwrap());
    let mut entries = 0;
    for version in 1..=newest {
        let golden = Golden::read(version);
        let heads = golden.heads();
        assert!(heads.len() >= 3, "version {version} has several books");
        entries += heads.iter().map(|(_, head)| head.seq).sum::<i64>();
        let (_folder, path) = golden.copy();
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        verify(&mut ledger, &heads);
        assert_eq!(describe(&mut ledger), golden.said_now(), "version {version}");
        drop(ledger);
        assert_eq!(schema(&path), schema(&fresh), "an upgraded file is as a new one");
        let mut ledger = Ledger::from_bytes(&golden.bytes, options(Access::Open)).unwrap();
        verify(&mut ledger, &heads);
        assert_eq!(describe(&mut ledger), golden.said_now(), "version {version} in memory");
    }
    println!("upgrades: {newest} schema versions, {entries} entries with the heads they had");
}

impl Golden {
    /// What can be read of it.
    fn said_now(&self) -> Vec<Value> {
        self.said.iter().filter(|line| line["call"].is_null()).cloned().collect()
    }
}

/// What a version said, with what charges and merchants have had since.
fn as_now(mut said: Value) -> Value {
    match &mut said {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = as_now(item.take()));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| *field = as_now(field.take()));
            let since: &[(&str, Value)] =
                if fields.contains_key("amountCaptured") && fields.contains_key("createdAt") {
                    &[
                        ("description", Value::Null),
                        ("metadata", serde_json::json!({})),
                        ("externalReference", Value::Null),
                        ("amountDisputed", Value::String("0".to_owned())),
                        ("amountElsewhere", Value::String("0".to_owned())),
                    ]
                } else if fields.contains_key("negativeBalanceLimit")
                    && fields.contains_key("createdAt")
                {
                    &[("uniqueReferences", Value::Bool(false))]
                } else {
                    &[]
                };
            for (name, value) in since {
                fields.entry(*name).or_insert_with(|| value.clone());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    said
}

/// Whoever opens an old file is told how far its upgrade has come, and can stop it.
#[test]
fn an_upgrade_can_be_stopped_and_leaves_the_file_as_it_was() {
    for version in 1..newest() {
        can_be_stopped(&Golden::read(version));
    }
}

fn can_be_stopped(golden: &Golden) {
    let (_folder, path) = golden.copy();
    let with = |upgrading: OnUpgrade| {
        let mut options = options(Access::Open);
        options.upgrading = upgrading;
        options
    };
    let stop = || with(Box::new(|_| ControlFlow::Break(())));
    assert!(matches!(Ledger::open(&path, stop()), Err(Error::Canceled)));
    assert!(fs::read(&path).unwrap() == golden.bytes, "it was changed");
    assert!(matches!(Ledger::from_bytes(&golden.bytes, stop()), Err(Error::Canceled)));

    let entries: i64 = golden.heads().iter().map(|(_, head)| head.seq).sum();
    let entries = u64::try_from(entries).unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let tell = {
        let told = Arc::clone(&told);
        with(Box::new(move |progress| {
            assert_eq!(progress.total, entries);
            told.store(progress.entries, Ordering::Relaxed);
            ControlFlow::Continue(())
        }))
    };
    let mut ledger = Ledger::open(&path, tell).unwrap();
    assert_eq!(told.load(Ordering::Relaxed), entries);
    assert_eq!(describe(&mut ledger), golden.said_now());
}

/// A key that was used before the upgrade gets its outcome after it.
#[test]
fn each_knows_its_idempotency_keys_and_api_keys() {
    for version in 1..=newest() {
        let golden = Golden::read(version);
        let (_folder, path) = golden.copy();
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        let calls: Vec<_> = golden.said.iter().filter(|line| !line["call"].is_null()).collect();
        assert!(calls.len() >= 20, "version {version} has calls with keys");
        for line in calls {
            assert_eq!(call::make(&mut ledger, &line["call"]), line["answer"], "{line}");
        }
        assert_eq!(ledger.authenticate(API_KEY).unwrap().id, "acct_golden");
        verify(&mut ledger, &golden.heads());
    }
}

#[test]
fn each_goes_on() {
    for version in 1..=newest() {
        let golden = Golden::read(version);
        let (_folder, path) = golden.copy();
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        let mut book = ledger.book("acct_golden").unwrap();
        book.create_refund(&RefundRequest::of_charge("ch_golden"), None).unwrap();
        verify(&mut ledger, &golden.heads());
    }
}

/// A program that has the file open while a newer one upgrades it records nothing more.
#[test]
fn a_file_that_was_upgraded_meanwhile_is_left_alone() {
    let golden = Golden::read(newest());
    let (_folder, path) = golden.copy();
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    let issue = |ledger: &mut Ledger| ledger.book("acct_golden").unwrap().issue_key();
    issue(&mut ledger).unwrap();
    let newer = newest() + 1;
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", newer).unwrap();
    let refused = issue(&mut ledger);
    assert!(
        matches!(&refused, Err(Error::File(error)) if error.schema_versions() == Some((newer, newer - 1))),
        "{refused:?}"
    );
    assert_eq!(refused.unwrap_err().path(), Some(&*path));
    let batch = ledger.begin_batch().unwrap_err();
    assert_eq!(batch.path(), Some(&*path));
}

/// One that only may be read opens as it is, or says that it would have to be upgraded.
#[test]
fn none_is_changed_by_reading_it() {
    let newest = newest();
    for version in 1..=newest {
        let golden = Golden::read(version);
        let (_folder, path) = golden.copy();
        match Ledger::open(&path, options(Access::ReadOnly)) {
            Ok(mut ledger) if version == newest => verify(&mut ledger, &golden.heads()),
            Err(error) if version < newest && error.number() == FileError::READ_ONLY => {}
            other => panic!("version {version}: {:?}", other.map(drop)),
        }
        assert!(fs::read(&path).unwrap() == golden.bytes, "version {version} was changed");
    }
}

#[test]
fn a_newer_one_is_refused_and_left_as_it_is() {
    let newest = newest();
    let mut golden = Golden::read(newest);
    // Where SQLite's header has the version.
    let newer = i32::try_from(newest + 1).unwrap();
    golden.bytes[60..64].copy_from_slice(&newer.to_be_bytes());
    let is_newer = |result: Result<Ledger, Error>| {
        matches!(result, Err(Error::File(file))
            if file.schema_versions() == Some((newest + 1, newest)))
    };
    for access in [Access::OpenOrCreate, Access::Open, Access::ReadOnly] {
        let (folder, path) = golden.copy();
        assert!(is_newer(Ledger::open(&path, options(access))), "{access:?}");
        assert!(fs::read(&path).unwrap() == golden.bytes, "{access:?} changed it");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{access:?} left something");
    }
    assert!(is_newer(Ledger::from_bytes(&golden.bytes, options(Access::Open))));
}

/// The control: what a bad upgrade would do to a file does not pass for the same ledger.
#[test]
fn a_ledger_that_an_upgrade_had_spoiled_would_be_noticed() {
    let golden = Golden::read(newest());
    for (what, sql) in [
        (
            "a currency's exponent",
            "DROP TRIGGER currencies_no_update;
          UPDATE currencies SET exponent = exponent + 1",
        ),
        (
            "a merchant's name",
            "DROP TRIGGER merchants_no_update; UPDATE merchants SET name = 'unknown'",
        ),
        (
            "a limit",
            "DROP TRIGGER merchants_no_update;
             UPDATE merchants SET negative_balance_limit = NULL",
        ),
        ("a text", "DELETE FROM texts"),
        ("an intent's date", "UPDATE payment_intents SET created_at = created_at + 1"),
        ("a failed charge", "DELETE FROM charges WHERE status = 3"),
    ] {
        let (_folder, path) = golden.copy();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        assert_ne!(describe(&mut ledger), golden.said_now(), "{what}");
    }
    let (_folder, path) = golden.copy();
    Connection::open(&path).unwrap().execute_batch("DELETE FROM idempotency").unwrap();
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    let mut calls = golden.said.iter().filter(|line| !line["call"].is_null());
    assert!(calls.any(|line| call::make(&mut ledger, &line["call"]) != line["answer"]));
}
