//! What can be asked of a merchant's book and done to it.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use refundry::{
    AsOf, ChargeFilter, Conclusion, Head, IdempotencyKey, NegativeBalanceLimit, NewCharge,
    NewPaymentIntent, NewTransfer, Operation, Page, PayoutOutcome, RefundFilter, RefundRequest,
    StatementFilter, Timestamp, TransferFilter,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::{
    answer::{Answer, Problem},
    ledger::RawLedger,
};

/// A page of a list: without a limit, as long as the library makes it.
pub(crate) fn page(limit: Option<f64>, starting_after: Option<String>) -> Page {
    let mut page = Page { starting_after, ..Page::default() };
    if let Some(limit) = limit {
        // What is not a whole number from 1 to 100 becomes what the library refuses.
        page.limit = if limit.fract() == 0.0 { whole(limit) } else { 0 };
    }
    page
}

/// The nearest number that there is of this type.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is checked later")]
fn whole(number: f64) -> u32 {
    number as u32
}

/// What became of a request with an idempotency key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Problem>,
    recorded_at: Timestamp,
}

#[wasm_bindgen]
impl RawLedger {
    #[wasm_bindgen(js_name = createRefund)]
    pub fn create_refund(&self, merchant: &str, request: &str, key: Option<String>) -> Answer {
        let request = RefundRequest::from_json(request.as_bytes());
        self.keyed(merchant, request, key.as_deref(), |book, request, key| {
            book.create_refund(request, key)
        })
    }

    #[wasm_bindgen(js_name = failRefund)]
    pub fn fail_refund(&self, merchant: &str, id: &str, key: Option<String>) -> Answer {
        self.keyed(merchant, Ok(id), key.as_deref(), |book, id, key| book.fail_refund(id, key))
    }

    #[wasm_bindgen(js_name = createPaymentIntent)]
    pub fn create_payment_intent(&self, merchant: &str, request: &str) -> Answer {
        let new = NewPaymentIntent::from_json(request.as_bytes());
        self.keyed(merchant, new, None, |book, new, _| book.create_payment_intent(new))
    }

    #[wasm_bindgen(js_name = createCharge)]
    pub fn create_charge(&self, merchant: &str, request: &str, key: Option<String>) -> Answer {
        let new = NewCharge::from_json(request.as_bytes());
        self.keyed(merchant, new, key.as_deref(), |book, new, key| book.create_charge(new, key))
    }

    #[wasm_bindgen(js_name = concludeCharge)]
    pub fn conclude_charge(
        &self,
        merchant: &str,
        id: &str,
        request: &str,
        key: Option<String>,
    ) -> Answer {
        let conclusion = Conclusion::from_json(request.as_bytes());
        self.keyed(merchant, conclusion, key.as_deref(), |book, conclusion, key| {
            book.conclude_charge(id, *conclusion, key)
        })
    }

    #[wasm_bindgen(js_name = createTransfer)]
    pub fn create_transfer(&self, merchant: &str, request: &str, key: Option<String>) -> Answer {
        let new = NewTransfer::from_json(request.as_bytes());
        self.keyed(merchant, new, key.as_deref(), |book, new, key| book.create_transfer(new, key))
    }

    #[wasm_bindgen(js_name = concludePayout)]
    pub fn conclude_payout(
        &self,
        merchant: &str,
        id: &str,
        outcome: &str,
        key: Option<String>,
    ) -> Answer {
        let outcome = PayoutOutcome::from_name(outcome);
        self.keyed(merchant, outcome, key.as_deref(), |book, outcome, key| {
            book.conclude_payout(id, *outcome, key)
        })
    }

    pub fn merchant(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.merchant())
    }

    #[wasm_bindgen(js_name = setNegativeBalanceLimit)]
    pub fn set_negative_balance_limit(&self, merchant: &str, request: &str) -> Answer {
        let limit = NegativeBalanceLimit::from_json_object(request.as_bytes());
        self.keyed(merchant, limit, None, |book, limit, _| book.set_negative_balance_limit(limit))
    }

    #[wasm_bindgen(js_name = requireUniqueReferences)]
    pub fn require_unique_references(&self, merchant: &str, required: bool) -> Answer {
        self.book(merchant, |book| book.require_unique_references(required))
    }

    pub fn refund(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.refund(id))
    }

    #[wasm_bindgen(js_name = postedRefund)]
    pub fn posted_refund(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.posted_refund(id))
    }

    pub fn refunds(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = RefundFilter::from_json(filter.as_bytes())?;
            book.refunds(&filter, &page(limit, starting_after))
        })
    }

    pub fn charge(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.charge(id))
    }

    pub fn charges(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = ChargeFilter::from_json(filter.as_bytes())?;
            book.charges(&filter, &page(limit, starting_after))
        })
    }

    #[wasm_bindgen(js_name = paymentIntent)]
    pub fn payment_intent(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.payment_intent(id))
    }

    #[wasm_bindgen(js_name = paymentIntents)]
    pub fn payment_intents(
        &self,
        merchant: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| book.payment_intents(&page(limit, starting_after)))
    }

    pub fn transfer(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.transfer(id))
    }

    pub fn transfers(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = TransferFilter::from_json(filter.as_bytes())?;
            book.transfers(&filter, &page(limit, starting_after))
        })
    }

    #[wasm_bindgen(js_name = balanceTransaction)]
    pub fn balance_transaction(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.balance_transaction(id))
    }

    #[wasm_bindgen(js_name = balanceTransactions)]
    pub fn balance_transactions(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = StatementFilter::from_json(filter.as_bytes())?;
            book.balance_transactions(&filter, &page(limit, starting_after))
        })
    }

    #[wasm_bindgen(js_name = journalEntry)]
    pub fn journal_entry(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.journal_entry(id))
    }

    #[wasm_bindgen(js_name = journalEntriesAfter)]
    pub fn journal_entries_after(
        &self,
        merchant: &str,
        head: Option<String>,
        limit: u32,
    ) -> Answer {
        self.book(merchant, |book| {
            let head = head.as_deref().map(Head::parse).transpose()?;
            book.journal_entries_after(head.as_ref(), limit)
        })
    }

    pub fn balances(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.balances())
    }

    pub fn funds(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.funds())
    }

    /// The balances as of a sequence number, a moment, or, without either, now.
    #[wasm_bindgen(js_name = trialBalance)]
    pub fn trial_balance(
        &self,
        merchant: &str,
        seq: Option<i64>,
        effective_at: Option<String>,
    ) -> Answer {
        let as_of = match (seq, effective_at) {
            (Some(seq), _) => Ok(AsOf::Sequence(seq)),
            (None, Some(moment)) => Timestamp::parse(&moment).map(AsOf::EffectiveAt),
            (None, None) => Ok(AsOf::Now),
        };
        self.keyed(merchant, as_of, None, |book, as_of, _| book.trial_balance(*as_of))
    }

    #[wasm_bindgen(js_name = findByKey)]
    pub fn find_by_key(&self, merchant: &str, operation: &str, key: &str) -> Answer {
        self.book(merchant, |book| {
            let operation = Operation::from_name(operation)?;
            let found = book.find_by_key(operation, &IdempotencyKey::new(key)?)?;
            Ok(found.map(|record| {
                let (id, refusal) = match record.outcome {
                    Ok(id) => (Some(id), None),
                    Err(refusal) => (None, Some(Problem::of_refusal(refusal))),
                };
                KeyRecord { id, refusal, recorded_at: record.recorded_at }
            }))
        })
    }

    pub fn head(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.head())
    }

    pub fn mark(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.mark())
    }

    #[wasm_bindgen(js_name = isMirror)]
    pub fn is_mirror(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.is_mirror())
    }
}
