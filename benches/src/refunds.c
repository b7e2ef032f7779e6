/* Refunds as many charges as it is told, and says how many nanoseconds that took.
 * Usage: refunds CHARGES LINES [LEDGER]. The charges are imported from the file of lines, into the
 * ledger's file or, without one, into memory. */

#define _POSIX_C_SOURCE 200112L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <refundry.h>

static refundry_ledger *ledger;

static void check(refundry_status status)
{
    if (status != REFUNDRY_OK) {
        fprintf(stderr, "%s\n", refundry_errmsg(ledger));
        exit(1);
    }
}

static void refund_all(refundry_book *book, long charges)
{
    refundry_refund_request request;
    const refundry_refund *refund;
    char id[30], key[40];
    long i;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = id;
    for (i = 0; i < charges; i++) {
        sprintf(id, "ch_%ld", i * 7919 % charges);
        sprintf(key, "%036ld", i);
        check(refundry_refund_create_full(book, &request, key, &refund));
        refundry_free(refund);
    }
}

int main(int argc, char **argv)
{
    struct timespec begin, end;
    refundry_options options;
    refundry_book *book;
    const refundry_import_report *report;
    long charges;

    if (argc < 3)
        return 2;
    charges = atol(argv[1]);
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.cache_kib = 2048;
    if (argc == 4)
        check(refundry_open(REFUNDRY_ABI, argv[3], &options, &ledger));
    else
        check(refundry_open_in_memory(REFUNDRY_ABI, &options, &ledger));
    check(refundry_import_file(ledger, argv[2], NULL, NULL, &report));
    refundry_free(report);
    check(refundry_book_open(ledger, "acct_bench", &book));
    clock_gettime(CLOCK_MONOTONIC, &begin);
    refund_all(book, charges);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%ld\n",
           (long)(end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec);
    refundry_book_close(book);
    refundry_close(ledger);
    return 0;
}
