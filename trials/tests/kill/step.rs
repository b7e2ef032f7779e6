//! Everything that is done to a ledger, as steps that can be asked for again under the same name.

use std::{fmt, mem, ops::ControlFlow, path::Path};

use refundry::{
    Book, ChargeStatus, Conclusion, Error, Fee, FileError, IdempotencyKey, Ledger,
    NegativeBalanceLimit, NewCharge, NewPaymentIntent, NewTransfer, Operation, Options,
    PayoutOutcome, Reason, Recorded, RefundRequest, Result, SignedAmount, Timestamp,
};
use refundry_trials::shop::{self, MERCHANT, PAST, amount, egp, key};

/// The charge that is refunded bit by bit.
pub(crate) const LARGE_CHARGE: &str = "ch_large";

/// How many refunds are in a batch.
const TOGETHER: usize = 5;

/// How many charges are in an import, each with a refund.
const IMPORTED: i64 = 20;

/// One kind of operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Merchant,
    Limit,
    Key,
    Revocation,
    Intent,
    Charge,
    PendingCharge,
    Conclusion,
    TopUp,
    Settlement,
    Adjustment,
    Refund,
    RefundOfIntent,
    Refusal,
    RefundFailure,
    Payout,
    PayoutPaid,
    PayoutReturned,
    OtherPayout,
    PayoutFailed,
    Release,
    Batch,
    Import,
    Prune,
    Backup,
    Reopen,
    /// Only for a control: a refund that can't be told from its repetition.
    RefundWithoutKey,
}

impl Step {
    /// In an order in which each finds what it needs under the same name.
    pub(crate) const ALL: [Self; 26] = [
        Self::Merchant,
        Self::Limit,
        Self::Key,
        Self::Revocation,
        Self::Intent,
        Self::Charge,
        Self::PendingCharge,
        Self::Conclusion,
        Self::TopUp,
        Self::Settlement,
        Self::Adjustment,
        Self::Refund,
        Self::RefundOfIntent,
        Self::Refusal,
        Self::RefundFailure,
        Self::Payout,
        Self::PayoutPaid,
        Self::PayoutReturned,
        Self::OtherPayout,
        Self::PayoutFailed,
        Self::Release,
        Self::Batch,
        Self::Import,
        Self::Prune,
        Self::Backup,
        Self::Reopen,
    ];

    /// By its name, as it is written.
    pub(crate) fn of(name: &str) -> Self {
        let mut all = Self::ALL.into_iter().chain([Self::RefundWithoutKey]);
        all.find(|step| step.to_string() == name).unwrap()
    }

    /// How many entries of the journal it is. The two charges of a name mature in one step.
    pub(crate) const fn entries(self) -> i64 {
        match self {
            Self::Merchant
            | Self::Limit
            | Self::Key
            | Self::Revocation
            | Self::Intent
            | Self::PendingCharge
            | Self::Refusal
            | Self::Prune
            | Self::Backup
            | Self::Reopen => 0,
            Self::Release => 2,
            Self::Batch => TOGETHER as i64,
            Self::Import => 2 * IMPORTED,
            Self::Charge
            | Self::Conclusion
            | Self::TopUp
            | Self::Settlement
            | Self::Adjustment
            | Self::Refund
            | Self::RefundOfIntent
            | Self::RefundWithoutKey
            | Self::RefundFailure
            | Self::Payout
            | Self::PayoutPaid
            | Self::PayoutReturned
            | Self::OtherPayout
            | Self::PayoutFailed => 1,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What came of a step.
#[derive(Debug)]
pub(crate) struct Done {
    /// Whether it had been done before; `None` where doing it again is no different.
    pub(crate) again: Option<bool>,
    /// The id of what was made, or why that was refused.
    pub(crate) what: String,
}

impl Done {
    fn new(again: Option<bool>, what: impl Into<String>) -> Self {
        Self { again, what: what.into() }
    }

    fn of<T>(outcome: Result<Recorded<T>>, id: impl Fn(&T) -> &str) -> Result<Self> {
        match outcome {
            Ok(done) => Ok(Self::new(Some(done.replayed), id(&done.value))),
            Err(Error::Refused { refusal, replayed, .. }) => {
                Ok(Self::new(Some(replayed), refusal.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Of what has no idempotency key, but an id of its own.
    fn of_new<T>(outcome: Result<T>, id: String) -> Result<Self> {
        match outcome {
            Ok(_) => Ok(Self::new(Some(false), id)),
            Err(Error::ResourceConflict { .. }) => Ok(Self::new(Some(true), id)),
            Err(Error::File(file)) if file.number() == FileError::FILE_EXISTS => {
                Ok(Self::new(Some(true), id))
            }
            Err(error) => Err(error),
        }
    }
}

/// Does a step under a name, in the ledger of a folder.
pub(crate) fn perform(ledger: &mut Ledger, folder: &Path, step: Step, name: &str) -> Result<Done> {
    let on = |_: &_| ControlFlow::Continue(());
    match step {
        Step::Merchant => {
            let id = format!("acct_{name}");
            Done::of_new(shop::add_merchant(ledger, &id), id)
        }
        Step::Batch => batch(ledger, name),
        Step::Import => {
            let report = ledger.import(lines(name).as_bytes(), |_| ControlFlow::Continue(()))?;
            let known = report.skipped == report.lines;
            assert!(known || report.recorded == report.lines, "half an import: {report:?}");
            Ok(Done::new(Some(known), format!("{} lines", report.lines)))
        }
        Step::Prune => {
            let forgotten = ledger.prune_idempotency_keys(Timestamp::now())?;
            Ok(Done::new(None, forgotten.to_string()))
        }
        Step::Backup => {
            let to = folder.join(backup_name(name));
            Done::of_new(ledger.backup(to, on), name.to_owned())
        }
        Step::Reopen => {
            // The last handle that closes writes the log into the file.
            drop(mem::replace(ledger, Ledger::in_memory(Options::default())?));
            *ledger = shop::open(&folder.join("ledger"))?;
            Ok(Done::new(None, ""))
        }
        Step::Limit | Step::Key | Step::Revocation => {
            of_a_merchant(&mut ledger.book(&format!("acct_{name}"))?, step)
        }
        _ => in_the_book(&mut ledger.book(MERCHANT)?, step, name),
    }
}

/// What is settled with the merchant of a name, each once.
fn of_a_merchant(book: &mut Book<'_>, step: Step) -> Result<Done> {
    let (known, keys) = (book.merchant()?, book.keys()?);
    match (step, &keys[..]) {
        (Step::Limit, _) => {
            let limit = NegativeBalanceLimit::Each(1_000_000_000);
            book.set_negative_balance_limit(&limit)?;
            Ok(Done::new(Some(known.negative_balance_limit == limit), ""))
        }
        // A key is shown once: who was not told of it would issue another.
        (Step::Key, []) => Ok(Done::new(Some(false), book.issue_key()?.id)),
        (Step::Key, [key]) => Ok(Done::new(Some(true), &*key.id)),
        (Step::Revocation, [key]) => {
            book.revoke_key(&key.id)?;
            let since = book.keys()?[0].revoked_at.expect("it is revoked");
            Ok(Done::new(Some(key.revoked_at.is_some()), format!("{} {since}", key.id)))
        }
        (step, keys) => panic!("{step} where there are {} keys", keys.len()),
    }
}

pub(crate) fn backup_name(name: &str) -> String {
    format!("backup-{name}")
}

fn in_the_book(book: &mut Book<'_>, step: Step, name: &str) -> Result<Done> {
    let key = key(&format!("{step}-{name}"));
    let under = Some(&key);
    let transfer = |book: &mut Book<'_>, prefix: &str, mut new: NewTransfer| {
        new.id = Some(format!("{prefix}{name}"));
        Done::of(book.create_transfer(&new, under), |made| &made.id)
    };
    let conclude = |book: &mut Book<'_>, payout: &str, outcome| {
        let id = format!("{payout}{name}");
        Done::of(book.conclude_payout(&id, outcome, under), |made| &made.id)
    };
    match step {
        Step::Intent => {
            let mut new = NewPaymentIntent::of(amount(100), egp());
            let id = format!("pi_{name}");
            new.id = Some(id.clone());
            Done::of_new(book.create_payment_intent(&new), id)
        }
        Step::Charge | Step::PendingCharge => {
            Done::of(book.create_charge(&charge(step, name), under), |made| &made.id)
        }
        Step::Conclusion => {
            let NewCharge { amount_captured, fee, available_on, .. } = charge(step, name);
            let conclusion = Conclusion::Succeeded { amount_captured, fee, available_on };
            let id = format!("ch_pending-{name}");
            Done::of(book.conclude_charge(&id, conclusion, under), |made| &made.id)
        }
        Step::TopUp => transfer(book, "tu_", NewTransfer::top_up(amount(1_000), egp())),
        Step::Settlement => {
            transfer(book, "stl_", NewTransfer::settlement(SignedAmount::from_minor(90)?, egp()))
        }
        Step::Adjustment => {
            transfer(book, "adj_", NewTransfer::adjustment(SignedAmount::from_minor(-7)?, egp()))
        }
        Step::Refund | Step::RefundOfIntent | Step::Refusal => {
            Done::of(book.create_refund(&refund(step, name), under), |made| &made.id)
        }
        Step::RefundWithoutKey => {
            Done::of(book.create_refund(&refund(step, name), None), |made| &made.id)
        }
        Step::RefundFailure => {
            let made = book.find_by_key(Operation::Refund, &refund_key(name))?.unwrap();
            Done::of(book.fail_refund(&made.outcome.unwrap(), under), |made| &made.id)
        }
        Step::Payout => transfer(book, "po_", NewTransfer::payout(amount(100), egp())),
        Step::OtherPayout => transfer(book, "po_other-", NewTransfer::payout(amount(50), egp())),
        Step::PayoutPaid => conclude(book, "po_", PayoutOutcome::Paid),
        Step::PayoutReturned => conclude(book, "po_", PayoutOutcome::Returned),
        Step::PayoutFailed => conclude(book, "po_other-", PayoutOutcome::Failed),
        Step::Release => {
            let released = book.release_due(Timestamp::now())?;
            assert!(released == 0 || released == 2, "half of what was due: {released}");
            Ok(Done::new(Some(released == 0), ""))
        }
        Step::Merchant
        | Step::Limit
        | Step::Key
        | Step::Revocation
        | Step::Batch
        | Step::Import
        | Step::Prune
        | Step::Backup
        | Step::Reopen => unreachable!("{step} is not one of the book's"),
    }
}

fn charge(step: Step, name: &str) -> NewCharge {
    let due = Timestamp::from_millis(PAST);
    let mut new = NewCharge::succeeded(amount(100), Fee::from_minor(3).unwrap(), egp(), due);
    if step == Step::Charge {
        new.id = Some(format!("ch_{name}"));
        new.payment_intent_id = Some(format!("pi_{name}"));
    } else {
        new.id = Some(format!("ch_pending-{name}"));
        new.status = ChargeStatus::Pending;
    }
    new
}

fn refund_key(name: &str) -> IdempotencyKey {
    key(&format!("{}-{name}", Step::Refund))
}

fn refund(step: Step, name: &str) -> RefundRequest {
    let mut request = match step {
        Step::RefundOfIntent => RefundRequest::of_payment_intent(format!("pi_{name}")),
        _ => RefundRequest::of_charge(LARGE_CHARGE),
    };
    request.amount = match step {
        Step::RefundOfIntent => None,
        Step::Refusal => Some(refundry::Amount::MAX),
        _ => Some(amount(1)),
    };
    request.reason = Some(Reason::RequestedByCustomer);
    request.description = Some(format!("given back in {name}"));
    request.metadata.insert("step".into(), step.to_string());
    request
}

/// Refunds in one commit: all of them, or none.
fn batch(ledger: &mut Ledger, name: &str) -> Result<Done> {
    let mut batch = ledger.batch()?;
    let done = refunds_of_a_batch(&mut batch.book(MERCHANT)?, name)?;
    batch.commit()?;
    Ok(done)
}

/// The same refunds, in as many commits as the caller makes.
pub(crate) fn refunds_of_a_batch(book: &mut Book<'_>, name: &str) -> Result<Done> {
    let mut ids = Vec::new();
    let mut again = Vec::new();
    for number in 0..TOGETHER {
        let key = key(&format!("{}-{name}-{number}", Step::Batch));
        let made = book.create_refund(&refund(Step::Batch, name), Some(&key))?;
        ids.push(made.id.clone());
        again.push(made.replayed);
    }
    assert!(again.iter().all(|each| *each == again[0]), "half a batch: {again:?}");
    Ok(Done::new(Some(again[0]), ids.join(",")))
}

/// Charges, and a refund of each.
fn lines(name: &str) -> String {
    let mut lines = String::new();
    for number in 0..IMPORTED {
        let id = format!("imported-{name}-{number}");
        lines += &format!(
            r#"{{"object":"charge","id":"ch_{id}","merchantId":"{MERCHANT}","amount":"50","amountCaptured":"50","fee":"1","currency":"EGP","status":"succeeded","availableOn":"2999-01-01T00:00:00.000Z","createdAt":"2024-01-01T00:00:00.000Z"}}
{{"object":"refund","id":"re_{id}","merchantId":"{MERCHANT}","chargeId":"ch_{id}","amount":"20","createdAt":"2024-01-02T00:00:00.000Z"}}
"#
        );
    }
    lines
}
