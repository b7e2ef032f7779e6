//! Where endpoints stand, and how far each has come: in a [file](mod@file) beside a ledger, or in a
//! [fleet's database](fleet). Both keep what they are told, and no rule: what an operator's word changes, and what
//! becomes of an event, is said by those who tell them.

pub(crate) mod file;
pub(crate) mod fleet;
pub(crate) mod moving;

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
    #[error("an endpoint can't be written as JSON")]
    Unwritable,
    #[error("the endpoint {id} can't be read: {what}; use the version that wrote it, or remove it")]
    Unreadable { id: String, what: &'static str },
    #[error("an operator changed the endpoint meanwhile")]
    Changed,
    #[error("the database: {0}")]
    Database(#[from] EngineError),
    #[error("a node of the fleet still sends webhooks; stop the nodes, and move again")]
    StillSending,
    #[error("a move of endpoints to here was cut off; run it again to its end first")]
    CutOff,
    #[error(
        "the endpoint {0} is at both places; remove it at the one that is an old copy, and move again"
    )]
    AlreadyThere(String),
    #[error("another node sends now")]
    TakenOver,
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Every endpoint, the oldest first.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// An endpoint that this program can't read: a newer one wrote it, or it is damaged. To send it what this one
/// understands could be too much, so it gets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) id: String,
    /// What of it.
    pub(crate) what: &'static str,
}

impl FromIterator<Result<Endpoint, Unreadable>> for Listed {
    fn from_iter<I: IntoIterator<Item = Result<Endpoint, Unreadable>>>(read: I) -> Self {
        let mut listed = Self::default();
        for one in read {
            match one {
                Ok(endpoint) => listed.endpoints.push(endpoint),
                Err(unreadable) => listed.unreadable.push(unreadable),
            }
        }
        listed
    }
}

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

    /// Every endpoint.
    pub(crate) async fn list(&self) -> Result<Listed> {
        match self {
            Self::File(file) => file.list(),
            Self::Fleet(fleet) => fleet.list().await,
        }
    }

    /// An endpoint by its id.
    pub(crate) async fn find(&self, id: &str) -> Result<Option<Endpoint>> {
        let Listed { endpoints, unreadable } = self.list().await?;
        match unreadable.into_iter().find(|one| one.id == id) {
            Some(Unreadable { id, what }) => Err(StoreError::Unreadable { id, what }),
            None => Ok(endpoints.into_iter().find(|endpoint| endpoint.id == id)),
        }
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
            Self::Fleet(fleet) => fleet.record(changes, None).await,
        }
    }

    /// Notes that an endpoint failed: all of it, or nothing where an operator has changed the endpoint since it
    /// was read. What has failed before it was resumed must not hold it up again.
    pub(crate) async fn record_failure(
        &self,
        endpoint: &Endpoint,
        changes: Vec<Change>,
    ) -> Result<()> {
        let unchanged = (endpoint.number, endpoint.revision);
        match self {
            Self::File(file) => file.record_if(unchanged, &changes),
            Self::Fleet(fleet) => fleet.record(changes, Some(unchanged)).await,
        }
    }
}

/// What an operator has said of an endpoint, and its secrets, as they stand in either home.
#[derive(Serialize, Deserialize)]
// A setting that is not known may be one that leaves events out.
#[serde(rename_all = "camelCase", deny_unknown_fields)]
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
    ) -> Result<Endpoint, Unreadable> {
        let unreadable = |what| Unreadable { id: id.clone(), what };
        let types = self.types.split_whitespace().map(EventType::from_name);
        let types = types.collect::<refundry::Result<_>>();
        let types = types.map_err(|_| unreadable("it wants events of a type that is not known"))?;
        let target = Target::new(&self.url, self.private)
            .map_err(|_| unreadable("its URL is none that may be sent to"))?;
        let until = Timestamp::from_millis(self.old_until);
        Ok(Endpoint {
            number,
            id,
            target,
            merchant: self.merchant,
            types,
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
