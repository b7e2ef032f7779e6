//! A request's body, as far as it is wanted.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::time::timeout;

use crate::problem::Problem;

/// A body must arrive within this time.
const DEADLINE: Duration = Duration::from_secs(15);

/// The largest body that is looked at.
const KEPT: usize = 64 * 1024;

/// The largest body that is read, and thrown away, so that its sender gets the answer.
const READ: usize = 1024 * 1024;

/// What became of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// It arrived.
    Whole(Vec<u8>),
    /// It is larger than what is looked at, and was read.
    TooLarge,
    /// It is larger than what is read; the connection can't be used again.
    FarTooLarge,
    /// It is not what its framing promised.
    Broken,
}

/// The body did not arrive in time, so there is no answer either.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Late;

impl std::fmt::Display for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body did not arrive in time")
    }
}

impl std::error::Error for Late {}

impl Upload {
    /// Whether something of it may be unread.
    pub(crate) const fn leaves_something(&self) -> bool {
        matches!(self, Self::FarTooLarge | Self::Broken)
    }

    /// The body, if it arrived whole.
    pub(crate) fn whole(self) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Whole(body) => Ok(body),
            Self::TooLarge | Self::FarTooLarge => Err(Problem::PayloadTooLarge),
            Self::Broken => {
                let message =
                    "the body is not framed as announced; nothing was changed; send it whole";
                Err(Problem::Malformed { message })
            }
        }
    }

    /// Reads a body. Every body is read, even if nobody will look at it: closing a connection
    /// with unread bytes can destroy the answer on its way.
    pub(crate) async fn receive(body: Incoming) -> Result<Self, Late> {
        timeout(DEADLINE, Self::read(body)).await.map_err(|_| Late)
    }

    async fn read(mut body: Incoming) -> Self {
        let mut kept = Vec::new();
        // A body announced as too large is not kept while it arrives: many at a time would fill the
        // memory.
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let mut arrived = 0_usize;
        while !body.is_end_stream() {
            let Some(frame) = body.frame().await else {
                break;
            };
            let Ok(frame) = frame else {
                return Self::Broken;
            };
            let Some(data) = frame.data_ref() else {
                continue;
            };
            arrived = arrived.saturating_add(data.len());
            if arrived > READ {
                return Self::FarTooLarge;
            }
            if announced.max(arrived) <= KEPT {
                kept.extend_from_slice(data);
            }
        }
        if arrived > KEPT { Self::TooLarge } else { Self::Whole(kept) }
    }
}
