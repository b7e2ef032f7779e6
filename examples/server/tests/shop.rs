//! Whole shops: their sales are imported, their returns sent over HTTP, and their sums compared
//! with what was worked out without a ledger.

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use refundry::{Access, Head, Ledger, Options};
use serde_json::{Value, json};

use crate::{
    client::{Answer, Connection, Request},
    server::LedgerFile,
};

/// A shop: what to import, what to ask, and what must come out.
struct Shop {
    import: String,
    requests: Vec<Value>,
    expected: Value,
}

impl Shop {
    /// The records of a real shop, beside the project or in it.
    fn real() -> Self {
        let member = Path::new(env!("CARGO_MANIFEST_DIR"));
        let places = ["../../../shared/data", "../../tests/data"].map(|place| member.join(place));
        let data: &PathBuf =
            places.iter().find(|place| place.join("retail.jsonl").exists()).unwrap();
        let read = |name: &str| fs::read_to_string(data.join(name)).unwrap();
        let parse = |line: &str| serde_json::from_str(line).unwrap();
        Self {
            import: read("retail.jsonl"),
            requests: read("retail-refunds.jsonl").lines().map(parse).collect(),
            expected: parse(&read("retail-expected.json")),
        }
    }

    /// What the real shop's days lack: many partial refunds until nothing is left, full refunds,
    /// fees of nothing and of everything, currencies with 0, 2 and 3 decimals.
    fn generated() -> Self {
        let mut shop = Self {
            import: String::new(),
            requests: Vec::new(),
            expected: json!({ "merchants": {}, "refunds": { "refused": {}, "succeeded": 0 } }),
        };
        let mut refused = [0, 0];
        let mut succeeded = 0;
        for currency in ["JPY", "EGP", "KWD"] {
            let merchant = format!("acct_{}", currency.to_lowercase());
            shop.line(&json!({ "object": "merchant", "id": merchant, "name": currency,
                "apiKeys": [format!("sk_test_{currency}_0123456789abcdef")], "negativeBalanceLimit": null }));
            let (mut charged, mut fees, mut refunded) = (0, 0, 0);
            for n in 0..30_i64 {
                let amount = 1_000 + n * 37;
                let fee = [0, amount, 1, amount / 50][usize::try_from(n % 4).unwrap()];
                shop.sell(&merchant, currency, n, amount, fee);
                charged += amount;
                fees += fee;
                let mut left = amount;
                // In full; bit by bit until nothing is left, and once more; a little, then too much.
                let parts: Vec<Option<i64>> = match n % 3 {
                    0 => vec![None],
                    1 => (0..8).map(|_| Some(amount / 7)).chain([None, Some(1)]).collect(),
                    _ => vec![Some(1), Some(amount)],
                };
                for part in parts {
                    shop.give_back(&merchant, n, part);
                    let asked = part.unwrap_or(left);
                    if left == 0 {
                        refused[0] += 1;
                    } else if asked > left {
                        refused[1] += 1;
                    } else {
                        (left, refunded, succeeded) =
                            (left - asked, refunded + asked, succeeded + 1);
                    }
                }
            }
            shop.expected["merchants"][&merchant] = json!({ "charged": charged, "fees": fees,
                "refunded": refunded, "available_when_matured": charged - fees - refunded });
        }
        shop.expected["refunds"] = json!({ "succeeded": succeeded, "refused": {
            "charge_already_refunded": refused[0], "amount_exceeds_refundable": refused[1] } });
        shop
    }

    fn line(&mut self, object: &Value) {
        self.import += &format!("{object}\n");
    }

    fn sell(&mut self, merchant: &str, currency: &str, n: i64, amount: i64, fee: i64) {
        let at = "2024-01-01T00:00:00.000Z";
        let (amount, fee) = (amount.to_string(), fee.to_string());
        self.line(&json!({ "object": "payment_intent", "id": format!("pi_{n}"),
            "merchantId": merchant, "amount": amount, "currency": currency, "createdAt": at }));
        self.line(&json!({ "object": "charge", "id": format!("ch_{n}"), "merchantId": merchant,
            "paymentIntentId": format!("pi_{n}"), "amount": amount, "amountCaptured": amount,
            "fee": fee, "currency": currency, "status": "succeeded", "availableOn": at, "createdAt": at }));
    }

    fn give_back(&mut self, merchant: &str, n: i64, amount: Option<i64>) {
        let mut request = json!({ "merchantId": merchant, "chargeId": format!("ch_{n}"),
            "idempotencyKey": format!("return-{}", self.requests.len()) });
        if let Some(amount) = amount {
            request["amount"] = json!(amount.to_string());
        }
        self.requests.push(request);
    }

    fn objects(&self, kind: &str) -> Vec<Value> {
        let objects = self.import.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        objects.filter(|object| object["object"] == kind).collect()
    }

    fn keys(&self) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let merchants = self.objects("merchant");
        merchants.iter().map(|one| (text(&one["id"]), text(&one["apiKeys"][0]))).collect()
    }

    /// Sends every return, each under its own idempotency key.
    fn send_all(&self, connection: &mut Connection) -> Vec<Answer> {
        let keys = self.keys();
        let send = |request: &Value| {
            let mut body = request.clone();
            let mut take = |field: &str| body.as_object_mut().unwrap().remove(field).unwrap();
            let (merchant, key) = (take("merchantId"), take("idempotencyKey"));
            let request = Request::refund(&keys[merchant.as_str().unwrap()], body.to_string());
            connection.send(&request.under(key.as_str().unwrap())).unwrap()
        };
        self.requests.iter().map(send).collect()
    }

    /// The sums of every merchant, as the server tells them.
    fn sums(&self, connection: &mut Connection) -> Value {
        let number = |text: &Value| text.as_str().unwrap().parse::<i64>().unwrap();
        let charges = self.objects("charge");
        let mut merchants = json!({});
        for (merchant, key) in self.keys() {
            let (mut charged, mut fees, mut refunded) = (0, 0, 0);
            for charge in charges.iter().filter(|charge| charge["merchantId"] == *merchant) {
                let path = format!("/charges/{}", charge["id"].as_str().unwrap());
                let charge = connection.send(&Request::get(&path, &key)).unwrap().json();
                charged += number(&charge["amountCaptured"]);
                fees += number(&charge["fee"]);
                refunded += number(&charge["amountRefunded"]);
            }
            let balance = connection.send(&Request::get("/balance", &key)).unwrap().json();
            assert_eq!(balance["pending"][0]["amount"], "0");
            merchants[&merchant] = json!({ "charged": charged, "fees": fees, "refunded": refunded,
                "available_when_matured": number(&balance["available"][0]["amount"]) });
        }
        merchants
    }
}

/// How often each refusal was given, and how many refunds were made.
fn tally(answers: &[Answer]) -> Value {
    let mut refused = BTreeMap::<String, u64>::new();
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        *refused.entry(answer.refusal().1).or_default() += 1;
    }
    let succeeded = answers.iter().filter(|answer| answer.status == 201).count();
    json!({ "succeeded": succeeded, "refused": refused })
}

fn heads(path: &Path) -> Vec<(String, Head)> {
    let mut options = Options::default();
    options.access = Access::ReadOnly;
    let mut ledger = Ledger::open(path, options).unwrap();
    let merchants = ledger.merchants().unwrap();
    merchants
        .into_iter()
        .map(|merchant| {
            let head = ledger.book(&merchant.id).unwrap().head().unwrap();
            (merchant.id, head)
        })
        .collect()
}

fn check(shop: &Shop) {
    let file = LedgerFile::of(&shop.import);
    let server = file.serve();
    let mut connection = server.connect();

    let first = shop.send_all(&mut connection);
    assert_eq!(tally(&first), shop.expected["refunds"]);
    assert_eq!(shop.sums(&mut connection), shop.expected["merchants"]);

    let heads_before = heads(&file.path());
    let again = shop.send_all(&mut connection);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first.status, again.status);
        assert_eq!(first.body_but_request_id(), again.body_but_request_id());
        // What is not there may come to be there, so that a 404 is never replayed.
        let replayed = (again.status != 404).then_some("true");
        assert_eq!(again.header("Idempotent-Replayed"), replayed);
    }
    assert_eq!(shop.sums(&mut connection), shop.expected["merchants"]);
    let heads_after = heads(&file.path());
    assert!(heads_before == heads_after, "sending all of it again changed a book");

    drop(connection);
    server.stop();
    file.open().verify(&heads_before, |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn a_real_shop() {
    check(&Shop::real());
}

#[test]
fn a_generated_shop() {
    check(&Shop::generated());
}
