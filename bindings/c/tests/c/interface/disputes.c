/* Disputes: opened, won and lost, and every reason to refuse them. */

#include "check.h"

static refundry_new_dispute new_dispute(const char *id, int64_t fee)
{
    refundry_new_dispute new;

    memset(&new, 0, sizeof new);
    new.struct_size = sizeof new;
    new.id = id;
    new.charge_id = "ch_1";
    new.fee = fee;
    return new;
}

static void open_and_win(till *till)
{
    refundry_new_dispute new = new_dispute("dp_1", 1500);
    const refundry_dispute *dispute = NULL;
    const refundry_charge *charge = NULL;
    const refundry_key_record *record = NULL;
    int replayed;

    new.reason = REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED;
    new.network_reference = "N-1";
    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_dispute_open(till->book, &new, 4000, "d", &dispute));
        IS(dispute->id, "dp_1");
        IS(dispute->charge_id, "ch_1");
        IS(dispute->currency, "EGP");
        IS(dispute->network_reference, "N-1");
        IS(dispute->balance_transaction_id, "bt_2");
        IS(dispute->journal_entry_id, "je_2");
        CHECK(dispute->payment_intent_id == NULL && dispute->created_at == NEW_YEAR);
        CHECK(dispute->amount == 4000 && dispute->fee == 1500);
        CHECK(dispute->status == REFUNDRY_DISPUTE_OPEN && !dispute->fee_returned);
        CHECK(dispute->reason == REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED);
        CHECK(dispute->replayed == replayed);
        refundry_free(dispute);
    }
    CHECK(available(till) == -5500);
    EXPECT(REFUNDRY_OK, refundry_charge_get(till->book, "ch_1", &charge));
    CHECK(charge->amount_disputed == 4000 && charge->amount_refunded == 0);
    refundry_free(charge);
    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_dispute_win(till->book, "dp_1",
                                                 REFUNDRY_DISPUTE_FEE_RETURNED, "w", &dispute));
        CHECK(dispute->status == REFUNDRY_DISPUTE_WON && dispute->fee_returned);
        CHECK(dispute->replayed == replayed);
        refundry_free(dispute);
    }
    CHECK(available(till) == 0);
    EXPECT(REFUNDRY_OK, refundry_find_by_key(till->book, REFUNDRY_OPERATION_DISPUTE, "d", &record));
    IS(record->id, "dp_1");
    refundry_free(record);
    EXPECT(REFUNDRY_OK,
           refundry_find_by_key(till->book, REFUNDRY_OPERATION_DISPUTE_OUTCOME, "w", &record));
    IS(record->id, "dp_1");
    refundry_free(record);
}

static void lose_and_keep(till *till)
{
    refundry_dispute_filter of_charge = {0};
    refundry_statement_filter about = {0};
    refundry_new_dispute new = new_dispute("dp_2", 15);
    const refundry_dispute *dispute = NULL;
    const refundry_dispute_list *disputes = NULL;
    const refundry_journal_entry *entry = NULL;
    const refundry_balance_transaction_list *lines = NULL;

    EXPECT(REFUNDRY_OK, refundry_dispute_open(till->book, &new, 100, REFUNDRY_NO_KEY, &dispute));
    CHECK(dispute->reason == REFUNDRY_DISPUTE_REASON_NONE && dispute->network_reference == NULL);
    refundry_free(dispute);
    EXPECT(REFUNDRY_OK, refundry_dispute_lose(till->book, "dp_2", "l", &dispute));
    CHECK(dispute->status == REFUNDRY_DISPUTE_LOST && !dispute->fee_returned);
    refundry_free(dispute);
    EXPECT(REFUNDRY_OK, refundry_journal_entry_get(till->book, "je_5", &entry));
    CHECK(entry->cause == REFUNDRY_CAUSE_DISPUTE_LOST && entry->posting_count == 0);
    refundry_free(entry);
    new = new_dispute("dp_3", 15);
    EXPECT(REFUNDRY_OK, refundry_dispute_open(till->book, &new, 100, REFUNDRY_NO_KEY, &dispute));
    refundry_free(dispute);
    EXPECT(REFUNDRY_OK, refundry_dispute_win(till->book, "dp_3", REFUNDRY_DISPUTE_FEE_KEPT,
                                             REFUNDRY_NO_KEY, &dispute));
    CHECK(!dispute->fee_returned);
    refundry_free(dispute);
    EXPECT(REFUNDRY_OK, refundry_dispute_get(till->book, "dp_3", &dispute));
    CHECK(dispute->status == REFUNDRY_DISPUTE_WON);
    refundry_free(dispute);
    about.struct_size = sizeof about;
    of_charge.struct_size = sizeof of_charge;
    of_charge.charge_id = "ch_1";
    EXPECT(REFUNDRY_OK, refundry_disputes(till->book, NULL, 2, NULL, &disputes));
    CHECK(disputes->count == 2 && disputes->has_more);
    IS(disputes->data[0]->id, "dp_3");
    refundry_free(disputes);
    EXPECT(REFUNDRY_OK, refundry_disputes(till->book, &of_charge, 100, "dp_2", &disputes));
    CHECK(disputes->count == 1);
    IS(disputes->data[0]->id, "dp_1");
    refundry_free(disputes);
    of_charge.charge_id = "ch_2";
    EXPECT(REFUNDRY_OK, refundry_disputes(till->book, &of_charge, 100, NULL, &disputes));
    CHECK(disputes->count == 0);
    refundry_free(disputes);
    of_charge.charge_id = NULL;
    of_charge.status = REFUNDRY_DISPUTE_WON;
    EXPECT(REFUNDRY_OK, refundry_disputes(till->book, &of_charge, 1, NULL, &disputes));
    CHECK(disputes->count == 1);
    IS(disputes->data[0]->id, "dp_3");
    refundry_free(disputes);
    of_charge.status = REFUNDRY_DISPUTE_OPEN;
    EXPECT(REFUNDRY_OK, refundry_disputes(till->book, &of_charge, 100, NULL, &disputes));
    CHECK(disputes->count == 0);
    refundry_free(disputes);
    disputes = NULL;
    of_charge.status = 4;
    EXPECT(REFUNDRY_BAD_ARGUMENT,
           refundry_disputes(till->book, &of_charge, 100, NULL, &disputes));
    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till->book, &about, 100, NULL, &lines));
    CHECK(lines->count == 6 && lines->data[0]->line_type == REFUNDRY_LINE_DISPUTE_REVERSAL);
    CHECK(lines->data[1]->line_type == REFUNDRY_LINE_DISPUTE && lines->data[1]->fee == 15);
    CHECK(lines->data[3]->fee == -1500 && lines->data[3]->net == 5500);
    refundry_free(lines);
    about.line_type = REFUNDRY_LINE_DISPUTE;
    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till->book, &about, 100, NULL, &lines));
    CHECK(lines->count == 3 && lines->data[0]->fee == 15);
    refundry_free(lines);
}

static void refuse(till *till)
{
    refundry_new_dispute new = new_dispute("dp_4", 0);
    refundry_refund_request request = refund_of_charge("ch_1");
    refundry_new_charge failed = new_charge("ch_failed", 100, 0);
    const refundry_dispute *dispute = NULL;
    const refundry_dispute_list *disputes = NULL;
    const refundry_charge *charge = NULL;
    const refundry_refund *refund = NULL;

    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_dispute_open(till->book, &new, 0, REFUNDRY_NO_KEY, &dispute));
    new.fee = -1;
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    new = new_dispute("re_4", 0);
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    new = new_dispute("dp_1", 0);
    EXPECT(REFUNDRY_RESOURCE_CONFLICT,
           refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    EXPECT(REFUNDRY_IDEMPOTENCY_KEY_REUSED,
           refundry_dispute_open(till->book, &new, 1, "d", &dispute));
    /* 22604, of which 100 were lost. */
    EXPECT(REFUNDRY_CHARGE_DISPUTED,
           refundry_dispute_open(till->book, &new, 22505, REFUNDRY_NO_KEY, &dispute));
    CHECK(refundry_last_error(till->ledger)->has_fact);
    CHECK(refundry_last_error(till->ledger)->fact == 22504);
    IS(refundry_last_error(till->ledger)->param, "chargeId");
    EXPECT(REFUNDRY_OK,
           refundry_refund_create_full(till->book, &request, REFUNDRY_NO_KEY, &refund));
    CHECK(refund->amount == 22504);
    refundry_free(refund);
    EXPECT(REFUNDRY_CHARGE_DISPUTED,
           refundry_refund_create_full(till->book, &request, REFUNDRY_NO_KEY, &refund));
    CHECK(refundry_last_error(till->ledger)->fact == 0);
    new.charge_id = "ch_0";
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    failed.status = REFUNDRY_CHARGE_FAILED;
    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &failed, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    new.charge_id = "ch_failed";
    EXPECT(REFUNDRY_CHARGE_NOT_SUCCEEDED,
           refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    EXPECT(REFUNDRY_DISPUTE_NOT_OPEN, refundry_dispute_win(till->book, "dp_2",
                                                           REFUNDRY_DISPUTE_FEE_KEPT,
                                                           REFUNDRY_NO_KEY, &dispute));
    CHECK(refundry_last_error(till->ledger)->fact == REFUNDRY_DISPUTE_LOST);
    EXPECT(REFUNDRY_DISPUTE_NOT_OPEN,
           refundry_dispute_lose(till->book, "dp_1", REFUNDRY_NO_KEY, &dispute));
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_dispute_lose(till->book, "dp_0", REFUNDRY_NO_KEY, &dispute));
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_dispute_get(till->book, "dp_0", &dispute));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_disputes(till->book, NULL, 0, NULL, &disputes));
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_disputes(till->book, NULL, 1, "dp_0", &disputes));
    CHECK(dispute == NULL && disputes == NULL);
}

static void misuse(till *till)
{
    refundry_new_dispute new = new_dispute(NULL, 0);
    const refundry_dispute *dispute = NULL;

    BAD(refundry_dispute_open(NULL, &new, 1, REFUNDRY_NO_KEY, &dispute));
    BAD(refundry_dispute_open(till->book, NULL, 1, REFUNDRY_NO_KEY, &dispute));
    BAD(refundry_dispute_open(till->book, &new, 1, NULL, &dispute));
    BAD(refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, NULL));
    new.reason = 9;
    BAD(refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    new.reason = -1;
    BAD(refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    new = new_dispute(NULL, 0);
    new.charge_id = NULL;
    BAD(refundry_dispute_open(till->book, &new, 1, REFUNDRY_NO_KEY, &dispute));
    BAD(refundry_dispute_win(till->book, "dp_1", 0, REFUNDRY_NO_KEY, &dispute));
    BAD(refundry_dispute_win(till->book, "dp_1", 3, REFUNDRY_NO_KEY, &dispute));
    BAD(refundry_dispute_win(till->book, NULL, REFUNDRY_DISPUTE_FEE_KEPT, REFUNDRY_NO_KEY,
                             &dispute));
    BAD(refundry_dispute_lose(till->book, "dp_1", NULL, &dispute));
    BAD(refundry_dispute_get(till->book, NULL, &dispute));
    BAD(refundry_disputes(till->book, NULL, 1, NULL, NULL));
    CHECK(dispute == NULL);
}

static void names(void)
{
    IS(refundry_dispute_status_name(REFUNDRY_DISPUTE_OPEN), "open");
    IS(refundry_dispute_status_name(REFUNDRY_DISPUTE_LOST), "lost");
    IS(refundry_dispute_status_name(0), "unknown");
    IS(refundry_dispute_reason_name(REFUNDRY_DISPUTE_REASON_NONE), "none");
    IS(refundry_dispute_reason_name(REFUNDRY_DISPUTE_REASON_CREDIT_NOT_PROCESSED),
       "credit_not_processed");
    IS(refundry_dispute_reason_name(REFUNDRY_DISPUTE_REASON_GENERAL), "general");
    IS(refundry_dispute_reason_name(9), "unknown");
    IS(refundry_cause_name(REFUNDRY_CAUSE_DISPUTE_LOST), "dispute_lost");
    IS(refundry_line_name(REFUNDRY_LINE_DISPUTE_REVERSAL), "dispute_reversal");
    IS(refundry_operation_name(REFUNDRY_OPERATION_DISPUTE_OUTCOME), "dispute_outcome");
}

void test_disputes(void)
{
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 22604, 912);
    open_and_win(&till);
    lose_and_keep(&till);
    refuse(&till);
    misuse(&till);
    names();
    till_close(&till);
}
