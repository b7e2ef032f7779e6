//! Where metrics are collected: an address of its own, for the operator's network only.

use std::{convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::prometheus_text;
use refundry_fleet::Node;
use tokio::{net::TcpListener, time::sleep};

use crate::{gauges, metrics::METRICS};

/// What is measured beside what the server counts.
pub(crate) struct Measured {
    /// The ledger's file; of a fleet's node, its cache.
    pub(crate) ledger: PathBuf,
    pub(crate) node: Option<Arc<Node>>,
}

/// Answers requests for `/metrics`, one for each connection.
pub(crate) async fn serve(listener: TcpListener, measured: Measured) {
    let measured = Arc::new(measured);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5)).keep_alive(false);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let measured = Arc::clone(&measured);
        let service = service_fn(move |request| {
            let answer = answer(&request, &measured);
            async { Ok::<_, Infallible>(answer) }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // The client has gone; Prometheus notes that itself.
            let _ = connection.await;
        });
    }
}

impl Measured {
    fn text(&self) -> String {
        let mut text = METRICS.text(&self.ledger);
        if let Some(node) = &self.node {
            text.push_str(&gauges::text(node));
        }
        text
    }
}

fn answer(request: &Request<Incoming>, measured: &Measured) -> Response<Full<Bytes>> {
    let found = request.uri().path() == "/metrics";
    let text = if found { measured.text() } else { "see /metrics\n".into() };
    let mut answer = Response::new(Full::from(text));
    if !found {
        *answer.status_mut() = StatusCode::NOT_FOUND;
    }
    let content_type = HeaderValue::from_static(prometheus_text::CONTENT_TYPE);
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}
