//! Ledgers to test on, as lines to import.

/// The keys of the merchants below.
pub(crate) const CAIRO: &str = "sk_test_cairo_0123456789abcdef";
pub(crate) const GIZA: &str = "sk_test_giza_0123456789abcdef";
pub(crate) const LIMITED: &str = "sk_test_limited_0123456789abcdef";
/// The key of a merchant each of whose refunds has an external reference of its own.
pub(crate) const UNIQUE: &str = "sk_test_unique_0123456789abcdef";
pub(crate) const LIVE: &str = "sk_live_luxor_0123456789abcdef";

/// A moment that no test lives to see.
pub(crate) const FUTURE: &str = "2999-01-01T00:00:00.000Z";
pub(crate) const PAST: &str = "2024-01-03T00:00:00.000Z";

pub(crate) fn merchant(name: &str, key: &str, limit: &str) -> String {
    format!(
        r#"{{"object":"merchant","id":"acct_{name}","name":"{name}","apiKeys":["{key}"],"negativeBalanceLimit":{limit}}}
"#
    )
}

/// A merchant each of whose refunds has an external reference of its own, a charge, and its refund.
fn unique() -> String {
    let sale = Charge {
        owner: "unique",
        id: "ch_unique",
        intent: None,
        amount: 5_000,
        fee: 100,
        status: "succeeded",
        available_on: PAST,
    };
    let merchant = format!(
        r#"{{"object":"merchant","id":"acct_unique","name":"unique","apiKeys":["{UNIQUE}"],"uniqueReferences":true}}
"#
    );
    let refund = r#"{"object":"refund","id":"re_unique","merchantId":"acct_unique","chargeId":"ch_unique","amount":"1","externalReference":"T-1","createdAt":"2024-01-02T00:00:00.000Z"}
"#;
    [merchant, sale.line(), refund.to_owned()].concat()
}

pub(crate) fn intent(owner: &str, id: &str, amount: i64) -> String {
    format!(
        r#"{{"object":"payment_intent","id":"{id}","merchantId":"acct_{owner}","amount":"{amount}","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}}
"#
    )
}

/// A charge and whose it is.
pub(crate) struct Charge<'a> {
    pub(crate) owner: &'a str,
    pub(crate) id: &'a str,
    pub(crate) intent: Option<&'a str>,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) status: &'a str,
    pub(crate) available_on: &'a str,
}

impl Charge<'_> {
    pub(crate) fn line(&self) -> String {
        let Self { owner, id, amount, fee, status, available_on, .. } = self;
        let intent = self.intent.map_or("null".into(), |intent| format!("\"{intent}\""));
        format!(
            r#"{{"object":"charge","id":"{id}","merchantId":"acct_{owner}","paymentIntentId":{intent},"amount":"{amount}","amountCaptured":"{amount}","fee":"{fee}","currency":"EGP","status":"{status}","availableOn":"{available_on}","createdAt":"2024-01-01T00:00:01.000Z"}}
"#
        )
    }
}

/// A succeeded charge of Cairo's without an intent.
pub(crate) fn charge(id: &str, amount: i64, fee: i64, available_on: &str) -> String {
    let (owner, intent, status) = ("cairo", None, "succeeded");
    Charge { owner, id, intent, amount, fee, status, available_on }.line()
}

fn attempt(intent: &str, id: &str, status: &str) -> String {
    let (owner, intent, available_on) = ("cairo", Some(intent), PAST);
    Charge { owner, id, intent, amount: 5_000, fee: 100, status, available_on }.line()
}

/// Several merchants, with a charge or an intent for each refusal.
pub(crate) fn town() -> String {
    let limited = Charge {
        owner: "limited",
        id: "ch_limited",
        intent: None,
        amount: 5_000,
        fee: 100,
        status: "succeeded",
        available_on: FUTURE,
    };
    [
        merchant("cairo", CAIRO, "null"),
        merchant("giza", GIZA, "null"),
        merchant("limited", LIMITED, r#""1000""#),
        merchant("luxor", LIVE, "null"),
        intent("cairo", "pi_1", 22_604),
        Charge {
            owner: "cairo",
            id: "ch_1",
            intent: Some("pi_1"),
            amount: 22_604,
            fee: 912,
            status: "succeeded",
            available_on: PAST,
        }
        .line(),
        charge("ch_2", 10_900, 0, PAST),
        intent("cairo", "pi_none", 5_000),
        attempt("pi_none", "ch_failed", "failed"),
        attempt("pi_none", "ch_pending", "pending"),
        attempt("pi_none", "ch_canceled", "canceled"),
        intent("cairo", "pi_several", 5_000),
        attempt("pi_several", "ch_first", "succeeded"),
        attempt("pi_several", "ch_second", "succeeded"),
        limited.line(),
        unique(),
    ]
    .concat()
}
