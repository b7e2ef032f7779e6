//! The server's memory under a mix of honest load and abuse.

use std::{
    collections::VecDeque,
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use refundry_trials::rounds;
use socket2::{Domain, Socket, Type};

use super::{
    clients::{CLIENTS, Clients, Place, Told, doubled, file},
    disk::{Disk, Trouble},
    serve,
};
use crate::{
    client::{Connection, Request},
    ledgers::CAIRO,
    server::Server,
};

/// How much it may grow between the second quarter of the time and the last, in KiB: SQLite's caches
/// of 2 MiB for each handle may still fill as the file grows, and what their allocator makes of it.
const GROWTH: i64 = 6_144;

/// What the process has for itself, in KiB: the file's pages that the system caches are no concern.
fn memory(server: &Server) -> i64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// A connection from one of the sixteen million addresses that loopback has.
pub(super) fn connect_from(source: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket.into()
}

pub(super) fn anyone() -> Ipv4Addr {
    let part = || fastrand::u8(1..255);
    Ipv4Addr::new(127, part(), part(), part())
}

/// What strangers send, over and over; some wait for an answer and some do not.
fn abuse(server: SocketAddr, over: &AtomicBool, count: &AtomicU64) {
    let mut half_open = VecDeque::new();
    let head = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {CAIRO}\r\nContent-Type: application/json\r\n"
    );
    while !over.load(SeqCst) {
        let mut stream = connect_from(anyone(), server);
        stream.set_nodelay(true).unwrap();
        let bytes = match fastrand::u8(0..9) {
            0 => "\u{1}\u{2} hello\r\n\r\n".to_owned(),
            1 => format!("GET /healthz HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(20_000)),
            2 => format!("{head}Content-Length: 900000\r\n\r\n{}", " ".repeat(900_000)),
            3 => format!("{head}Content-Length: 60000\r\n\r\n{}", "[".repeat(60_000)),
            4 => format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
            5 => "GET /balance HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk_test_guess\r\n\r\n"
                .repeat(150),
            6 => "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(300),
            7 => "GET /healthz HTTP/1.1\r\nHo".to_owned(),
            _ => format!("{head}Content-Length: 9\r\n\r\n{{"),
        };
        // The server may have had enough before all of it is sent. What needs an answer gets one
        // before the next comes, so that no backlog is taken for a leak.
        let _ = stream.write_all(bytes.as_bytes());
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let _ = stream.read(&mut [0; 64]);
        half_open.push_back(stream);
        if half_open.len() > 100 {
            half_open.pop_front();
        }
        count.fetch_add(1, SeqCst);
        thread::sleep(Duration::from_millis(4));
    }
}

/// Reads as shops do.
fn read(server: SocketAddr, over: &AtomicBool) {
    let mut connection: Option<Connection> = None;
    while !over.load(SeqCst) {
        let path = match fastrand::u8(0..4) {
            0 => "/refunds?limit=100",
            1 => "/charges/ch_1",
            2 => "/balance_transactions?limit=50",
            _ => "/balance",
        };
        let open = || Connection::open(server).unwrap();
        // One that was kept for longest may be closed to make room.
        let answer = connection.get_or_insert_with(open).send(&Request::get(path, CAIRO));
        match answer {
            Ok(answer) => assert_eq!(answer.status, 200, "{answer:?}"),
            Err(_) => connection = None,
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// How memory went, by quarters of the time: the median of each, in KiB.
fn quarters(time: Duration, disk: Option<&Disk>) -> ([i64; 4], Told, u64) {
    let file = file();
    let server = serve(&file.path(), disk);
    let place = Place::of(&server);
    let clients = Clients { count: 2, ..CLIENTS };
    let (over, attacks) = (&AtomicBool::new(false), &AtomicU64::new(0));
    let (address, mut medians) = (server.address, [0; 4]);
    let told = thread::scope(|scope| {
        scope.spawn(|| abuse(address, over, attacks));
        scope.spawn(|| abuse(address, over, attacks));
        scope.spawn(|| read(address, over));
        clients.refund_through(&place, || {
            for median in &mut medians {
                let begun = Instant::now();
                let mut samples = Vec::new();
                while begun.elapsed() < time / 4 {
                    samples.push(memory(&server));
                    thread::sleep(time / 800);
                }
                samples.sort_unstable();
                *median = samples[samples.len() / 2];
            }
            over.store(true, SeqCst);
        })
    });
    assert_eq!(server.send(&Request::new("GET", "/readyz")).status, 200);
    server.stop();
    assert_eq!(doubled(&file.path(), &told), 0);
    (medians, told, attacks.load(SeqCst))
}

/// Bodies of which nobody will look at anything are not kept while they arrive.
#[test]
fn what_is_announced_too_large_takes_no_room() {
    const MANY: i64 = 300;
    let server = serve(&file().path(), None);
    let part = format!(
        "POST /refunds HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n{}",
        " ".repeat(60_000)
    );
    let before = memory(&server);
    let _open: Vec<TcpStream> = (0..MANY)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream.write_all(part.as_bytes()).unwrap();
            stream
        })
        .collect();
    // The server has taken all that was sent before it sees this.
    let mut last = TcpStream::connect(server.address).unwrap();
    last.write_all(part.as_bytes()).unwrap();
    let begun = Instant::now();
    let mut grown = 0;
    while begun.elapsed() < Duration::from_secs(3) {
        grown = grown.max(memory(&server) - before);
        thread::sleep(Duration::from_millis(20));
    }
    println!("server, memory: {} KiB for each of {MANY} bodies too large", grown / MANY);
    assert!(grown / MANY < 40, "{grown} KiB for {MANY} connections");
}

fn grows(quarters: [i64; 4]) -> bool {
    quarters[3] - quarters[1] > GROWTH
}

#[test]
fn memory_stays_flat() {
    let time = Duration::from_secs(rounds(40, 3_600));
    let (quarters, told, attacks) = quarters(time, None);
    println!(
        "server, memory: {} refunds answered, {attacks} attacks, medians of the quarters \
         {quarters:?} KiB; {} s",
        told.refunds.len(),
        time.as_secs()
    );
    assert!(!grows(quarters), "{quarters:?}");
}

#[test]
fn a_leak_is_found() {
    let disk = Disk::new();
    disk.set(Trouble { leak_bytes: 131_072, ..Trouble::default() });
    let (quarters, told, _) = quarters(Duration::from_secs(16), Some(&disk));
    println!(
        "server, memory, control: 128 KiB lost with each sync, {} refunds: {quarters:?} KiB",
        told.refunds.len()
    );
    assert!(grows(quarters), "{quarters:?}");
}
