//! Made-up days of three shops, run through the library: every sum as it was computed without it.

mod data;

use std::path::PathBuf;

use crate::retail::Expectation;

#[test]
fn every_sum_is_as_computed_without_a_ledger() {
    let data = data::generate();
    let requests: Vec<_> = data.requests.iter().map(ToString::to_string).collect();
    let objects: String = data.objects.iter().map(|object| format!("{object}\n")).collect();
    Expectation::of(&data.expected).check(&objects, &requests);
}

/// The data must go on having what it is for.
#[test]
fn the_days_have_what_the_real_shops_lack() {
    let data = data::generate();
    let refunds = &data.expected["refunds"];
    assert!(refunds["succeeded"].as_u64() > Some(150), "{refunds}");
    for code in [
        "amount_exceeds_refundable",
        "charge_already_refunded",
        "resource_invalid_state",
        "resource_missing",
    ] {
        assert!(refunds["refused"][code].as_u64() > Some(5), "{refunds}");
    }
    let text = format!("{:?}", data.objects);
    for currency in ["JPY", "EGP", "KWD"] {
        assert!(text.contains(currency));
    }
    let charges = || data.objects.iter().filter(|object| object["object"] == "charge");
    assert!(charges().any(|charge| charge["fee"] == "0"));
    assert!(charges().any(|charge| charge["fee"] == charge["amountCaptured"]));
    assert!(charges().any(|charge| charge["amount"] != charge["amountCaptured"]));
    assert!(charges().filter(|charge| charge["fee"] == "20").count() > 5, "equal fees");
}

/// Writes the files beside the build's other output, for those who want to look at them.
#[test]
#[ignore = "writes files that nothing else needs"]
fn write_the_files() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    data::generate().write(&directory, "generated").unwrap();
}
