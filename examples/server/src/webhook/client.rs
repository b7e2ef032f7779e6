//! The client: one POST, and what became of it. It follows no redirect, connects to no address that
//! is not allowed, and reads no more of an answer than it must.

use std::{
    error::Error,
    fmt,
    sync::OnceLock,
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

use super::{endpoint::Endpoint, reach::Resolver, sign, target::Target};

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
        }
    }
}

impl Unsent {
    /// What it is counted as.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Status(_) => "refused",
            Self::Late(_) => "late",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

/// Sends to one endpoint, over connections of its own.
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    deadline: Duration,
}

impl Client {
    pub(crate) fn new(target: &Target, deadline: Duration) -> Self {
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
        Self { pool: pool.build(connector), deadline }
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
            .map_err(|error| Unsent::Unreachable(innermost(&error)))?;
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
fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// TLS by the system's roots, which are read once. A machine without roots can reach only itself.
fn tls(is_needed: bool) -> ClientConfig {
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
