//! Import: which lines are taken, which stop it, and that a bad one leaves nothing behind.

// A test may panic, and counts lines.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod conflicts;
mod disputes;
mod facts;
mod forms;
mod known;
mod stream;
mod values;

use std::{io::BufReader, ops::ControlFlow};

use refundry::{Account, Error, Head, ImportReport, Ledger, Options, Result, Timestamp};
use rusqlite::{Connection, types::Value};
use tempfile::TempDir;

/// The lines that the contract prints, to the letter.
const PRINTED: &str = r#"{"object":"merchant","id":"acct_cairo","name":"Cairo Books","liveMode":false,"apiKeys":["sk_test_cairo_0123456789abcdef"],"negativeBalanceLimit":null}
{"object":"payment_intent","id":"pi_1","merchantId":"acct_cairo","amount":"22604","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}
{"object":"charge","id":"ch_1","merchantId":"acct_cairo","paymentIntentId":"pi_1","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"refund","id":"re_1","merchantId":"acct_cairo","chargeId":"ch_1","amount":"100","reason":"duplicate","createdAt":"2024-01-02T00:00:00.000Z"}
{"object":"payout","id":"po_1","merchantId":"acct_cairo","amount":"5000","currency":"EGP","status":"paid","createdAt":"2024-01-04T00:00:00.000Z"}
{"object":"adjustment","id":"adj_1","merchantId":"acct_cairo","amount":"-250","currency":"EGP","description":"opening balance","createdAt":"2024-01-05T00:00:00.000Z"}
"#;

/// What is there besides, for lines that go wrong because of it.
const MORE: &str = r#"{"object":"merchant","id":"acct_giza","name":"Giza Toys","liveMode":true,"apiKeys":["rk_live_giza_0123456789abcdef"]}
{"object":"payment_intent","id":"pi_giza","merchantId":"acct_giza","amount":"900","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}
{"object":"charge","id":"ch_giza","merchantId":"acct_giza","paymentIntentId":"pi_giza","amount":"900","amountCaptured":"900","fee":"0","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"payment_intent","id":"pi_yen","merchantId":"acct_cairo","amount":"500","currency":"JPY","createdAt":"2024-01-01T00:00:00.000Z"}
{"object":"charge","id":"ch_pending","merchantId":"acct_cairo","paymentIntentId":"pi_1","amount":"800","amountCaptured":"800","fee":"8","currency":"EGP","status":"pending","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"charge","id":"ch_failed","merchantId":"acct_cairo","paymentIntentId":"pi_1","amount":"800","amountCaptured":"800","fee":"8","currency":"EGP","status":"failed","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"charge","id":"ch_canceled","merchantId":"acct_cairo","amount":"800","amountCaptured":"800","fee":"8","currency":"EGP","status":"canceled","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"charge","id":"ch_spent","merchantId":"acct_cairo","amount":"800","amountCaptured":"700","fee":"8","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
{"object":"refund","id":"re_spent","merchantId":"acct_cairo","chargeId":"ch_spent","amount":"700","reason":"fraudulent","description":"stolen card","metadata":{"case":"7"},"externalReference":"ARN-1","createdAt":"2024-01-02T00:00:00.000Z"}
{"object":"payout","id":"po_on_its_way","merchantId":"acct_cairo","amount":"10","currency":"EGP","status":"in_transit","createdAt":"2024-01-04T00:00:00.000Z"}
{"object":"payout","id":"po_failed","merchantId":"acct_cairo","amount":"10","currency":"EGP","status":"failed","createdAt":"2024-01-04T00:00:00.000Z"}
{"object":"payout","id":"po_returned","merchantId":"acct_cairo","amount":"10","currency":"EGP","status":"returned","createdAt":"2024-01-04T00:00:00.000Z"}
"#;

/// A ledger in a file, so that another connection can see all that it holds.
struct Shop {
    dir: TempDir,
    ledger: Ledger,
}

impl Shop {
    fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let mut options = Options::default();
        options.clock = Box::new(|| Timestamp::parse("2024-02-01T00:00:00.000Z").unwrap());
        // The same bytes every time, so that heads can be compared between ledgers.
        options.random = Box::new(|bytes| {
            bytes.fill(7);
            Ok(())
        });
        let ledger = Ledger::open(dir.path().join("ledger.db"), options).unwrap();
        Self { dir, ledger }
    }

    /// A ledger with [`PRINTED`] and [`MORE`].
    fn stocked() -> Self {
        let mut shop = Self::empty();
        shop.import(PRINTED).unwrap();
        shop.import(MORE).unwrap();
        shop
    }

    fn import(&mut self, lines: impl AsRef<[u8]>) -> Result<ImportReport> {
        let lines = BufReader::new(lines.as_ref());
        self.ledger.import(lines, |_| ControlFlow::Continue(()))
    }

    /// Imports lines that are all good, and returns how many were recorded and skipped.
    fn take(&mut self, lines: impl AsRef<[u8]>) -> (u64, u64) {
        let report = self.import(lines).unwrap();
        self.ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
        (report.recorded, report.skipped)
    }

    /// Every merchant's head, by id.
    fn heads(&mut self) -> Vec<(String, Head)> {
        let merchants = self.ledger.merchants().unwrap();
        let head = |id: String| (id.clone(), self.ledger.book(&id).unwrap().head().unwrap());
        merchants.into_iter().map(|merchant| merchant.id).map(head).collect()
    }

    /// The balance of one account of Cairo's book in pounds.
    fn balance(&mut self, account: Account) -> i64 {
        let balances = self.ledger.book("acct_cairo").unwrap().balances().unwrap();
        let egp = balances.iter().find(|sums| sums.currency.code() == "EGP");
        egp.map_or(0, |sums| sums.balances.of(account).minor())
    }

    /// Everything that can be seen of the ledger: heads, merchants, and every row of every table.
    fn everything(&mut self) -> Vec<String> {
        let mut all = vec![format!("{:?}", self.heads())];
        all.push(format!("{:?}", self.ledger.merchants().unwrap()));
        let conn = Connection::open(self.dir.path().join("ledger.db")).unwrap();
        let mut tables = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for name in names.map(std::result::Result::unwrap) {
            let mut rows = conn.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let columns = rows.column_count();
            let found = rows.query_map([], |row| {
                let values = (0..columns).map(|column| row.get::<_, Value>(column));
                Ok(format!("{name} {:?}", values.collect::<rusqlite::Result<Vec<_>>>()?))
            });
            all.extend(found.unwrap().map(std::result::Result::unwrap));
        }
        all
    }

    /// Imports a good line, an empty one, `bad` and another good line. Expects that `bad` stops
    /// it by its number for this reason, and that nothing is kept.
    fn expect_stop(&mut self, bad: impl AsRef<[u8]>, reason: &str) {
        const BEFORE: &[u8] =
            b"{\"object\":\"merchant\",\"id\":\"acct_first\",\"name\":\"First\"}\n\n";
        const AFTER: &[u8] =
            b"\n{\"object\":\"merchant\",\"id\":\"acct_last\",\"name\":\"Last\"}\n";
        let bad = bad.as_ref();
        let line = u64::try_from(bad.split(|byte| *byte == b'\n').count() + 2).unwrap();
        let shown = String::from_utf8_lossy(&bad[..bad.len().min(400)]);
        let before = self.everything();
        match self.import([BEFORE, bad, AFTER].concat()) {
            Err(Error::Import { line: at, problem }) => {
                assert_eq!((at, kind(&problem).as_str()), (line, reason), "{shown}");
            }
            other => panic!("{other:?} instead of {reason}: {shown}"),
        }
        assert!(before == self.everything(), "something was kept of {shown}");
    }
}

/// What callers may rely on in an error: its code and what is to blame.
fn kind(error: &Error) -> String {
    match error {
        Error::InvalidRequest { problem } => format!("invalid_request {problem}"),
        Error::ResourceConflict { fact, .. } => {
            format!("resource_conflict {}", fact.unwrap_or_default())
        }
        other => format!("{} {}", other.code(), other.param().unwrap_or_default()),
    }
}

/// A good line of each object that is in no ledger yet: its fields, in JSON.
const GOOD: [&[(&str, &str)]; 6] = [
    &[
        ("object", r#""merchant""#),
        ("id", r#""acct_new""#),
        ("name", r#""New""#),
        ("liveMode", "false"),
        ("apiKeys", r#"["sk_test_new_0123456789abcdef"]"#),
        ("negativeBalanceLimit", "null"),
    ],
    &[
        ("object", r#""payment_intent""#),
        ("id", r#""pi_new""#),
        ("merchantId", r#""acct_cairo""#),
        ("amount", r#""500""#),
        ("currency", r#""EGP""#),
        ("createdAt", r#""2024-01-01T00:00:00.000Z""#),
    ],
    &[
        ("object", r#""charge""#),
        ("id", r#""ch_new""#),
        ("merchantId", r#""acct_cairo""#),
        ("paymentIntentId", r#""pi_1""#),
        ("amount", r#""500""#),
        ("amountCaptured", r#""400""#),
        ("fee", r#""9""#),
        ("currency", r#""EGP""#),
        ("status", r#""succeeded""#),
        ("availableOn", r#""2024-01-03T00:00:00.000Z""#),
        ("createdAt", r#""2024-01-01T00:00:00.000Z""#),
    ],
    &[
        ("object", r#""refund""#),
        ("id", r#""re_new""#),
        ("merchantId", r#""acct_cairo""#),
        ("chargeId", r#""ch_1""#),
        ("amount", r#""7""#),
        ("reason", r#""duplicate""#),
        ("description", r#""broken""#),
        ("metadata", r#"{"order":"17"}"#),
        ("externalReference", r#""ARN-2""#),
        ("createdAt", r#""2024-01-02T00:00:00.000Z""#),
    ],
    &[
        ("object", r#""payout""#),
        ("id", r#""po_new""#),
        ("merchantId", r#""acct_cairo""#),
        ("amount", r#""50""#),
        ("currency", r#""EGP""#),
        ("status", r#""paid""#),
        ("createdAt", r#""2024-01-04T00:00:00.000Z""#),
    ],
    &[
        ("object", r#""adjustment""#),
        ("id", r#""adj_new""#),
        ("merchantId", r#""acct_cairo""#),
        ("amount", r#""-25""#),
        ("currency", r#""EGP""#),
        ("description", r#""goodwill""#),
        ("createdAt", r#""2024-01-05T00:00:00.000Z""#),
    ],
];

/// The good line of an object, with some fields changed or, if their JSON is empty, left out.
fn line(object: &str, changes: &[(&str, &str)]) -> String {
    let quoted = format!("{object:?}");
    let good = GOOD.iter().find(|fields| fields[0].1 == quoted).unwrap();
    let changed = |name: &str| changes.iter().find(|(changed, _)| *changed == name);
    let fields = good.iter().map(|field| *changed(field.0).unwrap_or(field));
    let added = changes.iter().filter(|(name, _)| good.iter().all(|field| field.0 != *name));
    let members = fields.chain(added.copied()).filter(|(_, json)| !json.is_empty());
    let members: Vec<_> = members.map(|(name, json)| format!("{name:?}:{json}")).collect();
    format!("{{{}}}", members.join(","))
}

/// The line with this id in [`PRINTED`] or [`MORE`], with one piece of its text replaced.
fn known(id: &str, from: &str, to: &str) -> String {
    let quoted = format!("\"id\":{id:?}");
    let line = PRINTED.lines().chain(MORE.lines()).find(|line| line.contains(&quoted)).unwrap();
    assert!(line.contains(from), "{line} has no {from}");
    line.replacen(from, to, 1)
}

#[test]
fn every_good_line_is_good() {
    let mut shop = Shop::stocked();
    let lines: String =
        GOOD.iter().map(|fields| line(fields[0].1.trim_matches('"'), &[]) + "\n").collect();
    assert_eq!(shop.take(&lines), (6, 0));
    let before = shop.everything();
    assert_eq!(shop.take(&lines), (0, 6));
    assert!(before == shop.everything());
}
