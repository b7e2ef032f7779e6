/* Eight threads, each with a handle of its own on one file, refund one charge in pieces.
 * Usage: threads LEDGER prepare | check | NAME. Prints how much was refunded. */

#define _POSIX_C_SOURCE 200112L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <refundry.h>

#define THREADS 8
#define REFUNDS 25

static const char *path;
static const char *name;

static void fail(const char *what, const refundry_ledger *ledger)
{
    fprintf(stderr, "%s: %s\n", what, refundry_errmsg(ledger));
    exit(1);
}

static void open_book(refundry_ledger **ledger, refundry_book **book)
{
    refundry_options options;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.busy_timeout_ms = 120000; /* The machine may be busy. */
    if (refundry_open(REFUNDRY_ABI, path, &options, ledger) != REFUNDRY_OK)
        fail("open", NULL);
    if (refundry_book_open(*ledger, "acct_1", book) != REFUNDRY_OK)
        fail("book", *ledger);
}

static void *refund(void *number)
{
    refundry_ledger *ledger;
    refundry_book *book;
    refundry_refund_request request;
    const refundry_refund *refund;
    static int64_t sums[THREADS];
    int64_t *sum = &sums[*(int *)number];
    char key[40];
    int i;

    open_book(&ledger, &book);
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = "ch_1";
    for (i = 0; i < REFUNDS; i++) {
        refundry_status status;
        sprintf(key, "%s-%d-%d", name, *(int *)number, i);
        status = refundry_refund_create(book, &request, 3, key, &refund);
        if (status == REFUNDRY_OK) {
            *sum += refund->amount;
            refundry_free(refund);
        } else if (status != REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE) {
            fail("refund", ledger);
        }
    }
    refundry_book_close(book);
    refundry_close(ledger);
    return sum;
}

static void prepare(void)
{
    refundry_ledger *ledger;
    refundry_book *book;
    refundry_new_merchant shop;
    refundry_new_charge sale;
    const refundry_merchant *merchant;
    const refundry_charge *charge;

    if (refundry_open(REFUNDRY_ABI, path, NULL, &ledger) != REFUNDRY_OK)
        fail("open", NULL);
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
    sale.amount = sale.amount_captured = 1000;
    sale.currency = "EGP";
    if (refundry_charge_create(book, &sale, REFUNDRY_NO_KEY, &charge) != REFUNDRY_OK)
        fail("charge", ledger);
    refundry_free(charge);
    refundry_book_close(book);
    refundry_close(ledger);
}

static void verify(void)
{
    refundry_ledger *ledger;
    refundry_book *book;
    const refundry_verify_report *report;

    open_book(&ledger, &book);
    if (refundry_verify(ledger, NULL, 0, NULL, NULL, &report) != REFUNDRY_OK)
        fail("verify", ledger);
    refundry_free(report);
    refundry_book_close(book);
    refundry_close(ledger);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    int64_t sum = 0;
    char text[REFUNDRY_AMOUNT_SIZE];
    int i;

    if (argc != 3)
        return 2;
    path = argv[1];
    name = argv[2];
    if (strcmp(name, "prepare") == 0) {
        prepare();
    } else if (strcmp(name, "check") == 0) {
        verify();
    } else {
        for (i = 0; i < THREADS; i++) {
            numbers[i] = i;
            if (pthread_create(&threads[i], NULL, refund, &numbers[i]) != 0)
                return 1;
        }
        for (i = 0; i < THREADS; i++) {
            void *of_thread;
            pthread_join(threads[i], &of_thread);
            sum += *(int64_t *)of_thread;
        }
        if (refundry_format_number(sum, text, sizeof text) != REFUNDRY_OK)
            fail("number", NULL);
        puts(text);
    }
    return 0;
}
