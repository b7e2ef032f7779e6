//! What a node reads of a recording's canonical line: what the engine keeps apart, and nothing else.

use refundry::{Error, Hash, Mark, Result, Timestamp};
use serde::Deserialize;

use crate::engine::{Kept, Recording};

/// How the text of a line begins. No string in a line can hold it, because a quotation mark in a
/// string is escaped.
const TEXT: &str = ",\"text\":{\"kept\":";
const ERASED: &str = ",\"text\":{\"erased\":{\"hash\":\"";
/// How the erased text ends, after 64 digits.
const ERASED_END: &str = "\"}}";

#[derive(Deserialize)]
struct Line<'a> {
    n: i64,
    hash: Hash,
    #[serde(borrow)]
    action: Action<'a>,
    #[serde(default, borrow)]
    text: Option<Text<'a>>,
}

/// The actions that concern the engine.
#[derive(Deserialize)]
struct Action<'a> {
    #[serde(default, borrow)]
    charge: Option<Charge<'a>>,
    #[serde(default, borrow)]
    charge_conclusion: Option<Charge<'a>>,
    #[serde(default)]
    api_key: Option<Key>,
    #[serde(default)]
    erasure: Option<Erasure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Charge<'a> {
    amount_captured: &'a str,
    fee: &'a str,
    status: &'a str,
    available_on: Timestamp,
}

#[derive(Deserialize)]
struct Key {
    hash: Hash,
}

#[derive(Deserialize)]
struct Erasure {
    n: i64,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(default, borrow)]
    kept: Option<&'a serde_json::value::RawValue>,
}

/// Takes a line apart.
pub(crate) fn apart(merchant: &str, line: String) -> Result<Recording> {
    const STRANGE: Error = Error::InvalidRequest { problem: "it is not the line of a recording" };
    let Line { n, hash, action, text } = serde_json::from_str(&line).map_err(|_| STRANGE)?;
    let due = action.charge.or(action.charge_conclusion).and_then(|charge| charge.due());
    let api_key = action.api_key.map(|key| *key.hash.as_bytes());
    let erases = action.erasure.map(|erasure| erasure.n);
    let text = text.and_then(|text| text.kept).map(|kept| kept.get().to_owned());
    let mark = Mark { n, hash };
    let body = if text.is_some() { refundry::without_text(&line)? } else { line };
    Ok(Recording { merchant: merchant.to_owned(), mark, body, text, api_key, due, erases })
}

impl Charge<'_> {
    /// When its funds are due, if there are any: the fee may take all.
    fn due(&self) -> Option<i64> {
        let is_due = self.status == "succeeded" && self.amount_captured != self.fee;
        is_due.then_some(self.available_on.millis())
    }
}

impl From<&Recording> for Kept {
    fn from(recording: &Recording) -> Self {
        Self {
            merchant: recording.merchant.clone(),
            n: recording.mark.n,
            hash: *recording.mark.hash.as_bytes(),
            body: recording.body.clone(),
            text: recording.text.clone(),
        }
    }
}

/// Puts a line together again. A text whose place is not in the body leaves the body as it is, and
/// the line's hash tells the rest.
pub(crate) fn whole(kept: Kept) -> String {
    let Kept { body, text, .. } = kept;
    let Some(text) = text else { return body };
    let Some((before, rest)) = body.split_once(ERASED) else { return body };
    let Some((_, after)) = rest.split_once(ERASED_END) else { return body };
    [before, TEXT, &text, "}", after].concat()
}

/// As [`whole`], if the row says what its recording says.
///
/// # Errors
/// That it was altered.
pub(crate) fn checked(kept: Kept) -> std::result::Result<String, String> {
    let (n, hash) = (kept.n, kept.hash);
    let line = whole(kept);
    if mark(&line).is_some_and(|mark| mark.n == n && *mark.hash.as_bytes() == hash) {
        return Ok(line);
    }
    Err(format!(
        "the database's row n {n} does not say what its recording says: it was altered; compare it \
         with a backup"
    ))
}

/// Where a book is after a recording: the number is the first field of its line, and the hash the last. The rest
/// is read once, by the ledger that takes it in.
pub(crate) fn mark(line: &str) -> Option<Mark> {
    let (n, rest) = line.strip_prefix("{\"n\":")?.split_once(',')?;
    let (_, last) = rest.rsplit_once(',')?;
    let hash = last.strip_prefix("\"hash\":")?.strip_suffix('}')?;
    Some(Mark { n: n.parse().ok()?, hash: serde_json::from_str(hash).ok()? })
}

#[cfg(test)]
mod tests {
    use refundry::{
        Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, NewTransfer, Options, RefundRequest,
    };

    use super::*;

    /// The lines of a book with everything that the engine keeps apart.
    fn lines() -> (String, Vec<String>) {
        let mut ledger = Ledger::in_memory(Options::default()).unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let mut book = ledger.book(&id).unwrap();
        let egp = Currency::from_code("EGP").unwrap();
        let (due, amount) = (Timestamp::from_millis(17), Amount::from_minor(100).unwrap());
        let mut all_fee = NewCharge::succeeded(amount, Fee::from_minor(100).unwrap(), egp, due);
        all_fee.id = Some("ch_1".into());
        book.create_charge(&all_fee, None).unwrap();
        let some_fee = NewCharge::succeeded(amount, Fee::from_minor(99).unwrap(), egp, due);
        let charge = book.create_charge(&some_fee, None).unwrap().id.clone();
        book.issue_key().unwrap();
        let mut top_up = NewTransfer::top_up(amount, egp);
        top_up.description = Some("says \",\"text\":{\"kept\":1} itself".into());
        let top_up = book.create_transfer(&top_up, None).unwrap().id.clone();
        let mut request = RefundRequest::of_charge(&charge);
        request.description = Some("a torn page".into());
        book.create_refund(&request, None).unwrap();
        book.erase_text(&top_up).unwrap();
        let lines = book.recordings_after(&Mark::genesis(&id), 100).unwrap();
        (id, lines)
    }

    #[test]
    fn a_line_that_is_taken_apart_and_put_together_is_the_same() {
        let (id, lines) = lines();
        for line in lines {
            let recording = apart(&id, line.clone()).unwrap();
            assert!(!recording.body.contains("torn"), "{}", recording.body);
            assert_eq!(whole(Kept::from(&recording)), line);
        }
    }

    #[test]
    fn what_the_engine_keeps_apart_is_found() {
        let (id, lines) = lines();
        let all: Vec<_> = lines.into_iter().map(|line| apart(&id, line).unwrap()).collect();
        let dues: Vec<_> =
            all.iter().filter_map(|one| one.due.map(|due| (one.mark.n, due))).collect();
        assert_eq!(dues, [(3, 17)], "a fee that takes all leaves nothing to mature");
        let texts: Vec<_> =
            all.iter().filter(|one| one.text.is_some()).map(|one| one.mark.n).collect();
        assert_eq!(texts, [6]);
        let erased: Vec<_> = all.iter().filter_map(|one| one.erases).collect();
        assert_eq!(erased, [5]);
        assert_eq!(all.iter().filter(|one| one.api_key.is_some()).count(), 1);
    }

    #[test]
    fn a_row_that_says_another_number_or_hash_than_its_line_is_found() {
        let (id, lines) = lines();
        for line in lines {
            let told: Mark = serde_json::from_str(&line).unwrap();
            assert_eq!(mark(&line), Some(told));
            let kept = || Kept::from(&apart(&id, line.clone()).unwrap());
            assert_eq!(checked(kept()), Ok(line.clone()));
            let mut other = kept();
            other.n += 1;
            checked(other).unwrap_err();
            let mut other = kept();
            other.hash[31] ^= 1;
            checked(other).unwrap_err();
            let mut other = kept();
            other.body += " ";
            checked(other).unwrap_err();
        }
    }

    #[test]
    fn a_line_without_its_text_is_what_is_read_after_it_was_erased() {
        let mut ledger = Ledger::in_memory(Options::default()).unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let mut book = ledger.book(&id).unwrap();
        let amount = Amount::from_minor(100).unwrap();
        let mut top_up = NewTransfer::top_up(amount, Currency::from_code("EGP").unwrap());
        top_up.description = Some("cash \"box\"".into());
        let top_up = book.create_transfer(&top_up, None).unwrap().id.clone();
        let read = |book: &refundry::Book<'_>| {
            book.recordings_after(&Mark::genesis(&id), 100).unwrap().remove(1)
        };
        let body = apart(&id, read(&book)).unwrap().body;
        book.erase_text(&top_up).unwrap();
        assert_eq!(body, read(&book));
    }
}
