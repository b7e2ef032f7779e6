//! Calls as data: a method, by its name in JavaScript, and its arguments in the API's shape.

use refundry::{
    AsOf, Book, Conclusion, IdempotencyKey, Ledger, NegativeBalanceLimit, NewCharge, NewMerchant,
    NewPaymentIntent, NewTransfer, PayoutOutcome, RefundRequest, Result, Timestamp,
};
use serde_json::{Value, json};

/// Makes a call, and returns `{"value"}` or `{"refused"}`.
pub(crate) fn make(ledger: &mut Ledger, call: &Value) -> Value {
    match dispatch(ledger, call) {
        Ok(value) => json!({ "value": value }),
        Err(error) => json!({ "refused": {
            "code": error.code(),
            "number": error.number(),
            "message": error.to_string(),
            "param": error.param(),
            "replayed": error.is_replayed(),
        } }),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn json_of<T: serde::Serialize>(result: Result<T>) -> Result<Value> {
    result.map(|value| serde_json::to_value(value).unwrap())
}

fn dispatch(ledger: &mut Ledger, call: &Value) -> Result<Value> {
    let args = call["args"].as_array().unwrap();
    let Some(merchant) = call["merchantId"].as_str() else {
        return match text(&call["method"]) {
            "createMerchant" => json_of(
                NewMerchant::from_json(&bytes(&args[0]))
                    .and_then(|new| ledger.create_merchant(&new)),
            ),
            "releaseDue" => json_of(ledger.release_due(Timestamp::parse(text(&args[0]))?)),
            other => panic!("no method {other}"),
        };
    };
    in_book(&mut ledger.book(merchant)?, text(&call["method"]), args)
}

/// The idempotency key, if there is one in this place.
fn key(args: &[Value], place: usize) -> Result<Option<IdempotencyKey>> {
    args.get(place).map(|key| IdempotencyKey::new(text(key))).transpose()
}

fn in_book(book: &mut Book<'_>, method: &str, args: &[Value]) -> Result<Value> {
    let first = || bytes(&args[0]);
    match method {
        "createPaymentIntent" => {
            json_of(book.create_payment_intent(&NewPaymentIntent::from_json(&first())?))
        }
        "createCharge" => {
            let new = NewCharge::from_json(&first())?;
            json_of(book.create_charge(&new, key(args, 1)?.as_ref()))
        }
        "concludeCharge" => {
            let conclusion = Conclusion::from_json(&bytes(&args[1]))?;
            json_of(book.conclude_charge(text(&args[0]), conclusion, key(args, 2)?.as_ref()))
        }
        "createRefund" => {
            let request = RefundRequest::from_json(&first())?;
            json_of(book.create_refund(&request, key(args, 1)?.as_ref()))
        }
        "failRefund" => json_of(book.fail_refund(text(&args[0]), key(args, 1)?.as_ref())),
        "createTransfer" => {
            let new = NewTransfer::from_json(&first())?;
            json_of(book.create_transfer(&new, key(args, 1)?.as_ref()))
        }
        "concludePayout" => {
            let outcome = PayoutOutcome::from_name(text(&args[1]))?;
            json_of(book.conclude_payout(text(&args[0]), outcome, key(args, 2)?.as_ref()))
        }
        "setNegativeBalanceLimit" => {
            let request = json!({ "negativeBalanceLimit": args[0] });
            let limit = NegativeBalanceLimit::from_json_object(&bytes(&request))?;
            json_of(book.set_negative_balance_limit(&limit))
        }
        "postedRefund" => json_of(book.posted_refund(text(&args[0]))),
        "paymentIntent" => json_of(book.payment_intent(text(&args[0]))),
        "balanceTransactions" => {
            json_of(book.balance_transactions(&Default::default(), &Default::default()))
        }
        "trialBalance" => {
            let seq = args[0]["seq"].as_i64().unwrap();
            json_of(book.trial_balance(AsOf::Sequence(seq)))
        }
        "funds" => json_of(book.funds()),
        "head" => json_of(book.head()),
        other => panic!("no method {other}"),
    }
}
