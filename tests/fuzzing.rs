//! The fuzzer's targets, run without the fuzzer: with every input of their corpora, and for some
//! seconds with inputs made out of these.

#[path = "../fuzz/dice.rs"]
pub(crate) mod dice;
#[path = "../fuzz/replay.rs"]
mod replay;

#[path = "../fuzz/database.rs"]
mod database;
#[path = "../fuzz/import.rs"]
mod import;
#[path = "../fuzz/request.rs"]
mod request;

#[test]
fn requests() {
    replay::replay("request", request::run);
}

#[test]
fn imports() {
    replay::replay("import", import::run);
}

#[test]
fn databases() {
    replay::replay("database", database::run);
}

/// The control: bugs planted into what reads and opens are found without the fuzzer, too.
#[test]
fn planted_bugs_are_found() {
    let found = |name: &str, planted: fn(&[u8]) -> bool| {
        let at = replay::inputs(name).take(50_000).position(|input| planted(&input));
        at.unwrap_or_else(|| panic!("a bug planted into {name} is not found"))
    };
    // As if large amounts were a mistake where an intent is refunded.
    let request = found("request", |input| {
        refundry::RefundRequest::from_json(input).is_ok_and(|request| {
            matches!(request.target, refundry::Target::PaymentIntent(_))
                && request.amount.is_some_and(|amount| amount.minor() > 99_999)
        })
    });
    // As if an import that says something twice could not bear a blank line.
    let import = found("import", |input| {
        let lines: Vec<_> = input.split(|byte| *byte == b'\n').collect();
        let twice = lines.windows(2).any(|two| two[0] == two[1] && !two[0].is_empty());
        twice && lines[..lines.len() - 1].contains(&&b""[..])
    });
    println!("fuzz, control: planted bugs found by input {request} and {import}");
}
