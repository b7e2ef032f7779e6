/* Amounts as people write them, names, and what may be freed. */

#include "check.h"

/* An amount as text; the next call writes over it. */
static const char *written(till *till, const char *currency, int64_t amount)
{
    static char text[REFUNDRY_AMOUNT_SIZE];

    EXPECT(REFUNDRY_OK,
           refundry_format_amount(till->ledger, currency, amount, text, sizeof text));
    return text;
}

static void test_writing(till *till)
{
    char text[REFUNDRY_AMOUNT_SIZE];
    const int64_t lowest = -((int64_t)1 << 62) - ((int64_t)1 << 62);

    IS(written(till, "EGP", 22604), "226.04");
    IS(written(till, "EGP", -5), "-0.05");
    IS(written(till, "JPY", 22604), "22604");
    IS(written(till, "KWD", 22604), "22.604");
    IS(written(till, "CLF", 1), "0.0001");
    IS(written(till, "BYR", 22604), "22604");
    IS(written(till, "LTL", 22604), "226.04");
    /* More than a long has on a machine of 32 bits. */
    IS(written(till, "EGP", (int64_t)30000 * 100000), "30000000.00");
    IS(written(till, "EGP", lowest), "-92233720368547758.08");

    EXPECT(REFUNDRY_OK, refundry_format_number(lowest, text, sizeof text));
    IS(text, "-9223372036854775808");
    EXPECT(REFUNDRY_OK, refundry_format_number((int64_t)30000 * 100000, text, sizeof text));
    IS(text, "3000000000");

    /* The room that is needed does not depend on the amount. */
    BAD(refundry_format_amount(till->ledger, "EGP", 1, text, sizeof text - 1));
    IS(refundry_last_error(till->ledger)->param, "size");
    BAD(refundry_format_amount(till->ledger, "EGP", 1, NULL, sizeof text));
    BAD(refundry_format_amount(till->ledger, NULL, 1, text, sizeof text));
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_format_amount(till->ledger, "XAU", 1, text, sizeof text));
    BAD(refundry_format_amount(NULL, "EGP", 1, text, sizeof text));
    BAD(refundry_format_number(1, text, 4));
    BAD(refundry_format_number(1, NULL, sizeof text));
    IS(text, "3000000000");
}

static void test_reading(till *till)
{
    static const char *const wrong[] = {"",    ".5",   "5.",     "5.555", "-1",   "+1", " 1",
                                        "1 ",  "1,00", "1e3",    "007",   "0x10", "1.-5"};
    int64_t amount = 77;
    size_t i;

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        EXPECT(REFUNDRY_PARAMETER_INVALID,
               refundry_parse_amount(till->ledger, "EGP", wrong[i], &amount));
    IS(refundry_last_error(till->ledger)->param, "amount");
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_parse_amount(till->ledger, "JPY", "1.0", &amount));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_parse_amount(till->ledger, "egp", "1", &amount));
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_parse_amount(till->ledger, "EGP", "0.00", &amount));
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_parse_amount(till->ledger, "EGP", "90071992547409.92", &amount));
    BAD(refundry_parse_amount(till->ledger, "EGP", NULL, &amount));
    BAD(refundry_parse_amount(till->ledger, "EGP", "1", NULL));
    BAD(refundry_parse_amount(NULL, "EGP", "1", &amount));
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_parse_signed_amount(till->ledger, "EGP", "+1", &amount));
    BAD(refundry_parse_signed_amount(NULL, "EGP", "1", &amount));
    CHECK(amount == 77);

    EXPECT(REFUNDRY_OK, refundry_parse_amount(till->ledger, "EGP", "226.04", &amount));
    CHECK(amount == 22604);
    EXPECT(REFUNDRY_OK, refundry_parse_amount(till->ledger, "EGP", "3.5", &amount));
    CHECK(amount == 350);
    EXPECT(REFUNDRY_OK, refundry_parse_amount(till->ledger, "KWD", "3.5", &amount));
    CHECK(amount == 3500);
    EXPECT(REFUNDRY_OK, refundry_parse_signed_amount(till->ledger, "EGP", "-3.5", &amount));
    CHECK(amount == -350);
    EXPECT(REFUNDRY_OK, refundry_parse_signed_amount(till->ledger, "EGP", "3.5", &amount));
    CHECK(amount == 350);
}

void test_amounts(void)
{
    till till;

    till_open(&till, NULL);
    test_writing(&till);
    test_reading(&till);
    till_close(&till);
}

void test_number_names(void)
{
    IS(refundry_cause_name(REFUNDRY_CAUSE_REFUND_FAILURE), "refund_failure");
    IS(refundry_account_name(REFUNDRY_ACCOUNT_PAYOUT_TRANSIT), "payout_transit");
    IS(refundry_reason_name(REFUNDRY_REASON_REQUESTED_BY_CUSTOMER), "requested_by_customer");
    IS(refundry_reason_name(REFUNDRY_REASON_NONE), "none");
    IS(refundry_charge_status_name(REFUNDRY_CHARGE_CANCELED), "canceled");
    IS(refundry_refund_status_name(REFUNDRY_REFUND_FAILED), "failed");
    IS(refundry_transfer_name(REFUNDRY_TRANSFER_ADJUSTMENT), "adjustment");
    IS(refundry_payout_status_name(REFUNDRY_PAYOUT_RETURNED), "returned");
    IS(refundry_payout_status_name(REFUNDRY_PAYOUT_NONE), "none");
    IS(refundry_line_name(REFUNDRY_LINE_PAYOUT_FAILURE), "payout_failure");
    IS(refundry_operation_name(REFUNDRY_OPERATION_CHARGE_CONCLUSION), "charge_conclusion");
    IS(refundry_cause_name(0), "unknown");
    IS(refundry_cause_name(17), "unknown");
    IS(refundry_reason_name(-1), "unknown");
    IS(refundry_account_name(0x7fffffff), "unknown");
}

void test_heads(void)
{
    const refundry_head *head = NULL;
    const refundry_head *read = NULL;
    char text[100];
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 1000, 0);
    EXPECT(REFUNDRY_OK, refundry_book_head(till.book, &head));
    EXPECT(REFUNDRY_OK, refundry_head_parse(head->text, &read));
    CHECK(read->seq == 1 && strlen(read->hash) == 64);
    IS(read->text, head->text);
    IS(read->hash, head->hash);
    IS(read->text + 2, read->hash);
    refundry_free(read);
    read = NULL;
    sprintf(text, "%.80s\n", head->text);
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_head_parse(text, &read));
    IS(refundry_last_error(NULL)->param, "head");
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_head_parse("", &read));
    BAD(refundry_head_parse(NULL, &read));
    BAD(refundry_head_parse(head->text, NULL));
    CHECK(read == NULL);
    refundry_free(head);
    till_close(&till);
}

/* What is not an object of ours is told, and left alone. */
void test_free(void)
{
    const refundry_charge_list *charges = NULL;
    const refundry_charge *charge = NULL;
    int mine = 0;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 1000, 0);
    EXPECT(REFUNDRY_OK, refundry_charges(till.book, NULL, 10, NULL, &charges));
    BAD(refundry_free(till.ledger));
    IS(refundry_last_error(NULL)->param, "object");
    BAD(refundry_free(till.book));
    BAD(refundry_free(charges->data));
    BAD(refundry_free(charges->data[0]));
    BAD(refundry_free(charges->data[0]->id));
    BAD(refundry_free((const char *)charges + 1));
    BAD(refundry_free("a text"));
    BAD(refundry_free(&mine));
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_charge_get(till.book, "ch_2", &charge));
    BAD(refundry_free(refundry_last_error(till.ledger)));
    IS(refundry_last_error(till.ledger)->param, "id");
    EXPECT(REFUNDRY_OK, refundry_free(NULL));
    IS(charges->data[0]->id, "ch_1");
    EXPECT(REFUNDRY_OK, refundry_free(charges));
    BAD(refundry_free(charges));
    till_close(&till);
}
