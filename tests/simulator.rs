//! The simulator's scenarios, run natively: the figures that its page must show.

use std::{fs, ops::ControlFlow, path::PathBuf};

use refundry::{
    AsOf, Book, ChargeFilter, Error, IdempotencyKey, Ledger, NegativeBalanceLimit, NewCharge,
    NewDispute, NewMerchant, NewPaymentIntent, NewTransfer, Options, Page, PayoutOutcome,
    RefundRequest, Timestamp, seeded_random,
};
use serde_json::{Map, Value, json};

use crate::shop::Clock;

/// The scenarios, and the simulated days that the page's own test keeps.
const SCENARIOS: [(&str, &str); 6] = [
    ("first", "src/scenarios/first.json"),
    ("storm", "src/scenarios/storm.json"),
    ("shop", "src/scenarios/shop.json"),
    ("double-click", "src/scenarios/double-click.json"),
    ("dispute", "src/scenarios/dispute.json"),
    ("days", "tests/simulated.json"),
];

#[test]
fn the_simulators_figures_are_the_librarys() {
    let demo = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("wasm/demo");
    let figures: Map<_, _> = SCENARIOS
        .iter()
        .map(|(name, path)| {
            let scenario = fs::read_to_string(demo.join(path)).unwrap();
            ((*name).to_owned(), run(&serde_json::from_str(&scenario).unwrap()))
        })
        .collect();
    let path = demo.join("tests/expected.json");
    let figures = Value::Object(figures);
    // Compared as values: the order of an object's members depends on what else is built.
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if serde_json::from_str::<Value>(&expected).ok().as_ref() != Some(&figures) {
        fs::write(&path, format!("{figures:#}\n")).unwrap();
        panic!("wasm/demo/tests/expected.json was out of date; it has been written anew");
    }
}

/// Does every step of a scenario, and tells what the book then says.
fn run(scenario: &Value) -> Value {
    let clock = Clock::new();
    let mut options = Options::default();
    let hand = clock.clone();
    options.clock = Box::new(move || hand.now());
    options.random = seeded_random(scenario["seed"].as_u64().unwrap());
    let steps = scenario["steps"].as_array().unwrap();
    clock.set(moment(&steps[0]["at"]).millis());
    let mut ledger = Ledger::in_memory(options).unwrap();
    let merchant = NewMerchant::from_json(scenario["merchant"].to_string().as_bytes()).unwrap();
    let merchant = ledger.create_merchant(&merchant).unwrap();
    let mut book = ledger.book(&merchant.id).unwrap();

    let mut outcomes: Vec<Value> = Vec::new();
    for step in steps {
        clock.set(moment(&step["at"]).millis());
        let outcome = match ask(&mut book, scenario["currency"].as_str().unwrap(), step, &outcomes)
        {
            Ok(answer) => answer,
            Err(error) => json!({ "code": error.code(), "message": error.to_string() }),
        };
        outcomes.push(outcome);
    }
    let figures = figures(&book, &outcomes);
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    figures
}

/// The end of the chain, the refusals, and the balances as of several places.
fn figures(book: &Book<'_>, outcomes: &[Value]) -> Value {
    let head = book.head().unwrap();
    let refusals = (0..).zip(outcomes).filter(|(_, outcome)| outcome.get("code").is_some());
    let refusals: Vec<Value> = refusals
        .map(|(step, outcome): (usize, _)| {
            json!({ "step": step, "code": outcome["code"], "message": outcome["message"] })
        })
        .collect();
    let every = (head.seq / 8).max(1);
    let places = (1..=head.seq).filter(|seq| seq % every == 0 || *seq == head.seq);
    let as_of: Map<_, _> = places
        .map(|seq| {
            let balances = book.trial_balance(AsOf::Sequence(seq)).unwrap()[0].balances;
            (seq.to_string(), serde_json::to_value(balances).unwrap())
        })
        .collect();
    json!({
        "entries": head.seq,
        "head": head.hash.to_string(),
        "refunded": refunded(book).to_string(),
        "refusals": refusals,
        "asOf": as_of,
    })
}

/// What has been refunded of all charges.
fn refunded(book: &Book<'_>) -> i64 {
    let mut page = Page { limit: 100, starting_after: None };
    let mut refunded = 0;
    loop {
        let list = book.charges(&ChargeFilter::default(), &page).unwrap();
        refunded += list.data.iter().map(|charge| charge.amount_refunded.minor()).sum::<i64>();
        page.starting_after = list.data.last().map(|charge| charge.id.clone());
        if !list.has_more {
            return refunded;
        }
    }
}

/// Asks the book what a step says, and returns the id of what was made, if anything.
fn ask(
    book: &mut Book<'_>,
    currency: &str,
    step: &Value,
    earlier: &[Value],
) -> Result<Value, Error> {
    let kind = step["do"].as_str().unwrap();
    Ok(match kind {
        "charge" => {
            if let Some(intent) = step.get("intent") {
                let new = json!({ "id": intent, "amount": step["amount"], "currency": currency });
                book.create_payment_intent(&NewPaymentIntent::from_json(&bytes(&new))?)?;
            }
            let mut new = fields(step, &["id", "amount", "fee", "availableOn"]);
            new["currency"] = currency.into();
            if let Some(intent) = step.get("intent") {
                new["paymentIntentId"] = intent.clone();
            }
            book.create_charge(&NewCharge::from_json(&bytes(&new))?, None)?.value.id.into()
        }
        "refund" => {
            let key = step.get("key").map(|key| IdempotencyKey::new(key.as_str().unwrap()));
            let request = RefundRequest::from_json(&bytes(&step["request"]))?;
            book.create_refund(&request, key.transpose()?.as_ref())?.value.id.into()
        }
        "fail" => {
            let made = &earlier[usize::try_from(step["ofStep"].as_u64().unwrap()).unwrap()];
            book.fail_refund(made.as_str().unwrap(), None)?.value.id.into()
        }
        "dispute" => {
            let new = fields(step, &["id", "chargeId", "amount", "fee", "reason"]);
            book.open_dispute(&NewDispute::from_json(&bytes(&new))?, None)?.value.id.into()
        }
        "win" => {
            let dispute = step["dispute"].as_str().unwrap();
            book.win_dispute(dispute, step["returnFee"].as_bool().unwrap(), None)?.value.id.into()
        }
        "lose" => book.lose_dispute(step["dispute"].as_str().unwrap(), None)?.value.id.into(),
        "release" => book.release_due(moment(&step["at"]))?.into(),
        "conclude" => {
            let outcome = PayoutOutcome::from_name(step["outcome"].as_str().unwrap())?;
            book.conclude_payout(step["payout"].as_str().unwrap(), outcome, None)?.value.id.into()
        }
        "limit" => {
            let limit = json!({ "negativeBalanceLimit": step["limit"] });
            let limit = NegativeBalanceLimit::from_json_object(&bytes(&limit))?;
            book.set_negative_balance_limit(&limit)?;
            Value::Null
        }
        _ => {
            let mut new = fields(step, &["id", "amount", "description"]);
            new["kind"] = kind.into();
            new["currency"] = currency.into();
            book.create_transfer(&NewTransfer::from_json(&bytes(&new))?, None)?.value.id.into()
        }
    })
}

fn fields(step: &Value, names: &[&str]) -> Value {
    let step = step.as_object().unwrap();
    let chosen = step.iter().filter(|(name, _)| names.contains(&name.as_str()));
    Value::Object(chosen.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn bytes(json: &Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

fn moment(text: &Value) -> Timestamp {
    Timestamp::parse(text.as_str().unwrap()).unwrap()
}
