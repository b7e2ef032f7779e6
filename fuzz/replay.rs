//! A fuzzer's target without the fuzzer: run with each input of its corpus, and then for some
//! seconds with inputs made out of these and the words of its dictionary. It finds less than the
//! fuzzer does, which sees what code an input reaches, but it needs no nightly compiler.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, clippy::unwrap_used)]

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::dice::Dice;

/// The longest input that is made.
const LONGEST: usize = 64 * 1024;
/// An input that takes longer than this, on a loaded machine too, would hang a program.
const TOO_LONG: Duration = Duration::from_secs(30);

/// The inputs of a target's corpus, and then others without an end that are made of them.
pub(crate) fn inputs(name: &str) -> impl Iterator<Item = Vec<u8>> {
    let (corpus, words) = (corpus(name), words(name));
    let mut dice = Dice::seeded(7);
    let known = corpus.clone();
    known.into_iter().chain(std::iter::repeat_with(move || mutate(&mut dice, &corpus, &words)))
}

/// Runs a target as described above, and says with how many inputs.
pub(crate) fn replay(name: &str, run: impl Fn(&[u8])) {
    let of_corpus = corpus(name).len();
    let seconds = if env::var_os("REFUNDRY_SOAK").is_some() { 600 } else { 10 };
    let begin = Instant::now();
    let (mut tried, mut slowest) = (0_usize, Duration::ZERO);
    for input in inputs(name) {
        let start = Instant::now();
        run_one(&run, &input);
        slowest = slowest.max(start.elapsed());
        tried += 1;
        if tried >= of_corpus && begin.elapsed() > Duration::from_secs(seconds) {
            break;
        }
    }
    println!(
        "fuzz {name}: {of_corpus} inputs of the corpus and {} made of them in {} s, the slowest in \
         {} ms; nothing found",
        tried - of_corpus,
        begin.elapsed().as_secs(),
        slowest.as_millis()
    );
}

/// Runs a target, and shows an input with which it fails.
fn run_one(run: &impl Fn(&[u8]), input: &[u8]) {
    let start = Instant::now();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(input))) {
        eprintln!("this input fails:\nb\"{}\"", input.escape_ascii());
        resume_unwind(panic);
    }
    assert!(start.elapsed() < TOO_LONG, "this input hangs:\nb\"{}\"", input.escape_ascii());
}

/// Where the fuzzer's files are, from whichever package of the workspace.
fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("fuzz")).find(|fuzz| fuzz.is_dir()).unwrap()
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(folder().join("corpus").join(name)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus of {name} was not found");
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The words of a dictionary in libFuzzer's form: one a line, in quotes.
fn words(name: &str) -> Vec<Vec<u8>> {
    let Ok(text) = fs::read_to_string(folder().join("dictionaries").join(name)) else {
        return vec![vec![0], vec![0xff]];
    };
    let quoted = |line: &str| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    text.lines().filter_map(quoted).map(|word| unescape(&word)).collect()
}

fn unescape(word: &str) -> Vec<u8> {
    let mut bytes = vec![];
    let mut rest = word.as_bytes();
    while let [first, then @ ..] = rest {
        (rest, bytes) = match (first, then) {
            (b'\\', [b'x', digits @ ..]) => {
                let digits = digits.split_at(2);
                let byte = u8::from_str_radix(str::from_utf8(digits.0).unwrap(), 16).unwrap();
                (digits.1, [bytes, vec![byte]].concat())
            }
            (b'\\', [escaped, then @ ..]) => (then, [bytes, vec![*escaped]].concat()),
            _ => (then, [bytes, vec![*first]].concat()),
        };
    }
    bytes
}

/// An input of the corpus, changed in a few places.
fn mutate(dice: &mut Dice, corpus: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut input = dice.pick(corpus).clone();
    for _ in 0..=dice.below(5) {
        let at = dice.below(input.len() + 1);
        let end = (at + dice.below(32)).min(input.len());
        match dice.below(10) {
            0 => drop(input.drain(at..end)),
            1 => input.truncate(at),
            2 => drop(input.splice(at..at, dice.pick(words).iter().copied())),
            3 => drop(input.splice(at..end, dice.pick(words).iter().copied())),
            4 => {
                // A part of it again, or of another.
                let from =
                    if dice.below(2) == 0 { input.clone() } else { dice.pick(corpus).clone() };
                let begin = dice.below(from.len() + 1);
                let most = 1 << dice.below(12);
                let length = dice.below(most).min(from.len() - begin);
                drop(input.splice(at..at, from[begin..begin + length].iter().copied()));
            }
            _ if at == input.len() => input.push(dice.number() as u8),
            // More digits, or deeper brackets.
            9 => drop(input.splice(at..at, vec![input[at]; 1 + dice.below(20)])),
            5 => input[at] ^= 1 << dice.below(8),
            6 => input[at] = *dice.pick(&[0, 1, 0x7f, 0x80, 0xff, b'0', b'"', b'\n']),
            7 => input[at] = input[at].wrapping_add(dice.number() as u8 % 9).wrapping_sub(4),
            _ => input[at] = dice.number() as u8,
        }
    }
    input.truncate(LONGEST);
    input
}
