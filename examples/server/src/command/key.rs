//! `key issue`, `key revoke` and `key list`.

use clap::{Args, Subcommand};
use refundry::{Access, Book, Error};
use serde::Serialize;

use super::{Books, Failure, Output, print};

#[derive(Subcommand)]
pub(super) enum Key {
    /// Issue an API key and print it: it is not kept and can't be shown again
    Issue(Of),
    /// Revoke an API key, at once and for ever
    Revoke(Revoke),
    /// List a merchant's API keys, by their ids
    List(Of),
}

#[derive(Args)]
pub(super) struct Of {
    /// Whose: `acct_…`
    merchant: String,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// Whose: `acct_…`
    merchant: String,
    /// Which: `key_…`
    id: String,
    #[command(flatten)]
    books: Books,
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

impl Key {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Issue(command) => command.issue(),
            Self::Revoke(command) => command.run(),
            Self::List(Of { merchant, books, output }) => {
                let list = |book: &mut Book<'_>| book.keys();
                let keys = books.book(&merchant, Access::ReadOnly, list, Failure::from)?;
                print::value(&output, &keys)
            }
        }
    }
}

impl Of {
    fn issue(self) -> Result<(), Failure> {
        let issue = |book: &mut Book<'_>| book.issue_key();
        let issued = self.books.book(&self.merchant, Access::Open, issue, Failure::from)?;
        if self.output.json {
            let issued = Issued { merchant_id: &self.merchant, id: &issued.id, key: &issued.key };
            return print::value(&self.output, &issued);
        }
        // The key alone is the answer, so that KEY=$(refundry-server key issue …) works.
        print::text(&format!("{}\n", issued.key))?;
        print::note(&format!("This is {}. Keep it now: it can't be shown again.", issued.id));
        Ok(())
    }
}

impl Revoke {
    fn run(self) -> Result<(), Failure> {
        let Self { merchant, id, books, output } = self;
        let of = id.clone();
        let revoke = move |book: &mut Book<'_>| {
            book.revoke_key(&of)?;
            book.keys()
        };
        let keys = books.book(&merchant, Access::Open, revoke, |error| match error {
            // What was given may be a key: it is not repeated.
            Error::ResourceMissing { .. } => Failure::refused(format!(
                "{merchant} has no key with this id; nothing was changed; \
                 `refundry-server key list {merchant}` shows the ids there are, key_…"
            )),
            other => other.into(),
        })?;
        print::value(&output, &keys.into_iter().find(|key| key.id == id))
    }
}
