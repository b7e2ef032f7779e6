//! The refund API over HTTP, on a Refundry ledger, and what its operator needs beside it.

mod command;

mod connection;
mod gate;
mod head;
mod line;

mod counter;
mod feeding;
mod query;
mod route;
mod strangers;
mod upload;

mod answer;
mod pages;
mod problem;
mod record;

mod alone;
mod desk;
mod node;
mod peers;
mod piece;
mod store;
mod verifier;
mod writer;

mod webhook;

mod clock;
mod demo;
mod signing;
mod stop;

mod gauges;
mod log;
mod metrics;
mod scrape;

#[cfg(test)]
mod corpus;
#[cfg(test)]
#[path = "../../../fuzz/http.rs"]
mod http;

use std::{
    io::{self, Write},
    process::ExitCode,
};

fn main() -> ExitCode {
    stop::outlive_file_limits();
    match command::run(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody may be reading what the program prints.
            let _ = writeln!(io::stderr(), "refundry-server: {failure}");
            failure.exit_code()
        }
    }
}
