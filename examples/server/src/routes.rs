//! Routes: what a request asks for, whether it may, and the ledger's answer. The rules are the
//! ledger's; here is only their order.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_TYPE, EXPECT, HOST, HeaderName, LOCATION, TRANSFER_ENCODING},
    http::request::Parts,
};
use percent_encoding::percent_decode_str;
use refundry::{Error, IdempotencyKey, Merchant, RefundRequest};
use serde::Serialize;

use crate::{
    answer::{self, Answer, Problem, json},
    desk::Desk,
    upload::{Late, Upload},
};

const HEALTH: &str = "/healthz";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Answers one request, unless its body is late.
pub(crate) async fn respond(
    request: Request<Incoming>,
    desk: Arc<Desk>,
    both_lengths: Arc<AtomicBool>,
) -> Result<Answer, Late> {
    let (head, body) = request.into_parts();
    let chunked = head.headers.contains_key(TRANSFER_ENCODING);
    let admitted = if chunked && both_lengths.load(Ordering::Relaxed) {
        Err(Problem::Malformed {
            message: "the request has both Content-Length and Transfer-Encoding; nothing was \
                      changed; send one of them",
        })
    } else {
        admit(&head, &desk).await
    };
    // Who waits to be told to go on has not sent the body, and need not.
    let unsent = admitted.is_err() && head.headers.contains_key(EXPECT);
    let upload = if unsent { Upload::FarTooLarge } else { Upload::receive(body).await? };
    // The watch on the framing ends with the first chunked request, so it is also the last.
    let last = chunked || matches!(upload, Upload::FarTooLarge | Upload::Broken);
    let outcome = match admitted {
        Ok(Admitted::Health) => json(StatusCode::OK, &Health { status: "ok" }),
        Ok(Admitted::Call(call, merchant)) => {
            perform(call, merchant.id, &head.headers, upload, &desk).await
        }
        Err(problem) => Err(problem),
    };
    let mut answer = answer::finish(outcome);
    if last {
        answer::close(&mut answer);
    }
    Ok(answer)
}

/// What a merchant can ask for, as its path names it.
enum Call {
    CreateRefund,
    Refund(String),
    Charge(String),
    PaymentIntent(String),
    Balance,
}

impl Call {
    fn at(path: &str) -> Option<Self> {
        let id = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut parts = path.strip_prefix('/')?.split('/');
        match (parts.next()?, parts.next(), parts.next()) {
            ("refunds", None, _) => Some(Self::CreateRefund),
            ("balance", None, _) => Some(Self::Balance),
            (_, Some(""), _) => None,
            ("refunds", Some(text), None) => Some(Self::Refund(id(text))),
            ("charges", Some(text), None) => Some(Self::Charge(id(text))),
            ("payment_intents", Some(text), None) => Some(Self::PaymentIntent(id(text))),
            _ => None,
        }
    }
}

/// A request that may be made.
enum Admitted {
    /// The health of the server is anyone's to ask.
    Health,
    /// The rest is a merchant's.
    Call(Call, Merchant),
}

/// Everything that is checked before the body is read: the path, the method, the key.
async fn admit(head: &Parts, desk: &Desk) -> Result<Admitted, Problem> {
    if head.headers.get_all(HOST).iter().count() != 1 {
        let message = "the request must have one Host header; nothing was changed; send one";
        return Err(Problem::Malformed { message });
    }
    let path = head.uri.path();
    let call = Call::at(path);
    let (allowed, allow) = match (&call, path) {
        (Some(Call::CreateRefund), _) => (&[Method::POST][..], "POST"),
        (Some(_), _) | (None, HEALTH) => (&[Method::GET, Method::HEAD][..], "GET, HEAD"),
        (None, _) => return Err(Problem::PathUnknown),
    };
    if !allowed.contains(&head.method) {
        return Err(Problem::MethodNotAllowed { allow });
    }
    let Some(call) = call else {
        return Ok(Admitted::Health);
    };
    let key = bearer(&head.headers).ok_or(Problem::Ledger(Error::ApiKeyInvalid))?.to_owned();
    let merchant = desk.read(move |ledger| ledger.authenticate(&key)).await?;
    check_mode(&merchant, head.uri.query().unwrap_or_default()).map_err(Problem::Ledger)?;
    Ok(Admitted::Call(call, merchant))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim_matches(' '))
}

/// Programs write a truth value as a word or, as PHP's `http_build_query` does, as a digit.
/// Anything else is the mode of no merchant.
fn check_mode(merchant: &Merchant, query: &str) -> refundry::Result<()> {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "liveMode" {
            merchant.require_mode(match value.as_ref() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => !merchant.live_mode,
            })?;
        }
    }
    Ok(())
}

async fn perform(
    call: Call,
    owner: String,
    headers: &HeaderMap,
    upload: Upload,
    desk: &Desk,
) -> Result<Answer, Problem> {
    match call {
        Call::CreateRefund => create_refund(owner, headers, upload, desk).await,
        Call::Refund(id) => {
            let refund = desk.read(move |ledger| ledger.book(&owner)?.posted_refund(&id)).await?;
            json(StatusCode::OK, &refund)
        }
        Call::Charge(id) => {
            let charge = desk.read(move |ledger| ledger.book(&owner)?.charge(&id)).await?;
            json(StatusCode::OK, &charge)
        }
        Call::PaymentIntent(id) => {
            let intent = desk.read(move |ledger| ledger.book(&owner)?.payment_intent(&id)).await?;
            json(StatusCode::OK, &intent)
        }
        Call::Balance => {
            let funds = desk.read(move |ledger| ledger.book(&owner)?.funds()).await?;
            json(StatusCode::OK, &funds)
        }
    }
}

async fn create_refund(
    owner: String,
    headers: &HeaderMap,
    upload: Upload,
    desk: &Desk,
) -> Result<Answer, Problem> {
    let body = match upload {
        Upload::Whole(body) => body,
        Upload::TooLarge | Upload::FarTooLarge => return Err(Problem::PayloadTooLarge),
        Upload::Broken => {
            let message = "the body is not framed as announced; nothing was changed; send it whole";
            return Err(Problem::Malformed { message });
        }
    };
    if !is_json(headers) {
        return Err(Problem::UnsupportedMediaType);
    }
    let request = RefundRequest::from_json(&body).map_err(Problem::Ledger)?;
    let key = idempotency_key(headers).map_err(Problem::Ledger)?;
    let refund = desk.create_refund(owner, request, key).await?;
    let mut answer = json(StatusCode::CREATED, &refund.value)?;
    if let Ok(location) = format!("/refunds/{}", refund.value.id).try_into() {
        answer.headers_mut().insert(LOCATION, location);
    }
    if refund.replayed {
        answer::mark_replayed(&mut answer);
    }
    Ok(answer)
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || subtype.ends_with("+json")
}

fn idempotency_key(headers: &HeaderMap) -> refundry::Result<Option<IdempotencyKey>> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => IdempotencyKey::from_bytes(value.as_bytes()).map(Some),
        // Two keys are no key: which of them would the sender ask for again?
        (Some(_), Some(_)) => IdempotencyKey::from_bytes(b"").map(Some),
    }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}
