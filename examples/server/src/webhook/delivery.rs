//! One endpoint's deliveries: one event after the other, each until it has arrived or is set aside.

#[cfg(test)]
pub(super) mod tests;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Bound,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use refundry::{Error, Event, Timestamp};
use refundry_fleet::Error as FleetError;
use tokio::{sync::watch, task::yield_now, time::sleep};

use super::{
    books::{self, Books, PAGE},
    client::{Client, Unsent},
    endpoint::{Cursor, Endpoint, SetAside, Trouble},
    lease::Lease,
    pace::{self, Pace},
    store::{Change, Store, StoreError},
};
use crate::metrics::METRICS;

/// How long to wait after the books or the store of endpoints could not be used.
const AGAIN: Duration = Duration::from_secs(1);

/// How long to wait before it is looked again whether this node may send.
const SOON: Duration = Duration::from_millis(50);

/// What all deliveries share. They run on one thread, and nobody holds any of it while waiting.
pub(crate) struct Office {
    pub(crate) books: Books,
    pub(crate) store: Store,
    pub(crate) lease: Arc<Lease>,
    /// How far endpoints have come, where the store does not say so yet.
    pub(crate) unsaved: RefCell<BTreeMap<(i64, String), Cursor>>,
    /// Whether events may have been set aside, or have arrived that were, since they were counted.
    pub(crate) recount: Cell<bool>,
    /// How many events are on their way.
    pub(crate) sending: Cell<usize>,
    /// Whether nothing more is to be sent.
    pub(crate) closing: Cell<bool>,
    pub(crate) pace: Pace,
}

/// The deliveries of one endpoint.
pub(crate) struct Delivery {
    office: Rc<Office>,
    endpoint: Endpoint,
    client: Client,
    cursors: HashMap<String, Cursor>,
    /// The books that may have events which were not read yet.
    unread: BTreeSet<String>,
    /// Up to which change of the books that is so.
    heard: u64,
    /// Whose events were read last.
    last: String,
    queue: VecDeque<Waiting>,
    /// Whether there may be more that was set aside and is to be sent again. What an operator resumes begins
    /// anew.
    has_again: bool,
}

/// An event that is to be sent.
struct Waiting {
    merchant: String,
    event: Event,
    /// Whether it had been set aside.
    again: bool,
}

/// Why there is nothing to send just now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Hindrance {
    #[error("the ledger: {0}")]
    Ledger(#[from] FleetError),
    #[error("the endpoints: {0}")]
    Store(#[from] StoreError),
}

impl Delivery {
    pub(crate) async fn new(office: &Rc<Office>, endpoint: Endpoint) -> Result<Self, StoreError> {
        let cursors = office.store.cursors(endpoint.number).await?.into_iter().collect();
        Ok(Self {
            client: Client::new(&endpoint.target, office.pace.deadline, Arc::clone(&office.lease)),
            office: Rc::clone(office),
            endpoint,
            cursors,
            unread: BTreeSet::new(),
            heard: 0,
            last: String::new(),
            queue: VecDeque::new(),
            has_again: true,
        })
    }

    /// Delivers whatever there is, and what comes.
    pub(crate) async fn run(mut self, mut news: watch::Receiver<()>) {
        // An event that failed in an earlier run waits as long as it would have then.
        if let Some(trouble) = &self.endpoint.trouble {
            sleep(until(trouble.next_attempt)).await;
        }
        while !self.office.closing.get() {
            let done = match self.read().await {
                Ok(()) if self.queue.is_empty() => match news.changed().await {
                    Ok(()) => Ok(()),
                    Err(_) => return,
                },
                Ok(()) => self.send_next().await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                // The endpoint as it is now is begun with.
                Err(Hindrance::Store(StoreError::Changed)) => return,
                Err(error) => self.hindered(&error).await,
            }
        }
    }

    async fn hindered(&mut self, error: &Hindrance) {
        tracing::error!(endpoint = self.endpoint.id, %error, "webhooks can't go on; trying again");
        self.put_back();
        sleep(AGAIN).await;
    }

    /// Has what was read and not sent read again.
    fn put_back(&mut self) {
        let new = self.queue.drain(..).filter(|waiting| !waiting.again);
        self.unread.extend(new.map(|waiting| waiting.merchant));
    }

    /// Goes on without a book that this node does not serve any more: another may, and it is not to hold up the
    /// other books.
    fn pass_over(&self, error: FleetError) -> Result<(), Hindrance> {
        if !matches!(error, FleetError::Stopped { .. }) {
            return Err(error.into());
        }
        tracing::error!(endpoint = self.endpoint.id, %error, "webhooks pass over a book");
        Ok(())
    }

    /// Reads the event that did not arrive. What was erased meanwhile is no longer in it.
    async fn read_failed(&mut self) -> Result<(), Hindrance> {
        let Some(Trouble { merchant, event, .. }) = &self.endpoint.trouble else { return Ok(()) };
        let aside = self.office.store.aside(self.endpoint.number, true).await?;
        let again = aside.iter().any(|aside| aside.event == *event);
        match self.office.books.event(merchant, event).await {
            Ok(event) => {
                self.queue.push_back(Waiting { merchant: merchant.clone(), event, again });
            }
            // The ledger was restored from an older copy, or the file of endpoints is of a version
            // that did not say which event it was.
            Err(FleetError::Ledger(Error::ResourceMissing { .. })) => self.untroubled(None).await?,
            Err(error) => self.pass_over(error)?,
        }
        Ok(())
    }

    /// Reads what was set aside and is to be sent again.
    async fn read_again(&mut self) -> Result<(), Hindrance> {
        let aside = self.office.store.aside(self.endpoint.number, true).await?;
        for SetAside { merchant, event, .. } in aside {
            match self.office.books.event(&merchant, &event).await {
                Ok(event) => self.queue.push_back(Waiting { merchant, event, again: true }),
                // The ledger was restored from an older copy.
                Err(FleetError::Ledger(Error::ResourceMissing { .. })) => {
                    self.untroubled(Some(self.settled(event, true))).await?;
                }
                Err(error) => self.pass_over(error)?,
            }
        }
        self.has_again = !self.queue.is_empty();
        Ok(())
    }

    /// Reads the next events, of one book after the other.
    async fn read(&mut self) -> Result<(), Hindrance> {
        if self.queue.is_empty() {
            self.read_failed().await?;
        }
        if self.queue.is_empty() && self.has_again {
            self.read_again().await?;
        }
        if !self.queue.is_empty() {
            return Ok(());
        }
        self.hear();
        while let Some(merchant) = self.next_book() {
            let events = match self.after(&merchant).await {
                Err(Hindrance::Ledger(error)) => {
                    self.pass_over(error)?;
                    Vec::new()
                }
                events => events?,
            };
            if events.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                self.unread.remove(&merchant);
            }
            if !events.is_empty() {
                let waiting = |event| Waiting { merchant: merchant.clone(), event, again: false };
                self.queue.extend(events.into_iter().map(waiting));
                self.last = merchant;
                break;
            }
        }
        Ok(())
    }

    /// Learns which books have changed. Whatever is in them after that is told of by another change.
    fn hear(&mut self) {
        let (changed, heard) = self.office.books.changed_after(self.heard);
        self.heard = heard;
        let wanted = changed.into_iter().filter(|merchant| self.endpoint.is_of(merchant));
        let is_new = |merchant: &String| {
            // A node does not take in each book of a fleet to see that all is told of it.
            let end = self.office.books.end(merchant);
            let cursor = self.cursors.get(merchant);
            !cursor.zip(end).is_some_and(|(cursor, end)| books::is_at(cursor, &end))
        };
        self.unread.extend(wanted.filter(is_new));
    }

    /// The next book, in turn, that may have events which were not read yet.
    fn next_book(&self) -> Option<String> {
        let after = (Bound::Excluded(self.last.as_str()), Bound::Unbounded);
        self.unread.range::<str, _>(after).next().or_else(|| self.unread.first()).cloned()
    }

    /// The events of a book after the last that is done with.
    async fn after(&mut self, merchant: &str) -> Result<Vec<Event>, Hindrance> {
        let office = Rc::clone(&self.office);
        let cursor = self.cursors.get(merchant).cloned();
        let last = cursor.as_ref().and_then(|cursor| cursor.event.as_deref());
        if let Some(events) = office.books.after(merchant, last).await? {
            return Ok(events);
        }
        let moment = cursor.map_or(Timestamp::from_millis(0), |cursor| cursor.moment);
        let event = office.books.before(merchant, moment).await?;
        tracing::warn!(
            endpoint = self.endpoint.id,
            merchant,
            "the last event that was sent is not in the book, which was restored from an older copy; \
             going on with what was recorded since"
        );
        self.advance(merchant.to_owned(), Cursor { event: event.clone(), moment });
        Ok(office.books.after(merchant, event.as_deref()).await?.unwrap_or_default())
    }

    /// Notes how far a book is done with. The store is told soon.
    fn advance(&mut self, merchant: String, cursor: Cursor) {
        let key = (self.endpoint.number, merchant.clone());
        self.office.unsaved.borrow_mut().insert(key, cursor.clone());
        self.cursors.insert(merchant, cursor);
    }

    /// Sends the next event, and waits for as long as it then has to wait.
    async fn send_next(&mut self) -> Result<(), Hindrance> {
        let Some(next) = self.queue.front() else { return Ok(()) };
        if !next.again && !self.endpoint.wants(&next.event) {
            self.done();
            // There may be very many, and this thread has other endpoints to look after.
            yield_now().await;
            return Ok(());
        }
        if !self.office.lease.holds() {
            sleep(SOON).await;
            return Ok(());
        }
        let body = next.event.to_json().map_err(FleetError::Ledger)?;
        let begun = Instant::now();
        let on_its_way = OnItsWay::begin(&self.office.sending);
        let sent = self.client.post(&self.endpoint, body, Timestamp::now()).await;
        drop(on_its_way);
        if matches!(sent, Err(Unsent::NotOurs)) {
            return Ok(());
        }
        METRICS
            .webhooks
            .sent(sent.as_ref().map_or_else(Unsent::label, |_| "delivered"), begun.elapsed());
        match sent {
            Ok(status) => self.arrived(status.as_u16()).await,
            Err(unsent) => {
                let pause = self.failed(&unsent).await?;
                sleep(pause).await;
                Ok(())
            }
        }
    }

    async fn arrived(&mut self, status: u16) -> Result<(), Hindrance> {
        let Some(Waiting { event, again, .. }) = self.queue.front() else { return Ok(()) };
        let id = &self.endpoint.id;
        tracing::debug!(endpoint = id, event = event.id, status, "webhook delivered");
        if *again {
            self.untroubled(Some(self.settled(event.id.clone(), true))).await?;
        } else if self.endpoint.trouble.is_some() {
            self.untroubled(None).await?;
        }
        self.done();
        Ok(())
    }

    fn settled(&self, event: String, arrived: bool) -> Change {
        Change::Settle { endpoint: self.endpoint.number, event, arrived }
    }

    /// Notes something, and that nothing is wrong with the next event any more.
    async fn untroubled(&mut self, with: Option<Change>) -> Result<(), Hindrance> {
        self.office.recount.set(self.office.recount.get() || with.is_some());
        let changes = with.into_iter().chain([Change::Trouble(self.endpoint.number, None)]);
        self.office.store.record(changes.collect()).await?;
        self.endpoint.trouble = None;
        Ok(())
    }

    /// Goes on after the first event of the queue.
    fn done(&mut self) {
        let Some(Waiting { merchant, event, again }) = self.queue.pop_front() else { return };
        if !again {
            self.advance(merchant, Cursor { event: Some(event.id), moment: event.created_at });
        }
    }

    /// Notes that the first event of the queue did not arrive, and sets it aside if this has been so for
    /// too long. Returns when to go on.
    async fn failed(&mut self, unsent: &Unsent) -> Result<Duration, Hindrance> {
        let Some(Waiting { merchant, event, .. }) = self.queue.front() else {
            return Ok(Duration::ZERO);
        };
        let now = Timestamp::now();
        let before = self.endpoint.trouble.as_ref().filter(|before| before.event == event.id);
        let since = before.map_or(now, |before| before.since);
        let attempts = before.map_or(0, |before| before.attempts).saturating_add(1);
        let problem = unsent.to_string();
        let (endpoint, id) = (&self.endpoint.id, &event.id);
        if passed(since, now) >= self.office.pace.give_up_after {
            tracing::error!(
                endpoint,
                event = id,
                attempts,
                problem,
                "webhook set aside; `webhook resume` sends it again"
            );
            self.set_aside(now, problem).await?;
            return Ok(Duration::ZERO);
        }
        let pause = pace::pause(attempts, random());
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(endpoint, event = id, attempts, problem, pause_ms, "webhook failed");
        let millis = i64::try_from(pause_ms).unwrap_or(i64::MAX);
        let next_attempt = Timestamp::from_millis(now.millis().saturating_add(millis));
        let (merchant, event) = (merchant.clone(), event.id.clone());
        let trouble = Trouble { merchant, event, since, attempts, next_attempt, problem };
        let change = Change::Trouble(self.endpoint.number, Some(trouble.clone()));
        self.office.store.record_failure(&self.endpoint, vec![change]).await?;
        self.endpoint.trouble = Some(trouble);
        // What is read again has lost the texts that were erased meanwhile.
        self.put_back();
        Ok(pause)
    }

    /// Sets the first event of the queue aside, and goes on after it: both or neither.
    async fn set_aside(&mut self, now: Timestamp, problem: String) -> Result<(), Hindrance> {
        let Some(Waiting { merchant, event, again }) = self.queue.front() else { return Ok(()) };
        let number = self.endpoint.number;
        let mut changes = vec![Change::Trouble(number, None)];
        // Else that could be noted after this.
        let place = (number, merchant.clone());
        let unsaved = self.office.unsaved.borrow_mut().remove(&place);
        if *again {
            changes.push(self.settled(event.id.clone(), false));
        } else {
            let given_up = SetAside {
                event: event.id.clone(),
                r#type: event.event_type.to_string(),
                merchant: merchant.clone(),
                set_aside_at: now,
                problem,
            };
            let cursor = Cursor { event: Some(event.id.clone()), moment: event.created_at };
            changes.push(Change::SetAside(number, given_up));
            changes.push(Change::Advance(number, merchant.clone(), cursor));
        }
        self.office.recount.set(true);
        let noted = self.office.store.record_failure(&self.endpoint, changes).await;
        if let (Err(_), Some(cursor)) = (&noted, unsaved) {
            self.office.unsaved.borrow_mut().entry(place).or_insert(cursor);
        }
        noted?;
        self.endpoint.trouble = None;
        self.done();
        Ok(())
    }
}

/// An event on its way: counted until this value is dropped, also where its endpoint is changed.
struct OnItsWay<'a>(&'a Cell<usize>);

impl<'a> OnItsWay<'a> {
    fn begin(count: &'a Cell<usize>) -> Self {
        count.update(|sending| sending.saturating_add(1));
        Self(count)
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.update(|sending| sending.saturating_sub(1));
    }
}

/// How long it is until a moment.
fn until(moment: Timestamp) -> Duration {
    passed(Timestamp::now(), moment)
}

/// How long it is from one moment to another that is later.
pub(super) fn passed(from: Timestamp, to: Timestamp) -> Duration {
    let millis = to.millis().saturating_sub(from.millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Any number; a machine without luck has none here.
fn random() -> u32 {
    getrandom::u32().unwrap_or(0)
}
