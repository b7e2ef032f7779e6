//! Machines are lost: three servers under Patroni and etcd, three nodes, each on a machine of its own. What
//! was answered has to be there, once, whatever is killed, cut off or frozen.
//!
//! `cargo xtask patroni` runs it, as root: some twenty minutes.

mod cluster;
mod loss;
mod machines;
mod node;
mod story;

use std::{env, process::Command, time::Duration};

/// The longest time without a refund that is not too long.
const LONGEST_GAP: Duration = Duration::from_secs(35);

/// The test's name, in the process that has machines of its own.
const INSIDE: &str = "REFUNDRY_SOAK_INSIDE";

/// The arguments by which this program runs a test that is here.
fn arguments(test: &str) -> [String; 4] {
    [&format!("patroni::{test}"), "--exact", "--ignored", "--nocapture"].map(str::to_owned)
}

/// Does something where all networks, mounts and processes are its own, and end with it, also if it
/// panics or takes too long. A node's process does its work instead.
fn apart(test: &str, minutes: u32, story: impl FnOnce()) {
    if let Ok(name) = env::var(node::NAME) {
        return node::serve(&name);
    }
    if env::var_os(INSIDE).is_some() {
        return story();
    }
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", &format!("{minutes}m"), "unshare"]);
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh"]);
    // The shell is the first process: it takes leave of those whose parents were killed.
    command.args(["-c", "\"$@\"; exit $?", "sh"]).arg(env::current_exe().unwrap());
    command.args(arguments(test)).env(INSIDE, test);
    let done = command.status().unwrap();
    assert!(done.success(), "{done}");
}

#[test]
#[ignore = "takes long, and is root's: `cargo xtask patroni`"]
fn nothing_that_was_answered_is_lost_with_a_machine() {
    apart("nothing_that_was_answered_is_lost_with_a_machine", 45, || {
        let story = story::Story::begin(true);
        let gap = story.lose_all(&loss::losses());
        let found = story.judge();
        assert!(found.is_empty(), "{found:#?}");
        assert!(gap <= LONGEST_GAP, "{gap:?}");
    });
}

/// Who leads since a moment ago is lost before it has done much.
#[test]
#[ignore = "takes long, and is root's: `cargo xtask patroni`"]
fn what_a_new_primary_answered_outlives_it() {
    apart("what_a_new_primary_answered_outlives_it", 15, || {
        let story = story::Story::begin(true);
        story.lose_all(&[loss::Loss::PostmasterKilled, loss::Loss::PrimaryFrozen].repeat(8));
        let found = story.judge();
        assert!(found.is_empty(), "{found:#?}");
    });
}

#[test]
#[ignore = "takes long, and is root's: `cargo xtask patroni`"]
fn the_judge_finds_asynchronous_standbys() {
    apart("the_judge_finds_asynchronous_standbys", 15, || {
        let story = story::Story::begin(false);
        story.lose_all(&[loss::Loss::PrimaryAhead; 2]);
        let found = story.judge();
        let lost = |found: &&String| found.contains("was answered, and is not there");
        assert!(found.iter().any(|one| lost(&one)), "{found:#?}");
        println!("{} violations, as it has to be: {}", found.len(), found[0]);
    });
}
