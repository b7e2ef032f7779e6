//! Endpoints go where their books go, and nothing is sent twice or left out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    fleets::{self, Fleet},
    ledgers::{self, CAIRO},
    log,
    nodes::{self, until},
    operator::{refused, run},
    receiver::{Manner, Receiver},
    server::{LedgerFile, Server},
    webhooks::{events, refund},
};

fn served(path: &Path, options: &[&str]) -> Server {
    let mut command = crate::server::command();
    command.arg("--database").arg(path).args(options);
    Server::run(command)
}

fn add(home: &Path, url: &str) -> String {
    let arguments = ["webhook", "add", url, "--event", "refund.succeeded", "--json"];
    let added = run(home, &arguments).json();
    log::is_secret(added["secret"].as_str().unwrap());
    added["id"].as_str().unwrap().to_owned()
}

fn list(home: &Path) -> Vec<Value> {
    run(home, &["webhook", "list", "--json"]).json().as_array().unwrap().clone()
}

/// Moves, and returns how many endpoints were moved.
fn carry(fleet: &Fleet, how: &str, file: &Path) -> i64 {
    let home = PathBuf::from(fleet.url("app"));
    let done = run(&home, &["webhook", how, file.to_str().unwrap(), "--json"]);
    assert!(!(done.printed.clone() + &done.said).contains("whsec_"), "a secret");
    done.json()["moved"].as_i64().unwrap()
}

fn refused_to(fleet: &Fleet, how: &str, file: &Path) -> (i32, String) {
    let home = PathBuf::from(fleet.url("app"));
    refused(&home, &["webhook", how, file.to_str().unwrap()])
}

/// The books of a file in a fleet, with one endpoint of the file that has had one event.
fn moved_books(receiver: &Receiver) -> (LedgerFile, Fleet, String) {
    let file = LedgerFile::of(&ledgers::town());
    let id = add(&file.path(), &receiver.url());
    let server = served(&file.path(), &[]);
    refund(&server, CAIRO, "ch_1");
    receiver.wait_for(1);
    server.stop();
    let fleet = fleets::moved_in(&fleets::Server::shared(), &file.path());
    (file, fleet, id)
}

#[test]
fn endpoints_are_moved_into_a_fleet_and_back_with_all_that_is_known_of_them() {
    let file = LedgerFile::of(&ledgers::town());
    let [one, two, paused] = [200, 400, 200].map(|status| Receiver::new(Manner::Answer(status)));
    let ids = [&one, &two, &paused].map(|receiver| add(&file.path(), &receiver.url()));
    let server = served(&file.path(), &["--webhook-retry-for", "1s"]);
    let home = file.path();
    run(&home, &["webhook", "pause", &ids[2]]);
    let secret = run(&home, &["webhook", "rotate", &ids[0], "--json"]).json();
    log::is_secret(secret["secret"].as_str().unwrap());
    for _ in 0..3 {
        refund(&server, CAIRO, "ch_1");
    }
    one.wait_for(3);
    let aside = |home: &Path| list(home)[1]["setAside"].as_array().unwrap().len();
    until("one is set aside", || aside(&home) > 0);
    server.stop();
    let before = list(&home);
    assert!(before[1]["trouble"].is_object() || aside(&home) == 3, "{before:?}");

    let fleet = fleets::moved_in(&fleets::Server::shared(), &home);
    let url = PathBuf::from(fleet.url("app"));
    assert_eq!(list(&url), [Value::Null; 0]);
    assert_eq!(carry(&fleet, "move-in", &home), 3);
    assert_eq!(list(&url), before);
    assert_eq!(carry(&fleet, "move-in", &home), 0, "again it does nothing");
    assert_eq!(list(&url), before);
    let secrets = fs::read(webhooks_file(&home)).unwrap();
    assert!(!contains(&secrets, b"whsec_"), "the file has them still");
    let log = fs::read(webhooks_file(&home).with_extension("refundry-webhooks-wal"));
    assert!(!contains(&log.unwrap_or_default(), b"whsec_"), "its log has them still");

    // What was set aside is sent again, and the rest goes on after what had arrived.
    two.becomes(Manner::Answer(200));
    let (server, _folder) = nodes::serve(&fleet);
    for _ in 0..2 {
        refund(&server, CAIRO, "ch_1");
    }
    run(&url, &["webhook", "resume", &ids[1]]);
    let all = events(&server, CAIRO);
    one.wait_for(5);
    assert_eq!(one.received().iter().map(|one| one.id()).collect::<Vec<_>>(), all);
    let came = |receiver: &Receiver| all.iter().all(|id| receiver.ids().contains(id));
    until("all of the second", || came(&two) && aside(&url) == 0);
    let stays = refused_to(&fleet, "move-out", &home);
    assert!(stays.0 == 3 && stays.1.contains("move the books first"), "{stays:?}");
    let back = fleets::carried_out(&fleet, file.directory());
    let (code, said) = refused_to(&fleet, "move-out", &back);
    assert!(code == 3 && said.contains("still sends webhooks; stop the nodes"), "{code}: {said}");
    server.stop();

    assert_eq!(carry(&fleet, "move-out", &back), 3);
    assert_eq!(list(&url), [Value::Null; 0]);
    assert_eq!(carry(&fleet, "move-out", &back), 0, "again it does nothing");
    let of_file = list(&back);
    let shown = |list: &[Value]| -> Vec<_> {
        list.iter().map(|one| (one["id"].clone(), one["createdAt"].clone())).collect()
    };
    assert_eq!(shown(&of_file), shown(&before));
    let (came_before, two_before) = (one.received().len(), two.received().len());
    let server = served(&back, &[]);
    refund(&server, CAIRO, "ch_1");
    run(&back, &["webhook", "resume", &ids[2]]);
    let all = events(&server, CAIRO);
    for receiver in [&one, &two, &paused] {
        receiver.wait_for_id(&all[5]);
    }
    assert_eq!((one.received().len(), two.received().len()), (came_before + 1, two_before + 1));
    assert_eq!(paused.ids(), all, "it was paused all the time, and nothing was forgotten");
}

fn webhooks_file(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push("-webhooks");
    name.into()
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|some| some == what)
}

/// The fleet has the endpoint, and nobody is shown it yet, because the file had not forgotten it. The file goes on.
#[test]
fn a_move_that_was_cut_off_before_the_file_forgot_carries_what_is_newer() {
    let receiver = Receiver::new(Manner::Answer(200));
    let (file, fleet, id) = moved_books(&receiver);
    let copy = file.directory().join("copy");
    fs::copy(webhooks_file(&file.path()), webhooks_file(&copy)).unwrap();
    assert_eq!(carry(&fleet, "move-in", &copy), 1);
    fleet.sql("UPDATE refundry.endpoints SET revision = 0");
    let url = PathBuf::from(fleet.url("app"));
    assert_eq!(list(&url), [Value::Null; 0], "it is not here yet");
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, CAIRO, "ch_1");
    let stands_at = |cursor: &str| {
        let sql = format!("UPDATE cursors SET event = '{cursor}' WHERE merchant = 'acct_cairo'");
        let file = rusqlite::Connection::open(webhooks_file(&file.path())).unwrap();
        assert_eq!(file.execute(&sql, []).unwrap(), 1);
    };
    // The file's server had sent the second as well.
    stands_at(&events(&server, CAIRO)[1]);
    assert_eq!(carry(&fleet, "move-in", &file.path()), 1);
    refund(&server, CAIRO, "ch_1");
    let all = events(&server, CAIRO);
    receiver.wait_for_id(&all[2]);
    assert_eq!(receiver.ids(), [all[0].clone(), all[2].clone()], "the second had arrived");
    assert_eq!(list(&url)[0]["id"], id.as_str());

    // An old copy of the file has it too.
    let old = file.directory().join("old");
    fs::copy(webhooks_file(&copy), webhooks_file(&old)).unwrap();
    let sql = format!(
        "INSERT INTO endpoints (id, url, private, types, secret, created_at)
         VALUES ('{id}', 'https://shop.example/', 0, '', 'a secret', 0)"
    );
    let of_old = rusqlite::Connection::open(webhooks_file(&old)).unwrap();
    of_old.execute(&sql, []).unwrap();
    let (code, said) = refused_to(&fleet, "move-in", &old);
    assert!(code == 3 && said.contains("is at both places"), "{code}: {said}");
    let left = of_old.query_row("SELECT count(*) FROM endpoints", [], |row| row.get::<_, i64>(0));
    assert_eq!(left, Ok(1));
}

/// The file had forgotten the endpoint, and the fleet has not begun with it.
#[test]
fn a_move_that_was_cut_off_at_its_end_is_brought_to_it() {
    let receiver = Receiver::new(Manner::Answer(200));
    let (file, fleet, _) = moved_books(&receiver);
    assert_eq!(carry(&fleet, "move-in", &file.path()), 1);
    fleet.sql("UPDATE refundry.endpoints SET revision = 0");
    let back = fleets::carried_out(&fleet, file.directory());
    let (code, said) = refused_to(&fleet, "move-out", &back);
    assert!(code == 3 && said.contains("was cut off; run it again"), "{code}: {said}");
    assert_eq!(carry(&fleet, "move-in", &file.path()), 1);
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, CAIRO, "ch_1");
    let all = events(&server, CAIRO);
    receiver.wait_for_id(&all[1]);
    assert_eq!(receiver.received().len(), 2);
    server.stop();
    // The same the other way.
    assert_eq!(carry(&fleet, "move-out", &back), 1);
    let staged = rusqlite::Connection::open(webhooks_file(&back)).unwrap();
    staged.execute("UPDATE endpoints SET revision = 0", []).unwrap();
    let (code, said) = refused_to(&fleet, "move-in", &back);
    assert!(code == 3 && said.contains("was cut off; run it again"), "{code}: {said}");
    assert_eq!(carry(&fleet, "move-out", &back), 1);
    assert_eq!(list(&back).len(), 1);
}

#[test]
fn what_can_go_wrong_with_a_move_is_told() {
    let receiver = Receiver::new(Manner::Answer(200));
    let (file, fleet, _) = moved_books(&receiver);
    let (code, said) = refused_to(&fleet, "move-in", &file.directory().join("other"));
    assert!(code == 3 && said.contains("other-webhooks"), "{code}: {said}");
    let (code, said) = refused(&file.path(), &["webhook", "move-in", "x"]);
    assert!(code == 2 && said.contains("REFUNDRY_DATABASE"), "{code}: {said}");
    // A server that still has the file stops sending, and what it records is in no fleet anyway.
    assert_eq!(carry(&fleet, "move-in", &file.path()), 1);
    fleet.sql("UPDATE refundry.endpoints SET settings = replace(settings, '{', '{\"new\":1,')");
    let back = fleets::carried_out(&fleet, file.directory());
    let (code, said) = refused_to(&fleet, "move-out", &back);
    assert!(code == 3 && said.contains("use the version that wrote it"), "{code}: {said}");
    assert_eq!(fleet.sql("SELECT revision FROM refundry.endpoints"), [["1"]]);
}
