//! The refund API over HTTP, on a Refundry ledger: options, start and stop.

mod answer;
mod connection;
mod demo;
mod desk;
mod framing;
mod problem;
mod query;
mod record;
mod routes;
mod stop;
mod strangers;
mod upload;

use std::{
    error::Error,
    fs::File,
    io::{self, BufReader, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use refundry::Ledger;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{demo::Demo, desk::Desk, stop::Stop};

/// Serves the refund API over HTTP on a Refundry ledger.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The ledger's file; created if there is none
    #[arg(long, value_name = "PATH", required_unless_present = "demo", conflicts_with = "demo")]
    database: Option<PathBuf>,
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Objects to import before serving, one JSON object a line
    #[arg(long, value_name = "FILE.jsonl")]
    import: Option<PathBuf>,
    /// Serve a temporary ledger with examples, and print commands to try
    #[arg(long)]
    demo: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("refundry-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    // The directory of the demo's ledger is removed when this value is dropped, at the very end.
    let demo = options.demo.then(Demo::new).transpose()?;
    let path = match (&demo, &options.database) {
        (Some(demo), _) => demo.database(),
        (None, Some(path)) => path.clone(),
        (None, None) => return Err("say which ledger to serve: --database PATH, or --demo".into()),
    };
    let mut ledger = Ledger::open(&path, refundry::Options::default())?;
    let commands = demo.as_ref().map(|_| demo::fill(&mut ledger)).transpose()?;
    if let Some(file) = &options.import {
        import(&mut ledger, file)?;
    }
    let (desk, clerks) = desk::open(ledger, &path)?;
    let runtime = Runtime::new()?;
    runtime.block_on(serve(&options.listen, desk, commands))?;
    // Connections that would not end are dropped with the runtime, and with them the last handle
    // on the desk. The clerks then finish what is queued and leave.
    drop(runtime);
    clerks.leave()
}

fn import(ledger: &mut Ledger, file: &Path) -> Result<(), Box<dyn Error>> {
    let named = |error: &dyn Error| format!("{}: {error}", file.display());
    let lines = BufReader::new(File::open(file).map_err(|error| named(&error))?);
    let report =
        ledger.import(lines, |_| ControlFlow::Continue(())).map_err(|error| named(&error))?;
    eprintln!(
        "imported {}: {} lines, {} recorded, {} known already",
        file.display(),
        report.lines,
        report.recorded,
        report.skipped
    );
    Ok(())
}

async fn serve(listen: &str, desk: Desk, commands: Option<demo::Commands>) -> io::Result<()> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        io::Error::new(error.kind(), format!("can't listen on {listen}: {error}"))
    })?;
    let address = listener.local_addr()?;
    // Asked for before anyone can know that the server is ready, so that no signal is missed.
    let stop = Stop::listen()?;
    let mut ready = format!("listening on http://{address}\n");
    if let Some(commands) = commands {
        ready.push_str(&commands.text(address));
    }
    // Whoever started the server may not care to read what it says.
    let mut stdout = io::stdout();
    let _ = stdout.write_all(ready.as_bytes()).and_then(|()| stdout.flush());
    connection::serve(listener, desk, stop).await;
    Ok(())
}
