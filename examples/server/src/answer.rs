//! Answers: their status, headers and bodies.

use std::{
    fmt,
    io::{self, Write},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{
        ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    },
};
use refundry::{Error, Refusal};
use serde::Serialize;

pub(crate) type Answer = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Why a request was not done.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The ledger says why.
    Ledger(Error),
    /// There is no such route.
    PathUnknown,
    /// The route has other methods.
    MethodNotAllowed {
        /// Which ones, as the header has them.
        allow: &'static str,
    },
    /// It is not proper HTTP.
    Malformed {
        /// What is wrong, and what to do.
        message: &'static str,
    },
    /// The body is too large to look at.
    PayloadTooLarge,
    /// The body does not say that it is JSON.
    UnsupportedMediaType,
    /// Too many requests are waiting.
    Overloaded,
    /// A thread of the ledger is gone.
    Stopped,
    /// An answer could not be put into JSON.
    Unspeakable(serde_json::Error),
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: ErrorFields<'a>,
    request_id: &'a str,
}

#[derive(Serialize)]
struct ErrorFields<'a> {
    r#type: &'static str,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refundable: Option<String>,
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Problem> {
    let body = serde_json::to_vec(value).map_err(Problem::Unspeakable)?;
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

/// Marks an answer as the outcome of an earlier request.
pub(crate) fn mark_replayed(answer: &mut Answer) {
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
}

/// Makes this the last answer of its connection.
pub(crate) fn close(answer: &mut Answer) {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Gives the answer, whatever it is, the id of its request.
pub(crate) fn finish(outcome: Result<Answer, Problem>) -> Answer {
    let id = request_id();
    let mut answer = outcome.unwrap_or_else(|problem| problem.answer(&id));
    if let Ok(id) = HeaderValue::try_from(id) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}

/// Tells the operator, if anyone reads what the server says.
pub(crate) fn tell(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "refundry-server: {what}");
}

/// Unlike those of other requests, also of earlier runs.
fn request_id() -> String {
    static STARTED: LazyLock<u128> = LazyLock::new(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros()
    });
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("req_{:014x}{:08x}", *STARTED, COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Problem {
    fn answer(&self, request_id: &str) -> Answer {
        let status = self.status();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            // What failed is for the operator; strangers are told nothing of files and engines.
            tell(&format_args!("{request_id} failed: {}", self.cause()));
        }
        let body = ErrorBody { error: self.fields(status), request_id };
        let mut answer = json(status, &body).unwrap_or_default();
        *answer.status_mut() = status;
        let mut set =
            |name, value| answer.headers_mut().insert(name, HeaderValue::from_static(value));
        match self {
            Self::MethodNotAllowed { allow } => {
                set(ALLOW, allow);
            }
            Self::Ledger(error) if error.is_replayed() => mark_replayed(&mut answer),
            _ if status == StatusCode::UNAUTHORIZED => {
                set(WWW_AUTHENTICATE, "Bearer");
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                set(RETRY_AFTER, "1");
            }
            _ => {}
        }
        answer
    }

    fn fields(&self, status: StatusCode) -> ErrorFields<'_> {
        let r#type = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "authentication_error",
            _ if status.is_server_error() => "api_error",
            _ => "invalid_request_error",
        };
        let error = if let Self::Ledger(error) = self { Some(error) } else { None };
        let refundable = match error.and_then(Error::refusal) {
            Some(Refusal::AmountExceedsRefundable { refundable }) => Some(refundable.to_string()),
            _ => None,
        };
        let param = error.and_then(Error::param);
        ErrorFields {
            r#type,
            code: self.code(status),
            message: self.message(status),
            param,
            refundable,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Ledger(error) => status_of(error),
            Self::PathUnknown => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Stopped | Self::Unspeakable(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self, status: StatusCode) -> &'static str {
        match self {
            _ if status == StatusCode::INTERNAL_SERVER_ERROR => "api_error",
            Self::Ledger(error) => error.code(),
            Self::PathUnknown => "resource_missing",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Malformed { .. } => "invalid_request",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::Overloaded => "overloaded",
            Self::Stopped | Self::Unspeakable(_) => "api_error",
        }
    }

    fn message(&self, status: StatusCode) -> String {
        match self {
            Self::Ledger(error) if status != StatusCode::INTERNAL_SERVER_ERROR => error.to_string(),
            Self::Ledger(_) | Self::Stopped | Self::Unspeakable(_) => {
                "the server could not do this; try again later, with the same Idempotency-Key, and \
                 name the request_id when you ask for help"
                    .into()
            }
            Self::PathUnknown => {
                "there is nothing at this path; nothing was changed; check the path".into()
            }
            Self::MethodNotAllowed { allow } => {
                format!("this path has no such method; nothing was changed; use {allow}")
            }
            Self::Malformed { message } => (*message).into(),
            Self::PayloadTooLarge => {
                "the body is larger than 65536 bytes; nothing was changed; send less".into()
            }
            Self::UnsupportedMediaType => "the body does not say that it is JSON; nothing was \
                 changed; send it with Content-Type: application/json"
                .into(),
            Self::Overloaded => "too many requests are waiting; nothing was changed; try again, \
                 with the same Idempotency-Key"
                .into(),
        }
    }

    /// What the operator should know.
    fn cause(&self) -> String {
        match self {
            Self::Ledger(error) => error.to_string(),
            Self::Unspeakable(error) => error.to_string(),
            Self::Stopped => "a thread of the ledger broke down; restart the server".into(),
            Self::PathUnknown
            | Self::MethodNotAllowed { .. }
            | Self::Malformed { .. }
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::Overloaded => String::new(),
        }
    }
}

/// In words: 400, the request is wrong in itself; 404, it is not there, or not yours; 409, right
/// request, wrong state.
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::ApiKeyInvalid | Error::ApiKeyInactive => StatusCode::UNAUTHORIZED,
        Error::PermissionDenied { .. } => StatusCode::FORBIDDEN,
        Error::InvalidRequest { .. }
        | Error::ParameterUnknown { .. }
        | Error::ParameterInvalid { .. }
        | Error::ParametersExclusive
        | Error::ParameterMissing { .. }
        | Error::ParameterOutOfRange { .. } => StatusCode::BAD_REQUEST,
        Error::ResourceMissing { .. } => StatusCode::NOT_FOUND,
        Error::IdempotencyKeyReused | Error::ResourceConflict { .. } | Error::Refused { .. } => {
            StatusCode::CONFLICT
        }
        Error::LockTimeout => StatusCode::SERVICE_UNAVAILABLE,
        Error::Import { .. }
        | Error::Canceled
        | Error::Unsound(_)
        | Error::FileMissing { .. }
        | Error::FileExists { .. }
        | Error::SymbolicLink { .. }
        | Error::NotALedger { .. }
        | Error::NewerLedger { .. }
        | Error::ReadOnly
        | Error::Corrupt { .. }
        | Error::SettingRefused { .. }
        | Error::DiskFull
        | Error::InputOutput(_)
        | Error::OutcomeUnknown(_)
        | Error::Random(_)
        | Error::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
