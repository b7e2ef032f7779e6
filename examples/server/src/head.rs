//! Heads: whether a request's first lines are proper HTTP/1, and how long its body is. What may be
//! read in two ways is refused, because a proxy in front may have read it in the other.

use httparse::{EMPTY_HEADER, Header, Status};
use hyper::Uri;

use crate::problem::Problem;

/// The most bytes a request's head may have.
pub(crate) const BYTES: usize = 16 * 1024;

/// The most headers a request may have.
pub(crate) const HEADERS: usize = 64;

/// What a head says of the body after it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// It has this many bytes.
    Length(u64),
    /// It comes in chunks.
    Chunked,
}

/// The length of the head that the bytes begin with, and its framing; `None` while it is
/// incomplete.
pub(crate) fn check(bytes: &[u8]) -> Result<Option<(usize, Framing)>, Problem> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(bytes) {
        Ok(Status::Complete(length)) if length <= BYTES => length,
        Ok(Status::Partial) if bytes.len() < BYTES => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Problem::HeadTooLarge),
        Err(_) => return malformed("the request is not HTTP/1.1; nothing was changed; send that"),
    };
    // Without a slash it would be a host's name, which only proxies are asked for.
    let is_target = |target: &str| target.contains('/') && target.parse::<Uri>().is_ok();
    if !head.path.is_some_and(is_target) {
        return malformed("the request's target is no address; nothing was changed; escape it");
    }
    if all(head.headers, "host").count() != 1 {
        return malformed("the request must have one Host header; nothing was changed; send one");
    }
    let framing = framing(head.headers, head.version == Some(1))?;
    Ok(Some((length, framing)))
}

fn framing(headers: &[Header<'_>], chunks_are_known: bool) -> Result<Framing, Problem> {
    let mut lengths = all(headers, "content-length");
    let mut codings = all(headers, "transfer-encoding");
    match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
        (None, _, None, _) => Ok(Framing::Length(0)),
        (Some(length), None, None, _) => match digits(length) {
            Some(length) => Ok(Framing::Length(length)),
            None => malformed("Content-Length must be a number of bytes; nothing was changed"),
        },
        (None, _, Some(coding), None) if chunks_are_known => {
            if coding.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                Ok(Framing::Chunked)
            } else {
                malformed("Transfer-Encoding must be chunked; nothing was changed")
            }
        }
        _ => malformed(
            "the request says in more than one way how long its body is; nothing was changed; send \
             one Content-Length, or Transfer-Encoding: chunked",
        ),
    }
}

fn all<'a>(headers: &'a [Header<'a>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value)
}

fn digits(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim_ascii();
    let length = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    // The HTTP library keeps the largest numbers for itself.
    (length <= u64::MAX / 2).then_some(length)
}

fn malformed<T>(message: &'static str) -> Result<T, Problem> {
    Err(Problem::Malformed { message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Option<(usize, Framing)>, Problem> {
        check(text.as_bytes())
    }

    fn with(headers: &str) -> Result<Option<Framing>, Problem> {
        let found = of(&format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n"))?;
        Ok(found.map(|(_, framing)| framing))
    }

    #[test]
    fn lengths() {
        assert_eq!(with("").unwrap(), Some(Framing::Length(0)));
        assert_eq!(with("content-LENGTH:  12 \r\n").unwrap(), Some(Framing::Length(12)));
        assert_eq!(with("Transfer-Encoding: Chunked\r\n").unwrap(), Some(Framing::Chunked));
        for headers in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 0x1\r\n",
            "Content-Length: 9999999999999999999999\r\n",
            "Content-Length: 18446744073709551615\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: identity\r\n",
            "Host: b\r\n",
        ] {
            assert!(matches!(with(headers), Err(Problem::Malformed { .. })), "{headers}");
        }
        let old = "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert!(matches!(of(old), Err(Problem::Malformed { .. })));
    }

    #[test]
    fn sizes() {
        let padded = |size: usize| {
            let head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
            format!("{head}{}\r\n\r\n", "x".repeat(size - head.len() - 4))
        };
        assert!(matches!(of(&padded(BYTES)), Ok(Some((BYTES, _)))));
        assert!(matches!(of(&padded(BYTES + 1)), Err(Problem::HeadTooLarge)));
        assert!(matches!(of(&padded(BYTES)[..BYTES - 1]), Ok(None)));
        assert!(matches!(of(&padded(BYTES * 2)[..BYTES]), Err(Problem::HeadTooLarge)));
        assert!(with(&"X: y\r\n".repeat(HEADERS - 1)).is_ok());
        assert!(matches!(with(&"X: y\r\n".repeat(HEADERS)), Err(Problem::HeadTooLarge)));
    }
}
