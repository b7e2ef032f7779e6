//! How long a request says its body is. A request that says it in two ways may be read
//! differently by a proxy in front, so it is refused. The HTTP library takes the one and hides
//! the other from us; what arrives is therefore watched on its way in.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most headers a request may have.
pub(crate) const HEADERS: usize = 64;

/// A stream whose requests' heads are looked at as they arrive.
pub(crate) struct Watched<S> {
    stream: S,
    place: Place,
    both_lengths: Arc<AtomicBool>,
}

/// Where in the sequence of requests the stream is.
enum Place {
    /// In a head, of which this much has arrived.
    Head(Vec<u8>),
    /// In a body of which this many bytes are to come.
    Body(u64),
    /// After a chunked or a malformed request: the connection is closed once it is answered, so
    /// what follows does not matter.
    End,
}

impl<S> Watched<S> {
    /// `both_lengths` becomes true when a head has both Content-Length and Transfer-Encoding.
    pub(crate) fn new(stream: S, both_lengths: Arc<AtomicBool>) -> Self {
        Self { stream, place: Place::Head(Vec::new()), both_lengths }
    }

    fn see(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match &mut self.place {
                Place::End => return,
                Place::Body(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                    bytes = bytes.get(here..).unwrap_or_default();
                    if *left == 0 {
                        self.place = Place::Head(Vec::new());
                    }
                }
                Place::Head(head) => {
                    let before = head.len();
                    head.extend_from_slice(bytes);
                    let Some((length, framing)) = read_head(head) else {
                        return;
                    };
                    bytes = bytes.get(length.saturating_sub(before)..).unwrap_or_default();
                    self.place = match framing {
                        Framing::Length(0) => Place::Head(Vec::new()),
                        Framing::Length(length) => Place::Body(length),
                        Framing::Chunked | Framing::Malformed => Place::End,
                        Framing::Both => {
                            self.both_lengths.store(true, Ordering::Relaxed);
                            Place::End
                        }
                    };
                }
            }
        }
    }
}

enum Framing {
    Length(u64),
    Chunked,
    Both,
    Malformed,
}

/// The length of a head and what it says of its body; `None` while it is incomplete.
fn read_head(bytes: &[u8]) -> Option<(usize, Framing)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((bytes.len(), Framing::Malformed)),
    };
    let value = |name: &str| {
        request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|h| h.value)
    };
    let framing = match (value("content-length"), value("transfer-encoding")) {
        (Some(_), Some(_)) => Framing::Both,
        (None, Some(_)) => Framing::Chunked,
        (None, None) => Framing::Length(0),
        (Some(length), None) => std::str::from_utf8(length)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .map_or(Framing::Malformed, Framing::Length),
    };
    Some((length, framing))
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if let Some(arrived) = buf.filled().get(before..) {
            self.see(arrived);
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
