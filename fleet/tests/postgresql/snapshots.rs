//! Snapshots: a new node begins with one, and whatever is wrong with it costs time alone.

use std::{ops::ControlFlow, os::unix::fs::MetadataExt as _, path::Path};

use refundry::{Amount, Currency, Fee, Ledger, NewCharge, Options, Timestamp};
use refundry_fleet::{
    Count, Engine as _, Error, Head, Node, Snapshot, make_snapshot, out_of_fleet,
};
use sha2::{Digest as _, Sha256};

use crate::{
    server::Fleet,
    shop::{MERCHANT, charge, collected, engine_at, fleet, mark, node, refund, refunded, request},
};

/// More recordings than are taken in at once.
const LONG: usize = 1_000;

/// A fleet whose merchant has a long book, with a text in it. Returns the refund that has it too.
fn long() -> (Fleet, String) {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::from_millis(Timestamp::now().millis() + 86_400_000);
    let filled = node.book(MERCHANT, move |book| {
        for _ in 0..LONG {
            let amount = Amount::from_minor(100)?;
            book.create_charge(&NewCharge::succeeded(amount, Fee::ZERO, egp, due), None)?;
        }
        Ok(())
    });
    filled.wait().unwrap();
    let charge = charge(&node, 1_000);
    let mut request = request(&charge, 1);
    request.description = Some("a torn page of Layla's".into());
    let id = refund(&node, request, None).wait().unwrap().id.clone();
    (fleet, id)
}

fn snapshot(fleet: &Fleet) -> Result<i64, Error> {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine_at(fleet.url("app"));
    let others = folder.path().join("snapshot.refundry");
    std::fs::write(&others, "somebody's").unwrap();
    let made = make_snapshot(&mut *engine, MERCHANT, folder.path());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays in the folder");
    assert_eq!(std::fs::read_to_string(others).unwrap(), "somebody's");
    Ok(made?.expect("the book is long").mark.n)
}

/// A new node, which has served the book; and how many snapshots it took and ignored.
fn begun(fleet: &Fleet, folder: &Path) -> (Node, u64, u64) {
    let node = node(fleet, folder);
    mark(&node, MERCHANT);
    let (taken, ignored) = (node.count(Count::SnapshotsTaken), node.count(Count::SnapshotsIgnored));
    (node, taken, ignored)
}

/// How many files in a node's folder have one book alone. Nobody else may read them.
fn own_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let own = entries.filter(|entry| entry.file_name().to_string_lossy().contains(".own-"));
    let modes: Vec<u32> = own.map(|entry| entry.metadata().unwrap().mode() & 0o777).collect();
    assert!(modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    modes.len()
}

fn text_of(node: &Node, refund: &str) -> Option<String> {
    let id = refund.to_owned();
    node.book(MERCHANT, move |book| book.refund(&id)).wait().unwrap().description
}

#[test]
fn a_new_node_begins_with_a_snapshot_and_goes_on_from_it() {
    let (fleet, torn) = long();
    let end = snapshot(&fleet).unwrap();
    let old = tempfile::tempdir().unwrap();
    let (old, ..) = begun(&fleet, old.path());
    let charge = charge(&old, 1_000);
    let folder = tempfile::tempdir().unwrap();
    let (new, taken, ignored) = begun(&fleet, folder.path());
    assert_eq!((taken, ignored), (1, 0));
    assert!(own_files(folder.path()) > 0, "the control");
    assert_eq!(new.count(Count::TakenIn), 1, "what was recorded after the snapshot");
    assert_eq!(text_of(&new, &torn).as_deref(), Some("a torn page of Layla's"));
    // Both go on, with a merchant whose book is in the other file too.
    crate::shop::merchant(&new, "acct_giza");
    for (node, round) in [(&new, 1), (&old, 2), (&new, 3)] {
        refund(node, request(&charge, 1), None).wait().unwrap();
        assert_eq!(refunded(&new, &charge), round);
        assert_eq!(mark(&new, "acct_giza").n, 1);
    }
    assert_eq!(mark(&old, MERCHANT), mark(&new, MERCHANT));
    // A key of a book that has a file of its own.
    let key = new.book(MERCHANT, |book| book.issue_key()).wait().unwrap().key.clone();
    for _ in 0..2 {
        let whose = new.look(&key, |merchant, _| Ok(merchant.id.clone()));
        assert_eq!(whose.wait().unwrap(), MERCHANT);
    }
    drop(new);
    // What had one book alone comes back by the snapshot.
    let (again, taken, _) = begun(&fleet, folder.path());
    assert_eq!(taken, 1);
    assert_eq!(mark(&again, MERCHANT), mark(&old, MERCHANT));
    // The next snapshot goes on from this one, and takes its place.
    assert_eq!(snapshot(&fleet).unwrap(), end + 5);
    assert_eq!(fleet.sql("SELECT count(*) FROM refundry.snapshots")[0][0], "1");
    let ids = "SELECT count(DISTINCT p.id), bool_and(p.id = s.id)
        FROM refundry.snapshot_pieces p JOIN refundry.snapshots s USING (merchant)";
    assert_eq!(fleet.sql(ids)[0], ["1", "t"]);
    collected(&fleet);
}

/// Its book is in another file than that of a merchant who is imported.
#[test]
fn a_key_of_a_book_with_a_file_of_its_own_is_refused_in_an_import() {
    let (fleet, _) = long();
    let folder = tempfile::tempdir().unwrap();
    let old = node(&fleet, folder.path());
    let issue = || old.book(MERCHANT, |book| book.issue_key()).wait().unwrap();
    let (held, revoked) = (issue(), issue());
    let (id, key) = (revoked.id.clone(), revoked.key.clone());
    old.book(MERCHANT, move |book| book.revoke_key(&id)).wait().unwrap();
    snapshot(&fleet).unwrap();
    for key in [held.key.clone(), key] {
        let folder = tempfile::tempdir().unwrap();
        let new = node(&fleet, folder.path());
        let line = format!(
            r#"{{"object":"merchant","id":"acct_giza","name":"Toys","apiKeys":["{key}"]}}"#
        );
        let refused = new.import(line.as_bytes(), |_| ControlFlow::Continue(())).unwrap_err();
        assert!(own_files(folder.path()) > 0, "the control");
        let Error::Import { line: 1, problem } = refused else {
            panic!("{refused}");
        };
        assert_eq!(problem.param(), Some("apiKeys"));
    }
}

/// What may be wrong with a snapshot. Each costs the time that it would have saved, and is counted.
#[test]
fn a_snapshot_that_is_no_good_is_ignored() {
    let (fleet, _) = long();
    snapshot(&fleet).unwrap();
    fleet.sql(
        "CREATE TABLE kept AS SELECT * FROM refundry.snapshots;
         CREATE TABLE kept_pieces AS SELECT * FROM refundry.snapshot_pieces",
    );
    let wrong = [
        // Damaged: a byte of a piece, a piece that is not there, one that is too many.
        "UPDATE refundry.snapshot_pieces SET bytes = set_byte(bytes, 5000, get_byte(bytes, 5000) # 1)",
        "DELETE FROM refundry.snapshot_pieces",
        "UPDATE refundry.snapshots SET pieces = pieces + 1",
        // Another one's digest.
        "UPDATE refundry.snapshots SET digest = sha256('')",
        // Of a format that is not known yet.
        "UPDATE refundry.snapshots SET format = 2",
        // Of another fleet, where the same number has another hash.
        "UPDATE refundry.snapshots SET mark = split_part(mark, ':', 1) || ':' || repeat('0', 64)",
        // Of another book.
        "UPDATE refundry.snapshots SET mark = '7:' || split_part(mark, ':', 2)",
        // It ends elsewhere in this book.
        "UPDATE refundry.snapshots SET mark = '7:' ||
            (SELECT encode(hash, 'hex') FROM refundry.recordings WHERE n = 7)",
        // It says nothing.
        "UPDATE refundry.snapshots SET mark = 'the end'",
    ];
    for statement in wrong {
        fleet.sql(statement);
        let folder = tempfile::tempdir().unwrap();
        let (node, taken, ignored) = begun(&fleet, folder.path());
        assert_eq!(taken, 0, "{statement}");
        assert!(ignored > 0, "{statement}");
        assert_eq!(own_files(folder.path()), 0, "{statement}");
        assert!(node.health().stopped.is_empty(), "{statement}: {:?}", node.health());
        fleet.sql(
            "TRUNCATE refundry.snapshots, refundry.snapshot_pieces;
             INSERT INTO refundry.snapshots SELECT * FROM kept;
             INSERT INTO refundry.snapshot_pieces SELECT * FROM kept_pieces",
        );
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(begun(&fleet, folder.path()).1, 1, "the control");
}

/// The book itself is as the database has it, but the file has another book too.
#[test]
fn a_snapshot_with_another_book_in_it_is_ignored() {
    let (fleet, _) = long();
    snapshot(&fleet).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (other, ..) = begun(&fleet, folder.path());
    crate::shop::merchant(&other, "acct_giza");
    drop(other);
    let path = folder.path().join("both.refundry");
    let mut engine = engine_at(fleet.url("app"));
    out_of_fleet(&mut *engine, &path).unwrap();
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let mark = ledger.book(MERCHANT).unwrap().mark().unwrap();
    drop(ledger);
    let file = std::fs::read(&path).unwrap();
    let compressed = |part: &[u8]| Ok(snap::raw::Encoder::new().compress_vec(part).unwrap());
    let snapshot = Snapshot {
        head: Head { merchant: MERCHANT.into(), mark },
        id: 0,
        format: 1,
        bytes: file.len() as u64,
        digest: Sha256::digest(&file).into(),
        pieces: file.chunks(1 << 20).len().try_into().unwrap(),
    };
    let mut pieces = file.chunks(1 << 20).map(compressed);
    assert!(engine.keep_snapshot(&snapshot, 0, &mut pieces).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (node, taken, ignored) = begun(&fleet, folder.path());
    assert_eq!((taken, ignored > 0), (0, true));
    assert_eq!(self::mark(&node, MERCHANT), mark);
}

/// As after a standby was promoted that did not have everything.
#[test]
fn a_snapshot_that_is_ahead_of_the_database_is_ignored() {
    let (fleet, _) = long();
    snapshot(&fleet).unwrap();
    fleet.sql(
        "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
         DELETE FROM refundry.recordings WHERE n = (SELECT max(n) FROM refundry.recordings)",
    );
    let folder = tempfile::tempdir().unwrap();
    let (node, taken, ignored) = begun(&fleet, folder.path());
    assert_eq!((taken, ignored > 0), (0, true));
    assert!(node.health().stopped.is_empty(), "{:?}", node.health());
    // Nor does the next one go on from it.
    snapshot(&fleet).unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(begun(&fleet, folder.path()).1, 1);
}

#[test]
fn a_text_that_was_erased_is_in_no_snapshot() {
    let (fleet, torn) = long();
    let folder = tempfile::tempdir().unwrap();
    let (node, ..) = begun(&fleet, folder.path());
    snapshot(&fleet).unwrap();
    let erased = torn.clone();
    assert!(node.book(MERCHANT, move |book| book.erase_text(&erased)).wait().unwrap());
    let left = "SELECT (SELECT count(*) FROM refundry.snapshots),
        (SELECT count(*) FROM refundry.snapshot_pieces), (SELECT count(*) FROM refundry.texts)";
    assert_eq!(fleet.sql(left)[0], ["0", "0", "0"]);
    // One that was begun before the text was erased, and would be kept after it.
    let late = fleet.url("app");
    let kept = crate::server::try_sql(
        &late,
        &format!("SELECT refundry.replace_snapshot('{MERCHANT}', 7, 0)"),
    );
    assert_eq!(kept.unwrap()[0][0], "f");
    snapshot(&fleet).unwrap();
    let new = tempfile::tempdir().unwrap();
    let (new, taken, _) = begun(&fleet, new.path());
    assert_eq!(taken, 1);
    assert_eq!(text_of(&new, &torn), None);
}

#[test]
fn a_short_book_has_no_snapshot() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine_at(fleet.url("app"));
    assert!(make_snapshot(&mut *engine, MERCHANT, folder.path()).unwrap().is_none());
    assert_eq!(fleet.sql("SELECT count(*) FROM refundry.snapshots")[0][0], "0");
}

/// A fleet of a program that knew none goes on, until it is set up anew.
#[test]
fn a_fleet_without_snapshots_is_served_and_set_up_anew() {
    let (fleet, _) = long();
    fleet.sql(
        "DROP TABLE refundry.snapshots, refundry.snapshot_pieces, refundry.erasures;
         DROP FUNCTION refundry.replace_snapshot;
         CREATE OR REPLACE FUNCTION refundry.erase(of_merchant text, of_n bigint) RETURNS void
         LANGUAGE sql SECURITY DEFINER AS $$
             DELETE FROM refundry.texts WHERE merchant = of_merchant AND n = of_n $$",
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(begun(&fleet, folder.path()).1, 0);
    let refused = snapshot(&fleet).unwrap_err();
    assert!(refused.to_string().contains("refundry.erasures"), "{refused}");
    let options = refundry_fleet::PostgresOptions::at(fleet.url("owner"));
    refundry_fleet::Postgres::set_up(&options, "app").unwrap();
    snapshot(&fleet).unwrap();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(begun(&fleet, folder.path()).1, 1);
}
