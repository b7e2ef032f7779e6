//! Connections: accepted, given deadlines, closed when there are too many, and let finish when the
//! server stops.

use std::{collections::HashMap, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, Id, JoinSet},
    time::{sleep, timeout},
};

use crate::{
    answer::Answer,
    counter::{self, Counter},
    desk::Breakdown,
    gate::Gate,
    head::HEADERS,
    line::{Line, State},
    metrics::METRICS,
    record,
    upload::Late,
};

/// A request's head must arrive within this time, also the first and any next one.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);

/// How long connections may take to finish once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The most connections at a time: with some files of the ledger, fewer than the 1,024 open files
/// that a process is usually allowed.
const CONNECTIONS: usize = 800;

/// All that are open.
struct Connections {
    http: http1::Builder,
    counter: Arc<Counter>,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
    lines: HashMap<Id, (Arc<Line>, AbortHandle)>,
}

/// Answers requests until asked to stop or unable to go on, then finishes those that were accepted.
///
/// # Errors
/// If a thread of the ledger broke down.
pub(crate) async fn serve(
    listener: TcpListener,
    counter: Counter,
    asked_to_stop: impl Future<Output = ()>,
) -> Result<(), Breakdown> {
    let mut open = Connections {
        http: protocol(),
        counter: Arc::new(counter),
        graceful: GracefulShutdown::new(),
        tasks: JoinSet::new(),
        lines: HashMap::new(),
    };
    let counter = Arc::clone(&open.counter);
    let mut breakdown = pin!(counter.store.breaks_down());
    let mut asked_to_stop = pin!(asked_to_stop);
    let ended = loop {
        let accepted = tokio::select! {
            () = &mut asked_to_stop => {
                tracing::info!("asked to stop; finishing what was begun");
                break Ok(());
            }
            () = &mut breakdown => {
                tracing::error!("a thread of the ledger broke down; stopping, as nothing else helps");
                break Err(Breakdown);
            }
            () = open.one_ends() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                open.make_room().await;
                open.add(stream, address.ip());
            }
            // Usually too many open files.
            Err(_) => {
                open.close_one();
                sleep(Duration::from_millis(50)).await;
            }
        }
    };
    drop(listener);
    let _ = timeout(GRACE, open.graceful.shutdown()).await;
    ended
}

/// How HTTP is spoken.
pub(crate) fn protocol() -> http1::Builder {
    let mut http = http1::Builder::new();
    // What the gate lets through is never too large.
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_DEADLINE).max_headers(HEADERS);
    http
}

/// A conversation over a stream, whatever that is, with all that arrives examined at the gate.
pub(crate) fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    http: &http1::Builder,
    stream: S,
    line: &Arc<Line>,
    counter: &Arc<Counter>,
    address: IpAddr,
) -> http1::Connection<
    TokioIo<Gate<S>>,
    impl Service<Request<Incoming>, Response = Answer, Error = Late, Future: Send> + use<S>,
> {
    let stream = TokioIo::new(Gate::new(stream, Arc::clone(line)));
    let (counter, line) = (Arc::clone(counter), Arc::clone(line));
    let service = service_fn(move |request| {
        counter::respond(request, Arc::clone(&counter), address, Arc::clone(&line))
    });
    http.serve_connection(stream, service)
}

impl Connections {
    fn add(&mut self, stream: TcpStream, address: IpAddr) {
        // Answers are written whole, so waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let line = Arc::new(Line::open());
        let connection = converse(&self.http, stream, &line, &self.counter, address);
        let connection = self.graceful.watch(connection);
        let kept = Arc::clone(&line);
        let task = self.tasks.spawn(async move {
            if connection.await.is_err_and(|error| error.is_timeout()) {
                let is_idle = kept.state().0 == State::Idle;
                record::closed(if is_idle { "idle" } else { "header deadline" });
            }
        });
        self.lines.insert(task.id(), (line, task));
        METRICS.connections.inc();
    }

    /// Waits until a connection ends, and forgets it.
    async fn one_ends(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.lines.remove(&id),
            Some(Err(ended)) => self.lines.remove(&ended.id()),
            None => std::future::pending().await,
        };
        METRICS.connections.dec();
    }

    async fn make_room(&mut self) {
        while self.lines.len() >= CONNECTIONS && !self.close_one() {
            // All of them are being answered, which does not take long.
            let _ = timeout(Duration::from_millis(10), self.one_ends()).await;
        }
    }

    /// Closes the connection that will be missed least: of the incomplete ones the oldest, else
    /// the one that was kept longest.
    fn close_one(&mut self) -> bool {
        let states = self.lines.iter().map(|(id, (line, _))| (line.state(), *id));
        let least = states.min_by_key(|(state, _)| *state);
        let Some(((State::Incomplete | State::Idle, _), id)) = least else {
            return false;
        };
        if let Some((_, task)) = self.lines.remove(&id) {
            record::closed("too many connections");
            task.abort();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Instant};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::{desk, strangers::Strangers};

    #[tokio::test]
    async fn a_server_whose_ledger_breaks_down_stops() {
        let (desk, _clerks, _folder, merchant_id) = desk::tests::breakable();
        let break_down = desk::tests::later(&desk, merchant_id);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            let mut answer = [0; 15];
            stream.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
            // The server has looked by now, and looks again.
            sleep(Duration::from_millis(200)).await;
            break_down();
            // Kept open: a client that does not go is let go, and not after all of the grace.
            (Instant::now(), stream)
        };
        let counter = Counter {
            store: desk.into(),
            strangers: Strangers::default(),
            signing: None,
            peers: None,
        };
        let serving = async {
            let (ended, (begun, _stream)) =
                tokio::join!(serve(listener, counter, pending()), client);
            (ended, begun.elapsed())
        };
        let (ended, took) = timeout(Duration::from_secs(60), serving).await.expect("it goes on");
        assert!(ended.is_err());
        assert!(took < GRACE, "{took:?}");
    }
}
