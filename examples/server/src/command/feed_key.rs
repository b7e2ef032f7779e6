//! `feed-key issue`, `feed-key revoke` and `feed-key list`.

use clap::{Args, Subcommand};
use refundry::{Access, Error};
use serde::Serialize;

use super::{Database, Failure, Output, print};

#[derive(Subcommand)]
pub(super) enum FeedKey {
    /// Issue a key that may send one merchant's feed to this ledger, and print it: it can't be shown again
    Issue(Issue),
    /// Revoke such a key, at once and for ever
    Revoke(Revoke),
    /// List such keys, by their ids
    List(List),
}

#[derive(Args)]
pub(super) struct Issue {
    /// Whose feed: `acct_…`; the book need not have come yet
    merchant: String,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// Which: `key_…`
    id: String,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued<'a> {
    merchant_id: &'a str,
    id: &'a str,
    key: &'a str,
}

impl FeedKey {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Issue(command) => command.run(),
            Self::Revoke(command) => command.run(),
            Self::List(List { database, output }) => {
                let keys = database.with(Access::ReadOnly, |ledger| Ok(ledger.feed_keys()?))?;
                print::value(&output, &keys)
            }
        }
    }
}

impl Issue {
    fn run(self) -> Result<(), Failure> {
        let Self { merchant, database, output } = self;
        let issued =
            database.with(Access::OpenOrCreate, |ledger| Ok(ledger.issue_feed_key(&merchant)?))?;
        if output.json {
            let issued = Issued { merchant_id: &merchant, id: &issued.id, key: &issued.key };
            return print::value(&output, &issued);
        }
        // The key alone is the answer, so that KEY=$(refundry-server feed-key issue …) works.
        print::text(&format!("{}\n", issued.key))?;
        print::note(&format!("This is {}. Keep it now: it can't be shown again.", issued.id));
        Ok(())
    }
}

impl Revoke {
    fn run(self) -> Result<(), Failure> {
        let Self { id, database, output } = self;
        let keys = database.with(Access::Open, |ledger| {
            ledger.revoke_feed_key(&id).map_err(|error| match error {
                // What was given may be a key: it is not repeated.
                Error::ResourceMissing { .. } => Failure::refused(
                    "there is no feed key with this id; nothing was changed; `refundry-server \
                     feed-key list` shows the ids there are, key_…",
                ),
                other => other.into(),
            })?;
            Ok(ledger.feed_keys()?)
        })?;
        print::value(&output, &keys.into_iter().find(|key| key.id == id))
    }
}
