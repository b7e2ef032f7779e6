//! Everything that a change must pass.

use std::{fs, path::Path, process::ExitCode};

use crate::{
    api, c_dist, clients, debian, demo, fuzz, instructions,
    needs::{
        ARM_COMPILER, ARM_EMULATOR, ARM_TARGET, CHROMIUM, CLANG, CURL, CXX, FIREFOX, HAPROXY,
        HLEDGER, LEDGER, LUAJIT, NODE, Need, OPENSSL, PGBOUNCER, PHP, PKG_CONFIG, POSTGRESQL,
        PRLIMIT, PYTHON, RUST_SOURCES, SQLITE, SQLITE_LIBRARY, SYSTEMD, VALGRIND, WASM_TARGET,
    },
    receivers, round,
    step::{Beside, cargo, run},
    summary::Summary,
    wasm,
};

/// The exit code of a run in which all passed that was tried, and something was not tried.
const GAPS: u8 = 3;

/// A part of the work: done as a whole, or skipped if something is missing.
struct Step {
    name: &'static str,
    needs: &'static [&'static Need],
    run: fn(&Missing) -> Result<(), String>,
    when: When,
}

/// In which runs a step is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Only in the quick run: the other one does more.
    Quick,
    /// Only in the run of everything.
    Full,
    /// In the run of packages, which goes beside the other steps of the run of everything: each of the two
    /// often has work for one core alone.
    Packages,
    /// In the run of everything, when the packages are done.
    Last,
}

/// What a run does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// What is worth doing between commits.
    Quick,
    Everything,
    /// What is published, and tried as its users have it.
    Packages,
}

impl Run {
    /// Whether a step is done, by this run itself or by the one beside it.
    const fn has(self, when: When) -> bool {
        match self {
            Self::Quick => matches!(when, When::Always | When::Quick),
            Self::Everything => !matches!(when, When::Quick),
            Self::Packages => matches!(when, When::Packages),
        }
    }
}

/// All of them, the quick ones first.
const STEPS: [Step; 17] = [
    Step { name: "format", needs: &[], run: |_| format(), when: When::Always },
    Step { name: "quick lints", needs: &[], run: |_| lints(&QUICK), when: When::Quick },
    Step { name: "lints", needs: &[], run: |_| lints(&["--workspace"]), when: When::Full },
    Step { name: "fuzzers", needs: &[], run: |_| fuzz::check(), when: When::Full },
    Step { name: "quick tests", needs: &[], run: quick_tests, when: When::Quick },
    Step { name: "documentation", needs: &[], run: |_| documentation(), when: When::Full },
    Step { name: "tests", needs: &[], run: all_tests, when: When::Full },
    Step {
        name: "C packages",
        needs: &[&LUAJIT, &PHP, &PKG_CONFIG, &PYTHON, &SQLITE_LIBRARY],
        run: |missing| c_dist::test(missing.of(&ARM).is_empty()),
        when: When::Packages,
    },
    Step {
        name: "npm package",
        needs: &[&CLANG, &NODE, &RUST_SOURCES, &SQLITE, &WASM_TARGET],
        run: |_| wasm::test(),
        when: When::Packages,
    },
    Step {
        name: "npm package and simulator in Chromium",
        needs: &[&CHROMIUM, &CLANG, &NODE, &RUST_SOURCES, &SQLITE, &WASM_TARGET],
        run: |_| wasm::test_in_browser().and_then(|()| demo::test()),
        when: When::Packages,
    },
    Step {
        name: "npm package in Firefox",
        needs: &[&CLANG, &FIREFOX, &NODE, &RUST_SOURCES, &SQLITE, &WASM_TARGET],
        run: |_| wasm::test_in_firefox().and_then(|()| demo::test_in_firefox()),
        when: When::Packages,
    },
    Step {
        name: "npm package in other hosts and with bundlers",
        needs: &[&CHROMIUM, &CLANG, &FIREFOX, &NODE, &RUST_SOURCES, &SQLITE, &WASM_TARGET],
        run: |_| wasm::test_in_hosts(),
        when: When::Packages,
    },
    Step { name: "API", needs: &[&PYTHON], run: |_| api::check("20"), when: When::Full },
    Step { name: "clients", needs: &[&NODE, &PYTHON], run: |_| clients::check(), when: When::Full },
    Step {
        name: "receivers of webhooks",
        needs: &[&NODE, &PHP, &PYTHON],
        run: |_| receivers::check(),
        when: When::Full,
    },
    Step {
        name: "instructions",
        needs: &[&VALGRIND],
        run: |_| instructions::check(),
        when: When::Full,
    },
    Step {
        name: "three tills and headquarters",
        needs: &[&CHROMIUM, &CURL, &NODE, &PYTHON],
        run: |_| round::play(),
        when: When::Last,
    },
];

/// What the quick run looks at.
const QUICK: [&str; 8] = [
    "--package",
    "refundry",
    "--package",
    "refundry-receipt",
    "--package",
    "refundry-server",
    "--package",
    "xtask",
];

/// Tests that the quick run leaves out, because each takes seconds or a minute.
const LONG: [&str; 9] = [
    "alterations::",
    "corpus::",
    "faults::",
    "files::backup::a_backup_under_load",
    "fuzzing::",
    "model::",
    "receipts::flips::",
    "scenarios::every_story",
    "tampering::random::",
];

/// What the C packages for ARM take.
const ARM: [&Need; 3] = [&ARM_COMPILER, &ARM_EMULATOR, &ARM_TARGET];

/// Tests of the workspace that are skipped alone if a program is missing.
const TESTS: [(&str, &Need); 26] = [
    ("header::a_cpp_program_links", &CXX),
    ("interface::no_memory_is_lost_or_misused", &VALGRIND),
    ("demo::its_commands_work_as_printed", &CURL),
    ("manual::an_operator_who_pastes_the_readme", &CURL),
    ("abuse::a_thousand_half_open_connections", &PRLIMIT),
    ("abuse::kept_connections_make_room", &PRLIMIT),
    ("faults::limits::", &PRLIMIT),
    ("deployment::systemd_accepts_the_units", &SYSTEMD),
    ("plugin::", &PHP),
    ("postgresql::", &POSTGRESQL),
    ("fleets::", &POSTGRESQL),
    ("nodes::", &POSTGRESQL),
    ("proxies::", &HAPROXY),
    ("proxies::", &POSTGRESQL),
    ("between::a_pool_that_hands", &PGBOUNCER),
    ("between::a_server_is_known", &OPENSSL),
    ("receivers::a_receiver_in_php", &PHP),
    ("tls::", &OPENSSL),
    ("tls::", &PYTHON),
    ("journals::", &HLEDGER),
    ("journals::", &LEDGER),
    ("journals::", &PYTHON),
    ("stories::", &HLEDGER),
    ("stories::", &LEDGER),
    ("stories::", &PYTHON),
    ("frames::", &PYTHON),
];

/// Does the steps of a run, and sums up what they did.
pub(crate) fn run_all(what: Run) -> ExitCode {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| what.has(step.when)).collect();
    let mut missing = Missing::look(&steps);
    if !missing.0.is_empty() {
        debian::bring(&missing.0);
        missing = Missing::look(&steps);
    }
    let advice = debian::command(&missing.0)
        .map_or_else(String::new, |line| format!("To skip nothing, as root on Debian: {line}\n"));
    print!("{advice}");
    let mut summary = Summary::default();
    note(&steps, &missing, &mut summary);
    let done = match what {
        Run::Quick | Run::Packages => go(&steps, &missing, &mut summary),
        Run::Everything => everything(&steps, &missing, &mut summary),
    };
    print!("{summary}{advice}");
    match done {
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
        Ok(()) if summary.has_gaps() => ExitCode::from(GAPS),
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// Tells and notes what is skipped.
fn note(steps: &[&Step], missing: &Missing, summary: &mut Summary) {
    for (what, why) in gaps(steps, missing) {
        println!("skipping {what}: {why}");
        summary.skip(what, why);
    }
}

/// Does all steps, those of the packages beside the others.
fn everything(steps: &[&Step], missing: &Missing, summary: &mut Summary) -> Result<(), String> {
    let of = |wanted: fn(When) -> bool| -> Vec<&Step> {
        steps.iter().filter(|step| wanted(step.when)).copied().collect()
    };
    let packages = Beside::start("packages", &["test", "packages"])?;
    go(&of(|when| !matches!(when, When::Packages | When::Last)), missing, summary)?;
    // What is missing was noted.
    summary.time("the rest of the packages", || packages.end(&[0, GAPS.into()]))?;
    go(&of(|when| when == When::Last), missing, summary)
}

/// Does the steps that nothing is missing for, one after the other, until one fails.
fn go(steps: &[&Step], missing: &Missing, summary: &mut Summary) -> Result<(), String> {
    for step in steps.iter().filter(|step| missing.of(step.needs).is_empty()) {
        summary.time(step.name, || (step.run)(missing))?;
    }
    Ok(())
}

/// What is skipped, and why.
fn gaps(steps: &[&Step], missing: &Missing) -> Vec<(String, String)> {
    let steps = steps.iter().map(|step| (step.name.to_owned(), step.needs.to_vec()));
    let tests = TESTS.iter().map(|(test, need)| (format!("the test {test}"), vec![*need]));
    let arm = [("C packages for ARM".to_owned(), ARM.to_vec())];
    let gap = |(what, needs): (String, Vec<&'static Need>)| {
        let lacking: Vec<_> = missing.of(&needs).iter().map(|need| need.name).collect();
        (!lacking.is_empty()).then(|| (what, format!("not there: {}", lacking.join(", "))))
    };
    steps.chain(tests).chain(arm).filter_map(gap).collect()
}

/// What was looked for and is not there.
struct Missing(Vec<&'static Need>);

impl Missing {
    /// Looks for everything that these steps need.
    fn look(steps: &[&Step]) -> Self {
        let mut needs: Vec<&'static Need> = TESTS.iter().map(|(_, need)| *need).collect();
        needs.extend(steps.iter().flat_map(|step| step.needs));
        if steps.iter().any(|step| step.when == When::Full) {
            needs.extend(ARM);
        }
        needs.sort_unstable_by_key(|need| need.name);
        needs.dedup();
        needs.retain(|need| !need.is_met());
        Self(needs)
    }

    /// What the test programs are told to leave out.
    fn skips(&self) -> impl Iterator<Item = &'static str> {
        let skipped = TESTS.iter().filter(|(_, need)| !self.of(&[need]).is_empty());
        skipped.flat_map(|(test, _)| ["--skip", test]).collect::<Vec<_>>().into_iter()
    }

    /// Those of these needs that are not met.
    fn of(&self, needs: &[&'static Need]) -> Vec<&'static Need> {
        needs.iter().copied().filter(|need| self.0.contains(need)).collect()
    }
}

fn format() -> Result<(), String> {
    run("format", &mut cargo(&["fmt", "--all", "--check"]))
}

fn lints(packages: &[&str]) -> Result<(), String> {
    let mut lints = cargo(&["clippy", "--locked", "--all-targets"]);
    run("lints", lints.args(packages).args(["--", "-D", "warnings"]))
}

fn documentation() -> Result<(), String> {
    let documentation = ["doc", "--locked", "--workspace", "--no-deps"];
    run("documentation", cargo(&documentation).env("RUSTDOCFLAGS", "-D warnings"))
}

/// The library's and the server's tests, without documentation's examples and what takes long.
fn quick_tests(missing: &Missing) -> Result<(), String> {
    let mut tests = cargo(&["test", "--locked", "--lib", "--bins", "--tests"]);
    tests.args(QUICK).arg("--").args(LONG.iter().flat_map(|name| ["--skip", name]));
    run("quick tests", tests.args(missing.skips()))
}

fn all_tests(missing: &Missing) -> Result<(), String> {
    if missing.of(&[&PYTHON]).is_empty() {
        beancounts()?;
        frames()?;
    }
    let mut tests = cargo(&["test", "--locked", "--workspace", "--"]);
    run("tests", tests.args(missing.skips()))
}

/// The versions of Beancount that read the exported books.
fn beancounts() -> Result<(), String> {
    for version in include_str!("../../books/tests/beancount.txt").lines() {
        api::python(&format!("beancount-{version}"), version, |pip| {
            pip.arg(format!("beancount=={version}"));
        })?;
    }
    Ok(())
}

/// The programs of data frames that read the exported tables.
fn frames() -> Result<(), String> {
    let pinned = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../books/tests/frames.txt"));
    let wanted = fs::read_to_string(pinned).unwrap_or_default();
    api::python("frames", &wanted, |pip| {
        pip.arg("--requirement").arg(pinned);
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn what_does_not_need_a_missing_program_is_done() {
        let steps: Vec<&Step> = STEPS.iter().collect();
        let missing = Missing(vec![&CHROMIUM, &PHP, &ARM_EMULATOR]);
        let gap = |what: &str, why: &str| (what.to_owned(), format!("not there: {why}"));
        let expected = [
            gap("C packages", "PHP with curl and FFI"),
            gap("npm package and simulator in Chromium", "chromium"),
            gap("npm package in other hosts and with bundlers", "chromium"),
            gap("receivers of webhooks", "PHP with curl and FFI"),
            gap("three tills and headquarters", "chromium"),
            gap("the test plugin::", "PHP with curl and FFI"),
            gap("the test receivers::a_receiver_in_php", "PHP with curl and FFI"),
            gap("C packages for ARM", "qemu-arm-static"),
        ];
        assert_eq!(gaps(&steps, &missing), expected);
        let skipped = ["--skip", "plugin::", "--skip", "receivers::a_receiver_in_php"];
        assert_eq!(missing.skips().collect::<Vec<_>>(), skipped);
        assert!(gaps(&steps, &Missing(Vec::new())).is_empty());
    }

    #[test]
    fn every_step_is_done_once_by_the_run_of_everything_or_by_the_one_beside_it() {
        for step in &STEPS {
            let own = Run::Everything.has(step.when) && !Run::Packages.has(step.when);
            let beside = Run::Packages.has(step.when);
            assert_eq!(own || beside, step.when != When::Quick, "{}", step.name);
        }
        assert!(STEPS.iter().any(|step| Run::Packages.has(step.when)));
    }

    #[test]
    fn steps_end_at_the_first_that_fails_and_those_without_their_needs_are_left_out() {
        const STEP: Step = Step { name: "one", needs: &[], run: |_| Ok(()), when: When::Always };
        let failing = Step { name: "two", run: |_| Err("two failed".into()), ..STEP };
        let lacking = Step { name: "three", needs: &[&CLANG], ..failing };
        let mut summary = Summary::default();
        let missing = Missing(vec![&CLANG]);
        note(&[&lacking, &STEP], &missing, &mut summary);
        assert_eq!(go(&[&lacking, &STEP], &missing, &mut summary), Ok(()));
        assert!(summary.has_gaps());
        let failed = go(&[&STEP, &failing, &lacking], &missing, &mut summary);
        assert_eq!(failed, Err("two failed".to_owned()));
        let told = summary.to_string();
        assert_eq!(told.matches("\none ").count(), 2, "{told}");
        assert!(told.contains("FAILED") && told.contains("three: not there: clang"), "{told}");
    }

    /// A program that every system has, or that comes with the C compiler.
    const EVERYWHERE: [&str; 9] =
        ["cc", "kill", "mount", "nsenter", "sh", "timeout", "touch", "umount", "unshare"];

    /// Else it would be missed in the middle of a run.
    #[test]
    fn every_program_that_a_test_starts_is_looked_for() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut known: Vec<&str> = TESTS.iter().filter_map(|(_, need)| need.program()).collect();
        // Started by tests that only `cargo xtask receivers` and `cargo xtask patroni` run, and looked for
        // there.
        known.extend(["node", "ip"]);
        let mut unknown = Vec::new();
        for folder in ["tests", "examples", "fleet", "bindings", "trials"] {
            for file in sources(&root.join(folder)) {
                let text = fs::read_to_string(&file).unwrap();
                let started = text.split("Command::new(\"").skip(1);
                let programs = started.map(|rest| rest.split('"').next().unwrap());
                unknown.extend(
                    programs
                        .filter(|name| !EVERYWHERE.contains(name) && !known.contains(name))
                        .map(|name| format!("{name} in {}", file.display())),
                );
            }
        }
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
        found
    }
}
