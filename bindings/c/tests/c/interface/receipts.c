/* Receipts: a till proves a refund, and whoever has no ledger checks it. */

#include "check.h"

/* Keys that are used nowhere else, and their public parts. */
#define SECRET \
    "PRIVATE+KEY+cairo-books.example+ea0051f6+" \
    "AW/z+pXQPPA1Yo9Kefpfvra7CfSc1+pJ2aMxlpQN3gx3"
#define PUBLIC "cairo-books.example+ea0051f6+AaMPZ2CcxrRkq8vH7jvrA7LNwAWl7SZKQQ216WTqCRQ4"
#define OTHER "luxor.example+666c59f9+AWlLe4r1bOyyK/Uu2dEZ2M5+UuVsjbF4dTk8sOnIP5Jj"

/* A charge, a refund of part of it, and another charge: three entries. */
static const refundry_refund *fill(till *till)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_refund *refund = NULL;

    sell(till, "ch_1", 1000, 0);
    request.external_reference = "T-1";
    EXPECT(REFUNDRY_OK,
           refundry_refund_create(till->book, &request, 100, REFUNDRY_NO_KEY, &refund));
    sell(till, "ch_2", 1000, 0);
    return refund;
}

static void checked(const refundry_receipt *made, const char *key, const char *published)
{
    const refundry_receipt *read = NULL;

    EXPECT(REFUNDRY_OK, refundry_receipt_check(made->text, key, published, &read));
    IS(read->text, made->text);
    IS(read->id, made->id);
    IS(read->currency, "EGP");
    IS(read->charge_id, "ch_1");
    IS(read->external_reference, "T-1");
    IS(read->merchant_id, "acct_1");
    CHECK(read->is_refund == 1 && read->amount == 100 && read->seq == 2);
    CHECK(read->length == strlen(read->text) && read->recorded_at > 0);
    CHECK(read->checkpoint->size == made->checkpoint->size);
    IS(read->checkpoint->text, made->checkpoint->text);
    refundry_free(read);
}

static void proves_nothing(refundry_status status, const char *text, const char *key,
                           const char *published)
{
    const refundry_receipt *read = NULL;

    EXPECT(status, refundry_receipt_check(text, key, published, &read));
    CHECK(read == NULL);
}

static void test_checks(till *till, const char *id)
{
    const refundry_receipt *own = NULL, *later = NULL, *bare = NULL;
    const refundry_checkpoint *now = NULL;
    char altered[2048];

    EXPECT(REFUNDRY_OK, refundry_receipt_make(till->book, id, 0, SECRET, &own));
    EXPECT(REFUNDRY_OK, refundry_receipt_make(till->book, id, 3, NULL, &later));
    EXPECT(REFUNDRY_OK, refundry_receipt_make(till->book, id, 0, NULL, &bare));
    EXPECT(REFUNDRY_OK, refundry_checkpoint_make(till->book, SECRET, &now));
    CHECK(own->checkpoint->size == 2 && later->checkpoint->size == 3 && now->size == 3);
    CHECK(own->length < 700 && bare->length < own->length && bare->signed_by == NULL);
    IS(own->signed_by, "cairo-books.example");
    checked(own, PUBLIC, NULL);
    checked(own, NULL, NULL);
    checked(own, PUBLIC, own->checkpoint->text);
    checked(later, NULL, now->text);
    checked(bare, NULL, NULL);
    proves_nothing(REFUNDRY_SIGNATURE_INVALID, own->text, OTHER, NULL);
    proves_nothing(REFUNDRY_SIGNATURE_INVALID, bare->text, PUBLIC, NULL);
    proves_nothing(REFUNDRY_CHECKPOINT_INCONSISTENT, own->text, PUBLIC, now->text);
    proves_nothing(REFUNDRY_CHECKPOINT_INVALID, own->text, "somebody's word", NULL);
    proves_nothing(REFUNDRY_CHECKPOINT_INVALID, own->text, NULL, PUBLIC);
    proves_nothing(REFUNDRY_RECEIPT_INVALID, "rr1.", PUBLIC, NULL);
    proves_nothing(REFUNDRY_BAD_ARGUMENT, NULL, PUBLIC, NULL);
    strcpy(altered, later->text);
    altered[40] = altered[40] == 'A' ? 'B' : 'A';
    proves_nothing(REFUNDRY_RECEIPT_UNPROVEN, altered, NULL, now->text);
    refundry_free(own);
    refundry_free(later);
    refundry_free(bare);
    refundry_free(now);
}

static void test_signed_checkpoints(till *till)
{
    const refundry_checkpoint *now = NULL, *unsigned_one = NULL, *read = NULL;
    char altered[1024];

    EXPECT(REFUNDRY_OK, refundry_checkpoint_make(till->book, SECRET, &now));
    EXPECT(REFUNDRY_OK, refundry_checkpoint_make(till->book, NULL, &unsigned_one));
    EXPECT(REFUNDRY_OK, refundry_checkpoint_check(now->text, PUBLIC, &read));
    CHECK(read->size == now->size);
    IS(read->text, now->text);
    refundry_free(read);
    read = NULL;
    strcpy(altered, now->text);
    altered[strlen("refundry/acct_")] = '2'; /* another merchant's */
    EXPECT(REFUNDRY_SIGNATURE_INVALID, refundry_checkpoint_check(altered, PUBLIC, &read));
    EXPECT(REFUNDRY_SIGNATURE_INVALID, refundry_checkpoint_check(now->text, OTHER, &read));
    EXPECT(REFUNDRY_SIGNATURE_INVALID, refundry_checkpoint_check(unsigned_one->text, PUBLIC, &read));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID, refundry_checkpoint_check("x", PUBLIC, &read));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID, refundry_checkpoint_check(now->text, "x", &read));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_checkpoint_check(NULL, PUBLIC, &read));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_checkpoint_check(now->text, NULL, &read));
    CHECK(read == NULL);
    refundry_free(now);
    refundry_free(unsigned_one);
}

static void test_growth(till *till)
{
    const refundry_checkpoint *before = NULL, *after = NULL;
    const refundry_consistency *proof = NULL;

    EXPECT(REFUNDRY_OK, refundry_checkpoint_make(till->book, NULL, &before));
    sell(till, "ch_3", 100, 0);
    EXPECT(REFUNDRY_OK, refundry_tree_extend(till->book));
    EXPECT(REFUNDRY_OK, refundry_checkpoint_make(till->book, SECRET, &after));
    EXPECT(REFUNDRY_OK, refundry_consistency_make(till->book, 3, 4, &proof));
    EXPECT(REFUNDRY_OK, refundry_consistency_check(before->text, after->text, proof->text));
    EXPECT(REFUNDRY_CHECKPOINT_INCONSISTENT,
           refundry_consistency_check(after->text, before->text, proof->text));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID, refundry_consistency_check("x", after->text, proof->text));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID, refundry_consistency_check(before->text, after->text, "x"));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_consistency_check(before->text, after->text, NULL));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_consistency_make(till->book, 4, 3, &proof));
    refundry_free(before);
    refundry_free(after);
    refundry_free(proof);
}

void test_receipts(void)
{
    till till;
    const refundry_refund *refund;
    const refundry_receipt *receipt = NULL;
    const refundry_checkpoint *checkpoint = NULL;

    till_open(&till, NULL);
    refund = fill(&till);
    test_checks(&till, refund->id);
    test_signed_checkpoints(&till);
    test_growth(&till);
    EXPECT(REFUNDRY_RESOURCE_MISSING, refundry_receipt_make(till.book, "re_x", 0, NULL, &receipt));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_receipt_make(till.book, refund->id, 1, NULL, &receipt));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID,
           refundry_receipt_make(till.book, refund->id, 0, PUBLIC, &receipt));
    EXPECT(REFUNDRY_CHECKPOINT_INVALID, refundry_checkpoint_make(till.book, "", &checkpoint));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_receipt_make(till.book, NULL, 0, NULL, &receipt));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_receipt_make(NULL, refund->id, 0, NULL, &receipt));
    EXPECT(REFUNDRY_BAD_ARGUMENT, refundry_tree_extend(NULL));
    CHECK(receipt == NULL && checkpoint == NULL);
    refundry_free(refund);
    till_close(&till);
}
