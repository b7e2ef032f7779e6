//! What the database itself allows and refuses.

use std::time::{Duration, Instant};

use refundry::{Amount, Currency, Fee, NewCharge, Timestamp};
use refundry_fleet::{Count, Postgres, PostgresOptions};

use crate::{
    server::{Server, try_sql},
    shop::{MERCHANT, engine_at, fleet, mark, node},
};

/// What is said of a statement that must fail.
fn refused(url: &str, statement: &str) -> String {
    try_sql(url, statement).expect_err(statement)
}

#[test]
fn the_applications_role_can_append_and_read_and_nothing_else() {
    let fleet = fleet();
    let app = fleet.url("app");
    for table in ["recordings", "texts", "api_keys", "due", "fleet"] {
        for statement in [
            format!("DELETE FROM refundry.{table}"),
            format!("TRUNCATE refundry.{table}"),
            format!("DROP TABLE refundry.{table}"),
        ] {
            let told = refused(&app, &statement);
            assert!(
                told.contains("denied") || told.contains("must be owner"),
                "{statement}: {told}"
            );
        }
    }
    for statement in [
        "UPDATE refundry.recordings SET body = ''",
        "UPDATE refundry.texts SET text = ''",
        "UPDATE refundry.api_keys SET merchant = ''",
        "UPDATE refundry.fleet SET version = 2",
        "CREATE TABLE refundry.mine ()",
    ] {
        assert!(refused(&app, statement).contains("denied"), "{statement}");
    }
}

#[test]
fn the_owner_is_stopped_until_he_drops_the_guard() {
    let fleet = fleet();
    let owner = fleet.url("owner");
    for table in ["recordings", "api_keys"] {
        for statement in [
            format!("UPDATE refundry.{table} SET merchant = merchant"),
            format!("DELETE FROM refundry.{table}"),
            format!("TRUNCATE refundry.{table}"),
        ] {
            let told = refused(&owner, &statement);
            assert!(told.contains("append-only"), "{statement}: {told}");
        }
    }
    // Not even a superuser who says that he replicates.
    let replica = "SET session_replication_role = replica; DELETE FROM refundry.recordings";
    assert!(refused(&fleet.url("postgres"), replica).contains("append-only"));
}

#[test]
fn a_fleet_is_set_up_once_and_known_by_its_version() {
    let fleet = fleet();
    let id = fleet.sql("SELECT id FROM refundry.fleet");
    let set_up = || Postgres::set_up(&PostgresOptions::at(fleet.url("owner")), "app");
    set_up().unwrap();
    assert_eq!(fleet.sql("SELECT id FROM refundry.fleet"), id, "it is another fleet");
    let none = engine_at(fleet.server.url("app", "postgres"));
    let start = |engine| {
        let folder = tempfile::tempdir().unwrap();
        let options = refundry_fleet::NodeOptions::in_folder(folder.path());
        refundry_fleet::Node::start(engine, &options).map(drop).unwrap_err().to_string()
    };
    assert!(start(none).contains("no fleet yet"));
    fleet.sql("UPDATE refundry.fleet SET version = 2");
    assert!(start(engine_at(fleet.url("app"))).contains("have version 2"));
    let again = set_up().unwrap_err();
    assert!(again.to_string().contains("have version 2"), "{again}");
}

/// As a database that an older program set up: its views are made anew, and who may read them still may.
#[test]
fn setting_up_again_brings_the_views_up_to_date_and_nothing_else() {
    let fleet = fleet();
    let options = PostgresOptions::at(fleet.url("owner"));
    let columns = "SELECT column_name FROM information_schema.columns
                   WHERE table_schema = 'refundry' AND table_name = 'statement' ORDER BY 1";
    let newest = fleet.sql(columns);
    fleet.sql(
        "DROP VIEW refundry.statement;
         SET ROLE owner;
         CREATE VIEW refundry.statement AS
             SELECT merchant, seq, action, currency FROM refundry.entries;
         GRANT SELECT ON refundry.statement TO PUBLIC;
         ALTER TABLE refundry.fleet DROP COLUMN views",
    );
    assert_ne!(fleet.sql(columns), newest);
    Postgres::close(&options, "app").unwrap();
    Postgres::set_up(&options, "app").unwrap();
    assert_eq!(fleet.sql(columns), newest);
    let may_read = "SELECT has_table_privilege('public', 'refundry.statement', 'SELECT'),
                    has_table_privilege('app', 'refundry.recordings', 'INSERT')";
    assert_eq!(fleet.sql(may_read), [["t", "f"]], "grants were lost, or the fleet was opened");
    assert_eq!(fleet.sql("SELECT views > 0 FROM refundry.fleet"), [["t"]]);
    fleet.sql("UPDATE refundry.fleet SET views = 1000");
    let refused = Postgres::set_up(&options, "app").unwrap_err();
    assert!(refused.to_string().contains("views have version 1000"), "{refused}");
}

/// Reports are read by a role of their own, which must not see what is erased later.
#[test]
fn a_role_for_reports_reads_the_views_alone() {
    let fleet = fleet();
    let options = PostgresOptions::at(fleet.url("owner"));
    // Roles are the server's, which other tests share.
    let role = fleet.sql("SELECT 'analyst_of_' || current_database()").concat().concat();
    let refused = Postgres::set_up(&options, &role).unwrap_err().to_string();
    assert!(refused.contains("there is no role analyst_of_"), "{refused}");
    fleet.sql(&format!("CREATE ROLE {role} LOGIN"));
    let refused = Postgres::set_up(&options, &role).unwrap_err().to_string();
    assert!(refused.contains("is not the role that nodes"), "{refused}");
    let read =
        |what: &str| crate::server::try_sql(&fleet.url(&role), &format!("SELECT * FROM {what}"));
    assert!(read("refundry.merchants").is_err());
    Postgres::let_read(&options, &role).unwrap();
    assert_eq!(read("refundry.merchants").unwrap().len(), 1);
    for view in ["entries", "balances", "refunds", "disputes", "handovers", "charges", "statement"]
    {
        read(&format!("refundry.{view}")).unwrap();
    }
    let tables = "SELECT format('refundry.%I', relname) FROM pg_class
        WHERE relnamespace = 'refundry'::regnamespace AND relkind = 'r'";
    let tables = fleet.sql(tables);
    assert!(tables.len() > 7, "{tables:?}");
    for table in tables {
        assert!(read(&table[0]).unwrap_err().contains("permission denied"), "{table:?}");
    }
    fleet.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_server_that_may_lose_commits_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = std::sync::Arc::new(Server::start());
    let fleet = server.fleet();
    crate::server::sql(&server.url("postgres", "postgres"), "ALTER SYSTEM SET fsync = off");
    server.crash();
    server.begin();
    let start = refundry_fleet::Node::start(
        engine_at(fleet.url("app")),
        &refundry_fleet::NodeOptions::in_folder(folder.path().join("other")),
    );
    let told = start.map(drop).unwrap_err().to_string();
    assert!(told.contains("fsync"), "{told}");
}

/// Which table notices first that another node was faster is PostgreSQL's to say.
#[test]
fn a_node_that_is_overtaken_at_any_table_tries_again() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let due = Timestamp::from_millis(Timestamp::now().millis() + 86_400_000);
    let (amount, egp) = (Amount::from_minor(100).unwrap(), Currency::from_code("EGP").unwrap());
    for (table, value) in [("texts", "text".to_owned()), ("due", due.millis().to_string())] {
        let column = if table == "due" { "moment" } else { "text" };
        let (n, conflicts) = (mark(&node, MERCHANT).n + 1, node.count(Count::Conflicts));
        fleet.sql(&format!(
            "INSERT INTO refundry.{table} (merchant, n, {column})
             VALUES ('{MERCHANT}', {n}, '{value}')"
        ));
        let mut new = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
        new.description = Some("a pen".into());
        let posted = node.book(MERCHANT, move |book| book.create_charge(&new, None));
        let begun = Instant::now();
        while node.count(Count::Conflicts) == conflicts && begun.elapsed() < Duration::from_secs(5)
        {
            std::thread::yield_now();
        }
        fleet.sql(&format!("DELETE FROM refundry.{table} WHERE n = {n}"));
        posted.wait().expect(table);
    }
}
