//! The fuzzer's corpus, run without the fuzzer.

use std::{fs, path::Path};

#[test]
fn the_corpus_finds_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/c_calls");
    let mut count = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        crate::calls::run(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 20, "the corpus was not found");
}
