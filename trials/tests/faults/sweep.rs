//! Sweeps: a fault at the first call of its kind, at the second, and so on until one is not met.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use refundry_trials::{
    disk::fault::{Fault, Plan},
    folder, rounds,
};

use crate::{
    attempt::{self, Ended},
    scene::Scene,
};

/// What is said to hang, on a machine however busy.
const HANGING: Duration = Duration::from_secs(120);

/// What came of all attempts.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) attempts: u64,
    /// How often a call failed with each error, by its permanent number.
    pub(crate) errors: BTreeMap<u16, u64>,
    pub(crate) wrong: Vec<String>,
}

/// An attempt in words, and what came of it.
type Told = (String, Ended);

/// Sweeps every scene with every fault, once and from then on, on all processors.
pub(crate) fn all(scenes: Vec<Scene>, faults: &[Fault]) -> Findings {
    let sweeps: Vec<(usize, Fault, bool)> = (0..scenes.len())
        .flat_map(|scene| faults.iter().map(move |fault| (scene, *fault)))
        .flat_map(|(scene, fault)| [false, true].map(|from_then_on| (scene, fault, from_then_on)))
        .collect();
    let work = Arc::new((scenes, sweeps, AtomicUsize::new(0)));
    let (sender, receiver) = mpsc::channel();
    let workers = (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| {
        let (work, sender) = (Arc::clone(&work), sender.clone());
        thread::spawn(move || {
            let (scenes, sweeps, next) = &*work;
            while let Some((scene, fault, from_then_on)) =
                sweeps.get(next.fetch_add(1, Ordering::Relaxed))
            {
                sweep(&scenes[*scene], *fault, *from_then_on, &sender);
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    drop(sender);
    let mut findings = Findings::default();
    loop {
        match receiver.recv_timeout(HANGING) {
            Ok((attempt, ended)) => findings.note(&attempt, ended),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("an attempt hangs"),
        }
    }
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    findings
}

fn sweep(scene: &Scene, fault: Fault, from_then_on: bool, tell: &Sender<Told>) {
    let folder = folder();
    // An operation allocates some thousand times: in the small size, not each of them fails.
    let stride = if fault == Fault::Memory { rounds(29, 1) } else { 1 };
    let mut nth = 1;
    loop {
        let plan = Plan { fault, nth, from_then_on };
        let ended = attempt::make(scene, folder.path(), plan);
        let goes_on = ended.struck;
        // Whoever listened has given up.
        if tell.send((format!("{}, {plan:?}", scene.name), ended)).is_err() || !goes_on {
            return;
        }
        nth += if nth < 8 { 1 } else { stride };
    }
}

impl Findings {
    fn note(&mut self, attempt: &str, ended: Ended) {
        self.attempts += u64::from(ended.struck);
        match ended.outcome {
            Ok(None) => {}
            Ok(Some(error)) => *self.errors.entry(error.number()).or_default() += 1,
            Err(wrong) => self.wrong.push(format!("{attempt}: {wrong}")),
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} attempts with a fault, {} wrong; errors by their number: {:?}",
            self.attempts,
            self.wrong.len(),
            self.errors
        )
    }
}
