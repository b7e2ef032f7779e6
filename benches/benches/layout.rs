//! What each choice of the file's layout and settings is worth: the same statements by hand, on the
//! schema as it is and with one thing changed.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use refundry_benches::{
    Result,
    machine::median,
    reference::{self, Refunds},
    shop::{self, names, scattered},
};
use rusqlite::Connection;

const CHARGES: u64 = 10_000;
const ROUNDS: usize = 5;

/// A change of the file, made once, and one of the connection.
struct Variant {
    name: &'static str,
    file: fn(&Connection) -> Result<()>,
    connection: &'static str,
}

const AS_IT_IS: fn(&Connection) -> Result<()> = |_| Ok(());

const VARIANTS: [Variant; 16] = [
    Variant { name: "as it is", file: AS_IT_IS, connection: "" },
    Variant { name: "pages of 1024 bytes", file: |conn| pages(conn, 1_024), connection: "" },
    Variant { name: "pages of 4096 bytes", file: |conn| pages(conn, 4_096), connection: "" },
    Variant { name: "pages of 8192 bytes", file: |conn| pages(conn, 8_192), connection: "" },
    Variant { name: "without guards", file: |conn| drop_all(conn, "trigger"), connection: "" },
    Variant {
        name: "without foreign keys",
        file: AS_IT_IS,
        connection: "PRAGMA foreign_keys = OFF",
    },
    Variant {
        name: "without an index of a charge's refunds (a second refund would scan)",
        file: |conn| Ok(conn.execute_batch("DROP INDEX refunds_of_charge")?),
        connection: "",
    },
    Variant {
        name: "with an index for every list",
        file: |conn| {
            Ok(conn.execute_batch(
                "CREATE INDEX i1 ON entries (merchant, effective_at);
                 CREATE INDEX i2 ON balance_transactions (merchant, currency, seq);
                 CREATE INDEX i3 ON refunds (merchant, reason, seq);",
            )?)
        },
        connection: "",
    },
    Variant {
        name: "with what was refunded stored beside each charge",
        file: |conn| {
            Ok(conn.execute_batch(
                "ALTER TABLE charges ADD COLUMN refunded INTEGER NOT NULL DEFAULT 0;
                 CREATE TRIGGER t AFTER INSERT ON refunds BEGIN
                     UPDATE charges SET refunded = refunded + NEW.amount
                     WHERE merchant = NEW.merchant AND charge = NEW.charge;
                 END",
            )?)
        },
        connection: "",
    },
    Variant {
        name: "with balances added up from the postings each time (ten thousand charges)",
        file: |conn| {
            Ok(conn.execute_batch(
                "CREATE TRIGGER t AFTER INSERT ON refunds BEGIN
                     SELECT sum(amount) FROM postings WHERE merchant = NEW.merchant;
                 END",
            )?)
        },
        connection: "",
    },
    Variant {
        name: "statements prepared anew for each commit",
        file: AS_IT_IS,
        connection: "anew",
    },
    Variant {
        name: "without planner stability (statements prepared anew)",
        file: AS_IT_IS,
        connection: "planner",
    },
    Variant {
        name: "checkpoints at 0.5 MB",
        file: AS_IT_IS,
        connection: "PRAGMA wal_autocheckpoint = 250",
    },
    Variant {
        name: "checkpoints at 8 MB",
        file: AS_IT_IS,
        connection: "PRAGMA wal_autocheckpoint = 4000",
    },
    Variant { name: "a cache of 16 MB", file: AS_IT_IS, connection: "PRAGMA cache_size = -16000" },
    Variant {
        name: "synchronous=NORMAL (loses acknowledged refunds in a power cut)",
        file: AS_IT_IS,
        connection: "PRAGMA synchronous = NORMAL",
    },
];

fn main() -> Result<()> {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let base = scratch.path().join("base");
    shop::fill(&base, CHARGES)?;
    let mut files = Vec::new();
    for (number, variant) in VARIANTS.iter().enumerate() {
        let path = scratch.path().join(number.to_string());
        fs::copy(&base, &path)?;
        let conn = Connection::open(&path)?;
        // Pages change their size only outside write-ahead logging.
        conn.execute_batch("PRAGMA journal_mode = DELETE")?;
        (variant.file)(&conn)?;
        files.push(path);
    }
    let mut rounds = [const { Vec::new() }; VARIANTS.len()];
    for _ in 0..ROUNDS {
        for ((variant, file), rounds) in VARIANTS.iter().zip(&files).zip(&mut rounds) {
            rounds.push(round(variant, file)?);
        }
    }
    println!("| layout | one a commit | 1000 a commit | bytes a refund |\n|---|---|---|---|");
    let medians = rounds.map(|rounds| {
        let middle = |place: usize| {
            let mut values: Vec<u64> = rounds.iter().map(|round| round[place]).collect();
            median(&mut values) as f64
        };
        [middle(0), middle(1), middle(2)]
    });
    for (variant, [one, many, bytes]) in VARIANTS.iter().zip(medians) {
        // Times: the smaller the faster.
        let (one, many) = (medians[0][0] / one, medians[0][1] / many);
        println!("| {} | {one:.2} | {many:.2} | {bytes:.0} |", variant.name);
    }
    Ok(())
}

/// Nanoseconds for 2,000 refunds with a commit each and for 8,000 in eight commits, and the bytes
/// that each added to the file.
fn round(variant: &Variant, file: &Path) -> Result<[u64; 3]> {
    let path = file.with_extension("round");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(PathBuf::from(format!("{}{suffix}", path.display())));
    }
    fs::copy(file, &path)?;
    let before = fs::metadata(&path)?.len();
    let conn = reference::open(&path)?;
    match variant.connection {
        "planner" => {
            conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, false)?;
        }
        "anew" => {}
        settings => conn.execute_batch(settings)?,
    }
    let all: Vec<_> = scattered(CHARGES, CHARGES).map(names).collect();
    let (one, many) = all.split_at(2_000);
    let mut refunds = Refunds::prepare(&conn)?;
    let mut timed = |names: &[(String, String)], together: usize| -> Result<u64> {
        let begin = Instant::now();
        if variant.connection == "anew" {
            for names in names.chunks(together) {
                Refunds::prepare(&conn)?.make(names, together)?;
            }
        } else {
            refunds.make(names, together)?;
        }
        Ok(u64::try_from(begin.elapsed().as_nanos())?)
    };
    let times = [timed(one, 1)?, timed(many, 1_000)?];
    drop(refunds);
    drop(conn);
    let grown = fs::metadata(&path)?.len() - before;
    Ok([times[0], times[1], grown / CHARGES])
}

fn pages(conn: &Connection, bytes: u32) -> Result<()> {
    conn.pragma_update(None, "page_size", bytes)?;
    Ok(conn.execute_batch("VACUUM")?)
}

fn drop_all(conn: &Connection, kind: &str) -> Result<()> {
    let mut statement = conn.prepare("SELECT name FROM sqlite_schema WHERE type = ?1")?;
    let names = statement.query_map([kind], |row| row.get::<_, String>(0))?;
    for name in names.collect::<rusqlite::Result<Vec<_>>>()? {
        conn.execute_batch(&format!("DROP {kind} {name}"))?;
    }
    Ok(())
}
