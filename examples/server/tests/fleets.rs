//! The same tests on a fleet: they run once more in another process, in which every ledger's file is
//! moved into a fleet's database before it is served.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use refundry_fleet::{Postgres, PostgresOptions, into_fleet, out_of_fleet};

pub(crate) use self::database::{Fleet, Server};

// Of the fleet's tests it uses a part.
#[allow(dead_code)]
#[path = "../../../fleet/tests/server.rs"]
mod database;

/// Set where tests run on a fleet: the port of PostgreSQL.
const PORT: &str = "REFUNDRY_TEST_POSTGRESQL";

/// The database's server, where tests run on a fleet.
pub(crate) fn postgresql() -> Option<Arc<Server>> {
    static SERVER: std::sync::OnceLock<Option<Arc<Server>>> = std::sync::OnceLock::new();
    let begin = || Some(Arc::new(Server::at(env::var(PORT).ok()?.parse().unwrap())));
    SERVER.get_or_init(begin).clone()
}

fn engine(fleet: &Fleet) -> Postgres {
    Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap()
}

/// A new fleet with the books of a file.
pub(crate) fn moved_in(server: &Arc<Server>, path: &Path) -> Fleet {
    let fleet = server.fleet();
    into_fleet(path, &mut engine(&fleet)).unwrap();
    fleet
}

/// A file with the books that a fleet has now.
pub(crate) fn carried_out(fleet: &Fleet, folder: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let path = folder.join(format!("out-{}.refundry", COUNT.fetch_add(1, Ordering::Relaxed)));
    out_of_fleet(&mut engine(fleet), &path).unwrap();
    path
}

/// Has the server serve a fleet. The address is not among the arguments, as an operator's is not.
pub(crate) fn serve(fleet: &Fleet, folder: &Path, command: &mut Command) {
    command.env("REFUNDRY_DATABASE", fleet.url("app")).arg("--cache").arg(folder.join("cache"));
}

/// Runs tests on a fleet, by the beginnings of their names.
fn on_a_fleet(tests: &[&str], but: &[&str]) {
    let server = Server::start();
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(tests).arg("--test-threads=2").env(PORT, server.port.to_string());
    let ended = again.args(but.iter().flat_map(|name| ["--skip", name])).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}{}", String::from_utf8_lossy(&ended.stderr));
    let passed = said.split("test result: ok. ").nth(1).unwrap_or_default();
    let passed: usize = passed.split(' ').next().unwrap_or_default().parse().unwrap_or(0);
    println!("{passed} tests passed on a fleet too");
    for tests in tests {
        let begun = format!("test {tests}");
        assert!(
            said.lines().any(|line| line.starts_with(&begun) && line.ends_with("ok")),
            "{said}"
        );
    }
}

#[test]
fn what_is_asked_is_answered_on_a_fleet_as_on_a_file() {
    let tests = [
        "refusals::",
        "refund::",
        "lists::",
        "reading::",
        "shop::",
        "disputes::",
        "http::",
        "maturity::",
        "description::",
    ];
    // Those that write to the file while it is served, or have a mirror in it.
    let of_a_file = [
        "refund::a_missing_target_is_not_final",
        "disputes::how_disputes_end_is_listed",
        "disputes::the_operator_tells_of_disputes_and_clients_read_them",
        "description::everything_that_is_described_happens",
    ];
    on_a_fleet(&tests, &of_a_file);
}

#[test]
fn webhooks_are_sent_on_a_fleet_as_on_a_file() {
    let tests = ["webhooks::", "webhook_commands::"];
    // What is about the file beside a ledger, or an older copy of it.
    let of_a_file = [
        "webhooks::a_restored_ledger_is_told_from_where_it_goes_on",
        "webhook_commands::what_an_operator_can_get_wrong",
        "webhook_commands::only_its_owner_may_read_the_secrets",
    ];
    on_a_fleet(&tests, &of_a_file);
}

#[test]
fn races_end_on_a_fleet_as_on_a_file() {
    on_a_fleet(&["faults::races::"], &[]);
}
