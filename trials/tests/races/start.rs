//! How racers are started: as threads of one process, each with a handle of its own, or as
//! processes. In each round all begin at once.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use refundry_trials::race;

use crate::contest::{Contest, Racer};

/// What a helper process is told.
const PATH: &str = "REFUNDRY_TRIAL_LEDGER";
const CONTEST: &str = "REFUNDRY_TRIAL_CONTEST";
const NUMBER: &str = "REFUNDRY_TRIAL_NUMBER";

/// What begins a line of a helper, among those of the test program that it is.
const MARK: &str = "=> ";

/// The refunds that were made in each round.
type Made = Vec<Vec<String>>;

pub(crate) fn threads(contest: Contest, path: &Path, racers: usize, rounds: u64) -> Made {
    race::all_at_once(racers, rounds, |number| {
        let mut racer = Racer::new(contest, number, path);
        move |round| racer.race(round)
    })
}

pub(crate) fn processes(contest: Contest, path: &Path, racers: usize, rounds: u64) -> Made {
    let mut racers: Vec<_> = (0..racers)
        .map(|number| {
            Helper::start("start::race_in_a_process", |command| {
                command
                    .env(PATH, path)
                    .env(CONTEST, format!("{contest:?}"))
                    .env(NUMBER, number.to_string());
            })
        })
        .collect();
    let race = |round: u64| {
        racers.iter_mut().for_each(|racer| racer.tell(&round.to_string()));
        let ids = |racer: &mut Helper| {
            let ids = racer.answer();
            ids.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        racers.iter_mut().flat_map(ids).collect()
    };
    (0..rounds).map(race).collect()
}

/// What each of the processes does.
#[test]
#[ignore = "run by the trials in a process of its own"]
fn race_in_a_process() {
    let Some(path) = env::var_os(PATH) else { return };
    let contest = Contest::of(&env::var(CONTEST).unwrap());
    let number = env::var(NUMBER).unwrap().parse().unwrap();
    let mut racer = Racer::new(contest, number, Path::new(&path));
    serve(|round| racer.race(round.parse().unwrap()).join(" "));
}

/// Answers whatever stands on a line of the standard input, until that ends.
pub(crate) fn serve(mut answer: impl FnMut(&str) -> String) {
    println!("\n{MARK}ready");
    for line in io::stdin().lines().map_while(Result::ok) {
        println!("{MARK}{}", answer(&line));
    }
}

/// This very program in another process, but only one of its tests, which [serves](serve).
pub(crate) struct Helper {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Helper {
    pub(crate) fn start(test: &str, with: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args([test, "--exact", "--ignored", "--nocapture"]);
        with(&mut command);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (process.stdin.take(), process.stdout.take().unwrap());
        let mut helper = Self { process, to, from: BufReader::new(from) };
        assert_eq!(helper.answer(), "ready");
        helper
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.tell(line);
        self.answer()
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.to.as_mut().unwrap(), "{line}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "the helper is gone");
            if let Some(answer) = line.strip_prefix(MARK) {
                return answer.trim_end_matches('\n').to_owned();
            }
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // Its input has ended, and so does it.
        drop(self.to.take());
        let _ = self.process.wait();
    }
}
