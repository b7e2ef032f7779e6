//! The command line: one file for each command, what they share here.

mod backup;
mod books;
mod dispute;
mod erase;
mod export;
mod failure;
mod feed;
mod feed_key;
mod fleet;
mod handover;
mod health;
mod import;
mod key;
mod listen;
mod merchant;
mod payout;
mod print;
mod progress;
mod prune;
mod receipt;
mod receive;
mod reconcile;
mod refund;
#[cfg(unix)]
mod restore;
mod serve;
mod show;
mod statement;
mod transfer;
mod verify;
mod webhook;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand, error::ErrorKind};
use refundry::{Access, Book, Error, FileError, Ledger};
use serde::Serialize;

use self::books::Books;
pub(crate) use self::failure::Failure;
use crate::clock;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the machine failed: a disk, a file, the network
  2  the command line is wrong
  3  refused: not found, there already, not a ledger, a bad line in an import
  4  the ledger is unsound or damaged
  5  another process kept the ledger locked

Without a command, serve is meant. Every command says more with --help.";

/// A refund ledger in one file: the API over HTTP, and what its operator needs.
#[derive(Parser)]
#[command(name = "refundry-server", version, after_help = EXIT_CODES)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the refund API over HTTP
    Serve(serve::Serve),
    /// Add merchants, change their limits, and list them
    #[command(subcommand)]
    Merchant(merchant::Merchant),
    /// Issue, revoke and list a merchant's API keys
    #[command(subcommand)]
    Key(key::Key),
    /// Import objects, one JSON object a line: all of them or none
    Import(import::Import),
    /// Tell what became of a refund
    #[command(subcommand)]
    Refund(refund::Refund),
    /// Tell of a dispute, and how it ended
    #[command(subcommand)]
    Dispute(dispute::Dispute),
    /// Hand a charge over to another book, take one over, or refuse it
    #[command(subcommand)]
    Handover(handover::Handover),
    /// Record a payout, top-up, settlement or adjustment
    #[command(subcommand)]
    Transfer(transfer::Transfer),
    /// Tell what became of a payout
    #[command(subcommand)]
    Payout(payout::Payout),
    /// Show an object, a list or a balance of a merchant's book
    #[command(subcommand)]
    Show(show::Show),
    /// Write a merchant's book as a journal or a table that accountants' programs read
    Export(export::Export),
    /// Write a merchant's statement of a month or of other days
    Statement(statement::Statement),
    /// Compare a merchant's book with an acquirer's settlement file
    Reconcile(reconcile::Reconcile),
    /// Write a merchant's book as lines that another ledger can take in
    Feed(feed::Feed),
    /// Take in a feed of another ledger's book, which is then mirrored here
    Receive(receive::Receive),
    /// Issue, revoke and list keys that may send feeds to this ledger
    #[command(subcommand)]
    FeedKey(feed_key::FeedKey),
    /// Print a receipt that proves a refund or charge to anyone
    Receipt(receipt::Receipt),
    /// Print where a book stands, to be published
    Checkpoint(receipt::Checkpoint),
    /// Make the key that signs receipts and checkpoints, and print its public part
    ReceiptKey(receipt::ReceiptKey),
    /// Check every entry and sum of the ledger, and print the heads to keep
    Verify(verify::Verify),
    /// Copy the ledger to a new file, also while it is being served
    Backup(backup::Backup),
    /// Put a backup in the place of the ledger, which is moved aside
    #[cfg(unix)]
    Restore(restore::Restore),
    /// Erase the description and metadata of a refund or transfer for ever
    Erase(erase::Erase),
    /// Forget idempotency keys that are older than any client asks again
    Prune(prune::Prune),
    /// Send events to shops' own systems: add, list, test, pause, resume and remove endpoints
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// Send what is recorded from now on to a program that is being developed
    Listen(listen::Listen),
    /// Ask a running server whether it is ready
    Health(health::Health),
}

/// Does what the command line says.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let line = match Line::try_parse_from(serve_if_unnamed(arguments)) {
        Ok(line) => line,
        Err(told) if matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return print::text(&told.to_string());
        }
        Err(error) => return Err(Failure::of_parser(&error)),
    };
    match line.command {
        Command::Serve(command) => command.run(),
        Command::Merchant(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Refund(command) => command.run(),
        Command::Dispute(command) => command.run(),
        Command::Handover(command) => command.run(),
        Command::Transfer(command) => command.run(),
        Command::Payout(command) => command.run(),
        Command::Show(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Statement(command) => command.run(),
        Command::Reconcile(command) => command.run(),
        Command::Feed(command) => command.run(),
        Command::Receive(command) => command.run(),
        Command::FeedKey(command) => command.run(),
        Command::Receipt(command) => command.run(),
        Command::Checkpoint(command) => command.run(),
        Command::ReceiptKey(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Backup(command) => command.run(),
        #[cfg(unix)]
        Command::Restore(command) => command.run(),
        Command::Erase(command) => command.run(),
        Command::Prune(command) => command.run(),
        Command::Webhook(command) => command.run(),
        Command::Listen(command) => command.run(),
        Command::Health(command) => command.run(),
    }
}

/// `refundry-server --database …` is short for `refundry-server serve --database …`.
fn serve_if_unnamed(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.collect();
    let of_all = ["--help", "-h", "--version", "-V"];
    let unnamed = arguments.get(1).is_none_or(|first| {
        first.to_str().is_some_and(|first| first.starts_with('-') && !of_all.contains(&first))
    });
    if unnamed {
        arguments.insert(1.min(arguments.len()), "serve".into());
    }
    arguments
}

/// Which ledger.
#[derive(Args)]
struct Database {
    /// The ledger's file; or, where a command takes --cache, a fleet's database, `postgres://…`
    #[arg(long, value_name = "PATH", env = "REFUNDRY_DATABASE", hide_env_values = true)]
    database: PathBuf,
}

impl Database {
    /// Does something with the ledger. A failure of its file names it.
    fn with<T>(
        &self,
        access: Access,
        use_it: impl FnOnce(&mut Ledger) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let path = &self.database;
        let done = open(path, access).and_then(|mut ledger| use_it(&mut ledger));
        done.map_err(|failure| failure.of_ledger(path))
    }
}

/// A handle on a ledger. The address of a database is refused without being repeated: it may hold a
/// password.
fn open(path: &Path, access: Access) -> Result<Ledger, Failure> {
    if path.to_string_lossy().contains("://") {
        return Err(Failure::usage(
            "--database or REFUNDRY_DATABASE has an address where a ledger's file is meant; nothing was \
             changed; this command is for a file alone (docs/fleet.md says which take the address of a fleet's \
             database, postgres://…)",
        ));
    }
    if access != Access::ReadOnly {
        clock::now().map_err(Failure::machine)?;
    }
    let mut options = refundry::Options::default();
    options.access = access;
    Ledger::open(path, options).map_err(|error| match error {
        Error::File(file) if file.number() == FileError::FILE_MISSING => Failure::refused(format!(
            "there is no ledger at {}; nothing was created; check the path, or begin one with \
             `refundry-server merchant create`",
            file.path().unwrap_or(path).display()
        )),
        Error::File(file) => match file.io_error() {
            Some(error) => Failure::machine(format!(
                "{} can't be opened ({error}); nothing was changed; check that its folder is there \
                 and that this user may write to both",
                path.display()
            )),
            None => Error::File(file).into(),
        },
        other => other.into(),
    })
}

/// One merchant's book.
fn book<'a>(ledger: &'a mut Ledger, merchant: &str) -> Result<Book<'a>, Failure> {
    let list = "`refundry-server merchant list` shows those there are";
    ledger.book(merchant).map_err(|error| no_merchant(merchant, error, list))
}

/// Why there is no such book, and where to look for others.
fn no_merchant(merchant: &str, error: Error, list: &str) -> Failure {
    match error {
        Error::ResourceMissing { .. } => Failure::refused(format!(
            "there is no merchant {merchant:?} in this ledger; nothing was changed; {list}"
        )),
        other => other.into(),
    }
}

/// An object of a merchant's book.
#[derive(Args)]
struct Object {
    /// Whose: `acct_…`
    merchant: String,
    /// Which
    id: String,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Object {
    /// Does something with the object, and prints what it is then.
    fn with<T: Serialize + Send + 'static>(
        self,
        access: Access,
        what: &str,
        mut use_it: impl FnMut(&mut Book<'_>, &str) -> refundry::Result<T> + Send + 'static,
    ) -> Result<(), Failure> {
        let Self { merchant, id, books, output } = self;
        let of = id.clone();
        let use_it = move |book: &mut Book<'_>| use_it(book, &of);
        let found = books.book(&merchant, access, use_it, |error| match error {
            Error::ResourceMissing { .. } => {
                Failure::refused(format!("{merchant} has no {what} {id:?}; check the id"))
            }
            other => Failure::from(other).about(format_args!("{what} {id}")),
        })?;
        print::value(&output, &found)
    }
}

/// For whom to print.
#[derive(Args)]
struct Output {
    /// Print one line of JSON, for programs
    #[arg(long)]
    json: bool,
}
