/* A sale and its refund, on a ledger in the file that is named on the command line. */

#include <stdio.h>
#include <string.h>

#include <refundry.h>

/* Says what went wrong; the facts of the case are in the ledger. */
static int failed(const char *what, const refundry_ledger *ledger)
{
    fprintf(stderr, "%s: %s\n", what, refundry_errmsg(ledger));
    return 1;
}

static int refund_a_sale(refundry_ledger *ledger, refundry_book *book)
{
    refundry_new_charge sale;
    refundry_refund_request request;
    const refundry_charge *charge;
    const refundry_refund *refund;
    char amount[REFUNDRY_AMOUNT_SIZE];
    refundry_status status;

    memset(&sale, 0, sizeof sale);
    sale.struct_size = sizeof sale;
    sale.id = "ch_receipt_17";
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.amount = 22604; /* piastres */
    sale.amount_captured = 22604;
    sale.fee = 912;
    sale.currency = "EGP";
    if (refundry_charge_create(book, &sale, "sale-17", &charge) != REFUNDRY_OK)
        return failed("sale", ledger);

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = charge->id;
    request.reason = REFUNDRY_REASON_REQUESTED_BY_CUSTOMER;
    /* The key makes a second press of the button harmless. */
    if (refundry_refund_create(book, &request, 10900, "return-17-1", &refund) != REFUNDRY_OK) {
        refundry_free(charge);
        return failed("refund", ledger);
    }
    /* As people write it; a printf of a long would cut large amounts off on many a terminal. */
    status = refundry_format_amount(ledger, refund->currency, refund->amount, amount, sizeof amount);
    if (status == REFUNDRY_OK)
        printf("%s gives back %s %s of %s%s\n", refund->id, refund->currency, amount,
               refund->charge_id, refund->replayed ? ", as it did before" : "");
    refundry_free(refund);
    refundry_free(charge);
    return status == REFUNDRY_OK ? 0 : failed("amount", ledger);
}

int main(int argc, char **argv)
{
    refundry_ledger *ledger = NULL;
    refundry_book *book = NULL;
    refundry_new_merchant shop;
    const refundry_merchant *merchant;
    refundry_status status;
    int result;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    if (refundry_open(REFUNDRY_ABI, argv[1], NULL, &ledger) != REFUNDRY_OK)
        return failed(argv[1], NULL);

    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.id = "acct_cairo";
    shop.name = "Cairo Books";
    status = refundry_merchant_create(ledger, &shop, &merchant);
    if (status == REFUNDRY_OK)
        refundry_free(merchant);
    if (status != REFUNDRY_OK && status != REFUNDRY_RESOURCE_CONFLICT) /* it may be there already */
        result = failed("merchant", ledger);
    else if (refundry_book_open(ledger, "acct_cairo", &book) != REFUNDRY_OK)
        result = failed("book", ledger);
    else
        result = refund_a_sale(ledger, book);
    refundry_book_close(book);
    refundry_close(ledger);
    return result;
}
