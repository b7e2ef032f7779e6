//! `listen`: sends what is recorded to a developer's own machine, and says what became of it.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use refundry::{EventType, Timestamp};
use tokio::time::sleep;

use super::{Database, Failure, fleet, print, webhook};
use crate::{
    clock,
    stop::Stop,
    webhook::{
        books::{self, Books},
        client::Client,
        endpoint::{Cursor, Endpoint},
        pace::Pace,
        sign::Secret,
        target::Target,
    },
};

/// How often the books of a file are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How often those of a fleet are.
const LOOK_AT_FLEET: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(super) struct Listen {
    /// Where to send events to, such as http://localhost:4242/webhook
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// Only the events of this merchant
    #[arg(long, value_name = "MERCHANT")]
    merchant: Option<String>,
    /// Only events of this type, such as refund.failed; may be repeated
    #[arg(long = "event", value_name = "TYPE", value_parser = webhook::event_type)]
    types: Vec<EventType>,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    reach: fleet::Reach,
    /// Of a fleet: a folder for what is read of its books, which no node that is at work uses
    #[arg(long, value_name = "FOLDER", env = "REFUNDRY_CACHE")]
    cache: Option<PathBuf>,
}

impl Listen {
    pub(super) fn run(self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let path = self.database.database.clone();
        let Some(url) = fleet::url(&path) else {
            let books = Books::of_file(&path).map_err(Failure::from);
            let done = books.and_then(|books| runtime.block_on(self.forward(&books, LOOK)));
            return done.map_err(|failure| failure.of_ledger(&path));
        };
        let node = Arc::new(self.reach.node_of_command(url, self.cache.as_deref())?);
        let books = Books::of_fleet(node, self.reach.clerk(url)?, None);
        runtime.block_on(self.forward(&books, LOOK_AT_FLEET))
    }

    async fn forward(self, books: &Books, pause: Duration) -> Result<(), Failure> {
        let target = Target::new(&self.forward_to, false)
            .map_err(|problem| Failure::usage(format_args!("the URL {problem}; correct it")))?;
        let endpoint = Endpoint {
            number: 0,
            id: "listen".into(),
            target,
            merchant: self.merchant,
            types: self.types,
            header: None,
            secret: Secret::generate().map_err(Failure::machine)?,
            old_secret: None,
            paused: false,
            created_at: clock::now().map_err(Failure::machine)?,
            revision: 1,
            trouble: None,
        };
        let mut stop = Stop::listen()?;
        tokio::select! {
            done = follow(books, pause, &endpoint) => done,
            () = stop.asked() => Ok(()),
        }
    }
}

/// Sends each event that is recorded from now on, once: a developer's program that is not there gets
/// the next ones.
async fn follow(books: &Books, pause: Duration, endpoint: &Endpoint) -> Result<(), Failure> {
    let client = Client::new(&endpoint.target, Pace::default().deadline, Arc::default());
    books.look().await?;
    while !books.is_whole() {
        books.look().await?;
    }
    let now = endpoint.created_at;
    let ends = books.all().into_iter();
    let mut seen: BTreeMap<_, _> =
        ends.map(|(merchant, end)| (merchant, books::end(&end, now))).collect();
    let secret = endpoint.secret.reveal();
    print::text(&format!("Ready! The signing secret is {secret} (^C to quit)\n"))?;
    loop {
        if books.look().await? {
            for (merchant, end) in books.all() {
                let begin = Cursor { event: None, moment: now };
                let last = seen.entry(merchant.clone()).or_insert(begin);
                if endpoint.is_of(&merchant) && !books::is_at(last, &end) {
                    forward_all(books, &client, endpoint, &merchant, last).await?;
                }
            }
        }
        sleep(pause).await;
    }
}

async fn forward_all(
    books: &Books,
    client: &Client,
    endpoint: &Endpoint,
    merchant: &str,
    last: &mut Cursor,
) -> Result<(), Failure> {
    loop {
        let events = books.after(merchant, last.event.as_deref()).await?.unwrap_or_default();
        if events.is_empty() {
            return Ok(());
        }
        for event in events {
            if endpoint.wants(&event) {
                let now = Timestamp::now();
                let sent = client.post(endpoint, event.to_json()?, now).await;
                let became = sent.map_or_else(
                    |unsent| unsent.to_string(),
                    |status| format!("the answer was {}", status.as_u16()),
                );
                let (id, what) = (&event.id, event.event_type);
                print::text(&format!("{now}  {what}  {id}  {became}\n"))?;
            }
            last.event = Some(event.id);
        }
    }
}
