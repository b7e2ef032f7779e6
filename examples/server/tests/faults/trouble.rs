//! Disks in trouble, and a file that another process holds.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use refundry_trials::rounds;
use rusqlite::{Connection, ErrorCode};

use super::{
    clients::{CLIENTS, Clients, Place, Told, doubled, file, lines},
    disk::{BROKEN, Disk, FULL, SmallDisk, Trouble},
    serve,
};
use crate::{
    client::Request,
    ledgers::CAIRO,
    server::{LedgerFile, Server},
};

/// How long what needs no commit may take, whatever the disk does.
const SOON: Duration = Duration::from_secs(2);

/// What health, readiness and a question are answered, none of which waits long for the writer.
fn probe(server: &Server) -> [u16; 3] {
    let requests = [
        Request::new("GET", "/healthz"),
        Request::new("GET", "/readyz"),
        Request::get("/charges/ch_1", CAIRO),
    ];
    requests.map(|request| {
        let begun = Instant::now();
        let status = server.send(&request).status;
        assert!(begun.elapsed() < SOON, "{request:?} took {:?}", begun.elapsed());
        status
    })
}

const WELL: [u16; 3] = [200, 200, 200];
const NOT_READY: [u16; 3] = [200, 503, 200];

/// The server goes on after the trouble, and says so.
fn is_well_again(server: &Server, place: &Place) {
    place.wait_for_answers(50);
    assert_eq!(probe(server), WELL);
}

fn tell(what: &str, rounds: u64, told: &Told, begun: Instant) {
    println!(
        "server, {what}: {rounds} rounds, {} refunds answered, {} failures, {} requests given up, \
         {} found made when asked for again; 0 lost, 0 doubled; {} s",
        told.refunds.len(),
        told.failed,
        told.cut,
        told.replayed,
        begun.elapsed().as_secs()
    );
}

/// Clients that are less patient than the disk is fast. Returns what they were told, and how many
/// refunds were made of which nobody was told.
fn impatient(rounds: u64, with_keys: bool) -> (Told, i64) {
    let (file, disk) = (file(), Disk::new());
    let server = serve(&file.path(), Some(&disk));
    let place = Place::of(&server);
    let clients = Clients { patience: Duration::from_millis(40), with_keys, ..CLIENTS };
    let told = clients.refund_through(&place, || {
        for _ in 0..rounds {
            disk.set(Trouble { sync_delay_us: 60_000, write_delay_us: 500, ..Trouble::default() });
            let calls = disk.calls();
            while disk.calls() < calls + 50 {
                assert_eq!(probe(&server), WELL);
                thread::sleep(Duration::from_millis(5));
            }
            disk.set(Trouble::default());
            is_well_again(&server, &place);
        }
    });
    server.stop();
    assert!(told.cut > 0, "nobody lost patience");
    let doubled = doubled(&file.path(), &told);
    (told, doubled)
}

#[test]
fn a_slow_disk_doubles_nothing_for_clients_that_lose_patience() {
    let begun = Instant::now();
    let rounds = rounds(3, 500);
    let (told, doubled) = impatient(rounds, true);
    assert_eq!(doubled, 0);
    tell("slow disk", rounds, &told, begun);
}

#[test]
fn clients_that_lose_patience_and_have_no_key_are_found_to_refund_twice() {
    let (told, doubled) = impatient(1, false);
    println!("server, slow disk, control: {doubled} doubled of {}", told.refunds.len());
    assert!(doubled > 0);
}

/// Gets into trouble and out of it while clients refund; in trouble, none can be made.
fn in_and_out(
    what: &str,
    rounds: u64,
    path: &Path,
    server: &Server,
    mut trouble: impl FnMut(bool),
) {
    let begun = Instant::now();
    let place = Place::of(server);
    let told = CLIENTS.refund_through(&place, || {
        for _ in 0..rounds {
            trouble(true);
            place.wait_for_failures(20);
            // What is on the disk can be read, and no refund could be recorded.
            assert_eq!(probe(server), NOT_READY);
            trouble(false);
            is_well_again(server, &place);
        }
    });
    assert_eq!(doubled(path, &told), 0);
    tell(what, rounds, &told, begun);
}

fn in_and_out_of(what: &str, wrong: Trouble) {
    let (file, disk) = (file(), Disk::new());
    let server = serve(&file.path(), Some(&disk));
    in_and_out(what, rounds(10, 300), &file.path(), &server, |wrong_now| {
        disk.set(if wrong_now { wrong } else { Trouble::default() });
    });
    assert!(disk.calls() > 0);
}

#[test]
fn a_full_disk() {
    in_and_out_of("full disk", Trouble { write_error: FULL, ..Trouble::default() });
}

#[test]
fn a_disk_that_does_not_write() {
    in_and_out_of("writes fail", Trouble { write_error: BROKEN, ..Trouble::default() });
}

/// Nobody knows then whether the commit is on the disk.
#[test]
fn a_disk_that_does_not_sync() {
    in_and_out_of("syncs fail", Trouble { sync_error: BROKEN, ..Trouble::default() });
}

/// Real file systems that are full, where they can be mounted.
#[test]
fn a_small_disk_that_is_filled() {
    for _ in 0..rounds(1, 30) {
        let Some(small) = SmallDisk::mount() else {
            println!("a small disk: skipped, because none can be mounted here");
            return;
        };
        fill(small.path());
    }
}

/// There is room for the largest log that there usually is, and for what ten rounds add to the
/// file, or nothing that is taken away would make any.
fn fill(small: &Path) {
    let path = small.join("ledger.refundry");
    let on = |_: &_| std::ops::ControlFlow::Continue(());
    let mut ledger = refundry::Ledger::open(&path, refundry::Options::default()).unwrap();
    ledger.import(lines().as_bytes(), on).unwrap();
    drop(ledger);
    let server = serve(&path, None);
    let filler = small.join("filler");
    in_and_out("small disk filled", 10, &path, &server, |full| {
        if full {
            let mut endless = io::repeat(1);
            let mut file = fs::File::create(&filler).unwrap();
            assert!(io::copy(&mut endless, &mut file).is_err(), "it is full");
        } else {
            fs::remove_file(&filler).unwrap();
        }
    });
    server.stop();
}

#[test]
fn a_disk_that_does_not_read_is_not_ready() {
    let begun = Instant::now();
    let rounds = rounds(10, 300);
    let (file, disk) = (file(), Disk::new());
    let server = serve(&file.path(), Some(&disk));
    let place = Place::of(&server);
    let told = CLIENTS.refund_through(&place, || {
        for _ in 0..rounds {
            disk.set(Trouble { read_error: BROKEN, ..Trouble::default() });
            // From when the reader has to look at the disk again: others' commits see to that.
            let waited = Instant::now();
            while probe(&server) != [200, 503, 500] {
                assert!(waited.elapsed() < Duration::from_secs(60), "{:?}", probe(&server));
                thread::sleep(Duration::from_millis(5));
            }
            disk.set(Trouble::default());
            is_well_again(&server, &place);
        }
    });
    server.stop();
    assert_eq!(doubled(&file.path(), &told), 0);
    tell("reads fail", rounds, &told, begun);
}

/// Takes the write lock in a moment between two commits. SQLite's own waiting looks for one so rarely
/// that it waits for minutes beside a server which takes the lock over and over.
fn hold(other: &Connection) {
    let begun = Instant::now();
    while let Err(error) = other.execute_batch("BEGIN IMMEDIATE") {
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(60), "the server never lets go");
        thread::sleep(Duration::from_micros(100));
    }
}

#[test]
fn a_file_that_another_process_holds() {
    let begun = Instant::now();
    let rounds = rounds(12, 500);
    let file: LedgerFile = file();
    let server = serve(&file.path(), None);
    let place = Place::of(&server);
    let other = Connection::open(file.path()).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    let told = CLIENTS.refund_through(&place, || {
        for round in 0..rounds {
            hold(&other);
            if round % 12 == 6 {
                // For longer than anyone waits.
                place.wait_for_failures(8);
            } else {
                thread::sleep(Duration::from_millis(fastrand::u64(0..100)));
            }
            assert_eq!(probe(&server), NOT_READY);
            other.execute_batch("COMMIT").unwrap();
            is_well_again(&server, &place);
        }
    });
    server.stop();
    assert!(told.failed > 0);
    assert_eq!(doubled(&file.path(), &told), 0);
    tell("locked file", rounds, &told, begun);
}
