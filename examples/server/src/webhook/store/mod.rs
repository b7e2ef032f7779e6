//! Where endpoints stand, and how far each has come: in a [file](mod@file) beside a ledger, or in a
//! [fleet's database](fleet). Both keep what they are told, and no rule: what an operator's word changes, and what
//! becomes of an event, is said by those who tell them.

pub(crate) mod file;
pub(crate) mod fleet;

use std::io;

use refundry::{EventType, Timestamp};
use refundry_fleet::EngineError;
use serde::{Deserialize, Serialize};

use self::{file::File, fleet::Fleet};
use super::{
    endpoint::{Cursor, Endpoint, SetAside, Trouble},
    sign::Secret,
    target::Target,
};

/// The endpoints of a ledger, or of a fleet.
pub(crate) enum Store {
    File(File),
    Fleet(Fleet),
}

/// Why endpoints could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("it is not a file of endpoints of this version; nothing was changed; move it aside")]
    Foreign,
    #[error("it has an endpoint that can't be read: {0}")]
    Damaged(&'static str),
    #[error("the database: {0}")]
    Database(#[from] EngineError),
    #[error("another node sends now")]
    TakenOver,
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What whoever sends notes of an endpoint, by its number. Of one that was removed nothing is noted.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It has come this far in a merchant's book.
    Advance(i64, String, Cursor),
    /// This is wrong with its next event, or nothing.
    Trouble(i64, Option<Trouble>),
    /// An event was given up.
    SetAside(i64, SetAside),
    /// An event that had been set aside has arrived, or was given up once more.
    Settle { endpoint: i64, event: String, arrived: bool },
}

impl Store {
    /// Whether endpoints may have been changed by others since this was asked last. A fleet's are read each time
    /// that it `is_time`.
    pub(crate) fn may_have_changed(&self, is_time: bool) -> Result<bool> {
        match self {
            Self::File(file) => file.has_changed(),
            Self::Fleet(_) => Ok(is_time),
        }
    }

    /// Adds an endpoint, and where it begins in each book; elsewhere it begins with the first event.
    pub(crate) async fn add(&self, new: &Endpoint, begin: &[(String, Cursor)]) -> Result<()> {
        match self {
            Self::File(file) => file.add(new, begin),
            Self::Fleet(fleet) => fleet.add(new, begin).await,
        }
    }

    /// Every endpoint, the oldest first.
    pub(crate) async fn list(&self) -> Result<Vec<Endpoint>> {
        match self {
            Self::File(file) => file.list(),
            Self::Fleet(fleet) => fleet.list().await,
        }
    }

    /// An endpoint by its id.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Endpoint>> {
        Ok(self.list().await?.into_iter().find(|endpoint| endpoint.id == id))
    }

    /// Removes an endpoint, and all that is known of it.
    pub(crate) async fn remove(&self, id: &str) -> Result<bool> {
        match self {
            Self::File(file) => file.remove(id),
            Self::Fleet(fleet) => fleet.remove(id).await,
        }
    }

    /// Changes what an operator says of an endpoint, and returns it as it is then; nothing if there is none.
    /// `afresh` forgets its trouble, and has sent again what was set aside.
    pub(crate) async fn change(
        &self,
        id: &str,
        afresh: bool,
        change: impl Fn(&mut Endpoint),
    ) -> Result<Option<Endpoint>> {
        // Another operator may be faster, but not for ever.
        while let Some(known) = self.find(id).await? {
            let mut changed = known.clone();
            change(&mut changed);
            changed.revision = known.revision.saturating_add(1);
            let is_changed = match self {
                Self::File(file) => file.replace(&changed, afresh)?,
                Self::Fleet(fleet) => fleet.replace(&changed, known.revision, afresh).await?,
            };
            if is_changed {
                return self.find(id).await;
            }
        }
        Ok(None)
    }

    /// How far an endpoint has come in each book.
    pub(crate) async fn cursors(&self, endpoint: i64) -> Result<Vec<(String, Cursor)>> {
        match self {
            Self::File(file) => file.cursors(endpoint),
            Self::Fleet(fleet) => fleet.cursors(endpoint).await,
        }
    }

    /// What was set aside of an endpoint, the oldest first; only what is to be sent again, or all.
    pub(crate) async fn aside(&self, endpoint: i64, only_again: bool) -> Result<Vec<SetAside>> {
        match self {
            Self::File(file) => file.aside(endpoint, only_again),
            Self::Fleet(fleet) => fleet.aside(endpoint, only_again).await,
        }
    }

    /// How many events of all endpoints are set aside.
    pub(crate) async fn count_aside(&self) -> Result<i64> {
        match self {
            Self::File(file) => file.count_aside(),
            Self::Fleet(fleet) => fleet.count_aside().await,
        }
    }

    /// Notes what whoever sends did: all of it or nothing.
    pub(crate) async fn record(&self, changes: Vec<Change>) -> Result<()> {
        match self {
            Self::File(file) => file.record(&changes),
            Self::Fleet(fleet) => fleet.record(changes).await,
        }
    }
}

/// What an operator has said of an endpoint, and its secrets, as they stand in either home.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    url: String,
    /// Whether its host may have private addresses.
    private: bool,
    /// None stands for all of them.
    merchant: Option<String>,
    /// With spaces between; empty for all of them.
    types: String,
    header: Option<String>,
    secret: String,
    old_secret: Option<String>,
    /// In milliseconds, as all moments here.
    old_until: i64,
    paused: bool,
    created_at: i64,
}

impl Settings {
    fn of(endpoint: &Endpoint) -> Self {
        let types: Vec<_> = endpoint.types.iter().map(|known| known.name()).collect();
        let old = endpoint.old_secret.as_ref();
        Self {
            url: endpoint.target.uri.to_string(),
            private: endpoint.target.is_private(),
            merchant: endpoint.merchant.clone(),
            types: types.join(" "),
            header: endpoint.header.clone(),
            secret: endpoint.secret.reveal().to_owned(),
            old_secret: old.map(|(secret, _)| secret.reveal().to_owned()),
            old_until: old.map_or(0, |(_, until)| until.millis()),
            paused: endpoint.paused,
            created_at: endpoint.created_at.millis(),
        }
    }

    /// The endpoint that has them.
    fn endpoint(
        self,
        number: i64,
        id: String,
        revision: i64,
        trouble: Option<Trouble>,
    ) -> Result<Endpoint> {
        let types = self.types.split_whitespace().map(EventType::from_name);
        let types = types.collect::<refundry::Result<_>>();
        let until = Timestamp::from_millis(self.old_until);
        Ok(Endpoint {
            number,
            id,
            target: Target::new(&self.url, self.private).map_err(StoreError::Damaged)?,
            merchant: self.merchant,
            types: types.map_err(|_| StoreError::Damaged("its types of events"))?,
            header: self.header,
            secret: Secret::from_stored(self.secret),
            old_secret: self.old_secret.map(|old| (Secret::from_stored(old), until)),
            paused: self.paused,
            created_at: Timestamp::from_millis(self.created_at),
            revision,
            trouble,
        })
    }
}
