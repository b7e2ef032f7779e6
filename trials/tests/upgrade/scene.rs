//! Ledgers of older versions, and what they say before and after their upgrade.

use std::{fs, ops::ControlFlow, path::Path};

use refundry::{Access, Head, Ledger, Result};
use refundry_trials::{
    disk::{Image, install},
    folder,
    state::fingerprint,
    story::Clock,
};
use rusqlite::Connection;

/// What the ledger's file is called.
const LEDGER: &str = "ledger";

/// An older version.
struct Version {
    /// The ledger that the Refundry of this version wrote.
    golden: &'static str,
    /// More of it, which can be added by hand.
    more: &'static str,
    /// Where its chains end.
    heads: &'static str,
}

const VERSIONS: [Version; 3] = [
    Version {
        golden: concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ledger-1.db"),
        // Payment intents were in no chain then.
        more: "
            WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
            INSERT INTO payment_intents SELECT 1, n, 'pi_' || n, 500, 818, 1700000000000 + n FROM n",
        heads: "
            SELECT id, max(seq) || ':' || lower(hex(hash)) FROM entries JOIN merchants USING (merchant)
            GROUP BY merchant",
    },
    Version {
        golden: concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ledger-2.db"),
        more: NOTES,
        heads: HEADS,
    },
    Version {
        golden: concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ledger-3.db"),
        more: NOTES,
        heads: HEADS,
    },
];

/// Somebody else's notes.
const NOTES: &str = "
    CREATE TABLE notes (number INTEGER, note TEXT);
    WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
    INSERT INTO notes SELECT n, 'note ' || n FROM n";

/// Where the chains end since version 2.
const HEADS: &str = "
    SELECT merchants.id, (max(entry) & 1099511627775) || ':' || lower(hex(hash))
    FROM entries JOIN merchants USING (merchant) GROUP BY merchant";

/// A ledger that is about to be upgraded.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) files: Image,
    /// What it says before and after.
    pub(crate) before: u64,
    pub(crate) after: u64,
    heads: Vec<(String, Head)>,
}

/// Opens the ledger in a folder, which upgrades it.
pub(crate) fn open(folder: &Path) -> Result<Ledger> {
    Ledger::open(folder.join(LEDGER), Clock::at_chapter(1).options(Access::Open, 0))
}

/// What the files of a ledger say, in SQLite's own words, once SQLite has taken back what was not
/// committed.
pub(crate) fn state(folder: &Path) -> Result<u64> {
    let path = folder.join(LEDGER);
    let conn = Connection::open(&path)?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(fingerprint(&path)?)
}

/// Of each version one that was closed; one whose process was killed before its log was copied into the
/// file; and one to which somebody has given another kind of journal.
pub(crate) fn all() -> Vec<Scene> {
    install();
    VERSIONS.iter().flat_map(of_version).collect()
}

fn of_version(version: &Version) -> [Scene; 3] {
    let folder = folder();
    let path = folder.path().join(LEDGER);
    fs::copy(version.golden, &path).unwrap();
    let scene = |name, files| Scene::of(name, version, files);
    let closed = scene("a closed ledger", Image::read(folder.path()));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(version.more).unwrap();
    let with_log = Image::read(folder.path());
    assert!(with_log.has("ledger-wal"), "the log is beside the file");
    drop(conn);
    let conn = Connection::open(&path).unwrap();
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).unwrap();
    drop(conn);
    let with_journal = Image::read(folder.path());
    assert!(!with_journal.has("ledger-wal"), "there is no log any more");
    [closed, scene("a ledger with a log", with_log), scene("a ledger with a journal", with_journal)]
}

impl Scene {
    fn of(name: &'static str, version: &Version, files: Image) -> Self {
        let folder = folder();
        let path = folder.path();
        files.write(path);
        let (before, heads) = (state(path).unwrap(), heads(path, version));
        files.write(path);
        drop(open(path).unwrap());
        let scene = Self { name, files, before, after: state(path).unwrap(), heads };
        scene.verify(&mut open(path).unwrap()).unwrap();
        assert_ne!(scene.before, scene.after);
        scene
    }

    /// Checks everything, and that the chains are those of before.
    pub(crate) fn verify(&self, ledger: &mut Ledger) -> Result<()> {
        ledger.verify(&self.heads, |_| ControlFlow::Continue(())).map(drop)
    }
}

fn heads(folder: &Path, version: &Version) -> Vec<(String, Head)> {
    let conn = Connection::open(folder.join(LEDGER)).unwrap();
    let mut heads = conn.prepare(version.heads).unwrap();
    let heads = heads
        .query_map([], |row| {
            let head: String = row.get(1)?;
            Ok((row.get(0)?, Head::parse(&head).unwrap()))
        })
        .unwrap();
    heads.collect::<rusqlite::Result<_>>().unwrap()
}
