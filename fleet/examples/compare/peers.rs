//! What one would write by hand.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement};

use crate::{CAPTURED, Peer, server};

/// A database with the row tables.
pub(crate) struct Rows {
    url: String,
}

pub(crate) fn begin(server: &Arc<server::Server>, merchants: u32) -> Rows {
    let fleet = server.fleet();
    let url = fleet.url("postgres");
    server::sql(&url, include_str!("peers.sql"));
    let last = merchants - 1;
    server::sql(
        &url,
        &format!(
            "INSERT INTO books SELECT m, 0, '', 0, 0 FROM generate_series(0, {last}) m;
             INSERT INTO charges SELECT m, 1, {CAPTURED}, 0 FROM generate_series(0, {last}) m;
             ANALYZE"
        ),
    );
    Rows { url }
}

fn connect(url: &str) -> (Runtime, Client) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls)).unwrap();
    runtime.spawn(connection);
    (runtime, client)
}

fn random_text() -> String {
    format!("{:x}", fastrand::u128(..))
}

/// A stored function for each refund, on a connection for each caller.
pub(crate) struct Function<'a>(pub(crate) &'a Rows);

impl Peer for Function<'_> {
    fn name(&self) -> &'static str {
        "stored function"
    }

    fn most_callers(&self, callers: u32) -> u32 {
        // The server has connections for 200.
        callers.min(150)
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        let (runtime, client) = connect(&self.0.url);
        let refund = runtime.block_on(client.prepare("SELECT refund($1, $2, 1, $3, $4)")).unwrap();
        Box::new(move |merchant| {
            let merchant = i32::try_from(merchant).unwrap();
            let (key, id) = (random_text(), random_text());
            let asked = async {
                client.query_one(&refund, &[&merchant, &1_i64, &key, &id]).await.unwrap().get(0)
            };
            let n: i64 = runtime.block_on(asked);
            assert!(n > 0);
        })
    }
}

/// A refund that waits for its group.
struct Waiting {
    merchant: i32,
    key: String,
    id: String,
    done: Sender<()>,
}

/// Groups on row tables, made by one writer.
pub(crate) struct Grouped {
    waiting: Sender<Waiting>,
    _writer: JoinHandle<()>,
}

const RECORD: &str = "
WITH new AS (SELECT * FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])
        AS r (merchant, n, key, id, hash)),
    key AS (INSERT INTO keys SELECT merchant, key, n FROM new),
    refund AS (INSERT INTO refunds SELECT merchant, n, id, 1, 1, now() FROM new),
    entry AS (INSERT INTO entries SELECT merchant, n, 3, now(), hash FROM new),
    posting AS (INSERT INTO postings SELECT merchant, n, 2, 4, 1 FROM new),
    last AS (SELECT * FROM unnest($6::int[], $7::bigint[], $8::bytea[], $9::bigint[])
        AS b (merchant, n, hash, more)),
    charge AS (UPDATE charges c SET refunded = refunded + more FROM last
        WHERE c.merchant = last.merchant AND c.id = 1)
UPDATE books b SET n = last.n, hash = last.hash, available = available - more,
    clearing = clearing - more FROM last WHERE b.merchant = last.merchant";

/// What a book is before and after a group.
struct Book {
    n: i64,
    hash: Vec<u8>,
    more: i64,
}

impl Grouped {
    pub(crate) fn begin(rows: &Rows) -> Self {
        let (waiting, group) = channel();
        let url = rows.url.clone();
        let writer = std::thread::spawn(move || write(&url, &group));
        Self { waiting, _writer: writer }
    }
}

/// The writer's connection, and its statements.
struct Writer {
    client: Client,
    lock: Statement,
    load: Statement,
    record: Statement,
}

fn write(url: &str, group: &Receiver<Waiting>) {
    let (runtime, client) = connect(url);
    let prepare = |sql| runtime.block_on(client.prepare(sql)).unwrap();
    let lock = prepare(
        "SELECT merchant FROM books WHERE merchant = ANY ($1) ORDER BY merchant FOR NO KEY UPDATE",
    );
    let load = prepare(
        "SELECT b.merchant, b.n, b.hash, c.captured - c.refunded FROM books b
         JOIN charges c ON c.merchant = b.merchant AND c.id = 1
         LEFT JOIN keys k ON k.merchant = b.merchant AND k.key = ANY ($2)
         WHERE b.merchant = ANY ($1)",
    );
    let record = prepare(RECORD);
    let mut writer = Writer { client, lock, load, record };
    while let Ok(first) = group.recv() {
        let group: Vec<Waiting> = std::iter::once(first).chain(group.try_iter()).collect();
        runtime.block_on(writer.make(&group)).unwrap();
        for one in group {
            let _ = one.done.send(());
        }
    }
}

impl Writer {
    async fn make(&mut self, group: &[Waiting]) -> Result<(), tokio_postgres::Error> {
        let mut merchants: Vec<i32> = group.iter().map(|one| one.merchant).collect();
        let all = merchants.clone();
        merchants.sort_unstable();
        merchants.dedup();
        let keys: Vec<&str> = group.iter().map(|one| one.key.as_str()).collect();
        let ids: Vec<&str> = group.iter().map(|one| one.id.as_str()).collect();
        let tx = self.client.transaction().await?;
        tx.query(&self.lock, &[&merchants]).await?;
        let mut books = HashMap::new();
        for row in tx.query(&self.load, &[&merchants, &keys]).await? {
            let left: i64 = row.get(3);
            assert!(left > 1_000_000, "the charge is used up");
            books.insert(row.get::<_, i32>(0), Book { n: row.get(1), hash: row.get(2), more: 0 });
        }
        let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
        for one in group {
            let book = books.get_mut(&one.merchant).unwrap();
            book.n += 1;
            book.more += 1;
            let said = format!("{},1,1,{},{}", book.n, one.key, one.id);
            book.hash =
                Sha256::new().chain_update(&book.hash).chain_update(said).finalize().to_vec();
            numbers.push(book.n);
            hashes.push(book.hash.clone());
        }
        let ends = merchants.iter().map(|merchant| &books[merchant]);
        let last: Vec<i64> = ends.clone().map(|book| book.n).collect();
        let last_hashes: Vec<&[u8]> = ends.clone().map(|book| book.hash.as_slice()).collect();
        let more: Vec<i64> = ends.map(|book| book.more).collect();
        tx.execute(
            &self.record,
            &[&all, &numbers, &keys, &ids, &hashes, &merchants, &last, &last_hashes, &more],
        )
        .await?;
        tx.commit().await
    }
}

impl Peer for Grouped {
    fn name(&self) -> &'static str {
        "groups on row tables"
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        let (done, is_done) = channel();
        Box::new(move |merchant| {
            let merchant = i32::try_from(merchant).unwrap();
            let one =
                Waiting { merchant, key: random_text(), id: random_text(), done: done.clone() };
            self.waiting.send(one).unwrap();
            is_done.recv().unwrap();
        })
    }
}
