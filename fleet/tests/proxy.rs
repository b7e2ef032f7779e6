//! A relay before the database that fails when it is told to.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

/// What becomes of the next group that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is lost before it arrives.
    Lost,
    /// It arrives, and the connection is lost before the answer.
    Unanswered,
    /// The connection is lost, and it arrives later all the same.
    Late(Duration),
}

/// What shows a group with recordings among what is sent.
const GROUP: &[u8] = b"\"recordedAt\":";

/// What shows the text of a statement that appends.
const TEXT: &[u8] = b"INSERT INTO refundry.recordings";

pub(crate) struct Proxy {
    pub(crate) port: u16,
    next: Arc<Mutex<Option<Fault>>>,
    happened: Arc<AtomicU32>,
    texts: Arc<AtomicU32>,
}

impl Proxy {
    pub(crate) fn before(server: u16) -> Self {
        Self::slow(server, Duration::ZERO)
    }

    /// One that lets each connection wait for so long before it goes on.
    pub(crate) fn slow(server: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (next, happened, texts) = (Arc::default(), Arc::default(), Arc::default());
        let relay = Relay {
            faults: Arc::clone(&next),
            count: Arc::clone(&happened),
            texts: Arc::clone(&texts),
        };
        // It ends with the test program.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let relay = relay.clone();
                thread::spawn(move || {
                    thread::sleep(delay);
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                        relay.run(client, server);
                    }
                });
            }
        });
        Self { port, next, happened, texts }
    }

    /// The next group meets this fault.
    pub(crate) fn fail(&self, fault: Fault) {
        *self.next.lock().unwrap() = Some(fault);
    }

    /// How many faults have happened.
    pub(crate) fn happened(&self) -> u32 {
        self.happened.load(Ordering::SeqCst)
    }

    /// How many texts of statements that append were sent.
    pub(crate) fn texts(&self) -> u32 {
        self.texts.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Relay {
    faults: Arc<Mutex<Option<Fault>>>,
    count: Arc<AtomicU32>,
    texts: Arc<AtomicU32>,
}

impl Relay {
    fn run(self, mut client: TcpStream, mut server: TcpStream) {
        let (mut answers, mut to_client) =
            (server.try_clone().unwrap(), client.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut to_client);
            let _ = to_client.shutdown(Shutdown::Both);
        });
        let mut buffer = vec![0; 1 << 20];
        loop {
            let sent = match client.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => &buffer[..count],
            };
            let has = |what: &[u8]| sent.windows(what.len()).any(|window| window == what);
            let is_group = has(GROUP);
            self.texts.fetch_add(u32::from(has(TEXT)), Ordering::SeqCst);
            let fault = if is_group { self.faults.lock().unwrap().take() } else { None };
            // Before the client can hear of it.
            self.count.fetch_add(u32::from(fault.is_some()), Ordering::SeqCst);
            match fault {
                None => {
                    if server.write_all(sent).is_err() {
                        break;
                    }
                    continue;
                }
                Some(Fault::Lost) => {}
                Some(Fault::Unanswered) => {
                    // The client hears nothing any more, and the server is given time.
                    let _ = client.shutdown(Shutdown::Write);
                    let _ = server.write_all(sent);
                    thread::sleep(Duration::from_millis(100));
                }
                Some(Fault::Late(delay)) => {
                    let _ = client.shutdown(Shutdown::Both);
                    thread::sleep(delay);
                    let _ = server.write_all(sent);
                    thread::sleep(Duration::from_millis(100));
                }
            }
            break;
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }
}
