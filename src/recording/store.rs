//! Where books are kept. A store never sees a rule; a rule never sees SQL.

use super::{Position, Recording, Taken, line::Line};
use crate::words::{
    account::Balances,
    chain::Hash,
    charge::{Charge, RefundableCharge, StoredCharge},
    currency::Currency,
    dispute::Dispute,
    error::{Error, Result},
    handover::Handover,
    idempotency::{IdempotencyKey, Operation, StoredOutcome},
    intent::PaymentIntent,
    merchant::{Merchant, NegativeBalanceLimit},
    money::Amount,
    refund::Refund,
    time::Timestamp,
    transfer::Transfer,
};

/// All books, in one transaction.
pub(crate) trait Store {
    /// One of them.
    type Book<'a>: Records
    where
        Self: 'a;

    /// The book of a merchant, if there is one.
    fn book(&mut self, merchant_id: &str) -> Result<Option<Self::Book<'_>>>;
    /// The book of a merchant who is about to be recorded.
    fn new_book(&mut self, merchant_id: &str) -> Result<Self::Book<'_>>;

    /// Forgets a book that was about to begin, because nothing of it was recorded.
    fn forget(&mut self, merchant_id: &str);

    /// The book of a merchant, to do something with it: a mirror is changed by its feed alone.
    fn own_book(&mut self, merchant_id: &str) -> Result<Self::Book<'_>> {
        let book = self.book(merchant_id)?;
        let mut book = book.ok_or_else(|| Error::missing("merchantId", merchant_id))?;
        if book.is_mirror()? { Err(Error::Mirrored) } else { Ok(book) }
    }
}

/// What names an object: the id that callers know, or the number that the store gave it.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    Id(&'a str),
    Number(i64),
}

/// What rules read of one book, and the one way to record. Nobody else writes meanwhile.
pub(crate) trait Records {
    fn merchant(&mut self) -> Result<Merchant>;
    fn position(&mut self) -> Result<Position>;
    fn balances(&mut self, currency: Currency) -> Result<Balances>;
    fn limit(&mut self) -> Result<NegativeBalanceLimit>;
    /// Whether each refund must have an external reference of its own.
    fn unique_references(&mut self) -> Result<bool>;
    /// The sequence number of the first refund with this external reference.
    fn refund_with_reference(&mut self, reference: &str) -> Result<Option<i64>>;
    /// The exponent that was frozen for a currency, or the standard's.
    fn exponent(&mut self, currency: Currency) -> Result<u32>;
    fn outcome(
        &mut self,
        operation: Operation,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredOutcome>>;
    fn intent(&mut self, by: By<'_>) -> Result<Option<(i64, PaymentIntent)>>;
    fn charge(&mut self, by: By<'_>) -> Result<Option<StoredCharge>>;
    /// What a refund asks of a charge: less to ask than for all of it.
    fn refundable_charge(&mut self, by: By<'_>) -> Result<Option<RefundableCharge>>;
    /// Whether a charge has this id: less to ask than for all of it.
    fn has_charge(&mut self, id: &str) -> Result<bool>;
    /// What a refund with this id follows from: less to ask than for all of its charge.
    fn to_refund(&mut self, charge_id: &str, refund_id: &str) -> Result<Option<ToRefund>>;
    /// The numbers of the succeeded charges under an intent.
    fn succeeded_under(&mut self, intent: i64) -> Result<Vec<i64>>;
    fn refund(&mut self, by: By<'_>) -> Result<Option<StoredRefund>>;
    fn dispute(&mut self, by: By<'_>) -> Result<Option<StoredDispute>>;
    fn handover(&mut self, by: By<'_>) -> Result<Option<StoredHandover>>;
    /// The first entry after `seq` that handed a charge over to another book, by the charge's number.
    fn handed_over_after(&mut self, seq: i64, charge: i64, to: &str) -> Result<Option<i64>>;
    /// A transfer and its sequence number.
    fn transfer(&mut self, by: By<'_>) -> Result<Option<(i64, Transfer)>>;
    /// The charges that are due at `now`, in the order they mature; at most so many.
    fn due(&mut self, now: Timestamp, most: u32) -> Result<Vec<StoredCharge>>;
    /// Whether a charge's funds wait to mature.
    fn waits(&mut self, charge: &Charge) -> Result<bool>;
    /// The merchant who holds an API key, if anybody does, and whether it was revoked.
    fn key_holder(&mut self, hash: &Hash) -> Result<Option<(String, bool)>>;
    /// The hash of an API key of this merchant, by its id, and whether it was revoked.
    fn api_key(&mut self, id: &str) -> Result<Option<(Hash, bool)>>;
    /// The canonical line of an earlier recording.
    fn recorded(&mut self, n: i64) -> Result<Option<Line>>;
    /// Where the book stood after an earlier recording; 0 is before the first.
    fn position_at(&mut self, n: i64) -> Result<Option<Position>>;
    /// Whether a refund, dispute, transfer or hand-over has this id.
    fn is_taken(&mut self, id: &str) -> Result<bool>;
    /// How many idempotency keys the recordings up to a number have.
    fn keys_through(&mut self, n: i64) -> Result<u64>;
    /// The number of the recording whose entry this is, if it has a text that was not erased.
    fn text_of(&mut self, seq: i64) -> Result<Option<i64>>;
    /// Visits every recording's number and moment, in their order.
    fn moments(&mut self, visit: &mut dyn FnMut(i64, Timestamp)) -> Result<()>;

    /// Whether another ledger keeps this book, whose feed alone changes it here.
    fn is_mirror(&mut self) -> Result<bool>;
    /// Notes that another ledger keeps this book.
    fn become_mirror(&mut self, now: Timestamp) -> Result<()>;
    /// Keeps a line of a feed that differs from the recording with this number, unless it is kept
    /// already or there are `most`.
    fn keep_fork(&mut self, n: i64, line: &str, now: Timestamp, most: u32) -> Result<()>;

    /// Records. It cannot refuse; an assertion that fails is [`Error::Internal`].
    ///
    /// [`Error::Internal`]: crate::Error::Internal
    fn record(&mut self, recording: &Recording) -> Result<()>;
}

/// A charge as far as a refund of it has to know.
pub(crate) struct ToRefund {
    pub(crate) number: i64,
    /// The sequence number of the entry that posts it, if it succeeded.
    pub(crate) seq: Option<i64>,
    pub(crate) captured: Amount,
    pub(crate) currency: Currency,
    pub(crate) taken: Taken,
    /// Whether a refund, dispute, transfer or hand-over has the refund's id.
    pub(crate) is_there: bool,
}

/// A refund as a book keeps it.
pub(crate) struct StoredRefund {
    pub(crate) seq: i64,
    /// The number of its charge.
    pub(crate) charge: i64,
    pub(crate) refund: Refund,
}

/// A dispute as a book keeps it.
pub(crate) struct StoredDispute {
    pub(crate) seq: i64,
    /// The number of its charge.
    pub(crate) charge: i64,
    pub(crate) dispute: Dispute,
}

/// A hand-over as a book keeps it.
pub(crate) struct StoredHandover {
    pub(crate) seq: i64,
    /// The number of its charge.
    pub(crate) charge: i64,
    pub(crate) handover: Handover,
}
