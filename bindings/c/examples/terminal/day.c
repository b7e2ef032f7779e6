/* The day's end: what was taken and given back, and the head of the chain. */

#include "till.h"

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

/* Checks the books against the head that was printed last, prints the new one and keeps it. */
static void seal(const struct till *till)
{
    const refundry_verify_report *report;
    const refundry_head *head;
    refundry_kept_head kept;
    char line[128] = "";
    FILE *file = fopen(beside(till, ".heads"), "a+");

    if (file == NULL) {
        printf("  %s can't be written.\n", beside(till, ".heads"));
        return;
    }
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
        line[strcspn(line, "\n")] = '\0';
    kept.merchant_id = till->merchant;
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
        failed(till, refundry_tree_extend(till->book)); /* tomorrow's proofs need it */
    }
    fclose(file);
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
