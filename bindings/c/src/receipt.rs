//! Receipts: what a book proves of its refunds and charges to anyone.

use std::ffi::c_char;

use ::refundry_receipt::{
    self as checker, Consistency, Facts, Note, Receipt, SigningKey, VerifyingKey,
};
use refundry::Error;

use crate::{
    argument::{optional_text, text},
    call::Failure,
    handle::{on_book, on_nothing, refundry_book},
    memory::{Give, Memory},
    status::refundry_status,
};

/// A receipt whose proof was checked: the entry is in the book of the checkpoint.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_receipt {
    /// The receipt itself, to be printed or shown as a QR code.
    pub text: *const c_char,
    /// How many characters that are.
    pub length: usize,
    /// The id of the refund or charge.
    pub id: *const c_char,
    /// Whether it is a refund.
    pub is_refund: i32,
    /// What the customer gets back, or paid.
    pub amount: i64,
    /// The currency's code.
    pub currency: *const c_char,
    /// When it was recorded.
    pub recorded_at: i64,
    /// The charge that a refund gives back; `NULL` for a charge.
    pub charge_id: *const c_char,
    /// The reference of the terminal or acquirer, or `NULL`.
    pub external_reference: *const c_char,
    /// Whose book it is.
    pub merchant_id: *const c_char,
    /// The sequence number of the entry.
    pub seq: u64,
    /// The checkpoint in whose book the entry is.
    pub checkpoint: *const refundry_checkpoint,
    /// The name that the signature bears, or `NULL`; it was checked only if `key` was given.
    pub signed_by: *const c_char,
}

/// Where a book stood, to be published.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_checkpoint {
    /// How many entries the book had.
    pub size: u64,
    /// The checkpoint in lines of text, with its signature if it has one.
    pub text: *const c_char,
}

/// A proof that a book only grew between two checkpoints.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_consistency {
    /// One hash on each line.
    pub text: *const c_char,
}

impl Give for Receipt {
    type Object = refundry_receipt;

    fn give(&self, memory: &Memory<'_>) -> refundry_receipt {
        let (text, entry) = (self.to_string(), self.entry());
        let (charge_id, external_reference) = match &entry.facts {
            Facts::Refund(refund) => {
                (Some(&*refund.charge_id), refund.external_reference.as_deref())
            }
            Facts::Charge(_) => (None, None),
        };
        let note = Note {
            checkpoint: self.checkpoint().clone(),
            signatures: self.signature().cloned().into_iter().collect(),
        };
        refundry_receipt {
            length: text.len(),
            text: memory.text(&text),
            id: memory.text(entry.id()),
            is_refund: charge_id.is_some().into(),
            amount: entry.amount(),
            currency: memory.text(entry.currency()),
            recorded_at: entry.recorded_at,
            charge_id: memory.optional_text(charge_id),
            external_reference: memory.optional_text(external_reference),
            merchant_id: memory.text(self.checkpoint().merchant_id()),
            seq: entry.seq,
            checkpoint: memory.object(&note),
            signed_by: memory.optional_text(self.signature().map(|signature| &*signature.name)),
        }
    }
}

impl Give for Note {
    type Object = refundry_checkpoint;

    fn give(&self, memory: &Memory<'_>) -> refundry_checkpoint {
        refundry_checkpoint { size: self.checkpoint.size(), text: memory.text(&self.to_string()) }
    }
}

impl Give for Consistency {
    type Object = refundry_consistency;

    fn give(&self, memory: &Memory<'_>) -> refundry_consistency {
        refundry_consistency { text: memory.text(&self.to_string()) }
    }
}

fn library(error: checker::Error) -> Failure {
    Failure::Library(Error::Receipt(error))
}

/// The key that signs, if one is given.
///
/// # Safety
/// `secret` is null or points to a C string.
unsafe fn signing_key(secret: *const c_char) -> Result<Option<SigningKey>, Failure> {
    // SAFETY: as the caller of this function promises.
    let secret = unsafe { optional_text(secret, "secret") }?;
    secret.map(|secret| SigningKey::parse(secret).map_err(library)).transpose()
}

/// Makes the receipt of a refund, or of a charge that succeeded, by its id: a text of at most 700
/// characters with ids as the library makes them, that proves to anyone that it is in the book.
/// docs/receipts.md has the format.
///
/// `size` of 0 means under a checkpoint of its own, right after the object's entry; else under the
/// checkpoint of the book with so many entries, which makes the receipt longer. `secret` is the key that
/// signs it (`PRIVATE+KEY+…`), or `NULL`. Call `refundry_tree_extend` before, now and then: what
/// that has not done yet is done in each call. On success `*receipt` is an object; free it with
/// `refundry_free`.
///
/// Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key; `REFUNDRY_RESOURCE_MISSING`;
/// `REFUNDRY_PARAMETER_INVALID` for a size before the entry, or that the book never had; and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_receipt_make(
    book: *mut refundry_book,
    id: *const c_char,
    size: i64,
    secret: *const c_char,
    receipt: *mut *const refundry_receipt,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, receipt, |book| {
            let (id, key) = (text(id, "id")?, signing_key(secret)?);
            let made = book.receipt(id, Some(size).filter(|size| *size != 0))?;
            Ok(match &key {
                Some(key) => made.sign(key),
                None => made,
            })
        })
    }
}

/// Reads a receipt and checks what it proves. No ledger is needed.
///
/// `key` is the public key that the shop has published, and `checkpoint_text` a checkpoint that it has
/// published. Each may be `NULL`, and is not looked at then. Without both only the receipt's own proof is
/// checked, which anyone can make up. The signatures of the published checkpoint are not checked:
/// `refundry_checkpoint_check` does. On success `*receipt` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_RECEIPT_INVALID`; `REFUNDRY_RECEIPT_UNPROVEN`;
/// `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key, `REFUNDRY_SIGNATURE_INVALID` if that key did
/// not sign; `REFUNDRY_CHECKPOINT_INVALID` for a text that is no checkpoint,
/// `REFUNDRY_CHECKPOINT_INCONSISTENT` if the receipt's is another. Any thread may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_receipt_check(
    receipt_text: *const c_char,
    key: *const c_char,
    checkpoint_text: *const c_char,
    receipt: *mut *const refundry_receipt,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_nothing(receipt, || {
            let receipt_text = text(receipt_text, "receipt_text")?;
            let key = optional_text(key, "key")?;
            let checkpoint = optional_text(checkpoint_text, "checkpoint_text")?;
            check(receipt_text, key, checkpoint).map_err(library)
        })
    }
}

fn check(text: &str, key: Option<&str>, checkpoint: Option<&str>) -> checker::Result<Receipt> {
    let receipt = Receipt::parse(text)?;
    if let Some(key) = key {
        receipt.signed_by(&VerifyingKey::parse(key)?)?;
    }
    if let Some(checkpoint) = checkpoint {
        receipt.is_under(&Note::parse(checkpoint)?.checkpoint)?;
    }
    Ok(receipt)
}

/// Reads a checkpoint that a shop has published, and checks that the key signed it. No ledger is needed.
/// One key may sign the books of many merchants: the first line of `text` names the merchant; compare it
/// with the `merchant_id` that you expect.
///
/// On success `*checkpoint` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no checkpoint or no key;
/// `REFUNDRY_SIGNATURE_INVALID` if that key did not sign. Any thread may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_checkpoint_check(
    checkpoint_text: *const c_char,
    key: *const c_char,
    checkpoint: *mut *const refundry_checkpoint,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_nothing(checkpoint, || {
            let note = Note::parse(text(checkpoint_text, "checkpoint_text")?).map_err(library)?;
            let key = VerifyingKey::parse(text(key, "key")?).map_err(library)?;
            note.signed_by(&key).map_err(library)?;
            Ok(note)
        })
    }
}

/// Tells where the book stands, to be published. `secret` is the key that signs it, or `NULL`. On
/// success `*checkpoint` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_checkpoint_make(
    book: *mut refundry_book,
    secret: *const c_char,
    checkpoint: *mut *const refundry_checkpoint,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, checkpoint, |book| {
            let key = signing_key(secret)?;
            let checkpoint = book.checkpoint(None)?;
            let signatures = key.iter().map(|key| key.sign(&checkpoint)).collect();
            Ok(Note { checkpoint, signatures })
        })
    }
}

/// Proves that the book only grew between its checkpoints with `from` and `to` entries. On success
/// `*consistency` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` if the book never had so many entries, or `from` is larger
/// than `to`; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_consistency_make(
    book: *mut refundry_book,
    from: i64,
    to: i64,
    consistency: *mut *const refundry_consistency,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, consistency, |book| Ok(book.consistency(from, to)?)) }
}

/// Checks that a book only grew between two checkpoints, the older one first, by the text of a proof.
/// Signatures are not checked. No ledger is needed.
///
/// Statuses: `REFUNDRY_CHECKPOINT_INVALID`; `REFUNDRY_CHECKPOINT_INCONSISTENT`. Any thread may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_consistency_check(
    older: *const c_char,
    newer: *const c_char,
    proof: *const c_char,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_nothing(&mut (), || {
            let (older, newer) = (text(older, "older")?, text(newer, "newer")?);
            let proof = Consistency::parse(text(proof, "proof")?).map_err(library)?;
            let older = Note::parse(older).map_err(library)?.checkpoint;
            let newer = Note::parse(newer).map_err(library)?.checkpoint;
            proof.check(&older, &newer).map_err(library)
        })
    }
}

/// Keeps what checkpoints and receipts need of all entries so far, so that they need not compute it
/// again. It is done in steps of some milliseconds each, between which others can write.
///
/// Statuses: the machine's, with `REFUNDRY_LOCK_TIMEOUT`. What was kept before it stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_tree_extend(book: *mut refundry_book) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, &mut (), |book| {
            while !book.extend_tree()? {}
            Ok(())
        })
    }
}
