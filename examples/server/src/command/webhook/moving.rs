//! `webhook move-in` and `move-out`: all endpoints go where their books went.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Failure, Home, Output, print, random_digits};
use crate::webhook::store::{
    Store, StoreError,
    file::{self, File},
    fleet::Fleet,
    moving::carry,
};

/// A ledger's file, and the fleet that the database names.
#[derive(Args)]
pub(in crate::command) struct Move {
    /// The ledger's file, by the name under which it is or was served
    file: PathBuf,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    output: Output,
}

/// Which of the two has the endpoints afterwards.
#[derive(Clone, Copy)]
pub(in crate::command) enum Into {
    Fleet,
    File,
}

impl Move {
    pub(super) async fn run(self, into: Into) -> Result<(), Failure> {
        let Some(url) = self.home.url() else {
            return Err(Failure::usage(
                "endpoints are moved between a file and a fleet; nothing was changed; give the fleet's address in \
                 REFUNDRY_DATABASE and the ledger's file as the argument",
            ));
        };
        if matches!(into, Into::File) && !self.file.exists() {
            return Err(Failure::refused(format_args!(
                "there is no {}; nothing was changed; move the books first, by `refundry-fleet move-out`",
                self.file.display()
            )));
        }
        // Whoever moves what is there takes the sender's place, under a name of its own.
        let holder = format!("moves {}", random_digits()?);
        let fleet =
            Store::Fleet(Fleet::of_sender(self.home.clerk_of_endpoints(url).await?, holder));
        let file = match into {
            Into::File => File::open_or_create(&self.file).map(Some),
            Into::Fleet => File::open(&self.file),
        };
        let file = file.map_err(|error| self.failed(error))?.map(Store::File);
        let moved = match (&file, into) {
            (None, _) => {
                return Err(Failure::refused(format_args!(
                    "there is no {}; nothing was changed; name the file by which the ledger was served",
                    file::path(&self.file).display()
                )));
            }
            (Some(file), Into::Fleet) => carry(file, &fleet).await,
            (Some(file), Into::File) => carry(&fleet, file).await,
        };
        let moved = moved.map_err(|error| self.failed(error))?;
        print::value(&self.output, &json!({ "moved": moved }))
    }

    fn failed(&self, error: StoreError) -> Failure {
        match error {
            StoreError::Database(error) => error.into(),
            error @ (StoreError::StillSending
            | StoreError::CutOff
            | StoreError::Changed
            | StoreError::AlreadyThere(_)
            | StoreError::Unreadable { .. }) => {
                Failure::refused(format_args!("{error}; the move can be begun again"))
            }
            error => {
                let path = file::path(&self.file);
                Failure::machine(format_args!("{}: {error}", path.display()))
            }
        }
    }
}
