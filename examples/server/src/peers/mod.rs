//! Peers: the other nodes of a fleet that take requests, and at which of them a merchant's book is at home.
//!
//! Two nodes that decide on one book each have to take in what the other recorded. So all nodes
//! send its requests to the same one of them, which each finds by itself. Where they disagree, or are
//! wrong, the engine keeps the book right all the same.

mod address;
mod peer;

use std::{
    io,
    sync::{
        Arc, PoisonError, RwLock,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use hyper::{HeaderMap, Method, header::HeaderValue, http::request::Parts};
use refundry_fleet::{Announced, EngineError, Nodes};
use sha2::{Digest, Sha256};

use self::peer::Peer;
pub(crate) use self::{address::Address, peer::NODE};
use crate::{
    answer::Answer,
    counter::IDEMPOTENCY_KEY,
    metrics::METRICS,
    route::Route,
    store::{Asker, Freshness},
};

/// How often a node says that it is there.
const BEAT: Duration = Duration::from_secs(1);

/// A node that has not said so for this long is not asked.
const LIVE: Duration = Duration::from_secs(5);

type Live = Arc<RwLock<Vec<Arc<Peer>>>>;

/// The other nodes that are there, and what they know this one by.
pub(crate) struct Peers {
    address: String,
    token: HeaderValue,
    live: Live,
}

/// The thread by which a node says that it is there. When this is dropped it says that it goes.
pub(crate) struct Announcer {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Peers {
    /// Begins to announce a node.
    pub(crate) fn announce(nodes: Nodes, address: &Address) -> io::Result<(Self, Announcer)> {
        let token = token()?;
        let shown = HeaderValue::from_str(&token).map_err(io::Error::other)?;
        let this = Announced { address: address.to_string(), token };
        let live = Live::default();
        let peers = Self { address: this.address.clone(), token: shown, live: Arc::clone(&live) };
        let (stop, asked_to_stop) = channel();
        let beat = move || Beat { nodes, this, live }.until(&asked_to_stop);
        let thread = Builder::new().name("announcer".into()).spawn(beat)?;
        Ok((peers, Announcer { stop: Some(stop), thread: Some(thread) }))
    }

    /// Has a request answered where its book is at home. `None` is for what is to be done here: because
    /// this is its home, or nobody could ask it again, or the home has not answered.
    pub(crate) async fn answer(
        &self,
        route: Route,
        asker: &Asker,
        head: &Parts,
        body: &[u8],
    ) -> Option<Answer> {
        let may_be_repeated =
            head.method != Method::POST || head.headers.contains_key(IDEMPOTENCY_KEY);
        let is_fresh = asker.freshness == Freshness::Newest;
        if !route.is_of_a_book() || !is_fresh || !may_be_repeated || head.headers.contains_key(NODE)
        {
            return None;
        }
        let home = self.home(&asker.merchant_id)?;
        let answered = home.ask(head, body).await;
        METRICS.forwarded(answered.as_ref().map_or_else(|why| why.label(), |_| "answered"));
        answered.ok()
    }

    /// What the answer to a request has to carry, if it was this node that a peer meant.
    pub(crate) fn token_asked_for(&self, asked: &HeaderMap) -> Option<HeaderValue> {
        (asked.get(NODE) == Some(&self.token)).then(|| self.token.clone())
    }

    /// The node where a merchant's book is at home, unless that is this one: the one whose number, drawn by
    /// its address and the merchant, is the highest. When a node comes or goes, only its books move.
    fn home(&self, merchant: &str) -> Option<Arc<Peer>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let highest = live.iter().max_by_key(|peer| rank(&peer.announced.address, merchant))?;
        let is_elsewhere =
            rank(&highest.announced.address, merchant) > rank(&self.address, merchant);
        is_elsewhere.then(|| Arc::clone(highest))
    }
}

fn rank(address: &str, merchant: &str) -> [u8; 32] {
    // No address has a blank in it.
    Sha256::new().chain_update(address).chain_update(" ").chain_update(merchant).finalize().into()
}

/// 128 random bits, by which nodes know each other's answers.
fn token() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been printed.
            let _ = thread.join();
        }
    }
}

/// What the announcer's thread has.
struct Beat {
    nodes: Nodes,
    this: Announced,
    live: Live,
}

impl Beat {
    /// Says once a second that the node is there, until it is asked to stop; and says then that it goes.
    fn until(mut self, asked_to_stop: &Receiver<()>) {
        let mut heard_at = Instant::now();
        let mut is_heard = true;
        loop {
            match self.nodes.announce(&self.this, LIVE) {
                Ok(others) => {
                    self.hear(others);
                    heard_at = Instant::now();
                    is_heard = true;
                }
                Err(error) => {
                    if is_heard {
                        not_announced(&error);
                    }
                    is_heard = false;
                    if heard_at.elapsed() > LIVE {
                        self.hear(Vec::new());
                    }
                }
            }
            if asked_to_stop.recv_timeout(BEAT) != Err(RecvTimeoutError::Timeout) {
                break;
            }
        }
        // If it can't, others notice after a while.
        let _ = self.nodes.leave(&self.this);
    }

    /// Notes who else is there. Who was there before keeps its connections.
    fn hear(&self, others: Vec<Announced>) {
        let known = self.live.read().unwrap_or_else(PoisonError::into_inner).clone();
        let peers: Vec<_> = others.into_iter().filter_map(|other| peer(&known, other)).collect();
        let count = i64::try_from(peers.len()).unwrap_or(i64::MAX);
        METRICS.peers.set(count);
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = peers;
    }
}

fn peer(known: &[Arc<Peer>], announced: Announced) -> Option<Arc<Peer>> {
    if let Some(peer) = known.iter().find(|peer| peer.announced == announced) {
        return Some(Arc::clone(peer));
    }
    let address = announced.address.clone();
    match Peer::of(announced) {
        Ok(peer) => {
            tracing::info!(address, "another node takes requests");
            Some(Arc::new(peer))
        }
        Err(why) => {
            tracing::debug!(address, why, "a node was announced at an address that is not used");
            None
        }
    }
}

fn not_announced(error: &EngineError) {
    tracing::warn!(%error, "this node can't be announced to others now; each serves what it is asked meanwhile");
}
