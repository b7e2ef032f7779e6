//! How the ledger of a version is made, once, and what can be read of a ledger.

use std::{
    fmt::Write as _,
    fs,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Amount, ChargeFilter, Currency, DisputeFilter, HandoverFilter, Ledger, NewMerchant, Options,
    Page, RefundFilter, RefundRequest, Timestamp, seeded_random,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::scenarios::{call, story::Story};

/// 2024-01-01T00:00:00.000Z
const START: i64 = 1_704_067_200_000;
/// What the clock says after the stories: 2025-01-01T00:00:00.000Z.
pub(super) const END: i64 = 1_735_689_600_000;
/// Stories that between them do everything.
const STORIES: u64 = 3;

/// A key that is known from the beginning, unlike those that are issued.
pub(super) const API_KEY: &str = "sk_test_golden_0123456789abcdef";

/// What stories have no words for: keys, historical payouts of every outcome, funds.
const IMPORT: &str = r#"
{"object":"merchant","id":"acct_golden","name":"Golden Books","liveMode":false,"apiKeys":["sk_test_golden_0123456789abcdef"],"negativeBalanceLimit":{"EGP":"5000","KWD":"0"}}
{"object":"payment_intent","id":"pi_golden","merchantId":"acct_golden","amount":"22604","currency":"EGP","createdAt":"2023-12-01T00:00:00.000Z"}
{"object":"charge","id":"ch_failed","merchantId":"acct_golden","paymentIntentId":"pi_golden","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"failed","availableOn":"2023-12-03T00:00:00.000Z","createdAt":"2023-12-01T00:00:01.000Z"}
{"object":"charge","id":"ch_golden","merchantId":"acct_golden","paymentIntentId":"pi_golden","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"succeeded","availableOn":"2023-12-03T00:00:00.000Z","createdAt":"2023-12-01T00:00:02.000Z"}
{"object":"refund","id":"re_golden","merchantId":"acct_golden","chargeId":"ch_golden","amount":"100","reason":"duplicate","externalReference":"RRN-1","description":"paid twice","metadata":{"till":"7"},"createdAt":"2023-12-02T00:00:00.000Z"}
{"object":"payout","id":"po_paid","merchantId":"acct_golden","amount":"5000","currency":"EGP","status":"paid","createdAt":"2023-12-04T00:00:00.000Z"}
{"object":"payout","id":"po_returned","merchantId":"acct_golden","amount":"400","currency":"EGP","status":"returned","createdAt":"2023-12-04T00:00:00.000Z"}
{"object":"payout","id":"po_failed","merchantId":"acct_golden","amount":"300","currency":"EGP","status":"failed","createdAt":"2023-12-04T00:00:00.000Z"}
{"object":"payout","id":"po_transit","merchantId":"acct_golden","amount":"200","currency":"EGP","status":"in_transit","createdAt":"2023-12-04T00:00:00.000Z"}
{"object":"adjustment","id":"adj_golden","merchantId":"acct_golden","amount":"9000","currency":"EGP","description":"opening balance","createdAt":"2023-12-05T00:00:00.000Z"}
{"object":"dispute","id":"dp_won","merchantId":"acct_golden","chargeId":"ch_golden","amount":"4","fee":"15","reason":"duplicate","networkReference":"RRN-1","createdAt":"2023-12-06T00:00:00.000Z"}
{"object":"dispute","id":"dp_lost","merchantId":"acct_golden","chargeId":"ch_golden","amount":"3","fee":"15","createdAt":"2023-12-06T00:00:00.000Z"}
{"object":"dispute","id":"dp_open","merchantId":"acct_golden","chargeId":"ch_golden","amount":"2","createdAt":"2023-12-06T00:00:00.000Z"}
{"object":"dispute_won","merchantId":"acct_golden","disputeId":"dp_won","feeReturned":true,"createdAt":"2024-01-06T00:00:00.000Z"}
{"object":"dispute_lost","merchantId":"acct_golden","disputeId":"dp_lost","createdAt":"2024-01-07T00:00:00.000Z"}
"#;

/// Makes the ledger of this version, and writes down what it says.
pub(super) fn make(file: &Path, said: &Path) {
    let mut lines = String::new();
    let clock = Arc::new(AtomicI64::new(START));
    for seed in 0..STORIES {
        let now = Arc::clone(&clock);
        let mut options = Options::default();
        options.clock = Box::new(move || Timestamp::from_millis(now.load(Ordering::Relaxed)));
        options.random = seeded_random(seed);
        let mut ledger = Ledger::open(file, options).unwrap();
        if seed == 0 {
            ledger.import(IMPORT.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
            hand_over(&mut ledger);
        }
        let mut calls = vec![];
        let mut story = Story::of(seed, START);
        while let Some(call) = story.next() {
            clock.store(story.now(), Ordering::Relaxed);
            let answer = call::make(&mut ledger, &call);
            story.hear(&call, &answer);
            calls.push(call);
        }
        // A call with a key gets its outcome again, as often as it is made.
        let is_keyed = |call: &Value| {
            let arguments = call["args"].as_array().unwrap();
            arguments.iter().any(|a| a.as_str().is_some_and(|text| text.starts_with("key-")))
        };
        for call in calls.into_iter().filter(is_keyed) {
            let answer = call::make(&mut ledger, &call);
            let replayed = |of: &str| answer[of]["replayed"] == json!(true);
            if replayed("value") || replayed("refused") {
                writeln!(lines, "{}", json!({ "call": call, "answer": answer })).unwrap();
            }
        }
    }
    clock.store(END, Ordering::Relaxed);
    let mut options = Options::default();
    options.clock = Box::new(|| Timestamp::from_millis(END));
    let mut ledger = Ledger::open(file, options).unwrap();
    for line in describe(&mut ledger) {
        writeln!(lines, "{line}").unwrap();
    }
    drop(ledger);
    fs::write(said, lines).unwrap();
}

/// A charge goes to another book, which gives some of it back to the cardholder and the rest to the seller.
fn hand_over(ledger: &mut Ledger) {
    let mut new = NewMerchant::named("Silver Books");
    new.id = Some("acct_silver".to_owned());
    ledger.create_merchant(&new).unwrap();
    let mut book = ledger.book("acct_golden").unwrap();
    let text = book.hand_over_charge("ch_golden", "acct_silver", None).unwrap().value.text.unwrap();
    let mut book = ledger.book("acct_silver").unwrap();
    book.take_over_charge(&text).unwrap();
    let mut request = RefundRequest::of_charge("ch_golden");
    request.amount = Some(Amount::from_minor(50).unwrap());
    book.create_refund(&request, None).unwrap();
    let back = book.refuse_handover(&text).unwrap().value.text.unwrap();
    ledger.book("acct_golden").unwrap().take_over_charge(&back).unwrap();
}

/// Everything that can be read of a ledger.
pub(super) fn describe(ledger: &mut Ledger) -> Vec<Value> {
    let page = Page { limit: 100, starting_after: None };
    let mut lines = vec![];
    for code in ["EGP", "JPY", "KWD"] {
        let exponent = ledger.exponent(Currency::from_code(code).unwrap()).unwrap();
        lines.push(json!({ "currency": code, "exponent": exponent }));
    }
    for merchant in ledger.merchants().unwrap() {
        let mut book = ledger.book(&merchant.id).unwrap();
        let id = &merchant.id;
        lines.push(json!({ "merchant": id, "head": book.head().unwrap().to_string() }));
        let mut add = |name: &str, objects: Value| {
            lines.push(json!({ "merchant": id, name: objects }));
        };
        add("merchant", value(&merchant));
        add("balances", value(&book.balances().unwrap()));
        add("funds", value(&book.funds().unwrap()));
        add("intents", value(&book.payment_intents(&page).unwrap()));
        add("charges", value(&book.charges(&ChargeFilter::default(), &page).unwrap()));
        add("refunds", value(&book.refunds(&RefundFilter::default(), &page).unwrap()));
        add("transfers", value(&book.transfers(&Default::default(), &page).unwrap()));
        // Version 4 has them.
        let handovers = book.handovers(&HandoverFilter::default(), &page).unwrap();
        if !handovers.data.is_empty() {
            add("handovers", value(&handovers));
        }
        // Version 3 has them.
        let disputes = book.disputes(&DisputeFilter::default(), &page).unwrap();
        if !disputes.data.is_empty() {
            add("disputes", value(&disputes));
        }
        add("statement", value(&book.balance_transactions(&Default::default(), &page).unwrap()));
        for entry in book.journal_entries_after(None, 100).unwrap() {
            add("entry", value(&entry));
        }
    }
    lines
}

fn value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).unwrap()
}
