//! Pages: the description of the API, for programs and for people.
//!
//! The viewer is RapiDoc 9.3.8 as its npm package has it, compressed. Its licenses are beside it.

use hyper::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderValue};

use crate::answer::{Answer, content};

/// The OpenAPI document. It is kept by hand; tests hold every answer against it.
const DESCRIPTION: &str = include_str!("../openapi.json");

const VIEWER: &[u8] = include_bytes!("../docs/rapidoc-min.js.gz");

/// Nothing comes from elsewhere, and nothing goes there.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub(crate) fn description() -> Answer {
    content("application/json", DESCRIPTION)
}

pub(crate) fn docs() -> Answer {
    let mut answer = content("text/html; charset=utf-8", include_str!("../docs/index.html"));
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    answer
}

pub(crate) fn viewer() -> Answer {
    let mut answer = content("text/javascript", VIEWER);
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}
