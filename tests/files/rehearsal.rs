//! Whether an operation could be recorded, tried without recording anything.

use std::{fs, time::Duration};

use refundry::{Error, FileError, Ledger, NewMerchant, Options};

#[test]
fn a_rehearsal_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
    let before = (ledger.book(&id).unwrap().mark().unwrap(), ledger.to_bytes().unwrap());
    for _ in 0..3 {
        ledger.rehearse().unwrap();
    }
    assert!(before == (ledger.book(&id).unwrap().mark().unwrap(), ledger.to_bytes().unwrap()));
    drop(ledger);
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    assert_eq!(ledger.book(&id).unwrap().mark().unwrap(), before.0);
    Ledger::in_memory(Options::default()).unwrap().rehearse().unwrap();
}

#[test]
fn what_would_stop_an_operation_stops_its_rehearsal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let open = || {
        let mut options = Options::default();
        options.busy_timeout = Duration::from_millis(1);
        Ledger::open(&path, options).unwrap()
    };
    let (mut ledger, mut other) = (open(), open());
    other.begin_batch().unwrap();
    assert!(matches!(ledger.rehearse(), Err(Error::LockTimeout { .. })));
    assert!(matches!(other.rehearse(), Err(Error::Batch { .. })));
    other.roll_back_batch();
    ledger.rehearse().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    #[cfg(target_os = "linux")]
    assert!(
        matches!(ledger.rehearse(), Err(Error::File(error)) if error.number() == FileError::FILE_MOVED)
    );
    fs::rename(&elsewhere, &path).unwrap();
    ledger.rehearse().unwrap();
}
