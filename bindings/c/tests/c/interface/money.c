/* Charges, refunds and transfers, and every reason to refuse them. */

#include "check.h"

static void test_intents(till *till)
{
    const refundry_payment_intent *intent = NULL;

    EXPECT(REFUNDRY_OK, refundry_payment_intent_create(till->book, "pi_1", 500, "EGP", &intent));
    IS(intent->id, "pi_1");
    IS(intent->currency, "EGP");
    CHECK(intent->amount == 500 && intent->amount_refunded == 0);
    CHECK(intent->created_at == NEW_YEAR);
    refundry_free(intent);
    intent = NULL;
    EXPECT(REFUNDRY_RESOURCE_CONFLICT,
           refundry_payment_intent_create(till->book, "pi_1", 500, "EGP", &intent));
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_payment_intent_create(till->book, NULL, 0, "EGP", &intent));
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_payment_intent_create(till->book, NULL, 1, "EUROS", &intent));
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_payment_intent_get(till->book, "pi_2", &intent));
    CHECK(intent == NULL);
    EXPECT(REFUNDRY_OK, refundry_payment_intent_create(till->book, NULL, 1, "EGP", &intent));
    CHECK(strncmp(intent->id, "pi_", 3) == 0 && strlen(intent->id) == 3 + 26);
    refundry_free(intent);
}

void test_charges(void)
{
    refundry_new_charge sale = new_charge("ch_1", 22604, 912);
    const refundry_charge *charge = NULL;
    const refundry_charge *again = NULL;
    uint64_t released = 0;
    till till;

    till_open(&till, NULL);
    test_intents(&till);
    sale.payment_intent_id = "pi_1";
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, "sale-1", &charge));
    IS(charge->id, "ch_1");
    IS(charge->payment_intent_id, "pi_1");
    IS(charge->currency, "EGP");
    CHECK(charge->amount == 22604 && charge->amount_captured == 22604 && charge->fee == 912);
    CHECK(charge->amount_refunded == 0 && charge->status == REFUNDRY_CHARGE_SUCCEEDED);
    CHECK(charge->available_on == NEW_YEAR + 2 * DAY && charge->created_at == NEW_YEAR);
    CHECK(!charge->replayed);
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, "sale-1", &again));
    CHECK(again->replayed && strcmp(again->id, charge->id) == 0);
    refundry_free(again);
    refundry_free(charge);

    charge = NULL;
    sale.amount_captured = 22603;
    EXPECT(REFUNDRY_IDEMPOTENCY_KEY_REUSED,
           refundry_charge_create(till.book, &sale, "sale-1", &charge));
    IS(refundry_last_error(till.ledger)->param, "key");
    sale.amount_captured = 0;
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    IS(refundry_last_error(till.ledger)->param, "amountCaptured");
    sale.amount_captured = 22605;
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    sale.amount_captured = 22604;
    EXPECT(REFUNDRY_RESOURCE_CONFLICT,
           refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    sale.payment_intent_id = "pi_0";
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));

    sale = new_charge("ch_2", 100, 0);
    sale.status = REFUNDRY_CHARGE_PENDING;
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    CHECK(charge->status == REFUNDRY_CHARGE_PENDING && charge->payment_intent_id == NULL);
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_charge_succeed(till.book, "ch_2", 90, 10, NEW_YEAR, "end-2",
                                                &charge));
    CHECK(charge->amount_captured == 90 && charge->fee == 10);
    refundry_free(charge);
    charge = NULL;
    EXPECT(REFUNDRY_CHARGE_NOT_PENDING,
           refundry_charge_fail(till.book, "ch_2", REFUNDRY_NO_KEY, &charge));
    CHECK(refundry_last_error(till.ledger)->has_fact);
    CHECK(refundry_last_error(till.ledger)->fact == REFUNDRY_CHARGE_SUCCEEDED);
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_charge_cancel(till.book, "ch_9", REFUNDRY_NO_KEY, &charge));
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_charge_get(till.book, "ch_9", &charge));
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_charge_succeed(till.book, "ch_2", 90, -1, NEW_YEAR, "end-3", &charge));

    sale = new_charge("ch_3", 100, 0);
    sale.status = REFUNDRY_CHARGE_PENDING;
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_charge_cancel(till.book, "ch_3", REFUNDRY_NO_KEY, &charge));
    CHECK(charge->status == REFUNDRY_CHARGE_CANCELED);
    refundry_free(charge);
    sale.id = "ch_4";
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    EXPECT(REFUNDRY_OK, refundry_charge_fail(till.book, "ch_4", REFUNDRY_NO_KEY, &charge));
    CHECK(charge->status == REFUNDRY_CHARGE_FAILED);
    refundry_free(charge);

    EXPECT(REFUNDRY_OK, refundry_book_release_due(till.book, NEW_YEAR, &released));
    CHECK(released == 1 && available(&till) == 80);
    EXPECT(REFUNDRY_TOO_FAR_AHEAD,
           refundry_release_due(till.ledger, NEW_YEAR + 300 * DAY, &released));
    EXPECT(REFUNDRY_TOO_FAR_AHEAD,
           refundry_book_release_due(till.book, NEW_YEAR + 300 * DAY, &released));
    EXPECT(REFUNDRY_OK, refundry_confirm_time(till.ledger, NEW_YEAR + 300 * DAY));
    EXPECT(REFUNDRY_OK, refundry_release_due(till.ledger, NEW_YEAR + 301 * DAY, &released));
    CHECK(released == 1 && available(&till) == 80 + 21692);
    till_close(&till);
}

static void check_refund(const refundry_refund *refund)
{
    CHECK(strncmp(refund->id, "re_", 3) == 0);
    IS(refund->charge_id, "ch_1");
    CHECK(refund->payment_intent_id == NULL);
    CHECK(refund->amount == 10900 && refund->status == REFUNDRY_REFUND_SUCCEEDED);
    IS(refund->currency, "EGP");
    CHECK(refund->reason == REFUNDRY_REASON_DUPLICATE);
    IS(refund->balance_transaction_id, "bt_2");
    IS(refund->journal_entry_id, "je_2");
    CHECK(refund->created_at == NEW_YEAR + DAY);
    IS(refund->description, "scanned twice \xe2\x80\x94 sorry");
    IS(refund->external_reference, "TERM-7/0042");
    CHECK(refund->metadata_count == 2);
    IS(refund->metadata[0].key, "clerk");
    IS(refund->metadata[0].value, "");
    IS(refund->metadata[1].key, "till");
    IS(refund->metadata[1].value, "7");
}

void test_refunds(void)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    refundry_pair metadata[2];
    const refundry_refund *refund = NULL;
    const refundry_refund *again = NULL;
    const refundry_key_record *record = NULL;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 22604, 912);
    till.now += DAY;
    metadata[0].key = "till";
    metadata[0].value = "7";
    metadata[1].key = "clerk";
    metadata[1].value = "";
    request.reason = REFUNDRY_REASON_DUPLICATE;
    request.description = "scanned twice \xe2\x80\x94 sorry";
    request.external_reference = "TERM-7/0042";
    request.metadata = metadata;
    request.metadata_count = 2;

    /* Did it happen before the power went? Not yet. */
    EXPECT(REFUNDRY_OK,
           refundry_find_by_key(till.book, REFUNDRY_OPERATION_REFUND, "press-1", &record));
    CHECK(!record->is_recorded && record->id == NULL);
    refundry_free(record);
    EXPECT(REFUNDRY_OK, refundry_refund_create(till.book, &request, 10900, "press-1", &refund));
    check_refund(refund);
    CHECK(!refund->replayed && available(&till) == -10900);
    EXPECT(REFUNDRY_OK, refundry_refund_create(till.book, &request, 10900, "press-1", &again));
    check_refund(again);
    CHECK(again->replayed && available(&till) == -10900);
    refundry_free(again);
    EXPECT(REFUNDRY_OK,
           refundry_find_by_key(till.book, REFUNDRY_OPERATION_REFUND, "press-1", &record));
    CHECK(record->is_recorded && record->outcome == REFUNDRY_OK && !record->has_fact);
    CHECK(record->recorded_at == NEW_YEAR + DAY);
    IS(record->id, refund->id);
    refundry_free(record);
    EXPECT(REFUNDRY_OK, refundry_refund_get(till.book, refund->id, &again));
    check_refund(again);
    refundry_free(again);

    /* The card's bank sends it back, once; then all can be refunded, by a call of its own. */
    EXPECT(REFUNDRY_OK, refundry_refund_fail(till.book, refund->id, "back-1", &again));
    CHECK(again->status == REFUNDRY_REFUND_FAILED && available(&till) == 0);
    refundry_free(again);
    again = NULL;
    EXPECT(REFUNDRY_REFUND_FAILED_ALREADY,
           refundry_refund_fail(till.book, refund->id, REFUNDRY_NO_KEY, &again));
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_refund_fail(till.book, "re_0", REFUNDRY_NO_KEY, &again));
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_refund_get(till.book, "re_0", &again));
    refundry_free(refund);
    request = refund_of_charge("ch_1");
    EXPECT(REFUNDRY_OK, refundry_refund_create_full(till.book, &request, "all", &refund));
    CHECK(refund->amount == 22604 && refund->description == NULL && refund->metadata == NULL);
    CHECK(refund->reason == REFUNDRY_REASON_NONE && refund->metadata_count == 0);
    refundry_free(refund);
    till_close(&till);
}

/* A refund that must be refused with this status; the error's fact, or -1 if it has none. */
static int64_t refuse(till *till, refundry_status status, refundry_refund_request request,
                      int64_t amount, const char *key)
{
    const refundry_refund *refund = NULL;
    const refundry_error *error;
    int64_t before = head_of(till);

    EXPECT(status, refundry_refund_create(till->book, &request, amount, key, &refund));
    CHECK(refund == NULL && head_of(till) == before);
    error = refundry_last_error(till->ledger);
    CHECK(error->status == status);
    IS(error->code, refundry_status_code(status));
    IS(refundry_errmsg(till->ledger), error->message);
    return error->has_fact ? error->fact : -1;
}

static void test_targets(till *till)
{
    refundry_new_charge sale = new_charge(NULL, 100, 0);
    refundry_refund_request both = refund_of_charge("ch_1");
    const refundry_payment_intent *intent = NULL;
    const refundry_charge *charge = NULL;

    EXPECT(REFUNDRY_OK, refundry_payment_intent_create(till->book, "pi_1", 100, "EGP", &intent));
    refundry_free(intent);
    sale.payment_intent_id = "pi_1";
    both.payment_intent_id = "pi_1";
    refuse(till, REFUNDRY_PARAMETERS_EXCLUSIVE, both, 1, REFUNDRY_NO_KEY);
    refuse(till, REFUNDRY_PARAMETER_MISSING, refund_of_charge(NULL), 1, REFUNDRY_NO_KEY);
    /* The target comes before the amount. */
    refuse(till, REFUNDRY_PARAMETERS_EXCLUSIVE, both, 0, REFUNDRY_NO_KEY);
    refuse(till, REFUNDRY_PARAMETER_MISSING, refund_of_charge(NULL), 0, REFUNDRY_NO_KEY);
    refuse(till, REFUNDRY_RESOURCE_MISSING, refund_of_charge("ch_0"), 1, REFUNDRY_NO_KEY);
    IS(refundry_last_error(till->ledger)->param, "chargeId");
    refuse(till, REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE, refund_of_intent("pi_1"), 1,
           REFUNDRY_NO_KEY);
    IS(refundry_last_error(till->ledger)->param, "paymentIntentId");
    sale.status = REFUNDRY_CHARGE_FAILED;
    sale.id = "ch_failed";
    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    CHECK(refuse(till, REFUNDRY_CHARGE_NOT_SUCCEEDED, refund_of_charge("ch_failed"), 1,
                 REFUNDRY_NO_KEY) == REFUNDRY_CHARGE_FAILED);
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.id = "ch_a";
    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    sale.id = "ch_b";
    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    CHECK(refuse(till, REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES, refund_of_intent("pi_1"),
                 1, REFUNDRY_NO_KEY) == 2);
}

void test_refusals(void)
{
    refundry_refund_request of = refund_of_charge("ch_1");
    const refundry_refund *refund = NULL;
    const refundry_key_record *record = NULL;
    refundry_limit limit;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 1000, 0);
    test_targets(&till);
    refuse(&till, REFUNDRY_PARAMETER_OUT_OF_RANGE, of, 0, REFUNDRY_NO_KEY);
    refuse(&till, REFUNDRY_PARAMETER_OUT_OF_RANGE, of, -1, REFUNDRY_NO_KEY);
    refuse(&till, REFUNDRY_PARAMETER_OUT_OF_RANGE, of, (int64_t)1 << 53, REFUNDRY_NO_KEY);
    CHECK(refuse(&till, REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE, of, 1001, "press-1") == 1000);
    CHECK(!refundry_last_error(till.ledger)->replayed);
    IS(refundry_last_error(till.ledger)->param, "amount");
    CHECK(refuse(&till, REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE, of, 1001, "press-1") == 1000);
    CHECK(refundry_last_error(till.ledger)->replayed);
    refuse(&till, REFUNDRY_IDEMPOTENCY_KEY_REUSED, of, 1000, "press-1");
    EXPECT(REFUNDRY_OK,
           refundry_find_by_key(till.book, REFUNDRY_OPERATION_REFUND, "press-1", &record));
    CHECK(record->is_recorded && record->outcome == REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE);
    CHECK(record->id == NULL && record->has_fact && record->fact == 1000);
    refundry_free(record);

    memset(&limit, 0, sizeof limit);
    limit.struct_size = sizeof limit;
    limit.kind = REFUNDRY_LIMIT_EACH;
    limit.each = 300;
    EXPECT(REFUNDRY_OK, refundry_limit_set(till.book, &limit));
    CHECK(refuse(&till, REFUNDRY_BALANCE_INSUFFICIENT, of, 301, REFUNDRY_NO_KEY) == 300);
    limit.kind = REFUNDRY_LIMIT_NONE;
    EXPECT(REFUNDRY_OK, refundry_limit_set(till.book, &limit));
    of.external_reference = "T-1";
    EXPECT(REFUNDRY_OK,
           refundry_refund_create_full(till.book, &of, REFUNDRY_NO_KEY, &refund));
    refundry_free(refund);
    refuse(&till, REFUNDRY_CHARGE_ALREADY_REFUNDED, of, 1, REFUNDRY_NO_KEY);
    EXPECT(REFUNDRY_OK, refundry_unique_references_require(till.book, 1));
    refuse(&till, REFUNDRY_EXTERNAL_REFERENCE_USED, of, 1, REFUNDRY_NO_KEY);
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_unique_references_require(till.book, 2));
    EXPECT(REFUNDRY_OK, refundry_unique_references_require(till.book, 0));
    of.external_reference = "with space";
    refuse(&till, REFUNDRY_PARAMETER_INVALID, of, 1, REFUNDRY_NO_KEY);
    till_close(&till);
}

static void transfer(till *till, int32_t kind, int64_t amount)
{
    refundry_new_transfer new = new_transfer(kind, amount);
    const refundry_transfer *transfer = NULL;

    EXPECT(REFUNDRY_OK, refundry_transfer_create(till->book, &new, REFUNDRY_NO_KEY, &transfer));
    CHECK(transfer->kind == kind && transfer->amount == amount && !transfer->replayed);
    CHECK(transfer->payout_status == REFUNDRY_PAYOUT_NONE && transfer->description == NULL);
    refundry_free(transfer);
}

void test_transfers(void)
{
    refundry_new_transfer new = new_transfer(REFUNDRY_TRANSFER_PAYOUT, 400);
    const refundry_transfer *payout = NULL;
    int i;
    till till;

    till_open(&till, NULL);
    transfer(&till, REFUNDRY_TRANSFER_TOP_UP, 500);
    transfer(&till, REFUNDRY_TRANSFER_SETTLEMENT, -20);
    transfer(&till, REFUNDRY_TRANSFER_ADJUSTMENT, -100);
    CHECK(available(&till) == 400);
    new.id = "po_1";
    new.description = "Thursday";
    EXPECT(REFUNDRY_OK, refundry_transfer_create(till.book, &new, "out-1", &payout));
    CHECK(payout->payout_status == REFUNDRY_PAYOUT_IN_TRANSIT && available(&till) == 0);
    IS(payout->description, "Thursday");
    IS(payout->journal_entry_id, "je_4");
    refundry_free(payout);

    payout = NULL;
    new.id = NULL;
    new.amount = 1;
    EXPECT(REFUNDRY_BALANCE_INSUFFICIENT,
           refundry_transfer_create(till.book, &new, REFUNDRY_NO_KEY, &payout));
    CHECK(refundry_last_error(till.ledger)->fact == 0);
    new.amount = -1;
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_transfer_create(till.book, &new, REFUNDRY_NO_KEY, &payout));
    EXPECT(REFUNDRY_PAYOUT_NOT_THERE,
           refundry_payout_conclude(till.book, "po_1", REFUNDRY_PAYOUT_RETURNED,
                                    REFUNDRY_NO_KEY, &payout));
    CHECK(refundry_last_error(till.ledger)->fact == REFUNDRY_PAYOUT_IN_TRANSIT);
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_payout_conclude(till.book, "po_2", REFUNDRY_PAYOUT_FAILED, REFUNDRY_NO_KEY,
                                    &payout));
    EXPECT(REFUNDRY_OK, refundry_payout_conclude(till.book, "po_1", REFUNDRY_PAYOUT_PAID,
                                                 "paid-1", &payout));
    CHECK(payout->payout_status == REFUNDRY_PAYOUT_PAID);
    refundry_free(payout);
    EXPECT(REFUNDRY_OK, refundry_payout_conclude(till.book, "po_1", REFUNDRY_PAYOUT_RETURNED,
                                                 "returned-1", &payout));
    CHECK(payout->payout_status == REFUNDRY_PAYOUT_RETURNED && available(&till) == 400);
    refundry_free(payout);
    EXPECT(REFUNDRY_OK, refundry_transfer_get(till.book, "po_1", &payout));
    CHECK(payout->payout_status == REFUNDRY_PAYOUT_RETURNED && payout->amount == 400);
    refundry_free(payout);
    payout = NULL;
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_transfer_get(till.book, "po_2", &payout));

    /* A thousand of the largest amounts fit a balance; a few more do not. */
    for (i = 0; i < 1024; i++)
        transfer(&till, REFUNDRY_TRANSFER_TOP_UP, ((int64_t)1 << 53) - 1);
    new = new_transfer(REFUNDRY_TRANSFER_TOP_UP, ((int64_t)1 << 53) - 1);
    EXPECT(REFUNDRY_BALANCE_OUT_OF_RANGE,
           refundry_transfer_create(till.book, &new, REFUNDRY_NO_KEY, &payout));
    CHECK(payout == NULL);
    till_close(&till);
}
