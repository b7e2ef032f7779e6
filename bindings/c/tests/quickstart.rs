//! The first program that a reader tries.

use std::process::Command;

use crate::program::{C89, binding, compile, run, succeed, text};

#[test]
fn the_quickstart_refunds_once_however_often_it_is_run() {
    let program = compile("quickstart", &binding().join("examples/quickstart.c"), C89);
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("shop.refundry");
    let first = succeed(Command::new(&program).arg(&ledger));
    let words: Vec<&str> = first.split_whitespace().collect();
    assert!(words[0].starts_with("re_"), "{first}");
    assert_eq!(words[1..], ["gives", "back", "EGP", "109.00", "of", "ch_receipt_17"]);
    let again = succeed(Command::new(&program).arg(&ledger));
    assert_eq!(again, format!("{}, as it did before\n", first.trim_end()));

    let output = run(Command::new(&program).arg("/no/such/folder/ledger"));
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("there is no folder /no/such/folder"), "{errors}");
}
