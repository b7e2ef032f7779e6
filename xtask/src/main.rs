//! Developer tasks, as `cargo xtask TASK`.

mod api;
mod bench;
mod beside;
mod c_dist;
mod clients;
mod debian;
mod demo;
mod fleet;
mod fuzz;
mod header;
mod instructions;
mod mutants;
mod needs;
mod receivers;
mod round;
mod soak;
mod step;
mod summary;
mod test;
mod wasm;

use std::{env, process::ExitCode};

use test::Run;

const USAGE: &str = "\
Usage: cargo xtask TASK

Tasks:
  api [N] the server against its description, tried with N made-up requests an operation
  clients a refund with clients of four generators, made of the server's description
  postgresql-18  the tests of fleets on PostgreSQL 18, which comes from npm
  patroni fleets whose machines are killed, cut off and frozen: as root, half an hour; takes etcd
  fleet-bench  a fleet beside SQL by hand, and its HTTP server beside one on a file: five minutes
  receivers  webhooks, received by programs in PHP, Python and Node that verify their signatures
  round   three tills and headquarters: a charge is sold on one till and refunded on another, the books
          come home, and a page checks the receipt
  header  make the headers in include/ from the sources of the C binding
  c-dist  packages of the C binding; `cargo xtask c-dist --help` says for which targets
  wasm    make the npm package in wasm/pkg
  demo    make the package and the simulator, and serve the simulator on loopback
  test    format, lints, documentation and every test there is, except what needs a program that is
          missing; `CI=true` as root on Debian installs it. Exit code 3: passed, but something
          was skipped. `test --quick` does what is worth doing between commits, `test packages` what is
          published and how its users have it
  fuzz    each of the fuzzer's targets for 60 seconds, or as many as are given; takes cargo-fuzz
  mutants each small change of the library has to fail a test; `mutants 2/8` tries the third of
          eight shares; takes cargo-mutants
  soak    the trials of faults, power cuts and hostile input in their long sizes, both tasks of
          fleets, the fuzzer and the mutants: hours; takes cargo-fuzz and cargo-mutants
  bench   the figures of docs/performance.md, measured on this machine; --large adds a ledger
          of ten million charges
  beside COMMIT  the time of each operation beside that of another version: ten minutes";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["api"] => api::check("40"),
        ["api", cases] => api::check(cases),
        ["clients"] => clients::check(),
        ["postgresql-18"] => fleet::check_on_18(),
        ["fleet-bench"] => fleet::bench(),
        ["patroni"] => fleet::lose_machines(),
        ["receivers"] => receivers::check(),
        ["round"] => round::play(),
        ["test"] => return test::run_all(Run::Everything),
        ["test", "--quick"] => return test::run_all(Run::Quick),
        ["test", "packages"] => return test::run_all(Run::Packages),
        ["bench"] => bench::run_all(false),
        ["bench", "--large"] => bench::run_all(true),
        ["beside", commit] => beside::compare(commit),
        ["fuzz"] => fuzz::run_all("60"),
        ["fuzz", seconds] => fuzz::run_all(seconds),
        ["mutants"] => mutants::run_all(None),
        ["mutants", share] => mutants::run_all(Some(share)),
        ["soak"] => soak::run_all(),
        ["wasm"] => wasm::build(),
        ["demo"] => demo::serve(),
        ["c-dist", ref rest @ ..] => c_dist::run(rest),
        ["header"] => header::write(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
