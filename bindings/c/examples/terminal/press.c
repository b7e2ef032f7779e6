/*
 * The green key: sales, refunds and hand-overs.
 *
 * Each press has an idempotency key of its own, which is noted on disk before the ledger is asked.
 * So a key that is pressed twice does nothing more, and after a power cut the ledger can tell what
 * became of the press.
 */

#include "till.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static refundry_status sell(const struct till *till, const struct press *press, const char *id)
{
    refundry_new_charge sale;
    const refundry_charge *charge = NULL;
    refundry_status status;

    memset(&sale, 0, sizeof sale);
    sale.struct_size = sizeof sale;
    sale.id = id;
    sale.status = REFUNDRY_CHARGE_SUCCEEDED;
    sale.amount = press->amount;
    sale.amount_captured = press->amount;
    sale.currency = till->currency;
    sale.available_on = press->moment;
    status = refundry_charge_create(till->book, &sale, press->key, &charge);
    if (!failed(till, status))
        print_slip(till, "SALE", press->receipt, charge->amount, charge->id, charge->created_at,
                   charge->replayed);
    refundry_free(charge);
    return status;
}

static refundry_status give_back(const struct till *till, const struct press *press, const char *id)
{
    refundry_refund_request request;
    const refundry_refund *refund = NULL;
    refundry_status status;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = id;
    request.reason = REFUNDRY_REASON_REQUESTED_BY_CUSTOMER;
    if (press->all)
        status = refundry_refund_create_full(till->book, &request, press->key, &refund);
    else
        status = refundry_refund_create(till->book, &request, press->amount, press->key, &refund);
    if (!failed(till, status))
        print_slip(till, "REFUND", press->receipt, refund->amount, refund->id, refund->created_at,
                   refund->replayed);
    refundry_free(refund);
    return status;
}

/* What the customer takes to the other till, which may be offline: a text, or a QR code of it. */
static void print_handover(const struct till *till, const struct press *press,
                           const refundry_handover *handover)
{
    print_slip(till, "HAND-OVER", press->receipt, handover->amount, handover->id,
               handover->created_at, handover->replayed);
    printf("  Take this to till %s:\n%s\n", press->to, handover->text);
}

static refundry_status give_away(const struct till *till, const struct press *press, const char *id)
{
    const refundry_handover *handover = NULL;
    char merchant[ID_SIZE];
    refundry_status status;

    sprintf(merchant, "acct_%s", press->to);
    status = refundry_charge_hand_over(till->book, id, merchant, press->key, &handover);
    if (!failed(till, status))
        print_handover(till, press, handover);
    refundry_free(handover);
    return status;
}

/* Does what was pressed, once, however often it is called. */
void perform(struct till *till, const struct press *press)
{
    refundry_status status;
    char id[ID_SIZE];

    if (!note(till, press)) {
        drop_note(till); /* it may be there, but not for sure */
        printf("  Not done: %s can't be written. Is the disk full?\n", beside(till, ".pending"));
        return;
    }
    sprintf(id, "ch_%s", press->receipt);
    if (press->kind[0] == 's')
        status = sell(till, press, id);
    else if (press->kind[0] == 'r')
        status = give_back(till, press, id);
    else
        status = give_away(till, press, id);
    till->in_doubt = status == REFUNDRY_OUTCOME_UNKNOWN;
    if (!till->in_doubt)
        drop_note(till);
}

/* Begins a press with a key that nobody has had before. It would take the place of an older note. */
static int begin(struct till *till, const char *kind, const char *receipt, struct press *press)
{
    unsigned char random[8];
    FILE *source = fopen("/dev/urandom", "rb");
    int i, length, got = source != NULL && fread(random, sizeof random, 1, source) == 1;

    if (source != NULL)
        fclose(source);
    if (is_noted(till)) {
        printf("  Not done: %s has an earlier press. Switch the till off and on: it will find out\n"
               "  what became of it.\n", beside(till, ".pending"));
        return 0;
    }
    if (!got) {
        printf("  Not done: there are no random numbers.\n");
        return 0;
    }
    memset(press, 0, sizeof *press);
    strcpy(press->kind, kind);
    strcpy(press->receipt, receipt);
    strcpy(press->to, "-");
    press->moment = now();
    length = sprintf(press->key, "%s-%s-", kind, receipt);
    for (i = 0; i < 8; i++)
        length += sprintf(press->key + length, "%02x", random[i]);
    till->last.kind[0] = '\0'; /* what was pressed before can't be pressed again */
    return 1;
}

static void press_green(struct till *till, const struct press *press)
{
    till->last = *press;
    perform(till, press);
}

/* What became of a press that the ledger has recorded. */
static void tell(const struct till *till, const struct press *press, const refundry_key_record *record)
{
    const refundry_handover *handover;

    if (record->outcome != REFUNDRY_OK) {
        printf("It was refused: %s.\n", refundry_status_str(record->outcome));
        return;
    }
    printf("It WAS done, on %s: %s. Don't do it again.\n", date(record->recorded_at), record->id);
    if (press->kind[0] == 'h' &&
        !failed(till, refundry_handover_get(till->book, record->id, &handover))) {
        print_handover(till, press, handover); /* nobody may have seen it */
        refundry_free(handover);
    }
}

/* After a power cut or a failure of the disk: was anything under way, and what became of it? */
void recover(struct till *till)
{
    struct press press;
    const refundry_key_record *record;
    int operation, noted = read_note(till, &press);

    till->in_doubt = noted < 0;
    if (noted <= 0)
        return;
    printf("\nThe till stopped during a %s of %s, receipt %s.\n", press.kind,
           press.all ? "all that was left" : money(till, press.amount), press.receipt);
    operation = press.kind[0] == 's'   ? REFUNDRY_OPERATION_CHARGE
                : press.kind[0] == 'r' ? REFUNDRY_OPERATION_REFUND
                                       : REFUNDRY_OPERATION_HANDOVER;
    till->in_doubt =
        failed(till, refundry_find_by_key(till->book, operation, press.key, &record));
    if (till->in_doubt)
        return;
    if (record->is_recorded)
        tell(till, &press, record);
    else
        printf("It was NOT done: no money has moved.\n");
    if (!record->is_recorded && yes("Do it now? [y/n] "))
        perform(till, &press);
    else
        drop_note(till);
    refundry_free(record);
}

/* The number of the newest sale of this till. What it took over stands among its sales. */
static int newest_sale(const struct till *till, long *number)
{
    const refundry_charge_list *page;
    char last[ID_SIZE] = "", own[ID_SIZE];
    size_t i, length = (size_t)sprintf(own, "ch_%s-", till->name);
    int more = 1;

    *number = 0;
    while (more && *number == 0) {
        if (failed(till, refundry_charges(till->book, NULL, 10, last[0] ? last : NULL, &page)))
            return 0;
        more = page->has_more;
        for (i = 0; i < page->count && *number == 0; i++) {
            snprintf(last, sizeof last, "%s", page->data[i]->id);
            if (strncmp(last, own, length) == 0)
                *number = strtol(last + length, NULL, 10);
        }
        refundry_free(page);
    }
    return 1;
}

void sale(struct till *till)
{
    struct press press;
    char line[64], receipt[RECEIPT_SIZE];
    int64_t amount;
    long number;

    if (!ask("  Amount: ", line, sizeof line) || !read_money(till, line, &amount) ||
        !newest_sale(till, &number))
        return;
    snprintf(receipt, sizeof receipt, "%s-%ld", till->name, number + 1);
    if (!begin(till, "sale", receipt, &press))
        return;
    press.amount = amount;
    press_green(till, &press);
}

/* Asks for a receipt and shows what is left of it. */
static int find_sale(const struct till *till, char *receipt)
{
    const refundry_charge *charge;
    refundry_status status;
    char id[ID_SIZE];

    if (!ask_receipt(till, "  Receipt number: ", receipt))
        return 0;
    sprintf(id, "ch_%s", receipt);
    status = refundry_charge_get(till->book, id, &charge);
    if (status == REFUNDRY_RESOURCE_MISSING)
        printf("  There is no receipt %s.\n", receipt);
    else
        failed(till, status);
    if (status != REFUNDRY_OK)
        return 0;
    printf("  %s paid, %s left here.\n", money(till, charge->amount_captured),
           money(till, charge->amount_captured - charge->amount_refunded - charge->amount_disputed -
                           charge->amount_elsewhere));
    refundry_free(charge);
    return 1;
}

void refund(struct till *till)
{
    struct press press;
    char line[64], receipt[RECEIPT_SIZE];

    if (!find_sale(till, receipt) || !ask("  How much, or \"all\": ", line, sizeof line) ||
        !begin(till, "refund", receipt, &press))
        return;
    press.all = strcmp(line, "all") == 0;
    if (!press.all && !read_money(till, line, &press.amount))
        return;
    printf("  Give back %s", press.all ? "all that is left" : money(till, press.amount));
    if (yes("? [y/n] "))
        press_green(till, &press);
}

void hand_over(struct till *till)
{
    struct press press;
    char line[64], receipt[RECEIPT_SIZE];

    if (!find_sale(till, receipt) || !ask("  To which till: ", line, sizeof line) ||
        !is_name(line) || !begin(till, "hand-over", receipt, &press))
        return;
    strcpy(press.to, line);
    press.all = 1;
    printf("  From then on only till %s can give it back", press.to);
    if (yes("? [y/n] "))
        press_green(till, &press);
}
