//! Endpoints of webhooks: one node sends at a time, and whoever lost its place notes nothing more.

use std::{
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{
    Change, Endpoints, EngineError, EventAside, Noted, Place, Postgres, PostgresOptions, Sender,
};

use crate::{
    server::{Fleet, try_sql},
    shop::{MERCHANT, charge, fleet, mark, merchant, node, refund, request},
};

const LONG: Duration = Duration::from_secs(60);

fn endpoints(fleet: &Fleet) -> Endpoints {
    Endpoints::new(PostgresOptions::at(fleet.url("app"))).unwrap()
}

/// One endpoint, and its number.
fn one(fleet: &Fleet) -> (Endpoints, i64) {
    let mut endpoints = endpoints(fleet);
    endpoints.add("we_1", "a secret", &[]).unwrap();
    let number = endpoints.list().unwrap()[0].number;
    (endpoints, number)
}

fn note(endpoints: &mut Endpoints, holder: &str, changes: &[Change]) -> bool {
    endpoints.record(holder, None, changes).unwrap() == Noted::Whole
}

fn place(event: &str) -> Place {
    Place { merchant: MERCHANT.into(), event: Some(event.into()), moment: 7 }
}

fn given_up(event: &str) -> EventAside {
    EventAside {
        event: event.into(),
        r#type: "refund.failed".into(),
        merchant: MERCHANT.into(),
        moment: 9,
        problem: "no".into(),
    }
}

fn advance(endpoint: i64, event: &str) -> [Change; 1] {
    [Change::Advance(endpoint, place(event))]
}

#[test]
fn one_sends_at_a_time_until_it_leaves_or_does_not_come_in_time() {
    let fleet = fleet();
    let (mut one, mut two) = (endpoints(&fleet), endpoints(&fleet));
    assert_eq!(one.take("a", LONG), Ok(Sender::Nobody));
    one.add("we_1", "{}", &[]).unwrap();
    assert_eq!(one.take("a", LONG), Ok(Sender::This));
    assert_eq!(two.take("b", LONG), Ok(Sender::Another));
    assert_eq!(one.take("a2", LONG), Ok(Sender::Another), "also for a node that sends");
    assert!(one.renew("a", LONG).unwrap() && !two.renew("b", LONG).unwrap());
    two.leave("b").unwrap();
    assert!(one.renew("a", LONG).unwrap(), "nobody gives back what is another's");
    one.leave("a").unwrap();
    assert!(!one.renew("a", LONG).unwrap());
    let short = Duration::from_millis(500);
    let begun = Instant::now();
    assert_eq!(two.take("b", short), Ok(Sender::This));
    assert_eq!(one.take("c", LONG), Ok(Sender::Another));
    while one.take("c", LONG) != Ok(Sender::This) {
        assert!(begun.elapsed() < LONG);
        thread::sleep(Duration::from_millis(20));
    }
    assert!(begun.elapsed() >= short, "{:?}", begun.elapsed());
    assert!(!two.renew("b", LONG).unwrap());
}

/// A node that stood still goes on with what it was about to note.
#[test]
fn who_lost_its_place_notes_nothing_more() {
    let fleet = fleet();
    let (mut old, number) = one(&fleet);
    let mut new = endpoints(&fleet);
    assert_eq!(old.take("old", Duration::from_millis(1)), Ok(Sender::This));
    assert!(note(&mut old, "old", &advance(number, "evt_1")));
    thread::sleep(Duration::from_millis(20));
    // Late, but nobody has taken over.
    assert!(note(&mut old, "old", &advance(number, "evt_2")));
    assert_eq!(new.take("new", LONG), Ok(Sender::This));
    let nine = given_up("evt_9");
    assert!(note(&mut new, "new", &[Change::SetAside(number, nine.clone())]));
    for change in [
        Change::Advance(number, place("evt_0")),
        Change::Advance(number, place("evt_3")),
        Change::Trouble(number, Some("trouble".into())),
        Change::SetAside(number, given_up("evt_3")),
        Change::Settle { endpoint: number, event: "evt_9".into(), arrived: true },
        Change::Settle { endpoint: number, event: "evt_9".into(), arrived: false },
    ] {
        assert!(!note(&mut old, "old", &[change]));
    }
    assert_eq!(new.cursors(number).unwrap(), [place("evt_2")]);
    assert_eq!(new.list().unwrap()[0].trouble, None);
    assert_eq!(new.aside(number, false).unwrap(), [nine]);
    assert_eq!(old.news("old").unwrap(), []);
}

/// What is on its way to the database while another takes over is noted before that, or not at all.
#[test]
fn a_takeover_waits_for_what_is_being_noted() {
    let fleet = fleet();
    let (mut old, number) = one(&fleet);
    assert_eq!(old.take("old", Duration::from_millis(1)), Ok(Sender::This));
    thread::sleep(Duration::from_millis(20));
    // Somebody holds the cursor's row, so that the note waits within its statement.
    note(&mut old, "old", &advance(number, "evt_1"));
    let url = fleet.url("postgres");
    let held = thread::spawn(move || {
        let sql =
            "BEGIN; SELECT FROM refundry.endpoint_cursors FOR UPDATE; SELECT pg_sleep(2); COMMIT";
        try_sql(&url, sql).unwrap();
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = $$PgSleep$$";
    while fleet.sql(waits)[0][0] == "0" {
        thread::sleep(Duration::from_millis(10));
    }
    let noting = thread::spawn(move || note(&mut old, "old", &advance(number, "evt_2")));
    thread::sleep(Duration::from_millis(500));
    let mut new = endpoints(&fleet);
    assert_eq!(new.take("new", LONG), Ok(Sender::This));
    assert_eq!(new.cursors(number).unwrap(), [place("evt_2")], "it had not ended");
    assert!(noting.join().unwrap());
    held.join().unwrap();
}

#[test]
fn what_an_operator_and_a_sender_say_stands() {
    let fleet = fleet();
    let (mut endpoints, number) = one(&fleet);
    endpoints.add("we_2", "{}", &[place("evt_0")]).unwrap();
    let second = endpoints.list().unwrap()[1].number;
    assert_eq!(endpoints.cursors(second).unwrap(), [place("evt_0")]);
    assert_eq!(endpoints.take("a", LONG), Ok(Sender::This));
    let changes = [
        Change::Advance(number, place("evt_1")),
        Change::Advance(second, Place { event: None, ..place("") }),
        Change::SetAside(number, given_up("evt_1")),
        Change::SetAside(number, given_up("evt_2")),
        Change::Trouble(number, Some("trouble".into())),
        // One that is not there is passed over.
        Change::Advance(99, place("evt_1")),
        Change::SetAside(99, given_up("evt_2")),
        Change::Trouble(99, None),
    ];
    assert!(note(&mut endpoints, "a", &changes));
    assert_eq!(endpoints.cursors(second).unwrap(), [Place { event: None, ..place("") }]);
    assert_eq!(endpoints.list().unwrap()[0].trouble.as_deref(), Some("trouble"));
    assert_eq!(endpoints.count_aside().unwrap(), 2);
    assert_eq!(endpoints.aside(number, true).unwrap(), []);
    // Another operator was faster.
    assert!(!endpoints.change("we_1", 2, "new", true).unwrap());
    assert!(endpoints.change("we_1", 1, "new", false).unwrap());
    assert_eq!(endpoints.list().unwrap()[0].trouble.as_deref(), Some("trouble"));
    assert!(endpoints.change("we_1", 2, "newer", true).unwrap());
    let changed = endpoints.list().unwrap().remove(0);
    assert_eq!((changed.revision, changed.settings.as_str(), changed.trouble), (3, "newer", None));
    assert_eq!(endpoints.aside(number, true).unwrap(), [given_up("evt_1"), given_up("evt_2")]);
    let settle =
        |event: &str, arrived| [Change::Settle { endpoint: number, event: event.into(), arrived }];
    assert!(note(&mut endpoints, "a", &settle("evt_1", true)));
    assert!(note(&mut endpoints, "a", &settle("evt_2", false)));
    assert_eq!(endpoints.aside(number, true).unwrap(), []);
    assert_eq!(endpoints.aside(number, false).unwrap(), [given_up("evt_2")]);
    assert!(endpoints.remove("we_1").unwrap() && !endpoints.remove("we_1").unwrap());
    assert_eq!(endpoints.count_aside().unwrap(), 0);
    assert_eq!(endpoints.cursors(number).unwrap(), []);
}

/// An attempt was on its way when an operator resumed the endpoint.
#[test]
fn a_failure_of_before_a_change_is_not_noted_after_it() {
    let fleet = fleet();
    let (mut endpoints, number) = one(&fleet);
    assert_eq!(endpoints.take("a", LONG), Ok(Sender::This));
    let failed = [
        Change::Advance(number, place("evt_1")),
        Change::Trouble(number, Some("trouble".into())),
        Change::SetAside(number, given_up("evt_1")),
        Change::Settle { endpoint: number, event: "evt_0".into(), arrived: false },
    ];
    assert!(note(&mut endpoints, "a", &[Change::SetAside(number, given_up("evt_0"))]));
    // What it resumes is to be sent again.
    assert!(endpoints.change("we_1", 1, "resumed", true).unwrap());
    let noted = endpoints.record("a", Some((number, 1)), &failed).unwrap();
    assert_eq!(noted, Noted::Changed);
    assert_eq!(endpoints.list().unwrap()[0].trouble, None);
    assert_eq!(endpoints.aside(number, true).unwrap(), [given_up("evt_0")]);
    assert_eq!(endpoints.aside(number, false).unwrap().len(), 1);
    assert_eq!(endpoints.cursors(number).unwrap(), []);
    assert_eq!(endpoints.record("b", Some((number, 2)), &failed).unwrap(), Noted::TakenOver);
    assert_eq!(endpoints.list().unwrap()[0].trouble, None);
    assert_eq!(endpoints.record("a", Some((number, 2)), &failed).unwrap(), Noted::Whole);
    assert_eq!(endpoints.list().unwrap()[0].trouble.as_deref(), Some("trouble"));
    assert_eq!(endpoints.aside(number, true).unwrap(), []);
    assert_eq!(endpoints.cursors(number).unwrap(), [place("evt_1")]);
}

/// It begins to note a failure, and the operator is faster by a moment.
#[test]
fn a_failure_waits_for_a_change_that_was_begun_before_it() {
    let fleet = fleet();
    let (mut endpoints, number) = one(&fleet);
    assert_eq!(endpoints.take("a", LONG), Ok(Sender::This));
    let url = fleet.url("postgres");
    let operator = thread::spawn(move || {
        let resume = "BEGIN; UPDATE refundry.endpoints SET revision = 2, trouble = NULL;
            SELECT pg_sleep(1); COMMIT";
        try_sql(&url, resume).unwrap();
    });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = $$PgSleep$$
        AND datname = current_database()";
    while fleet.sql(waits)[0][0] == "0" {
        thread::sleep(Duration::from_millis(10));
    }
    let failed = [Change::Trouble(number, Some("trouble".into()))];
    let noted = endpoints.record("a", Some((number, 1)), &failed).unwrap();
    operator.join().unwrap();
    assert_eq!(noted, Noted::Changed);
    assert_eq!(endpoints.list().unwrap()[0].trouble, None);
}

#[test]
fn the_sender_learns_where_books_end() {
    let fleet = fleet();
    let (mut sender, _) = one(&fleet);
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    assert_eq!(node.news(), [], "from now on");
    let first = charge(&node, 1_000);
    refund(&node, request(&first, 1), None).wait().unwrap();
    let end = mark(&node, MERCHANT);
    let news = node.news();
    assert_eq!((news.len(), news[0].mark), (1, end));
    assert_eq!(node.news(), []);
    let mut other = endpoints(&fleet);
    other.publish(&news).unwrap();
    assert_eq!(sender.take("a", LONG), Ok(Sender::This));
    assert_eq!(sender.news("a").unwrap(), [], "there was nobody to tell");
    other.publish(&news).unwrap();
    other.publish(&news).unwrap();
    assert_eq!(sender.news("b").unwrap(), []);
    assert_eq!(sender.news("a").unwrap(), news);
    assert_eq!(sender.news("a").unwrap(), []);
    for id in ["acct_aswan", "acct_giza"] {
        merchant(&node, id);
    }
    let page = sender.ends("", 2).unwrap();
    let ids: Vec<_> = page.iter().map(|head| head.merchant.as_str()).collect();
    assert_eq!((ids, page[1].mark), (vec!["acct_aswan", MERCHANT], end));
    assert_eq!(sender.ends(MERCHANT, 2).unwrap().len(), 1);
    assert_eq!(sender.ends("acct_giza", 2).unwrap(), []);
}

/// What is there of a fleet that an older program set up.
#[test]
fn an_older_fleet_gets_endpoints_when_it_is_set_up_anew() {
    let fleet = fleet();
    fleet.sql(
        "DROP TABLE refundry.events_set_aside, refundry.endpoint_cursors, refundry.endpoints,
         refundry.sender, refundry.news",
    );
    let mut endpoints = endpoints(&fleet);
    assert!(!endpoints.are_there().unwrap());
    assert!(matches!(endpoints.list(), Err(EngineError::Refused(_))));
    let owner = PostgresOptions::at(fleet.url("owner"));
    for _ in 0..2 {
        Postgres::set_up(&owner, "app").unwrap();
        assert!(endpoints.are_there().unwrap());
    }
    let (mut endpoints, number) = one(&fleet);
    assert_eq!(endpoints.take("a", LONG), Ok(Sender::This));
    assert!(note(&mut endpoints, "a", &advance(number, "evt_1")));
    // What is there stays.
    Postgres::set_up(&owner, "app").unwrap();
    assert_eq!(endpoints.cursors(number).unwrap(), [place("evt_1")]);
    assert!(endpoints.renew("a", LONG).unwrap());
}

#[test]
fn nodes_may_do_what_they_need_and_analysts_read_no_secret() {
    let fleet = fleet();
    one(&fleet);
    if fleet.sql("SELECT FROM pg_roles WHERE rolname = 'hooks_analyst'").is_empty() {
        fleet.sql("CREATE ROLE hooks_analyst LOGIN");
    }
    Postgres::let_read(&PostgresOptions::at(fleet.url("owner")), "hooks_analyst").unwrap();
    let analyst = |sql: &str| try_sql(&fleet.url("hooks_analyst"), sql);
    assert!(analyst("SELECT * FROM refundry.merchants").is_ok(), "the control");
    for table in ["endpoints", "endpoint_cursors", "events_set_aside", "sender", "news"] {
        let read = analyst(&format!("SELECT * FROM refundry.{table}"));
        assert!(read.unwrap_err().contains("permission denied"), "{table}");
    }
    for sql in [
        "UPDATE refundry.endpoints SET id = 'we_2'",
        "UPDATE refundry.endpoint_cursors SET merchant = ''",
        "DELETE FROM refundry.endpoint_cursors",
        "DELETE FROM refundry.sender",
        "INSERT INTO refundry.sender VALUES (true, '', now())",
        "UPDATE refundry.news SET n = 1",
        "UPDATE refundry.events_set_aside SET type = ''",
        "UPDATE refundry.events_set_aside SET merchant = ''",
        "TRUNCATE refundry.endpoints CASCADE",
    ] {
        let done = try_sql(&fleet.url("app"), sql);
        assert!(done.unwrap_err().contains("permission denied"), "{sql}");
    }
    assert!(!format!("{:?}", endpoints(&fleet).list().unwrap()).contains("secret"));
}

/// The database's clock was set back, or another server goes on whose clock is behind.
#[test]
fn a_place_is_kept_no_longer_than_its_time_whatever_the_clock_was() {
    let fleet = fleet();
    let (mut one, _) = one(&fleet);
    let mut two = endpoints(&fleet);
    let time = Duration::from_secs(1);
    let set_back = || fleet.sql("UPDATE refundry.sender SET until = now() + interval '1 day'");
    assert_eq!(one.take("a", time), Ok(Sender::This));
    set_back();
    assert_eq!(two.take("b", time), Ok(Sender::Another));
    assert!(one.renew("a", time).unwrap(), "who is there stays");
    set_back();
    let begun = Instant::now();
    while two.take("b", time) != Ok(Sender::This) {
        assert!(begun.elapsed() < LONG);
        thread::sleep(Duration::from_millis(20));
    }
    assert!(begun.elapsed() >= time, "{:?}", begun.elapsed());
    assert!(!one.renew("a", time).unwrap());
}
