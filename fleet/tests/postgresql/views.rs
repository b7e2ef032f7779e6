//! What people read in the database is what the ledger says.

use refundry::{
    Account, Amount, AsOf, ChargeFilter, Currency, Fee, HandoverFilter, Ledger, NewCharge,
    NewMerchant, NewTransfer, Options, Page, PayoutOutcome, RefundFilter, RefundStatus, Timestamp,
};
use refundry_fleet::Node;

use crate::{
    server::Fleet,
    shop::{MERCHANT, charge, charge_due, collected, fleet, node, refund, request},
};

/// A book with refunds in full, in part and failed, a payout that came back, a pending charge, and
/// disputes of each status.
fn eventful() -> Fleet {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let (egp, amount) =
        (refundry::Currency::from_code("EGP").unwrap(), refundry::Amount::from_minor(500).unwrap());
    let first = charge(&node, 1_000);
    charge_due(&node, MERCHANT, 300, Timestamp::from_millis(0));
    node.book(MERCHANT, move |book| book.release_due(Timestamp::now())).wait().unwrap();
    let id = refund(&node, request(&first, 400), None).wait().unwrap().id.clone();
    refund(&node, request(&first, 100), None).wait().unwrap();
    node.book(MERCHANT, move |book| book.fail_refund(&id, None)).wait().unwrap();
    node.book(MERCHANT, move |book| {
        book.create_transfer(&NewTransfer::top_up(amount, egp), None)?;
        let payout = book.create_transfer(&NewTransfer::payout(amount, egp), None)?.id.clone();
        book.conclude_payout(&payout, PayoutOutcome::Failed, None)?;
        let due = Timestamp::from_millis(i64::MAX / 2);
        let mut pending = refundry::NewCharge::succeeded(amount, Fee::from_minor(9)?, egp, due);
        pending.status = refundry::ChargeStatus::Pending;
        let pending = book.create_charge(&pending, None)?.id.clone();
        let conclusion = refundry::Conclusion::Succeeded {
            amount_captured: amount,
            fee: Fee::from_minor(9)?,
            available_on: due,
        };
        book.conclude_charge(&pending, conclusion, None)?;
        for (amount, fee, won) in [(50, 9, false), (60, 7, true), (70, 8, true)] {
            let amount = refundry::Amount::from_minor(amount)?;
            let mut new = refundry::NewDispute::of_charge(&first, amount);
            new.fee = Fee::from_minor(fee)?;
            let id = book.open_dispute(&new, None)?.id.clone();
            if won {
                book.win_dispute(&id, fee == 8, None)?
            } else {
                book.lose_dispute(&id, None)?
            };
        }
        let open = refundry::Amount::from_minor(80)?;
        book.open_dispute(&refundry::NewDispute::of_charge(&first, open), None)?;
        book.hand_over_charge(&first, "acct_giza", None).map(drop)
    })
    .wait()
    .unwrap();
    taken_over(&node);
    fleet
}

/// Takes the rest of a charge over, gives some of it back, and hands on what is left.
fn taken_over(node: &Node) {
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    let giza = ledger.create_merchant(&NewMerchant::named("Giza Books")).unwrap().id;
    let mut book = ledger.book(&giza).unwrap();
    let (egp, amount) = (Currency::from_code("EGP").unwrap(), Amount::from_minor(900).unwrap());
    let new = NewCharge::succeeded(amount, Fee::from_minor(9).unwrap(), egp, Timestamp::now());
    let sold = book.create_charge(&new, None).unwrap().id.clone();
    book.create_refund(&request(&sold, 200), None).unwrap();
    let text = book.hand_over_charge(&sold, MERCHANT, None).unwrap().text.clone().unwrap();
    node.book(MERCHANT, move |book| {
        book.take_over_charge(&text)?;
        book.create_refund(&request(&sold, 150), None)?;
        book.hand_over_charge(&sold, "acct_luxor", None).map(drop)
    })
    .wait()
    .unwrap();
}

fn app_reads(fleet: &Fleet, text: &str) -> Vec<Vec<String>> {
    crate::server::sql(&fleet.url("app"), text)
}

#[test]
fn views_say_what_the_ledger_says() {
    let fleet = eventful();
    let mut ledger = collected(&fleet);
    refunds_and_charges(&fleet, &mut ledger);
    disputes(&fleet, &mut ledger);
    handovers(&fleet, &mut ledger);
    let book = ledger.book(MERCHANT).unwrap();
    let balances = book.trial_balance(AsOf::Now).unwrap();
    let read = app_reads(&fleet, "SELECT account, balance FROM refundry.balances ORDER BY account");
    let name =
        |account: &Account| serde_json::to_value(account).unwrap().as_str().unwrap().to_owned();
    let mut expected: Vec<Vec<String>> = Account::ALL
        .iter()
        .map(|account| (name(account), balances[0].balances.of(*account).minor()))
        .filter(|(account, balance)| *balance != 0 || read.iter().any(|row| row[0] == *account))
        .map(|(account, balance)| vec![account, balance.to_string()])
        .collect();
    expected.sort();
    assert_eq!(read, expected);
    let read = app_reads(
        &fleet,
        "SELECT sum(available), sum(pending), count(*), max(seq) FROM refundry.statement",
    );
    let of = |account| balances[0].balances.of(account).minor().to_string();
    let seq = book.head().unwrap().seq;
    // The dispute that was lost moved nothing, nor did the three hand-overs. The last of them is the
    // last entry.
    let (lines, last) = ((seq - 4).to_string(), (seq - 1).to_string());
    assert_eq!(read[0], [of(Account::Available), of(Account::Pending), lines, last]);
    let read = app_reads(&fleet, "SELECT name, live_mode FROM refundry.merchants");
    assert_eq!(read, [["Cairo Books", "f"]]);
}

fn refunds_and_charges(fleet: &Fleet, ledger: &mut Ledger) {
    let book = ledger.book(MERCHANT).unwrap();
    let page = Page { limit: 100, starting_after: None };
    let refunds = book.refunds(&RefundFilter::default(), &page).unwrap().data;
    let expected: Vec<_> = refunds
        .iter()
        .map(|refund| {
            let status = if refund.status == RefundStatus::Failed { "failed" } else { "succeeded" };
            [
                refund.id.clone(),
                refund.charge_id.clone(),
                refund.amount.minor().to_string(),
                status.to_owned(),
            ]
        })
        .collect();
    let read = app_reads(
        fleet,
        "SELECT id, charge, amount, status FROM refundry.refunds ORDER BY seq DESC",
    );
    assert_eq!(read, expected);
    let charges = book.charges(&ChargeFilter::default(), &page).unwrap().data;
    let mut expected: Vec<_> = charges
        .iter()
        .map(|charge| {
            let [amount, captured, fee, refunded, disputed, elsewhere] = [
                charge.amount.minor(),
                charge.amount_captured.minor(),
                charge.fee.minor(),
                charge.amount_refunded.minor(),
                charge.amount_disputed.minor(),
                charge.amount_elsewhere.minor(),
            ]
            .map(|of| of.to_string());
            let status = "succeeded".to_owned();
            [charge.id.clone(), amount, captured, fee, status, refunded, disputed, elsewhere]
        })
        .collect();
    expected.sort();
    let read = app_reads(
        fleet,
        "SELECT id, amount, amount_captured, fee, status, amount_refunded, amount_disputed, \
         amount_elsewhere FROM refundry.charges ORDER BY id COLLATE \"C\"",
    );
    assert_eq!(read, expected);
    let elsewhere: Vec<_> = read.iter().filter(|row| row[7] != "0").collect();
    assert_eq!(elsewhere.len(), 2);
}

fn disputes(fleet: &Fleet, ledger: &mut Ledger) {
    let page = Page { limit: 100, starting_after: None };
    let book = ledger.book(MERCHANT).unwrap();
    let disputes = book.disputes(&refundry::DisputeFilter::default(), &page).unwrap().data;
    let expected: Vec<_> = disputes
        .iter()
        .map(|dispute| {
            let [amount, fee] =
                [dispute.amount.minor(), dispute.fee.minor()].map(|of| of.to_string());
            let status = serde_json::to_value(dispute.status).unwrap();
            let returned = if dispute.fee_returned { "t" } else { "f" };
            [&dispute.id, &dispute.charge_id, &amount, &fee, status.as_str().unwrap(), returned]
                .map(str::to_owned)
        })
        .collect();
    let read = app_reads(
        fleet,
        "SELECT id, charge, amount, fee, status, fee_returned FROM refundry.disputes \
         ORDER BY seq DESC",
    );
    assert_eq!(read, expected);
    assert_eq!(read.len(), 4);
}

fn handovers(fleet: &Fleet, ledger: &mut Ledger) {
    let page = Page { limit: 100, starting_after: None };
    let book = ledger.book(MERCHANT).unwrap();
    let handovers = book.handovers(&HandoverFilter::default(), &page).unwrap().data;
    let expected: Vec<_> = handovers
        .iter()
        .map(|handover| {
            let amount = handover.amount.minor().to_string();
            let (direction, other) = (handover.direction.name(), &*handover.other_merchant_id);
            [&*handover.id, &*handover.charge_id, direction, other, &*amount].map(str::to_owned)
        })
        .collect();
    let read = app_reads(
        fleet,
        "SELECT id, charge, direction, other_merchant, amount FROM refundry.handovers \
         ORDER BY seq DESC",
    );
    assert_eq!(read, expected);
    assert_eq!(read.len(), 3);
}
