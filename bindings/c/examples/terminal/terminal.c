/*
 * A till: sales, refunds by receipt number, hand-overs to another till, receipts that prove
 * themselves, the day's end, reports to headquarters, and after a power cut what became of the press
 * that was under way.
 *
 *   terminal [FILE [CURRENCY [NAME]]]        till.refundry, EGP and till if they are not given
 */

#include "till.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void serve(struct till *till)
{
    char line[64];

    while (!till->in_doubt) {
        if (!ask("\ntill> ", line, sizeof line) && feof(stdin))
            return;
        if (strcmp(line, "s") == 0)
            sale(till);
        else if (strcmp(line, "r") == 0)
            refund(till);
        else if (strcmp(line, "l") == 0)
            receipts(till);
        else if (strcmp(line, "d") == 0)
            days_end(till);
        else if (strcmp(line, "y") == 0 && till->last.kind[0] != '\0')
            perform(till, &till->last);
        else if (strcmp(line, "o") == 0)
            hand_over(till);
        else if (strcmp(line, "t") == 0)
            take_over(till);
        else if (strcmp(line, "p") == 0)
            print_proof(till);
        else if (strcmp(line, "h") == 0)
            send_home(till);
        else if (strcmp(line, "q") == 0)
            return;
        else
            printf("  s sale   r refund   o hand over   t take over   p print a proof\n"
                   "  l last receipts   h send home   d day's end   q switch off\n");
    }
}

/* Opens the ledger and the one book in it, which it makes if need be. */
static int open_till(struct till *till)
{
    refundry_new_merchant shop;
    const refundry_merchant *merchant = NULL;
    refundry_status status;
    uint32_t decimals; /* not needed; but a currency that is unknown has none */
    uint64_t released;

    if (refundry_open(REFUNDRY_ABI, till->path, NULL, &till->ledger) != REFUNDRY_OK)
        return 0;
    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.id = till->merchant;
    shop.name = "The till's shop";
    status = refundry_merchant_create(till->ledger, &shop, &merchant);
    refundry_free(merchant);
    return (status == REFUNDRY_OK || status == REFUNDRY_RESOURCE_CONFLICT) &&
           refundry_book_open(till->ledger, till->merchant, &till->book) == REFUNDRY_OK &&
           refundry_exponent(till->ledger, till->currency, &decimals) == REFUNDRY_OK &&
           refundry_release_due(till->ledger, now(), &released) == REFUNDRY_OK;
}

int main(int argc, char **argv)
{
    struct till till;
    int opened;

    memset(&till, 0, sizeof till);
    till.path = argc > 1 ? argv[1] : "till.refundry";
    till.currency = argc > 2 ? argv[2] : "EGP";
    till.name = argc > 3 ? argv[3] : "till";
    if (!is_name(till.name))
        return 2;
    sprintf(till.merchant, "acct_%s", till.name);
    signal(SIGPIPE, SIG_IGN); /* if curl ends early, writing to it fails */
    opened = open_till(&till);
    if (opened) {
        printf("Refundry %s: a till in %s. Enter shows the keys.\n", refundry_version(), till.path);
        recover(&till);
        serve(&till);
        if (till.in_doubt)
            printf("The till stops, because it can't tell what became of that press. Switch it on again:\n"
                   "it will find out. Don't give the money back by hand before. If it says this again,\n"
                   "call for help, and keep %s.\n", beside(&till, ".pending"));
    } else {
        fprintf(stderr, "%s: %s\n", till.path, refundry_errmsg(till.ledger));
    }
    refundry_book_close(till.book);
    refundry_close(till.ledger);
    return !opened || till.in_doubt;
}
