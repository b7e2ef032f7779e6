//! `serve`: start and stop.

use std::{
    env,
    ffi::OsStr,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use jiff::SignedDuration;
use refundry::Access;
use refundry_fleet::{NodeOptions, Nodes};
use refundry_receipt::SigningKey;
use tokio::{net::TcpListener, runtime::Runtime};
use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{
    Failure,
    fleet::{self, Reach},
    import, open, print, receipt,
};
use crate::{
    alone, connection,
    counter::Counter,
    demo::{self, Demo},
    desk, log,
    node::{self, NodeDesk},
    peers::{Address, Peers},
    scrape::{self, Measured},
    stop::Stop,
    store::Store,
    strangers::Strangers,
    verifier::Verifier,
    webhook::{
        courier::{Courier, Home},
        pace::Pace,
    },
};

#[derive(Args)]
pub(super) struct Serve {
    /// The ledger's file, created if there is none; or a fleet's database, `postgres://…`
    ///
    /// An address with a password belongs in the variable: everybody can see a command line.
    #[arg(
        long,
        value_name = "PATH|URL",
        env = "REFUNDRY_DATABASE",
        hide_env_values = true,
        required_unless_present = "demo",
        conflicts_with = "demo"
    )]
    database: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
    /// Of a fleet: the folder where this node keeps what it has read, which no other node uses
    #[arg(long, value_name = "FOLDER", env = "REFUNDRY_CACHE")]
    cache: Option<PathBuf>,
    /// Of a fleet: how many bytes that folder's files may have together before they are made anew (4 GiB)
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    cache_bytes: Option<u64>,
    /// Of a fleet: where other nodes reach this one, such as http://10.0.0.21:8080, to send it requests
    ///
    /// Nodes that are announced send each other the requests of a merchant whose book is at home at the other,
    /// with the API key. For a fleet behind a proxy that does not route by the key. Port 0 is the one of
    /// --listen.
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    announce: Option<Address>,
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Objects to import before serving, one JSON object a line
    #[arg(long, value_name = "FILE.jsonl")]
    import: Option<PathBuf>,
    /// Serve a temporary ledger with examples, and print commands to try
    #[arg(long)]
    demo: bool,
    /// Where Prometheus may collect /metrics: an address that strangers can't reach
    #[arg(long, value_name = "ADDR")]
    metrics: Option<String>,
    /// Verify the whole ledger at the start and each time this has passed, such as 24h
    #[arg(long, value_name = "TIME", value_parser = duration)]
    verify_every: Option<Duration>,
    /// How long an event is sent to an endpoint that does not take it, before it is set aside
    #[arg(long, value_name = "TIME", default_value = "72h", value_parser = duration)]
    webhook_retry_for: Duration,
    /// Sign receipts with the secret key in this file (`receipt-key` makes one)
    #[arg(long, value_name = "FILE")]
    receipt_key: Option<PathBuf>,
    /// Let charges mature although the ledger was not used for over 90 days: the clock is right
    #[arg(long)]
    confirm_time: bool,
    /// What to log: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", env = "RUST_LOG", default_value = "info", value_parser = filter)]
    log: Targets,
    /// What a line of the log looks like
    #[arg(long, value_enum, default_value = "text")]
    log_format: log::Format,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        let _log = log::open(self.log_format, self.log.clone())?;
        // The directory of the demo's ledger is removed when this value is dropped, at the very
        // end.
        let demo = self.demo.then(Demo::new).transpose()?;
        let path = match (&demo, &self.database) {
            (Some(demo), _) => demo.database(),
            (None, Some(path)) => path.clone(),
            (None, None) => return Err(Failure::usage("say which ledger: --database PATH")),
        };
        if let Some(url) = fleet::url(&path) {
            return self.on_fleet(url);
        }
        for (is_given, option) in [
            (self.cache.is_some(), "--cache"),
            (self.cache_bytes.is_some(), "--cache-bytes"),
            (self.announce.is_some(), "--announce"),
        ] {
            if is_given {
                return Err(Failure::usage(format_args!(
                    "{option} is for a fleet, and --database names a file; nothing was changed; the address of a \
                     fleet's database begins with postgres://"
                )));
            }
        }
        self.on(&path, demo.is_some()).map_err(|failure| failure.of_ledger(&path))
    }

    /// Serves the books of a fleet.
    fn on_fleet(&self, url: &str) -> Result<(), Failure> {
        self.refuse_what_a_fleet_has_not()?;
        let cache = self.cache.as_ref().ok_or_else(|| {
            Failure::usage(
                "a node of a fleet needs a folder of its own for what it has read: --cache FOLDER",
            )
        })?;
        let signing = self.receipt_key.as_deref().map(receipt::signing_key).transpose()?;
        let mut options = NodeOptions::in_folder(cache);
        options.most_bytes = self.cache_bytes.unwrap_or(options.most_bytes);
        let serving = Arc::new(self.reach.node(url, &options)?);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), cache = %cache.display(), "starting on a fleet");
        if let Some(file) = &self.import {
            import::quietly_into_fleet(&serving, file)?;
        }
        let nodes = self.announce.is_some().then(|| self.reach.nodes(url)).transpose()?;
        let runtime = Runtime::new()?;
        let home = Home::Fleet { node: Arc::clone(&serving), clerk: self.reach.clerk(url)? };
        let courier = Courier::start(home, self.pace())?;
        let store = Store::Fleet(NodeDesk::at(Arc::clone(&serving)));
        let measured =
            Measured { ledger: serving.cache_file().to_owned(), node: Some(Arc::clone(&serving)) };
        let served = runtime.block_on(self.serve(measured, store, signing, None, nodes));
        if served.is_err() {
            runtime.shutdown_background();
            return served;
        }
        runtime.block_on(node::all_told());
        drop(runtime);
        courier.stop();
        // What was asked is still done. The last handle is this one.
        drop(serving);
        tracing::info!("stopped");
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace { give_up_after: self.webhook_retry_for, ..Pace::default() }
    }

    /// Refuses the options of a ledger's file that mean nothing on a fleet.
    fn refuse_what_a_fleet_has_not(&self) -> Result<(), Failure> {
        let given = [
            (self.verify_every.is_some(), "--verify-every: a node looks at every hash as it reads"),
            (self.confirm_time, "--confirm-time: charges mature by the nodes' clocks"),
        ];
        match given.into_iter().find(|(is_given, _)| *is_given) {
            Some((_, option)) => {
                Err(Failure::usage(format_args!("a fleet has no {option}; leave it out")))
            }
            None => Ok(()),
        }
    }

    /// Serves the ledger at this path.
    fn on(&self, path: &Path, demo: bool) -> Result<(), Failure> {
        let signing = self.receipt_key.as_deref().map(receipt::signing_key).transpose()?;
        let mut ledger = open(path, Access::OpenOrCreate)?;
        let commands = demo.then(|| demo::fill(&mut ledger)).transpose()?;
        if let Some(file) = &self.import {
            import::quietly(&mut ledger, file)?;
        }
        if self.confirm_time {
            ledger.confirm_time(crate::clock::now().map_err(Failure::machine)?);
        }
        let merchants = ledger.merchants()?.len();
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"), database = %path.display(), merchants, "starting"
        );
        if merchants == 0 {
            tracing::warn!("there are no merchants; add one: refundry-server merchant create");
        }
        let (desk, clerks) = desk::open(ledger, path).map_err(|error| {
            let known = error.downcast::<refundry::Error>();
            known.map_or_else(Failure::machine, |error| Failure::from(*error))
        })?;
        let runtime = alone::runtime()?;
        let verifier = self.verify_every.map(|every| Verifier::start(path, every)).transpose()?;
        let courier = Courier::start(Home::File(path.to_owned()), self.pace())?;
        let measured = Measured { ledger: path.to_owned(), node: None };
        let served = self.serve(measured, desk.into(), signing, commands, None);
        if let Err(broken) = runtime.block_on(served) {
            // Where a clerk broke down, the other may hang, and a refund that is alone: nobody waits
            // for them.
            runtime.shutdown_background();
            return Err(broken);
        }
        // Connections that would not end are dropped with the runtime, and with them the last
        // handle on the desk. The clerks then finish what is queued and leave.
        drop(runtime);
        clerks.leave().map_err(Failure::machine)?;
        courier.stop();
        if let Some(verifier) = verifier {
            verifier.stop();
        }
        tracing::info!("stopped");
        Ok(())
    }

    async fn serve(
        &self,
        measured: Measured,
        store: Store,
        signing: Option<SigningKey>,
        commands: Option<demo::Commands>,
        nodes: Option<Nodes>,
    ) -> Result<(), Failure> {
        let (listener, address) = listen(&self.listen, "--listen").await?;
        if let Some(metrics) = &self.metrics {
            let (listener, address) = listen(metrics, "--metrics").await?;
            tracing::info!(%address, "metrics");
            tokio::spawn(scrape::serve(listener, measured));
        }
        // Asked for before anyone can know that the server is ready, so that no signal is missed.
        let mut stop = Stop::listen()?;
        let mut ready = format!("listening on http://{address}\n");
        if let Some(commands) = commands {
            ready.push_str(&commands.text(address));
        }
        tracing::info!(%address, "listening");
        // Nobody may be reading what the server prints.
        let _ = print::text(&ready);
        if let Err(error) = tell_systemd() {
            tracing::warn!(%error, "systemd could not be told that the server is ready");
        }
        let announced = self
            .announce
            .clone()
            .zip(nodes)
            .map(|(at, nodes)| Peers::announce(nodes, &at.listening_on(address.port())));
        // Says that the node goes once it has served all.
        let (peers, _announcer) = announced.transpose()?.unzip();
        let counter = Counter { store, strangers: Strangers::default(), signing, peers };
        connection::serve(listener, counter, stop.asked()).await.map_err(Failure::machine)
    }
}

async fn listen(address: &str, option: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::machine(format!(
            "can't listen on {address} ({error}); with {option}, give an address and a port that \
             are free, such as 127.0.0.1:8080"
        ))
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Tells systemd that the server is ready, if systemd started it and wants to know.
fn tell_systemd() -> io::Result<()> {
    #[cfg(unix)]
    if let Some(name) = env::var_os("NOTIFY_SOCKET") {
        let socket = std::os::unix::net::UnixDatagram::unbound()?;
        socket.send_to_addr(b"READY=1", &socket_address(&name)?)?;
    }
    Ok(())
}

/// A path; or, on Linux, a name that is no path, with @ before it.
#[cfg(unix)]
fn socket_address(name: &OsStr) -> io::Result<std::os::unix::net::SocketAddr> {
    use std::os::unix::net::SocketAddr;

    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_encoded_bytes().strip_prefix(b"@") {
        return <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
    }
    SocketAddr::from_pathname(name)
}

/// A level; or targets with levels, as RUST_LOG may have them.
fn filter(text: &str) -> Result<Targets, String> {
    let read = if text.contains(['=', ',']) {
        text.parse().ok()
    } else {
        text.parse::<LevelFilter>().ok().map(|level| Targets::new().with_default(level))
    };
    read.ok_or_else(|| "it is one of off, error, warn, info, debug and trace".into())
}

fn duration(text: &str) -> Result<Duration, String> {
    let read = text.parse::<SignedDuration>().ok().and_then(|read| Duration::try_from(read).ok());
    read.filter(|read| !read.is_zero()).ok_or_else(|| "it is a time such as 24h or 30m".into())
}
