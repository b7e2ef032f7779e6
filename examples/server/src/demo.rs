//! The demo: a temporary ledger with examples, and commands to try on it.

use std::{io, net::SocketAddr, path::PathBuf};

use refundry::{
    Amount, Book, Currency, Fee, Ledger, NewCharge, NewMerchant, NewPaymentIntent, RefundRequest,
    Result, Timestamp,
};
use tempfile::TempDir;

/// The directory of a temporary ledger; it is removed with this value.
pub(crate) struct Demo {
    directory: TempDir,
}

/// What the commands need to know.
pub(crate) struct Commands {
    key: String,
    refund_id: String,
}

impl Demo {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { directory: tempfile::Builder::new().prefix("refundry-demo-").tempdir()? })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("demo.refundry")
    }
}

/// Puts examples into an empty ledger: charges that have matured, one that is pending, a refund.
pub(crate) fn fill(ledger: &mut Ledger) -> Result<Commands> {
    let mut merchant = NewMerchant::named("Cairo Books");
    merchant.id = Some("acct_demo".into());
    ledger.create_merchant(&merchant)?;
    let mut book = ledger.book("acct_demo")?;
    let key = book.issue_key()?.key;
    charge(&mut book, "1", 22_604, 912, days_from_now(-2))?;
    charge(&mut book, "2", 50_000, 1_625, days_from_now(-1))?;
    charge(&mut book, "3", 18_000, 765, days_from_now(2))?;
    charge(&mut book, "4", 9_900, 562, days_from_now(-3))?;
    let mut request = RefundRequest::of_charge("ch_demo_4");
    request.amount = Some(Amount::from_minor(400)?);
    let refund_id = book.create_refund(&request, None)?.value.id;
    Ok(Commands { key, refund_id })
}

fn charge(book: &mut Book<'_>, name: &str, amount: i64, fee: i64, on: Timestamp) -> Result<()> {
    let (amount, currency) = (Amount::from_minor(amount)?, Currency::from_code("EGP")?);
    let intent = format!("pi_demo_{name}");
    let mut payment = NewPaymentIntent::of(amount, currency);
    payment.id = Some(intent.clone());
    book.create_payment_intent(&payment)?;
    let mut charge = NewCharge::succeeded(amount, Fee::from_minor(fee)?, currency, on);
    charge.id = Some(format!("ch_demo_{name}"));
    charge.payment_intent_id = Some(intent);
    book.create_charge(&charge, None)?;
    Ok(())
}

fn days_from_now(days: i64) -> Timestamp {
    let millis = days.saturating_mul(24 * 60 * 60 * 1_000);
    Timestamp::from_millis(Timestamp::now().millis().saturating_add(millis))
}

impl Commands {
    /// The commands, each on a line of its own and in an order that works.
    pub(crate) fn text(&self, address: SocketAddr) -> String {
        let Self { key, refund_id } = self;
        let get = |path: &str| {
            format!("curl -sS http://{address}{path} -H 'Authorization: Bearer {key}'")
        };
        let refund = |more: &str, body: &str| {
            format!(
                "{}{more} -H 'Content-Type: application/json' -d '{body}'",
                get("/refunds").replace("-sS", "-sS -i")
            )
        };
        let full = refund("", r#"{"chargeId":"ch_demo_1","reason":"requested_by_customer"}"#);
        let part = refund(
            " -H 'Idempotency-Key: order-2-return-1'",
            r#"{"paymentIntentId":"pi_demo_2","amount":"12500"}"#,
        );
        let too_much = refund("", r#"{"chargeId":"ch_demo_3","amount":"18001"}"#);
        format!(
            "
This is a temporary ledger with a merchant's charges in it; it is gone when you stop the server.
Paste these into another terminal:

# Refund a charge in full.
{full}

# Refund part of a payment; send it twice, and it is done once.
{part}

# Read a refund back, with its entry in the ledger.
{}

# See what has been refunded of a charge, and of a payment intent.
{}
{}

# See the merchant's balance: available now, and pending until it matures.
{}

# Ask for more than a charge holds, and be refused.
{too_much}

",
            get(&format!("/refunds/{refund_id}")),
            get("/charges/ch_demo_1"),
            get("/payment_intents/pi_demo_2"),
            get("/balance"),
        )
    }
}
