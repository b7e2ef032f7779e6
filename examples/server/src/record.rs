//! The record of what was answered. Every answer passes through [`Record::answer`], and every
//! connection that ends without one through [`closed`]. So logging and counting are done here.
//!
//! A record never holds an API key, a header, a body or a description.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use hyper::header::{HeaderName, HeaderValue};
use refundry::{Error, IdempotencyKey, Recorded, Refund, RefundRequest, Target};
use sha2::{Digest, Sha256};
use tracing::Level;

use crate::{
    answer::{Answer, Forwarded, REPLAYED},
    metrics::METRICS,
    problem::Problem,
};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// One request: what is known of it so far.
pub(crate) struct Record {
    /// As the answer carries it; unlike those of other requests, also of earlier runs.
    pub(crate) request_id: String,
    /// When its head had arrived.
    pub(crate) begun: Instant,
    /// `GET`, `HEAD` or `POST`, once the route is known to have it.
    pub(crate) method: &'static str,
    /// The route's path, such as `/refunds/{id}`, once it is known.
    pub(crate) route: &'static str,
    /// Whose key it came with, once it is known.
    pub(crate) merchant: Option<String>,
    ended: bool,
}

impl Record {
    pub(crate) fn begin() -> Self {
        static STARTED: LazyLock<u128> = LazyLock::new(|| {
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros()
        });
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            request_id: format!("req_{:014x}{count:08x}", *STARTED),
            begun: Instant::now(),
            method: "none",
            route: "none",
            merchant: None,
            ended: false,
        }
    }

    /// Ends the record: makes the answer of what came of the request, and gives it its id.
    pub(crate) fn answer(mut self, outcome: Result<Answer, Problem>) -> Answer {
        let code = match &outcome {
            Err(problem) => problem.code(),
            Ok(answer) if answer.extensions().get::<Forwarded>().is_some() => "forwarded",
            Ok(_) => "ok",
        };
        let cause = outcome.as_ref().err().and_then(Problem::cause);
        let mut answer = outcome.unwrap_or_else(|problem| problem.answer(&self.request_id));
        if let Some(id) = answer.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()) {
            // That of the node which gave the answer, where the log says more.
            id.clone_into(&mut self.request_id);
        } else if let Ok(id) = HeaderValue::try_from(self.request_id.as_str()) {
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        let replayed = answer.headers().contains_key(&REPLAYED);
        self.write(answer.status().as_u16(), code, replayed, cause);
        self.ended = true;
        answer
    }

    /// What the operator is told: the outcome is `ok`, `forwarded` or the error's code, and the cause of a
    /// failure, which clients are not told.
    fn write(&self, status: u16, outcome: &'static str, replayed: bool, cause: Option<String>) {
        let took = self.begun.elapsed();
        let Self { request_id, method, route, merchant, .. } = self;
        METRICS.answered(method, route, status, took);
        if (*method, *route) == ("POST", "/refunds") {
            METRICS.refunded(outcome, replayed);
        }
        let duration_ms = f64::from(u32::try_from(took.as_micros()).unwrap_or(u32::MAX)) / 1_000.0;
        let merchant = merchant.as_deref();
        if let Some(cause) = cause {
            tracing::error!(request_id, method, route, merchant, cause, "failed");
        }
        tracing::info!(
            request_id,
            method,
            route,
            merchant,
            status,
            outcome,
            replayed,
            duration_ms,
            "answered"
        );
    }
}

/// A client that leaves before the answer is recorded too, because a refund may have been made.
impl Drop for Record {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let Self { request_id, method, route, merchant, .. } = self;
        let merchant = merchant.as_deref();
        tracing::info!(request_id, method, route, merchant, "ended before it was answered");
    }
}

/// A connection was ended without an answer.
pub(crate) fn closed(why: &'static str) {
    METRICS.closed(why);
    tracing::debug!(why, "closed without an answer");
}

/// What was recorded of a refund, so that a backup that is restored can be compared with the log. It is
/// said by who records, because the client may have gone. What was asked in vain of what is not there
/// is a stranger's words, and is not said.
pub(crate) fn refund(
    merchant: &str,
    asked: &RefundRequest,
    key: Option<&IdempotencyKey>,
    outcome: &Result<Recorded<Refund>, Problem>,
) {
    if !tracing::enabled!(Level::INFO) {
        return;
    }
    let (charge, intent) = match &asked.target {
        Target::Charge(id) => (Some(id.as_str()), None),
        Target::PaymentIntent(id) => (None, Some(id.as_str())),
    };
    let key_sha256 = key.map(|key| sha256(key.as_str()));
    let key_sha256 = key_sha256.as_deref();
    match outcome {
        Ok(Recorded { value: refund, replayed }) => {
            let (id, charge) = (refund.id.as_str(), refund.charge_id.as_str());
            let (amount, currency) = (refund.amount.minor(), refund.currency.code());
            tracing::info!(
                merchant,
                refund = id,
                charge,
                amount,
                currency,
                outcome = "ok",
                replayed,
                key_sha256,
                "refund"
            );
        }
        Err(problem @ (Problem::InDoubt(_) | Problem::Ledger(Error::Refused { .. }))) => {
            let (amount, outcome) = (asked.amount.map(|amount| amount.minor()), problem.outcome());
            let replayed = matches!(problem, Problem::Ledger(error) if error.is_replayed());
            tracing::info!(
                merchant, charge, intent, amount, outcome, replayed, key_sha256, "refund"
            );
        }
        Err(_) => {}
    }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
