/* Arguments that no call can work with, and structs of other sizes. */

#include "check.h"

void test_versions(void)
{
    int32_t status;

    IS(refundry_version(), REFUNDRY_VERSION);
    CHECK(refundry_version_number() == REFUNDRY_VERSION_NUMBER);
    IS(refundry_status_str(REFUNDRY_OK), "it was done");
    IS(refundry_status_code(REFUNDRY_CHARGE_ALREADY_REFUNDED), "charge_already_refunded");
    for (status = -2; status < 1100; status++) {
        CHECK(refundry_status_str(status) != NULL && refundry_status_str(status)[0] != '\0');
        CHECK(refundry_status_code(status) != NULL && refundry_status_code(status)[0] != '\0');
    }
    IS(refundry_status_code(-1), "unknown");
    IS(refundry_errmsg(NULL), "no call has failed");
    CHECK(refundry_last_error(NULL) == NULL);
}

/* Without a handle there is no place for the result, and the error is the thread's. */
static void test_null_handles(void)
{
    refundry_ledger *ledger = NULL;
    refundry_book *book = NULL;
    refundry_new_charge charge = new_charge(NULL, 1, 0);
    refundry_refund_request request = refund_of_charge("ch_1");
    refundry_new_transfer transfer = new_transfer(REFUNDRY_TRANSFER_PAYOUT, 1);
    refundry_new_merchant merchant;
    refundry_limit limit;
    const void *out = NULL;
    uint64_t count = 77;
    uint32_t exponent = 77;

    memset(&merchant, 0, sizeof merchant);
    memset(&limit, 0, sizeof limit);
    BAD(refundry_merchant_create(ledger, &merchant, (const refundry_merchant **)&out));
    BAD(refundry_merchants(ledger, (const refundry_merchant_list **)&out));
    BAD(refundry_authenticate(ledger, "key", (const refundry_merchant **)&out));
    BAD(refundry_book_open(ledger, "acct_1", &book));
    BAD(refundry_release_due(ledger, 0, &count));
    BAD(refundry_confirm_time(ledger, 0));
    BAD(refundry_exponent(ledger, "EGP", &exponent));
    BAD(refundry_prune_idempotency_keys(ledger, 0, &count));
    BAD(refundry_import(ledger, "", 0, NULL, NULL, (const refundry_import_report **)&out));
    BAD(refundry_import_file(ledger, "x", NULL, NULL, (const refundry_import_report **)&out));
    BAD(refundry_verify(ledger, NULL, 0, NULL, NULL, (const refundry_verify_report **)&out));
    BAD(refundry_backup(ledger, "x", NULL, NULL));
    BAD(refundry_unique_references_require(book, 1));
    BAD(refundry_totals(book, "0:", NULL, (const refundry_totals_report **)&out));
    BAD(refundry_batch_begin(ledger));
    BAD(refundry_batch_commit(ledger));
    BAD(refundry_batch_roll_back(ledger));
    IS(refundry_last_error(NULL)->param, "ledger");

    BAD(refundry_book_release_due(book, 0, &count));
    BAD(refundry_book_merchant(book, (const refundry_merchant **)&out));
    BAD(refundry_limit_set(book, &limit));
    BAD(refundry_key_issue(book, (const refundry_issued_key **)&out));
    BAD(refundry_key_revoke(book, "key_1"));
    BAD(refundry_keys(book, (const refundry_key_list **)&out));
    BAD(refundry_payment_intent_create(book, NULL, 1, "EGP",
                                       (const refundry_payment_intent **)&out));
    BAD(refundry_payment_intent_get(book, "pi_1", (const refundry_payment_intent **)&out));
    BAD(refundry_payment_intents(book, 1, NULL, (const refundry_payment_intent_list **)&out));
    BAD(refundry_charge_create(book, &charge, REFUNDRY_NO_KEY, (const refundry_charge **)&out));
    BAD(refundry_charge_succeed(book, "ch_1", 1, 0, 0, REFUNDRY_NO_KEY,
                                (const refundry_charge **)&out));
    BAD(refundry_charge_fail(book, "ch_1", REFUNDRY_NO_KEY, (const refundry_charge **)&out));
    BAD(refundry_charge_cancel(book, "ch_1", REFUNDRY_NO_KEY, (const refundry_charge **)&out));
    BAD(refundry_charge_get(book, "ch_1", (const refundry_charge **)&out));
    BAD(refundry_charges(book, NULL, 1, NULL, (const refundry_charge_list **)&out));
    BAD(refundry_refund_create(book, &request, 1, REFUNDRY_NO_KEY,
                               (const refundry_refund **)&out));
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY,
                                    (const refundry_refund **)&out));
    BAD(refundry_refund_fail(book, "re_1", REFUNDRY_NO_KEY, (const refundry_refund **)&out));
    BAD(refundry_refund_get(book, "re_1", (const refundry_refund **)&out));
    BAD(refundry_refunds(book, NULL, 1, NULL, (const refundry_refund_list **)&out));
    BAD(refundry_transfer_create(book, &transfer, REFUNDRY_NO_KEY,
                                 (const refundry_transfer **)&out));
    BAD(refundry_payout_conclude(book, "po_1", REFUNDRY_PAYOUT_PAID, REFUNDRY_NO_KEY,
                                 (const refundry_transfer **)&out));
    BAD(refundry_transfer_get(book, "po_1", (const refundry_transfer **)&out));
    BAD(refundry_transfers(book, NULL, 1, NULL, (const refundry_transfer_list **)&out));
    BAD(refundry_balances(book, (const refundry_balance_list **)&out));
    BAD(refundry_balances_after(book, 1, (const refundry_balance_list **)&out));
    BAD(refundry_balances_at(book, 1, (const refundry_balance_list **)&out));
    BAD(refundry_balance_transaction_get(book, "bt_1",
                                         (const refundry_balance_transaction **)&out));
    BAD(refundry_balance_transactions(book, NULL, 1, NULL,
                                      (const refundry_balance_transaction_list **)&out));
    BAD(refundry_journal_entry_get(book, "je_1", (const refundry_journal_entry **)&out));
    BAD(refundry_journal_entries_after(book, NULL, 1,
                                       (const refundry_journal_entry_list **)&out));
    BAD(refundry_event_get(book, "evt_1", (const refundry_event **)&out));
    BAD(refundry_events(book, NULL, 1, NULL, NULL, (const refundry_event_list **)&out));
    BAD(refundry_events_after(book, NULL, 1, (const refundry_event_list **)&out));
    BAD(refundry_book_head(book, (const refundry_head **)&out));
    BAD(refundry_find_by_key(book, REFUNDRY_OPERATION_REFUND, "k",
                             (const refundry_key_record **)&out));
    IS(refundry_last_error(NULL)->param, "book");
    IS(refundry_errmsg(NULL), "book must not be NULL; nothing was changed; correct the call");

    CHECK(out == NULL && book == NULL && count == 77 && exponent == 77);
    refundry_free(NULL);
    refundry_close(NULL);
    refundry_book_close(NULL);
}

/* With a handle, every other pointer that must be there. */
static void test_null_arguments(till *till)
{
    refundry_ledger *ledger = till->ledger;
    refundry_book *book = till->book;
    refundry_book *other = NULL;
    refundry_new_charge charge = new_charge(NULL, 1, 0);
    refundry_refund_request request = refund_of_charge("ch_1");
    refundry_new_transfer transfer = new_transfer(REFUNDRY_TRANSFER_PAYOUT, 1);
    const refundry_merchant *merchant = NULL;
    const refundry_charge *sold = NULL;
    const refundry_refund *refund = NULL;
    const refundry_transfer *moved = NULL;
    const refundry_key_record *record = NULL;
    const refundry_import_report *import = NULL;
    const refundry_verify_report *verified = NULL;
    const refundry_journal_entry *entry = NULL;
    refundry_kept_head kept;

    memset(&kept, 0, sizeof kept);
    BAD(refundry_merchant_create(ledger, NULL, &merchant));
    BAD(refundry_merchants(ledger, NULL));
    IS(refundry_last_error(ledger)->param, "the last argument");
    BAD(refundry_authenticate(ledger, NULL, &merchant));
    IS(refundry_last_error(ledger)->param, "api_key");
    BAD(refundry_book_open(ledger, NULL, &other));
    BAD(refundry_book_open(ledger, "acct_1", NULL));
    BAD(refundry_release_due(ledger, 0, NULL));
    BAD(refundry_book_release_due(book, 0, NULL));
    BAD(refundry_exponent(ledger, "EGP", NULL));
    BAD(refundry_import(ledger, NULL, 1, NULL, NULL, &import));
    BAD(refundry_import_file(ledger, NULL, NULL, NULL, &import));
    BAD(refundry_verify(ledger, NULL, 1, NULL, NULL, &verified));
    BAD(refundry_verify(ledger, &kept, 1, NULL, NULL, &verified));
    BAD(refundry_backup(ledger, NULL, NULL, NULL));
    BAD(refundry_limit_set(book, NULL));
    BAD(refundry_key_revoke(book, NULL));
    BAD(refundry_charge_create(book, NULL, REFUNDRY_NO_KEY, &sold));
    BAD(refundry_charge_create(book, &charge, NULL, &sold));
    IS(refundry_last_error(ledger)->param, "key");
    BAD(refundry_charge_create(book, &charge, REFUNDRY_NO_KEY, NULL));
    CHECK(head_of(till) == 0);
    charge.currency = NULL;
    BAD(refundry_charge_create(book, &charge, REFUNDRY_NO_KEY, &sold));
    BAD(refundry_charge_succeed(book, NULL, 1, 0, 0, REFUNDRY_NO_KEY, &sold));
    BAD(refundry_charge_succeed(book, "ch_1", 1, 0, 0, NULL, &sold));
    BAD(refundry_charge_fail(book, NULL, REFUNDRY_NO_KEY, &sold));
    BAD(refundry_charge_cancel(book, "ch_1", NULL, &sold));
    BAD(refundry_refund_create(book, NULL, 1, REFUNDRY_NO_KEY, &refund));
    BAD(refundry_refund_create(book, &request, 1, NULL, &refund));
    BAD(refundry_refund_create(book, &request, 1, REFUNDRY_NO_KEY, NULL));
    BAD(refundry_refund_create_full(book, NULL, REFUNDRY_NO_KEY, &refund));
    BAD(refundry_refund_create_full(book, &request, NULL, &refund));
    BAD(refundry_refund_fail(book, NULL, REFUNDRY_NO_KEY, &refund));
    BAD(refundry_refund_get(book, NULL, &refund));
    BAD(refundry_transfer_create(book, NULL, REFUNDRY_NO_KEY, &moved));
    BAD(refundry_transfer_create(book, &transfer, NULL, &moved));
    BAD(refundry_payout_conclude(book, NULL, REFUNDRY_PAYOUT_PAID, REFUNDRY_NO_KEY, &moved));
    BAD(refundry_journal_entry_get(book, NULL, &entry));
    BAD(refundry_find_by_key(book, REFUNDRY_OPERATION_REFUND, NULL, &record));
    BAD(refundry_find_by_key(book, REFUNDRY_OPERATION_REFUND, REFUNDRY_NO_KEY, &record));
    CHECK(merchant == NULL && sold == NULL && refund == NULL && moved == NULL && record == NULL);
    CHECK(import == NULL && verified == NULL && entry == NULL && other == NULL);
}

/* Numbers that are none of the constants, and texts that are not UTF-8. */
static void test_wrong_values(till *till)
{
    refundry_book *book = till->book;
    refundry_new_charge charge = new_charge("ch_1", 1, 0);
    refundry_refund_request request = refund_of_charge("ch_1");
    refundry_new_transfer transfer = new_transfer(0, 1);
    refundry_pair pairs[2];
    const refundry_charge *sold = NULL;
    const refundry_refund *refund = NULL;
    const refundry_transfer *moved = NULL;
    const refundry_key_record *record = NULL;
    const char *not_utf8 = "caf\xe9";

    charge.status = 0;
    BAD(refundry_charge_create(book, &charge, REFUNDRY_NO_KEY, &sold));
    charge.status = 5;
    BAD(refundry_charge_create(book, &charge, REFUNDRY_NO_KEY, &sold));
    request.reason = 4;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    request.reason = -1;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    IS(refundry_last_error(till->ledger)->param, "reason");
    BAD(refundry_transfer_create(book, &transfer, REFUNDRY_NO_KEY, &moved));
    BAD(refundry_payout_conclude(book, "po_1", REFUNDRY_PAYOUT_IN_TRANSIT, REFUNDRY_NO_KEY,
                                 &moved));
    BAD(refundry_find_by_key(book, 0, "k", &record));
    BAD(refundry_find_by_key(book, 13, "k", &record));

    BAD(refundry_charge_get(book, not_utf8, &sold));
    IS(refundry_errmsg(till->ledger), "id must be UTF-8; nothing was changed; correct the call");
    request.reason = REFUNDRY_REASON_NONE;
    request.description = not_utf8;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    request.description = NULL;

    request.metadata_count = 1;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    pairs[0].key = pairs[1].key = "till";
    pairs[0].value = "7";
    pairs[1].value = NULL;
    request.metadata = pairs;
    request.metadata_count = 2;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    pairs[1].value = "8";
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));
    IS(refundry_last_error(till->ledger)->param, "metadata");
    request.metadata_count = (size_t)-1;
    BAD(refundry_refund_create_full(book, &request, REFUNDRY_NO_KEY, &refund));

    /* A key of other bytes is the ledger's to refuse; no key may look like REFUNDRY_NO_KEY. */
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_charge_fail(book, "ch_1", not_utf8, &sold));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_charge_fail(book, "ch_1", "", &sold));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_charge_fail(book, "ch_1", "a key", &sold));
    IS(refundry_last_error(till->ledger)->param, "key");
    IS(refundry_errmsg(till->ledger), "key must be 1 to 255 visible ASCII characters; nothing was "
                                      "changed; correct it and ask again");
    CHECK(sold == NULL && refund == NULL && moved == NULL && record == NULL);
    CHECK(head_of(till) == 0);
}

void test_arguments(void)
{
    till till;

    till_open(&till, NULL);
    CHECK(refundry_last_error(till.ledger) == NULL);
    test_null_handles();
    CHECK(refundry_last_error(till.ledger) == NULL);
    test_null_arguments(&till);
    test_wrong_values(&till);
    till_close(&till);
}

/* Programs that were compiled with an older or newer header. */
void test_structs(void)
{
    struct {
        refundry_new_charge known;
        int64_t appended;
    } newer;
    refundry_new_charge sale = new_charge("ch_2", 100, 0);
    const refundry_charge *charge = NULL;
    int64_t words[sizeof sale / sizeof(int64_t) + 2];
    char *bytes = (char *)words;
    till till;

    till_open(&till, NULL);
    memset(&newer, 0, sizeof newer);
    newer.known = new_charge("ch_1", 100, 0);
    newer.known.struct_size = sizeof newer;
    newer.appended = 1;
    BAD(refundry_charge_create(till.book, &newer.known, REFUNDRY_NO_KEY, &charge));
    IS(refundry_last_error(till.ledger)->param, "new_charge");
    newer.appended = 0;
    EXPECT(REFUNDRY_OK,
           refundry_charge_create(till.book, &newer.known, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);

    charge = NULL;
    sale.struct_size = 0;
    BAD(refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    sale.struct_size = sizeof sale - 1;
    BAD(refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    sale.struct_size = 0xffffffffu;
    BAD(refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    sale.struct_size = sizeof sale;
    memcpy(bytes + 1, &sale, sizeof sale);
    BAD(refundry_charge_create(till.book, (const refundry_new_charge *)(void *)(bytes + 1),
                               REFUNDRY_NO_KEY, &charge));
    CHECK(charge == NULL);
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    till_close(&till);
}
