/* The day's end: what was taken and given back, and the head of the chain. */

#include "till.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

/* Reads the head that was kept last. 1, and nothing in `line`, if none was kept yet. */
static int read_head(const struct till *till, char *line, int size)
{
    FILE *file = fopen(beside(till, ".head"), "r");
    int found = 0;

    line[0] = '\0';
    if (file == NULL && errno == ENOENT)
        return 1;
    if (file != NULL) {
        found = fgets(line, size, file) != NULL;
        fclose(file);
    }
    line[strcspn(line, "\n")] = '\0';
    if (!found)
        printf("  Not checked: %s can't be read.\n", beside(till, ".head"));
    return found;
}

/* Prints where the book stands, and keeps it for the next day's end. */
static void keep_head(const struct till *till)
{
    const refundry_head *head;
    char line[128];

    if (failed(till, refundry_book_head(till->book, &head)))
        return;
    printf("  %s\n", head->text);
    snprintf(line, sizeof line, "%s\n", head->text);
    if (!replace_file(till, ".head", line))
        printf("  It is not kept: %s can't be written. Is the disk full?\n", beside(till, ".head"));
    refundry_free(head);
}

/* Checks the books against the head that was kept last, and keeps the new one. */
static void seal(const struct till *till)
{
    const refundry_verify_report *report;
    refundry_kept_head kept;
    char line[128];
    int compared;

    if (!read_head(till, line, sizeof line))
        return;
    kept.merchant_id = till->merchant;
    kept.head = line;
    compared = line[0] != '\0';
    if (failed(till, refundry_verify(till->ledger, &kept, compared, NULL, NULL, &report)))
        return;
    printf("  %" PRIu64 " entries, all sound%s\n", report->entries,
           compared ? ", none altered since the last day's end" : "");
    refundry_free(report);
    keep_head(till);
    failed(till, refundry_tree_extend(till->book)); /* tomorrow's proofs need it */
}

void days_end(const struct till *till)
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
