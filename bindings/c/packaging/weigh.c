/*
 * How much memory a refund takes.
 *
 *   weigh fill FILE CHARGES   makes a ledger with so many charges
 *   weigh refund FILE         opens it, makes one refund, says so, and waits until its input ends
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <refundry.h>

static int failed(const refundry_ledger *ledger)
{
    fprintf(stderr, "%s\n", refundry_errmsg(ledger));
    return 1;
}

static int fill(const char *path, long charges)
{
    static const char merchant[] =
        "{\"object\":\"merchant\",\"id\":\"acct_1\",\"name\":\"A shop\",\"apiKeys\":[]}\n";
    static const char charge[] =
        "{\"object\":\"charge\",\"id\":\"ch_%06ld\",\"merchantId\":\"acct_1\",\"amount\":\"22604\","
        "\"amountCaptured\":\"22604\",\"fee\":\"912\",\"currency\":\"EGP\",\"status\":\"succeeded\","
        "\"availableOn\":\"2024-01-03T00:00:00.000Z\",\"createdAt\":\"2024-01-01T00:00:01.000Z\"}\n";
    refundry_ledger *ledger;
    const refundry_import_report *report;
    char *lines = malloc(sizeof merchant + (size_t)charges * (sizeof charge + 8));
    size_t length;
    long i;

    if (lines == NULL || refundry_open(REFUNDRY_ABI, path, NULL, &ledger) != REFUNDRY_OK)
        return failed(NULL);
    length = (size_t)sprintf(lines, "%s", merchant);
    for (i = 0; i < charges; i++)
        length += (size_t)sprintf(lines + length, charge, i);
    if (refundry_import(ledger, lines, length, NULL, NULL, &report) != REFUNDRY_OK)
        return failed(ledger);
    refundry_free(report);
    refundry_close(ledger);
    free(lines);
    return 0;
}

static int refund(const char *path)
{
    refundry_ledger *ledger;
    refundry_book *book;
    refundry_refund_request request;
    const refundry_refund *made;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = "ch_000500";
    if (refundry_open(REFUNDRY_ABI, path, NULL, &ledger) != REFUNDRY_OK)
        return failed(NULL);
    if (refundry_book_open(ledger, "acct_1", &book) != REFUNDRY_OK ||
        refundry_refund_create(book, &request, 100, "key-1", &made) != REFUNDRY_OK)
        return failed(ledger);
    printf("refunded\n");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    refundry_free(made);
    refundry_book_close(book);
    refundry_close(ledger);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], atol(argv[3]));
    if (argc == 3 && strcmp(argv[1], "refund") == 0)
        return refund(argv[2]);
    fprintf(stderr, "usage: weigh fill FILE CHARGES | weigh refund FILE\n");
    return 2;
}
