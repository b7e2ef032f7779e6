//! `listen`: sends what is recorded to a developer's own machine, and says what became of it.

use std::{path::Path, time::Duration};

use clap::Args;
use refundry::{EventType, Timestamp};
use tokio::time::sleep;

use super::{Database, Failure, print, webhook};
use crate::{
    clock,
    stop::Stop,
    webhook::{
        books::Books, client::Client, endpoint::Endpoint, pace::Pace, sign::Secret, target::Target,
    },
};

/// How often the books are looked at.
const LOOK: Duration = Duration::from_millis(200);

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
}

impl Listen {
    pub(super) fn run(self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let path = self.database.database.clone();
        runtime.block_on(self.forward(&path)).map_err(|failure| failure.of_ledger(&path))
    }

    async fn forward(self, path: &Path) -> Result<(), Failure> {
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
            done = follow(path, &endpoint) => done,
            () = stop.asked() => Ok(()),
        }
    }
}

/// Sends each event that is recorded from now on, once: a developer's program that is not there gets
/// the next ones.
async fn follow(path: &Path, endpoint: &Endpoint) -> Result<(), Failure> {
    let client = Client::new(&endpoint.target, Pace::default().deadline);
    let mut books = Books::open(path)?;
    books.look()?;
    let mut seen = std::collections::HashMap::new();
    for merchant in books.ends().keys().cloned().collect::<Vec<_>>() {
        let newest = books.newest(&merchant)?;
        seen.insert(merchant, newest.map(|event| event.id));
    }
    let secret = endpoint.secret.reveal();
    print::text(&format!("Ready! The signing secret is {secret} (^C to quit)\n"))?;
    loop {
        if books.look()? {
            for merchant in books.ends().keys().cloned().collect::<Vec<_>>() {
                if endpoint.is_of(&merchant) {
                    let last = seen.entry(merchant.clone()).or_default();
                    forward_all(&mut books, &client, endpoint, &merchant, last).await?;
                }
            }
        }
        sleep(LOOK).await;
    }
}

async fn forward_all(
    books: &mut Books,
    client: &Client,
    endpoint: &Endpoint,
    merchant: &str,
    last: &mut Option<String>,
) -> Result<(), Failure> {
    loop {
        let events = books.after(merchant, last.as_deref())?.unwrap_or_default();
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
            *last = Some(event.id);
        }
    }
}
