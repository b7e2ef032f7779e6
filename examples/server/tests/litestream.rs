//! A warm copy by Litestream, for real: both programs are killed at once under load, and the copy is
//! restored. It takes the program, version 0.3.13, which npm's `@flydotio/litestream-linux-x64` has:
//!
//! ```sh
//! LITESTREAM=…/litestream cargo test -p refundry-server --test server litestream:: -- --ignored --nocapture
//! ```

use std::{
    env, fs,
    ops::ControlFlow,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use refundry::{Access, Ledger, Options, RefundFilter};

use crate::{
    client::Request,
    ledgers::{CAIRO, PAST, charge, merchant},
    server::LedgerFile,
};

/// How long refunds are made: several intervals of Litestream, which are a second each.
const LOAD: Duration = Duration::from_secs(6);

/// It is killed when this value is dropped.
struct Replicator(Child);

impl Drop for Replicator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The ids of the refunds in a ledger, the oldest first, once it was found sound.
fn refunds(path: &std::path::Path) -> Vec<String> {
    let mut options = Options::default();
    options.access = Access::Open;
    let mut ledger = Ledger::open(path, options).unwrap();
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    let book = ledger.book("acct_cairo").unwrap();
    let every = book.every_refund(RefundFilter::default());
    let mut ids: Vec<String> = every.map(|refund| refund.unwrap().id).collect();
    ids.reverse();
    ids
}

#[test]
#[ignore = "it needs Litestream, whose path LITESTREAM says"]
fn a_warm_copy_is_sound_and_lacks_its_last_interval_alone() {
    let litestream = env::var_os("LITESTREAM").expect("LITESTREAM says where the program is");
    let lines = [merchant("cairo", CAIRO, "null"), charge("ch_1", 9_000_000, 0, PAST)].concat();
    let (file, server) = LedgerFile::of(&lines).into_served();
    let path = file.path();
    let replica = format!("file://{}", file.directory().join("replica").display());
    let replicating = Command::new(&litestream)
        .args(["replicate".as_ref(), path.as_os_str(), replica.as_ref()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let replicator = Replicator(replicating);

    let mut acknowledged: Vec<(String, Instant)> = Vec::new();
    let mut connection = server.connect();
    let begun = Instant::now();
    while begun.elapsed() < LOAD {
        let answer = connection
            .send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":"1"}"#))
            .unwrap();
        assert_eq!(answer.status, 201);
        acknowledged.push((answer.text("id"), Instant::now()));
    }
    let killed = Instant::now();
    server.kill();
    drop(replicator);

    let restored = file.directory().join("restored.refundry");
    let restoring = Command::new(&litestream)
        .arg("restore")
        .args(["-o".as_ref(), restored.as_os_str(), replica.as_ref()])
        .output()
        .unwrap();
    assert!(restoring.status.success(), "{}", String::from_utf8_lossy(&restoring.stderr));
    let copied = refunds(&restored);
    let ids: Vec<&String> = acknowledged.iter().map(|(id, _)| id).collect();
    assert!(copied.iter().eq(ids.iter().take(copied.len()).copied()), "the copy has a hole");
    let since = acknowledged.get(copied.len()).map_or(Duration::ZERO, |(_, at)| killed - *at);
    println!(
        "acknowledged {}, restored {}, lost those of the last {} ms",
        ids.len(),
        copied.len(),
        since.as_millis()
    );
    assert!(since < Duration::from_secs(3), "it lost more than its last interval: {since:?}");
    assert!(!copied.is_empty());
    // The file itself lacks nothing, and Litestream's tables in it do no harm.
    assert!(refunds(&path).iter().eq(ids));
    fs::remove_file(restored).unwrap();
}
