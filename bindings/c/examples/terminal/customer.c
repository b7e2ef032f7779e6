/* What a customer brings, or takes along. */

#include "till.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * Takes over what another till has handed over, by the text that the customer brings. It needs no
 * note against power cuts: the same text again does nothing more.
 */
void take_over(const struct till *till)
{
    const refundry_handover *handover;
    char text[1024];

    if (!ask("  Hand-over: ", text, sizeof text) ||
        failed(till, refundry_charge_take_over(till->book, text, &handover)))
        return;
    print_slip(till, "TAKEN OVER", handover->charge_id + strlen("ch_"), handover->amount,
               handover->id, handover->created_at, handover->replayed);
    refundry_free(handover);
}

/*
 * The key that signs what is printed, from a file beside the ledger; NULL if there is none. Only its
 * owner may read FILE.secret; `refundry-server receipt-key NAME FILE.secret` makes it so.
 */
static const char *secret_key(const struct till *till, char *line, int size)
{
    FILE *file = fopen(beside(till, ".secret"), "r");
    int found = 0;

    if (file == NULL && errno == ENOENT)
        return NULL;
    if (file != NULL) {
        found = fgets(line, size, file) != NULL;
        fclose(file);
    }
    if (!found) {
        printf("  %s can't be read, so this is not signed.\n", beside(till, ".secret"));
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

/* Prints a receipt that proves a refund or a sale to anyone. A till with a printer makes a QR code of it. */
void print_proof(const struct till *till)
{
    const refundry_receipt *receipt;
    char named[RECEIPT_SIZE], id[ID_SIZE], secret[256];

    if (!ask_receipt(till, "  Refund (re_...) or receipt number: ", named))
        return;
    sprintf(id, "%s%s", strncmp(named, "re_", 3) == 0 ? "" : "ch_", named);
    if (failed(till, refundry_receipt_make(till->book, id, 0, secret_key(till, secret, sizeof secret),
                                           &receipt)))
        return;
    printf("  %s of %s, %s:\n%s\n", receipt->is_refund ? "Refund" : "Sale",
           money(till, receipt->amount),
           receipt->signed_by != NULL ? receipt->signed_by : "not signed", receipt->text);
    refundry_free(receipt);
}

void receipts(const struct till *till)
{
    const refundry_charge_list *newest;
    size_t i;

    if (failed(till, refundry_charges(till->book, NULL, 10, NULL, &newest)))
        return;
    for (i = 0; i < newest->count; i++) {
        const refundry_charge *charge = newest->data[i];

        printf("  %-14s %s %18s", charge->id + strlen("ch_"), date(charge->created_at),
               money(till, charge->amount_captured));
        if (charge->amount_refunded > 0)
            printf(", %s given back", money(till, charge->amount_refunded));
        if (charge->amount_elsewhere > 0)
            printf(", %s for other tills", money(till, charge->amount_elsewhere));
        printf("\n");
    }
    refundry_free(newest);
}
