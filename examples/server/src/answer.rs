//! Answers: their status, headers and bodies.

use http_body_util::{Either, Full};
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde::Serialize;

use crate::{feeding::Lines, problem::Problem};

/// An answer, whose body is whole or made while it is sent.
pub(crate) type Answer = Response<Either<Full<Bytes>, Lines>>;

/// On an answer that another node gave.
#[derive(Clone)]
pub(crate) struct Forwarded;

pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Problem> {
    let body = serde_json::to_vec(value).map_err(Problem::Unspeakable)?;
    let mut answer = content("application/json", body);
    *answer.status_mut() = status;
    Ok(answer)
}

/// An answer with a body of another kind.
pub(crate) fn content(media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    of_kind(media_type, Either::Left(Full::new(body.into())))
}

/// An answer whose lines are made while it is sent.
pub(crate) fn lines(media_type: &'static str, lines: Lines) -> Answer {
    of_kind(media_type, Either::Right(lines))
}

fn of_kind(media_type: &'static str, body: Either<Full<Bytes>, Lines>) -> Answer {
    let mut answer = Response::new(body);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Marks an answer as the outcome of an earlier request.
pub(crate) fn mark_replayed(answer: &mut Answer) {
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
}

/// Makes this the last answer of its connection.
pub(crate) fn close(answer: &mut Answer) {
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}
