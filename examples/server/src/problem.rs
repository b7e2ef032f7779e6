//! Problems: why a request was not done, and how that is answered.

use hyper::{
    StatusCode,
    header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use refundry::{Error, Refusal};
use serde::Serialize;

use crate::answer::{self, Answer, json};

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
    /// Its head is too large to look at.
    HeadTooLarge,
    /// The body is too large to look at.
    PayloadTooLarge,
    /// The body does not say that it is JSON, or is compressed.
    UnsupportedMediaType {
        /// What is wrong, and what to do.
        message: &'static str,
    },
    /// Too many requests of this address had no valid key.
    RateLimit {
        /// When it may try again.
        seconds: u64,
    },
    /// Too many requests are waiting.
    Overloaded,
    /// What keeps the books failed during the commit: nobody knows whether it was kept. For the operator.
    InDoubt(String),
    /// The fleet's database can't be used now, or this node does not serve the book. For the operator.
    Unavailable(String),
    /// A fleet's books are fed by nobody.
    FeedsNotTaken,
    /// A refund could not be recorded now.
    NotReady(Error),
    /// A thread of the ledger is gone.
    Stopped,
    /// An answer could not be put into JSON.
    Unspeakable(serde_json::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Ledger(error)
    }
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
    /// After which recording to send a feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
}

impl Problem {
    /// The answer to the request with this id.
    pub(crate) fn answer(&self, request_id: &str) -> Answer {
        let status = self.status();
        let body = ErrorBody { error: self.fields(status), request_id };
        let mut answer =
            json(status, &body).unwrap_or_else(|_| answer::content("application/json", ""));
        *answer.status_mut() = status;
        let mut set = |name, value| answer.headers_mut().insert(name, value);
        match self {
            Self::MethodNotAllowed { allow } => {
                set(ALLOW, HeaderValue::from_static(allow));
            }
            Self::FeedsNotTaken => {
                set(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            Self::RateLimit { seconds } => {
                set(RETRY_AFTER, (*seconds).into());
            }
            Self::Ledger(error) if error.is_replayed() => answer::mark_replayed(&mut answer),
            _ if status == StatusCode::UNAUTHORIZED => {
                set(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                set(RETRY_AFTER, HeaderValue::from_static("1"));
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
            Some(
                Refusal::ChargeDisputed { refundable } | Refusal::ChargeHandedOver { refundable },
            ) => Some(refundable.to_string()),
            _ => None,
        };
        let mark = match error {
            Some(Error::Feed { after, .. }) => Some(after.to_string()),
            _ => None,
        };
        let param = error.and_then(Error::param);
        ErrorFields { r#type, code: self.code(), message: self.message(), param, refundable, mark }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Ledger(error) => status_of(error),
            Self::PathUnknown => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } | Self::FeedsNotTaken => StatusCode::METHOD_NOT_ALLOWED,
            Self::Malformed { .. } => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimit { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Overloaded | Self::NotReady(_) | Self::Unavailable(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::InDoubt(_) | Self::Stopped | Self::Unspeakable(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The permanent code, as the answer carries it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            _ if self.status() == StatusCode::INTERNAL_SERVER_ERROR => "api_error",
            Self::Ledger(error) => error.code(),
            Self::PathUnknown => "resource_missing",
            Self::MethodNotAllowed { .. } | Self::FeedsNotTaken => "method_not_allowed",
            Self::Malformed { .. } | Self::HeadTooLarge => "invalid_request",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::RateLimit { .. } => "rate_limit",
            Self::Overloaded => "overloaded",
            Self::Unavailable(_) => "unavailable",
            Self::NotReady(error) if status_of(error) == StatusCode::SERVICE_UNAVAILABLE => {
                error.code()
            }
            Self::NotReady(_) => "api_error",
            Self::InDoubt(_) | Self::Stopped | Self::Unspeakable(_) => "api_error",
        }
    }

    /// What became of a refund, for the log.
    pub(crate) fn outcome(&self) -> &'static str {
        if matches!(self, Self::InDoubt(_)) { "in_doubt" } else { self.code() }
    }

    fn message(&self) -> String {
        if self.cause().is_some() && !matches!(self, Self::NotReady(_) | Self::Unavailable(_)) {
            return "the server could not do this; try again later, with the same \
                    Idempotency-Key, and name the request_id when you ask for help"
                .into();
        }
        let text = match self {
            // How keys are sent is this API's; the ledger's message ends with sending a valid one.
            Self::Ledger(error @ Error::ApiKeyInvalid) => {
                return format!("{error} as Authorization: Bearer <key>");
            }
            // Whoever asks knows the id that was sent, and the path is none of a stranger's business.
            Self::Ledger(Error::ResourceMissing { param, .. }) => {
                return format!(
                    "{param} names nothing in this merchant's book; nothing was changed; check the \
                     id and whose key is used"
                );
            }
            Self::Ledger(Error::LockTimeout { .. }) => {
                return Error::LockTimeout { path: None }.to_string();
            }
            Self::Ledger(error) => return error.to_string(),
            Self::MethodNotAllowed { allow } => {
                return format!("this path has no such method; nothing was changed; use {allow}");
            }
            Self::RateLimit { seconds } => {
                return format!(
                    "too many requests from this address had no valid API key; nothing was \
                     changed; send a valid key, or wait {seconds} s"
                );
            }
            Self::PathUnknown => {
                "there is nothing at this path; nothing was changed; check the path"
            }
            Self::Malformed { message } | Self::UnsupportedMediaType { message } => message,
            Self::HeadTooLarge => {
                "the request's target and headers are larger than 16384 bytes, or over 64 \
                 headers; nothing was changed; send less"
            }
            Self::PayloadTooLarge => {
                "the body is larger than 65536 bytes; nothing was changed; send less"
            }
            Self::Overloaded => {
                "too many requests are waiting; nothing was changed; try again, with the same \
                 Idempotency-Key"
            }
            Self::NotReady(_) => "a refund could not be recorded now; the server's log says why",
            Self::Unavailable(_) => {
                "this server can't use the database now; nothing was changed; try again, with the \
                 same Idempotency-Key"
            }
            Self::FeedsNotTaken => {
                "this server's books are in a fleet, which takes in no feeds; nothing was changed; \
                 send them to a server on a ledger's file"
            }
            Self::InDoubt(_) | Self::Stopped | Self::Unspeakable(_) => "",
        };
        text.into()
    }

    /// What failed, if something did. It is for the operator; strangers are told nothing of files
    /// and engines.
    pub(crate) fn cause(&self) -> Option<String> {
        match self {
            Self::Ledger(error) if status_of(error) == StatusCode::INTERNAL_SERVER_ERROR => {
                Some(error.to_string())
            }
            Self::Unspeakable(error) => Some(error.to_string()),
            Self::NotReady(error) => Some(error.to_string()),
            Self::InDoubt(why) | Self::Unavailable(why) => Some(why.clone()),
            Self::Stopped => Some("a thread of the ledger broke down; restart the server".into()),
            Self::Ledger(_)
            | Self::PathUnknown
            | Self::MethodNotAllowed { .. }
            | Self::Malformed { .. }
            | Self::HeadTooLarge
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType { .. }
            | Self::RateLimit { .. }
            | Self::FeedsNotTaken
            | Self::Overloaded => None,
        }
    }
}

/// In words: 400, the request is wrong in itself; 404, it is not there, or not yours; 409, right
/// request, wrong state.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::ApiKeyInvalid | Error::ApiKeyInactive => StatusCode::UNAUTHORIZED,
        Error::PermissionDenied { .. } => StatusCode::FORBIDDEN,
        Error::InvalidRequest { .. }
        | Error::NotAFeed { .. }
        | Error::ParameterUnknown { .. }
        | Error::ParameterInvalid { .. }
        | Error::ParametersExclusive
        | Error::ParameterMissing { .. }
        | Error::ParameterOutOfRange { .. } => StatusCode::BAD_REQUEST,
        Error::ResourceMissing { .. } => StatusCode::NOT_FOUND,
        Error::IdempotencyKeyReused
        | Error::ResourceConflict { .. }
        | Error::Feed { .. }
        | Error::Forked { .. }
        | Error::MarkUnknown { .. }
        | Error::HeadUnknown { .. }
        | Error::Receipt(_)
        | Error::Mirrored
        | Error::HandoverMisdirected { .. }
        | Error::HandoverConflict { .. }
        | Error::Refused { .. } => StatusCode::CONFLICT,
        Error::LockTimeout { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Import { .. }
        | Error::TooFarAhead { .. }
        | Error::Canceled
        | Error::Unsound(_)
        | Error::Internal { .. }
        | Error::Batch { .. }
        | Error::File(_)
        | Error::Engine(_)
        | Error::OutcomeUnknown(_)
        | Error::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_is_told_with_the_header_that_carries_it() {
        let message = Problem::Ledger(Error::ApiKeyInvalid).message();
        assert!(message.ends_with("send a valid key as Authorization: Bearer <key>"), "{message}");
        assert!(!Error::ApiKeyInvalid.to_string().contains("Authorization"), "of this API alone");
    }
}
