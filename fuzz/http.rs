//! Bytes as what arrives on a connection of the server, in pieces as large as the first byte says,
//! over a pipe instead of a socket. Every answer is one, none says that the server failed, and the
//! conversation ends.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use refundry::{Ledger, Options};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Runtime,
    time::timeout,
};

use crate::{
    connection::{converse, protocol},
    counter::Counter,
    desk,
    line::Line,
    strangers::Strangers,
};

/// What the server knows: enough to refund a piastre for years.
const IMPORT: &str = r#"
{"object":"merchant","id":"acct_1","name":"Cairo Books","liveMode":false,"apiKeys":["sk_test_fuzz_0123456789abcdef"]}
{"object":"payment_intent","id":"pi_1","merchantId":"acct_1","amount":"9007199254740991","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}
{"object":"charge","id":"ch_1","merchantId":"acct_1","paymentIntentId":"pi_1","amount":"9007199254740991","amountCaptured":"9007199254740991","fee":"912","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
"#;

/// A server without a socket, shared by all inputs.
struct World {
    runtime: Runtime,
    counter: Arc<Counter>,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut ledger = Ledger::open(&path, Options::default()).unwrap();
        ledger.import(IMPORT.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
        // The clerks stay for as long as the process.
        let (desk, _) = desk::open(ledger, &path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let counter = Arc::new(Counter {
            store: desk.into(),
            strangers: Strangers::default(),
            signing: None,
            peers: None,
        });
        Self { runtime, counter, _folder: folder }
    }

    /// What is answered to these bytes, in pieces of this size.
    fn answers(&self, bytes: &[u8], piece: usize) -> Vec<u8> {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let line = Arc::new(Line::open());
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let serving = converse(&protocol(), theirs, &line, &self.counter, address);
        let (mut from, mut to) = tokio::io::split(ours);
        self.runtime.block_on(async {
            let sending = async {
                for piece in bytes.chunks(piece) {
                    if to.write_all(piece).await.is_err() {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                let _ = to.shutdown().await;
            };
            let mut answers = Vec::new();
            let reading = async {
                let _ = from.read_to_end(&mut answers).await;
            };
            let all = async { tokio::join!(serving, sending, reading) };
            let ended = timeout(Duration::from_secs(20), all).await;
            assert!(ended.is_ok(), "the conversation does not end");
            answers
        })
    }
}

/// Sends the bytes.
pub(crate) fn run(input: &[u8]) {
    static WORLD: OnceLock<World> = OnceLock::new();
    let Some((piece, bytes)) = input.split_first() else { return };
    let piece = if *piece == 0 { bytes.len().max(1) } else { usize::from(*piece) };
    let answers = WORLD.get_or_init(World::new).answers(bytes, piece);
    let mut rest = &*answers;
    while !rest.is_empty() {
        rest = after_one(rest).unwrap_or_else(|| {
            panic!("this is no answer: {}", rest.escape_ascii());
        });
    }
}

/// What follows the first answer: a head, and a body as long as it says.
fn after_one(bytes: &[u8]) -> Option<&[u8]> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes).ok()? else { return None };
    let of = |name: &str| {
        let mut values = head.headers.iter().filter(|h| h.name.eq_ignore_ascii_case(name));
        values.next().map(|h| str::from_utf8(h.value).unwrap())
    };
    let status = head.code?;
    if status == 100 {
        return bytes.get(length..);
    }
    assert!((200..500).contains(&status), "the server failed: {}", bytes.escape_ascii());
    assert!(of("request-id").is_some_and(|id| id.starts_with("req_")));
    let body: usize = of("content-length")?.parse().ok()?;
    let rest = bytes.get(length..)?;
    // HEAD is answered without the body whose length it tells.
    let next = rest.get(body..).filter(|next| next.is_empty() || next.starts_with(b"HTTP/1."));
    next.or(Some(rest).filter(|rest| rest.is_empty() || rest.starts_with(b"HTTP/1.")))
}
