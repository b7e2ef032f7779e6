//! The books that a command is about: in a ledger's file, or in a fleet. A command is the same on both.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use refundry::{Access, Book, Error, Ledger, Merchant, NewMerchant, Timestamp};
use refundry_fleet::{Engine as _, Error as FleetError, Node, out_of_fleet};
use tempfile::TempDir;

use super::{Database, Failure, book, fleet, no_merchant, open};

/// Which ledger, or which fleet.
#[derive(Args)]
pub(super) struct Books {
    #[command(flatten)]
    pub(super) database: Database,
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
            FleetError::Ledger(error) if error.param() != Some("merchantId") => told(error),
            error => of_fleet(merchant, error),
        })
    }

    /// As [`Books::book`], for several operations, which a file commits together.
    pub(super) fn together<T: Send + 'static>(
        &self,
        merchant: &str,
        mut operation: impl FnMut(&mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        if self.is_fleet() {
            return self.book(merchant, Access::Open, operation, Failure::from);
        }
        self.database.with(Access::Open, |ledger| {
            book(ledger, merchant)?;
            let mut batch = ledger.batch()?;
            let done = operation(&mut batch.book(merchant)?)?;
            batch.commit()?;
            Ok(done)
        })
    }

    /// Reads a merchant's book in many steps, such as all of it. On a fleet this is what any node had answered
    /// before.
    pub(super) fn read<T>(
        &self,
        merchant: &str,
        use_it: impl FnOnce(&mut Ledger) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(node) = self.node()? else {
            return self.database.with(Access::ReadOnly, |ledger| {
                book(ledger, merchant)?;
                use_it(ledger)
            });
        };
        let mut ledger = node.reading(merchant).map_err(|error| of_fleet(merchant, error))?;
        use_it(&mut ledger)
    }

    /// Forgets old idempotency keys of every book. Returns how many.
    pub(super) fn prune(&self, before: Timestamp) -> Result<u64, Failure> {
        let (Some(node), Some(url)) = (self.node()?, fleet::url(&self.database.database)) else {
            return self
                .database
                .with(Access::Open, |ledger| Ok(ledger.prune_idempotency_keys(before)?));
        };
        let mut pruned = 0_u64;
        for merchant in self.reach.engine(url)?.merchants()? {
            let of_book = node.book(&merchant, move |book| book.prune_idempotency_keys(before));
            pruned = pruned.saturating_add(of_book.wait()?);
        }
        Ok(pruned)
    }

    /// Reads every book from its beginning: of a fleet into a file of its own, which is gone afterwards.
    pub(super) fn read_all<T>(
        &self,
        use_it: impl FnOnce(&mut Ledger) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // The node keeps others out of the folder.
        let (Some(_node), Some(url)) = (self.node()?, fleet::url(&self.database.database)) else {
            return self.database.with(Access::ReadOnly, use_it);
        };
        let folder = folder_for_a_copy(fleet::folder(self.cache.as_deref())?)?;
        let path = folder.path().join("all.refundry");
        let copied = out_of_fleet(&mut self.reach.engine(url)?, &path);
        copied.map_err(|error| match error {
            FleetError::Stopped { merchant, problem } => {
                Failure::unsound(format_args!("the book of {merchant}: {problem}"))
            }
            error => error.into(),
        })?;
        use_it(&mut open(&path, Access::ReadOnly)?)
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
    pub(super) fn node(&self) -> Result<Option<Node>, Failure> {
        // Of a file, the variable of the folder may be there for a server beside it.
        let url = fleet::url(&self.database.database);
        url.map(|url| self.reach.node_of_command(url, self.cache.as_deref())).transpose()
    }
}

/// What the name of a folder with a copy begins with.
const COPY: &str = "copy-";

/// A folder that is gone with its handle. A program that was ended before has left its own there, with text
/// that may have been erased since.
fn folder_for_a_copy(cache: &Path) -> io::Result<TempDir> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(COPY) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    tempfile::Builder::new().prefix(COPY).tempdir_in(cache)
}

/// What a fleet says no to, or why it did not answer.
fn of_fleet(merchant: &str, error: FleetError) -> Failure {
    match error {
        FleetError::Ledger(error) if error.param() == Some("merchantId") => {
            no_merchant(merchant, error, "the view refundry.merchants has those there are")
        }
        error => error.into(),
    }
}
