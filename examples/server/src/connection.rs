//! Connections: accepted, given deadlines, and let finish when the server stops.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{
    desk::Desk,
    framing::{HEADERS, Watched},
    routes::{self, Counter},
    stop::Stop,
    strangers::Strangers,
};

/// A request's head must arrive within this time, also the first and any next one.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);

/// How long connections may take to finish once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The most bytes a request's head may have.
const HEADER_BYTES: usize = 16 * 1024;

/// Answers requests until asked to stop, then finishes those that were accepted.
pub(crate) async fn serve(listener: TcpListener, desk: Desk, mut stop: Stop) {
    let counter = Arc::new(Counter { desk, strangers: Strangers::default() });
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADERS);
    loop {
        let accepted = tokio::select! {
            () = stop.asked() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Usually too many open files: those being answered will close theirs.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Answers are written whole, so waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let both_lengths = Arc::new(AtomicBool::new(false));
        let stream = TokioIo::new(Watched::new(stream, Arc::clone(&both_lengths)));
        let counter = Arc::clone(&counter);
        let service = service_fn(move |request| {
            routes::respond(request, Arc::clone(&counter), peer.ip(), Arc::clone(&both_lengths))
        });
        let connection = open.watch(http.serve_connection(stream, service));
        tokio::spawn(async move {
            // It ended by the client's doing or by a deadline; there is no one left to tell.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = timeout(GRACE, open.shutdown()).await;
}
