//! A receipt in which one bit was flipped proves nothing.

use refundry::receipt::{Checkpoint, Receipt, VerifyingKey};

use super::till::{CAIRO, Till, key};
use crate::size::rounds;

/// Under what a receipt is checked.
enum Under<'a> {
    Key(&'a VerifyingKey),
    Published(&'a Checkpoint),
}

/// Whether a text proves something.
fn proves(text: &str, under: &Under<'_>) -> bool {
    Receipt::parse(text).is_ok_and(|receipt| match under {
        Under::Key(key) => receipt.signed_by(key).is_ok(),
        Under::Published(checkpoint) => receipt.is_under(checkpoint).is_ok(),
    })
}

/// How many of the flipped bits are noticed only by the signature or the published checkpoint.
fn flip_all(text: &str, under: &Under<'_>) -> usize {
    assert!(proves(text, under), "{text}");
    let (mut bytes, mut read) = (text.as_bytes().to_vec(), 0);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            // What is not UTF-8 is no text at all.
            if let Ok(flipped) = str::from_utf8(&bytes) {
                read += usize::from(Receipt::parse(flipped).is_ok());
                assert!(!proves(flipped, under), "bit {bit} of byte {at} of {text}");
            }
            bytes[at] ^= 1 << bit;
        }
    }
    read
}

/// A thousand receipts, with and without paths. To check a signature takes long, so that one of fifty is
/// signed, and each where time does not matter.
#[test]
fn every_flipped_bit_of_a_thousand_receipts_is_noticed() {
    let mut till = Till::new();
    let ids: Vec<_> = (0..500).flat_map(|_| till.sale()).collect();
    let book = till.ledger.book(CAIRO).unwrap();
    let published = book.checkpoint(None).unwrap();
    let (key, every) = (key(), rounds(50, 1));
    let mut only_so = [0; 3];
    for (i, id) in (0_u64..).zip(&ids) {
        let own = book.receipt(id, None).unwrap();
        if i.is_multiple_of(every) {
            let signed = own.sign(&key).to_string();
            only_so[0] += flip_all(&signed, &Under::Key(key.verifying_key()));
        } else if i % 50 == 1 {
            let of_path = book.receipt(id, Some(1_000)).unwrap().to_string();
            only_so[1] += flip_all(&of_path, &Under::Published(&published));
        } else {
            only_so[2] += flip_all(&own.to_string(), &Under::Published(own.checkpoint()));
        }
    }
    assert!(only_so[0] > 0, "{only_so:?}: some are noticed by the signature alone");
}
