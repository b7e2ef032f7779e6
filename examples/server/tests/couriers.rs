//! Webhooks on a fleet: one node sends at a time, and whichever is lost, no endpoint and no event is lost
//! with it.

use std::{path::Path, thread, time::Duration};

use refundry_fleet::{Postgres, PostgresOptions};
use serde_json::Value;

use crate::{
    fleets::{self, Fleet},
    ledgers::{self, CAIRO, GIZA},
    log,
    nodes::{self, town, until},
    operator::{refused, run},
    receiver::{Manner, Receiver},
    server::{LedgerFile, Server},
    webhooks::{events, refund, two_shops},
};

/// What the server logs that begins to send.
const SENDS: &str = "this node sends webhooks from now on";

fn add(fleet: &Fleet, url: &str) -> String {
    let arguments = ["webhook", "add", url, "--event", "refund.succeeded", "--json"];
    let added = run(Path::new(&fleet.url("app")), &arguments).json();
    log::is_secret(added["secret"].as_str().unwrap());
    added["id"].as_str().unwrap().to_owned()
}

fn list(fleet: &Fleet) -> Vec<Value> {
    let listed = run(Path::new(&fleet.url("app")), &["webhook", "list", "--json"]).json();
    listed.as_array().unwrap().clone()
}

/// A server that sends, and then another that does not, with their folders.
fn sender_and_other(fleet: &Fleet) -> [(Server, tempfile::TempDir); 2] {
    let sender = nodes::serve(fleet);
    sender.0.log.line(&[SENDS]);
    [sender, nodes::serve(fleet)]
}

/// All of them came in the book's order, but that it may have begun again where it had been.
fn none_left_out(receiver: &Receiver, ids: &[String]) {
    until("the last came", || receiver.received().iter().any(|one| one.id() == ids[ids.len() - 1]));
    let mut next = 0;
    for received in receiver.received() {
        let place = ids.iter().position(|id| *id == received.id()).unwrap();
        assert!(place <= next, "one was left out before {place}");
        next = next.max(place + 1);
    }
    assert_eq!(next, ids.len());
}

#[test]
fn what_two_nodes_record_arrives_once_and_in_order() {
    let fleet = town(&fleets::Server::shared());
    let receiver = Receiver::new(Manner::Answer(200));
    add(&fleet, &receiver.url());
    let [(one, _first), (two, _second)] = sender_and_other(&fleet);
    for _ in 0..10 {
        refund(&one, CAIRO, "ch_1");
        refund(&two, CAIRO, "ch_1");
    }
    receiver.wait_for(20);
    thread::sleep(Duration::from_millis(1_500));
    let came: Vec<_> = receiver.received().iter().map(|one| one.id()).collect();
    assert_eq!(came, events(&two, CAIRO));
    // What only the other records.
    for _ in 0..3 {
        refund(&two, CAIRO, "ch_1");
    }
    receiver.wait_for(23);
    assert_eq!(receiver.ids(), events(&one, CAIRO));
    assert_eq!(receiver.connections(), 1, "one of them sends");
    let sending = |server| nodes::value(server, "refundry_webhooks_sending");
    assert_eq!((sending(&one), sending(&two)), (Some(1.0), Some(0.0)));
}

#[test]
fn another_node_goes_on_when_the_one_that_sends_is_killed() {
    let fleet = town(&fleets::Server::shared());
    let receivers = [Receiver::new(Manner::Answer(200)), Receiver::new(Manner::Answer(500))];
    receivers.iter().for_each(|receiver| drop(add(&fleet, &receiver.url())));
    let [(one, _first), (two, _second)] = sender_and_other(&fleet);
    for _ in 0..5 {
        refund(&one, CAIRO, "ch_1");
        refund(&two, CAIRO, "ch_1");
    }
    receivers[0].wait_for(3);
    receivers[1].wait_for(1);
    one.kill();
    for _ in 0..3 {
        refund(&two, CAIRO, "ch_1");
    }
    two.log.line(&[SENDS]);
    receivers[1].becomes(Manner::Answer(200));
    let ids = events(&two, CAIRO);
    receivers.iter().for_each(|receiver| none_left_out(receiver, &ids));
    // Who stops as asked leaves its place, so that nobody has to wait.
    let (three, _third) = nodes::serve(&fleet);
    two.stop();
    let begun = std::time::Instant::now();
    three.log.line(&[SENDS]);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    refund(&three, CAIRO, "ch_1");
    let ids = events(&three, CAIRO);
    receivers.iter().for_each(|receiver| none_left_out(receiver, &ids));
    until("nothing is in trouble", || list(&fleet).iter().all(|one| one["status"] == "active"));
}

/// It stands still while an event is on its way, and goes on long after another has taken its place.
#[test]
fn a_sender_that_stood_still_notes_nothing_and_sends_nothing_more() {
    let fleet = town(&fleets::Server::shared());
    let receiver = Receiver::new(Manner::Answer(200));
    add(&fleet, &receiver.url());
    let [(one, _first), (two, _second)] = sender_and_other(&fleet);
    refund(&one, CAIRO, "ch_1");
    receiver.wait_for(1);
    receiver.becomes(Manner::Hang);
    refund(&one, CAIRO, "ch_1");
    receiver.wait_for(2);
    one.signal("STOP");
    receiver.becomes(Manner::Answer(200));
    two.log.line(&[SENDS]);
    for _ in 0..5 {
        refund(&two, CAIRO, "ch_1");
    }
    let ids = events(&two, CAIRO);
    receiver.wait_for_id(&ids[6]);
    let cursor = "SELECT event FROM refundry.endpoint_cursors WHERE merchant = 'acct_cairo'";
    until("the cursor is there", || fleet.sql(cursor)[0][0] == ids[6]);
    // Its event has failed by the time that it goes on.
    thread::sleep(Duration::from_secs(6));
    let came = receiver.received().len();
    one.signal("CONT");
    one.log.line(&["another node sends webhooks now"]);
    thread::sleep(Duration::from_secs(1));
    assert_eq!(fleet.sql(cursor)[0][0], ids[6]);
    let shown = list(&fleet).remove(0);
    assert_eq!((&shown["status"], &shown["trouble"]), (&"active".into(), &Value::Null));
    assert_eq!(receiver.received().len(), came);
    // It is a node as any other.
    refund(&one, CAIRO, "ch_1");
    none_left_out(&receiver, &events(&two, CAIRO));
    two.kill();
    refund(&one, CAIRO, "ch_1");
    none_left_out(&receiver, &events(&one, CAIRO));
}

#[test]
fn endpoints_outlive_every_node() {
    let fleet = town(&fleets::Server::shared());
    let receiver = Receiver::new(Manner::Answer(200));
    let id = add(&fleet, &receiver.url());
    let [(one, first), (two, second)] = sender_and_other(&fleet);
    refund(&one, CAIRO, "ch_1");
    receiver.wait_for(1);
    for server in [one, two] {
        refund(&server, CAIRO, "ch_1");
        server.kill();
    }
    drop((first, second));
    assert_eq!(list(&fleet)[0]["id"], id.as_str());
    let (server, _folder) = nodes::serve(&fleet);
    none_left_out(&receiver, &events(&server, CAIRO));
}

/// As one that an older program set up.
#[test]
fn a_fleet_without_endpoints_is_served_and_set_up_anew() {
    let fleet = town(&fleets::Server::shared());
    fleet.sql(
        "DROP TABLE refundry.events_set_aside, refundry.endpoint_cursors, refundry.endpoints,
         refundry.sender, refundry.news",
    );
    let url = fleet.url("app");
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, CAIRO, "ch_1");
    let (code, said) = refused(Path::new(&url), &["webhook", "list"]);
    assert!(code == 3 && said.contains("refundry-fleet set-up"), "{code}: {said}");
    Postgres::set_up(&PostgresOptions::at(fleet.url("owner")), "app").unwrap();
    let receiver = Receiver::new(Manner::Answer(200));
    add(&fleet, &receiver.url());
    server.log.line(&[SENDS]);
    refund(&server, CAIRO, "ch_1");
    receiver.wait_for(1);
    assert_eq!(receiver.ids(), events(&server, CAIRO)[1..]);
}

#[test]
fn the_commands_say_the_same_on_a_fleet() {
    let file = LedgerFile::of(&ledgers::town());
    let fleet = town(&fleets::Server::shared());
    let url = fleet.url("app");
    let homes = [file.path(), url.clone().into()];
    let receiver = Receiver::new(Manner::Answer(200));
    let url_of_receiver = receiver.url();
    let shown = |home: &Path, arguments: &[&str]| {
        let mut shown = run(home, &[&["webhook"], arguments, &["--json"]].concat()).json();
        shown.as_object_mut().unwrap().remove("createdAt");
        shown.as_object_mut().unwrap().remove("event");
        shown
    };
    let mut all = Vec::new();
    for home in &homes {
        let options = ["--merchant", "acct_cairo", "--event", "refund.failed", "--header", "X-It"];
        let added = shown(home, &[&["add", &url_of_receiver][..], &options].concat());
        let (id, secret) = (added["id"].as_str().unwrap(), added["secret"].as_str().unwrap());
        log::is_secret(secret);
        let rotated = shown(home, &["rotate", id]);
        assert_ne!(rotated["secret"], secret);
        log::is_secret(rotated["secret"].as_str().unwrap());
        let listed = run(home, &["webhook", "list"]);
        assert!(!listed.printed.contains("whsec_") && listed.printed.contains(id), "a list");
        let mut said = vec![listed.printed.lines().filter(|l| !l.contains("created")).collect()];
        for arguments in [&["pause", id][..], &["resume", id], &["test", id], &["remove", id]] {
            said.push(shown(home, arguments).to_string());
        }
        assert_eq!(run(home, &["webhook", "list", "--json"]).json(), Value::Array(Vec::new()));
        all.push(said.iter().map(|text| text.replace(id, "we_")).collect::<Vec<_>>());
    }
    assert_eq!(all[0], all[1]);
    for arguments in [
        &["add", "http://shop.example/"][..],
        &["pause", "we_0"],
        &["resume", "we_0"],
        &["rotate", "we_0"],
        &["test", "we_0"],
        &["remove", "we_0"],
    ] {
        let arguments = [&["webhook"], arguments].concat();
        assert_eq!(refused(&homes[0], &arguments), refused(&homes[1], &arguments));
    }
    let nobody = ["webhook", "add", "https://shop.example/", "--merchant", "acct_none"];
    let (code, said) = refused(&homes[1], &nobody);
    assert!(code == 3 && said.contains("the view refundry.merchants"), "{code}: {said}");
    let away = "postgres://app:opensesame@127.0.0.1:1/none";
    let (code, said) = refused(Path::new(away), &["webhook", "list"]);
    assert!(code == 1 && !said.contains("opensesame"), "{code}: {said}");
    let (code, said) = refused(Path::new(&url), &["listen", "--forward-to", &url_of_receiver]);
    assert!(code == 2 && said.contains("--cache FOLDER"), "{code}: {said}");
}

/// A node that was upgraded first knows more than the one that sends.
#[test]
fn an_endpoint_that_a_newer_version_wrote_stops_no_other() {
    let fleet = town(&fleets::Server::shared());
    let receivers = [0; 3].map(|_| Receiver::new(Manner::Answer(200)));
    let ids = receivers.each_ref().map(|receiver| add(&fleet, &receiver.url()));
    let [type_of, setting] =
        [("refund.succeeded", "refund.reconsidered"), ("{", "{\"least\":1000,")];
    for (id, (from, to)) in [(&ids[0], type_of), (&ids[1], setting)] {
        fleet.sql(&format!(
            "UPDATE refundry.endpoints SET settings = replace(settings, '{from}', '{to}') WHERE id = '{id}'"
        ));
    }
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, CAIRO, "ch_1");
    receivers[2].wait_for(1);
    for id in &ids[..2] {
        server.log.line(&["this version can't read an endpoint", id]);
    }
    let unreadable = || nodes::value(&server, "refundry_webhooks_unreadable");
    assert_eq!(unreadable(), Some(2.0));
    let url = fleet.url("app");
    let listed = list(&fleet);
    let shown: Vec<_> = listed.iter().map(|one| (&one["id"], &one["status"])).collect();
    let is = |id: usize, status: &str| (Value::from(ids[id].as_str()), Value::from(status));
    let expected = [is(2, "active"), is(0, "unreadable"), is(1, "unreadable")];
    assert_eq!(shown, expected.each_ref().map(|(id, status)| (id, status)));
    let (code, said) = refused(Path::new(&url), &["webhook", "pause", &ids[0]]);
    assert!(code == 1 && said.contains("use the version that wrote it"), "{code}: {said}");
    // Nothing was forgotten: the newer version, or this one once it is changed back, goes on.
    let (from, to) = type_of;
    fleet.sql(&format!(
        "UPDATE refundry.endpoints SET settings = replace(settings, '{to}', '{from}')"
    ));
    receivers[0].wait_for(1);
    assert_eq!(receivers[0].ids(), events(&server, CAIRO));
    run(Path::new(&url), &["webhook", "remove", &ids[1]]);
    until("all can be read", || unreadable() == Some(0.0));
    assert!(receivers[1].received().is_empty());
}

/// A sender asks for a few things each second, however many books there are.
#[test]
fn many_books_cost_no_question_each() {
    let fleet = town(&fleets::Server::shared());
    fleet.sql(
        "INSERT INTO refundry.recordings (merchant, n, hash, body)
         SELECT 'acct_many_' || g, 1, decode(repeat('00', 32), 'hex'), '{}'
         FROM generate_series(1, 5000) g",
    );
    let receiver = Receiver::new(Manner::Answer(200));
    add(&fleet, &receiver.url());
    let [(one, _first), (two, _second)] = sender_and_other(&fleet);
    let begun = std::time::Instant::now();
    for server in [&one, &two] {
        refund(server, CAIRO, "ch_1");
    }
    receiver.wait_for(2);
    assert_eq!(receiver.ids(), events(&one, CAIRO));
    // All of them were looked at by now.
    thread::sleep(Duration::from_secs(3));
    let asked = nodes::metric(&one, "round_trips_total").unwrap();
    assert!(asked < 200.0, "{asked} questions in {:?}", begun.elapsed());
    assert_eq!(nodes::metric(&one, "books_stopped"), Some(0.0), "it took in what nobody asks for");
}

/// A node that has stopped serving a book tells of the others, also where an event of that book had failed or was
/// set aside.
#[test]
fn a_book_that_is_not_served_holds_up_no_other() {
    let fleet = fleets::moved_in(&fleets::Server::shared(), &two_shops().path());
    let receivers = [Receiver::new(Manner::Answer(500)), Receiver::new(Manner::Answer(200))];
    let ids = receivers.each_ref().map(|receiver| add(&fleet, &receiver.url()));
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, CAIRO, "ch_1");
    receivers.iter().for_each(|receiver| drop(receiver.wait_for(1)));
    until("it failed", || list(&fleet)[0]["status"] == "failing");
    let event = events(&server, CAIRO).remove(0);
    server.stop();
    fleet.sql(&format!(
        "INSERT INTO refundry.events_set_aside
         SELECT endpoint, '{event}', 'refund.succeeded', 'acct_cairo', 0, 'no', true
         FROM refundry.endpoints WHERE id = '{}'",
        ids[1]
    ));
    fleet.sql(
        "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
         UPDATE refundry.recordings SET body = body || ' ' WHERE merchant = 'acct_cairo' AND n = 1",
    );
    receivers[0].becomes(Manner::Answer(200));
    let (server, _folder) = nodes::serve(&fleet);
    refund(&server, GIZA, "ch_giza");
    let ids = events(&server, GIZA);
    receivers.iter().for_each(|receiver| receiver.wait_for_id(&ids[0]));
    assert_eq!(nodes::metric(&server, "books_stopped"), Some(1.0), "the control");
}

/// Whatever keeps it from sending is said once, and once more if it comes back.
#[test]
fn a_trouble_that_stays_is_logged_once() {
    let fleet = town(&fleets::Server::shared());
    let receiver = Receiver::new(Manner::Answer(200));
    add(&fleet, &receiver.url());
    let (mut server, _folder) = nodes::serve(&fleet);
    for _ in 0..2 {
        fleet.sql("ALTER TABLE refundry.sender RENAME TO away");
        thread::sleep(Duration::from_secs(5));
        let before = receiver.received().len();
        fleet.sql("ALTER TABLE refundry.away RENAME TO sender");
        refund(&server, CAIRO, "ch_1");
        receiver.wait_for(before + 1);
    }
    server.signal("TERM");
    let said = server.log.end();
    assert_eq!(
        said.matches("webhooks can't go on; trying again error=the endpoints").count(),
        2,
        "{said}"
    );
}

/// To read how far very many have come takes longer than a place is kept.
#[test]
fn a_sender_keeps_its_place_while_it_begins_with_many_endpoints() {
    let fleet = town(&fleets::Server::shared());
    let receivers = [0; 4].map(|_| Receiver::new(Manner::Answer(200)));
    receivers.iter().for_each(|receiver| drop(add(&fleet, &receiver.url())));
    fleet.sql(
        "DELETE FROM refundry.endpoint_cursors WHERE merchant <> 'acct_cairo';
         ALTER TABLE refundry.endpoint_cursors RENAME TO cursors;
         CREATE VIEW refundry.endpoint_cursors AS
             SELECT * FROM refundry.cursors WHERE pg_sleep(2) IS NOT NULL;
         GRANT SELECT, INSERT, UPDATE ON refundry.endpoint_cursors TO app",
    );
    let servers = [nodes::serve(&fleet), nodes::serve(&fleet)];
    thread::sleep(Duration::from_secs(10));
    let (one, two) = (servers[0].0.log.find(&[SENDS]), servers[1].0.log.find(&[SENDS]));
    assert!(one.is_some() != two.is_some(), "{one:?} {two:?}");
    refund(&servers[0].0, CAIRO, "ch_1");
    receivers.iter().for_each(|receiver| drop(receiver.wait_for(1)));
}
