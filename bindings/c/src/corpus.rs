//! The fuzzer's target, run without the fuzzer.

#[path = "../../../fuzz/dice.rs"]
mod dice;
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[test]
fn sequences_of_calls() {
    replay::replay("c_calls", crate::calls::run);
}
