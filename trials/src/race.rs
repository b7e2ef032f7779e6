//! Threads that race.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Barrier,
    thread,
};

/// Runs racers in threads of their own, all of which begin each round at once; `racer` makes one
/// of them from its number. Returns, for each round, what they have all made.
///
/// # Panics
/// If a racer does, but not before the last round: the others would wait for it for ever.
pub fn all_at_once<R, T>(
    racers: usize,
    rounds: u64,
    racer: impl Fn(usize) -> R + Sync,
) -> Vec<Vec<T>>
where
    R: FnMut(u64) -> Vec<T>,
    T: Send,
{
    let start = Barrier::new(racers);
    let run = |number| {
        let mut race = racer(number);
        let mut made = Vec::new();
        let mut broken = None;
        for round in 0..rounds {
            start.wait();
            if broken.is_none() {
                match catch_unwind(AssertUnwindSafe(|| race(round))) {
                    Ok(some) => made.push(some),
                    Err(panic) => broken = Some(panic),
                }
            }
        }
        broken.map_or(made, |panic| resume_unwind(panic))
    };
    let mut all: Vec<Vec<T>> = (0..rounds).map(|_| Vec::new()).collect();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..racers).map(|number| scope.spawn(move || run(number))).collect();
        for thread in threads {
            let each = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            for (all, some) in all.iter_mut().zip(each) {
                all.extend(some);
            }
        }
    });
    all
}
