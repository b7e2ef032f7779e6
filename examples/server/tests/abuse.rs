//! What strangers may try: each attempt gets an answer or loses its connection, and healthy
//! requests go on.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Answer, Connection, Request},
    feeding,
    ledgers::{self, CAIRO},
    server::{LedgerFile, Server},
};

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

fn serve() -> (LedgerFile, Server) {
    LedgerFile::of(&ledgers::town()).into_served()
}

/// What holds for every refusal of what is not proper HTTP.
fn check_refused(what: &str, connection: &mut Connection, status: u16) {
    let answer = connection.read(false).unwrap_or_else(|error| panic!("{what}: {error}"));
    let expected = (status, "invalid_request".to_owned(), None);
    assert_eq!(answer.refusal(), expected, "{what}: {answer:?}");
    assert_eq!(answer.json()["request_id"], answer.header("Request-Id").unwrap(), "{what}");
    assert_eq!(answer.header("Connection"), Some("close"), "{what}");
    assert!(connection.is_closed(), "{what}");
}

#[test]
#[rustfmt::skip] // A row a line reads as a table.
fn what_is_not_http_is_refused_and_the_connection_closed() {
    let (_file, server) = serve();
    let long = "x".repeat(20_000);
    for (what, bytes, status) in [
        ("garbage", "\u{1}\u{2}\u{3} hello\r\n\r\n".to_owned(), 400),
        ("words", "hello there\r\n\r\n".into(), 400),
        ("TLS", "\u{16}\u{3}\u{1}\u{0}\u{5}".into(), 400),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400),
        ("HTTP/0.9", "GET /healthz\r\n\r\n".into(), 400),
        ("no Host", "GET /healthz HTTP/1.1\r\n\r\n".into(), 400),
        ("two Hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n".into(), 400),
        ("a space before the colon", "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n".into(), 400),
        ("a folded header", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n".into(), 400),
        ("NUL in a header", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n".into(), 400),
        ("a target that is none", "GET healthz HTTP/1.1\r\nHost: a\r\n\r\n".into(), 400),
        ("a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n".into(), 400),
        ("a broken target", "GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n".into(), 400),
        ("two lengths", "POST /refunds HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".into(), 400),
        ("a negative length", "POST /refunds HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".into(), 400),
        ("an endless length", format!("POST /refunds HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", u64::MAX), 400),
        ("another coding", "POST /refunds HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n".into(), 400),
        ("65 headers", format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(64)), 431),
        ("a giant header", format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"), 431),
        ("a giant target", format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 431),
        ("a header of a megabyte", format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", long.repeat(50)), 431),
        ("nothing but line ends", "\r\n".repeat(10_000), 431),
    ] {
        // Alone, and behind a proper request.
        for (before, statuses) in [("", 0), (HEALTH, 1)] {
            let mut connection = server.connect();
            connection.write(format!("{before}{bytes}").as_bytes()).unwrap();
            for _ in 0..statuses {
                assert_eq!(connection.read(false).unwrap().status, 200, "{what}");
            }
            check_refused(what, &mut connection, status);
        }
    }
    assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200);
}

#[test]
fn just_enough_is_accepted() {
    let (_file, server) = serve();
    let exactly = |size: usize| {
        let head = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
        format!("{head}{}\r\n\r\n", "x".repeat(size - head.len() - 4))
    };
    let many = format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(63));
    let absolute = "GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut connection = server.connect();
    for request in [&exactly(16 * 1024), &many, absolute, &exactly(16 * 1024)] {
        // In two pieces, the second of which also holds a request of its own.
        let (begin, end) = request.split_at(request.len() - 3);
        connection.write(begin.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(20));
        connection.write(format!("{end}{HEALTH}").as_bytes()).unwrap();
        for _ in 0..2 {
            assert_eq!(connection.read(false).unwrap().status, 200, "{request}");
        }
    }
}

#[test]
fn a_body_that_is_cut_off_changes_nothing() {
    let (_file, server) = serve();
    let body = r#"{"chargeId":"ch_1"}"#;
    let head = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {CAIRO}\r\nContent-Type: application/json\r\nContent-Length: "
    );
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(format!("{head}{}\r\n\r\n{body}", body.len() + 1).as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "0");
}

#[test]
fn bodies_that_are_deep_long_or_not_text_are_refused() {
    let (_file, server) = serve();
    let deep = |open: &str| open.repeat(60_000 / open.len());
    for body in [
        deep("[").into_bytes(),
        deep("{\"a\":").into_bytes(),
        [&b"{\"chargeId\":\""[..], &[0xc3, 0x28], b"\"}"].concat(),
        [&b"{\"chargeId\":\"ch_1\",\"metadata\":{\"a\":\""[..], &[0xed, 0xa0, 0x80], b"\"}}"]
            .concat(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"\0".repeat(65_536),
        b"1e".repeat(30_000),
    ] {
        let answer = server.send(&Request::refund(CAIRO, body));
        assert_eq!(answer.refusal(), (400, "invalid_request".into(), None));
    }
    let digits = format!(r#"{{"chargeId":"ch_1","amount":{}}}"#, "9".repeat(65_000));
    let answer = server.send(&Request::refund(CAIRO, digits));
    assert_eq!(answer.refusal(), (400, "parameter_out_of_range".into(), Some("amount".into())));
}

/// A connection is an open file, here as in the server, and many are usually not allowed.
fn allow_many_files() {
    let id = std::process::id().to_string();
    let allowed = Command::new("prlimit").args(["--nofile=4096:", "--pid", &id]).status();
    assert!(allowed.unwrap().success(), "4096 open files are not allowed");
}

#[test]
fn a_thousand_half_open_connections_do_not_keep_others_out() {
    allow_many_files();
    let (_file, server) = serve();
    let mut healthy = server.connect();
    let mut ask = |before: usize| {
        let answer = healthy.send(&Request::get("/charges/ch_1", CAIRO));
        assert_eq!(answer.map(|answer| answer.status).ok(), Some(200), "after {before}");
        assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200, "after {before}");
    };
    let mut half_open = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(server.address).unwrap();
        match number % 3 {
            0 => {}
            1 => stream.write_all(b"GET /healthz HTTP/1.1\r\nHo").unwrap(),
            _ => stream
                .write_all(b"POST /refunds HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
                .unwrap(),
        }
        half_open.push(stream);
        if number % 50 == 0 {
            ask(number);
        }
    }
    ask(1_000);
    // The oldest had to go, and those that came last are still there.
    let is_open = |stream: &mut TcpStream| {
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
    };
    let begun = Instant::now();
    while is_open(&mut half_open[0]) {
        assert!(begun.elapsed() < Duration::from_secs(5), "the oldest was kept");
    }
    assert!(half_open.iter_mut().rev().take(100).all(is_open), "the newest was closed");
}

/// Uploads are no reason to keep others out while they wait for their senders.
#[test]
fn slow_feeds_make_room_for_new_connections() {
    allow_many_files();
    let file = LedgerFile::of(&ledgers::town());
    let key = feeding::key_for(&file, "acct_till");
    let server = file.serve();
    let head = format!(
        "POST /feed HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: 99\r\n\r\n{{"
    );
    let slow = |_| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let mut uploads: Vec<_> = (0..800).map(slow).collect();
    // None is late yet.
    thread::sleep(Duration::from_secs(1));
    uploads.iter_mut().for_each(|stream| stream.write_all(b" ").unwrap());
    let begun = Instant::now();
    assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn kept_connections_make_room_for_new_ones() {
    allow_many_files();
    let (_file, server) = serve();
    let mut kept: Vec<_> = (0..800).map(|_| server.connect()).collect();
    for connection in &mut kept {
        assert_eq!(connection.send(&Request::new("GET", "/healthz")).unwrap().status, 200);
    }
    let begun = Instant::now();
    assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200);
    assert!(kept[0].is_closed(), "the one that was kept longest goes");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(kept[799].send(&Request::new("GET", "/healthz")).unwrap().status, 200);
}

#[test]
fn what_is_still_on_its_way_does_not_destroy_the_last_answer() {
    let (_file, server) = serve();
    let mut connection = server.connect();
    connection.write(b"garbage\r\n\r\n").unwrap();
    assert_eq!(connection.read(false).unwrap().status, 400);
    // It is taken and thrown away for a while, but not for ever.
    let megabyte = vec![b'x'; 1024 * 1024];
    for part in megabyte[..500_000].chunks(100_000) {
        connection.write(part).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    while connection.write(&megabyte).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is still open");
    }
}

#[test]
fn an_answer_that_is_not_taken_ends_its_connection() {
    let (_file, server) = serve();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_nonblocking(true).unwrap();
    let begun = Instant::now();
    let requests = HEALTH.repeat(1_000);
    // Requests are sent as fast as they are taken, and no answer is read, until the server has had
    // enough of it.
    let ended = loop {
        match stream.write(requests.as_bytes()) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(error) => break error,
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it is still open");
    };
    assert!(matches!(ended.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{ended}");
    assert!(begun.elapsed() > Duration::from_secs(14), "{:?}", begun.elapsed());
    assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200);
}

#[test]
fn a_hundred_refused_keys_a_minute() {
    let (_file, server) = serve();
    let mut connection = server.connect();
    let mut ask = |request: &Request| connection.send(request).unwrap();
    let guess = Request::get("/balance", "sk_test_nobody_0123456789abcdef");
    for _ in 0..50 {
        assert_eq!(ask(&guess).status, 401);
        assert_eq!(ask(&Request::new("GET", "/balance")).status, 401);
    }
    for request in [&guess, &Request::new("POST", "/refunds"), &guess.clone().method("HEAD")] {
        let answer: Answer = ask(request);
        assert_eq!(answer.status, 429);
        let seconds: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=61).contains(&seconds), "{seconds}");
        assert_eq!(answer.header("WWW-Authenticate"), None);
    }
    let limited = ask(&guess);
    assert_eq!(limited.refusal(), (429, "rate_limit".into(), None));
    assert_eq!(limited.json()["error"]["type"], "invalid_request_error");
    // A valid key is never refused, nor what needs none; and a path is still looked at first.
    assert_eq!(ask(&Request::get("/balance", CAIRO)).status, 200);
    assert_eq!(ask(&Request::new("GET", "/healthz")).status, 200);
    assert_eq!(ask(&Request::new("GET", "/nowhere")).status, 404);
}
