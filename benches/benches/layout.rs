//! What each choice of the file's layout and settings is worth: the same refund by hand,
//! with one thing changed.
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
    reference::{Layout, Refunds},
    shop::{names, scattered},
};
use rusqlite::{Connection, config::DbConfig};

const CHARGES: u64 = 10_000;
const ROUNDS: usize = 5;

/// A file of one of the layouts, a change of it that is made once, and one of the connection.
struct Variant {
    name: &'static str,
    layout: Layout,
    file: fn(&Connection) -> Result<()>,
    connection: Change,
}

enum Change {
    Sql(&'static str),
    Guards,
    Anew,
}

impl Variant {
    const fn of(layout: Layout, name: &'static str) -> Self {
        Self { name, layout, file: |_| Ok(()), connection: Change::Sql("") }
    }

    const fn of_file(name: &'static str, file: fn(&Connection) -> Result<()>) -> Self {
        Self { file, ..Self::of(Layout::New, name) }
    }

    const fn of_connection(name: &'static str, connection: Change) -> Self {
        Self { connection, ..Self::of(Layout::New, name) }
    }
}

const VARIANTS: [Variant; 12] = [
    Variant::of(Layout::New, "as it is"),
    Variant::of(Layout::Old, "the old layout"),
    Variant::of_file("pages of 1024 bytes", |conn| pages(conn, 1_024)),
    Variant::of_file("pages of 4096 bytes", |conn| pages(conn, 4_096)),
    Variant::of_file("pages of 8192 bytes", |conn| pages(conn, 8_192)),
    Variant::of_connection("with the guards on", Change::Guards),
    Variant::of_connection("without foreign keys", Change::Sql("PRAGMA foreign_keys = OFF")),
    Variant::of_connection("statements prepared anew for each commit", Change::Anew),
    Variant::of_connection("checkpoints at 0.5 MB", Change::Sql("PRAGMA wal_autocheckpoint = 250")),
    Variant::of_connection("checkpoints at 8 MB", Change::Sql("PRAGMA wal_autocheckpoint = 4000")),
    Variant::of_connection("a cache of 16 MB", Change::Sql("PRAGMA cache_size = -16000")),
    Variant::of_connection(
        "synchronous=NORMAL (loses acknowledged refunds in a power cut)",
        Change::Sql("PRAGMA synchronous = NORMAL"),
    ),
];

fn main() -> Result<()> {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let base = |layout: Layout| scratch.path().join(format!("base {layout:?}"));
    for layout in [Layout::New, Layout::Old] {
        layout.fill(&base(layout), i64::try_from(CHARGES)?)?;
    }
    let mut files = Vec::new();
    for (number, variant) in VARIANTS.iter().enumerate() {
        let path = scratch.path().join(number.to_string());
        fs::copy(base(variant.layout), &path)?;
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
    let conn = variant.layout.open(&path)?;
    match variant.connection {
        Change::Guards => {
            conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
        }
        Change::Anew => {}
        Change::Sql(settings) => conn.execute_batch(settings)?,
    }
    let all: Vec<_> = scattered(CHARGES, CHARGES).map(names).collect();
    let (one, many) = all.split_at(2_000);
    let mut refunds = Refunds::prepare(&conn, variant.layout)?;
    let mut timed = |names: &[(String, String)], together: usize| -> Result<u64> {
        let begin = Instant::now();
        if matches!(variant.connection, Change::Anew) {
            for names in names.chunks(together) {
                Refunds::prepare(&conn, variant.layout)?.make(names, together)?;
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
