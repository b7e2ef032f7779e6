//! A story: every operation of the library, one after the other, with how to ask later whether it
//! was done. Told twice it says the same, whatever the clock on the wall.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use refundry::{
    Access, Book, ChargeStatus, Conclusion, Error, Fee, IdempotencyKey, Ledger,
    NegativeBalanceLimit, NewCharge, NewPaymentIntent, NewTransfer, Operation, Options,
    PayoutOutcome, Reason, RefundRequest, Result, SignedAmount, Timestamp, seeded_random,
};

use crate::shop::{self, MERCHANT, PAST, amount, egp, key};

const DAY: i64 = 86_400_000;

/// A clock that goes on by a second each time it is read.
#[derive(Clone)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that stands at the beginning of a chapter.
    #[must_use]
    pub fn at_chapter(chapter: usize) -> Self {
        let days = i64::try_from(chapter).expect("a story is not that long") * 40;
        Self(Arc::new(AtomicI64::new(PAST + days * DAY)))
    }

    /// How the trials open a ledger: with a small cache, so that large transactions overflow it,
    /// and without patience.
    #[must_use]
    pub fn options(&self, access: Access, seed: u64) -> Options {
        let mut options = Options::default();
        let clock = self.0.clone();
        options.access = access;
        options.clock =
            Box::new(move || Timestamp::from_millis(clock.fetch_add(1_000, Ordering::SeqCst)));
        options.random = seeded_random(seed);
        options.busy_timeout = Duration::from_millis(20);
        options.cache_kib = 64;
        options
    }
}

/// How to ask whether an operation was done.
#[derive(Clone, Debug)]
pub enum Receipt {
    /// By its idempotency key.
    Key(Operation, String),
    /// By the id of a charge.
    Charge(String),
    /// By the id of a merchant whose book an import filled.
    Merchant(String),
    /// By the name of a backup beside the ledger.
    Backup(String),
    /// It records nothing that has a name.
    Nothing,
}

impl Receipt {
    /// Whether the operation was done.
    ///
    /// # Errors
    /// Those of the library.
    pub fn is_kept(&self, ledger: &mut Ledger, folder: &Path) -> Result<bool> {
        match self {
            Self::Key(operation, key) => {
                let found = ledger.book(MERCHANT)?.find_by_key(*operation, &shop::key(key))?;
                Ok(found.is_some())
            }
            Self::Charge(id) => is_there(ledger.book(MERCHANT)?.charge(id)),
            Self::Merchant(id) => is_there(ledger.book(id)),
            Self::Backup(name) => Ok(folder.join(name).exists()),
            Self::Nothing => Ok(true),
        }
    }
}

fn is_there<T>(found: Result<T>) -> Result<bool> {
    match found {
        Ok(_) => Ok(true),
        Err(Error::ResourceMissing { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

type Act = Box<dyn Fn(&mut Ledger, &Path) -> Result<()> + Send + Sync>;

/// One operation.
pub struct Step {
    /// What it does.
    pub name: &'static str,
    /// How to ask whether it was done.
    pub receipt: Receipt,
    act: Act,
}

impl Step {
    /// Does it, on the ledger in this folder.
    ///
    /// # Errors
    /// Those of the library, but for a refusal that belongs to the story.
    pub fn run(&self, ledger: &mut Ledger, folder: &Path) -> Result<()> {
        (self.act)(ledger, folder)
    }

    fn new(
        name: &'static str,
        receipt: Receipt,
        act: impl Fn(&mut Ledger, &Path) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self { name, receipt, act: Box::new(act) }
    }

    /// On the merchant's book, with an idempotency key.
    fn keyed<T>(
        name: &'static str,
        operation: Operation,
        chapter: usize,
        act: impl Fn(&mut Book<'_>, &IdempotencyKey) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        let text = format!("{}-{chapter}", name.replace(' ', "-"));
        let receipt = Receipt::Key(operation, text.clone());
        Self::new(name, receipt, move |ledger, _| {
            act(&mut ledger.book(MERCHANT)?, &key(&text)).map(drop)
        })
    }
}

/// What adds the merchant: the first operation of a new ledger.
#[must_use]
pub fn beginning() -> Step {
    Step::new("add a merchant", Receipt::Merchant(MERCHANT.to_owned()), |ledger, _| {
        shop::add_merchant(ledger, MERCHANT)
    })
}

/// Every operation once, in an order in which none is refused but the one that is meant to be.
#[must_use]
pub fn chapter(chapter: usize) -> Vec<Step> {
    let mut steps = charges(chapter);
    steps.extend(refunds(chapter));
    steps.extend(transfers(chapter));
    steps.extend(housekeeping(chapter));
    steps
}

/// Forgets the idempotency keys of earlier chapters, after which their receipts are worth nothing.
#[must_use]
pub fn pruning() -> Step {
    Step::new("prune keys", Receipt::Nothing, |ledger, _| {
        ledger.prune_idempotency_keys(Timestamp::from_millis(i64::MAX)).map(drop)
    })
}

fn charges(chapter: usize) -> Vec<Step> {
    let due = Timestamp::from_millis(PAST + 2 * DAY);
    let (intent, charge) = (format!("pi_{chapter}"), format!("ch_{chapter}"));
    let pending = format!("ch_{chapter}_pending");
    let (on_intent, captured, concluded) = (intent.clone(), charge.clone(), pending.clone());
    vec![
        Step::new("create an intent", Receipt::Nothing, move |ledger, _| {
            let mut new = NewPaymentIntent::of(amount(22_604), egp());
            new.id = Some(intent.clone());
            ledger.book(MERCHANT)?.create_payment_intent(&new).map(drop)
        }),
        Step::new("create a charge", Receipt::Charge(charge), move |ledger, _| {
            let mut new = NewCharge::succeeded(amount(22_604), fee(912)?, egp(), due);
            new.id = Some(captured.clone());
            new.payment_intent_id = Some(on_intent.clone());
            ledger.book(MERCHANT)?.create_charge(&new, None).map(drop)
        }),
        Step::keyed("begin a charge", Operation::Charge, chapter, move |book, key| {
            let mut new = NewCharge::succeeded(amount(7_000), fee(0)?, egp(), due);
            new.id = Some(pending.clone());
            new.status = ChargeStatus::Pending;
            book.create_charge(&new, Some(key))
        }),
        Step::keyed("conclude a charge", Operation::ChargeConclusion, chapter, move |book, key| {
            let conclusion = Conclusion::Succeeded {
                amount_captured: amount(6_500),
                fee: fee(65)?,
                available_on: due,
            };
            book.conclude_charge(&concluded, conclusion, Some(key))
        }),
        Step::new("release what is due", Receipt::Nothing, move |ledger, _| {
            ledger.book(MERCHANT)?.release_due(due).map(drop)
        }),
    ]
}

fn refunds(chapter: usize) -> Vec<Step> {
    let (charge, intent) = (format!("ch_{chapter}"), format!("pi_{chapter}"));
    let (too_much, handed_over) = (charge.clone(), charge.clone());
    let failing = format!("refund-a-charge-{chapter}");
    vec![
        Step::keyed("refund a charge", Operation::Refund, chapter, move |book, key| {
            let mut request = RefundRequest::of_charge(&charge);
            request.amount = Some(amount(10_900));
            request.reason = Some(Reason::RequestedByCustomer);
            request.description = Some("بدون إيصال".to_owned());
            request.metadata.insert("till".to_owned(), "7".to_owned());
            book.create_refund(&request, Some(key))
        }),
        Step::keyed("refund by intent", Operation::Refund, chapter, move |book, key| {
            let mut request = RefundRequest::of_payment_intent(&intent);
            request.amount = Some(amount(704));
            request.external_reference = Some("RRN-4711".to_owned());
            book.create_refund(&request, Some(key))
        }),
        Step::keyed("hand a charge over", Operation::Handover, chapter, move |book, key| {
            book.hand_over_charge(&handed_over, "acct_giza", Some(key))
        }),
        Step::keyed("refuse a refund", Operation::Refund, chapter, move |book, key| {
            let mut request = RefundRequest::of_charge(&too_much);
            request.amount = Some(amount(22_604));
            match book.create_refund(&request, Some(key)) {
                Err(Error::Refused { .. }) => Ok(()),
                other => other.map(drop),
            }
        }),
        Step::keyed("fail a refund", Operation::RefundFailure, chapter, move |book, key| {
            let refund = book.find_by_key(Operation::Refund, &shop::key(&failing))?;
            let id = refund.and_then(|record| record.outcome.ok());
            book.fail_refund(&id.unwrap_or_default(), Some(key))
        }),
    ]
}

fn transfers(chapter: usize) -> Vec<Step> {
    let payout = format!("po_{chapter}");
    let (paid, returned) = (payout.clone(), payout.clone());
    vec![
        Step::keyed("top up", Operation::TopUp, chapter, |book, key| {
            book.create_transfer(&NewTransfer::top_up(amount(5_000), egp()), Some(key))
        }),
        Step::keyed("pay out", Operation::Payout, chapter, move |book, key| {
            let mut new = NewTransfer::payout(amount(1_500), egp());
            new.id = Some(payout.clone());
            new.description = Some("weekly".to_owned());
            book.create_transfer(&new, Some(key))
        }),
        Step::keyed("payout paid", Operation::PayoutOutcome, chapter, move |book, key| {
            book.conclude_payout(&paid, PayoutOutcome::Paid, Some(key))
        }),
        Step::keyed("payout returned", Operation::PayoutOutcome, chapter, move |book, key| {
            book.conclude_payout(&returned, PayoutOutcome::Returned, Some(key))
        }),
        Step::keyed("settle", Operation::Settlement, chapter, |book, key| {
            book.create_transfer(&NewTransfer::settlement(signed(21_000)?, egp()), Some(key))
        }),
        Step::keyed("adjust", Operation::Adjustment, chapter, |book, key| {
            book.create_transfer(&NewTransfer::adjustment(signed(-30)?, egp()), Some(key))
        }),
    ]
}

fn housekeeping(chapter: usize) -> Vec<Step> {
    let imported = format!("acct_import_{chapter}");
    let backup = format!("backup-{chapter}");
    let lines = import_lines(&imported);
    vec![
        Step {
            name: "batch",
            receipt: Receipt::Key(Operation::TopUp, format!("batch-{chapter}")),
            act: batch(chapter),
        },
        Step::new("import", Receipt::Merchant(imported), move |ledger, _| {
            ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).map(drop)
        }),
        Step::new("back up", Receipt::Backup(backup.clone()), move |ledger, folder| {
            ledger.backup(folder.join(&backup), |_| ControlFlow::Continue(()))
        }),
        Step::new("issue a key", Receipt::Nothing, |ledger, _| {
            ledger.book(MERCHANT)?.issue_key().map(drop)
        }),
        Step::new("revoke the first key", Receipt::Nothing, |ledger, _| {
            let mut book = ledger.book(MERCHANT)?;
            let id = book.keys()?.first().map(|key| key.id.clone()).unwrap_or_default();
            book.revoke_key(&id)
        }),
        Step::new("set a limit", Receipt::Nothing, move |ledger, _| {
            let limit = NegativeBalanceLimit::Each(1_000_000 + chapter as u64);
            ledger.book(MERCHANT)?.set_negative_balance_limit(&limit)
        }),
        Step::new("verify", Receipt::Nothing, |ledger, _| {
            ledger.verify(&[], |_| ControlFlow::Continue(())).map(drop)
        }),
    ]
}

/// Twelve top-ups and a refund in one commit.
fn batch(chapter: usize) -> Act {
    Box::new(move |ledger, _| {
        let mut batch = ledger.batch()?;
        let mut book = batch.book(MERCHANT)?;
        let top_up = NewTransfer::top_up(amount(100), egp());
        for _ in 0..11 {
            book.create_transfer(&top_up, None)?;
        }
        book.create_transfer(&top_up, Some(&key(&format!("batch-{chapter}"))))?;
        let mut request = RefundRequest::of_charge(format!("ch_{chapter}_pending"));
        request.amount = Some(amount(500));
        book.create_refund(&request, None)?;
        batch.commit()
    })
}

/// A merchant with eight charges and refunds.
fn import_lines(merchant: &str) -> String {
    let mut lines = format!(
        "{{\"object\":\"merchant\",\"id\":\"{merchant}\",\"name\":\"Giza\",\"liveMode\":false,\
         \"apiKeys\":[],\"negativeBalanceLimit\":null}}\n"
    );
    for number in 0..8 {
        lines += &format!(
            "{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"{merchant}\",\
             \"amount\":\"22604\",\"amountCaptured\":\"22604\",\"fee\":\"912\",\
             \"currency\":\"EGP\",\"status\":\"succeeded\",\
             \"availableOn\":\"2024-01-03T00:00:00.000Z\",\
             \"createdAt\":\"2024-01-01T00:00:01.000Z\"}}\n\
             {{\"object\":\"refund\",\"id\":\"re_{number}\",\"merchantId\":\"{merchant}\",\
             \"chargeId\":\"ch_{number}\",\"amount\":\"10900\",\
             \"createdAt\":\"2024-01-02T00:00:00.000Z\"}}\n"
        );
    }
    lines
}

fn signed(minor: i64) -> Result<SignedAmount> {
    SignedAmount::from_minor(minor)
}

fn fee(minor: i64) -> Result<Fee> {
    Fee::from_minor(minor)
}
