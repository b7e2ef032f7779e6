/* A disk that gets full while refunds are made, and room that comes back.
 * Usage: disk FOLDER fill | limit */

#define _XOPEN_SOURCE 500

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <refundry.h>

static refundry_ledger *ledger;
static refundry_book *book;

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, refundry_errmsg(ledger));
    exit(1);
}

static void prepare(const char *path)
{
    refundry_new_merchant shop;
    refundry_new_charge sale;
    const refundry_merchant *merchant;
    const refundry_charge *charge;

    if (refundry_open(REFUNDRY_ABI, path, NULL, &ledger) != REFUNDRY_OK)
        fail("open");
    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.id = "acct_1";
    shop.name = "Shop";
    if (refundry_merchant_create(ledger, &shop, &merchant) != REFUNDRY_OK)
        fail("merchant");
    refundry_free(merchant);
    if (refundry_book_open(ledger, "acct_1", &book) != REFUNDRY_OK)
        fail("book");
    memset(&sale, 0, sizeof sale);
    sale.struct_size = sizeof sale;
    sale.id = "ch_1";
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.amount = sale.amount_captured = 1000000;
    sale.currency = "EGP";
    if (refundry_charge_create(book, &sale, REFUNDRY_NO_KEY, &charge) != REFUNDRY_OK)
        fail("charge");
    refundry_free(charge);
}

/* Refunds one minor unit. */
static refundry_status refund(long number)
{
    refundry_refund_request request;
    const refundry_refund *refund = NULL;
    refundry_status status;
    char key[40];

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = "ch_1";
    sprintf(key, "press-%ld", number);
    status = refundry_refund_create(book, &request, 1, key, &refund);
    refundry_free(refund);
    return status;
}

/* Refunds until it fails, and returns the status of that. */
static refundry_status refund_until_it_fails(long *done)
{
    refundry_status status = REFUNDRY_OK;

    while (status == REFUNDRY_OK && *done < 100000) {
        status = refund(*done);
        if (status == REFUNDRY_OK)
            ++*done;
    }
    return status;
}

/* What was acknowledged is there, in a ledger that is opened anew. What is not known may be. */
static void check(const char *path, long done)
{
    const refundry_verify_report *report = NULL;
    const refundry_charge *charge = NULL;

    refundry_book_close(book);
    refundry_close(ledger);
    ledger = NULL;
    if (refundry_open(REFUNDRY_ABI, path, NULL, &ledger) != REFUNDRY_OK)
        fail("open again");
    if (refundry_book_open(ledger, "acct_1", &book) != REFUNDRY_OK)
        fail("book again");
    if (refundry_verify(ledger, NULL, 0, NULL, NULL, &report) != REFUNDRY_OK)
        fail("verify");
    refundry_free(report);
    if (refundry_charge_get(book, "ch_1", &charge) != REFUNDRY_OK)
        fail("charge");
    if (charge->amount_refunded < done || charge->amount_refunded > done + 1) {
        char there[REFUNDRY_AMOUNT_SIZE] = "";

        refundry_format_number(charge->amount_refunded, there, sizeof there);
        fprintf(stderr, "%ld refunds were acknowledged, %s are there\n", done, there);
        exit(1);
    }
    refundry_free(charge);
    if (refund(done) != REFUNDRY_OK || refund(done + 1) != REFUNDRY_OK)
        fail("refund after all");
}

static void fill(const char *path, const char *ballast)
{
    static char block[4096];
    FILE *file = fopen(ballast, "wb");
    refundry_status status;
    long done = 0;

    while (fwrite(block, 1, sizeof block, file) == sizeof block && fflush(file) == 0)
        continue;
    fclose(file);
    status = refund_until_it_fails(&done);
    if (status != REFUNDRY_DISK_FULL)
        fail("not full");
    /* It stays so, and the handle stays usable. */
    if (refund(done) != REFUNDRY_DISK_FULL)
        fail("not full any more");
    if (remove(ballast) != 0 || refund(done) != REFUNDRY_OK)
        fail("refund with room");
    check(path, done + 1);
    puts("full, nothing lost, and works again");
}

static void limit(const char *path)
{
    struct rlimit small, before;
    refundry_status status;
    long done = 0;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 256 * 1024;
    if (setrlimit(RLIMIT_FSIZE, &small) != 0)
        fail("setrlimit");
    status = refund_until_it_fails(&done);
    /* Nobody knows how much of a commit is on a disk that fails during it. */
    if (status != REFUNDRY_OUTCOME_UNKNOWN && status != REFUNDRY_INPUT_OUTPUT)
        fail("not limited");
    if (setrlimit(RLIMIT_FSIZE, &before) != 0)
        fail("setrlimit");
    check(path, done);
    puts("limited, nothing lost, and works again");
}

int main(int argc, char **argv)
{
    char path[1000], ballast[1000];

    if (argc != 3 || strlen(argv[1]) > 900)
        return 2;
    sprintf(path, "%s/ledger", argv[1]);
    sprintf(ballast, "%s/ballast", argv[1]);
    prepare(path);
    if (strcmp(argv[2], "fill") == 0)
        fill(path, ballast);
    else
        limit(path);
    refundry_book_close(book);
    refundry_close(ledger);
    return 0;
}
