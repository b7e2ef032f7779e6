//! One endpoint's deliveries: one event after the other, each until it has arrived or is set aside.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, VecDeque},
    ops::Bound,
    rc::Rc,
    time::{Duration, Instant},
};

use refundry::{Error, Event, Timestamp};
use tokio::{sync::watch, task::yield_now, time::sleep};

use super::{
    books::{Books, PAGE},
    client::{Client, Unsent},
    endpoint::{Cursor, Endpoint, SetAside, Trouble},
    pace::{self, Pace},
    store::{Store, StoreError},
};
use crate::metrics::METRICS;

/// How long to wait after the ledger or the file of endpoints could not be used.
const AGAIN: Duration = Duration::from_secs(1);

/// What all deliveries share. They run on one thread, and nobody holds any of it while waiting.
pub(crate) struct Office {
    pub(crate) books: RefCell<Books>,
    pub(crate) store: RefCell<Store>,
    /// How far endpoints have come, where the file does not say so yet.
    pub(crate) unsaved: RefCell<BTreeMap<(i64, String), Cursor>>,
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
    /// Where each book ended when its events were read last, where all of them were read.
    looked: HashMap<String, i64>,
    /// Whose events were read last.
    last: String,
    queue: VecDeque<Waiting>,
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
enum Hindrance {
    #[error("the ledger: {0}")]
    Ledger(#[from] Error),
    #[error("the file of endpoints: {0}")]
    Store(#[from] StoreError),
}

impl Delivery {
    pub(crate) fn new(office: &Rc<Office>, endpoint: Endpoint) -> Result<Self, StoreError> {
        let cursors = office.store.borrow().cursors(endpoint.number)?.into_iter().collect();
        Ok(Self {
            client: Client::new(&endpoint.target, office.pace.deadline),
            office: Rc::clone(office),
            endpoint,
            cursors,
            looked: HashMap::new(),
            last: String::new(),
            queue: VecDeque::new(),
        })
    }

    /// Delivers whatever there is, and what comes.
    pub(crate) async fn run(mut self, mut news: watch::Receiver<()>) {
        // An event that failed in an earlier run waits as long as it would have then.
        if let Some(trouble) = &self.endpoint.trouble {
            sleep(until(trouble.next_attempt)).await;
        }
        while !self.office.closing.get() {
            let done = match self.read() {
                Ok(()) if self.queue.is_empty() => match news.changed().await {
                    Ok(()) => Ok(()),
                    Err(_) => return,
                },
                Ok(()) => self.send_next().await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                self.hindered(&error).await;
            }
        }
    }

    async fn hindered(&mut self, error: &Hindrance) {
        tracing::error!(endpoint = self.endpoint.id, %error, "webhooks can't go on; trying again");
        self.queue.clear();
        self.looked.clear();
        sleep(AGAIN).await;
    }

    /// Reads the event that did not arrive. What was erased meanwhile is no longer in it.
    fn read_failed(&mut self) -> Result<(), Hindrance> {
        let Some(Trouble { merchant, event, .. }) = &self.endpoint.trouble else { return Ok(()) };
        let number = self.endpoint.number;
        let aside = self.office.store.borrow().aside(number, true)?;
        let again = aside.iter().any(|aside| aside.event == *event);
        let found = self.office.books.borrow_mut().event(merchant, event);
        match found {
            Ok(event) => {
                self.queue.push_back(Waiting { merchant: merchant.clone(), event, again });
            }
            // The ledger was restored from an older copy, or the file of endpoints is of a version
            // that did not say which event it was.
            Err(Error::ResourceMissing { .. }) => {
                self.office.store.borrow().note(number, None)?;
                self.endpoint.trouble = None;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Reads what was set aside and is to be sent again.
    fn read_again(&mut self) -> Result<(), Hindrance> {
        let aside = self.office.store.borrow().aside(self.endpoint.number, true)?;
        for SetAside { merchant, event, .. } in aside {
            match self.office.books.borrow_mut().event(&merchant, &event) {
                Ok(event) => self.queue.push_back(Waiting { merchant, event, again: true }),
                // The ledger was restored from an older copy.
                Err(Error::ResourceMissing { .. }) => {
                    self.office.store.borrow_mut().settle(self.endpoint.number, &event, true)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads the next events, of one book after the other.
    fn read(&mut self) -> Result<(), Hindrance> {
        if self.queue.is_empty() {
            self.read_failed()?;
        }
        if self.queue.is_empty() {
            self.read_again()?;
        }
        if !self.queue.is_empty() {
            return Ok(());
        }
        let office = Rc::clone(&self.office);
        let mut books = office.books.borrow_mut();
        let after = (Bound::Excluded(self.last.as_str()), Bound::Unbounded);
        let up_to = (Bound::Unbounded, Bound::Included(self.last.as_str()));
        let ends = books.ends();
        let round = ends.range::<str, _>(after).chain(ends.range::<str, _>(up_to));
        let news: Vec<_> = round
            .filter(|(merchant, end)| {
                self.endpoint.is_of(merchant) && self.looked.get(*merchant) != Some(end)
            })
            .map(|(merchant, end)| (merchant.clone(), *end))
            .collect();
        for (merchant, end) in news {
            let events = self.after(&mut books, &merchant)?;
            if events.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
                self.looked.insert(merchant.clone(), end);
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

    /// The events of a book after the last that is done with.
    fn after(&mut self, books: &mut Books, merchant: &str) -> Result<Vec<Event>, Hindrance> {
        let cursor = self.cursors.get(merchant).cloned();
        let last = cursor.as_ref().and_then(|cursor| cursor.event.as_deref());
        if let Some(events) = books.after(merchant, last)? {
            return Ok(events);
        }
        let moment = cursor.map_or(Timestamp::from_millis(0), |cursor| cursor.moment);
        let event = books.before(merchant, moment)?;
        tracing::warn!(
            endpoint = self.endpoint.id,
            merchant,
            "the last event that was sent is not in the book, which was restored from an older copy; \
             going on with what was recorded since"
        );
        self.advance(merchant.to_owned(), Cursor { event: event.clone(), moment });
        Ok(books.after(merchant, event.as_deref())?.unwrap_or_default())
    }

    /// Notes how far a book is done with. The file is told soon.
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
        let body = next.event.to_json()?;
        let begun = Instant::now();
        let on_its_way = OnItsWay::begin(&self.office.sending);
        let sent = self.client.post(&self.endpoint, body, Timestamp::now()).await;
        drop(on_its_way);
        METRICS
            .webhooks
            .sent(sent.as_ref().map_or_else(Unsent::label, |_| "delivered"), begun.elapsed());
        match sent {
            Ok(status) => self.arrived(status.as_u16()),
            Err(unsent) => {
                let pause = self.failed(&unsent)?;
                sleep(pause).await;
                Ok(())
            }
        }
    }

    fn arrived(&mut self, status: u16) -> Result<(), Hindrance> {
        let Some(Waiting { event, again, .. }) = self.queue.front() else { return Ok(()) };
        let id = &self.endpoint.id;
        tracing::debug!(endpoint = id, event = event.id, status, "webhook delivered");
        let number = self.endpoint.number;
        if *again {
            self.office.store.borrow_mut().settle(number, &event.id, true)?;
        } else if self.endpoint.trouble.is_some() {
            self.office.store.borrow().note(number, None)?;
        }
        self.endpoint.trouble = None;
        self.done();
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
    fn failed(&mut self, unsent: &Unsent) -> Result<Duration, Hindrance> {
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
            self.set_aside(now, problem)?;
            return Ok(Duration::ZERO);
        }
        let pause = pace::pause(attempts, random());
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(endpoint, event = id, attempts, problem, pause_ms, "webhook failed");
        let millis = i64::try_from(pause_ms).unwrap_or(i64::MAX);
        let next_attempt = Timestamp::from_millis(now.millis().saturating_add(millis));
        let (merchant, event) = (merchant.clone(), event.id.clone());
        let trouble = Trouble { merchant, event, since, attempts, next_attempt, problem };
        self.office.store.borrow().note(self.endpoint.number, Some(&trouble))?;
        self.endpoint.trouble = Some(trouble);
        // What is read again has lost the texts that were erased meanwhile.
        self.queue.clear();
        self.looked.clear();
        Ok(pause)
    }

    fn set_aside(&mut self, now: Timestamp, problem: String) -> Result<(), Hindrance> {
        let Some(Waiting { merchant, event, again }) = self.queue.front() else { return Ok(()) };
        let mut store = self.office.store.borrow_mut();
        if *again {
            store.settle(self.endpoint.number, &event.id, false)?;
        } else {
            let given_up = SetAside {
                event: event.id.clone(),
                r#type: event.event_type.to_string(),
                merchant: merchant.clone(),
                set_aside_at: now,
                problem,
            };
            let cursor = Cursor { event: Some(event.id.clone()), moment: event.created_at };
            store.set_aside(self.endpoint.number, &given_up, &cursor)?;
        }
        drop(store);
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
fn passed(from: Timestamp, to: Timestamp) -> Duration {
    let millis = to.millis().saturating_sub(from.millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// Any number; a machine without luck has none here.
fn random() -> u32 {
    getrandom::u32().unwrap_or(0)
}
