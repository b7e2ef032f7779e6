/* What the till shows and asks. */

#include "till.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t now(void)
{
    struct timespec moment;

    clock_gettime(CLOCK_REALTIME, &moment);
    return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

const char *date(int64_t moment)
{
    static char text[32];
    time_t seconds = (time_t)(moment / 1000);

    strftime(text, sizeof text, "%a %d %b %H:%M", localtime(&seconds));
    return text;
}

/* An amount with its currency, as people write it; the last four stay as they are. */
const char *money(const struct till *till, int64_t amount)
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

/* Reads "226.04" as 22604: exactly, or not at all. */
int read_money(const struct till *till, const char *text, int64_t *amount)
{
    refundry_status status = refundry_parse_amount(till->ledger, till->currency, text, amount);

    if (status != REFUNDRY_PARAMETER_INVALID)
        return !failed(till, status);
    printf("  Not done: an amount looks like %s.\n", strchr(money(till, 22604), ' ') + 1);
    return 0;
}

/*
 * Asks for a line; 0 if there is none, nothing on it, or too much: the rest of a long line must not
 * answer the next question.
 */
int ask(const char *question, char *line, int size)
{
    int letter;

    printf("%s", question);
    fflush(stdout);
    line[0] = '\0';
    if (fgets(line, size, stdin) == NULL)
        return 0;
    if (strchr(line, '\n') == NULL) {
        do
            letter = getchar();
        while (letter != '\n' && letter != EOF);
        line[0] = '\0';
        printf("  Not done: that is too long.\n");
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line[0] != '\0';
}

int yes(const char *question)
{
    char line[16];

    return ask(question, line, sizeof line) && (line[0] == 'y' || line[0] == 'Y');
}

/* Whether a till may have this name; says so if not. */
int is_name(const char *name)
{
    size_t length = strlen(name);

    if (length > 0 && length < NAME_SIZE &&
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length)
        return 1;
    printf("  Not done: a till's name has 1 to %d of a-z, 0-9 and _.\n", NAME_SIZE - 1);
    return 0;
}

/* Asks for a receipt's number: "17" of this till, or with the name of the till that sold it. */
int ask_receipt(const struct till *till, const char *question, char *receipt)
{
    char line[64];
    int length;

    if (!ask(question, line, sizeof line))
        return 0;
    if (line[strspn(line, "0123456789")] == '\0')
        length = snprintf(receipt, RECEIPT_SIZE, "%s-%s", till->name, line);
    else
        length = snprintf(receipt, RECEIPT_SIZE, "%s", line);
    if (length >= RECEIPT_SIZE)
        printf("  Not done: no receipt has such a long number.\n");
    return length < RECEIPT_SIZE;
}

/* Says what a status means, and whether it is a failure. */
int failed(const struct till *till, refundry_status status)
{
    if (status == REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE)
        printf("  Not done: at most %s can still be given back.\n",
               money(till, refundry_last_error(till->ledger)->fact));
    else if (status == REFUNDRY_CHARGE_HANDED_OVER)
        printf("  Not done: it was handed over to another till, and %s is left here.\n",
               money(till, refundry_last_error(till->ledger)->fact));
    else if (status != REFUNDRY_OK)
        printf("  Not done: %s.\n", refundry_errmsg(till->ledger));
    return status != REFUNDRY_OK;
}

void print_slip(const struct till *till, const char *what, const char *receipt, int64_t amount,
                const char *id, int64_t moment, int again)
{
    if (again)
        printf("  Pressed again. It was done before; nothing more was done now:\n");
    printf("  +------------------------------------+\n"
           "  | %-14s %19s |\n", what, date(moment));
    printf("  | receipt %-10s %15s |\n", receipt, money(till, amount));
    printf("  | %-34s |\n"
           "  +------------------------------------+\n", id);
}
