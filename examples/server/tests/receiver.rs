//! A receiver of webhooks: it notes what comes, and answers as a test says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// What to do with what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Answer(u16),
    /// Answers 500 to one in so many, by chance, and 200 to the rest.
    Moody(u32),
    /// Answers 400 to what has these words in it, and 200 to the rest.
    Refuse(&'static str),
    /// With so many bytes after a 200.
    Talk(usize),
    /// Takes the request and says nothing.
    Hang,
    /// Closes at once.
    Close,
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// How it is answered; 0 if it is not.
    pub(crate) status: u16,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn id(&self) -> String {
        self.event()["id"].as_str().unwrap().to_owned()
    }
}

/// A program that listens on loopback; its threads end with the process.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<AtomicUsize>,
}

impl Receiver {
    pub(crate) fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Arc::new(Mutex::new(manner));
        let received = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (how, noted, count) =
            (Arc::clone(&manner), Arc::clone(&received), Arc::clone(&connections));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::Relaxed);
                let (how, noted) = (Arc::clone(&how), Arc::clone(&noted));
                thread::spawn(move || converse(stream, &how, &noted));
            }
        });
        Self { address, manner, received, connections }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks?shop=1", self.address)
    }

    pub(crate) fn becomes(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// How much came.
    pub(crate) fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// The ids of what came, without what came again right after itself.
    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.received.lock().unwrap().iter().map(Received::id).collect();
        ids.dedup();
        ids
    }

    /// Waits until an event has come, but not for ever.
    pub(crate) fn wait_for_id(&self, id: &str) {
        let begun = Instant::now();
        while !self.received.lock().unwrap().iter().any(|received| received.id() == id) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{id} did not come");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until so much has come, but not for ever.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Received> {
        let begun = Instant::now();
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            let came = received.len();
            assert!(begun.elapsed() < Duration::from_secs(60), "only {came} of {count} came");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn converse(stream: TcpStream, manner: &Mutex<Manner>, received: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(mut request) = read(&mut reader) {
        let manner = *manner.lock().unwrap();
        let (status, length) = match manner {
            // It has no body.
            Manner::Answer(204) => (204, 0),
            Manner::Answer(status) => (status, 2),
            Manner::Moody(many) if fastrand::u32(..many) == 0 => (500, 2),
            Manner::Refuse(words) if request.body.contains(words) => (400, 2),
            Manner::Moody(_) | Manner::Refuse(_) => (200, 2),
            Manner::Talk(bytes) => (200, bytes),
            Manner::Hang | Manner::Close => (0, 0),
        };
        request.status = status;
        received.lock().unwrap().push(request);
        if status == 0 {
            if manner == Manner::Hang {
                // Until the other side has had enough.
                let _ = reader.read(&mut [0]);
            }
            return;
        }
        let mut answer = format!(
            "HTTP/1.1 {status} It\r\nLocation: http://{}/elsewhere\r\n",
            writer.local_addr().unwrap()
        );
        if status != 204 {
            answer += &format!("Content-Length: {length}\r\n");
        }
        // In one piece, because the next piece would wait for an acknowledgement.
        answer += &format!("\r\n{}", " ".repeat(length));
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut request = Received { path, headers, body: String::new(), status: 0 };
    let mut body = vec![0; request.header("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
