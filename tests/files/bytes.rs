//! A ledger as bytes, and a ledger out of bytes.

use super::*;
use crate::shop::number;

fn from_bytes(bytes: &[u8]) -> Result<Ledger> {
    Ledger::from_bytes(bytes, Options::default())
}

#[test]
fn a_ledger_goes_into_bytes_and_comes_out_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = create(&folder.path().join("ledger"));
    // What is still in the write-ahead log belongs to it.
    let bytes = ledger.to_bytes().unwrap();
    let mut again = from_bytes(&bytes).unwrap();
    assert_eq!(head(&mut again), head(&mut ledger));
    verify(&mut again);
    // It is a ledger of its own now.
    top_up(&mut again).unwrap();
    assert_eq!((head(&mut again).seq, head(&mut ledger).seq), (2, 1));

    let path = folder.path().join("copy");
    fs::write(&path, again.to_bytes().unwrap()).unwrap();
    let mut copy = open(&path);
    assert_eq!(head(&mut copy), head(&mut again));
    top_up(&mut copy).unwrap();
    verify(&mut copy);
}

#[test]
fn a_file_read_whole_is_a_ledger_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let kept = head(&mut create(&path));
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes[18..20], [2, 2], "the header asks for a write-ahead log");
    let mut ledger = from_bytes(&bytes).unwrap();
    assert_eq!(head(&mut ledger), kept);
    top_up(&mut ledger).unwrap();
    verify(&mut ledger);
}

#[test]
fn bytes_are_checked_as_a_file_is() {
    let bytes = Ledger::in_memory(Options::default()).unwrap().to_bytes().unwrap();
    let altered = |place: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[place] = byte;
        from_bytes(&bytes)
    };
    assert!(altered(0, b'S').is_ok(), "nothing was altered");
    // The schema version and the application id end at these places of SQLite's header.
    assert_eq!(newer(&altered(63, 99).unwrap_err()), Some((99, 4)));
    assert_eq!(number(&altered(63, 0)), FileError::NOT_A_LEDGER);
    assert_eq!(number(&altered(71, 0)), FileError::NOT_A_LEDGER);
    assert_eq!(number(&altered(0, b'T')), FileError::NOT_A_LEDGER);
    for nothing in [&b""[..], b"{}", &[0; 4096]] {
        assert_eq!(number(&from_bytes(nothing)), FileError::NOT_A_LEDGER);
    }
    let cut_off = from_bytes(&bytes[..bytes.len() / 2]);
    assert_eq!(number(&cut_off), FileError::CORRUPT, "{:?}", cut_off.err());
    let mut other = Connection::open_in_memory().unwrap();
    other.execute_batch("CREATE TABLE merchants (id)").unwrap();
    let other = other.serialize("main").unwrap().to_vec();
    assert_eq!(number(&from_bytes(&other)), FileError::NOT_A_LEDGER);
}
