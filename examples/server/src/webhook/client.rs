//! The client: one POST, and what became of it. It follows no redirect, connects to no address that
//! is not allowed, and reads no more of an answer than it must.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT},
};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use refundry::Timestamp;
use rustls::ClientConfig;
use tokio::time::timeout;

use super::{
    endpoint::Endpoint,
    lease::{Ended, Lease, Leased},
    reach::Resolver,
    sign,
    target::Target,
};

/// How much of an answer is read, and thrown away, so that the connection can be used again.
const READ: usize = 64 * 1024;

/// How long a connection is kept for the next event.
const IDLE: Duration = Duration::from_secs(30);

/// Why an event did not arrive.
#[derive(Debug)]
pub(crate) enum Unsent {
    /// The receiver said so.
    Status(StatusCode),
    /// Nothing came in time.
    Late(Duration),
    /// The way there is closed.
    Unreachable(String),
    /// Nothing was sent, because another may send by now.
    NotOurs,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) if status.is_redirection() => {
                write!(f, "the answer was {}; redirects are not followed", status.as_u16())
            }
            Self::Status(status) => write!(f, "the answer was {}", status.as_u16()),
            Self::Late(deadline) => write!(f, "no answer within {} s", deadline.as_secs_f64()),
            Self::Unreachable(why) => f.write_str(why),
            Self::NotOurs => Ended.fmt(f),
        }
    }
}

impl Unsent {
    /// What it is counted as.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Status(_) => "refused",
            Self::Late(_) => "late",
            Self::Unreachable(_) | Self::NotOurs => "unreachable",
        }
    }
}

/// Sends to one endpoint, over connections of its own.
pub(crate) struct Client {
    pool: Pool<Leased<HttpsConnector<HttpConnector<Resolver>>>, Full<Bytes>>,
    deadline: Duration,
}

impl Client {
    /// A client that sends only under a lease.
    pub(crate) fn new(target: &Target, deadline: Duration, lease: Arc<Lease>) -> Self {
        let mut http = HttpConnector::new_with_resolver(Resolver(target.reach));
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(deadline));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(target.is_secure()))
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let mut pool = Pool::builder(TokioExecutor::new());
        pool.pool_idle_timeout(IDLE).pool_timer(TokioTimer::new()).pool_max_idle_per_host(1);
        Self { pool: pool.build(Leased { connect: connector, lease }), deadline }
    }

    /// Sends a body to an endpoint, signed at this moment.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        body: String,
        now: Timestamp,
    ) -> Result<StatusCode, Unsent> {
        let request =
            request(endpoint, body, now).map_err(|error| Unsent::Unreachable(error.to_string()))?;
        let begun = Instant::now();
        let answered = timeout(self.deadline, self.pool.request(request)).await;
        let answer = answered
            .map_err(|_| Unsent::Late(self.deadline))?
            .map_err(|error| unreachable(&error))?;
        let (status, body) = (answer.status(), answer.into_body());
        // The status says it all. What does not end is cut off.
        let left = self.deadline.saturating_sub(begun.elapsed());
        let _ = timeout(left, read_away(body)).await;
        if status.is_success() { Ok(status) } else { Err(Unsent::Status(status)) }
    }
}

fn request(
    endpoint: &Endpoint,
    body: String,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
    let seconds = now.millis().div_euclid(1_000);
    let signature = sign::header(&endpoint.secrets(now), seconds, body.as_bytes());
    let mut request = Request::post(endpoint.target.uri.clone())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(USER_AGENT, concat!("refundry/", env!("CARGO_PKG_VERSION")))
        .header(HeaderName::from_static(sign::HEADER), &signature);
    if let Some(name) = &endpoint.header {
        request = request.header(name, &signature);
    }
    request.body(Full::from(body))
}

/// Reads an answer's body as far as it is read. One that is longer ends its connection.
async fn read_away(mut body: Incoming) {
    let mut read = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
        if read > READ {
            break;
        }
    }
}

/// What lies at the bottom of an error: the errors around it only say what was tried.
fn unreachable(error: &(dyn Error + 'static)) -> Unsent {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if innermost.is::<Ended>() {
        Unsent::NotOurs
    } else {
        Unsent::Unreachable(innermost.to_string())
    }
}

/// TLS by the system's roots, which are read once. A machine without roots can reach only itself.
pub(crate) fn tls(is_needed: bool) -> ClientConfig {
    static WITH_ROOTS: OnceLock<ClientConfig> = OnceLock::new();
    let none = || {
        ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    };
    if !is_needed {
        return none();
    }
    let with_roots = || match ClientConfig::builder().with_native_roots() {
        Ok(roots) => roots.with_no_client_auth(),
        Err(error) => {
            tracing::error!(%error, "the system's root certificates can't be read; no https works");
            none()
        }
    };
    WITH_ROOTS.get_or_init(with_roots).clone()
}

#[cfg(test)]
mod tests {
    use std::{io::Read, net::TcpListener, thread};

    use super::*;
    use crate::webhook::delivery::tests::endpoint;

    #[tokio::test]
    async fn no_byte_is_written_on_a_connection_that_was_made_after_the_lease() {
        for is_held in [true, false] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let endpoint = endpoint(&format!("http://{}/", listener.local_addr().unwrap()));
            let received = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                stream.read(&mut [0; 64]).unwrap()
            });
            let lease = Lease::until((!is_held).then(Instant::now));
            let client = Client::new(&endpoint.target, Duration::from_secs(30), lease);
            let sent = client.post(&endpoint, "{}".into(), Timestamp::now()).await;
            drop(client);
            match sent {
                Err(Unsent::Unreachable(_)) if is_held => assert!(received.join().unwrap() > 0),
                Err(Unsent::NotOurs) if !is_held => assert_eq!(received.join().unwrap(), 0),
                sent => panic!("{is_held}: {sent:?}"),
            }
        }
    }
}
