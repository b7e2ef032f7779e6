//! `serve`: start and stop.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Args;
use refundry::Ledger;
use tokio::{net::TcpListener, runtime::Runtime};

use super::{Failure, import, print};
use crate::{
    connection,
    demo::{self, Demo},
    desk::{self, Desk},
    stop::Stop,
};

#[derive(Args)]
pub(super) struct Serve {
    /// The ledger's file; created if there is none
    #[arg(
        long,
        value_name = "PATH",
        env = "REFUNDRY_DATABASE",
        required_unless_present = "demo",
        conflicts_with = "demo"
    )]
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

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        // The directory of the demo's ledger is removed when this value is dropped, at the very
        // end.
        let demo = self.demo.then(Demo::new).transpose()?;
        let path = match (&demo, self.database) {
            (Some(demo), _) => demo.database(),
            (None, Some(path)) => path,
            (None, None) => return Err(Failure::refused("say which ledger: --database PATH")),
        };
        let mut ledger = Ledger::open(&path, refundry::Options::default())?;
        let commands = demo.as_ref().map(|_| demo::fill(&mut ledger)).transpose()?;
        if let Some(file) = &self.import {
            let report = import::quietly(&mut ledger, file)?;
            print::note(&format!(
                "imported {}: {} lines, {} recorded, {} known already",
                file.display(),
                report.lines,
                report.recorded,
                report.skipped
            ));
        }
        let (desk, clerks) = desk::open(ledger, &path).map_err(Failure::machine)?;
        let runtime = Runtime::new()?;
        runtime.block_on(serve(&self.listen, desk, commands))?;
        // Connections that would not end are dropped with the runtime, and with them the last
        // handle on the desk. The clerks then finish what is queued and leave.
        drop(runtime);
        clerks.leave().map_err(Failure::machine)
    }
}

async fn serve(listen: &str, desk: Desk, commands: Option<demo::Commands>) -> Result<(), Failure> {
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::machine(format!(
            "can't listen on {listen}: {error}; stop what does, or use --listen"
        ))
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
