/* A till that refunds until it is killed, and says which refunds were acknowledged.
 * Usage: till LEDGER prepare | refund NAME | check KEYS. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <refundry.h>

static void fail(const char *what, const refundry_ledger *ledger)
{
    fprintf(stderr, "%s: %s\n", what, refundry_errmsg(ledger));
    exit(1);
}

static void prepare(refundry_ledger *ledger)
{
    refundry_book *book;
    refundry_new_merchant shop;
    refundry_new_charge sale;
    const refundry_merchant *merchant;
    const refundry_charge *charge;

    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.id = "acct_1";
    shop.name = "Shop";
    if (refundry_merchant_create(ledger, &shop, &merchant) != REFUNDRY_OK)
        fail("merchant", ledger);
    refundry_free(merchant);
    if (refundry_book_open(ledger, "acct_1", &book) != REFUNDRY_OK)
        fail("book", ledger);
    memset(&sale, 0, sizeof sale);
    sale.struct_size = sizeof sale;
    sale.id = "ch_1";
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.amount = sale.amount_captured = 2000000000;
    sale.currency = "EGP";
    if (refundry_charge_create(book, &sale, REFUNDRY_NO_KEY, &charge) != REFUNDRY_OK)
        fail("charge", ledger);
    refundry_free(charge);
    refundry_book_close(book);
}

/* Refunds one minor unit again and again, for as long as it may. */
static void refund(refundry_ledger *ledger, refundry_book *book, const char *name)
{
    refundry_refund_request request;
    const refundry_refund *refund;
    char key[60];
    long i;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = "ch_1";
    for (i = 0;; i++) {
        sprintf(key, "%.20s-%ld", name, i);
        if (refundry_refund_create(book, &request, 1, key, &refund) != REFUNDRY_OK)
            fail("refund", ledger);
        refundry_free(refund);
        printf("%s.\n", key);
        fflush(stdout);
    }
}

/* Every key that was acknowledged must have its refund, and the books must add up. */
static void verify(refundry_ledger *ledger, refundry_book *book, const char *keys)
{
    const refundry_key_record *record;
    const refundry_verify_report *report;
    char key[60];
    long found = 0;
    FILE *file = fopen(keys, "r");

    if (file == NULL)
        fail(keys, NULL);
    while (fscanf(file, "%59s", key) == 1) {
        if (refundry_find_by_key(book, REFUNDRY_OPERATION_REFUND, key, &record) != REFUNDRY_OK)
            fail("find", ledger);
        if (!record->is_recorded || record->outcome != REFUNDRY_OK) {
            fprintf(stderr, "%s was acknowledged and is lost\n", key);
            exit(1);
        }
        refundry_free(record);
        found++;
    }
    fclose(file);
    if (refundry_verify(ledger, NULL, 0, NULL, NULL, &report) != REFUNDRY_OK)
        fail("verify", ledger);
    if (report->entries < (uint64_t)found)
        fail("entries", NULL);
    refundry_free(report);
}

int main(int argc, char **argv)
{
    refundry_ledger *ledger;
    refundry_book *book = NULL;

    if (argc < 3)
        return 2;
    if (refundry_open(REFUNDRY_ABI, argv[1], NULL, &ledger) != REFUNDRY_OK)
        fail("open", NULL);
    if (strcmp(argv[2], "prepare") == 0) {
        prepare(ledger);
    } else {
        if (refundry_book_open(ledger, "acct_1", &book) != REFUNDRY_OK)
            fail("book", ledger);
        if (argc != 4)
            return 2;
        if (strcmp(argv[2], "refund") == 0)
            refund(ledger, book, argv[3]);
        else
            verify(ledger, book, argv[3]);
    }
    refundry_book_close(book);
    refundry_close(ledger);
    return 0;
}
