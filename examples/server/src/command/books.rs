//! The books that a command is about: in a ledger's file, or in a fleet. A command is the same on both.

use std::path::PathBuf;

use clap::Args;
use refundry::{Access, Book, Error, Ledger, Merchant, NewMerchant};
use refundry_fleet::{Error as FleetError, Node, NodeOptions};

use super::{Database, Failure, book, fleet, no_merchant};

/// Which ledger, or which fleet.
#[derive(Args)]
pub(super) struct Books {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    reach: fleet::Reach,
    /// Of a fleet: a folder for what is read of its books, which no node that is at work uses
    #[arg(long, value_name = "FOLDER", env = "REFUNDRY_CACHE")]
    cache: Option<PathBuf>,
}

impl Books {
    /// Does something on a merchant's book. On a fleet it may be done several times, and the last
    /// counts. What the book says no to is told as `told` says.
    pub(super) fn book<T: Send + 'static>(
        &self,
        merchant: &str,
        access: Access,
        mut operation: impl FnMut(&mut Book<'_>) -> refundry::Result<T> + Send + 'static,
        told: impl FnOnce(Error) -> Failure,
    ) -> Result<T, Failure> {
        let Some(node) = self.node()? else {
            return self
                .database
                .with(access, |ledger| operation(&mut book(ledger, merchant)?).map_err(told));
        };
        node.book(merchant, operation).wait().map_err(|error| match error {
            FleetError::Ledger(error) if error.param() == Some("merchantId") => {
                no_merchant(merchant, error, "the view refundry.merchants has those there are")
            }
            FleetError::Ledger(error) => told(error),
            error => error.into(),
        })
    }

    /// Adds a merchant. A ledger's file begins with its first.
    pub(super) fn create_merchant(
        &self,
        new: NewMerchant,
        told: impl FnOnce(Error) -> Failure,
    ) -> Result<Merchant, Failure> {
        let Some(node) = self.node()? else {
            return self
                .database
                .with(Access::OpenOrCreate, |ledger| ledger.create_merchant(&new).map_err(told));
        };
        node.create_merchant(new).wait().map_err(|error| match error {
            FleetError::Ledger(error) => told(error),
            error => error.into(),
        })
    }

    /// Does something with the ledger's file. Of a fleet it is refused, saying what to do instead.
    pub(super) fn file<T>(
        &self,
        access: Access,
        instead: &str,
        use_it: impl FnOnce(&mut Ledger) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.is_fleet() {
            return Err(Failure::usage(format_args!(
                "this is for a ledger's file, and --database names a fleet; nothing was changed; {instead}"
            )));
        }
        self.database.with(access, use_it)
    }

    pub(super) fn is_fleet(&self) -> bool {
        fleet::url(&self.database.database).is_some()
    }

    /// A node for this command alone, if these are the books of a fleet.
    fn node(&self) -> Result<Option<Node>, Failure> {
        match (fleet::url(&self.database.database), &self.cache) {
            // The variable may be there for a server beside it.
            (None, _) => Ok(None),
            (Some(_), None) => Err(Failure::usage(
                "the books of a fleet need a folder for what is read of them: --cache FOLDER; nothing was \
                 changed",
            )),
            (Some(url), Some(cache)) => {
                let mut options = NodeOptions::in_folder(cache);
                // Other merchants' charges are no business of a command's.
                options.matures = false;
                self.reach.node(url, &options).map(Some)
            }
        }
    }
}
