/* Lists and what they are read from: the statement and the journal. */

#include "check.h"

/* Reads all pages of a list that has three objects, two at a time. */
#define WALK(list_type, call, third, first)                                                     \
    do {                                                                                        \
        const list_type *page = NULL;                                                           \
        const char *after = NULL;                                                               \
        uint32_t limit = 2;                                                                     \
        EXPECT(REFUNDRY_OK, call);                                                              \
        CHECK(page->count == 2 && page->has_more);                                              \
        IS(page->data[0]->id, third);                                                           \
        {                                                                                       \
            const list_type *rest = page;                                                       \
            after = rest->data[1]->id;                                                          \
            page = NULL;                                                                        \
            EXPECT(REFUNDRY_OK, call);                                                          \
            CHECK(page->count == 1 && !page->has_more);                                         \
            IS(page->data[0]->id, first);                                                       \
            refundry_free(rest);                                                                \
        }                                                                                       \
        refundry_free(page);                                                                    \
        page = NULL;                                                                            \
        after = "no_such_id";                                                                   \
        EXPECT(REFUNDRY_PARAMETER_INVALID, call);                                               \
        IS(refundry_last_error(till.ledger)->param, "startingAfter");                           \
        after = NULL;                                                                           \
        limit = 101;                                                                            \
        EXPECT(REFUNDRY_PARAMETER_INVALID, call);                                               \
        limit = 0;                                                                              \
        EXPECT(REFUNDRY_PARAMETER_INVALID, call);                                               \
        IS(refundry_last_error(till.ledger)->param, "limit");                                   \
        CHECK(page == NULL);                                                                    \
    } while (0)

static void fill(till *till)
{
    static const char *const intents[] = {"pi_1", "pi_2", "pi_3"};
    static const char *const charges[] = {"ch_1", "ch_2", "ch_3"};
    static const char *const top_ups[] = {"tu_1", "tu_2", "tu_3"};
    refundry_new_charge sale;
    refundry_new_transfer top_up;
    const refundry_payment_intent *intent = NULL;
    const refundry_charge *charge = NULL;
    const refundry_transfer *transfer = NULL;
    int i;

    for (i = 0; i < 3; i++) {
        EXPECT(REFUNDRY_OK,
               refundry_payment_intent_create(till->book, intents[i], 100, "EGP", &intent));
        refundry_free(intent);
        sale = new_charge(charges[i], 100, 10);
        sale.payment_intent_id = intents[i];
        EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
        refundry_free(charge);
        top_up = new_transfer(REFUNDRY_TRANSFER_TOP_UP, 5);
        top_up.id = top_ups[i];
        EXPECT(REFUNDRY_OK,
               refundry_transfer_create(till->book, &top_up, REFUNDRY_NO_KEY, &transfer));
        refundry_free(transfer);
    }
}

static void test_refund_lists(till till)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_refund *refunds[3];
    const refundry_refund_list *list = NULL;
    refundry_refund_filter filter = {0};
    int i;

    for (i = 0; i < 3; i++) {
        if (i == 2)
            request = refund_of_intent("pi_2");
        EXPECT(REFUNDRY_OK, refundry_refund_create(till.book, &request, 10 + i, REFUNDRY_NO_KEY,
                                                   &refunds[i]));
    }
    IS(refunds[2]->charge_id, "ch_2");
    IS(refunds[2]->payment_intent_id, "pi_2");
    WALK(refundry_refund_list, refundry_refunds(till.book, NULL, limit, after, &page),
         refunds[2]->id, refunds[0]->id);
    filter.struct_size = sizeof filter;
    filter.charge_id = "ch_1";
    EXPECT(REFUNDRY_OK, refundry_refunds(till.book, &filter, 100, NULL, &list));
    CHECK(list->count == 2 && list->data[0]->amount == 11 && list->data[1]->amount == 10);
    refundry_free(list);
    filter.charge_id = NULL;
    filter.payment_intent_id = "pi_2";
    EXPECT(REFUNDRY_OK, refundry_refunds(till.book, &filter, 100, NULL, &list));
    CHECK(list->count == 1 && list->data[0]->amount == 12);
    refundry_free(list);
    filter.payment_intent_id = NULL;
    filter.charge_id = "ch_0";
    EXPECT(REFUNDRY_OK, refundry_refunds(till.book, &filter, 100, NULL, &list));
    CHECK(list->count == 0 && list->data == NULL && !list->has_more);
    refundry_free(list);
    for (i = 0; i < 3; i++)
        refundry_free(refunds[i]);
}

static void test_filters(till till)
{
    refundry_charge_filter sales = {0};
    refundry_transfer_filter moved = {0};
    refundry_statement_filter about = {0};
    refundry_refund_filter given_back = {0};
    refundry_pair pair = {"shelf", "12"};
    const refundry_charge_list *charges = NULL;
    const refundry_transfer_list *transfers = NULL;
    const refundry_balance_transaction_list *lines = NULL;
    const refundry_refund_list *refunds = NULL;

    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_charges(till.book, &sales, 100, NULL, &charges));
    sales.struct_size = sizeof sales;
    sales.status = REFUNDRY_CHARGE_SUCCEEDED;
    sales.payment_intent_id = "pi_2";
    sales.from = NEW_YEAR;
    EXPECT(REFUNDRY_OK, refundry_charges(till.book, &sales, 100, NULL, &charges));
    CHECK(charges->count == 1);
    IS(charges->data[0]->id, "ch_2");
    refundry_free(charges);
    sales.to = NEW_YEAR;
    EXPECT(REFUNDRY_OK, refundry_charges(till.book, &sales, 100, NULL, &charges));
    CHECK(charges->count == 0);
    refundry_free(charges);
    sales.to = 0;
    sales.metadata = &pair;
    sales.metadata_count = 1;
    EXPECT(REFUNDRY_OK, refundry_charges(till.book, &sales, 100, NULL, &charges));
    CHECK(charges->count == 0);
    refundry_free(charges);
    charges = NULL;
    sales.status = 9;
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_charges(till.book, &sales, 100, NULL, &charges));

    moved.struct_size = sizeof moved;
    moved.kind = REFUNDRY_TRANSFER_TOP_UP;
    EXPECT(REFUNDRY_OK, refundry_transfers(till.book, &moved, 100, NULL, &transfers));
    CHECK(transfers->count == 3);
    refundry_free(transfers);
    moved.payout_status = REFUNDRY_PAYOUT_PAID;
    EXPECT(REFUNDRY_OK, refundry_transfers(till.book, &moved, 100, NULL, &transfers));
    CHECK(transfers->count == 0);
    refundry_free(transfers);
    transfers = NULL;
    moved.kind = 5;
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_transfers(till.book, &moved, 100, NULL, &transfers));

    about.struct_size = sizeof about;
    about.line_type = REFUNDRY_LINE_REFUND;
    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till.book, &about, 100, NULL, &lines));
    CHECK(lines->count == 3 && lines->data[2]->amount == -10);
    refundry_free(lines);
    about.to = NEW_YEAR;
    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till.book, &about, 100, NULL, &lines));
    CHECK(lines->count == 0);
    refundry_free(lines);
    lines = NULL;
    about.line_type = -1;
    EXPECT(REFUNDRY_BAD_ARGUMENT,
           refundry_balance_transactions(till.book, &about, 100, NULL, &lines));

    given_back.struct_size = sizeof given_back;
    given_back.status = REFUNDRY_REFUND_FAILED;
    EXPECT(REFUNDRY_OK, refundry_refunds(till.book, &given_back, 100, NULL, &refunds));
    CHECK(refunds->count == 0);
    refundry_free(refunds);
    refunds = NULL;
    given_back.status = 3;
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_refunds(till.book, &given_back, 100, NULL, &refunds));
}

void test_lists(void)
{
    const refundry_balance_transaction *line = NULL;
    const refundry_balance_transaction_list *lines = NULL;
    till till;

    till_open(&till, NULL);
    fill(&till);
    WALK(refundry_payment_intent_list,
         refundry_payment_intents(till.book, limit, after, &page), "pi_3", "pi_1");
    WALK(refundry_charge_list, refundry_charges(till.book, NULL, limit, after, &page), "ch_3", "ch_1");
    WALK(refundry_transfer_list, refundry_transfers(till.book, NULL, limit, after, &page), "tu_3",
         "tu_1");
    test_refund_lists(till);
    test_filters(till);

    EXPECT(REFUNDRY_OK, refundry_balance_transaction_get(till.book, "bt_1", &line));
    IS(line->id, "bt_1");
    IS(line->source, "ch_1");
    IS(line->currency, "EGP");
    CHECK(line->line_type == REFUNDRY_LINE_CHARGE && !line->is_available);
    CHECK(line->amount == 100 && line->fee == 10 && line->net == 90);
    CHECK(line->available_on == NEW_YEAR + 2 * DAY && line->created_at == NEW_YEAR);
    refundry_free(line);
    line = NULL;
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_balance_transaction_get(till.book, "bt_99", &line));
    EXPECT(REFUNDRY_OK, refundry_balance_transactions(till.book, NULL, 3, NULL, &lines));
    CHECK(lines->count == 3 && lines->has_more);
    CHECK(lines->data[0]->line_type == REFUNDRY_LINE_REFUND && lines->data[0]->net == -12);
    CHECK(lines->data[0]->is_available);
    refundry_free(lines);
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_balance_transactions(till.book, NULL, 3, "bt_99", &lines));
    till_close(&till);
}

static void test_entries(till *till)
{
    const refundry_journal_entry *entry = NULL;
    const refundry_journal_entry_list *entries = NULL;
    const refundry_head *head = NULL;
    char text[80];

    EXPECT(REFUNDRY_OK, refundry_journal_entry_get(till->book, "je_2", &entry));
    IS(entry->id, "je_2");
    IS(entry->reverses, "je_1");
    CHECK(entry->seq == 2 && entry->cause == REFUNDRY_CAUSE_REFUND);
    CHECK(strncmp(entry->source, "re_", 3) == 0 && strlen(entry->hash) == 64);
    CHECK(entry->effective_at == NEW_YEAR + DAY && entry->recorded_at == NEW_YEAR + DAY);
    CHECK(entry->posting_count == 1 && entry->postings[0]->amount == 40);
    CHECK(entry->postings[0]->debit == REFUNDRY_ACCOUNT_AVAILABLE);
    CHECK(entry->postings[0]->credit == REFUNDRY_ACCOUNT_CLEARING);
    IS(entry->postings[0]->currency, "EGP");
    refundry_free(entry);
    entry = NULL;
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_journal_entry_get(till->book, "je_0", &entry));

    EXPECT(REFUNDRY_OK, refundry_journal_entries_after(till->book, NULL, 1, &entries));
    CHECK(entries->count == 1 && entries->data[0]->seq == 1);
    CHECK(entries->data[0]->posting_count == 2 && entries->data[0]->reverses == NULL);
    sprintf(text, "1:%s", entries->data[0]->hash);
    refundry_free(entries);
    EXPECT(REFUNDRY_OK, refundry_journal_entries_after(till->book, text, 0xffffffffu, &entries));
    CHECK(entries->count == 1 && entries->data[0]->seq == 2);
    refundry_free(entries);
    EXPECT(REFUNDRY_OK, refundry_book_head(till->book, &head));
    EXPECT(REFUNDRY_OK, refundry_journal_entries_after(till->book, head->text, 10, &entries));
    CHECK(entries->count == 0 && entries->data == NULL);
    refundry_free(entries);

    /* A head of another book, or of this one before it was restored from an older copy. */
    text[0] = '2';
    EXPECT(REFUNDRY_HEAD_UNKNOWN, refundry_journal_entries_after(till->book, text, 10, &entries));
    CHECK(strncmp(refundry_last_error(till->ledger)->id, "acct_", 5) == 0);
    text[0] = '3';
    EXPECT(REFUNDRY_HEAD_UNKNOWN, refundry_journal_entries_after(till->book, text, 10, &entries));
    CHECK(refundry_last_error(till->ledger)->has_fact && refundry_last_error(till->ledger)->fact == 2);
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_journal_entries_after(till->book, "2", 10, &entries));
    refundry_free(head);
}

static void test_totals(till *till, const char *morning)
{
    const refundry_totals_report *day = NULL;
    const refundry_totals_report *next = NULL;

    EXPECT(REFUNDRY_OK, refundry_totals(till->book, morning, NULL, &day));
    IS(day->from->text, morning);
    CHECK(day->to->seq == 2 && day->total_count == 2);
    IS(day->totals[0]->currency, "EGP");
    CHECK(day->totals[0]->cause == REFUNDRY_CAUSE_CHARGE && day->totals[0]->count == 1);
    CHECK(day->totals[0]->amount == 100 && day->totals[0]->fee == 10);
    CHECK(day->totals[1]->cause == REFUNDRY_CAUSE_REFUND && day->totals[1]->amount == -40);
    EXPECT(REFUNDRY_OK, refundry_totals(till->book, day->to->text, NULL, &next));
    CHECK(next->total_count == 0);
    refundry_free(next);
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_totals(till->book, day->to->text, morning, &next));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_totals(till->book, "noon", NULL, &next));
    refundry_free(day);
}

static void test_events(till *till)
{
    const refundry_event *event = NULL;
    const refundry_event_list *events = NULL, *others = NULL;

    EXPECT(REFUNDRY_OK, refundry_events_after(till->book, NULL, 10, &events));
    CHECK(events->count == 2);
    IS(events->data[0]->event_type, "charge.succeeded");
    IS(events->data[1]->event_type, "refund.succeeded");
    CHECK(strncmp(events->data[1]->object_id, "re_", 3) == 0);
    CHECK(events->data[1]->created_at == NEW_YEAR + DAY && events->data[1]->livemode == 0);
    CHECK(strstr(events->data[1]->json, "{\"object\":\"event\",\"id\":\"evt_") != NULL);
    CHECK(strstr(events->data[1]->json, events->data[1]->object_id) != NULL);

    EXPECT(REFUNDRY_OK, refundry_events_after(till->book, events->data[0]->id, 10, &others));
    CHECK(others->count == 1);
    IS(others->data[0]->id, events->data[1]->id);
    refundry_free(others);
    others = NULL;
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_events_after(till->book, "evt_1", 10, &others));

    EXPECT(REFUNDRY_OK, refundry_events(till->book, NULL, 1, NULL, NULL, &others));
    CHECK(others->count == 1 && others->has_more);
    IS(others->data[0]->id, events->data[1]->id);
    refundry_free(others);
    EXPECT(REFUNDRY_OK, refundry_events(till->book, "charge.succeeded", 10, NULL, NULL, &others));
    CHECK(others->count == 1 && !others->has_more);
    refundry_free(others);
    EXPECT(REFUNDRY_OK,
           refundry_events(till->book, NULL, 10, events->data[1]->id, NULL, &others));
    CHECK(others->count == 1);
    IS(others->data[0]->id, events->data[0]->id);
    refundry_free(others);
    EXPECT(REFUNDRY_OK,
           refundry_events(till->book, NULL, 10, NULL, events->data[0]->id, &others));
    CHECK(others->count == 1);
    IS(others->data[0]->id, events->data[1]->id);
    refundry_free(others);
    others = NULL;
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_events(till->book, "charge", 10, NULL, NULL, &others));

    EXPECT(REFUNDRY_OK, refundry_event_get(till->book, events->data[0]->id, &event));
    IS(event->json, events->data[0]->json);
    refundry_free(event);
    event = NULL;
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_event_get(till->book, "evt_1", &event));
    refundry_free(events);
}

void test_journal(void)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_refund *refund = NULL;
    const refundry_balance_list *balances = NULL;
    const refundry_head *head = NULL;
    const refundry_head *morning = NULL;
    till till;

    till_open(&till, NULL);
    EXPECT(REFUNDRY_OK, refundry_book_head(till.book, &head));
    CHECK(head->seq == 0 && strncmp(head->text, "0:", 2) == 0 && strlen(head->text) == 66);
    refundry_free(head);
    EXPECT(REFUNDRY_OK, refundry_book_head(till.book, &morning));
    EXPECT(REFUNDRY_OK, refundry_balances(till.book, &balances));
    CHECK(balances->count == 0);
    refundry_free(balances);

    sell(&till, "ch_1", 100, 10);
    till.now += DAY;
    EXPECT(REFUNDRY_OK,
           refundry_refund_create(till.book, &request, 40, REFUNDRY_NO_KEY, &refund));
    refundry_free(refund);
    test_entries(&till);
    test_totals(&till, morning->text);
    refundry_free(morning);
    test_events(&till);
    EXPECT(REFUNDRY_OK, refundry_balances(till.book, &balances));
    CHECK(balances->count == 1);
    IS(balances->data[0]->currency, "EGP");
    CHECK(balances->data[0]->pending == 90 && balances->data[0]->available == -40);
    CHECK(balances->data[0]->clearing == 60 && balances->data[0]->fees == 10);
    CHECK(balances->data[0]->bank == 0 && balances->data[0]->losses == 0);
    CHECK(balances->data[0]->payout_transit == 0);
    refundry_free(balances);
    EXPECT(REFUNDRY_OK, refundry_balances_after(till.book, 1, &balances));
    CHECK(balances->count == 1 && balances->data[0]->available == 0);
    refundry_free(balances);
    EXPECT(REFUNDRY_OK, refundry_balances_at(till.book, NEW_YEAR, &balances));
    CHECK(balances->count == 1 && balances->data[0]->available == 0);
    refundry_free(balances);
    EXPECT(REFUNDRY_OK, refundry_balances_at(till.book, NEW_YEAR + DAY, &balances));
    CHECK(balances->count == 1 && balances->data[0]->available == -40);
    refundry_free(balances);
    till_close(&till);
}
