//! What stands between a node and its database: TLS, and pools.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::{Child, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Engine, Error, Node, NodeOptions, Postgres, PostgresOptions};

use crate::{
    proxy::{Fault, Proxy},
    server::{self, NOBODY, Server, as_nobody, free_port, try_sql},
    shop::{MERCHANT, charge, fleet, mark, node_at, refund, request},
    tls::certificate,
};

/// A server that offers TLS with a certificate for `localhost`. Returns the folder of its signer's.
fn with_tls() -> (Arc<Server>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path(), "DNS:localhost");
    let server = Arc::new(Server::start());
    for name in ["server.key", "server.crt"] {
        let to = server.data().join(name);
        fs::copy(folder.path().join(name), &to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&to, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    server::sql(&server.url("postgres", "postgres"), "ALTER SYSTEM SET ssl = on");
    server.crash();
    server.begin();
    (server, folder)
}

/// What a node says when it is started on this address, with these certificates.
fn start(url: &str, certificates: Option<&Path>) -> Result<(), String> {
    let mut options = PostgresOptions::at(url);
    options.certificates = certificates.map(Into::into);
    let folder = tempfile::tempdir().unwrap();
    let engine = Postgres::new(options).map_err(|error| error.to_string())?;
    Node::start(Box::new(engine), &NodeOptions::in_folder(folder.path()))
        .map(drop)
        .map_err(|error| error.to_string())
}

#[test]
fn a_server_is_known_by_its_certificate_and_nothing_goes_in_plain_text() {
    let (server, folder) = with_tls();
    let fleet = server.fleet();
    let url = fleet.url("app").replace("127.0.0.1", "localhost") + "?sslmode=require";
    let ours = folder.path().join("ours.pem");
    start(&url, Some(&ours)).unwrap();
    // The server sees it so too.
    let mut options = PostgresOptions::at(&url);
    options.certificates = Some(ours.clone());
    let cache = tempfile::tempdir().unwrap();
    let engine = Box::new(Postgres::new(options).unwrap());
    let node = Node::start(engine, &NodeOptions::in_folder(cache.path())).unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND usename = 'app'";
    assert_eq!(fleet.sql(encrypted)[0][0], "1");
    drop(node);

    let others = folder.path().join("others.pem");
    let told = start(&url, Some(&others)).unwrap_err();
    assert!(told.contains("certificate"), "{told}");
    let other_name = fleet.url("app") + "?sslmode=require";
    let told = start(&other_name, Some(&ours)).unwrap_err();
    assert!(told.contains("certificate"), "{told}");
    server::sql(&server.url("postgres", "postgres"), "ALTER SYSTEM SET ssl = off");
    server.crash();
    server.begin();
    let told = start(&url, Some(&ours)).unwrap_err();
    assert!(told.contains("TLS"), "{told}");
    for strange in ["server.key", "missing.pem"] {
        let told = start(&url, Some(&folder.path().join(strange))).unwrap_err();
        assert!(told.contains(strange), "{told}");
    }
}

/// A frozen machine takes a connection and says nothing. Patroni promotes another, and a node has to find
/// that one.
#[test]
fn a_host_that_says_nothing_does_not_hold_up_the_others() {
    let fleet = fleet();
    let frozen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = frozen.local_addr().unwrap().port();
    let both = format!("127.0.0.1:{silent},127.0.0.1:{}", fleet.server.port);
    let url = fleet.url("app").replace(&format!("127.0.0.1:{}", fleet.server.port), &both);
    let cache = tempfile::tempdir().unwrap();
    let node = node_at(url, cache.path());
    assert_eq!(mark(&node, MERCHANT).n, 1);
}

/// Where one is a standby, it may be promoted any moment: nobody waits for the frozen one until then.
#[test]
fn a_host_that_says_nothing_is_not_waited_for_once_another_is_a_standby() {
    let fleet = fleet();
    // What it answers is what a standby answers.
    fleet.sql(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on',
             current_database()); END $$",
    );
    let frozen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = frozen.local_addr().unwrap().port();
    let both = format!("127.0.0.1:{silent},127.0.0.1:{}", fleet.server.port);
    let url = fleet.url("app").replace(&format!("127.0.0.1:{}", fleet.server.port), &both);
    let mut options = PostgresOptions::at(url);
    options.deadline = Duration::from_secs(40);
    let mut engine = Postgres::new(options).unwrap();
    let begun = Instant::now();
    let refused = engine.merchants().unwrap_err();
    assert!(refused.to_string().contains("does not allow writes"), "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

/// Ended with the test.
struct Pool(Child);

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pool that hands out the server's sessions for one transaction each.
fn pool(before: u16, folder: &Path) -> (Pool, u16) {
    let port = free_port();
    let users = folder.join("users");
    fs::write(&users, "\"app\" \"\"\n").unwrap();
    let settings = format!(
        "[databases]\n* = host=127.0.0.1 port={before}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {port}\nunix_socket_dir =\nauth_type = any\nauth_file = {}\n\
         pool_mode = transaction\n",
        users.display()
    );
    // With this kind of authentication the user has to be named here.
    let settings = settings.replace(&format!("port={before}"), &format!("port={before} user=app"));
    let path = folder.join("settings");
    fs::write(&path, settings).unwrap();
    if rustix::process::geteuid().is_root() {
        for path in [folder, &users, &path] {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let mut command = as_nobody("pgbouncer");
    let child = command.arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pool = Pool(child);
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the pool does not begin");
        thread::sleep(Duration::from_millis(20));
    }
    (pool, port)
}

/// Waits until a count is not 0.
fn until_there_is(fleet: &server::Fleet, count: &str) {
    let begun = Instant::now();
    while fleet.sql(count)[0][0] == "0" {
        assert!(begun.elapsed() < Duration::from_secs(30), "{count}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_pool_that_hands_one_session_to_many_is_noticed() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let (_pool, port) = pool(fleet.server.port, folder.path());
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // One after the other, so that the pool needs one session until it is held up.
    let one = node_at(fleet.url_through(port), one.path());
    let charge = charge(&one, 100);
    let two = node_at(fleet.url_through(port), two.path());
    let end = mark(&two, MERCHANT);
    // While the one session is held up, the pool takes another for the second node.
    let url = fleet.url("postgres");
    let holds = thread::spawn(move || {
        try_sql(
            &url,
            "BEGIN; LOCK TABLE refundry.recordings IN EXCLUSIVE MODE; SELECT pg_sleep(1.5)",
        )
    });
    let locked = "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted
        AND relation = 'refundry.recordings'::regclass";
    until_there_is(&fleet, locked);
    let held_up = refund(&one, request(&charge, 1), None);
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    until_there_is(&fleet, waits);
    let refused = two.book(MERCHANT, |book| book.mark()).wait().unwrap_err();
    assert!(
        matches!(&refused, Error::Unavailable(why) if why.contains("hands one session to many")),
        "{refused}"
    );
    held_up.wait().unwrap();
    holds.join().unwrap().unwrap();
    assert_eq!(mark(&one, MERCHANT).n, end.n + 1);
}

#[test]
fn a_groups_statement_is_prepared_once_in_a_session() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(fleet.server.port);
    let node = node_at(fleet.url_through(proxy.port), folder.path());
    let charge = charge(&node, 100);
    let refund_one = || drop(refund(&node, request(&charge, 1), None).wait().unwrap());
    refund_one();
    let texts = proxy.texts();
    assert!(texts > 0);
    for _ in 0..5 {
        refund_one();
    }
    assert_eq!(proxy.texts(), texts);
    proxy.fail(Fault::Lost);
    refund_one();
    assert_eq!(proxy.texts(), texts + 1, "another session has it not prepared yet");
}
