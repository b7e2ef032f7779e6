//! Endpoints in a fleet's database. It is asked by a thread of its own, because what sends must not wait where
//! it answers late.

use std::{
    io,
    sync::mpsc::{self, channel},
    thread::Builder,
    time::Duration,
};

use refundry::{Mark, Timestamp};
use refundry_fleet::{
    self as fleet, Endpoints, EngineError, EventAside, Head, Noted, Place, Sender, StoredEndpoint,
};
use tokio::sync::oneshot;

use super::{Change, Listed, Result, Settings, StoreError, Unreadable, moving::Whole};
use crate::webhook::endpoint::{Cursor, Endpoint, SetAside};

/// How long a sender stays the sender without coming for it.
pub(crate) const TIME: Duration = Duration::from_secs(5);

/// How many books are asked at once where they end.
pub(crate) const PAGE: u32 = 1_000;

type Errand = Box<dyn FnOnce(&mut Endpoints) + Send>;

/// Where questions to the database are handed in. The thread leaves with the last of these.
#[derive(Clone)]
pub(crate) struct Clerk(mpsc::Sender<Errand>);

impl Clerk {
    pub(crate) fn start(mut endpoints: Endpoints) -> io::Result<Self> {
        let (errands, asked) = channel::<Errand>();
        let work = move || asked.into_iter().for_each(|errand| errand(&mut endpoints));
        Builder::new().name("webhooks' clerk".into()).spawn(work)?;
        Ok(Self(errands))
    }

    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Endpoints) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let (reply, answer) = oneshot::channel();
        // Whoever asked may have gone.
        let errand = move |endpoints: &mut Endpoints| _ = reply.send(ask(endpoints));
        let _ = self.0.send(Box::new(errand));
        let broken = || EngineError::Unavailable("the thread that asks it broke down".into());
        answer.await.unwrap_or_else(|_| Err(broken()))
    }

    /// Where every book ends.
    pub(crate) async fn all_ends(&self) -> Result<Vec<(String, Mark)>, EngineError> {
        let mut all: Vec<(String, Mark)> = Vec::new();
        loop {
            let after = all.last().map_or_else(String::new, |(merchant, _)| merchant.clone());
            let page = self.ask(move |endpoints| endpoints.ends(&after, PAGE)).await?;
            let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            all.extend(page.into_iter().map(|Head { merchant, mark }| (merchant, mark)));
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// The endpoints of a fleet, as an operator's command or a sender sees them.
pub(crate) struct Fleet {
    clerk: Clerk,
    /// Under which name it sends, if it does.
    holder: String,
}

impl Fleet {
    /// For a command, which sends nothing.
    pub(crate) const fn of_operator(clerk: Clerk) -> Self {
        Self::of_sender(clerk, String::new())
    }

    pub(crate) const fn of_sender(clerk: Clerk, holder: String) -> Self {
        Self { clerk, holder }
    }

    /// Stays the sender for another while. Tells whether it still was.
    pub(crate) async fn renew(&self) -> Result<bool> {
        let holder = self.holder.clone();
        Ok(self.clerk.ask(move |endpoints| endpoints.renew(&holder, TIME)).await?)
    }

    /// Has another node send from now on.
    pub(crate) async fn leave(&self) -> Result<()> {
        let holder = self.holder.clone();
        Ok(self.clerk.ask(move |endpoints| endpoints.leave(&holder)).await?)
    }

    /// Becomes the sender, if none is and there is something to send to.
    pub(super) async fn take(&self) -> Result<Sender> {
        let holder = self.holder.clone();
        Ok(self.clerk.ask(move |endpoints| endpoints.take(&holder, TIME)).await?)
    }

    pub(super) async fn stage(&self, whole: &Whole) -> Result<()> {
        let endpoint = in_store(&whole.endpoint)?;
        let places: Vec<_> = whole.cursors.iter().cloned().map(place).collect();
        let aside = whole.aside.iter().cloned();
        let aside: Vec<_> = aside.map(|(event, again)| (given_up(event), again)).collect();
        let ask = move |endpoints: &mut Endpoints| endpoints.stage(&endpoint, &places, &aside);
        Ok(self.clerk.ask(ask).await?)
    }

    pub(super) async fn unstage(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        Ok(self.clerk.ask(move |endpoints| endpoints.unstage(&id)).await?)
    }

    pub(super) async fn count_staged(&self) -> Result<i64> {
        Ok(self.clerk.ask(Endpoints::count_staged).await?)
    }

    pub(super) async fn activate(&self) -> Result<usize> {
        Ok(self.clerk.ask(Endpoints::activate).await?)
    }

    /// Forgets endpoints, and returns the ids of those that stay because they were changed.
    pub(super) async fn forget(&self, all: &[Whole]) -> Result<Vec<String>> {
        let known =
            all.iter().map(|whole| in_store(&whole.endpoint)).collect::<Result<Vec<_>>>()?;
        let mut left: Vec<_> = known.iter().map(|endpoint| endpoint.id.clone()).collect();
        let holder = self.holder.clone();
        let gone = self.clerk.ask(move |endpoints| endpoints.forget(&holder, &known)).await?;
        left.retain(|id| !gone.contains(id));
        self.leave().await?;
        Ok(left)
    }

    pub(super) async fn add(&self, new: &Endpoint, begin: &[(String, Cursor)]) -> Result<()> {
        let (id, settings) = (new.id.clone(), written(new)?);
        let begin: Vec<_> = begin.iter().cloned().map(place).collect();
        Ok(self.clerk.ask(move |endpoints| endpoints.add(&id, &settings, &begin)).await?)
    }

    pub(super) async fn list(&self) -> Result<Listed> {
        Ok(self.clerk.ask(Endpoints::list).await?.into_iter().map(read).collect())
    }

    pub(super) async fn remove(&self, id: &str) -> Result<bool> {
        let id = id.to_owned();
        Ok(self.clerk.ask(move |endpoints| endpoints.remove(&id)).await?)
    }

    pub(super) async fn replace(
        &self,
        changed: &Endpoint,
        revision: i64,
        afresh: bool,
    ) -> Result<bool> {
        let (id, settings) = (changed.id.clone(), written(changed)?);
        let change =
            move |endpoints: &mut Endpoints| endpoints.change(&id, revision, &settings, afresh);
        Ok(self.clerk.ask(change).await?)
    }

    pub(super) async fn cursors(&self, endpoint: i64) -> Result<Vec<(String, Cursor)>> {
        let places = self.clerk.ask(move |endpoints| endpoints.cursors(endpoint)).await?;
        let cursor = |Place { merchant, event, moment }| {
            (merchant, Cursor { event, moment: Timestamp::from_millis(moment) })
        };
        Ok(places.into_iter().map(cursor).collect())
    }

    pub(super) async fn aside(&self, endpoint: i64, only_again: bool) -> Result<Vec<SetAside>> {
        let ask = move |endpoints: &mut Endpoints| endpoints.aside(endpoint, only_again);
        let set_aside = |EventAside { event, r#type, merchant, moment, problem }| {
            let set_aside_at = Timestamp::from_millis(moment);
            SetAside { event, r#type, merchant, set_aside_at, problem }
        };
        Ok(self.clerk.ask(ask).await?.into_iter().map(set_aside).collect())
    }

    pub(super) async fn count_aside(&self) -> Result<i64> {
        Ok(self.clerk.ask(Endpoints::count_aside).await?)
    }

    /// Notes changes; only if an endpoint still has a revision, if one is named.
    pub(super) async fn record(
        &self,
        changes: Vec<Change>,
        unchanged: Option<(i64, i64)>,
    ) -> Result<()> {
        let changes = changes.into_iter().map(stored).collect::<Result<Vec<_>>>()?;
        let holder = self.holder.clone();
        let ask = move |endpoints: &mut Endpoints| endpoints.record(&holder, unchanged, &changes);
        match self.clerk.ask(ask).await? {
            Noted::Whole => Ok(()),
            Noted::Changed => Err(StoreError::Changed),
            Noted::TakenOver => Err(StoreError::TakenOver),
        }
    }
}

fn written(endpoint: &Endpoint) -> Result<String> {
    serde_json::to_string(&Settings::of(endpoint)).map_err(|_| StoreError::Unwritable)
}

fn read(stored: StoredEndpoint) -> Result<Endpoint, Unreadable> {
    let StoredEndpoint { number, id, revision, settings, trouble } = stored;
    let unreadable = |what| Unreadable { id: id.clone(), what };
    let settings: Settings = serde_json::from_str(&settings)
        .map_err(|_| unreadable("it has a setting that is not known"))?;
    let trouble = trouble.map(|trouble| serde_json::from_str(&trouble)).transpose();
    let trouble = trouble.map_err(|_| unreadable("what is wrong with its next event"))?;
    settings.endpoint(number, id, revision, trouble)
}

fn in_store(endpoint: &Endpoint) -> Result<StoredEndpoint> {
    let trouble = endpoint.trouble.as_ref().map(serde_json::to_string).transpose();
    Ok(StoredEndpoint {
        number: endpoint.number,
        id: endpoint.id.clone(),
        revision: endpoint.revision,
        settings: written(endpoint)?,
        trouble: trouble.map_err(|_| StoreError::Unwritable)?,
    })
}

fn given_up(SetAside { event, r#type, merchant, set_aside_at, problem }: SetAside) -> EventAside {
    EventAside { event, r#type, merchant, moment: set_aside_at.millis(), problem }
}

fn place((merchant, Cursor { event, moment }): (String, Cursor)) -> Place {
    Place { merchant, event, moment: moment.millis() }
}

fn stored(change: Change) -> Result<fleet::Change> {
    Ok(match change {
        Change::Advance(endpoint, merchant, cursor) => {
            fleet::Change::Advance(endpoint, place((merchant, cursor)))
        }
        Change::Trouble(endpoint, trouble) => {
            let written = trouble.map(|trouble| serde_json::to_string(&trouble)).transpose();
            fleet::Change::Trouble(endpoint, written.map_err(|_| StoreError::Unwritable)?)
        }
        Change::SetAside(endpoint, event) => fleet::Change::SetAside(endpoint, given_up(event)),
        Change::Settle { endpoint, event, arrived } => {
            fleet::Change::Settle { endpoint, event, arrived }
        }
    })
}
