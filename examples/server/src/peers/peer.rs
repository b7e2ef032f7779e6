//! A peer: another node of the fleet, to which requests are sent whose books are at home there.
//!
//! Only what may be done again is sent: what a peer does not answer, or not well, is done here.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION},
    http::request::Parts,
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use refundry_fleet::Announced;
use tokio::{sync::Semaphore, time::timeout};

use super::address::Address;
use crate::{
    answer::{self, Answer, Forwarded, REPLAYED},
    counter::IDEMPOTENCY_KEY,
    record::REQUEST_ID,
    webhook::{client::tls, reach::Resolver},
};

/// A request that has it is not sent on. It names the node that is meant, and so does that one's answer.
pub(crate) const NODE: HeaderName = HeaderName::from_static("refundry-node");

/// How long a peer has for an answer. One that takes longer stands still, or waits for the database.
const DEADLINE: Duration = Duration::from_secs(2);

/// How long a request waits while others are on their way to the same peer.
const WAIT: Duration = Duration::from_millis(500);

/// How long to connect may take.
const CONNECT: Duration = Duration::from_millis(500);

/// How long a peer is left alone that could not be reached.
const PAUSE: Duration = Duration::from_secs(5);

/// The most requests to a peer at a time: its other connections are for its own clients.
const PLACES: usize = 128;

/// How long a connection is kept: a server closes it after ten seconds.
const IDLE: Duration = Duration::from_secs(8);

/// The largest answer that is passed on: a page of a hundred objects is smaller.
const LARGEST: usize = 4 * 1024 * 1024;

/// What a server reads of a request's headers, and what of an answer's headers clients need.
const ASKED: [HeaderName; 4] = [AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING, IDEMPOTENCY_KEY];
const ANSWERED: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, REPLAYED, REQUEST_ID];

/// Why a peer's answer is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// It could not be reached lately.
    Paused,
    /// Too many requests to it are on their way.
    Full,
    /// There is no way to it, or it ended before it answered.
    Unreachable,
    /// It did not answer in time.
    Late,
    /// What answers is not the node that was meant.
    Stranger,
    /// It says that it can't serve this, or too much. And whose key is good each node says for itself.
    Refused,
}

impl Unanswered {
    /// What it is counted as.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Full => "full",
            Self::Unreachable => "unreachable",
            Self::Late => "late",
            Self::Stranger => "stranger",
            Self::Refused => "refused",
        }
    }

    /// Whether the next request would end in the same way.
    const fn may_last(self) -> bool {
        matches!(self, Self::Unreachable | Self::Late | Self::Stranger)
    }
}

pub(crate) struct Peer {
    pub(crate) announced: Announced,
    address: Address,
    token: HeaderValue,
    pool: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    places: Semaphore,
    paused_at: Mutex<Option<Instant>>,
}

impl Peer {
    /// A node that was announced, if its address is one to which keys may be sent.
    pub(crate) fn of(announced: Announced) -> Result<Self, &'static str> {
        let address = Address::parse(&announced.address)?;
        let token = HeaderValue::from_str(&announced.token).map_err(|_| "its token is no word")?;
        let mut http = HttpConnector::new_with_resolver(Resolver(address.reach()));
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(address.is_secure()))
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let mut pool = Client::builder(TokioExecutor::new());
        pool.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new()).pool_max_idle_per_host(PLACES);
        let (pool, places) = (pool.build(connector), Semaphore::new(PLACES));
        Ok(Self { announced, address, token, pool, places, paused_at: Mutex::default() })
    }

    /// Sends a request on, and returns what is answered. It is one that may be done again.
    pub(crate) async fn ask(&self, head: &Parts, body: &[u8]) -> Result<Answer, Unanswered> {
        if self.is_paused() {
            return Err(Unanswered::Paused);
        }
        let asked = self.request(head, body).ok_or(Unanswered::Refused)?;
        // To wait for a place costs less than to meet the home at its book.
        let place = timeout(WAIT, self.places.acquire()).await;
        let _place = place.ok().and_then(Result::ok).ok_or(Unanswered::Full)?;
        if self.is_paused() {
            return Err(Unanswered::Paused);
        }
        let answered = timeout(DEADLINE, self.exchange(asked)).await;
        answered.unwrap_or(Err(Unanswered::Late)).inspect_err(|why| {
            if why.may_last() {
                *self.paused() = Some(Instant::now());
            }
        })
    }

    fn paused(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.paused_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_paused(&self) -> bool {
        self.paused().is_some_and(|since| since.elapsed() < PAUSE)
    }

    fn request(&self, head: &Parts, body: &[u8]) -> Option<Request<Full<Bytes>>> {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let uri: Uri = self.address.with(target)?;
        // Of a HEAD the answer's length is wanted, which has to be known here.
        let is_post = head.method == Method::POST;
        let method = if is_post { Method::POST } else { Method::GET };
        let mut asked = Request::new(Full::new(Bytes::copy_from_slice(body)));
        (*asked.method_mut(), *asked.uri_mut()) = (method, uri);
        copy(&ASKED, &head.headers, asked.headers_mut());
        asked.headers_mut().insert(NODE, self.token.clone());
        Some(asked)
    }

    async fn exchange(&self, asked: Request<Full<Bytes>>) -> Result<Answer, Unanswered> {
        let answered = self.pool.request(asked).await.map_err(|_| Unanswered::Unreachable)?;
        self.accept(&answered)?;
        let (head, body) = answered.into_parts();
        let body = Limited::new(body, LARGEST).collect().await;
        let body = body.map_err(|why| {
            let is_too_large = why.is::<LengthLimitError>();
            if is_too_large { Unanswered::Refused } else { Unanswered::Unreachable }
        })?;
        let mut answer = answer::content("application/json", body.to_bytes());
        *answer.status_mut() = head.status;
        answer.headers_mut().remove(CONTENT_TYPE);
        copy(&ANSWERED, &head.headers, answer.headers_mut());
        answer.extensions_mut().insert(Forwarded);
        Ok(answer)
    }

    /// Looks whether an answer is to be passed on.
    fn accept(&self, answered: &Response<Incoming>) -> Result<(), Unanswered> {
        if answered.headers().get(NODE) != Some(&self.token) {
            return Err(Unanswered::Stranger);
        }
        match answered.status() {
            StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => Err(Unanswered::Refused),
            status if status.is_success() || status.is_client_error() => Ok(()),
            _ => Err(Unanswered::Refused),
        }
    }
}

/// Copies those headers, as often as each is there.
fn copy(names: &[HeaderName], from: &HeaderMap, to: &mut HeaderMap) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::*;

    /// What becomes of a request when its home answers these bytes.
    async fn asked(answer: String) -> (Result<Answer, Unanswered>, String, Peer) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let home = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 1_024];
            let read = stream.read(&mut bytes).unwrap();
            let _ = stream.write_all(answer.as_bytes());
            String::from_utf8(bytes[..read].to_vec()).unwrap()
        });
        let peer = Peer::of(Announced { address, token: "token".into() }).unwrap();
        let head = Request::head("/charges?limit=1")
            .header(AUTHORIZATION, "Bearer key")
            .header(IDEMPOTENCY_KEY, "one")
            .header(IDEMPOTENCY_KEY, "two")
            .header("Cookie", "none of a node's business")
            .header("Connection", "close")
            .body(());
        let (head, ()) = head.unwrap().into_parts();
        let answered = peer.ask(&head, b"").await;
        (answered, home.join().unwrap(), peer)
    }

    fn answer(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
    }

    const OURS: &str = "Refundry-Node: token\r\n";

    #[tokio::test]
    async fn what_a_node_reads_is_sent_and_what_clients_need_is_passed_on() {
        let headers = format!("{OURS}Content-Type: text/plain\r\nLocation: /a\r\nServer: b\r\n");
        let (answered, sent, _) = asked(answer("404 Not Found", &headers, "no")).await;
        assert!(sent.starts_with("GET /charges?limit=1 HTTP/1.1\r\n"), "{sent}");
        let sent = sent.to_ascii_lowercase();
        for header in ["authorization: bearer key", "idempotency-key: one", "idempotency-key: two"]
        {
            assert!(sent.contains(&format!("\r\n{header}\r\n")), "{sent}");
        }
        assert!(!sent.contains("cookie") && !sent.contains("connection"), "{sent}");
        let answered = answered.unwrap();
        assert_eq!(answered.status(), StatusCode::NOT_FOUND);
        let names: Vec<_> = answered.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["content-type", "location"]);
        assert_eq!(answered.headers()[CONTENT_TYPE], "text/plain");
        assert_eq!(answered.into_body().collect().await.unwrap().to_bytes(), "no");
    }

    #[tokio::test]
    async fn only_an_answer_of_the_node_that_was_meant_is_passed_on() {
        let large = "x".repeat(LARGEST + 1);
        for (answer, outcome, is_paused) in [
            (answer("200 OK", OURS, &large[1..]), None, false),
            (answer("200 OK", OURS, &large), Some(Unanswered::Refused), false),
            (answer("200 OK", "", ""), Some(Unanswered::Stranger), true),
            (answer("200 OK", "Refundry-Node: other\r\n", ""), Some(Unanswered::Stranger), true),
            (answer("409 Conflict", OURS, ""), None, false),
            (answer("401 Unauthorized", OURS, ""), Some(Unanswered::Refused), false),
            (answer("429 Too Many Requests", OURS, ""), Some(Unanswered::Refused), false),
            (answer("302 Found", OURS, ""), Some(Unanswered::Refused), false),
            (answer("500 Internal Server Error", OURS, ""), Some(Unanswered::Refused), false),
            (answer("503 Service Unavailable", OURS, ""), Some(Unanswered::Refused), false),
            ("What?\r\n\r\n".into(), Some(Unanswered::Unreachable), true),
            (String::new(), Some(Unanswered::Unreachable), true),
        ] {
            let (answered, _, peer) = asked(answer.clone()).await;
            let said = &answer[..answer.len().min(100)];
            assert_eq!(answered.err(), outcome, "{said}");
            assert_eq!(peer.is_paused(), is_paused, "{said}");
        }
    }

    #[tokio::test]
    async fn only_so_many_requests_are_on_their_way_to_a_peer() {
        let (answered, _, peer) = asked(answer("200 OK", OURS, "")).await;
        assert!(answered.is_ok());
        let (head, ()) = Request::get("/balance").body(()).unwrap().into_parts();
        let places = peer.places.try_acquire_many(u32::try_from(PLACES).unwrap()).unwrap();
        assert_eq!(peer.ask(&head, b"").await.err(), Some(Unanswered::Full));
        drop(places);
        assert_ne!(peer.ask(&head, b"").await.err(), Some(Unanswered::Full), "the control");
    }

    #[test]
    fn keys_are_sent_to_no_other_address() {
        for address in ["http://93.184.215.14", "file:///etc", "http://10.0.0.1/path"] {
            let announced = Announced { address: address.into(), token: "token".into() };
            assert!(Peer::of(announced).is_err(), "{address}");
        }
    }
}
