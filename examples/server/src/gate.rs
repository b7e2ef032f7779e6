//! The gate: what arrives on a connection, held back until it is known to be proper.
//!
//! The HTTP library answers a bad head itself, with neither a body nor an id, and takes some heads
//! that may be read in two ways. So it gets only heads that are in order. In place of a bad one it
//! gets a stand-in without a Host, so that the refusal is made like every other answer. That is the
//! last request of its connection.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use crate::{
    head::{self, Framing},
    line::Line,
    record,
};

const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// An answer must be taken within this time.
const ANSWER_DEADLINE: Duration = Duration::from_secs(15);

/// How long a connection that was answered for the last time is read on, so that closing it does
/// not destroy the answer on its way, and how much.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1024 * 1024;

/// A connection's stream, behind the gate.
pub(crate) struct Gate<S> {
    stream: S,
    line: Arc<Line>,
    place: Place,
    /// What has arrived and was not passed on.
    arrived: Vec<u8>,
    /// What may be passed on.
    passed: Bytes,
    /// When an answer that is not taken ends the connection.
    deadline: Option<Pin<Box<Sleep>>>,
    /// When it is read on no more. An answer's deadline is taken back at each flush, and at the end
    /// there are flushes too.
    end: Option<Pin<Box<Sleep>>>,
    /// How much was thrown away at the end.
    lingered: usize,
}

/// Where in the sequence of requests the stream is.
enum Place {
    /// In a head.
    Head,
    /// In a body of which this many bytes are to come.
    Body(u64),
    /// In a chunked body. The connection is closed after it, so its end is not looked for.
    Chunks,
    /// After a request that is refused for its form.
    End,
}

impl<S> Gate<S> {
    pub(crate) fn new(stream: S, line: Arc<Line>) -> Self {
        Self {
            stream,
            line,
            place: Place::Head,
            arrived: Vec::new(),
            passed: Bytes::new(),
            deadline: None,
            end: None,
            lingered: 0,
        }
    }

    /// Decides what of the bytes that have arrived may be passed on.
    fn examine(&mut self) {
        let length = match self.place {
            Place::Head => match head::check(&self.arrived) {
                Ok(None) => 0,
                Ok(Some((length, framing))) => {
                    self.place = match framing {
                        Framing::Length(0) => Place::Head,
                        Framing::Length(length) => Place::Body(length),
                        Framing::Chunked => Place::Chunks,
                    };
                    length
                }
                Err(problem) => {
                    self.line.refuse(problem);
                    self.place = Place::End;
                    self.passed = Bytes::from_static(STAND_IN);
                    return;
                }
            },
            Place::Body(left) => {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(self.arrived.len());
                let left = left.saturating_sub(u64::try_from(length).unwrap_or(left));
                self.place = if left == 0 { Place::Head } else { Place::Body(left) };
                length
            }
            Place::Chunks => self.arrived.len(),
            Place::End => 0,
        };
        let rest = self.arrived.split_off(length);
        self.passed = std::mem::replace(&mut self.arrived, rest).into();
    }
}

/// Waits for a deadline, which begins when it is first asked for.
fn poll_deadline(
    deadline: &mut Option<Pin<Box<Sleep>>>,
    after: Duration,
    cx: &mut Context<'_>,
) -> Poll<()> {
    deadline.get_or_insert_with(|| Box::pin(sleep(after))).as_mut().poll(cx)
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.passed.is_empty() && !self.arrived.is_empty() {
                self.examine();
            }
            if !self.passed.is_empty() {
                let length = buf.remaining().min(self.passed.len());
                buf.put_slice(self.passed.get(..length).unwrap_or_default());
                self.passed.advance(length);
                return Poll::Ready(Ok(()));
            }
            if matches!(self.place, Place::End) {
                // The answer is on its way; nothing more is read before it is given.
                return Poll::Pending;
            }
            let mut bytes = [const { MaybeUninit::uninit() }; 4096];
            let mut more = ReadBuf::uninit(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut more))?;
            if more.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.line.is_used();
            self.arrived.extend_from_slice(more.filled());
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        if polled.is_pending() {
            self.line.is_used();
            ready!(poll_deadline(&mut self.deadline, ANSWER_DEADLINE, cx));
            record::closed("answer deadline");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // All of the answer was taken.
        self.deadline = None;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Says that nothing more will come, then throws away what still arrives, for a while.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        self.line.is_used();
        while poll_deadline(&mut self.end, LINGER, cx).is_pending() && self.lingered < LINGER_BYTES
        {
            let mut bytes = [const { MaybeUninit::uninit() }; 4096];
            let mut more = ReadBuf::uninit(&mut bytes);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut more))?;
            if more.filled().is_empty() {
                break;
            }
            self.lingered = self.lingered.saturating_add(more.filled().len());
        }
        Poll::Ready(Ok(()))
    }
}
