//! Nodes that tell each other where they are.

use std::time::Duration;

use refundry_fleet::{Announced, EngineError, Nodes, Postgres, PostgresOptions};

use crate::{
    server::{Fleet, try_sql},
    shop::fleet,
};

const LONG: Duration = Duration::from_secs(60);

fn nodes(fleet: &Fleet) -> Nodes {
    Nodes::new(PostgresOptions::at(fleet.url("app"))).unwrap()
}

fn named(address: &str, token: &str) -> Announced {
    Announced { address: address.into(), token: token.into() }
}

#[test]
fn nodes_hear_of_each_other_until_one_goes_or_is_not_seen() {
    let fleet = fleet();
    let mut nodes = nodes(&fleet);
    let (one, two) = (named("http://one", "1"), named("http://two", "2"));
    let mut hear = |node: &Announced| {
        let others = nodes.announce(node, LONG).unwrap();
        others.into_iter().map(|other| other.address + " " + &other.token).collect::<Vec<_>>()
    };
    assert_eq!(hear(&one), [""; 0]);
    assert_eq!(hear(&two), ["http://one 1"]);
    assert_eq!(hear(&one), ["http://two 2"]);
    // A new process at the same address.
    let anew = named("http://two", "3");
    hear(&anew);
    assert_eq!(hear(&one), ["http://two 3"]);
    // Also where the clock was set back since.
    for (seen, is_there) in
        [("59 seconds", true), ("-59 seconds", true), ("61 seconds", false), ("-61 seconds", false)]
    {
        fleet.sql(&format!(
            "UPDATE refundry.nodes SET seen = now() + '{seen}' WHERE address = 'http://two'"
        ));
        assert_eq!(hear(&one).len(), usize::from(is_there), "{seen}");
    }
    let count = || fleet.sql("SELECT count(*) FROM refundry.nodes")[0][0].clone();
    for (age, left) in [("23 hours", "2"), ("25 hours", "1")] {
        fleet.sql(&format!(
            "UPDATE refundry.nodes SET seen = now() - interval '{age}' WHERE address = 'http://two'"
        ));
        hear(&one);
        assert_eq!(count(), left, "{age}");
    }
    // Who was there before at an address does not take it away.
    hear(&anew);
    nodes.leave(&two).unwrap();
    assert_eq!(count(), "2");
    nodes.leave(&anew).unwrap();
    assert_eq!(count(), "1");
}

#[test]
fn an_older_fleet_gets_the_table_when_it_is_set_up_anew() {
    let fleet = fleet();
    fleet.sql("DROP TABLE refundry.nodes");
    let mut nodes = nodes(&fleet);
    assert!(!nodes.are_there().unwrap());
    let one = named("http://one", "1");
    assert!(matches!(nodes.announce(&one, LONG), Err(EngineError::Refused(_))));
    let owner = PostgresOptions::at(fleet.url("owner"));
    for _ in 0..2 {
        Postgres::set_up(&owner, "app").unwrap();
        assert!(nodes.are_there().unwrap());
    }
    nodes.announce(&one, LONG).unwrap();
    Postgres::set_up(&owner, "app").unwrap();
    assert_eq!(nodes.announce(&named("http://two", "2"), LONG).unwrap().len(), 1, "it stays");
}

#[test]
fn nobody_else_can_say_where_keys_are_sent() {
    let fleet = fleet();
    nodes(&fleet).announce(&named("http://one", "1"), LONG).unwrap();
    if fleet.sql("SELECT FROM pg_roles WHERE rolname = 'nodes_analyst'").is_empty() {
        fleet.sql("CREATE ROLE nodes_analyst LOGIN");
    }
    Postgres::let_read(&PostgresOptions::at(fleet.url("owner")), "nodes_analyst").unwrap();
    let analyst = |sql: &str| try_sql(&fleet.url("nodes_analyst"), sql);
    assert!(analyst("SELECT * FROM refundry.merchants").is_ok(), "the control");
    for (role, sql) in [
        ("nodes_analyst", "SELECT * FROM refundry.nodes"),
        ("nodes_analyst", "INSERT INTO refundry.nodes VALUES ('http://x', '', now())"),
        ("nodes_analyst", "UPDATE refundry.nodes SET seen = now()"),
        ("app", "UPDATE refundry.nodes SET address = 'http://x'"),
        ("app", "TRUNCATE refundry.nodes"),
    ] {
        let done = try_sql(&fleet.url(role), sql);
        assert!(done.unwrap_err().contains("permission denied"), "{role}: {sql}");
    }
}
