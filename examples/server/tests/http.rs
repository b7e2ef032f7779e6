//! HTTP itself: paths, methods, sizes, types, framing, deadlines.

use std::time::{Duration, Instant};

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    server::LedgerFile,
};

#[test]
fn unknown_paths() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    for path in [
        "/",
        "/refund",
        "/refunds/",
        "/refunds/a/b",
        "/payment_intents",
        "/charges/",
        "//refunds",
        "/healthz/",
    ] {
        let answer = server.send(&Request::get(path, CAIRO));
        assert_eq!(answer.refusal(), (404, "resource_missing".into(), None), "{path}");
    }
}

#[test]
fn other_methods() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    for (method, path, allow) in [
        ("PUT", "/refunds", "GET, HEAD, POST"),
        ("DELETE", "/balance_transactions", "GET, HEAD"),
        ("PATCH", "/balance_transactions/bt_1", "GET, HEAD"),
        ("POST", "/refunds/re_1", "GET, HEAD"),
        ("DELETE", "/charges/ch_1", "GET, HEAD"),
        ("PUT", "/payment_intents/pi_1", "GET, HEAD"),
        ("OPTIONS", "/balance", "GET, HEAD"),
        ("BREW", "/healthz", "GET, HEAD"),
        ("POST", "/readyz", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ] {
        let answer = server.send(&Request::new(method, path));
        assert_eq!((answer.status, answer.header("Allow")), (405, Some(allow)), "{method} {path}");
        assert!(answer.header("Request-Id").is_some());
    }
}

#[test]
fn sizes() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let padded = |size: usize| {
        let mut body = br#"{"chargeId":"ch_1","amount":1}"#.to_vec();
        body.resize(size, b' ');
        Request::refund(CAIRO, body)
    };
    let mut connection = server.connect();
    let large = (413, "payload_too_large".into(), None);
    for (size, fits) in [(65_536, true), (65_537, false), (1_048_576, false), (400, true)] {
        let answer = connection.send(&padded(size)).unwrap();
        if fits {
            assert_eq!(answer.status, 201, "{size}");
        } else {
            assert_eq!(answer.refusal(), large, "{size}");
        }
    }
    // No more than that is read: the answer comes before the body is there, and is the last.
    let head = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {CAIRO}\r\nContent-Length: 9000000\r\n\r\n"
    );
    connection.write(head.as_bytes()).unwrap();
    connection.write(&vec![b' '; 1_048_577]).unwrap();
    let answer = connection.read(false).unwrap();
    assert_eq!(answer.refusal(), large);
    assert_eq!(answer.header("Connection"), Some("close"));
    assert!(connection.is_closed());
}

#[test]
fn media_types() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let bare = Request::refund(CAIRO, r#"{"chargeId":"ch_1"}"#).without("Content-Type");
    let typed = |media_type: &str| bare.clone().with("Content-Type", media_type);
    for request in [
        bare.clone(),
        typed("text/json"),
        typed("application/x-www-form-urlencoded"),
        typed("application/jsonp"),
        typed(""),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.refusal(), (415, "unsupported_media_type".into(), None), "{request:?}");
    }
}

#[test]
fn hosts_and_lengths() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let health = Request::new("GET", "/healthz");
    for request in [health.clone().without("Host"), health.with("Host", "b")] {
        assert_eq!(server.send(&request).refusal(), (400, "invalid_request".into(), None));
    }

    let body = r#"{"chargeId":"ch_1","amount":1}"#;
    let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {CAIRO}\r\nContent-Type: application/json\r\n"
    );
    let (te, cl) =
        ("Transfer-Encoding: chunked\r\n", format!("Content-Length: {}\r\n", chunked.len()));
    for lengths in [format!("{te}{cl}"), format!("{cl}{te}")] {
        let mut connection = server.connect();
        // Also after a request with a body on the same connection, and in small pieces.
        let before = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#);
        assert_eq!(connection.send(&before).unwrap().status, 201);
        for piece in format!("{head}{lengths}\r\n{chunked}").as_bytes().chunks(50) {
            connection.write(piece).unwrap();
            std::thread::sleep(Duration::from_millis(1));
        }
        let answer = connection.read(false).unwrap();
        assert_eq!(answer.refusal(), (400, "invalid_request".into(), None));
        assert!(connection.is_closed());
    }

    // Also when it comes together with the request before.
    let mut connection = server.connect();
    let health = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    connection.write(format!("{health}{head}{te}{cl}\r\n{chunked}").as_bytes()).unwrap();
    assert_eq!(connection.read(false).unwrap().status, 200);
    assert_eq!(connection.read(false).unwrap().status, 400);

    let mut connection = server.connect();
    connection.write(format!("{head}{te}\r\n{chunked}").as_bytes()).unwrap();
    assert_eq!(connection.read(false).unwrap().status, 201, "chunks alone are fine");
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "3");
}

#[test]
fn who_waits_to_go_on_is_told_so_or_refused_at_once() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let body = r#"{"chargeId":"ch_1","amount":1}"#;
    let head = |key: &str| {
        format!(
            "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            body.len()
        )
    };
    let mut connection = server.connect();
    connection.write(head(CAIRO).as_bytes()).unwrap();
    assert_eq!(connection.read(false).unwrap().status, 100);
    connection.write(body.as_bytes()).unwrap();
    assert_eq!(connection.read(false).unwrap().status, 201);
    connection.write(head("nobody").as_bytes()).unwrap();
    assert_eq!(connection.read(false).unwrap().status, 401);
    assert!(connection.is_closed());
}

#[test]
fn broken_chunks_are_refused() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let mut connection = server.connect();
    let request = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {CAIRO}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    );
    connection.write(request.as_bytes()).unwrap();
    let answer = connection.read(false).unwrap();
    assert_eq!(answer.refusal(), (400, "invalid_request".into(), None));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let mut connection = server.connect();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let three = [get("/healthz"), get("/nowhere"), get("/balance")].concat();
    connection.write(three.as_bytes()).unwrap();
    for status in [200, 404, 401] {
        assert_eq!(connection.read(false).unwrap().status, status);
    }
}

#[test]
fn slow_heads_and_bodies_are_closed_without_an_answer() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let begin = "POST /refunds HTTP/1.1\r\nHost: a\r\n";
    let body = format!("Authorization: Bearer {CAIRO}\r\nContent-Length: 100\r\n\r\n{{");
    let (mut slow_head, mut slow_body) = (server.connect(), server.connect());
    let started = Instant::now();
    slow_head.write(begin.as_bytes()).unwrap();
    slow_body.write(format!("{begin}{body}").as_bytes()).unwrap();
    let within = |from: u64, to: u64| (from..to).contains(&started.elapsed().as_secs());
    assert!(slow_head.is_closed() && within(9, 13), "{:?}", started.elapsed());
    assert!(slow_body.is_closed() && within(14, 19), "{:?}", started.elapsed());
    server.log.line(&["ended before it was answered", "/refunds"]);
}
