//! What commands read out of the books of a fleet, import into them and forget in them, beside a file.

use std::{
    fs, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Stdio, thread, time::Duration,
};

use super::serve;
use crate::{
    bookkeeping::refund_for_a_month,
    client::Request,
    fleets::{self, Fleet},
    ledgers::{self, CAIRO},
    operator::{Done, refused, run},
    server::{self, LedgerFile, Server},
};

/// The same books in a file and in a fleet, and the fleet's commands.
struct Both {
    file: LedgerFile,
    fleet: Fleet,
    folder: tempfile::TempDir,
}

impl Both {
    fn of(lines: &str) -> Self {
        let file = LedgerFile::of(lines);
        // The file that is moved has another name then.
        let copy = tempfile::tempdir().unwrap();
        let copied = copy.path().join("copy.refundry");
        run(&file.path(), &["backup", copied.to_str().unwrap()]);
        let fleet = fleets::moved_in(&fleets::Server::shared(), &copied);
        Self { file, fleet, folder: tempfile::tempdir().unwrap() }
    }

    fn url(&self) -> PathBuf {
        self.fleet.url("app").into()
    }

    fn on_fleet<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--cache", self.folder.path().to_str().unwrap()]].concat()
    }

    /// Runs a command on both. What it prints is the same.
    fn same(&self, arguments: &[&str]) -> Done {
        let of_file = run(&self.file.path(), arguments);
        let of_fleet = run(&self.url(), &self.on_fleet(arguments));
        assert_eq!(of_file.printed, of_fleet.printed, "{arguments:?}");
        of_fleet
    }

    /// A command that both refuse.
    fn refused(&self, arguments: &[&str]) -> [(i32, String); 2] {
        let of_fleet = refused(&self.url(), &self.on_fleet(arguments));
        [refused(&self.file.path(), arguments), of_fleet]
    }

    fn lines(&self, name: &str, lines: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, lines).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn what_is_read_of_a_book_is_the_same_on_a_fleet() {
    let both = Both::of(&ledgers::town());
    for arguments in [
        &["export", "hledger", "acct_cairo"][..],
        &["export", "csv", "acct_cairo", "--table", "charges"],
        &["statement", "acct_cairo", "--format", "csv"],
        &["feed", "acct_giza"],
        &["verify"],
    ] {
        assert!(!both.same(arguments).printed.is_empty(), "{arguments:?}");
    }
    // What another node answered since is read too.
    let before = both.same(&["feed", "acct_cairo"]).printed;
    let (server, _folder) = serve(&both.fleet);
    assert_eq!(server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1"}"#)).status, 201);
    let after = run(&both.url(), &both.on_fleet(&["feed", "acct_cairo"])).printed;
    assert!(after.lines().count() > before.lines().count(), "{after}");
    let nobody = both.refused(&["export", "csv", "acct_none"]).map(|(code, _)| code);
    assert_eq!(nobody, [3, 3]);
}

#[test]
fn verification_reads_everything_that_a_fleet_has_and_compares_it_with_kept_heads() {
    let both = Both::of(&ledgers::town());
    let heads = both.lines("heads", &run(&both.url(), &both.on_fleet(&["verify"])).printed);
    both.same(&["verify", "--heads", &heads]);
    // Its owner takes the guard away and alters what every cache has taken in already.
    for (sets, told) in [
        (
            "hash = sha256('') WHERE merchant = 'acct_giza' AND n = 1",
            "acct_giza: the database's row n 1",
        ),
        (
            "body = replace(body, '22604', '22605') WHERE body LIKE '%22604%'",
            "acct_cairo: what the database has after n 2 does not follow",
        ),
    ] {
        both.fleet.sql(&format!(
            "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
             UPDATE refundry.recordings SET {sets}"
        ));
        let (code, said) = refused(&both.url(), &both.on_fleet(&["verify", "--heads", &heads]));
        assert!(code == 4 && said.contains(told), "{code}: {said}");
    }
}

#[test]
fn nothing_stays_of_the_copy_that_verification_makes_even_if_it_was_cut_off() {
    let both = Both::of(&ledgers::town());
    let copies = || {
        let entries = fs::read_dir(both.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let mut command = server::command();
    command.args(both.on_fleet(&["verify"])).env("REFUNDRY_DATABASE", both.url());
    thread::scope(|scope| {
        // Nothing can be read meanwhile.
        let lock = "BEGIN; LOCK TABLE refundry.recordings; SELECT pg_sleep(1); ROLLBACK";
        scope.spawn(|| both.fleet.sql(lock));
        let asleep = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                      AND wait_event = 'PgSleep'";
        while both.fleet.sql(asleep).is_empty() {}
        let mut verify = command.stdout(Stdio::null()).spawn().unwrap();
        while copies().is_empty() {
            assert!(verify.try_wait().unwrap().is_none(), "it has ended");
            thread::sleep(Duration::from_millis(1));
        }
        verify.kill().unwrap();
        verify.wait().unwrap();
    });
    let left = copies();
    assert_eq!(left.len(), 1);
    for file in fs::read_dir(&left[0]).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    run(&both.url(), &both.on_fleet(&["verify"]));
    assert!(copies().is_empty());
}

#[test]
fn lines_are_imported_into_a_fleet_as_into_a_file() {
    let both = Both::of(&ledgers::town());
    let new: String = (0..700)
        .map(|n| ledgers::charge(&format!("ch_new{n}"), 1_000 + n, 10, ledgers::PAST))
        .chain([ledgers::merchant("aswan", "sk_test_aswan_0123456789abcdef", "\"5000\"")])
        .collect();
    let whole = both.lines("new.jsonl", &new);
    let report = both.same(&["import", &whole, "--json"]).json();
    assert_eq!((&report["lines"], &report["recorded"]), (&701.into(), &701.into()));
    assert_eq!(both.same(&["import", &whole, "--json"]).json()["skipped"], 701);
    both.same(&["show", "balance", "acct_cairo"]);
    both.same(&["show", "charge", "acct_cairo", "ch_new699", "--json"]);
    both.same(&["show", "balance", "acct_aswan"]);

    // A key that another merchant holds is refused, also if no book of this node has it.
    let taken = both.lines("taken.jsonl", &ledgers::merchant("luxor2", CAIRO, "null"));
    let fresh = tempfile::tempdir().unwrap();
    let cache = ["import", &taken, "--cache", fresh.path().to_str().unwrap()];
    let (code, said) = refused(&both.url(), &cache);
    assert!(code == 3 && said.contains("keys that no other merchant holds"), "{code}: {said}");
    assert!(!said.contains(CAIRO), "{said}");
}

#[test]
fn a_bad_line_stops_an_import_into_a_fleet_and_what_was_recorded_is_skipped_later() {
    let both = Both::of(&ledgers::town());
    let charge = |n: i64| ledgers::charge(&format!("ch_new{n}"), 1_000 + n, 10, ledgers::PAST);
    let good: String = (0..600).map(charge).collect();
    let other = ledgers::Charge {
        owner: "giza",
        id: "ch_other",
        intent: None,
        amount: 5,
        fee: 0,
        status: "succeeded",
        available_on: ledgers::PAST,
    };
    let bad = both.lines(
        "bad.jsonl",
        &format!("{good}{}{}", charge(0).replace("1000", "1999"), other.line()),
    );
    let (code, said) = refused(&both.url(), &both.on_fleet(&["import", &bad]));
    assert!(code == 3 && said.contains("line 601 can't be imported"), "{code}: {said}");
    assert!(said.contains("what was recorded before stays"), "{said}");
    assert!(!said.contains("nothing of this import was kept"), "{said}");
    let in_parts = refused(&both.file.path(), &["import", "--in-parts", &bad]);
    assert_eq!(in_parts, (code, said), "as a file in parts");
    let corrected = both.lines("corrected.jsonl", &format!("{good}{}", other.line()));
    let report = run(&both.url(), &both.on_fleet(&["import", &corrected, "--json"])).json();
    // Of the part with the bad line the other book's is there, and Cairo's are not.
    assert_eq!((&report["skipped"], &report["recorded"]), (&501.into(), &100.into()));
    run(&both.file.path(), &["import", &corrected]);
    both.same(&["import", &corrected]);
}

#[test]
fn a_settlement_file_is_compared_with_a_book_of_a_fleet_and_settled_once() {
    let both = Both::of(&ledgers::town());
    let lines = "Amount,Day,Reference\n226.04,2024-01-01,ch_1\n109.00,2024-01-01,ch_2\n\
                 50.00,2024-01-01,ch_first\n50.00,2024-01-02,\n";
    let file = both.lines("settlement.csv", lines);
    let map = ["--map", "amount=Amount,date=Day,reference=Reference", "--currency", "EGP"];
    let settle = [&["reconcile", "acct_cairo", &file, "--settle"], &map[..]].concat();
    let done = both.same(&settle);
    assert!(done.printed.starts_with("4 lines against acct_cairo: 4 matched, 0 open\n"));
    assert!(done.said.contains("Settled: stl_EGP_"), "{}", done.said);
    run(&both.url(), &both.on_fleet(&settle));
    let journal = run(&both.url(), &both.on_fleet(&["export", "csv", "acct_cairo"])).printed;
    assert_eq!(journal.matches("stl_EGP_").count(), 1, "settled once: {journal}");
}

#[test]
fn old_idempotency_keys_of_a_fleet_are_forgotten() {
    let file = LedgerFile::of(&ledgers::town());
    refund_for_a_month(&file.path());
    let fleet = fleets::moved_in(&fleets::Server::shared(), &file.path());
    let folder = tempfile::tempdir().unwrap();
    let prune = ["prune", "--days", "0", "--json", "--cache", folder.path().to_str().unwrap()];
    let url = PathBuf::from(fleet.url("app"));
    assert_eq!(run(&url, &prune).json()["pruned"], 1);
    assert_eq!(run(&url, &prune).json()["pruned"], 0);
}

#[test]
fn a_server_imports_a_file_before_it_serves_a_fleet() {
    let both = Both::of(&ledgers::town());
    let file = both.lines("new.jsonl", &ledgers::charge("ch_new", 700, 10, ledgers::PAST));
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut command = server::command();
        fleets::serve(&both.fleet, folder.path(), &mut command);
        command.args(["--import", &file]);
        let server = Server::run(command);
        server.log.line(&["imported", "lines=1"]);
        assert_eq!(server.send(&Request::get("/charges/ch_new", CAIRO)).status, 200);
    }
}
