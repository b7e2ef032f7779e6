//! Charges mature on their own.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use refundry::Timestamp;
use serde_json::Value;

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    server::LedgerFile,
};

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[test]
fn what_is_due_has_matured_before_the_server_is_ready_and_the_rest_in_time() {
    let due = now() + 2_000;
    let lines = [
        ledgers::merchant("cairo", CAIRO, "null"),
        ledgers::charge("ch_past", 1_000, 10, ledgers::PAST),
        ledgers::charge("ch_soon", 500, 5, &Timestamp::from_millis(due).to_string()),
        ledgers::charge("ch_later", 70, 0, ledgers::FUTURE),
    ];
    let (_file, server) = LedgerFile::of(&lines.concat()).into_served();
    let funds = |body: &Value, kind: &str| body[kind][0]["amount"].as_str().unwrap().to_owned();
    let read = || server.send(&Request::get("/balance", CAIRO)).json();

    let first = read();
    if now() < due {
        assert_eq!(
            (funds(&first, "available"), funds(&first, "pending")),
            ("990".into(), "565".into())
        );
    }
    let started = Instant::now();
    while funds(&read(), "available") != "1485" {
        assert!(started.elapsed() < Duration::from_secs(10), "it never matured");
        thread::sleep(Duration::from_millis(20));
    }
    let late = now() - due;
    assert!((0..=1_000).contains(&late), "{late} ms after it was due");
    assert_eq!(funds(&read(), "pending"), "70");
}

/// Also where several clients ask for refunds without a pause.
#[test]
fn what_is_due_matures_while_refunds_are_made() {
    let lines = [
        ledgers::merchant("cairo", CAIRO, "null"),
        ledgers::charge("ch_1", 1_000_000, 0, ledgers::PAST),
        ledgers::charge("ch_soon", 500, 0, &Timestamp::from_millis(now() + 2_000).to_string()),
    ];
    let (_file, server) = LedgerFile::of(&lines.concat()).into_served();
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#);
    let started = Instant::now();
    let mut connections = [server.connect(), server.connect(), server.connect()];
    let has_matured = AtomicBool::new(false);
    thread::scope(|scope| {
        for connection in &mut connections {
            scope.spawn(|| {
                while !has_matured.load(Ordering::Relaxed) && started.elapsed().as_secs() < 15 {
                    assert_eq!(connection.send(&refund).unwrap().status, 201);
                }
            });
        }
        while !has_matured.load(Ordering::Relaxed) {
            let funds = server.send(&Request::get("/balance", CAIRO)).json();
            has_matured.store(funds["pending"][0]["amount"] == "0", Ordering::Relaxed);
            assert!(started.elapsed() < Duration::from_secs(15), "it never matured");
        }
    });
}
