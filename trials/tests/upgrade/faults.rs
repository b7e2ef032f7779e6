//! Upgrades while something fails: the first call of a kind, the second, and so on.

use std::{collections::BTreeMap, fmt, path::Path};

use refundry_trials::{
    disk::{
        Image,
        fault::{Fault, Plan, under},
    },
    folder, rounds,
};

use crate::{
    judge::{Found, Judge},
    scene::{self, Scene},
};

/// What can go wrong.
const FAULTS: [Fault; 9] = [
    Fault::Read,
    Fault::Write,
    Fault::ShortWrite,
    Fault::Full,
    Fault::Sync,
    Fault::Truncate,
    Fault::Lock,
    Fault::Map,
    Fault::Memory,
];

/// What came of all attempts.
#[derive(Default)]
pub(crate) struct Findings {
    attempts: u64,
    /// How often opening failed with each error, by its permanent number.
    errors: BTreeMap<u16, u64>,
    /// How often the ledger was old or new afterwards.
    pub(crate) old: u64,
    pub(crate) new: u64,
    pub(crate) wrong: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} attempts with a fault; old {}, new {}; {} wrong; errors by their number: {:?}",
            self.attempts,
            self.old,
            self.new,
            self.wrong.len(),
            self.errors
        )
    }
}

/// Sweeps every scene with every fault, once and from then on.
pub(crate) fn sweep() -> Findings {
    let mut findings = Findings::default();
    for scene in &scene::all() {
        let judge = Judge::of(scene);
        for fault in FAULTS {
            // An upgrade allocates thousands of times, and in the small size not each call fails.
            let stride = if fault == Fault::Memory { rounds(1_999, 97) } else { rounds(29, 1) };
            for from_then_on in [false, true] {
                let mut nth = 1;
                while findings.attempt(scene, &judge, Plan { fault, nth, from_then_on }) {
                    nth += if nth < 4 { 1 } else { stride };
                }
            }
        }
    }
    findings
}

impl Findings {
    /// Opens the ledger under a plan; false if nothing failed.
    fn attempt(&mut self, scene: &Scene, judge: &Judge<'_>, plan: Plan) -> bool {
        let folder = folder();
        scene.files.write(folder.path());
        let (opened, calls) = under(plan, || scene::open(folder.path()));
        if calls < plan.nth {
            return false;
        }
        self.attempts += 1;
        let done = opened.is_ok();
        let error = opened.map(drop).err();
        if let Some(error) = &error {
            *self.errors.entry(error.number()).or_default() += 1;
        }
        if let Err(wrong) = self.look(judge, folder.path(), done) {
            self.wrong.push(format!("{}, {plan:?}, {error:?}: {wrong}", scene.name));
        }
        true
    }

    /// Looks at the ledger once the fault is gone.
    fn look(&mut self, judge: &Judge<'_>, folder: &Path, done: bool) -> Result<(), String> {
        let found = judge.read(&Image::read(folder), done);
        match found.map_err(|fault| fault.to_string())? {
            Found::Old => self.old += 1,
            Found::New => self.new += 1,
        }
        judge.open(folder).map_err(|fault| fault.to_string())
    }
}
