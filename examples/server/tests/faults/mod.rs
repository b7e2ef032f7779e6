//! The server under faults, while clients send and ask again: every answered refund is there once,
//! and health and readiness tell the truth.

mod clients;
mod clock;
mod disk;
mod kill;
mod limits;
mod memory;
mod races;
mod senders;
mod timing;
mod trouble;

use std::path::Path;

use self::disk::Disk;
use crate::server::{self, Server};

/// A server on the ledger at a path, over a disk that may get into trouble.
fn serve(path: &Path, disk: Option<&Disk>) -> Server {
    let mut command = server::command();
    command.arg("--database").arg(path);
    if let Some(disk) = disk {
        disk.put_under(&mut command);
    }
    Server::run_with(command, "off")
}
