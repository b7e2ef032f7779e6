/*
 * A till: sales, refunds by receipt number, the day's end, and after a power cut what became of
 * the sale or refund that was under way.
 *
 *   terminal [FILE [CURRENCY]]        till.refundry and EGP if they are not given
 *
 * Each press of the green key has an idempotency key of its own, which is noted on disk, in
 * FILE.pending, before the ledger is asked. So a key that is pressed twice does nothing more, and
 * after a power cut the ledger can tell what became of the press.
 */

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <refundry.h>

#define MERCHANT "acct_till"
#define RECEIPT "ch_receipt_%ld" /* the id of the sale with this receipt number */

/* One press of the green key. */
struct press {
    char kind[8]; /* "sale" or "refund"; empty: nothing was pressed yet */
    long receipt;
    int64_t amount;
    int all; /* a refund of everything that is left of the receipt */
    int64_t moment;
    char key[64];
};

struct till {
    refundry_ledger *ledger;
    refundry_book *book;
    const char *currency;
    char pending[4096]; /* the file with the press that is under way */
    char heads[4096];   /* the file with the heads that the day's ends printed */
    struct press last;
};

static int64_t now(void)
{
    struct timespec moment;

    clock_gettime(CLOCK_REALTIME, &moment);
    return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

static const char *date(int64_t moment)
{
    static char text[32];
    time_t seconds = (time_t)(moment / 1000);

    strftime(text, sizeof text, "%a %d %b %H:%M", localtime(&seconds));
    return text;
}

/* An amount with its currency, as people write it; the last four stay as they are. */
static const char *money(const struct till *till, int64_t amount)
{
    static char texts[4][48];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    size_t code = (size_t)sprintf(text, "%.3s ", till->currency);

    if (refundry_format_amount(till->ledger, till->currency, amount, text + code,
                               sizeof texts[0] - code) != REFUNDRY_OK)
        sprintf(text, "%.3s ???", till->currency);
    return text;
}

/* Asks for a line; 0 if there is none, or nothing on it. */
static int ask(const char *question, char *line, int size)
{
    printf("%s", question);
    fflush(stdout);
    line[0] = '\0';
    if (fgets(line, size, stdin) != NULL)
        line[strcspn(line, "\r\n")] = '\0';
    return line[0] != '\0';
}

static int yes(const char *question)
{
    char line[16];

    return ask(question, line, sizeof line) && (line[0] == 'y' || line[0] == 'Y');
}

static int failed(const struct till *till, refundry_status status)
{
    if (status == REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE)
        printf("  Not done: at most %s can still be given back.\n",
               money(till, refundry_last_error(till->ledger)->fact));
    else if (status != REFUNDRY_OK)
        printf("  Not done: %s.\n", refundry_errmsg(till->ledger));
    return status != REFUNDRY_OK;
}

/* Reads "226.04" as 22604: exactly, or not at all. */
static int read_money(const struct till *till, const char *text, int64_t *amount)
{
    refundry_status status = refundry_parse_amount(till->ledger, till->currency, text, amount);

    if (status != REFUNDRY_PARAMETER_INVALID)
        return !failed(till, status);
    printf("  Not done: an amount looks like %s.\n", strchr(money(till, 22604), ' ') + 1);
    return 0;
}

/* Puts on disk which names the folder of a file has. */
static int keep_names(const char *path)
{
    char folder[4096];
    const char *end = strrchr(path, '/');
    int file;

    snprintf(folder, sizeof folder, "%.*s", end ? (int)(end - path + 1) : 1, end ? path : ".");
    file = open(folder, O_RDONLY);
    return file >= 0 && (fsync(file) | close(file)) == 0;
}

/* Puts a press on disk, whole or not at all. */
static int note(const struct till *till, const struct press *press)
{
    char new_file[sizeof till->pending + 4], line[160];
    int length, file, written;

    sprintf(new_file, "%s.new", till->pending);
    length = sprintf(line, "%s %ld %" PRId64 " %d %" PRId64 " %s\n", press->kind, press->receipt,
                     press->amount, press->all, press->moment, press->key);
    file = open(new_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    written = file >= 0 && write(file, line, (size_t)length) == length && fsync(file) == 0;
    if (file >= 0)
        close(file);
    return written && rename(new_file, till->pending) == 0 && keep_names(till->pending);
}

static void print_slip(const struct till *till, const char *what, long receipt, int64_t amount,
                       const char *id, int64_t moment, int again)
{
    if (again)
        printf("  Pressed again. It was done before; nothing more was done now:\n");
    printf("  +------------------------------------+\n"
           "  | %-14s %19s |\n", what, date(moment));
    printf("  | receipt %-6ld %19s |\n", receipt, money(till, amount));
    printf("  | %-34s |\n"
           "  +------------------------------------+\n", id);
}

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

/* Does what was pressed, once, however often it is called. */
static void perform(struct till *till, const struct press *press)
{
    refundry_status status;
    char id[64];

    if (!note(till, press)) {
        printf("  Not done: %s can't be written. Is the disk full?\n", till->pending);
        return;
    }
    sprintf(id, RECEIPT, press->receipt);
    status = press->kind[0] == 's' ? sell(till, press, id) : give_back(till, press, id);
    if (status == REFUNDRY_OUTCOME_UNKNOWN)
        printf("  Switch the till off and on: it will find out.\n");
    else
        unlink(till->pending);
}

/* Begins a press with a key that nobody has had before. */
static int begin(struct till *till, const char *kind, long receipt, struct press *press)
{
    unsigned char random[8];
    FILE *source = fopen("/dev/urandom", "rb");
    int i, length, got = source != NULL && fread(random, sizeof random, 1, source) == 1;

    if (source != NULL)
        fclose(source);
    if (!got) {
        printf("  Not done: there are no random numbers.\n");
        return 0;
    }
    memset(press, 0, sizeof *press);
    strcpy(press->kind, kind);
    press->receipt = receipt;
    press->moment = now();
    length = sprintf(press->key, "%s-%ld-", kind, receipt);
    for (i = 0; i < 8; i++)
        length += sprintf(press->key + length, "%02x", random[i]);
    till->last.kind[0] = '\0'; /* what was pressed before can't be pressed again */
    return 1;
}

/* After a power cut: was anything under way, and what became of it? */
static void recover(struct till *till)
{
    struct press press;
    const refundry_key_record *record;
    int operation, fields;
    FILE *file = fopen(till->pending, "r");

    if (file == NULL)
        return;
    fields = fscanf(file, "%7s %ld %" SCNd64 " %d %" SCNd64 " %63s", press.kind, &press.receipt,
                    &press.amount, &press.all, &press.moment, press.key);
    fclose(file);
    if (fields != 6) {
        printf("%s is not a till's note. It is left as it is.\n", till->pending);
        return;
    }
    printf("\nThe power went during a %s of %s, receipt %ld.\n", press.kind,
           press.all ? "all that was left" : money(till, press.amount), press.receipt);
    operation = press.kind[0] == 's' ? REFUNDRY_OPERATION_CHARGE : REFUNDRY_OPERATION_REFUND;
    if (failed(till, refundry_find_by_key(till->book, operation, press.key, &record)))
        return;
    if (!record->is_recorded)
        printf("It was NOT done: no money has moved.\n");
    else if (record->outcome == REFUNDRY_OK)
        printf("It WAS done, on %s: %s. Don't do it again.\n", date(record->recorded_at), record->id);
    else
        printf("It was refused: %s.\n", refundry_status_str(record->outcome));
    if (!record->is_recorded && yes("Do it now? [y/n] "))
        perform(till, &press);
    else
        unlink(till->pending);
    refundry_free(record);
}

static void sale(struct till *till)
{
    const refundry_charge_list *newest;
    struct press press;
    char line[64];
    int64_t amount;
    long receipt = 0;

    if (!ask("  Amount: ", line, sizeof line) || !read_money(till, line, &amount))
        return;
    if (failed(till, refundry_charges(till->book, NULL, 1, NULL, &newest)))
        return;
    if (newest->count > 0)
        sscanf(newest->data[0]->id, RECEIPT, &receipt);
    refundry_free(newest);
    if (!begin(till, "sale", receipt + 1, &press))
        return;
    press.amount = amount;
    till->last = press;
    perform(till, &press);
}

static void refund(struct till *till)
{
    const refundry_charge *charge;
    struct press press;
    char line[64], id[64];
    long receipt;

    if (!ask("  Receipt number: ", line, sizeof line))
        return;
    receipt = strtol(line, NULL, 10);
    sprintf(id, RECEIPT, receipt);
    if (refundry_charge_get(till->book, id, &charge) != REFUNDRY_OK) {
        printf("  There is no receipt %s.\n", line);
        return;
    }
    printf("  %s paid, %s left.\n", money(till, charge->amount_captured),
           money(till, charge->amount_captured - charge->amount_refunded));
    refundry_free(charge);
    if (!ask("  How much, or \"all\": ", line, sizeof line) ||
        !begin(till, "refund", receipt, &press))
        return;
    press.all = strcmp(line, "all") == 0;
    if (!press.all && !read_money(till, line, &press.amount))
        return;
    printf("  Give back %s", press.all ? "all that is left" : money(till, press.amount));
    if (!yes("? [y/n] "))
        return;
    till->last = press;
    perform(till, &press);
}

static void receipts(const struct till *till)
{
    const refundry_charge_list *newest;
    size_t i;

    if (failed(till, refundry_charges(till->book, NULL, 10, NULL, &newest)))
        return;
    for (i = 0; i < newest->count; i++) {
        const refundry_charge *charge = newest->data[i];

        printf("  %-18s %s %18s", charge->id, date(charge->created_at),
               money(till, charge->amount_captured));
        if (charge->amount_refunded > 0)
            printf(", %s given back", money(till, charge->amount_refunded));
        printf("\n");
    }
    refundry_free(newest);
}

/* Adds up the statement since a moment: sales, then refunds. */
static int add_up(const struct till *till, int64_t since, long counts[2], int64_t sums[2])
{
    const refundry_balance_transaction_list *page;
    char last[80] = "";
    int more = 1;

    while (more) {
        size_t i;

        if (failed(till, refundry_balance_transactions(till->book, NULL, 100, last[0] ? last : NULL, &page)))
            return 0;
        more = page->has_more;
        for (i = 0; i < page->count; i++) {
            const refundry_balance_transaction *line = page->data[i];
            int column = line->line_type == REFUNDRY_LINE_REFUND;

            if (line->created_at < since) {
                more = 0;
                break;
            }
            counts[column]++;
            sums[column] += line->amount;
            snprintf(last, sizeof last, "%s", line->id);
        }
        refundry_free(page);
    }
    return 1;
}

/* Checks the books against the head that was printed last, prints the new one and keeps it. */
static void seal(const struct till *till)
{
    const refundry_verify_report *report;
    const refundry_head *head;
    refundry_kept_head kept;
    char line[128] = "";
    FILE *file = fopen(till->heads, "a+");

    if (file == NULL) {
        printf("  %s can't be written.\n", till->heads);
        return;
    }
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
        line[strcspn(line, "\n")] = '\0';
    kept.merchant_id = MERCHANT;
    kept.head = line;
    if (!failed(till, refundry_verify(till->ledger, &kept, line[0] != '\0', NULL, NULL, &report))) {
        printf("  %" PRIu64 " entries, all sound, none altered since the last day's end\n",
               report->entries);
        refundry_free(report);
        if (!failed(till, refundry_book_head(till->book, &head))) {
            printf("  %s\n", head->text);
            fprintf(file, "%s\n", head->text);
            refundry_free(head);
        }
    }
    fclose(file);
}

static void days_end(const struct till *till)
{
    time_t seconds = time(NULL);
    struct tm midnight = *localtime(&seconds);
    long counts[2] = {0, 0};
    int64_t sums[2] = {0, 0};

    midnight.tm_hour = midnight.tm_min = midnight.tm_sec = 0;
    midnight.tm_isdst = -1;
    if (!add_up(till, (int64_t)mktime(&midnight) * 1000, counts, sums))
        return;
    printf("\n  DAY'S END, %s\n", date(now()));
    printf("  %5ld sales    %18s\n", counts[0], money(till, sums[0]));
    printf("  %5ld refunds  %18s\n", counts[1], money(till, sums[1]));
    printf("        takings  %18s\n", money(till, sums[0] + sums[1]));
    seal(till);
}

static void serve(struct till *till)
{
    char line[64];

    for (;;) {
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
        else if (strcmp(line, "q") == 0)
            return;
        else
            printf("  s sale   r refund   l last receipts   d day's end   q switch off\n");
    }
}

/* Opens the ledger and the one book in it, which it makes if need be. */
static int open_till(struct till *till, const char *path)
{
    refundry_new_merchant shop;
    const refundry_merchant *merchant = NULL;
    refundry_status status;
    uint32_t decimals; /* not needed; but a currency that is unknown has none */
    uint64_t released;

    if (refundry_open(REFUNDRY_ABI, path, NULL, &till->ledger) != REFUNDRY_OK)
        return 0;
    memset(&shop, 0, sizeof shop);
    shop.struct_size = sizeof shop;
    shop.id = MERCHANT;
    shop.name = "The till's shop";
    status = refundry_merchant_create(till->ledger, &shop, &merchant);
    refundry_free(merchant);
    return (status == REFUNDRY_OK || status == REFUNDRY_RESOURCE_CONFLICT) &&
           refundry_book_open(till->ledger, MERCHANT, &till->book) == REFUNDRY_OK &&
           refundry_exponent(till->ledger, till->currency, &decimals) == REFUNDRY_OK &&
           refundry_release_due(till->ledger, now(), &released) == REFUNDRY_OK;
}

int main(int argc, char **argv)
{
    struct till till;
    const char *path = argc > 1 ? argv[1] : "till.refundry";
    int opened;

    memset(&till, 0, sizeof till);
    till.currency = argc > 2 ? argv[2] : "EGP";
    snprintf(till.pending, sizeof till.pending, "%s.pending", path);
    snprintf(till.heads, sizeof till.heads, "%s.heads", path);
    opened = open_till(&till, path);
    if (opened) {
        printf("Refundry %s: a till in %s. Enter shows the keys.\n", refundry_version(), path);
        recover(&till);
        serve(&till);
    } else {
        fprintf(stderr, "%s: %s\n", path, refundry_errmsg(till.ledger));
    }
    refundry_book_close(till.book);
    refundry_close(till.ledger);
    return !opened;
}
