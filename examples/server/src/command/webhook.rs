//! `webhook add`, `list`, `test`, `pause`, `resume`, `remove`, `rotate`, `move-in` and `move-out`.

mod moving;

use std::{sync::Arc, time::Duration};

use clap::{Args, Subcommand};
use hyper::header::HeaderName;
use refundry::{Access, Error, EventType, Mark, Timestamp};
use refundry_fleet::EngineError;
use serde::Serialize;
use serde_json::json;
use tokio::runtime::Runtime;

use self::moving::{Into, Move};
use super::{Database, Failure, Output, book, fleet, no_merchant, print};
use crate::{
    clock,
    webhook::{
        books::{self, Books},
        client::Client,
        endpoint::{Endpoint, SetAside, Trouble},
        pace::Pace,
        sign::{self, Secret},
        store::{
            self, Listed, Store, StoreError, Unreadable, file,
            file::File,
            fleet::{Clerk, Fleet},
        },
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
    /// Move all endpoints of a ledger's file into the fleet, after its books
    MoveIn(Move),
    /// Move all endpoints of the fleet to a ledger's file, after its books
    MoveOut(Move),
}

/// Whose endpoints: a ledger's, or a fleet's.
#[derive(Args)]
struct Home {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    reach: fleet::Reach,
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
    home: Home,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    output: Output,
}

/// An endpoint.
#[derive(Args)]
pub(super) struct One {
    /// Which: `we_…`
    id: String,
    #[command(flatten)]
    home: Home,
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

/// A line of the list.
#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Endpoint(Shown<'a>),
    /// One that a newer version wrote.
    Unreadable {
        id: &'a str,
        status: &'static str,
        problem: &'static str,
    },
}

impl Webhook {
    pub(super) fn run(self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match self {
            Self::Add(command) => command.run(&runtime),
            Self::List(command) => runtime.block_on(command.run()),
            Self::Test(one) => runtime.block_on(one.test()),
            Self::Pause(one) => {
                runtime.block_on(one.change(false, |endpoint| endpoint.paused = true))
            }
            Self::Resume(one) => {
                runtime.block_on(one.change(true, |endpoint| endpoint.paused = false))
            }
            Self::Remove(one) => runtime.block_on(one.remove()),
            Self::Rotate(command) => runtime.block_on(command.run()),
            Self::MoveIn(command) => runtime.block_on(command.run(Into::Fleet)),
            Self::MoveOut(command) => runtime.block_on(command.run(Into::File)),
        }
    }
}

impl Home {
    fn url(&self) -> Option<&str> {
        fleet::url(&self.database.database)
    }

    /// The endpoints that there are, if this ledger has a file of them. A fleet has tables.
    async fn open(&self) -> Result<Option<Store>, Failure> {
        match self.url() {
            Some(url) => self.of_fleet(url).await.map(Some),
            None => {
                let file = File::open(&self.database.database).map_err(|error| self.failed(&error));
                Ok(file?.map(Store::File))
            }
        }
    }

    async fn of_fleet(&self, url: &str) -> Result<Store, Failure> {
        Ok(Store::Fleet(Fleet::of_operator(self.clerk_of_endpoints(url).await?)))
    }

    /// Whoever asks a fleet for its endpoints, if it has tables for them.
    async fn clerk_of_endpoints(&self, url: &str) -> Result<Clerk, Failure> {
        let clerk = self.reach.clerk(url)?;
        if !clerk.ask(|endpoints| endpoints.are_there()).await? {
            return Err(Failure::refused(
                "this fleet was set up by a program that had no webhooks on fleets; nothing was changed; set it up \
                 again by `refundry-fleet set-up`",
            ));
        }
        Ok(clerk)
    }

    async fn open_or_create(&self) -> Result<Store, Failure> {
        match self.url() {
            Some(url) => self.of_fleet(url).await,
            None => {
                let file = File::open_or_create(&self.database.database);
                file.map(Store::File).map_err(|error| self.failed(&error))
            }
        }
    }

    /// A file that failed is named. The address of a database is not: it may hold a password.
    fn failed(&self, error: &StoreError) -> Failure {
        match error {
            StoreError::Database(EngineError::InDoubt(why)) => Failure::machine(format_args!(
                "the database did not say whether it kept this ({why}); `refundry-server webhook list` shows \
                 what it has"
            )),
            StoreError::Database(error) => error.clone().into(),
            error if self.url().is_some() => {
                Failure::machine(format_args!("the database: {error}"))
            }
            error => {
                let path = file::path(&self.database.database);
                Failure::machine(format_args!("{}: {error}", path.display()))
            }
        }
    }
}

impl Add {
    fn run(self, runtime: &Runtime) -> Result<(), Failure> {
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
        let ends = match self.home.url() {
            Some(url) => runtime.block_on(self.ends_in_fleet(url))?,
            None => self.ends_in_file(runtime)?,
        };
        let begin: Vec<_> = if self.from_start {
            Vec::new()
        } else {
            ends.into_iter().map(|(merchant, end)| (merchant, books::end(&end, now))).collect()
        };
        runtime.block_on(async {
            let store = self.home.open_or_create().await?;
            store.add(&endpoint, &begin).await.map_err(|error| self.home.failed(&error))
        })?;
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

    /// Where each book ends now whose events it will get.
    fn ends_in_file(&self, runtime: &Runtime) -> Result<Vec<(String, Mark)>, Failure> {
        let database = &self.home.database;
        database.with(Access::ReadOnly, |ledger| {
            if let Some(one) = &self.merchant {
                book(ledger, one)?.merchant()?;
            }
            Ok(())
        })?;
        let books = Books::of_file(&database.database)?;
        runtime.block_on(books.look())?;
        let mut ends = books.all();
        ends.retain(|(merchant, _)| self.is_of(merchant));
        Ok(ends)
    }

    async fn ends_in_fleet(&self, url: &str) -> Result<Vec<(String, Mark)>, Failure> {
        let mut ends = self.home.reach.clerk(url)?.all_ends().await?;
        ends.retain(|(merchant, _)| self.is_of(merchant));
        match &self.merchant {
            Some(one) if ends.is_empty() => {
                let missing = Error::ResourceMissing { param: "merchantId", id: one.clone() };
                Err(no_merchant(one, missing, "the view refundry.merchants has those there are"))
            }
            _ => Ok(ends),
        }
    }

    fn is_of(&self, merchant: &str) -> bool {
        self.merchant.as_deref().is_none_or(|one| one == merchant)
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        if self.home.url().is_none() {
            // A ledger that is not there has no endpoints, and that would be no answer.
            self.home.database.with(Access::ReadOnly, |_| Ok(()))?;
        }
        let Some(store) = self.home.open().await? else {
            return print::value(&self.output, &json!([]));
        };
        let failed = |error| self.home.failed(&error);
        let Listed { endpoints, unreadable } = store.list().await.map_err(failed)?;
        let mut shown = Vec::new();
        for endpoint in &endpoints {
            shown.push(Line::Endpoint(show(&store, endpoint).await.map_err(failed)?));
        }
        shown.extend(unreadable.iter().map(|Unreadable { id, what }| Line::Unreadable {
            id,
            status: "unreadable",
            problem: what,
        }));
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

async fn show<'a>(store: &Store, endpoint: &'a Endpoint) -> store::Result<Shown<'a>> {
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
        set_aside: store.aside(endpoint.number, false).await?,
    })
}

impl One {
    async fn open(&self) -> Result<(Store, Endpoint), Failure> {
        let store = self.home.open().await?.ok_or_else(|| self.unknown())?;
        let found = store.find(&self.id).await.map_err(|error| self.home.failed(&error))?;
        Ok((store, found.ok_or_else(|| self.unknown())?))
    }

    fn unknown(&self) -> Failure {
        Failure::refused(format_args!(
            "there is no endpoint {:?}; nothing was changed; `refundry-server webhook list` shows those \
             there are",
            self.id
        ))
    }

    async fn change(&self, afresh: bool, change: impl Fn(&mut Endpoint)) -> Result<(), Failure> {
        let (store, _) = self.open().await?;
        let failed = |error| self.home.failed(&error);
        let changed = store.change(&self.id, afresh, change).await.map_err(failed)?;
        let endpoint = changed.ok_or_else(|| self.unknown())?;
        let shown = show(&store, &endpoint).await.map_err(failed)?;
        print::value(&self.output, &shown)
    }

    async fn remove(&self) -> Result<(), Failure> {
        let store = self.home.open().await?.ok_or_else(|| self.unknown())?;
        let removed = store.remove(&self.id).await.map_err(|error| self.home.failed(&error))?;
        if !removed {
            return Err(self.unknown());
        }
        print::value(&self.output, &json!({ "id": self.id, "removed": true }))
    }

    async fn test(&self) -> Result<(), Failure> {
        let (_, endpoint) = self.open().await?;
        let now = clock::now().map_err(Failure::machine)?;
        let id = format!("evt_test_{}", random_digits()?);
        let event = json!({
            "object": "event", "id": id, "type": "webhook.test", "livemode": false, "createdAt": now,
            "data": { "object": { "id": endpoint.id } },
        });
        let client = Client::new(&endpoint.target, Pace::default().deadline, Arc::default());
        let sent = client.post(&endpoint, event.to_string(), now).await;
        let status = sent.map_err(|unsent| {
            Failure::machine(format_args!("{}: the event {id} did not arrive: {unsent}", self.id))
        })?;
        print::value(&self.output, &json!({ "event": id, "status": status.as_u16() }))
    }
}

impl Rotate {
    async fn run(self) -> Result<(), Failure> {
        let one = &self.one;
        let (store, _) = one.open().await?;
        let kept = Duration::from_secs(u64::from(self.keep).saturating_mul(60 * 60));
        let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        let now = clock::now().map_err(Failure::machine)?;
        let until = Timestamp::from_millis(now.millis().saturating_add(kept));
        let secret = Secret::generate().map_err(Failure::machine)?;
        let rotate = |endpoint: &mut Endpoint| endpoint.rotate(secret.clone(), until);
        let rotated = store.change(&one.id, false, rotate).await;
        let rotated = rotated.map_err(|error| one.home.failed(&error))?;
        rotated.ok_or_else(|| one.unknown())?;
        tell_secret(&one.id, &secret, &one.output)
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
