//! One story: what somebody may ask of a ledger next, drawn from a seed and from what came before.

use refundry::seeded_random;
use serde_json::{Value, json};

const CALLS: usize = 50;
const DAY: i64 = 24 * 60 * 60 * 1_000;
const CURRENCIES: [&str; 3] = ["EGP", "KWD", "JPY"];
const WORDS: [&str; 4] = ["كتاب ممزق", "torn cover", "двойной заказ", "📚"];

pub(crate) struct Story {
    random: refundry::Random,
    now: i64,
    calls: usize,
    merchants: Vec<String>,
    /// Of each merchant: what can be named in later calls.
    charges: Vec<(String, String)>,
    intents: Vec<(String, String)>,
    refunds: Vec<(String, String)>,
    payouts: Vec<(String, String)>,
    /// Calls with a key, some of which are made again.
    keyed: Vec<Value>,
}

impl Story {
    pub(crate) fn of(seed: u64, now: i64) -> Self {
        Self {
            // Not the ledger's own seed.
            random: seeded_random(seed + (1 << 40)),
            now,
            calls: 0,
            merchants: Vec::new(),
            charges: Vec::new(),
            intents: Vec::new(),
            refunds: Vec::new(),
            payouts: Vec::new(),
            keyed: Vec::new(),
        }
    }

    pub(crate) const fn now(&self) -> i64 {
        self.now
    }

    /// The next call, if there is one.
    pub(crate) fn next(&mut self) -> Option<Value> {
        self.calls += 1;
        if self.calls > CALLS {
            return None;
        }
        self.now += self.below(2 * DAY as u64) as i64;
        if self.merchants.is_empty() || (self.merchants.len() < 3 && self.below(15) == 0) {
            let name = self.of_these(&WORDS);
            let limit = self.limit();
            return Some(json!({
                "method": "createMerchant",
                "args": [{ "name": name, "negativeBalanceLimit": limit }],
            }));
        }
        if !self.keyed.is_empty() && self.below(8) == 0 {
            return Some(self.again());
        }
        Some(self.in_book())
    }

    /// Learns the ids of what was made.
    pub(crate) fn hear(&mut self, call: &Value, answer: &Value) {
        if answer["value"]["replayed"] == json!(true) {
            return;
        }
        let Some(id) = answer["value"]["id"].as_str().map(str::to_owned) else { return };
        let merchant = call["merchantId"].as_str().unwrap_or_default().to_owned();
        match call["method"].as_str().unwrap() {
            "createMerchant" => self.merchants.push(id),
            "createPaymentIntent" => self.intents.push((merchant, id)),
            "createCharge" => self.charges.push((merchant, id)),
            "createRefund" => self.refunds.push((merchant, id)),
            "createTransfer" if id.starts_with("po_") => self.payouts.push((merchant, id)),
            _ => {}
        }
    }

    fn in_book(&mut self) -> Value {
        let merchant = self.below(self.merchants.len() as u64) as usize;
        let merchant = self.merchants[merchant].clone();
        let (merchant, method, args) = match self.below(20) {
            0 => (merchant, "createPaymentIntent", vec![self.intent()]),
            1..=4 => (merchant, "createCharge", vec![self.charge()]),
            5 => {
                let (merchant, id) = self.one_of(|story| &story.charges, merchant);
                let conclusion = self.conclusion();
                (merchant, "concludeCharge", vec![json!(id), conclusion])
            }
            6..=10 => {
                let (merchant, request) = self.refund(merchant);
                (merchant, "createRefund", vec![request])
            }
            11 => {
                let (merchant, id) = self.one_of(|story| &story.refunds, merchant);
                (merchant, "failRefund", vec![json!(id)])
            }
            12 | 13 => (merchant, "createTransfer", vec![self.transfer()]),
            14 => {
                let (merchant, id) = self.one_of(|story| &story.payouts, merchant);
                let outcome = self.of_these(&["paid", "failed", "returned"]);
                (merchant, "concludePayout", vec![json!(id), json!(outcome)])
            }
            15 => {
                let now = refundry::Timestamp::from_millis(self.now).to_string();
                return json!({ "method": "releaseDue", "args": [now] });
            }
            16 => (merchant, "setNegativeBalanceLimit", vec![self.limit()]),
            17 => {
                let (merchant, id) = self.one_of(|story| &story.refunds, merchant);
                return json!({ "merchantId": merchant, "method": "postedRefund", "args": [id] });
            }
            18 => {
                let seq = self.below(30);
                let args = [json!({ "seq": seq })];
                return json!({ "merchantId": merchant, "method": "trialBalance", "args": args });
            }
            _ => {
                let method = self.of_these(&["balanceTransactions", "funds", "head"]);
                return json!({ "merchantId": merchant, "method": method, "args": [] });
            }
        };
        self.perhaps_keyed(merchant, method, args)
    }

    fn perhaps_keyed(&mut self, merchant: String, method: &str, mut args: Vec<Value>) -> Value {
        let takes_key = !matches!(method, "createPaymentIntent" | "setNegativeBalanceLimit");
        if !takes_key || self.below(3) == 0 {
            return json!({ "merchantId": merchant, "method": method, "args": args });
        }
        args.push(json!(format!("key-{}", self.below(1_000))));
        let call = json!({ "merchantId": merchant, "method": method, "args": args });
        self.keyed.push(call.clone());
        call
    }

    /// An earlier call with its key: the same, or with another request.
    fn again(&mut self) -> Value {
        let place = self.below(self.keyed.len() as u64) as usize;
        let mut call = self.keyed[place].clone();
        if self.below(4) == 0 && call["args"][0].is_object() {
            call["args"][0]["amount"] = json!(self.amount());
        }
        call
    }

    fn intent(&mut self) -> Value {
        let (amount, currency) = (self.amount(), self.of_these(&CURRENCIES));
        json!({ "amount": amount, "currency": currency })
    }

    fn charge(&mut self) -> Value {
        let status = self.of_these(&[
            "succeeded",
            "succeeded",
            "succeeded",
            "pending",
            "failed",
            "canceled",
        ]);
        let amount = self.below(90_000) + 10_000;
        let due = refundry::Timestamp::from_millis(self.now + self.below(9 * DAY as u64) as i64);
        let mut charge = json!({
            "amount": amount.to_string(),
            "fee": self.below(10_500).to_string(),
            "currency": self.of_these(&CURRENCIES),
            "status": status,
            "availableOn": due.to_string(),
        });
        if self.below(3) == 0 {
            charge["amountCaptured"] = json!(amount - self.below(10_500));
        }
        if !self.intents.is_empty() && self.below(2) == 0 {
            let place = self.below(self.intents.len() as u64) as usize;
            charge["paymentIntentId"] = json!(self.intents[place].1);
        }
        charge
    }

    fn conclusion(&mut self) -> Value {
        match self.below(3) {
            0 => json!({ "status": self.of_these(&["failed", "canceled"]) }),
            _ => json!({
                "status": "succeeded",
                "amountCaptured": (self.below(9_000) + 1_000).to_string(),
                "fee": self.below(1_000),
                "availableOn": refundry::Timestamp::from_millis(self.now + DAY).to_string(),
            }),
        }
    }

    fn refund(&mut self, merchant: String) -> (String, Value) {
        let by_intent = self.below(4) == 0;
        let (merchant, id) = match by_intent {
            true => self.one_of(|story| &story.intents, merchant),
            false => self.one_of(|story| &story.charges, merchant),
        };
        let mut request = json!({ if by_intent { "paymentIntentId" } else { "chargeId" }: id });
        if self.below(3) > 0 {
            request["amount"] = json!(self.amount());
        }
        if self.below(2) == 0 {
            request["reason"] =
                json!(self.of_these(&["duplicate", "fraudulent", "requested_by_customer"]));
        }
        if self.below(2) == 0 {
            request["description"] = json!(self.of_these(&WORDS));
            request["metadata"] = json!({ "shelf": self.of_these(&WORDS), "طلب": "17" });
        }
        if self.below(5) == 0 {
            request["externalReference"] = json!(format!("terminal-{}", self.below(100)));
        }
        (merchant, request)
    }

    fn transfer(&mut self) -> Value {
        let kind = self.of_these(&["payout", "payout", "topup", "settlement", "adjustment"]);
        let sign = if self.below(4) == 0 { "-" } else { "" };
        let mut transfer = json!({
            "kind": kind,
            "amount": format!("{sign}{}", self.below(20_000) + 1),
            "currency": self.of_these(&CURRENCIES),
        });
        if self.below(2) == 0 {
            transfer["description"] = json!(self.of_these(&WORDS));
        }
        transfer
    }

    fn limit(&mut self) -> Value {
        match self.below(4) {
            0 => json!("0"),
            1 => json!({ "EGP": self.below(50_000).to_string() }),
            _ => Value::Null,
        }
    }

    fn amount(&mut self) -> Value {
        match self.below(12) {
            0 => json!("0"),
            1 => json!("9007199254740992"),
            2 => json!("1e3"),
            3 => Value::Null,
            4 | 5 => json!(self.below(60_000) + 1),
            _ => json!((self.below(30_000) + 1).to_string()),
        }
    }

    /// An object that was made and its merchant; sometimes another merchant, or nothing known.
    fn one_of(
        &mut self,
        objects: impl Fn(&Self) -> &Vec<(String, String)>,
        merchant: String,
    ) -> (String, String) {
        let count = objects(self).len() as u64;
        if count == 0 || self.below(20) == 0 {
            return (merchant, "ch_nothing".to_owned());
        }
        let place = self.below(count) as usize;
        let (owner, id) = objects(self)[place].clone();
        if self.below(20) == 0 { (merchant, id) } else { (owner, id) }
    }

    fn of_these(&mut self, names: &[&'static str]) -> &'static str {
        names[self.below(names.len() as u64) as usize]
    }

    fn below(&mut self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes).unwrap();
        u64::from_be_bytes(bytes) % end
    }
}
