//! The checker alone, tried with the vectors that every checker is tried with.

// A test that panics has done its work.
#![allow(clippy::unwrap_used)]

use refundry_receipt::{
    Checkpoint, Consistency, Error, Note, Receipt, Signature, SigningKey, VerifyingKey,
};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn text<'a>(vectors: &'a Value, name: &str) -> &'a str {
    vectors[name].as_str().unwrap()
}

#[test]
fn what_is_proven_is_read_and_was_signed() {
    let vectors = vectors();
    let key = VerifyingKey::parse(text(&vectors, "key")).unwrap();
    let other = VerifyingKey::parse(text(&vectors, "otherKey")).unwrap();
    let receipts = vectors["receipts"].as_array().unwrap();
    assert!(receipts.len() >= 5);
    for vector in receipts {
        let receipt = Receipt::parse(text(vector, "text")).unwrap();
        assert_eq!(receipt.to_string(), text(vector, "text"));
        assert_eq!(receipt.entry().id(), text(vector, "id"));
        assert_eq!(receipt.entry().amount().to_string(), text(vector, "amount"));
        assert_eq!(Some(receipt.entry().seq), vector["seq"].as_u64());
        assert_eq!(Some(receipt.checkpoint().size()), vector["size"].as_u64());
        assert_eq!(Some(receipt.entry().recorded_at), vector["recordedAt"].as_i64());
        receipt.signed_by(&key).unwrap();
        assert_eq!(receipt.signed_by(&other).unwrap_err().code(), "signature_invalid");
    }
}

#[test]
fn what_is_no_receipt_is_refused() {
    let vectors = vectors();
    for vector in vectors["refused"].as_array().unwrap() {
        let refused = Receipt::parse(text(vector, "text")).unwrap_err();
        assert_eq!(refused.code(), text(vector, "code"), "{vector}");
    }
}

#[test]
fn checkpoints_are_consistent_and_no_others_are() {
    let vectors = vectors();
    let early = Note::parse(text(&vectors, "early")).unwrap().checkpoint;
    let late = Note::parse(text(&vectors, "late")).unwrap().checkpoint;
    let proof = Consistency::parse(text(&vectors, "consistency")).unwrap();
    proof.check(&early, &late).unwrap();
    let of = |checkpoint: &Checkpoint, merchant_id: &str, root| {
        Checkpoint::new(merchant_id, checkpoint.size(), root, *checkpoint.last()).unwrap()
    };
    for (old, new) in [
        (&late, &early),
        (&of(&early, early.merchant_id(), [7; 32]), &late),
        (&early, &of(&late, late.merchant_id(), [7; 32])),
        (&early, &of(&late, "acct_giza", *late.root())),
        (&late, &of(&late, late.merchant_id(), [7; 32])),
    ] {
        assert_eq!(proof.check(old, new).unwrap_err().number(), 214);
    }
    // Everything grew from nothing, so that there is nothing to prove.
    let none = Checkpoint::new(early.merchant_id(), 0, *early.root(), *early.last()).unwrap();
    Consistency::default().check(&none, &late).unwrap();
    assert_eq!(proof.check(&none, &late).unwrap_err().number(), 214);
    for text in ["x", "AAAA", &format!("{proof}AAAA")] {
        assert_eq!(Consistency::parse(text).unwrap_err().number(), 212);
    }
}

#[test]
fn a_key_has_one_text_which_shows_no_secret() {
    let key = SigningKey::from_seed("cairo-books.example", &[7; 32]).unwrap();
    assert_eq!(key.verifying_key().to_string(), text(&vectors(), "key"));
    let secret = key.secret();
    assert_eq!(SigningKey::parse(&secret).unwrap().verifying_key(), key.verifying_key());
    let shown = format!("{key:?}");
    assert!(!shown.contains(secret.splitn(5, '+').last().unwrap()), "{shown}");
    let public = key.verifying_key().to_string();
    for other in [
        String::new(),
        secret.clone(),
        public.replacen("cairo", "luxor", 1),
        public.replacen('+', " ", 1),
        public[..public.len() - 1].to_owned(),
        format!("{public}A"),
        public.replacen("+d3a57471+", "+d3a57472+", 1),
        public.to_uppercase(),
    ] {
        let refused = VerifyingKey::parse(&other);
        assert!(matches!(refused, Err(Error::CheckpointInvalid { .. })), "{other}");
    }
    for other in [public.clone(), secret.replacen("cairo", "luxor", 1), secret.to_lowercase()] {
        assert!(SigningKey::parse(&other).is_err());
    }
    for name in ["", "a b", "a+b", "é", &"a".repeat(65)] {
        assert!(SigningKey::from_seed(name, &[7; 32]).is_err(), "{name:?}");
    }
}

/// A note keeps what other programs add to it apart: witnesses' signatures are longer.
#[test]
fn signatures_of_other_forms_are_left_out() {
    let vectors = vectors();
    let text = text(&vectors, "late");
    let witnessed = format!("{text}— witness.example {}\n", "AAAA".repeat(26));
    assert_eq!(Note::parse(&witnessed).unwrap(), Note::parse(text).unwrap());
    for line in ["— x", "—  AAAA", "- witness.example AAAA", "— witness.example A", "more"] {
        assert_eq!(Note::parse(&format!("{text}{line}\n")).unwrap_err().number(), 212, "{line}");
    }
}

/// Names that no key of a shop has do no harm, and what is said is what is wrong with the shop's own.
#[test]
fn signatures_by_other_names_are_left_out() {
    let vectors = vectors();
    let key = VerifyingKey::parse(text(&vectors, "key")).unwrap();
    let witnessed = Note::parse(text(&vectors, "witnessed")).unwrap();
    witnessed.signed_by(&key).unwrap();
    assert_eq!(witnessed.signatures.len(), 2);
    let refused = Note::parse(text(&vectors, "forged")).unwrap().signed_by(&key).unwrap_err();
    assert!(refused.to_string().contains("or is forged"), "{refused}");
}

/// Whoever else signed it, the shop's own signature counts.
#[test]
fn a_published_checkpoint_was_signed_by_its_key() {
    let vectors = vectors();
    let key = VerifyingKey::parse(text(&vectors, "key")).unwrap();
    let other = VerifyingKey::parse(text(&vectors, "otherKey")).unwrap();
    let note = Note::parse(text(&vectors, "late")).unwrap();
    note.signed_by(&key).unwrap();
    assert_eq!(note.signed_by(&other).unwrap_err().code(), "signature_invalid");

    let mut by_two = note.clone();
    let forged = Signature { bytes: [7; 64], ..note.signatures[0].clone() };
    by_two.signatures.insert(0, forged.clone());
    by_two.signatures.push(Signature { name: "witness.example".to_owned(), ..forged.clone() });
    by_two.signed_by(&key).unwrap();
    for signatures in [vec![], vec![forged]] {
        let unsigned = Note { signatures, ..note.clone() };
        assert_eq!(unsigned.signed_by(&key).unwrap_err().code(), "signature_invalid");
    }
    let early = Note::parse(text(&vectors, "early")).unwrap();
    let moved = Note { checkpoint: early.checkpoint, ..note };
    assert_eq!(moved.signed_by(&key).unwrap_err().code(), "signature_invalid");
}
