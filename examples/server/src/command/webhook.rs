//! `webhook add`, `list`, `test`, `pause`, `resume`, `remove` and `rotate`.

use std::{path::Path, time::Duration};

use clap::{Args, Subcommand};
use hyper::header::HeaderName;
use refundry::{Access, EventType, Ledger, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::{Database, Failure, Output, book, print};
use crate::{
    clock,
    webhook::{
        books::Books,
        client::Client,
        endpoint::{Cursor, Endpoint, SetAside, Trouble},
        pace::Pace,
        sign::{self, Secret},
        store::{self, Store},
        target::Target,
    },
};

#[derive(Subcommand)]
pub(super) enum Webhook {
    /// Send events to a URL from now on, and print the secret that signs them
    Add(Add),
    /// List every endpoint, what is wrong with it, and what was set aside
    List(List),
    /// Send an endpoint an event of the type webhook.test, now and once
    Test(One),
    /// Send an endpoint nothing until it is resumed; nothing is forgotten
    Pause(One),
    /// Send to an endpoint again at once, also what was set aside
    Resume(One),
    /// Forget an endpoint
    Remove(One),
    /// Give an endpoint a new secret and print it; the old one signs as well for a while
    Rotate(Rotate),
}

#[derive(Args)]
pub(super) struct Add {
    /// Where to: https://…, or http:// to this machine itself
    url: String,
    /// Only the events of this merchant; those of all if not given
    #[arg(long, value_name = "MERCHANT")]
    merchant: Option<String>,
    /// Only events of this type, such as refund.failed; may be repeated
    #[arg(long = "event", value_name = "TYPE", value_parser = event_type)]
    types: Vec<EventType>,
    /// Another header that has the signature too
    #[arg(long, value_name = "NAME", value_parser = header)]
    header: Option<String>,
    /// The URL's host, if it may have private addresses
    #[arg(long, value_name = "HOST")]
    allow_private: Option<String>,
    /// Begin with the first event of each book, not with the next
    #[arg(long)]
    from_start: bool,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

/// An endpoint.
#[derive(Args)]
pub(super) struct One {
    /// Which: `we_…`
    id: String,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    one: One,
    /// For how many hours the old secret signs as well
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    keep: u32,
}

/// An endpoint, as it is printed: without its secrets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: &'a str,
    url: String,
    status: &'static str,
    merchant: Option<&'a str>,
    types: Vec<&'static str>,
    header: Option<&'a str>,
    created_at: Timestamp,
    trouble: Option<&'a Trouble>,
    set_aside: Vec<SetAside>,
}

impl Webhook {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Test(one) => one.test(),
            Self::Pause(one) => one.change(|store, id| store.pause(id)),
            Self::Resume(one) => one.change(|store, id| store.resume(id)),
            Self::Remove(one) => one.remove(),
            Self::Rotate(command) => command.run(),
        }
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let target = self.target()?;
        let now = clock::now().map_err(Failure::machine)?;
        let endpoint = Endpoint {
            number: 0,
            id: new_id()?,
            target,
            merchant: self.merchant.clone(),
            types: self.types.clone(),
            header: self.header.clone(),
            secret: Secret::generate().map_err(Failure::machine)?,
            old_secret: None,
            paused: false,
            created_at: now,
            revision: 1,
            trouble: None,
        };
        let merchants = self.database.with(Access::ReadOnly, |ledger| self.merchants(ledger))?;
        let path = &self.database.database;
        let begin = if self.from_start { Vec::new() } else { ends(path, &merchants, now)? };
        let mut store = Store::open_or_create(path).map_err(|error| failed(path, &error))?;
        store.add(&endpoint, &begin).map_err(|error| failed(path, &error))?;
        tell_secret(&endpoint.id, &endpoint.secret, &self.output)
    }

    fn target(&self) -> Result<Target, Failure> {
        let refused = |problem: &str| {
            Failure::usage(format_args!("the URL {problem}; nothing was changed; correct it"))
        };
        let target = Target::new(&self.url, self.allow_private.is_some()).map_err(refused)?;
        match &self.allow_private {
            Some(host) if !host.eq_ignore_ascii_case(target.host()) => {
                Err(Failure::usage(format_args!(
                    "--allow-private names {host}, and the URL's host is {}; nothing was changed; \
                     name the host that you mean",
                    target.host()
                )))
            }
            _ => Ok(target),
        }
    }

    /// Whose events it will get, of those there are now.
    fn merchants(&self, ledger: &mut Ledger) -> Result<Vec<String>, Failure> {
        Ok(match &self.merchant {
            Some(one) => vec![book(ledger, one)?.merchant()?.id],
            None => ledger.merchants()?.into_iter().map(|merchant| merchant.id).collect(),
        })
    }
}

/// Where each book ends now.
fn ends(
    path: &Path,
    merchants: &[String],
    now: Timestamp,
) -> Result<Vec<(String, Cursor)>, Failure> {
    let mut books = Books::open(path)?;
    let end = |merchant: &String| {
        let newest = books.newest(merchant)?;
        let moment = newest.as_ref().map_or(now, |event| event.created_at);
        Ok((merchant.clone(), Cursor { event: newest.map(|event| event.id), moment }))
    };
    merchants.iter().map(end).collect()
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let path = &self.database.database;
        let failed = |error| failed(path, &error);
        // A ledger that is not there has no endpoints, and that would be no answer.
        self.database.with(Access::ReadOnly, |_| Ok(()))?;
        let Some(store) = Store::open(path).map_err(failed)? else {
            return print::value(&self.output, &json!([]));
        };
        let endpoints = store.list().map_err(failed)?;
        let shown = endpoints.iter().map(|endpoint| show(&store, endpoint));
        let shown: Vec<_> = shown.collect::<Result<_, _>>().map_err(failed)?;
        if self.output.json {
            return print::value(&self.output, &shown);
        }
        let mut between = "";
        for one in &shown {
            print::text(between)?;
            print::value(&self.output, one)?;
            between = "\n";
        }
        Ok(())
    }
}

fn show<'a>(store: &Store, endpoint: &'a Endpoint) -> store::Result<Shown<'a>> {
    Ok(Shown {
        id: &endpoint.id,
        url: endpoint.target.uri.to_string(),
        status: match (endpoint.paused, &endpoint.trouble) {
            (true, _) => "paused",
            (false, Some(_)) => "failing",
            (false, None) => "active",
        },
        merchant: endpoint.merchant.as_deref(),
        types: endpoint.types.iter().map(|known| known.name()).collect(),
        header: endpoint.header.as_deref(),
        created_at: endpoint.created_at,
        trouble: endpoint.trouble.as_ref(),
        set_aside: store.aside(endpoint.number, false)?,
    })
}

impl One {
    fn open(&self) -> Result<(Store, Endpoint), Failure> {
        let path = &self.database.database;
        let store = Store::open(path).map_err(|error| failed(path, &error))?;
        let store = store.ok_or_else(|| self.unknown())?;
        let found = store.find(&self.id).map_err(|error| failed(path, &error))?;
        Ok((store, found.ok_or_else(|| self.unknown())?))
    }

    fn unknown(&self) -> Failure {
        Failure::refused(format_args!(
            "there is no endpoint {:?}; nothing was changed; `refundry-server webhook list` shows those \
             there are",
            self.id
        ))
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Store, &str) -> store::Result<bool>,
    ) -> Result<(), Failure> {
        let path = &self.database.database;
        let (mut store, _) = self.open()?;
        change(&mut store, &self.id).map_err(|error| failed(path, &error))?;
        let (store, endpoint) = self.open()?;
        let shown = show(&store, &endpoint).map_err(|error| failed(path, &error))?;
        print::value(&self.output, &shown)
    }

    fn remove(&self) -> Result<(), Failure> {
        let (store, endpoint) = self.open()?;
        store.remove(&self.id).map_err(|error| failed(&self.database.database, &error))?;
        print::value(&self.output, &json!({ "id": endpoint.id, "removed": true }))
    }

    fn test(&self) -> Result<(), Failure> {
        let (_, endpoint) = self.open()?;
        let now = clock::now().map_err(Failure::machine)?;
        let id = format!("evt_test_{}", random_digits()?);
        let event = json!({
            "object": "event", "id": id, "type": "webhook.test", "livemode": false, "createdAt": now,
            "data": { "object": { "id": endpoint.id } },
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sent = runtime.block_on(async {
            let client = Client::new(&endpoint.target, Pace::default().deadline);
            client.post(&endpoint, event.to_string(), now).await
        });
        let status = sent.map_err(|unsent| {
            Failure::machine(format_args!("{}: the event {id} did not arrive: {unsent}", self.id))
        })?;
        print::value(&self.output, &json!({ "event": id, "status": status.as_u16() }))
    }
}

impl Rotate {
    fn run(self) -> Result<(), Failure> {
        let one = &self.one;
        let (store, endpoint) = one.open()?;
        let kept = Duration::from_secs(u64::from(self.keep).saturating_mul(60 * 60));
        let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        let now = clock::now().map_err(Failure::machine)?;
        let until = Timestamp::from_millis(now.millis().saturating_add(kept));
        let secret = Secret::generate().map_err(Failure::machine)?;
        store
            .rotate(&endpoint.id, &secret, until)
            .map_err(|error| failed(&one.database.database, &error))?;
        tell_secret(&endpoint.id, &secret, &one.output)
    }
}

/// The secret goes to standard output, so that it can be kept without the rest.
fn tell_secret(id: &str, secret: &Secret, output: &Output) -> Result<(), Failure> {
    if output.json {
        return print::value(output, &json!({ "id": id, "secret": secret.reveal() }));
    }
    print::note(&format!("The endpoint is {id}. Its secret is shown this once:"));
    print::text(&format!("{}\n", secret.reveal()))
}

fn failed(ledger: &Path, error: &store::StoreError) -> Failure {
    Failure::machine(format_args!("{}: {error}", store::path(ledger).display()))
}

fn new_id() -> Result<String, Failure> {
    Ok(format!("we_{}", random_digits()?))
}

fn random_digits() -> Result<String, Failure> {
    Ok(format!("{:016x}", getrandom::u64().map_err(Failure::machine)?))
}

pub(super) fn event_type(name: &str) -> Result<EventType, String> {
    let known = || EventType::ALL.map(EventType::name).join(", ");
    EventType::from_name(name).map_err(|_| format!("it is one of {}", known()))
}

fn header(name: &str) -> Result<String, String> {
    const OURS: [&str; 5] =
        ["content-length", "content-type", "host", "transfer-encoding", sign::HEADER];
    let header: HeaderName = name.parse().map_err(|_| "it is the name of a header".to_owned())?;
    if OURS.contains(&header.as_str()) {
        return Err("this header is needed for something else".to_owned());
    }
    Ok(header.to_string())
}
