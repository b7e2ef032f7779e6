//! The chain: a book with every cause, whose hashes are computed here a second time, from what the
//! book shows and from the description of the encoding alone.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use refundry::{
    Book, Cause, Charge, Conclusion, DisputeReason, Fee, Handover, HandoverDirection, Head,
    JournalEntry, Ledger, NewCharge, NewDispute, NewPaymentIntent, NewTransfer, Options,
    PayoutOutcome, Reason, RefundRequest, SignedAmount, Timestamp,
};
use sha2::{Digest, Sha256};

use super::{amount, egp, moment};

/// What the first entry of `acct_cairo` is chained to.
const GENESIS: &str = "a79fb9e7495c2b2d2fbd5a485a8b49d0f5f174930bda32d2240d84f039340517";

/// The hash of the first entry of `acct_cairo` after the import of [`FIRST`] at
/// 2024-02-01T00:00:00.000Z.
const FIRST_HASH: &str = "26a7b86c958fc84d7ee9954dc401b0b2e0efe4e0032dd49f2148dc2ad497f3a5";

const FIRST: &str = r#"{"object":"merchant","id":"acct_cairo","name":"Cairo Books","liveMode":false,"apiKeys":["sk_test_cairo_0123456789abcdef"],"negativeBalanceLimit":null}
{"object":"payment_intent","id":"pi_1","merchantId":"acct_cairo","amount":"22604","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}
{"object":"charge","id":"ch_1","merchantId":"acct_cairo","paymentIntentId":"pi_1","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}
"#;

/// The head of the book that [`every_cause`] makes, before it comes to hand-overs, and to disputes.
const BEFORE_HANDOVERS: &str = "9da66c4d6c7d5cba9620e38126a9f12242a557653e216da03267312c3cad260b";
const BEFORE_DISPUTES: &str = "6047494f698b2024efdb36aa9bbd9f2684b6f7a100af776119adf3ca4ccf7b32";

/// The head of the whole book.
const LAST_HASH: &str = "760201e8367ad373c646f8d899e6abda132c8d2febb050a71e9c9e9a1b5feca4";

type Hash = [u8; 32];

pub(crate) fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn genesis(merchant: &str) -> Hash {
    Sha256::digest(format!("refundry/book/1{merchant}")).into()
}

/// Bytes in the canonical encoding.
struct Bytes(Vec<u8>);

impl Bytes {
    fn int(&mut self, int: i64) {
        self.0.extend(int.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.0.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    /// A byte that tells whether there is something, before it.
    fn told(&mut self, is_some: bool) -> &mut Self {
        self.0.push(u8::from(is_some));
        self
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.told(text.is_some());
        text.into_iter().for_each(|text| self.text(text));
    }

    fn handover(&mut self, handover: &Handover, charge: &Charge) {
        self.text(&charge.id);
        self.int(handover.amount.minor());
        self.text(&handover.other_merchant_id);
        self.charge(charge);
        if handover.direction == HandoverDirection::TakenOver {
            self.0.extend(handover.entry_hash.as_bytes());
        }
    }

    fn charge(&mut self, charge: &Charge) {
        self.int(charge.amount.minor());
        self.int(charge.amount_captured.minor());
        self.int(charge.fee.minor());
        self.text(charge.currency.code());
        self.int(charge.available_on.millis());
        self.int(charge.created_at.millis());
    }

    /// The hash of personal text, whose salt is the next that was drawn; nothing if there is none.
    fn personal(
        &mut self,
        salts: &mut VecDeque<Vec<u8>>,
        description: Option<&str>,
        metadata: &BTreeMap<String, String>,
    ) {
        let is_some = description.is_some() || !metadata.is_empty();
        self.told(is_some);
        if is_some {
            let mut covered = Self(salts.pop_front().unwrap());
            covered.optional_text(description);
            covered.int(i64::try_from(metadata.len()).unwrap());
            for (key, value) in metadata {
                covered.text(key);
                covered.text(value);
            }
            self.0.extend(Sha256::digest(covered.0));
        }
    }
}

/// The hash of an entry after `previous`, of what the book shows of it.
pub(crate) fn link(
    book: &Book<'_>,
    entry: &JournalEntry,
    previous: Hash,
    salts: &mut VecDeque<Vec<u8>>,
) -> Hash {
    let mut to = Bytes(vec![1]);
    to.0.extend(previous);
    to.int(entry.seq);
    to.int(entry.cause.number());
    to.int(entry.effective_at.millis());
    to.int(entry.recorded_at.millis());
    to.told(entry.reverses.is_some());
    if let Some(id) = &entry.reverses {
        to.int(id.strip_prefix("je_").unwrap().parse().unwrap());
    }
    to.int(i64::try_from(entry.postings.len()).unwrap());
    for posting in &entry.postings {
        to.int(posting.debit.number().into());
        to.int(posting.credit.number().into());
        to.int(posting.amount.minor());
        to.text(posting.currency.code());
    }
    // Whatever an entry is about, its id is the first fact.
    to.text(&entry.source);
    match entry.cause {
        Cause::Charge => {
            let charge = book.charge(&entry.source).unwrap();
            to.optional_text(charge.payment_intent_id.as_deref());
            to.charge(&charge);
        }
        Cause::Refund => {
            let refund = book.refund(&entry.source).unwrap();
            to.text(&refund.charge_id);
            to.int(refund.amount.minor());
            to.optional_text(refund.reason.map(Reason::name));
            to.optional_text(refund.external_reference.as_deref());
            to.personal(salts, refund.description.as_deref(), &refund.metadata);
        }
        Cause::Payout | Cause::TopUp | Cause::Settlement | Cause::Adjustment => {
            let transfer = book.transfer(&entry.source).unwrap();
            to.int(transfer.amount.minor());
            to.text(transfer.currency.code());
            to.personal(salts, transfer.description.as_deref(), &BTreeMap::new());
        }
        Cause::Dispute => {
            let dispute = book.dispute(&entry.source).unwrap();
            to.text(&dispute.charge_id);
            to.int(dispute.amount.minor());
            to.int(dispute.fee.minor());
            to.optional_text(dispute.reason.map(DisputeReason::name));
            to.optional_text(dispute.network_reference.as_deref());
        }
        Cause::HandedOver | Cause::TakenOver => {
            let handover = book.handover(&entry.source).unwrap();
            to.handover(&handover, &book.charge(&handover.charge_id).unwrap());
        }
        Cause::Maturity
        | Cause::DisputeWon
        | Cause::DisputeLost
        | Cause::RefundFailure
        | Cause::PayoutPaid
        | Cause::PayoutFailed
        | Cause::PayoutReturned => {}
    }
    Sha256::digest(to.0).into()
}

/// Every draw from the source of random bytes, in order.
type Draws = Arc<Mutex<Vec<Vec<u8>>>>;

/// A ledger whose clock goes on by a second an operation, and whose random bytes count up from 0.
fn fixed() -> (Ledger, Draws) {
    let mut options = Options::default();
    let mut now = moment("2024-01-31T23:59:59.000Z").millis();
    options.clock = Box::new(move || {
        now += 1_000;
        Timestamp::from_millis(now)
    });
    let draws = Draws::default();
    let (drawn, mut next) = (Arc::clone(&draws), 0_u8);
    options.random = Box::new(move |bytes| {
        for byte in bytes.iter_mut() {
            (*byte, next) = (next, next.wrapping_add(1));
        }
        drawn.lock().unwrap().push(bytes.to_vec());
        Ok(())
    });
    (Ledger::in_memory(options).unwrap(), draws)
}

fn transfer(book: &mut Book<'_>, mut new: NewTransfer, id: &str, description: Option<&str>) {
    new.id = Some(id.to_owned());
    new.description = description.map(str::to_owned);
    book.create_transfer(&new, None).unwrap();
}

/// Makes a book with every cause, with and without each fact that may be absent.
fn every_cause(ledger: &mut Ledger) {
    ledger.import(FIRST.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    let due = moment("2024-01-03T00:00:00.000Z");
    book.release_due(due).unwrap();
    charges_that_were_pending(&mut book);
    refunds(&mut book);
    transfers(&mut book);
    // What was before them has the hashes that it had before there were disputes.
    let head = book.head().unwrap();
    assert_eq!(head.to_string(), format!("{}:{BEFORE_DISPUTES}", head.seq));
    disputes(&mut book);
    let head = book.head().unwrap();
    assert_eq!(head.to_string(), format!("{}:{BEFORE_HANDOVERS}", head.seq));
    handovers(ledger);
}

/// Charges with and without an intent; no fee is taken of one, and all of the other.
fn charges_that_were_pending(book: &mut Book<'_>) {
    let due = moment("2024-01-03T00:00:00.000Z");
    let mut intent = NewPaymentIntent::of(amount(5_000), egp());
    intent.id = Some("pi_2".to_owned());
    book.create_payment_intent(&intent).unwrap();
    let kwd = refundry::Currency::from_code("KWD").unwrap();
    for (id, currency, fee) in [("ch_2", egp(), 0), ("ch_3", kwd, 4_000)] {
        let mut new = NewCharge::succeeded(amount(5_000), Fee::ZERO, currency, due);
        new.id = Some(id.to_owned());
        new.status = refundry::ChargeStatus::Pending;
        new.payment_intent_id = (id == "ch_2").then(|| "pi_2".to_owned());
        book.create_charge(&new, None).unwrap();
        let (amount_captured, fee) = (amount(4_000), Fee::from_minor(fee).unwrap());
        let conclusion = Conclusion::Succeeded { amount_captured, fee, available_on: due };
        book.conclude_charge(id, conclusion, None).unwrap();
    }
}

/// One refund with every fact, which fails, and one with none.
fn refunds(book: &mut Book<'_>) {
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(10_900));
    request.reason = Some(Reason::Duplicate);
    request.description = Some("ordered twice, «مرتين»".to_owned());
    request.metadata =
        [("order", "17"), ("é", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    request.external_reference = Some("ARN-1".to_owned());
    let first = book.create_refund(&request, None).unwrap().value.id;
    book.fail_refund(&first, None).unwrap();
    let mut request = RefundRequest::of_payment_intent("pi_1");
    request.amount = Some(amount(604));
    book.create_refund(&request, None).unwrap();
}

/// Every kind of transfer, in both directions, with a description, an empty one, and none.
fn transfers(book: &mut Book<'_>) {
    let kwd = refundry::Currency::from_code("KWD").unwrap();
    let payout = |minor| NewTransfer::payout(amount(minor), egp());
    transfer(book, payout(900), "po_1", None);
    transfer(book, payout(100), "po_2", Some("by hand"));
    book.conclude_payout("po_1", PayoutOutcome::Paid, None).unwrap();
    book.conclude_payout("po_2", PayoutOutcome::Failed, None).unwrap();
    book.conclude_payout("po_1", PayoutOutcome::Returned, None).unwrap();
    let signed = |minor| SignedAmount::from_minor(minor).unwrap();
    transfer(book, NewTransfer::top_up(amount(50), kwd), "tu_1", None);
    transfer(book, NewTransfer::settlement(signed(22_000), egp()), "stl_1", None);
    transfer(book, NewTransfer::settlement(signed(-7), egp()), "stl_2", None);
    transfer(book, NewTransfer::adjustment(signed(-250), egp()), "adj_1", Some("opening"));
    transfer(book, NewTransfer::adjustment(signed(3), egp()), "adj_2", Some(""));
}

/// Disputes with every fact and with none, won with their fee and without, and lost.
fn disputes(book: &mut Book<'_>) {
    for (id, fee, reason, network_reference) in [
        ("dp_1", 15, Some(DisputeReason::Fraudulent), Some("N-1")),
        ("dp_2", 0, None, None),
        ("dp_3", 15, None, None),
    ] {
        let new = NewDispute {
            id: Some(id.to_owned()),
            charge_id: "ch_1".to_owned(),
            amount: amount(7),
            fee: Fee::from_minor(fee).unwrap(),
            reason,
            network_reference: network_reference.map(str::to_owned),
        };
        book.open_dispute(&new, None).unwrap();
    }
    book.win_dispute("dp_1", true, None).unwrap();
    book.win_dispute("dp_2", false, None).unwrap();
    book.lose_dispute("dp_3", None).unwrap();
}

/// A charge goes to another book, which refuses it.
fn handovers(ledger: &mut Ledger) {
    let mut merchant = refundry::NewMerchant::named("Giza Books");
    merchant.id = Some("acct_giza".to_owned());
    ledger.create_merchant(&merchant).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    let there = book.hand_over_charge("ch_3", "acct_giza", None).unwrap().value.text.unwrap();
    let back = ledger.book("acct_giza").unwrap().refuse_handover(&there).unwrap().value.text;
    ledger.book("acct_cairo").unwrap().take_over_charge(&back.unwrap()).unwrap();
}

#[test]
fn the_simplest_chain_is_as_it_always_was() {
    let (mut ledger, draws) = fixed();
    ledger.import(FIRST.lines().next().unwrap().as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let head = ledger.book("acct_cairo").unwrap().head().unwrap();
    assert_eq!((head.seq, head.hash.to_string().as_str()), (0, GENESIS));

    let (mut ledger, _) = fixed();
    ledger.import(FIRST.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let head = ledger.book("acct_cairo").unwrap().head().unwrap();
    assert_eq!((head.seq, head.hash.to_string().as_str()), (1, FIRST_HASH));
    assert_eq!(draws.lock().unwrap().len(), 0, "the ids were the caller's");
}

#[test]
fn a_chain_with_every_cause_is_as_it_always_was() {
    let (mut ledger, draws) = fixed();
    every_cause(&mut ledger);
    // An id takes ten bytes and a salt sixteen.
    let salts = draws.lock().unwrap().iter().filter(|draw| draw.len() == 16).cloned().collect();
    let mut salts: VecDeque<_> = salts;
    let book = ledger.book("acct_cairo").unwrap();
    let entries = book.journal_entries_after(None, 100).unwrap();
    let causes: BTreeSet<_> = entries.iter().map(|entry| entry.cause.number()).collect();
    assert_eq!(causes, (1..=16).collect(), "every cause");

    let mut hash = genesis("acct_cairo");
    assert_eq!(hex(&hash), GENESIS);
    for entry in &entries {
        hash = link(&book, entry, hash, &mut salts);
        assert_eq!(entry.hash.as_bytes(), &hash, "{entry:?}");
    }
    assert!(salts.is_empty());
    let head = book.head().unwrap();
    assert_eq!((head.seq, head.hash.as_bytes()), (entries.last().unwrap().seq, &hash));
    assert_eq!(hex(entries[0].hash.as_bytes()), FIRST_HASH);
    assert_eq!(hex(&hash), LAST_HASH);
    let kept = [("acct_cairo".to_owned(), head)];
    ledger.verify(&kept, |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn the_same_calls_clock_and_bytes_give_the_same_head() {
    let head = || {
        let (mut ledger, _) = fixed();
        every_cause(&mut ledger);
        ledger.book("acct_cairo").unwrap().head().unwrap()
    };
    assert_eq!(head(), head());
}

#[test]
fn a_head_is_read_as_it_is_written_and_in_no_other_way() {
    let text = format!("1:{FIRST_HASH}");
    assert_eq!(Head::parse(&text).unwrap().to_string(), text);
    for wrong in [
        String::new(),
        FIRST_HASH.to_owned(),
        format!("-1:{FIRST_HASH}"),
        format!("01:{FIRST_HASH}"),
        format!("1:{}", &FIRST_HASH[2..]),
        format!("1:{FIRST_HASH}00"),
        format!("1:+{}", &FIRST_HASH[1..]),
        format!("1:{}", FIRST_HASH.to_uppercase()),
        format!("1:{}é", &FIRST_HASH[2..]),
    ] {
        let error = Head::parse(&wrong).unwrap_err();
        assert_eq!((error.code(), error.param()), ("parameter_invalid", Some("head")), "{wrong}");
    }
}
