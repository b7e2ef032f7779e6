//! The fuzzer's target, run without the fuzzer.

#[path = "../../../fuzz/dice.rs"]
mod dice;
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn what_arrives_on_a_connection() {
    replay::replay("http", crate::http::run);
}
