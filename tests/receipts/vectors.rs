//! Vectors for checkers in other languages, made anew from a book that is always the same.

use std::{collections::BTreeMap, fs, path::Path};

use refundry::{
    Currency, Ledger, Options,
    receipt::{Checkpoint, Note, Receipt, Signature},
};
use serde_json::{Value, json};

use super::till::{CAIRO, Till, key};

/// What a receipt has to say, and what it says when something is wrong with it.
fn vectors() -> Value {
    let mut till = Till::new();
    let mut ids: Vec<String> = (0..99).flat_map(|_| till.sale()).collect();
    ids.extend(till.sale_with("TERM-7/000123", Some("a torn page")));
    let book = till.ledger.book(CAIRO).unwrap();
    let key = key();
    let (early, late) = (book.checkpoint(Some(77)).unwrap(), book.checkpoint(None).unwrap());
    let note = |checkpoint: &Checkpoint| {
        let signatures = vec![key.sign(checkpoint)];
        Note { checkpoint: checkpoint.clone(), signatures }.to_string()
    };
    let beside_witnesses = |own: Signature| {
        let by = |name: &str| Signature { name: name.to_owned(), ..own.clone() };
        let (long, umlaut) = (by(&"w".repeat(65)), by("zürich.example"));
        let signatures = vec![long, own.clone(), umlaut, by("witness.example")];
        Note { checkpoint: late.clone(), signatures }.to_string()
    };
    let forged = Signature { bytes: [7; 64], ..key.sign(&late) };
    let of = |id: &str, size| {
        let receipt = book.receipt(id, size).unwrap().sign(&key);
        json!({ "text": receipt.to_string(), "id": id, "seq": receipt.entry().seq,
            "size": receipt.checkpoint().size(), "amount": receipt.entry().amount().to_string(),
            "recordedAt": receipt.entry().recorded_at })
    };
    let receipts: Vec<_> = [(0, None), (1, None), (1, Some(200)), (76, Some(77)), (199, None)]
        .into_iter()
        .map(|(at, size): (usize, _)| of(&ids[at], size))
        .collect();
    json!({
        "key": key.verifying_key().to_string(),
        "otherKey": super::till::other_key().verifying_key().to_string(),
        "early": note(&early),
        "late": note(&late),
        "witnessed": beside_witnesses(key.sign(&late)),
        "forged": beside_witnesses(forged),
        "consistency": book.consistency(77, 200).unwrap().to_string(),
        "receipts": receipts,
        "refused": refused(&book.receipt(&ids[1], Some(200)).unwrap()),
    })
}

/// Texts that are no receipts, and the codes with which they are refused.
fn refused(receipt: &Receipt) -> Vec<Value> {
    let text = receipt.to_string();
    let middle = text.len() / 2;
    let altered = |at: usize| {
        let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    [
        String::new(),
        "rr1.".to_owned(),
        text.replacen("rr1.", "rr2.", 1),
        text[..middle].to_owned(),
        format!("{text}AAAA"),
        format!("{text}="),
        format!(" {text}"),
        text.replacen("rr1.", "rr1.AAAAAA", 1),
        altered(text.len() - 1),
        altered(60),
        altered(middle + 100),
    ]
    .into_iter()
    .map(|text| {
        let code = Receipt::parse(&text).unwrap_err().code();
        json!({ "text": text, "code": code })
    })
    .collect()
}

/// Says which file was made anew, if one had to be. The order of the names says nothing: it depends on
/// what else is built with serde_json.
fn keep(path: &str, made: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if serde_json::from_str::<Value>(&kept).ok().as_ref() != Some(made) {
        fs::write(&path, serde_json::to_string_pretty(made).unwrap() + "\n").unwrap();
        panic!("{} was made anew; look at what changed, and commit it", path.display());
    }
}

/// The page that checks receipts shows amounts as the library does.
#[test]
fn the_page_knows_every_currency_that_has_not_two_decimals() {
    let ledger = Ledger::in_memory(Options::default()).unwrap();
    let mut known = BTreeMap::new();
    for code in 0..26_u32.pow(3) {
        let letters = [code / 676, code / 26 % 26, code % 26];
        let code: String = letters.iter().map(|letter| char::from(b'A' + *letter as u8)).collect();
        let exponent = Currency::from_code(&code)
            .ok()
            .and_then(|currency| ledger.exponent(currency).unwrap())
            .filter(|exponent| *exponent != 2);
        if let Some(exponent) = exponent {
            known.insert(code, exponent);
        }
    }
    assert_eq!((known.get("KWD"), known.get("JPY")), (Some(&3), Some(&0)));
    keep("wasm/verify/decimals.json", &json!(known));
}

#[test]
fn the_vectors_are_those_that_other_checkers_are_tried_with() {
    keep("receipt/tests/vectors.json", &vectors());
}

/// A signature that another program made is taken in as it is.
#[test]
fn a_signature_may_be_made_elsewhere() {
    let mut till = Till::new();
    let [_, refund] = till.sale();
    let receipt = till.ledger.book(CAIRO).unwrap().receipt(&refund, None).unwrap();
    let Signature { name, key_id, bytes } = key().sign(receipt.checkpoint());
    let signed = receipt.with_signature(Signature { name, key_id, bytes }).unwrap();
    assert!(signed.signed_by(key().verifying_key()).is_ok());
}
