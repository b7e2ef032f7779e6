//! The fuzzer's targets, run without the fuzzer: with every input of their corpora, and for some
//! seconds with inputs made out of these.

#[path = "../fuzz/dice.rs"]
pub(crate) mod dice;
