/* Merchants, their limits and their API keys. */

#include "check.h"

static refundry_limit limit_of(int32_t kind)
{
    refundry_limit limit;

    memset(&limit, 0, sizeof limit);
    limit.struct_size = sizeof limit;
    limit.kind = kind;
    return limit;
}

static void test_creation(till *till)
{
    refundry_limit limit = limit_of(REFUNDRY_LIMIT_EACH);
    refundry_new_merchant new_merchant;
    const refundry_merchant *merchant = NULL;
    const refundry_merchant_list *merchants = NULL;

    memset(&new_merchant, 0, sizeof new_merchant);
    new_merchant.struct_size = sizeof new_merchant;
    new_merchant.name = "Luxor Tea";
    new_merchant.live_mode = 1;
    limit.each = 5000;
    new_merchant.limit = &limit;
    EXPECT(REFUNDRY_OK, refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    IS(merchant->name, "Luxor Tea");
    CHECK(strncmp(merchant->id, "acct_", 5) == 0 && strlen(merchant->id) == 5 + 26);
    CHECK(merchant->live_mode == 1 && merchant->created_at == NEW_YEAR);
    CHECK(merchant->limit->kind == REFUNDRY_LIMIT_EACH && merchant->limit->each == 5000);
    refundry_free(merchant);

    EXPECT(REFUNDRY_OK, refundry_merchants(till->ledger, &merchants));
    CHECK(merchants->count == 2 && !merchants->has_more);
    CHECK(strcmp(merchants->data[0]->id, merchants->data[1]->id) < 0);
    refundry_free(merchants);

    merchant = NULL;
    new_merchant.id = "acct_1";
    EXPECT(REFUNDRY_RESOURCE_CONFLICT,
           refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    new_merchant.id = "shop";
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    new_merchant.id = NULL;
    new_merchant.live_mode = 2;
    BAD(refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    new_merchant.live_mode = 0;
    limit.kind = 0;
    BAD(refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    new_merchant.limit = NULL;
    new_merchant.name = NULL;
    BAD(refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    CHECK(merchant == NULL);
}

static void test_limits(till *till)
{
    refundry_limit limit = limit_of(REFUNDRY_LIMIT_PER_CURRENCY);
    refundry_currency_limit of[2];
    const refundry_merchant *merchant = NULL;

    EXPECT(REFUNDRY_OK, refundry_book_merchant(till->book, &merchant));
    IS(merchant->id, "acct_1");
    CHECK(merchant->limit->kind == REFUNDRY_LIMIT_NONE);
    refundry_free(merchant);

    of[0].currency = "EGP";
    of[0].limit = 0;
    of[1].currency = "KWD";
    of[1].limit = 7;
    limit.per_currency = of;
    limit.per_currency_count = 2;
    EXPECT(REFUNDRY_OK, refundry_limit_set(till->book, &limit));
    EXPECT(REFUNDRY_OK, refundry_book_merchant(till->book, &merchant));
    CHECK(merchant->limit->kind == REFUNDRY_LIMIT_PER_CURRENCY);
    CHECK(merchant->limit->per_currency_count == 2);
    IS(merchant->limit->per_currency[1].currency, "KWD");
    CHECK(merchant->limit->per_currency[1].limit == 7);
    /* What was read can be set again. */
    EXPECT(REFUNDRY_OK, refundry_limit_set(till->book, merchant->limit));
    refundry_free(merchant);

    of[1].currency = "EGP";
    BAD(refundry_limit_set(till->book, &limit));
    of[1].currency = "XAU";
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_limit_set(till->book, &limit));
    limit.per_currency = NULL;
    BAD(refundry_limit_set(till->book, &limit));
    limit.kind = 4;
    BAD(refundry_limit_set(till->book, &limit));

    limit = limit_of(REFUNDRY_LIMIT_NONE);
    EXPECT(REFUNDRY_OK, refundry_limit_set(till->book, &limit));
}

void test_merchants(void)
{
    refundry_book *book = NULL;
    uint32_t exponent = 0;
    till till;

    till_open(&till, NULL);
    test_creation(&till);
    test_limits(&till);
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_book_open(till.ledger, "acct_2", &book));
    IS(refundry_last_error(till.ledger)->param, "merchantId");
    CHECK(book == NULL);
    EXPECT(REFUNDRY_OK, refundry_exponent(till.ledger, "KWD", &exponent));
    CHECK(exponent == 3);
    EXPECT(REFUNDRY_OK, refundry_exponent(till.ledger, "EGP", &exponent));
    CHECK(exponent == 2);
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_exponent(till.ledger, "egp", &exponent));
    CHECK(exponent == 2);

    /* A book keeps its ledger open. */
    refundry_close(till.ledger);
    CHECK(head_of(&till) == 0);
    refundry_book_close(till.book);
}

void test_keys(void)
{
    const refundry_issued_key *issued = NULL;
    const refundry_key_list *keys = NULL;
    const refundry_merchant *merchant = NULL;
    till till;

    till_open(&till, NULL);
    EXPECT(REFUNDRY_OK, refundry_key_issue(till.book, &issued));
    CHECK(strncmp(issued->key, "sk_test_", 8) == 0 && strncmp(issued->id, "key_", 4) == 0);
    EXPECT(REFUNDRY_OK, refundry_authenticate(till.ledger, issued->key, &merchant));
    IS(merchant->id, "acct_1");
    refundry_free(merchant);

    merchant = NULL;
    EXPECT(REFUNDRY_API_KEY_INVALID, refundry_authenticate(till.ledger, "sk_test_0", &merchant));
    CHECK(strstr(refundry_errmsg(till.ledger), "Authorization") == NULL); /* that is HTTP's */
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_key_revoke(till.book, "key_0"));
    EXPECT(REFUNDRY_OK, refundry_keys(till.book, &keys));
    CHECK(keys->count == 1 && !keys->data[0]->is_revoked && keys->data[0]->revoked_at == 0);
    refundry_free(keys);
    till.now += DAY;
    EXPECT(REFUNDRY_OK, refundry_key_revoke(till.book, issued->id));
    EXPECT(REFUNDRY_API_KEY_INACTIVE,
           refundry_authenticate(till.ledger, issued->key, &merchant));
    CHECK(merchant == NULL && strstr(refundry_errmsg(till.ledger), issued->key) == NULL);

    EXPECT(REFUNDRY_OK, refundry_keys(till.book, &keys));
    CHECK(keys->count == 1);
    IS(keys->data[0]->id, issued->id);
    CHECK(keys->data[0]->created_at == NEW_YEAR && keys->data[0]->is_revoked == 1);
    CHECK(keys->data[0]->revoked_at == NEW_YEAR + DAY);
    refundry_free(keys);
    refundry_free(issued);
    till_close(&till);
}
