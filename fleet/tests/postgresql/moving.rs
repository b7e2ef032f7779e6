//! Books go from a file into a fleet and back, and are served at one place.

use std::{fs, ops::ControlFlow, path::Path, process::Command};

use refundry::{
    Amount, Currency, Fee, Ledger, Mark, NewCharge, NewMerchant, NewTransfer, Options,
    RefundRequest, Timestamp,
};
use refundry_fleet::{Error, Postgres, PostgresOptions, into_fleet, out_of_fleet};

use crate::{
    server::Server,
    shop::{engine_at, mark, node},
};

const SHOPS: [&str; 2] = ["acct_cairo", "acct_giza"];

/// A file with two books, text, keys and more recordings than are carried at once.
fn file(path: &Path) -> Ledger {
    let mut ledger = Ledger::open(path, Options::default()).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    for id in SHOPS {
        let mut new = NewMerchant::named("Books");
        new.id = Some(id.into());
        ledger.create_merchant(&new).unwrap();
        let mut book = ledger.book(id).unwrap();
        book.issue_key().unwrap();
        let mut top_up = NewTransfer::top_up(Amount::from_minor(9).unwrap(), egp);
        top_up.description = Some("cash".into());
        book.create_transfer(&top_up, None).unwrap();
    }
    let due = Timestamp::from_millis(i64::MAX / 2);
    let amount = Amount::from_minor(10_000).unwrap();
    let mut batch = ledger.batch().unwrap();
    let mut book = batch.book(SHOPS[0]).unwrap();
    let charge = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    let charge = book.create_charge(&charge, None).unwrap().id.clone();
    let mut request = RefundRequest::of_charge(&charge);
    request.amount = Some(Amount::from_minor(1).unwrap());
    for _ in 0..1_100 {
        book.create_refund(&request, None).unwrap();
    }
    let due_already = NewCharge::succeeded(amount, Fee::ZERO, egp, Timestamp::from_millis(0));
    book.create_charge(&due_already, None).unwrap();
    book.release_due(Timestamp::now()).unwrap();
    batch.commit().unwrap();
    ledger
}

#[test]
fn a_file_with_a_mirror_is_not_moved() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let (whole, path) = (folder.path().join("whole"), folder.path().join("with a mirror"));
    let mut whole = file(&whole);
    let book = whole.book(SHOPS[1]).unwrap();
    let mut feed = book.feed(&Mark::genesis(SHOPS[1])).unwrap();
    let lines = book.feed_lines(&mut feed, u32::MAX).unwrap().join("\n") + "\n";
    let mut mirror = Ledger::open(&path, Options::default()).unwrap();
    mirror.create_merchant(&NewMerchant::named("Its own")).unwrap();
    mirror.receive(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    drop(mirror);
    let refused = into_fleet(&path, &mut *engine_at(fleet.url("app"))).unwrap_err();
    assert!(refused.to_string().contains("as a mirror"), "{refused}");
    assert!(path.exists() && fleet.sql("SELECT 1 FROM refundry.recordings").is_empty());
}

#[test]
fn books_are_carried_into_a_fleet_and_back_with_equal_marks() {
    let server = Server::shared();
    let fleet = server.fleet();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.refundry");
    let mut held = file(&path);
    let marks = SHOPS.map(|id| held.book(id).unwrap().mark().unwrap());
    let mut engine = engine_at(fleet.url("app"));
    let carried = into_fleet(&path, &mut *engine).unwrap();
    assert_eq!(
        (carried.books, carried.recordings),
        (2, marks.map(|mark| mark.n.unsigned_abs()).iter().sum())
    );
    // Who still holds the file can't write to it any more.
    let late = held.book(SHOPS[0]).unwrap().issue_key();
    assert!(
        matches!(&late, Err(refundry::Error::File(error)) if error.number() == refundry::FileError::FILE_MOVED),
        "{late:?}"
    );
    drop(held);
    assert!(!path.exists());
    let mut moved =
        Ledger::open(folder.path().join("shop.refundry.moved"), Options::default()).unwrap();
    assert_eq!(moved.book(SHOPS[0]).unwrap().mark().unwrap(), marks[0]);
    let cache = tempfile::tempdir().unwrap();
    let node = node(&fleet, cache.path());
    for (id, expected) in SHOPS.iter().zip(marks) {
        assert_eq!(mark(&node, id), expected);
    }
    // A charge that had matured in the file is not looked for for ever.
    let begun = std::time::Instant::now();
    while fleet.sql("SELECT count(*) FROM refundry.due")[0][0] != "1" {
        assert!(begun.elapsed().as_secs() < 30, "what has matured is still looked for");
    }
    node.book(SHOPS[1], |book| book.issue_key()).wait().unwrap();
    let marks = SHOPS.map(|id| mark(&node, id));

    let back = folder.path().join("back.refundry");
    Postgres::close(&PostgresOptions::at(fleet.url("owner")), "app").unwrap();
    out_of_fleet(&mut *engine, &back).unwrap();
    let closed = node.book(SHOPS[1], |book| book.issue_key()).wait().unwrap_err();
    assert!(matches!(closed, Error::Unavailable(_)), "{closed}");
    let mut ledger = Ledger::open(&back, Options::default()).unwrap();
    for (id, expected) in SHOPS.iter().zip(marks) {
        assert_eq!(ledger.book(id).unwrap().mark().unwrap(), expected);
    }
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(out_of_fleet(&mut *engine, &back).unwrap().recordings, 0, "again it does nothing");
}

/// `verify` reads everything in this way, also where nobody has kept heads.
#[test]
fn no_book_is_carried_out_of_which_a_recording_is_gone_that_is_not_the_last() {
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    for (place, (deleted, told)) in [
        (
            &["recordings WHERE merchant = 'acct_giza' AND n = 1"][..],
            "acct_giza",
            "after n 0 does not follow",
        ),
        (
            &["recordings WHERE merchant = 'acct_giza' AND n = 2"],
            "acct_giza",
            "after n 1 does not follow",
        ),
        (&["recordings WHERE merchant = 'acct_giza'"], "acct_giza", "has texts, keys or due"),
        (
            &["recordings WHERE merchant = 'acct_cairo'", "api_keys"],
            "acct_cairo",
            "has texts, keys or due",
        ),
    ]
    .map(|(deleted, merchant, told)| (deleted, (merchant, told)))
    .into_iter()
    .enumerate()
    {
        let fleet = server.fleet();
        let path = folder.path().join(format!("{place}.refundry"));
        drop(file(&path));
        let mut engine = engine_at(fleet.url("app"));
        into_fleet(&path, &mut *engine).unwrap();
        let out = |name: &str| folder.path().join(format!("{place}.{name}"));
        out_of_fleet(&mut *engine, &out("control")).unwrap();
        for what in deleted {
            let table = what.split(' ').next().unwrap();
            fleet.sql(&format!(
                "ALTER TABLE refundry.{table} DISABLE TRIGGER append_only; DELETE FROM refundry.{what}"
            ));
        }
        let stopped = out_of_fleet(&mut *engine, &out("copy")).unwrap_err();
        let Error::Stopped { merchant, problem } = &stopped else { panic!("{stopped}") };
        assert!(merchant == told.0 && problem.contains(told.1), "{deleted:?}: {stopped}");
    }
}

#[test]
fn a_move_that_was_cut_off_goes_on_and_one_of_an_old_copy_is_refused() {
    let server = Server::shared();
    let fleet = server.fleet();
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("shop.refundry"), folder.path().join("old.refundry"));
    let mut ledger = file(&path);
    ledger.backup(&old, |_| std::ops::ControlFlow::Continue(())).unwrap();
    ledger.book(SHOPS[1]).unwrap().issue_key().unwrap();
    drop(ledger);
    let mut engine = engine_at(fleet.url("app"));
    // Something of the same name is in the way at the end.
    let moved = folder.path().join("shop.refundry.moved");
    fs::write(&moved, "").unwrap();
    into_fleet(&path, &mut *engine).unwrap_err();
    fs::remove_file(&moved).unwrap();
    let again = into_fleet(&path, &mut *engine).unwrap();
    assert_eq!((again.books, again.recordings), (2, 0));
    let refused = into_fleet(&old, &mut *engine).unwrap_err();
    assert!(matches!(refused, Error::Stopped { .. }), "{refused}");
    assert!(old.exists());
}

#[test]
fn a_book_with_a_key_that_another_merchant_of_the_fleet_holds_is_not_moved() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.refundry");
    let line = |id| {
        format!(
            r#"{{"object":"merchant","id":"{id}","name":"Books","apiKeys":["sk_test_0123456789"]}}"#
        )
    };
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    ledger.import(line(SHOPS[0]).as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    drop(ledger);
    let cache = tempfile::tempdir().unwrap();
    let other = line(SHOPS[1]);
    let node = node(&fleet, cache.path());
    node.import(other.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let refused = into_fleet(&path, &mut *engine_at(fleet.url("app"))).unwrap_err().to_string();
    assert!(refused.contains(SHOPS[0]) && refused.contains("API key"), "{refused}");
    assert!(path.exists());
}

#[test]
fn an_operator_sets_up_and_moves_by_commands() {
    let server = Server::shared();
    let fleet = server.fleet();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.refundry");
    drop(file(&path));
    let run = |user: &str, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_refundry-fleet"))
            .args(arguments)
            .env("REFUNDRY_DATABASE", fleet.url(user))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (done, said) = run("app", &["move-in", path.to_str().unwrap()]);
    assert!(done && said.contains("2 books are there"), "{said}");
    let back = folder.path().join("back.refundry");
    let (done, said) = run("owner", &["move-out", "app", back.to_str().unwrap()]);
    assert!(done && said.contains("2 books are there"), "{said}");
    let (done, said) = run("owner", &["set-up", "app"]);
    assert!(done && said.contains("the tables are there"), "{said}");
    let may = fleet.sql("SELECT has_table_privilege('app', 'refundry.recordings', 'INSERT')");
    assert_eq!(may, [["f"]], "the fleet was opened again");
    let (done, said) = run("owner", &[]);
    assert!(!done && said.contains("usage"), "{said}");
}

/// A move out reads after the end: what was acknowledged later would be missing in the file.
#[test]
fn a_fleet_is_closed_once_the_appends_that_had_begun_have_ended() {
    let server = Server::shared();
    let fleet = server.fleet();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, connection) = runtime
        .block_on(tokio_postgres::connect(&fleet.url("app"), tokio_postgres::NoTls))
        .unwrap();
    runtime.spawn(connection);
    let append = "BEGIN; INSERT INTO refundry.recordings (merchant, n, hash, body)
        VALUES ('acct_cairo', 1, sha256(''), '')";
    runtime.block_on(client.batch_execute(append)).unwrap();
    let owner = fleet.url("owner");
    let closing = std::thread::spawn(move || Postgres::close(&PostgresOptions::at(owner), "app"));
    let waits = "SELECT pid FROM pg_stat_activity WHERE usename = 'owner'
        AND wait_event_type = 'Lock' AND datname = current_database()";
    while fleet.sql(waits).is_empty() {
        assert!(!closing.is_finished(), "it was closed before the append had ended");
    }
    runtime.block_on(client.batch_execute("COMMIT")).unwrap();
    closing.join().unwrap().unwrap();
    let late = crate::server::try_sql(
        &fleet.url("app"),
        "INSERT INTO refundry.recordings (merchant, n, hash, body)
         VALUES ('acct_cairo', 2, sha256(''), '')",
    );
    assert!(late.unwrap_err().contains("denied"));
}
