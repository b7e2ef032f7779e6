//! Limits that a system sets to a process.

use std::process::Command;

use super::clients::{Told, doubled, file};
use crate::{client::Request, ledgers::CAIRO, server::Server};

/// A file that may not grow any more is told as a failing disk is: the process goes on, refunds are
/// 500 and can be asked for again, and what was answered is there.
#[test]
fn a_limit_of_file_size_refuses_and_does_not_kill() {
    let file = file();
    let mut command = Command::new("prlimit");
    command.args(["--fsize=600000", env!("CARGO_BIN_EXE_refundry-server"), "--database"]);
    command.arg(file.path());
    let server = Server::run_with(command, "off");
    let mut told = Told::with_keys();
    let mut connection = server.connect();
    let refused = (0..2_000).find_map(|n| {
        let key = format!("limited-{n}");
        let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#).under(&key);
        let answer = connection.send(&refund).unwrap();
        if answer.status == 201 {
            told.refunds.insert(key, answer.text("id"));
            return None;
        }
        Some((answer.status, refund))
    });
    let (status, refund) = refused.expect("the limit is never reached");
    assert_eq!(status, 500);
    assert!(!told.refunds.is_empty());
    assert_eq!(server.send(&Request::get("/balance", CAIRO)).status, 200);
    server.stop();

    let server = file.serve();
    assert_eq!(server.send(&refund).status, 201, "with room, the same request is done");
    server.stop();
    let in_doubt = doubled(&file.path(), &told);
    assert_eq!(in_doubt, 1, "the one that was asked for again, once");
}
