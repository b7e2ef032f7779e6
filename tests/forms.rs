//! Requests as JSON objects, other than those to refund.

use refundry::{
    Amount, ChargeFilter, ChargeStatus, Conclusion, Currency, DisputeFilter, DisputeStatus, Error,
    Fee, LineType, NegativeBalanceLimit, NewCharge, NewMerchant, NewPaymentIntent, NewTransfer,
    Operation, PayoutOutcome, PayoutStatus, RefundFilter, RefundStatus, StatementFilter, Timestamp,
    TransferFilter, TransferKind,
};

fn egp() -> Currency {
    Currency::from_code("EGP").unwrap()
}

/// The code, and the field to blame.
fn blamed<T>(result: Result<T, Error>) -> (&'static str, Option<String>) {
    let error = result.err().expect("it was accepted");
    (error.code(), error.param().map(str::to_owned))
}

fn param(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn a_merchant_needs_a_name_only() {
    let new = NewMerchant::from_json(br#"{"name":"Cairo Books"}"#).unwrap();
    assert_eq!((new.id, new.live_mode), (None, false));
    assert_eq!(new.negative_balance_limit, NegativeBalanceLimit::Unlimited);
    let text = br#"{"id":"acct_1","name":"A","liveMode":true,"negativeBalanceLimit":"5"}"#;
    let new = NewMerchant::from_json(text).unwrap();
    assert!(new.live_mode && new.negative_balance_limit == NegativeBalanceLimit::Each(5));
    for (text, code, field) in [
        (&br#"{}"#[..], "parameter_missing", param("name")),
        (br#"{"name":1}"#, "parameter_invalid", param("name")),
        (br#"{"name":"A","liveMode":"no"}"#, "parameter_invalid", param("liveMode")),
        (br#"{"name":"A","limit":"5"}"#, "parameter_unknown", param("limit")),
        (br#"[]"#, "invalid_request", None),
    ] {
        assert_eq!(blamed(NewMerchant::from_json(text)), (code, field));
    }
}

#[test]
fn a_filter_says_what_a_list_shows() {
    for text in [&b"{}"[..], br#"{"from":null,"status":null}"#] {
        assert_eq!(RefundFilter::from_json(text).unwrap(), RefundFilter::default());
        assert_eq!(ChargeFilter::from_json(text).unwrap(), ChargeFilter::default());
        assert_eq!(TransferFilter::from_json(text).unwrap(), TransferFilter::default());
    }
    let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(1));
    let span = r#""from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:00.001Z""#;
    let with = |more: &str| format!("{{{span},{more}}}").into_bytes();
    let (text, metadata) = (|text: &str| Some(text.to_owned()), [("k".into(), "v".into())]);
    let more = r#""chargeId":"c","paymentIntentId":"p","status":"failed","externalReference":"x","metadata":{"k":"v"}"#;
    assert_eq!(
        RefundFilter::from_json(&with(more)).unwrap(),
        RefundFilter {
            charge_id: text("c"),
            payment_intent_id: text("p"),
            from: Some(from),
            to: Some(to),
            status: Some(RefundStatus::Failed),
            external_reference: text("x"),
            metadata: metadata.clone().into(),
        }
    );
    let more = more.replace(r#""chargeId":"c","#, "").replace("failed", "canceled");
    assert_eq!(
        ChargeFilter::from_json(&with(&more)).unwrap(),
        ChargeFilter {
            payment_intent_id: text("p"),
            from: Some(from),
            to: Some(to),
            status: Some(ChargeStatus::Canceled),
            external_reference: text("x"),
            metadata: metadata.into(),
        }
    );
    assert_eq!(
        DisputeFilter::from_json(br#"{"chargeId":"c","status":"won"}"#).unwrap(),
        DisputeFilter { charge_id: text("c"), status: Some(DisputeStatus::Won) }
    );
    let ended = DisputeFilter::from_json(br#"{"status":"ended"}"#);
    assert_eq!(blamed(ended), ("parameter_invalid", param("status")));
    assert_eq!(
        TransferFilter::from_json(&with(r#""kind":"topup","status":"in_transit""#)).unwrap(),
        TransferFilter {
            kind: Some(TransferKind::TopUp),
            status: Some(PayoutStatus::InTransit),
            from: Some(from),
            to: Some(to),
        }
    );
    assert_eq!(
        StatementFilter::from_json(&with(r#""type":"refund_failure""#)).unwrap(),
        StatementFilter {
            line_type: Some(LineType::RefundFailure),
            from: Some(from),
            to: Some(to)
        }
    );
    for (text, code, field) in [
        (r#"{"from":1}"#, "parameter_invalid", "from"),
        (r#"{"to":"today"}"#, "parameter_invalid", "to"),
        (r#"{"status":"Paid"}"#, "parameter_invalid", "status"),
        (r#"{"kind":"po"}"#, "parameter_invalid", "kind"),
        (r#"{"charge_id":"ch_1"}"#, "parameter_unknown", "charge_id"),
    ] {
        assert_eq!(blamed(TransferFilter::from_json(text.as_bytes())), (code, param(field)));
    }
    let line = StatementFilter::from_json(br#"{"type":"sale"}"#);
    assert_eq!(blamed(line), ("parameter_invalid", param("type")));
}

#[test]
fn a_limit_is_lifted_only_in_words() {
    let read = |text: &str| NegativeBalanceLimit::from_json_object(text.as_bytes());
    let null = read(r#"{"negativeBalanceLimit":null}"#).unwrap();
    assert_eq!(null, NegativeBalanceLimit::Unlimited);
    let some = read(r#"{"negativeBalanceLimit":{"EGP":"7"}}"#).unwrap();
    assert_eq!(some.of(egp()), Some(7));
    assert_eq!(blamed(read("{}")), ("parameter_missing", param("negativeBalanceLimit")));
    let number = read(r#"{"negativeBalanceLimit":7}"#);
    assert_eq!(blamed(number), ("parameter_invalid", param("negativeBalanceLimit")));
}

#[test]
fn a_charge_is_captured_in_full_and_succeeded_unless_it_says_otherwise() {
    let text = br#"{"amount":"22604","fee":912,"currency":"EGP","availableOn":"2024-01-03T00:00:00.000Z"}"#;
    let new = NewCharge::from_json(text).unwrap();
    let amount = Amount::from_minor(22_604).unwrap();
    assert_eq!((new.amount, new.amount_captured), (amount, amount));
    assert_eq!((new.fee, new.status), (Fee::from_minor(912).unwrap(), ChargeStatus::Succeeded));
    let with = |more: &str| {
        let text = std::str::from_utf8(text).unwrap().replacen('{', &format!("{{{more},"), 1);
        NewCharge::from_json(text.as_bytes())
    };
    let part = with(r#""amountCaptured":"1","status":"pending","id":"ch_1""#).unwrap();
    assert_eq!((part.amount_captured.minor(), part.status), (1, ChargeStatus::Pending));
    // Null would be a captured amount that got lost.
    let lost = with(r#""amountCaptured":null"#);
    assert_eq!(blamed(lost), ("parameter_invalid", param("amountCaptured")));
    assert_eq!(blamed(with(r#""status":"done""#)), ("parameter_invalid", param("status")));
    assert_eq!(blamed(with(r#""createdAt":"x""#)), ("parameter_unknown", param("createdAt")));
    let free = br#"{"amount":"1","currency":"EGP","availableOn":"2024-01-03T00:00:00.000Z"}"#;
    assert_eq!(blamed(NewCharge::from_json(free)), ("parameter_missing", param("fee")));
}

#[test]
fn only_what_succeeded_has_numbers() {
    let succeeded = br#"{"status":"succeeded","amountCaptured":5,"fee":"0","availableOn":"2024-01-03T00:00:00Z"}"#;
    assert_eq!(
        Conclusion::from_json(succeeded).unwrap(),
        Conclusion::Succeeded {
            amount_captured: Amount::from_minor(5).unwrap(),
            fee: Fee::ZERO,
            available_on: Timestamp::parse("2024-01-03T00:00:00.000Z").unwrap(),
        }
    );
    assert_eq!(Conclusion::from_json(br#"{"status":"failed"}"#).unwrap(), Conclusion::Failed);
    assert_eq!(Conclusion::from_json(br#"{"status":"canceled"}"#).unwrap(), Conclusion::Canceled);
    for (text, code, field) in [
        (&br#"{"status":"pending"}"#[..], "parameter_invalid", param("status")),
        (br#"{"status":"failed","fee":"0"}"#, "parameter_unknown", param("fee")),
        (br#"{"status":"succeeded"}"#, "parameter_missing", param("amountCaptured")),
    ] {
        assert_eq!(blamed(Conclusion::from_json(text)), (code, field));
    }
}

#[test]
fn intents_and_transfers_say_what_and_how_much() {
    let intent = NewPaymentIntent::from_json(br#"{"amount":5,"currency":"EGP"}"#).unwrap();
    assert_eq!((intent.id, intent.amount.minor(), intent.currency), (None, 5, egp()));
    let text = br#"{"kind":"adjustment","amount":"-250","currency":"EGP","description":"x"}"#;
    let new = NewTransfer::from_json(text).unwrap();
    assert_eq!((new.kind, new.amount.minor()), (TransferKind::Adjustment, -250));
    for (text, code, field) in [
        (&br#"{"kind":"gift","amount":"1","currency":"EGP"}"#[..], "parameter_invalid", "kind"),
        (br#"{"kind":"topup","amount":null,"currency":"EGP"}"#, "parameter_invalid", "amount"),
        (br#"{"kind":"topup","amount":"0","currency":"EGP"}"#, "parameter_out_of_range", "amount"),
        (br#"{"kind":"topup","amount":"1","currency":"XAU"}"#, "parameter_invalid", "currency"),
        (br#"{"kind":"topup","currency":"EGP"}"#, "parameter_missing", "amount"),
    ] {
        assert_eq!(blamed(NewTransfer::from_json(text)), (code, param(field)));
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    assert_eq!(PayoutOutcome::from_name("returned").unwrap(), PayoutOutcome::Returned);
    assert_eq!(blamed(PayoutOutcome::from_name("lost")), ("parameter_invalid", param("outcome")));
    for (operation, name) in [
        (Operation::Refund, "refund"),
        (Operation::RefundFailure, "refund_failure"),
        (Operation::Charge, "charge"),
        (Operation::ChargeConclusion, "charge_conclusion"),
        (Operation::Payout, "payout"),
        (Operation::PayoutOutcome, "payout_outcome"),
        (Operation::TopUp, "topup"),
        (Operation::Settlement, "settlement"),
        (Operation::Adjustment, "adjustment"),
    ] {
        assert_eq!((Operation::from_name(name).unwrap(), operation.name()), (operation, name));
    }
    assert_eq!(blamed(Operation::from_name("theft")), ("parameter_invalid", param("operation")));
}

/// What a server answers can be read back.
#[test]
fn objects_are_read_back_from_their_json() {
    let mut ledger = refundry::Ledger::in_memory(refundry::Options::default()).unwrap();
    let id = ledger.create_merchant(&refundry::NewMerchant::named("Cairo Books")).unwrap().id;
    let mut book = ledger.book(&id).unwrap();
    let egp = "EGP".parse().unwrap();
    let (amount, fee) = (22_604.try_into().unwrap(), 912.try_into().unwrap());
    let due = "2024-01-03T00:00:00.000Z".parse().unwrap();
    let charge =
        book.create_charge(&refundry::NewCharge::succeeded(amount, fee, egp, due), None).unwrap();
    let mut request = refundry::RefundRequest::of_charge(&charge.id);
    request.metadata = [("order".to_owned(), "17".to_owned())].into();
    let refund = book.create_refund(&request, None).unwrap().value;
    let json = serde_json::to_string(&refund).unwrap();
    let read: refundry::Refund = serde_json::from_str(&json).unwrap();
    assert_eq!(
        refundry::Refund { journal_entry_id: refund.journal_entry_id.clone(), ..read },
        refund
    );
    let lines = book.balance_transactions(&Default::default(), &Default::default()).unwrap();
    let json = serde_json::to_string(&lines).unwrap();
    let read: refundry::List<refundry::BalanceTransaction> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, lines);
    for wrong in [json.replace("\"-22604\"", "-22604"), json.replace("\"22604\"", "\"022604\"")] {
        assert!(
            serde_json::from_str::<refundry::List<refundry::BalanceTransaction>>(&wrong).is_err()
        );
    }
}
