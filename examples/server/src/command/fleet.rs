//! Books in a fleet's database, beside those in a ledger's file: which of them is meant, and how the
//! database is reached.

use std::path::{Path, PathBuf};

use clap::Args;
use refundry_fleet::{
    Endpoints, EngineError, Error, Node, NodeOptions, Nodes, Postgres, PostgresOptions,
    is_database_url,
};

use super::Failure;
use crate::webhook::store::fleet::Clerk;

/// How a fleet's database is reached, and where this node keeps what it has read of it.
#[derive(Args)]
pub(super) struct Reach {
    /// Of a fleet: a file with the certificates (PEM) that the database's has to be signed by
    #[arg(long, value_name = "FILE", env = "REFUNDRY_DATABASE_CERTIFICATES")]
    database_certificates: Option<PathBuf>,
}

/// The address of a fleet's database, if that is what was given for a ledger.
pub(super) fn url(database: &Path) -> Option<&str> {
    database.to_str().filter(|text| is_database_url(text))
}

impl Reach {
    /// The database at an address, which is not printed anywhere: it may hold a password.
    pub(super) fn engine(&self, url: &str) -> Result<Postgres, Failure> {
        Ok(Postgres::new(self.options(url))?)
    }

    fn options(&self, url: &str) -> PostgresOptions {
        let mut options = PostgresOptions::at(url);
        options.certificates = self.database_certificates.clone();
        options
    }

    /// Whoever asks for the endpoints of webhooks, over a connection of its own.
    pub(super) fn clerk(&self, url: &str) -> Result<Clerk, Failure> {
        Ok(Clerk::start(Endpoints::new(self.options(url))?)?)
    }

    /// Whoever tells nodes of each other, over a connection of its own.
    pub(super) fn nodes(&self, url: &str) -> Result<Nodes, Failure> {
        let mut nodes = Nodes::new(self.options(url))?;
        if nodes.are_there()? {
            return Ok(nodes);
        }
        Err(Failure::refused(
            "--announce: this fleet was set up by an older program, and has no table of nodes; nothing was \
             changed; set it up again by `refundry-fleet set-up`, or leave the option out",
        ))
    }

    /// A node for one command alone.
    pub(super) fn node_of_command(&self, url: &str, cache: Option<&Path>) -> Result<Node, Failure> {
        let mut options = NodeOptions::in_folder(folder(cache)?);
        // Other merchants' charges are no business of a command's.
        options.matures = false;
        self.node(url, &options)
    }

    /// A node on the database.
    pub(super) fn node(&self, url: &str, options: &NodeOptions) -> Result<Node, Failure> {
        let engine = self.engine(url)?;
        Ok(Node::start(Box::new(engine), options)?)
    }
}

/// The folder for what a command reads of a fleet.
pub(super) fn folder(cache: Option<&Path>) -> Result<&Path, Failure> {
    cache.ok_or_else(|| {
        Failure::usage(
            "the books of a fleet need a folder for what is read of them: --cache FOLDER; nothing was changed",
        )
    })
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(why) => Self::refused(format_args!("the database: {why}")),
            EngineError::Unavailable(why) | EngineError::InDoubt(why) => {
                Self::machine(format_args!("the database can't be used ({why}); try again"))
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Ledger(error) => error.into(),
            error => Self::machine(error),
        }
    }
}
