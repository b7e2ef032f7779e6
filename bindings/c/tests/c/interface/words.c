/* Every constant and every field stands for what its name says: one of each operation, read back in
 * every way there is. Key "k" is given to the first call of each kind. */

#include "check.h"

/* Refunds whose reasons are told in the ledger's own words. */
static const char history[] =
    "{\"object\":\"refund\",\"id\":\"re_f\",\"merchantId\":\"acct_1\",\"chargeId\":\"ch_1\","
    "\"amount\":100,\"reason\":\"fraudulent\",\"createdAt\":\"2024-01-01T00:00:00.000Z\"}\n"
    "{\"object\":\"refund\",\"id\":\"re_r\",\"merchantId\":\"acct_1\",\"chargeId\":\"ch_1\","
    "\"amount\":50,\"reason\":\"requested_by_customer\","
    "\"createdAt\":\"2024-01-01T00:00:00.000Z\"}\n";

static void sell_under_an_intent(till *till)
{
    refundry_new_charge sale = new_charge("ch_1", 1100, 10);
    const refundry_payment_intent *intent = NULL;
    const refundry_charge *charge = NULL;
    const refundry_import_report *report = NULL;

    EXPECT(REFUNDRY_OK, refundry_payment_intent_create(till->book, "pi_1", 1100, "EGP", &intent));
    refundry_free(intent);
    sale.payment_intent_id = "pi_1";
    sale.status = REFUNDRY_CHARGE_PENDING;
    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, "k", &charge));
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_charge_succeed(till->book, "ch_1", 1000, 10, NEW_YEAR + 2 * DAY,
                                                "k", &charge));
    CHECK(charge->amount == 1100 && charge->amount_captured == 1000 && !charge->replayed);
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_charge_succeed(till->book, "ch_1", 1000, 10, NEW_YEAR + 2 * DAY,
                                                "k", &charge));
    CHECK(charge->replayed);
    refundry_free(charge);
    EXPECT(REFUNDRY_OK,
           refundry_import(till->ledger, history, strlen(history), NULL, NULL, &report));
    refundry_free(report);
}

static void check_reason(till *till, const char *id, int32_t reason)
{
    const refundry_refund *refund = NULL;

    EXPECT(REFUNDRY_OK, refundry_refund_get(till->book, id, &refund));
    CHECK(refund->reason == reason);
    refundry_free(refund);
}

static void refund_for_reasons(till *till)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_refund *refund = NULL;
    uint64_t released = 0;

    check_reason(till, "re_f", REFUNDRY_REASON_FRAUDULENT);
    check_reason(till, "re_r", REFUNDRY_REASON_REQUESTED_BY_CUSTOMER);
    request.reason = REFUNDRY_REASON_FRAUDULENT;
    EXPECT(REFUNDRY_OK, refundry_refund_create(till->book, &request, 2, "k", &refund));
    check_reason(till, refund->id, REFUNDRY_REASON_FRAUDULENT);
    refundry_free(refund);
    request.reason = REFUNDRY_REASON_REQUESTED_BY_CUSTOMER;
    EXPECT(REFUNDRY_OK, refundry_refund_create(till->book, &request, 3, "k2", &refund));
    check_reason(till, refund->id, REFUNDRY_REASON_REQUESTED_BY_CUSTOMER);
    refundry_free(refund);
    EXPECT(REFUNDRY_OK, refundry_refund_fail(till->book, "re_r", "k", &refund));
    CHECK(!refund->replayed);
    refundry_free(refund);
    EXPECT(REFUNDRY_OK, refundry_refund_fail(till->book, "re_r", "k", &refund));
    CHECK(refund->replayed && refund->status == REFUNDRY_REFUND_FAILED);
    refundry_free(refund);
    till->now += 3 * DAY;
    EXPECT(REFUNDRY_OK, refundry_release_due(till->ledger, till->now, &released));
    CHECK(released == 1);
}

/* Twice, so that the second call is a replay. */
static void transfer(till *till, int32_t kind, const char *id, int64_t amount, const char *key)
{
    refundry_new_transfer new = new_transfer(kind, amount);
    const refundry_transfer *transfer = NULL;
    int replayed;

    new.id = id;
    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_transfer_create(till->book, &new, key, &transfer));
        IS(transfer->id, id);
        CHECK(transfer->kind == kind && transfer->amount == amount);
        CHECK(transfer->replayed == replayed);
        refundry_free(transfer);
    }
}

static void conclude(till *till, const char *id, int32_t outcome, const char *key)
{
    const refundry_transfer *payout = NULL;
    int replayed;

    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_payout_conclude(till->book, id, outcome, key, &payout));
        CHECK(payout->payout_status == outcome && payout->replayed == replayed);
        refundry_free(payout);
    }
    EXPECT(REFUNDRY_OK, refundry_transfer_get(till->book, id, &payout));
    CHECK(payout->payout_status == outcome && !payout->replayed);
    refundry_free(payout);
}

static void move_money(till *till)
{
    transfer(till, REFUNDRY_TRANSFER_TOP_UP, "tu_1", 70, "k");
    transfer(till, REFUNDRY_TRANSFER_SETTLEMENT, "stl_1", 30, "k");
    transfer(till, REFUNDRY_TRANSFER_ADJUSTMENT, "adj_1", -5, "k");
    transfer(till, REFUNDRY_TRANSFER_PAYOUT, "po_1", 20, "k");
    conclude(till, "po_1", REFUNDRY_PAYOUT_PAID, "k");
    conclude(till, "po_1", REFUNDRY_PAYOUT_RETURNED, "k2");
    transfer(till, REFUNDRY_TRANSFER_PAYOUT, "po_2", 8, "k2");
    conclude(till, "po_2", REFUNDRY_PAYOUT_FAILED, "k3");
    transfer(till, REFUNDRY_TRANSFER_PAYOUT, "po_3", 4, "k3");
}

static void check_causes(till *till)
{
    static const int32_t causes[] = {
        REFUNDRY_CAUSE_CHARGE, REFUNDRY_CAUSE_REFUND, REFUNDRY_CAUSE_REFUND,
        REFUNDRY_CAUSE_REFUND, REFUNDRY_CAUSE_REFUND, REFUNDRY_CAUSE_REFUND_FAILURE,
        REFUNDRY_CAUSE_MATURITY, REFUNDRY_CAUSE_TOP_UP, REFUNDRY_CAUSE_SETTLEMENT,
        REFUNDRY_CAUSE_ADJUSTMENT, REFUNDRY_CAUSE_PAYOUT, REFUNDRY_CAUSE_PAYOUT_PAID,
        REFUNDRY_CAUSE_PAYOUT_RETURNED, REFUNDRY_CAUSE_PAYOUT, REFUNDRY_CAUSE_PAYOUT_FAILED,
        REFUNDRY_CAUSE_PAYOUT
    };
    const refundry_journal_entry_list *entries = NULL;
    size_t i;

    EXPECT(REFUNDRY_OK, refundry_journal_entries_after(till->book, NULL, 100, &entries));
    CHECK(entries->count == sizeof causes / sizeof causes[0]);
    for (i = 0; i < entries->count; i++)
        CHECK(entries->data[i]->cause == causes[i]);
    CHECK(entries->data[6]->effective_at == NEW_YEAR + 2 * DAY);
    CHECK(entries->data[6]->recorded_at == NEW_YEAR + 3 * DAY);
    refundry_free(entries);
}

static void check_lines(till *till)
{
    static const int32_t lines[] = {
        REFUNDRY_LINE_PAYOUT, REFUNDRY_LINE_PAYOUT_FAILURE, REFUNDRY_LINE_PAYOUT,
        REFUNDRY_LINE_PAYOUT_FAILURE, REFUNDRY_LINE_PAYOUT, REFUNDRY_LINE_ADJUSTMENT,
        REFUNDRY_LINE_TOP_UP, REFUNDRY_LINE_REFUND_FAILURE, REFUNDRY_LINE_REFUND,
        REFUNDRY_LINE_REFUND, REFUNDRY_LINE_REFUND, REFUNDRY_LINE_REFUND, REFUNDRY_LINE_CHARGE
    };
    const refundry_balance_transaction_list *list = NULL;
    size_t i;

    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till->book, NULL, 100, NULL, &list));
    CHECK(list->count == sizeof lines / sizeof lines[0]);
    for (i = 0; i < list->count; i++)
        CHECK(list->data[i]->line_type == lines[i] && list->data[i]->is_available);
    refundry_free(list);
}

/* A key is found under its own operation. */
static void check_record(till *till, int32_t operation, const char *id)
{
    const refundry_key_record *record = NULL;

    EXPECT(REFUNDRY_OK, refundry_find_by_key(till->book, operation, "k", &record));
    CHECK(record->is_recorded && record->outcome == REFUNDRY_OK);
    IS(record->id, id);
    refundry_free(record);
}

static void check_records(till *till)
{
    const refundry_refund_list *refunds = NULL;

    EXPECT(REFUNDRY_OK, refundry_refunds(till->book, NULL, 100, NULL, &refunds));
    CHECK(refunds->count == 4 && refunds->data[1]->amount == 2);
    check_record(till, REFUNDRY_OPERATION_REFUND, refunds->data[1]->id);
    refundry_free(refunds);
    check_record(till, REFUNDRY_OPERATION_REFUND_FAILURE, "re_r");
    check_record(till, REFUNDRY_OPERATION_CHARGE, "ch_1");
    check_record(till, REFUNDRY_OPERATION_CHARGE_CONCLUSION, "ch_1");
    check_record(till, REFUNDRY_OPERATION_PAYOUT, "po_1");
    check_record(till, REFUNDRY_OPERATION_PAYOUT_OUTCOME, "po_1");
    check_record(till, REFUNDRY_OPERATION_TOP_UP, "tu_1");
    check_record(till, REFUNDRY_OPERATION_SETTLEMENT, "stl_1");
    check_record(till, REFUNDRY_OPERATION_ADJUSTMENT, "adj_1");
}

static void check_sums(till *till)
{
    const refundry_balance_list *balances = NULL;
    const refundry_charge *charge = NULL;
    const refundry_payment_intent *intent = NULL;

    EXPECT(REFUNDRY_OK, refundry_balances(till->book, &balances));
    CHECK(balances->data[0]->pending == 0 && balances->data[0]->available == 946);
    CHECK(balances->data[0]->payout_transit == 4 && balances->data[0]->clearing == 865);
    CHECK(balances->data[0]->bank == 100 && balances->data[0]->fees == 10);
    CHECK(balances->data[0]->losses == -5);
    refundry_free(balances);
    EXPECT(REFUNDRY_OK, refundry_charge_get(till->book, "ch_1", &charge));
    CHECK(charge->amount_refunded == 105 && !charge->replayed);
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_payment_intent_get(till->book, "pi_1", &intent));
    CHECK(intent->amount == 1100 && intent->amount_refunded == 105);
    refundry_free(intent);
}

void test_words(void)
{
    till till;

    till_open(&till, NULL);
    sell_under_an_intent(&till);
    refund_for_reasons(&till);
    move_money(&till);
    check_causes(&till);
    check_lines(&till);
    check_records(&till);
    check_sums(&till);
    till_close(&till);
}
