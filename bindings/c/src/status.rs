//! The status that every call returns.

use std::ffi::{CStr, c_char};

/// What became of a call: 0, or why it was not done. Numbers are permanent. Those below 1000 are
/// the ledger's own in every language; the others are of C alone.
pub type refundry_status = i32;

/// Done: the output is written, and what the call records is on disk.
pub const REFUNDRY_OK: refundry_status = 0;
/// No such API key.
pub const REFUNDRY_API_KEY_INVALID: refundry_status = 10;
/// The API key was revoked.
pub const REFUNDRY_API_KEY_INACTIVE: refundry_status = 20;
/// The merchant is in the other mode, live or test.
pub const REFUNDRY_PERMISSION_DENIED: refundry_status = 30;
/// A line of an import is not one acceptable JSON object.
pub const REFUNDRY_INVALID_REQUEST: refundry_status = 40;
/// A line of an import has a field that its object does not have.
pub const REFUNDRY_PARAMETER_UNKNOWN: refundry_status = 50;
/// A value has the wrong form.
pub const REFUNDRY_PARAMETER_INVALID: refundry_status = 60;
/// Both targets of a refund are set.
pub const REFUNDRY_PARAMETERS_EXCLUSIVE: refundry_status = 70;
/// Something that is needed is missing, such as a refund's target.
pub const REFUNDRY_PARAMETER_MISSING: refundry_status = 71;
/// A number is outside its range; amounts are 1 to 9007199254740991.
pub const REFUNDRY_PARAMETER_OUT_OF_RANGE: refundry_status = 80;
/// The idempotency key belongs to a different request.
pub const REFUNDRY_IDEMPOTENCY_KEY_REUSED: refundry_status = 100;
/// No such object in this merchant's book.
pub const REFUNDRY_RESOURCE_MISSING: refundry_status = 110;
/// An object with this id exists already.
pub const REFUNDRY_RESOURCE_CONFLICT: refundry_status = 111;
/// The book is a mirror of one that another ledger keeps: it only follows.
pub const REFUNDRY_MIRRORED: refundry_status = 112;
/// No charge under the payment intent has succeeded.
pub const REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE: refundry_status = 120;
/// The payment intent does not tell which charge is meant.
pub const REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES: refundry_status = 121;
/// Only a succeeded charge can be refunded.
pub const REFUNDRY_CHARGE_NOT_SUCCEEDED: refundry_status = 122;
/// A charge leaves pending once.
pub const REFUNDRY_CHARGE_NOT_PENDING: refundry_status = 123;
/// A refund fails once.
pub const REFUNDRY_REFUND_FAILED_ALREADY: refundry_status = 124;
/// A payout goes in transit, then is paid or failed; a paid one may be returned.
pub const REFUNDRY_PAYOUT_NOT_THERE: refundry_status = 125;
/// The merchant wants each refund to have an external reference of its own; the error's fact is the
/// sequence number of the entry of the refund that has it.
pub const REFUNDRY_EXTERNAL_REFERENCE_USED: refundry_status = 126;
/// A dispute holds what is left of the charge, or too much of it; the error's fact is what can still
/// be given back, 0 included.
pub const REFUNDRY_CHARGE_DISPUTED: refundry_status = 127;
/// A dispute is won or lost once.
pub const REFUNDRY_DISPUTE_NOT_OPEN: refundry_status = 128;
/// Nothing is left to refund.
pub const REFUNDRY_CHARGE_ALREADY_REFUNDED: refundry_status = 130;
/// The rest of the charge was handed over, and is another book's to give back; the error's fact is what
/// this book can still give back, 0 included.
pub const REFUNDRY_CHARGE_HANDED_OVER: refundry_status = 131;
/// The text of a hand-over is for another book; the error's id says for whose.
pub const REFUNDRY_HANDOVER_MISDIRECTED: refundry_status = 132;
/// The text of a hand-over does not agree with what this book knows.
pub const REFUNDRY_HANDOVER_CONFLICT: refundry_status = 133;
/// More than is left to refund; the error's fact is what is left.
pub const REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE: refundry_status = 140;
/// More than the merchant may spend; the error's fact is what may be spent.
pub const REFUNDRY_BALANCE_INSUFFICIENT: refundry_status = 150;
/// A balance would leave the range of a 64-bit integer.
pub const REFUNDRY_BALANCE_OUT_OF_RANGE: refundry_status = 160;
/// A line of an import is bad; the error says which, and why.
pub const REFUNDRY_IMPORT: refundry_status = 200;
/// The progress callback asked to stop.
pub const REFUNDRY_CANCELED: refundry_status = 201;
/// A verification found something wrong; the error says what and where.
pub const REFUNDRY_UNSOUND: refundry_status = 202;
/// A batch is open where none may be, is not open where one must be, or is broken.
pub const REFUNDRY_BATCH: refundry_status = 203;
/// The library was about to record something that is not so: a defect of Refundry.
pub const REFUNDRY_INTERNAL: refundry_status = 204;
/// A line of another ledger's feed, or a head that was kept, does not go on from what this book has.
pub const REFUNDRY_FEED: refundry_status = 205;
/// Maturity was asked for a moment more than 90 days after the last that the ledger has seen.
pub const REFUNDRY_TOO_FAR_AHEAD: refundry_status = 206;
/// A line of a feed is another recording than the mirror has at its place; it is kept as evidence.
pub const REFUNDRY_FORKED: refundry_status = 207;
/// A feed was asked for from a place that the book never had.
pub const REFUNDRY_MARK_UNKNOWN: refundry_status = 208;
/// A head that the book never had: it was restored from an older copy, or it is another book.
pub const REFUNDRY_HEAD_UNKNOWN: refundry_status = 209;
/// A text is no receipt.
pub const REFUNDRY_RECEIPT_INVALID: refundry_status = 210;
/// A receipt's entry is not in the book of its checkpoint.
pub const REFUNDRY_RECEIPT_UNPROVEN: refundry_status = 211;
/// A text is no checkpoint, no key or no proof of consistency.
pub const REFUNDRY_CHECKPOINT_INVALID: refundry_status = 212;
/// A checkpoint is not signed by the key.
pub const REFUNDRY_SIGNATURE_INVALID: refundry_status = 213;
/// Two checkpoints are not of one book that only grew.
pub const REFUNDRY_CHECKPOINT_INCONSISTENT: refundry_status = 214;
/// Another process or handle wrote for too long.
pub const REFUNDRY_LOCK_TIMEOUT: refundry_status = 300;
/// The file is not there.
pub const REFUNDRY_FILE_MISSING: refundry_status = 310;
/// The file is there, and must not be overwritten.
pub const REFUNDRY_FILE_EXISTS: refundry_status = 311;
/// The last part of the path is a symbolic link.
pub const REFUNDRY_SYMBOLIC_LINK: refundry_status = 312;
/// The file is something else.
pub const REFUNDRY_NOT_A_LEDGER: refundry_status = 313;
/// The file was written by a newer Refundry.
pub const REFUNDRY_NEWER_LEDGER: refundry_status = 314;
/// The ledger can only be read.
pub const REFUNDRY_READ_ONLY: refundry_status = 315;
/// The file is damaged.
pub const REFUNDRY_CORRUPT: refundry_status = 316;
/// SQLite did not accept a setting that the guarantees depend on.
pub const REFUNDRY_SETTING_REFUSED: refundry_status = 317;
/// The file has several names (hard links).
pub const REFUNDRY_HARD_LINKS: refundry_status = 318;
/// The file was moved, replaced or removed since it was opened. Put it back together with its log
/// (`-wal`), and open it again.
pub const REFUNDRY_FILE_MOVED: refundry_status = 319;
/// The disk is full.
pub const REFUNDRY_DISK_FULL: refundry_status = 320;
/// A file could not be read or written.
pub const REFUNDRY_INPUT_OUTPUT: refundry_status = 321;
/// The source of random numbers failed.
pub const REFUNDRY_RANDOM: refundry_status = 322;
/// SQLite failed in another way.
pub const REFUNDRY_STORAGE: refundry_status = 323;
/// The disk failed during a commit: it may or may not be recorded. Open the ledger again and look
/// the operation up by its idempotency key.
pub const REFUNDRY_OUTCOME_UNKNOWN: refundry_status = 324;
/// The file is mounted there by itself (a bind mount), apart from its log. Mount the folder that
/// holds it.
pub const REFUNDRY_MOUNT_POINT: refundry_status = 325;
/// The log (`-wal`) beside the file was written for another file. If the file was copied there, move
/// the log away; else put back the file that belongs to it.
pub const REFUNDRY_FOREIGN_LOG: refundry_status = 326;
/// The bytes are those of a ledger's file without its log.
pub const REFUNDRY_LOG_MISSING: refundry_status = 327;
/// The ledger has had as many merchants as there are numbers for them: 8,388,607.
pub const REFUNDRY_MERCHANTS_FULL: refundry_status = 328;
/// An argument that no call accepts: NULL where something is needed, text that is not UTF-8, a
/// struct without its size, an unknown constant.
pub const REFUNDRY_BAD_ARGUMENT: refundry_status = 1000;
/// Another call on the same handle has not returned: another thread's, or the one whose callback
/// this is.
pub const REFUNDRY_HANDLE_IN_USE: refundry_status = 1001;
/// The program was compiled with a header that does not fit this library.
pub const REFUNDRY_ABI_MISMATCH: refundry_status = 1002;
/// There is a defect in Refundry. The operation was rolled back.
pub const REFUNDRY_PANIC: refundry_status = 1003;

/// A status in words.
struct Words {
    status: refundry_status,
    code: &'static CStr,
    message: &'static CStr,
}

/// Every status, by number.
const WORDS: &[Words] = &[
    words(REFUNDRY_OK, c"ok", c"it was done"),
    words(REFUNDRY_API_KEY_INVALID, c"api_key_invalid", c"the API key is malformed or unknown; nothing was changed; use a valid key"),
    words(REFUNDRY_API_KEY_INACTIVE, c"api_key_inactive", c"this API key has been revoked; nothing was changed; use another key of the merchant"),
    words(REFUNDRY_PERMISSION_DENIED, c"permission_denied", c"the merchant is in the other mode, live or test; nothing was changed; use a merchant of the mode that is meant"),
    words(REFUNDRY_INVALID_REQUEST, c"invalid_request", c"the text is not one acceptable JSON object; nothing was changed; correct it"),
    words(REFUNDRY_PARAMETER_UNKNOWN, c"parameter_unknown", c"there is no such field; nothing was changed; leave it out or correct its name"),
    words(REFUNDRY_PARAMETER_INVALID, c"parameter_invalid", c"a value has the wrong form; nothing was changed; correct it and ask again"),
    words(REFUNDRY_PARAMETERS_EXCLUSIVE, c"parameters_exclusive", c"chargeId and paymentIntentId exclude each other; nothing was changed; send exactly one of them"),
    words(REFUNDRY_PARAMETER_MISSING, c"parameter_missing", c"a field that is needed is missing; nothing was changed; send it"),
    words(REFUNDRY_PARAMETER_OUT_OF_RANGE, c"parameter_out_of_range", c"a number is outside its range; nothing was changed; correct it and ask again"),
    words(REFUNDRY_IDEMPOTENCY_KEY_REUSED, c"idempotency_key_reused", c"this idempotency key was used for a different request; nothing was changed; use a new key for a new request"),
    words(REFUNDRY_RESOURCE_MISSING, c"resource_missing", c"there is no such object in this merchant's book; nothing was changed; check the id"),
    words(REFUNDRY_RESOURCE_CONFLICT, c"resource_conflict", c"an object with this id exists already; nothing was changed; use another id"),
    words(REFUNDRY_MIRRORED, c"book_mirrored", c"this book is a mirror of one that another ledger keeps; nothing was changed; ask that ledger, whose feed will bring it here"),
    words(REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE, c"resource_invalid_state", c"this payment intent has no succeeded charge; nothing was refunded; refund it once a charge under it has succeeded"),
    words(REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES, c"resource_invalid_state", c"several charges under this payment intent have succeeded; nothing was refunded; name the one to refund"),
    words(REFUNDRY_CHARGE_NOT_SUCCEEDED, c"resource_invalid_state", c"this charge has not succeeded; nothing was refunded; only a succeeded charge can be refunded"),
    words(REFUNDRY_CHARGE_NOT_PENDING, c"resource_invalid_state", c"this charge is not pending any more; nothing was changed; only a pending charge can still succeed, fail or be canceled"),
    words(REFUNDRY_REFUND_FAILED_ALREADY, c"resource_invalid_state", c"this refund has failed already; nothing was changed; its amount is available again"),
    words(REFUNDRY_PAYOUT_NOT_THERE, c"resource_invalid_state", c"the payout has not come to where this can happen; nothing was changed; only one in transit can be paid or fail, and only a paid one can be returned"),
    words(REFUNDRY_EXTERNAL_REFERENCE_USED, c"external_reference_used", c"another refund has this external reference already; nothing was refunded; if this is another refund, give it its own reference"),
    words(REFUNDRY_CHARGE_DISPUTED, c"charge_disputed", c"a dispute holds what is left of this charge, or too much of it; nothing was changed; ask for less, or wait until the dispute is won"),
    words(REFUNDRY_DISPUTE_NOT_OPEN, c"resource_invalid_state", c"this dispute was won or lost already; nothing was changed; only an open one can be won or lost"),
    words(REFUNDRY_CHARGE_ALREADY_REFUNDED, c"charge_already_refunded", c"this charge is refunded in full already; nothing was refunded; there is nothing to do"),
    words(REFUNDRY_CHARGE_HANDED_OVER, c"charge_handed_over", c"the rest of this charge was handed over and is another book's to give back; nothing was changed; ask for less, or ask the other book"),
    words(REFUNDRY_HANDOVER_MISDIRECTED, c"handover_misdirected", c"this hand-over is for another book; nothing was changed; take it over there"),
    words(REFUNDRY_HANDOVER_CONFLICT, c"handover_conflict", c"this hand-over does not agree with what this book knows; nothing was changed; compare both books, and settle what is left by an adjustment"),
    words(REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE, c"amount_exceeds_refundable", c"the amount is more than can still be refunded of this charge; nothing was refunded; ask for no more than that"),
    words(REFUNDRY_BALANCE_INSUFFICIENT, c"balance_insufficient", c"the amount is more than the merchant can spend now; nothing was changed; wait until funds mature, top up, or ask for less"),
    words(REFUNDRY_BALANCE_OUT_OF_RANGE, c"balance_out_of_range", c"a balance would become larger than the ledger can hold; nothing was changed; ask for less"),
    words(REFUNDRY_IMPORT, c"invalid_request", c"a line can't be imported; nothing of this import was kept; correct the line"),
    words(REFUNDRY_CANCELED, c"canceled", c"canceled as asked; nothing was changed"),
    words(REFUNDRY_UNSOUND, c"ledger_unsound", c"the books do not add up; nothing was changed; stop writing to this file and compare it with a backup"),
    words(
        REFUNDRY_BATCH,
        c"batch_invalid_state",
        c"a batch is open where none may be, is not open where one must be, or was rolled back; nothing was changed; commit it, roll it back or begin another",
    ),
    words(REFUNDRY_INTERNAL, c"api_error", c"the library was about to record something that is not so; nothing was changed; report this, and keep a copy of the ledger"),
    words(REFUNDRY_FEED, c"feed_invalid", c"a line does not follow from the recordings of this book; nothing of it was recorded; send the lines after the book's mark"),
    words(REFUNDRY_TOO_FAR_AHEAD, c"too_far_ahead", c"the moment is more than 90 days after the last that this ledger has seen; nothing matured; set the clock, or confirm the time if it is right"),
    words(REFUNDRY_FORKED, c"book_forked", c"a line is another recording than this book has at its place; nothing of it was recorded; find out which of the two is right"),
    words(REFUNDRY_MARK_UNKNOWN, c"mark_unknown", c"this book never had the mark: it was restored from an older copy, or it is another book; nothing was changed; go back to an earlier mark"),
    words(REFUNDRY_HEAD_UNKNOWN, c"head_unknown", c"this book never had the head: it was restored from an older copy, or it is another book; nothing was read; go on from a head of this book"),
    words(REFUNDRY_RECEIPT_INVALID, c"receipt_invalid", c"this is no receipt; it proves nothing; copy or scan the whole receipt"),
    words(REFUNDRY_RECEIPT_UNPROVEN, c"receipt_unproven", c"the receipt's entry is not in the book of its checkpoint; it proves nothing; ask the shop for another receipt"),
    words(REFUNDRY_CHECKPOINT_INVALID, c"checkpoint_invalid", c"this is no checkpoint, key or proof of consistency; it proves nothing; copy all of it"),
    words(REFUNDRY_SIGNATURE_INVALID, c"signature_invalid", c"the checkpoint is not signed by this key; it proves nothing; ask the shop which key it signs with"),
    words(REFUNDRY_CHECKPOINT_INCONSISTENT, c"checkpoint_inconsistent", c"the two checkpoints are not of one book that only grew; keep both, and ask the shop which is right"),
    words(REFUNDRY_LOCK_TIMEOUT, c"lock_timeout", c"another process or handle is writing to this ledger and did not finish in time; nothing was changed; try again"),
    words(REFUNDRY_FILE_MISSING, c"api_error", c"the file does not exist; nothing was created; check the path, or ask for it to be created"),
    words(REFUNDRY_FILE_EXISTS, c"api_error", c"the file exists already; nothing was written; choose another name"),
    words(REFUNDRY_SYMBOLIC_LINK, c"api_error", c"the path is a symbolic link; nothing was opened; name the file itself"),
    words(REFUNDRY_NOT_A_LEDGER, c"api_error", c"the file is not a Refundry ledger; nothing was changed; check the path"),
    words(REFUNDRY_NEWER_LEDGER, c"api_error", c"the ledger was written by a newer Refundry; nothing was changed; use that"),
    words(REFUNDRY_READ_ONLY, c"api_error", c"this ledger can only be read; nothing was changed; open it where it can be written"),
    words(REFUNDRY_CORRUPT, c"api_error", c"the ledger's file is corrupt; nothing was changed; restore it from a backup"),
    words(REFUNDRY_SETTING_REFUSED, c"api_error", c"SQLite did not accept a setting; nothing was changed; use a build and a file system that support it"),
    words(REFUNDRY_HARD_LINKS, c"api_error", c"the file has several names (hard links); nothing was opened; let nobody use it, and keep only the name that has a log (-wal) beside it"),
    words(REFUNDRY_FILE_MOVED, c"api_error", c"the file that was opened was moved, replaced or removed; nothing was changed; put it back together with its log (-wal), and open it again"),
    words(REFUNDRY_DISK_FULL, c"api_error", c"the disk is full; nothing was changed; make room and try again"),
    words(REFUNDRY_INPUT_OUTPUT, c"api_error", c"a file could not be read or written; nothing was changed"),
    words(REFUNDRY_RANDOM, c"api_error", c"there are no random numbers; nothing was changed; try again"),
    words(REFUNDRY_STORAGE, c"api_error", c"SQLite failed; nothing was changed"),
    words(REFUNDRY_OUTCOME_UNKNOWN, c"api_error", c"the disk failed during a commit; it may or may not have been recorded; open the ledger again and look the operation up by its idempotency key"),
    words(REFUNDRY_MOUNT_POINT, c"api_error", c"the file is mounted by itself (a bind mount), apart from its log; nothing was changed; mount the folder that holds it"),
    words(REFUNDRY_FOREIGN_LOG, c"api_error", c"the log beside the file was written for another file; nothing was changed; if the file was copied there, move the log away, else put back the file that belongs to it"),
    words(REFUNDRY_LOG_MISSING, c"api_error", c"the bytes are those of a ledger's file without its log; nothing was opened; take them from a backup"),
    words(REFUNDRY_MERCHANTS_FULL, c"api_error", c"there are no more numbers for merchants in this ledger; nothing was changed; add the merchant to another ledger"),
    words(REFUNDRY_BAD_ARGUMENT, c"bad_argument", c"an argument is not one that the call can work with; nothing was changed; correct the call"),
    words(REFUNDRY_HANDLE_IN_USE, c"handle_in_use", c"another call on this handle has not returned; nothing was changed; use a handle of its own in each thread, and none within its own callbacks"),
    words(REFUNDRY_ABI_MISMATCH, c"abi_mismatch", c"this program was compiled for another ABI; nothing was opened; compile it with this library's header"),
    words(REFUNDRY_PANIC, c"panic", c"there is a defect in Refundry; the operation was rolled back; please report it"),
];

const fn words(status: refundry_status, code: &'static CStr, message: &'static CStr) -> Words {
    Words { status, code, message }
}

fn find(status: refundry_status) -> Option<&'static Words> {
    WORDS.iter().find(|words| words.status == status)
}

/// What a status means in general: what happened, what was not changed, and what to do.
/// `refundry_errmsg` says it with the facts of the case. Never `NULL`, for any number.
///
/// The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_status_str(status: refundry_status) -> *const c_char {
    find(status).map_or(c"there is no such status", |words| words.message).as_ptr()
}

/// The permanent code of a status, as the API over HTTP has it, for example
/// `"charge_already_refunded"`. Never `NULL`, for any number.
///
/// The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_status_code(status: refundry_status) -> *const c_char {
    find(status).map_or(c"unknown", |words| words.code).as_ptr()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// `ApiKeyInvalid` as C has it: `REFUNDRY_API_KEY_INVALID`.
    fn name_in_c(variant: &str) -> String {
        let mut name = String::from("REFUNDRY");
        for letter in variant.chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }

    /// What the functions of the library that are matches say of each variant they name alone:
    /// lines such as `Self::ApiKeyInvalid => 10,`
    fn said_by_the_library() -> impl Iterator<Item = (String, &'static str)> {
        let library = [
            include_str!("../../../src/words/error.rs"),
            include_str!("../../../src/words/refusal.rs"),
            include_str!("../../../receipt/src/error.rs"),
        ];
        library.into_iter().flat_map(str::lines).filter_map(|line| {
            let (variant, said) = line.trim().strip_prefix("Self::")?.split_once(" => ")?;
            let variant: String = variant.chars().take_while(char::is_ascii_alphanumeric).collect();
            Some((name_in_c(&variant), said.trim_end_matches(',')))
        })
    }

    /// The numbers of what is wrong with files and the engine, lines such as
    /// `pub const FILE_MISSING: u16 = 310;`
    fn named_by_the_library() -> impl Iterator<Item = (String, &'static str)> {
        let library = [
            include_str!("../../../src/words/error/file.rs"),
            include_str!("../../../src/words/error/engine.rs"),
        ];
        library.into_iter().flat_map(str::lines).filter_map(|line| {
            let (name, number) = line.trim().strip_prefix("pub const ")?.split_once(": u16 = ")?;
            Some((format!("REFUNDRY_{name}"), number.trim_end_matches(';')))
        })
    }

    #[test]
    fn every_error_of_the_library_has_its_name_number_and_code_in_c() {
        let constants = include_str!("status.rs");
        let mut numbers = BTreeMap::new();
        for (name, said) in said_by_the_library().chain(named_by_the_library()) {
            if let Ok(number) = said.parse::<i32>() {
                let constant = format!("pub const {name}: refundry_status = {number};");
                assert!(constants.contains(&constant), "there is no `{constant}`");
                assert!(find(number).is_some(), "{number} has no words");
                numbers.insert(name, number);
            }
        }
        for (name, said) in said_by_the_library() {
            let code = said.trim_matches('"');
            if let Some(number) = numbers.get(&name).filter(|_| code.len() + 2 == said.len()) {
                assert_eq!(find(*number).unwrap().code.to_str().unwrap(), code);
            }
        }
        let of_c_alone = WORDS.iter().filter(|words| words.status >= 1_000).count() + 1;
        let known = numbers.len() + of_c_alone;
        assert_eq!(WORDS.len(), known, "a status that the library does not know");
        assert!(WORDS.is_sorted_by(|one, next| one.status < next.status));
    }
}
