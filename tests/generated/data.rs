//! A made-up shop's days, in the form of the retail data: objects to import, refunds to ask for,
//! and what must come out, computed with plain numbers and without any ledger.
//!
//! It has what the real shop's days lack: partial refunds until nothing is left, full refunds, no
//! fee, equal fees and a fee that takes all; currencies with 0, 2 and 3 decimals; intents with
//! several attempts; and refusals of every kind that a ledger gives without a limit.

// A generator may panic, and adds up small numbers.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

use std::{collections::BTreeMap, fs, io, path::Path};

use serde_json::{Map, Value, json};

/// Lines to import, requests to send in this order, and what must come out of them.
pub(crate) struct Data {
    pub(crate) objects: Vec<Value>,
    /// With `merchantId` and `idempotencyKey` beside the fields of a request.
    pub(crate) requests: Vec<Value>,
    pub(crate) expected: Value,
}

impl Data {
    /// Writes the three files as the retail data has them: `{name}.jsonl`,
    /// `{name}-refunds.jsonl` and `{name}-expected.json`.
    pub(crate) fn write(&self, directory: &Path, name: &str) -> io::Result<()> {
        let lines =
            |values: &[Value]| values.iter().map(|value| format!("{value}\n")).collect::<String>();
        fs::write(directory.join(format!("{name}.jsonl")), lines(&self.objects))?;
        fs::write(directory.join(format!("{name}-refunds.jsonl")), lines(&self.requests))?;
        let expected = format!("{:#}\n", self.expected);
        fs::write(directory.join(format!("{name}-expected.json")), expected)
    }
}

/// One merchant for each currency, because the sums of the retail data name none.
const SHOPS: [(&str, &str, i64); 3] =
    [("acct_kyoto", "JPY", 1_000), ("acct_aswan", "EGP", 22_604), ("acct_jahra", "KWD", 7_125)];

/// What has happened to a charge, in plain numbers.
struct Charge {
    id: String,
    /// The intent, if it finds this charge.
    intent: Option<String>,
    captured: i64,
    left: i64,
}

/// What is to be paid for, and what is taken.
struct Purchase {
    intent: Option<String>,
    amount: i64,
    captured: i64,
    fee: i64,
    /// The number of the purchase is the number of its day.
    number: i64,
}

#[derive(Default)]
struct Sums {
    charged: i64,
    fees: i64,
    refunded: i64,
}

/// Makes everything, the same every time.
pub(crate) fn generate() -> Data {
    let mut maker = Maker { state: 1, ..Maker::default() };
    let mut merchants = Map::new();
    for (merchant, currency, price) in SHOPS {
        maker.merchant = merchant;
        maker.currency = currency;
        maker.sums = Sums::default();
        maker.open(merchant);
        for number in 0..24 {
            maker.purchase(number, price);
        }
        maker.ask_for_what_is_not_there();
        let Sums { charged, fees, refunded } = maker.sums;
        let sums = json!({
            "charged": charged, "fees": fees, "refunded": refunded,
            "available_when_matured": charged - fees - refunded,
        });
        merchants.insert(merchant.to_owned(), sums);
    }
    let refunds = json!({ "succeeded": maker.succeeded, "refused": maker.refused });
    Data {
        objects: maker.objects,
        requests: maker.requests,
        expected: json!({ "merchants": merchants, "refunds": refunds }),
    }
}

#[derive(Default)]
struct Maker {
    merchant: &'static str,
    currency: &'static str,
    sums: Sums,
    objects: Vec<Value>,
    requests: Vec<Value>,
    succeeded: u64,
    refused: BTreeMap<&'static str, u64>,
    state: u64,
}

impl Maker {
    /// A number from 1 to `most`, by Knuth's linear congruential generator.
    fn up_to(&mut self, most: i64) -> i64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        1 + i64::try_from(self.state >> 33).unwrap() % most
    }

    fn open(&mut self, merchant: &str) {
        let name = merchant.trim_start_matches("acct_");
        self.objects.push(json!({
            "object": "merchant", "id": merchant, "name": name,
            "apiKeys": [format!("sk_test_{name}_0123456789abcdef")], "negativeBalanceLimit": null,
        }));
    }

    /// An intent, its attempts, and what is asked back of them.
    fn purchase(&mut self, number: i64, price: i64) {
        let intent = format!("pi_{}_{number}", self.currency.to_lowercase());
        let amount = price + self.up_to(price);
        self.objects.push(json!({
            "object": "payment_intent", "id": intent, "merchantId": self.merchant,
            "amount": amount.to_string(), "currency": self.currency, "createdAt": day(number, 0),
        }));
        // No fee, the same for everyone, a part of the amount, and all of it.
        let fee = match number % 4 {
            0 => 0,
            1 => 20,
            2 => amount / 50,
            _ => amount,
        };
        let purchase =
            Purchase { intent: Some(intent.clone()), amount, captured: amount, fee, number };
        let charge = match number / 4 {
            0 => self.attempt(&purchase, 0, "succeeded"),
            // Two attempts came to nothing, a third is open.
            1 => {
                self.attempt(&purchase, 0, "failed");
                self.attempt(&purchase, 1, "canceled");
                self.attempt(&purchase, 2, "pending");
                self.attempt(&purchase, 3, "succeeded")
            }
            // Paid in two parts: only a charge's own id tells which is meant.
            2 => {
                let mut first = self.attempt(&purchase, 0, "succeeded");
                let mut second = self.attempt(&purchase, 1, "succeeded");
                (first.intent, second.intent) = (None, None);
                self.refuse(("paymentIntentId", &intent), Some(1), "resource_invalid_state");
                self.refund(first, number);
                second
            }
            // Nothing was paid: neither id finds anything to give back.
            3 => return self.fail(&purchase, &intent),
            4 => self.attempt(&Purchase { intent: None, ..purchase }, 0, "succeeded"),
            // Only a part was taken of what was authorized.
            _ => {
                let captured = amount / 2;
                let fee = fee.min(captured);
                self.attempt(&Purchase { captured, fee, ..purchase }, 0, "succeeded")
            }
        };
        self.refund(charge, number);
    }

    /// An attempt that did not succeed.
    fn fail(&mut self, purchase: &Purchase, intent: &str) {
        let status = match purchase.number % 3 {
            0 => "pending",
            1 => "failed",
            _ => "canceled",
        };
        let charge = self.attempt(purchase, 0, status);
        self.refuse(("chargeId", &charge.id), Some(1), "resource_invalid_state");
        self.refuse(("paymentIntentId", intent), None, "resource_invalid_state");
    }

    /// One charge for a purchase.
    fn attempt(&mut self, purchase: &Purchase, place: i64, status: &str) -> Charge {
        let Purchase { intent, amount, captured, fee, number } = purchase;
        let id = format!("ch_{}_{number}_{place}", self.currency.to_lowercase());
        self.objects.push(json!({
            "object": "charge", "id": id, "paymentIntentId": intent, "merchantId": self.merchant,
            "amount": amount.to_string(), "amountCaptured": captured.to_string(),
            "fee": fee.to_string(), "currency": self.currency, "status": status,
            "availableOn": day(number + 2, 0), "createdAt": day(*number, 1),
        }));
        if status == "succeeded" {
            self.sums.charged += captured;
            self.sums.fees += fee;
        }
        Charge { id, intent: intent.clone(), captured: *captured, left: *captured }
    }

    /// Asks for a charge's money: in full, in parts until nothing is left, or for a part.
    fn refund(&mut self, mut charge: Charge, number: i64) {
        let too_much = charge.captured + 1;
        self.ask(&mut charge, Some(too_much));
        match number % 3 {
            0 => self.ask(&mut charge, None),
            1 => {
                while charge.left > 0 {
                    let part = self.up_to(charge.captured / 6).min(charge.left);
                    self.ask(&mut charge, Some(part));
                    // Once more than is left, after each part.
                    let too_much = charge.left + 1;
                    self.ask(&mut charge, Some(too_much));
                }
            }
            _ => {
                let part = self.up_to(charge.captured / 2);
                self.ask(&mut charge, Some(part));
                // The rest, without saying how much it is.
                if number % 2 == 0 {
                    self.ask(&mut charge, None);
                }
            }
        }
        if charge.left == 0 {
            self.ask(&mut charge, None);
            self.ask(&mut charge, Some(1));
        }
    }

    /// Asks for one refund, by the charge or by its intent, and notes what must come of it.
    fn ask(&mut self, charge: &mut Charge, amount: Option<i64>) {
        let wanted = amount.unwrap_or(charge.left);
        let by_intent = self.requests.len().is_multiple_of(2);
        let target = match &charge.intent {
            Some(intent) if by_intent => ("paymentIntentId", intent.clone()),
            _ => ("chargeId", charge.id.clone()),
        };
        let target = (target.0, target.1.as_str());
        if charge.left == 0 {
            self.refuse(target, amount, "charge_already_refunded");
        } else if wanted > charge.left {
            self.refuse(target, amount, "amount_exceeds_refundable");
        } else {
            self.send(target, amount);
            charge.left -= wanted;
            self.sums.refunded += wanted;
            self.succeeded += 1;
        }
    }

    fn refuse(&mut self, target: (&str, &str), amount: Option<i64>, code: &'static str) {
        self.send(target, amount);
        *self.refused.entry(code).or_default() += 1;
    }

    fn send(&mut self, (field, id): (&str, &str), amount: Option<i64>) {
        let number = self.requests.len();
        let reasons = ["duplicate", "fraudulent", "requested_by_customer"];
        let mut request = json!({
            "merchantId": self.merchant, "idempotencyKey": format!("generated-{number}"),
            field: id, "reason": reasons[number % 3],
        });
        if let Some(amount) = amount {
            // Strings and integers are the same.
            let written = if number % 4 < 2 { json!(amount.to_string()) } else { json!(amount) };
            request["amount"] = written;
        }
        if number.is_multiple_of(5) {
            request["description"] = json!("طلب العميل");
            request["metadata"] = json!({ "place": number.to_string() });
            request["externalReference"] = json!(format!("ARN-{number}"));
        }
        self.requests.push(request);
    }

    /// Ids of nothing, and of what another merchant has.
    fn ask_for_what_is_not_there(&mut self) {
        for (field, id) in [
            ("chargeId", "ch_nothing"),
            ("paymentIntentId", "pi_nothing"),
            ("chargeId", if self.currency == "JPY" { "ch_egp_0_0" } else { "ch_jpy_0_0" }),
        ] {
            self.refuse((field, id), Some(1), "resource_missing");
        }
    }
}

/// A moment in the spring of 2024, some days on.
fn day(days: i64, second: i64) -> String {
    format!("2024-{:02}-{:02}T09:00:{second:02}.000Z", 3 + days / 28, 1 + days % 28)
}
