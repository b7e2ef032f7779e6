//! Receipts prove what is in a book, and nothing else.

mod flips;
mod growing;
mod till;
mod vectors;

use refundry::{
    Access, Error, Ledger, Options,
    receipt::{self, Checkpoint, Facts, Receipt},
};

use till::{CAIRO, Till, key};

/// The longest text that the smallest QR codes for receipts hold.
const LONGEST: usize = 700;

#[test]
fn every_refund_and_charge_has_a_receipt_that_says_what_the_ledger_says() {
    let mut till = Till::new();
    let objects: Vec<_> = (0..70).flat_map(|_| till.sale()).collect();
    let book = till.ledger.book(CAIRO).unwrap();
    let now = book.checkpoint(None).unwrap();
    for id in &objects {
        let own = book.receipt(id, None).unwrap().sign(&key());
        let later = book.receipt(id, Some(book.head().unwrap().seq)).unwrap();
        for made in [own, later] {
            let read = Receipt::parse(&made.to_string()).unwrap();
            assert_eq!(read, made);
            assert_eq!(read.entry().id(), id);
            let is_signed = made.signature().is_some();
            assert_eq!(read.signed_by(key().verifying_key()).is_ok(), is_signed);
            let size = i64::try_from(read.checkpoint().size()).unwrap();
            assert_eq!(*read.checkpoint(), book.checkpoint(Some(size)).unwrap());
            match &read.entry().facts {
                Facts::Refund(told) => {
                    let refund = book.refund(id).unwrap();
                    assert_eq!(told.charge_id, refund.charge_id);
                    assert_eq!(told.amount, refund.amount.minor());
                    assert_eq!(told.reason.as_deref(), refund.reason.map(|reason| reason.name()));
                    assert_eq!(told.external_reference, refund.external_reference);
                    assert_eq!(read.entry().currency(), refund.currency.code());
                    assert_eq!(read.entry().recorded_at, refund.created_at.millis());
                }
                Facts::Charge(told) => {
                    let charge = book.charge(id).unwrap();
                    assert_eq!(told.payment_intent_id, charge.payment_intent_id);
                    assert_eq!(told.amount, charge.amount.minor());
                    assert_eq!(told.amount_captured, charge.amount_captured.minor());
                    assert_eq!((told.fee, &*told.currency), (charge.fee.minor(), "EGP"));
                    assert_eq!(told.available_on, charge.available_on.millis());
                    assert_eq!(told.created_at, charge.created_at.millis());
                }
            }
        }
        assert!(book.receipt(id, Some(140)).unwrap().is_under(&now).is_ok());
    }
}

/// However large the book is: a receipt under its own checkpoint has no path.
#[test]
fn a_receipt_that_a_till_prints_fits_a_qr_code() {
    let mut till = Till::new();
    let [charge, refund] = till.sale();
    let [_, described] = till.sale_with("TERM-7/000123", Some("a torn page"));
    let book = till.ledger.book(CAIRO).unwrap();
    let length = |id: &str| book.receipt(id, None).unwrap().sign(&key()).to_string().len();
    assert_eq!((length(&refund), length(&charge), length(&described)), (451, 487, 516));
    assert!(length(&described) <= LONGEST);
    let unsigned = book.receipt(&refund, None).unwrap().to_string();
    assert_eq!(unsigned.len(), 330);
}

#[test]
fn what_is_not_there_has_no_receipt() {
    let mut till = Till::new();
    let [charge, refund] = till.sale();
    let pending = till.pending();
    let book = till.ledger.book(CAIRO).unwrap();
    for id in ["re_x", "", &pending, CAIRO] {
        let told = book.receipt(id, None);
        assert!(matches!(told, Err(Error::ResourceMissing { param: "id", .. })), "{told:?}");
    }
    for size in [-1, 0, 1, 3, i64::MAX] {
        let told = book.receipt(&refund, Some(size));
        assert!(matches!(told, Err(Error::ParameterInvalid { param: "size", .. })), "{told:?}");
    }
    assert!(book.receipt(&charge, Some(1)).is_ok() && book.receipt(&charge, Some(2)).is_ok());
    for (from, to) in [(-1, 2), (2, 1), (0, 3), (i64::MAX, i64::MAX)] {
        let told = book.consistency(from, to);
        assert!(matches!(told, Err(Error::ParameterInvalid { .. })), "{from} to {to}: {told:?}");
    }
}

/// What somebody altered behind the library's back has no receipt either.
#[test]
fn a_book_that_was_altered_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut till = Till::at(&path);
    let [_, refund] = till.sale();
    till.sale();
    drop(till);
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch(
        "DROP TRIGGER entries_no_update;
         UPDATE entries SET amount = amount + 1 WHERE cause = 3",
    )
    .unwrap();
    drop(conn);
    let mut options = Options::default();
    options.access = Access::ReadOnly;
    let mut ledger = Ledger::open(&path, options).unwrap();
    let book = ledger.book(CAIRO).unwrap();
    for size in [None, Some(4)] {
        assert_eq!(book.receipt(&refund, size).unwrap_err().number(), 316);
    }
}

#[test]
fn a_key_signs_for_itself_alone() {
    let mut till = Till::new();
    let [_, refund] = till.sale();
    let book = till.ledger.book(CAIRO).unwrap();
    let receipt = book.receipt(&refund, None).unwrap();
    let number = |told: receipt::Result<()>| told.unwrap_err().number();
    assert_eq!(number(receipt.signed_by(key().verifying_key())), 213, "it is unsigned");

    let same_name = receipt::SigningKey::from_seed(key().verifying_key().name(), &[8; 32]).unwrap();
    for other in [same_name, till::other_key()] {
        let forged = receipt.clone().sign(&other);
        assert!(forged.signed_by(other.verifying_key()).is_ok());
        assert_eq!(number(forged.signed_by(key().verifying_key())), 213);
        // Neither does its signature pass under the right name.
        let mut signature = forged.signature().unwrap().clone();
        let right = receipt.clone().sign(&key());
        let right = right.signature().unwrap();
        (signature.name, signature.key_id) = (right.name.clone(), right.key_id);
        let forged = receipt.clone().with_signature(signature).unwrap();
        assert_eq!(number(forged.signed_by(key().verifying_key())), 213);
    }
    assert!(receipt.sign(&key()).signed_by(key().verifying_key()).is_ok());
}

/// A shop that made up another book for one customer has to sign another checkpoint for it.
#[test]
fn a_forged_checkpoint_is_none_that_was_published() {
    let mut till = Till::new();
    let [_, refund] = till.sale();
    till.sale();
    let book = till.ledger.book(CAIRO).unwrap();
    let published = book.checkpoint(None).unwrap();
    let receipt = book.receipt(&refund, Some(4)).unwrap();
    assert!(receipt.is_under(&published).is_ok());
    let forged = |size, root, last| Checkpoint::new(CAIRO, size, root, last).unwrap();
    let (root, last) = (*published.root(), *published.last());
    for other in [
        forged(4, [7; 32], last),
        forged(4, root, [7; 32]),
        forged(5, root, last),
        Checkpoint::new("acct_giza", 4, root, last).unwrap(),
    ] {
        assert_eq!(receipt.is_under(&other).unwrap_err().number(), 214, "{}", other.text());
    }
}
