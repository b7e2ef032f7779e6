//! Scenes: one call of the library each, on a ledger that is ready for it.

use std::path::Path;

use refundry::{Access, Ledger, RefundRequest, Result};
use refundry_trials::{
    disk::Image,
    folder, shop,
    state::fingerprint,
    story::{self, Clock, Receipt},
};

/// What the ledger's file is called.
pub(crate) const LEDGER: &str = "ledger";

pub(crate) type Operation = Box<dyn Fn(&mut Ledger, &Path) -> Result<()> + Send + Sync>;

/// What puts a bug into an operation.
pub(crate) type Plant = fn(Operation) -> Operation;

/// What is done while something fails.
pub(crate) enum Act {
    /// The file is opened, or created.
    Open,
    /// The last handle is dropped.
    Close,
    /// An operation on an open ledger.
    Operate(Operation),
}

/// A call, and what the ledger says before and after it.
pub(crate) struct Scene {
    pub(crate) name: String,
    pub(crate) act: Act,
    /// Where its random numbers begin: scenes don't draw the same ids.
    pub(crate) seed: u64,
    pub(crate) files: Image,
    pub(crate) before: u64,
    pub(crate) after: u64,
    /// Whether what it has done stays done when it fails after that: it is more than one
    /// transaction, and says so.
    pub(crate) in_parts: bool,
    /// The backup that it makes.
    pub(crate) backup: Option<String>,
}

/// Opens the ledger in a folder as every scene does.
pub(crate) fn open(folder: &Path, seed: u64) -> Result<Ledger> {
    Ledger::open(folder.join(LEDGER), Clock::at_chapter(1).options(Access::OpenOrCreate, seed))
}

/// What the ledger in a folder says.
pub(crate) fn state(folder: &Path) -> Result<u64> {
    Ok(fingerprint(&folder.join(LEDGER))?)
}

/// Every call there is: creating a file, opening it after a clean end and after a power cut, each
/// operation of the second chapter, and closing.
pub(crate) fn all() -> Vec<Scene> {
    let folder = folder();
    let path = folder.path();
    let nothing = Image::read(path);
    let mut ledger = open(path, 0).unwrap();
    let mut scenes = vec![Scene::unchanging("create", Act::Open, nothing, state(path).unwrap())];
    story::beginning().run(&mut ledger, path).unwrap();
    for step in story::chapter(0) {
        step.run(&mut ledger, path).unwrap();
    }
    add_other_pages(&mut ledger, path);
    let (unfinished, state_now) = (Image::read(path), state(path).unwrap());
    scenes.push(Scene::unchanging("open after a power cut", Act::Open, unfinished, state_now));
    drop(ledger);
    let finished = Image::read(path);
    scenes.push(Scene::unchanging("open", Act::Open, finished.clone(), state_now));
    scenes.push(Scene::unchanging("close", Act::Close, finished, state_now));
    for step in story::chapter(1).into_iter().chain([story::pruning()]) {
        let files = Image::read(path);
        let seed = scenes.len() as u64;
        let mut ledger = open(path, seed).unwrap();
        let before = state(path).unwrap();
        step.run(&mut ledger, path).unwrap_or_else(|error| panic!("{}: {error}", step.name));
        let after = state(path).unwrap();
        let name = step.name.to_owned();
        let in_parts = name == "release what is due";
        let backup = match &step.receipt {
            Receipt::Backup(name) => Some(name.clone()),
            _ => None,
        };
        let act = Act::Operate(Box::new(move |ledger, folder| step.run(ledger, folder)));
        scenes.push(Scene { name, act, seed, files, before, after, in_parts, backup });
    }
    scenes
}

/// Pages of the kinds that a short story has none of: those that the rest of a long row is on, and
/// free ones.
fn add_other_pages(ledger: &mut Ledger, folder: &Path) {
    let mut request = RefundRequest::of_charge("ch_0");
    request.amount = Some(shop::amount(1));
    request.metadata = (0..10).map(|n| (format!("line {n}"), "x".repeat(500))).collect();
    ledger.book(shop::MERCHANT).unwrap().create_refund(&request, None).unwrap();
    let conn = rusqlite::Connection::open(folder.join(LEDGER)).unwrap();
    let fill_and_free = "CREATE TABLE gone AS SELECT zeroblob(80000); DROP TABLE gone";
    conn.execute_batch(fill_and_free).unwrap();
}

impl Scene {
    /// The same with its operation replaced, for controls.
    pub(crate) fn with(self, replace: Plant) -> Self {
        let act = match self.act {
            Act::Operate(operation) => Act::Operate(replace(operation)),
            other => other,
        };
        Self { act, ..self }
    }

    /// One in which the ledger says the same before and after.
    fn unchanging(name: &str, act: Act, files: Image, state: u64) -> Self {
        let name = name.to_owned();
        Self {
            name,
            act,
            seed: 0,
            files,
            before: state,
            after: state,
            in_parts: false,
            backup: None,
        }
    }
}
