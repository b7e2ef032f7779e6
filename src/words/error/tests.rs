//! What errors say, and of what.

use std::io;

use super::{
    engine::EngineProblem,
    file::{FileError, FileProblem},
    *,
};

#[test]
fn an_id_that_is_taken_is_told_with_what_differs_if_anything_may() {
    let taken = |fact| Error::ResourceConflict { id: "ch_1".to_owned(), fact }.to_string();
    assert_eq!(taken(None), "\"ch_1\" exists already; nothing was changed; use another id");
    assert_eq!(
        taken(Some("amount")),
        "\"ch_1\" exists already and differs in amount; nothing was changed; use another id, or \
         send the facts as they are known"
    );
}

#[test]
fn an_id_that_names_nothing_is_told_as_far_as_it_may_be() {
    let missing = |id: &str| Error::missing("chargeId", id).to_string();
    let told = missing("ch_\n1");
    assert!(told.starts_with("chargeId \"ch_\\n1\" names nothing in "), "{told}");
    assert!(missing("task_1").contains("\"task_1\""));
    let long = "é".repeat(1_000);
    let told = missing(&long);
    assert!(told.starts_with(&format!("chargeId \"{}\"… names", "é".repeat(64))), "{told}");
    for key in ["sk_live_0123456789abcdef", " rk_test_0123456789abcdef"] {
        let told = missing(key);
        assert!(!told.contains("0123"), "{told}");
        assert_eq!(Error::missing("chargeId", key).id(), Some(key));
    }
}

#[test]
fn every_failure_of_a_file_names_it() {
    let path = Path::new("/shops/cairo");
    let failures: [Error; 18] = [
        FileProblem::Missing.into(),
        FileProblem::Exists.into(),
        FileProblem::SymbolicLink.into(),
        FileProblem::NotALedger.into(),
        FileProblem::Newer { found: 3, known: 2 }.into(),
        FileProblem::ReadOnly.into(),
        FileProblem::Corrupt("page 7".to_owned()).into(),
        FileProblem::HardLinks.into(),
        FileProblem::Moved.into(),
        FileProblem::Full.into(),
        FileProblem::InputOutput(io::ErrorKind::TimedOut.into()).into(),
        FileProblem::MountPoint.into(),
        FileProblem::ForeignLog { log: "/shops/cairo-wal".into() }.into(),
        FileProblem::MerchantsFull { most: 8_388_607 }.into(),
        EngineProblem::SettingRefused("journal_mode=WAL").into(),
        EngineProblem::Failed("no such table".to_owned()).into(),
        EngineProblem::Commit("disk I/O error".to_owned()).into(),
        Error::LockTimeout { path: None },
    ];
    for failure in failures {
        let number = failure.number();
        assert_eq!(failure.path(), None, "{number}");
        let named = failure.at(path);
        assert_eq!((named.number(), named.path()), (number, Some(path)));
        assert!(named.to_string().contains("/shops/cairo"), "{named}");
        // The first to say which file it is knows best.
        assert_eq!(named.at(Path::new("/elsewhere")).path(), Some(path), "{number}");
    }
    assert_eq!(FileError::input_output(path, io::ErrorKind::NotFound.into()).number(), 321);
}
