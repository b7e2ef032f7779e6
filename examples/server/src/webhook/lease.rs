//! The lease of whoever sends: until when nobody else can have begun to send.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Instant,
};

use hyper::Uri;
use tower_service::Service;

/// Until when this process may send. Where nobody else might send, for ever.
#[derive(Debug, Default)]
pub(crate) struct Lease(Mutex<Option<Instant>>);

impl Lease {
    pub(crate) fn until(moment: Option<Instant>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(moment)))
    }

    pub(crate) fn renew(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    pub(crate) fn holds(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| Instant::now() < until)
    }
}

/// Nothing was written, because another may send by now.
#[derive(Debug)]
pub(crate) struct Ended;

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another node may send by now")
    }
}

impl Error for Ended {}

/// Connects, and gives the connection away only under the lease: to connect may take longer than that is held.
/// What is sent on it is written right afterwards.
#[derive(Clone)]
pub(crate) struct Leased<C> {
    pub(crate) connect: C,
    pub(crate) lease: Arc<Lease>,
}

type Failure = Box<dyn Error + Send + Sync>;

impl<C> Service<Uri> for Leased<C>
where
    C: Service<Uri>,
    C::Error: Into<Failure>,
    C::Future: Send + 'static,
    C::Response: Send,
{
    type Response = C::Response;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.connect.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, lease) = (self.connect.call(to), Arc::clone(&self.lease));
        Box::pin(async move {
            let connected = connecting.await.map_err(Into::into)?;
            if lease.holds() { Ok(connected) } else { Err(Ended.into()) }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    /// A connection that is there when a test says so.
    struct Slow(Option<oneshot::Receiver<()>>);

    impl Service<Uri> for Slow {
        type Response = ();
        type Error = oneshot::error::RecvError;
        type Future = oneshot::Receiver<()>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Uri) -> Self::Future {
            self.0.take().unwrap()
        }
    }

    #[tokio::test]
    async fn a_connection_that_comes_after_the_lease_is_not_given_away() {
        let hour = Duration::from_secs(3_600);
        for is_renewed in [true, false] {
            let (connected, waits) = oneshot::channel();
            let lease = Lease::until(Some(Instant::now() + hour));
            let mut leased = Leased { connect: Slow(Some(waits)), lease: Arc::clone(&lease) };
            let connecting = leased.call(Uri::from_static("http://shop.example/"));
            // The lease ends while it connects.
            lease.renew(Some(Instant::now()));
            if is_renewed {
                lease.renew(Some(Instant::now() + hour));
            }
            connected.send(()).unwrap();
            let given = connecting.await;
            assert_eq!(given.is_ok(), is_renewed, "{given:?}");
        }
    }
}
