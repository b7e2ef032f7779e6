//! Moving all endpoints from one home to the other, with how far each has come. At every moment one home has them,
//! so that nothing is left out and nothing is sent by both; and the move can be begun again where it was cut off:
//!
//! 1. The old home is held, so that nothing goes on in it.
//! 2. They are put down in the new home, where nobody is shown them yet.
//! 3. The old home forgets them.
//! 4. The new home begins with them.

use std::time::{Duration, Instant};

use refundry_fleet::Sender;
use tokio::time::sleep;

use super::{Listed, Result, Store, StoreError, Unreadable};
use crate::webhook::endpoint::{Cursor, Endpoint, SetAside};

/// An endpoint, and all that is known of it.
pub(crate) struct Whole {
    pub(crate) endpoint: Endpoint,
    pub(crate) cursors: Vec<(String, Cursor)>,
    /// What was set aside, and whether it is to be sent again.
    pub(crate) aside: Vec<(SetAside, bool)>,
}

/// How long to wait for the place of a node that was lost.
const PATIENCE: Duration = Duration::from_secs(8);

/// Moves all endpoints, and tells how many began in the new home. Both homes are used by nobody else for a while,
/// or nothing is changed.
pub(crate) async fn carry(from: &Store, to: &Store) -> Result<usize> {
    if from.count_staged().await? > 0 {
        return Err(StoreError::CutOff);
    }
    from.hold().await?;
    let all = from.all().await?;
    let there = to.list().await?;
    let there = there.endpoints.iter().map(|one| &one.id);
    let mut there = there.filter(|id| all.iter().any(|whole| whole.endpoint.id == **id));
    if let Some(id) = there.next() {
        return Err(StoreError::AlreadyThere(id.clone()));
    }
    for whole in &all {
        to.stage(whole).await?;
    }
    let left = from.forget(&all).await?;
    for id in &left {
        to.unstage(id).await?;
    }
    let begun = to.activate().await?;
    if left.is_empty() { Ok(begun) } else { Err(StoreError::Changed) }
}

impl Store {
    async fn all(&self) -> Result<Vec<Whole>> {
        let Listed { endpoints, unreadable } = self.list().await?;
        if let Some(Unreadable { id, what }) = unreadable.into_iter().next() {
            return Err(StoreError::Unreadable { id, what });
        }
        let mut all = Vec::new();
        for endpoint in endpoints {
            let cursors = self.cursors(endpoint.number).await?;
            let again = self.aside(endpoint.number, true).await?;
            let aside = self.aside(endpoint.number, false).await?.into_iter();
            // Both are in the same order.
            let mut again = again.into_iter().peekable();
            let aside = aside.map(|event| {
                let is_again = again.next_if(|next| next.event == event.event).is_some();
                (event, is_again)
            });
            all.push(Whole { endpoint, cursors, aside: aside.collect() });
        }
        Ok(all)
    }

    /// Keeps others from sending, or from noting what they sent.
    async fn hold(&self) -> Result<()> {
        let fleet = match self {
            Self::File(file) => return file.hold(),
            Self::Fleet(fleet) => fleet,
        };
        let begun = Instant::now();
        while fleet.take().await? == Sender::Another {
            if begun.elapsed() > PATIENCE {
                return Err(StoreError::StillSending);
            }
            sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    async fn stage(&self, whole: &Whole) -> Result<()> {
        match self {
            Self::File(file) => file.stage(whole),
            Self::Fleet(fleet) => fleet.stage(whole).await,
        }
    }

    async fn unstage(&self, id: &str) -> Result<()> {
        match self {
            Self::File(file) => file.unstage(id),
            Self::Fleet(fleet) => fleet.unstage(id).await,
        }
    }

    async fn count_staged(&self) -> Result<i64> {
        match self {
            Self::File(file) => file.count_staged(),
            Self::Fleet(fleet) => fleet.count_staged().await,
        }
    }

    async fn activate(&self) -> Result<usize> {
        match self {
            Self::File(file) => file.activate(),
            Self::Fleet(fleet) => fleet.activate().await,
        }
    }

    /// Forgets endpoints. Returns the ids of those that an operator has changed meanwhile, and which stay.
    async fn forget(&self, all: &[Whole]) -> Result<Vec<String>> {
        match self {
            Self::File(file) => file.forget().map(|()| Vec::new()),
            Self::Fleet(fleet) => fleet.forget(all).await,
        }
    }
}
