/* Hand-overs: a charge goes to another book and comes back, and every reason to refuse that. */

#include "check.h"

static const char *OTHER = "acct_desk";

/* Another book of the same ledger. */
static refundry_book *other_book(till *till, const char *id)
{
    const refundry_merchant *merchant = NULL;
    refundry_new_merchant new = {0};
    refundry_book *book = NULL;

    new.struct_size = sizeof new;
    new.id = id;
    new.name = "Service desk";
    EXPECT(REFUNDRY_OK, refundry_merchant_create(till->ledger, &new, &merchant));
    refundry_free(merchant);
    EXPECT(REFUNDRY_OK, refundry_book_open(till->ledger, id, &book));
    return book;
}

static void there_and_back(till *till, refundry_book *seller, refundry_book *desk)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_handover *given = NULL;
    const refundry_handover *taken = NULL;
    const refundry_handover *back = NULL;
    const refundry_refund *refund = NULL;
    const refundry_charge *charge = NULL;
    int replayed;

    EXPECT(REFUNDRY_OK, refundry_charge_hand_over(seller, "ch_1", OTHER, "h", &given));
    IS(given->charge_id, "ch_1");
    IS(given->currency, "EGP");
    IS(given->other_merchant_id, OTHER);
    IS(given->journal_entry_id, "je_2");
    CHECK(given->amount == 10000 && !given->replayed && given->created_at == NEW_YEAR);
    CHECK(given->direction == REFUNDRY_HANDOVER_HANDED_OVER);
    CHECK(strncmp(given->text, "rh1.", 4) == 0 && strlen(given->text) <= 700);
    CHECK(strlen(given->entry_hash) == 64);
    EXPECT(REFUNDRY_CHARGE_HANDED_OVER,
           refundry_refund_create(seller, &request, 1, REFUNDRY_NO_KEY, &refund));
    EXPECT(REFUNDRY_OK, refundry_charge_get(seller, "ch_1", &charge));
    CHECK(charge->amount_elsewhere == 10000 && charge->amount_refunded == 0);
    refundry_free(charge);

    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_charge_take_over(desk, given->text, &taken));
        IS(taken->id, given->id);
        IS(taken->entry_hash, given->entry_hash);
        CHECK(taken->replayed == replayed && taken->text == NULL);
        CHECK(taken->direction == REFUNDRY_HANDOVER_TAKEN_OVER);
        refundry_free(taken);
    }
    EXPECT(REFUNDRY_OK, refundry_refund_create(desk, &request, 4000, REFUNDRY_NO_KEY, &refund));
    refundry_free(refund);
    for (replayed = 0; replayed < 2; replayed++) {
        EXPECT(REFUNDRY_OK, refundry_handover_refuse(desk, given->text, &back));
        CHECK(back->amount == 6000 && back->replayed == replayed);
        if (replayed == 0)
            refundry_free(back);
    }
    EXPECT(REFUNDRY_OK, refundry_charge_take_over(seller, back->text, &taken));
    refundry_free(taken);
    EXPECT(REFUNDRY_HANDOVER_MISDIRECTED, refundry_charge_take_over(desk, back->text, &taken));
    EXPECT(REFUNDRY_OK, refundry_refund_create(seller, &request, 6000, REFUNDRY_NO_KEY, &refund));
    refundry_free(refund);
    EXPECT(REFUNDRY_CHARGE_HANDED_OVER,
           refundry_charge_hand_over(seller, "ch_1", OTHER, REFUNDRY_NO_KEY, &taken));
    CHECK(available(till) == -6000);
    refundry_free(back);
    refundry_free(given);
}

static void listed(refundry_book *seller)
{
    refundry_handover_filter filter = {0};
    const refundry_handover_list *handovers = NULL;
    const refundry_handover *handover = NULL;
    const refundry_key_record *record = NULL;

    filter.struct_size = sizeof filter;
    filter.charge_id = "ch_1";
    filter.direction = REFUNDRY_HANDOVER_HANDED_OVER;
    EXPECT(REFUNDRY_OK, refundry_handovers(seller, &filter, 10, NULL, &handovers));
    CHECK(handovers->count == 1 && handovers->data[0]->amount == 10000);
    EXPECT(REFUNDRY_OK, refundry_handover_get(seller, handovers->data[0]->id, &handover));
    IS(handover->text, handovers->data[0]->text);
    EXPECT(REFUNDRY_OK, refundry_find_by_key(seller, REFUNDRY_OPERATION_HANDOVER, "h", &record));
    IS(record->id, handover->id);
    refundry_free(record);
    refundry_free(handover);
    refundry_free(handovers);
    EXPECT(REFUNDRY_OK, refundry_handovers(seller, NULL, 10, NULL, &handovers));
    CHECK(handovers->count == 2 && !handovers->has_more);
    refundry_free(handovers);
    filter.direction = REFUNDRY_HANDOVER_TAKEN_OVER;
    EXPECT(REFUNDRY_OK, refundry_handovers(seller, &filter, 10, NULL, &handovers));
    CHECK(handovers->count == 1 && handovers->data[0]->text == NULL);
    refundry_free(handovers);
    filter.direction = 3;
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_handovers(seller, &filter, 10, NULL, &handovers));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_handovers(seller, NULL, 0, NULL, &handovers));
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_handover_get(seller, "ho_0", &handover));
}

static void refused(refundry_book *seller, refundry_book *desk)
{
    const refundry_handover *handover = NULL;
    const refundry_handover *given = NULL;
    const refundry_charge *charge = NULL;
    refundry_new_charge new = new_charge("ch_2", 70, 0);

    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_charge_hand_over(seller, "ch_1", "till", REFUNDRY_NO_KEY, &handover));
    EXPECT(REFUNDRY_RESOURCE_MISSING,
           refundry_charge_hand_over(seller, "ch_0", OTHER, REFUNDRY_NO_KEY, &handover));
    EXPECT(REFUNDRY_IDEMPOTENCY_KEY_REUSED,
           refundry_charge_hand_over(seller, "ch_2", OTHER, "h", &handover));
    EXPECT(REFUNDRY_BAD_ARGUMENT,
           refundry_charge_hand_over(seller, NULL, OTHER, REFUNDRY_NO_KEY, &handover));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_charge_take_over(desk, "rh1.AAAA", &handover));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_charge_take_over(desk, NULL, &handover));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_handover_refuse(desk, "", &handover));
    /* Both books have a charge of this id. */
    EXPECT(REFUNDRY_OK, refundry_charge_create(desk, &new, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    EXPECT(REFUNDRY_OK,
           refundry_charge_hand_over(seller, "ch_2", OTHER, REFUNDRY_NO_KEY, &given));
    EXPECT(REFUNDRY_HANDOVER_CONFLICT, refundry_charge_take_over(desk, given->text, &handover));
    refundry_free(given);
}

void test_handovers(void)
{
    till till;
    refundry_book *desk;

    till_open(&till, NULL);
    sell(&till, "ch_1", 10000, 0);
    desk = other_book(&till, OTHER);
    there_and_back(&till, till.book, desk);
    listed(till.book);
    sell(&till, "ch_2", 7000, 0);
    refused(till.book, desk);
    refundry_book_close(desk);
    till_close(&till);
}
