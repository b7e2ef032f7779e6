//! `health`: asks a running server whether it is ready, as container engines want to know.

use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use clap::Args;

use super::{Failure, print};

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub(super) struct Health {
    /// Where it listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    address: String,
}

impl Health {
    pub(super) fn run(self) -> Result<(), Failure> {
        let status = ask(&self.address).map_err(|error| {
            Failure::machine(format!(
                "no answer from {}: {error}; start the server, or say where it listens with \
                 --address",
                self.address
            ))
        })?;
        if status.split(' ').nth(1) == Some("200") {
            print::text("ready\n")
        } else {
            let status = status.trim();
            Err(Failure::machine(format!("not ready: {status}; the server's log says why")))
        }
    }
}

/// The first line of the answer.
fn ask(address: &str) -> std::io::Result<String> {
    let address =
        address.to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("no such host"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    // What a server of ours answers is far shorter.
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
}
