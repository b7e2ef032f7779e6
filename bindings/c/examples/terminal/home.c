/*
 * Headquarters, which keeps a copy of every till's book. The till asks where the copy ends, and
 * sends what came after. So it has nothing to remember, and may be interrupted anywhere.
 *
 * FILE.home is a configuration of curl with the address and the key, so that the list of processes
 * does not show the key. Only its owner may read it (chmod 600):
 *
 *     url = "https://headquarters.example/feed"
 *     header = "Authorization: Bearer fk_..."
 */

#include "till.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How much of an answer is looked at. */
#define ANSWER_SIZE 2048

/* What reads the feed, and keeps the answer in a file. It does not hold the feed in memory. */
static const char POST[] =
    "exec curl --config \"$TILL_HOME\" --output \"$TILL_ANSWER\" --silent --show-error --max-time 60"
    " --request POST --header 'Content-Type: application/x-ndjson' --upload-file -";

/* Gives one line to curl. */
static int pass_on(void *curl, const char *line, size_t length)
{
    return fwrite(line, 1, length, curl) != length || putc('\n', curl) == EOF;
}

/* Whether an answer says that something went wrong. It may name a mark too. */
static int is_error(const char *answer)
{
    return strstr(answer, "\"error\"") != NULL;
}

/* Reads the answer that curl kept; an empty one if there is none. */
static void read_answer(const char *path, char answer[ANSWER_SIZE])
{
    FILE *file = fopen(path, "r");
    size_t length = 0;

    if (file != NULL) {
        length = fread(answer, 1, ANSWER_SIZE - 1, file);
        fclose(file);
        unlink(path);
    }
    answer[length] = '\0';
}

/* Finds the mark, where the next feed begins, in an answer. */
static int find_mark(const char *answer, char *mark, int size)
{
    static const char NAME[] = "\"mark\":\"";
    const char *found = strstr(answer, NAME);

    if (found != NULL) {
        found += strlen(NAME);
        snprintf(mark, (size_t)size, "%.*s", (int)strcspn(found, "\""), found);
    }
    return found != NULL;
}

static void call_headquarters(void)
{
    printf("  Their copy and this book are not the same any more. Call headquarters; don't send again.\n");
}

/* Shows what headquarters says. It comes from the network, so it may not steer the terminal. */
static void show_answer(const char *answer)
{
    const char *letter;

    printf("  Not all was sent. Headquarters says: ");
    for (letter = answer; *letter != '\0'; letter++)
        putchar((*letter >= ' ' && *letter <= '~') || *letter == '\n' ? *letter : '?');
    printf("\n");
    if (strstr(answer, "\"book_forked\"") != NULL)
        call_headquarters();
}

/* Sends the book after a mark, and gets the answer. Says why if there is none. */
static int post(const struct till *till, const char *after, char answer[ANSWER_SIZE])
{
    const refundry_mark *end = NULL;
    const char *path = beside(till, ".answer");
    refundry_status status;
    FILE *curl;
    int ended;

    unlink(path);
    setenv("TILL_HOME", beside(till, ".home"), 1);
    setenv("TILL_ANSWER", path, 1);
    curl = popen(POST, "w");
    if (curl == NULL) {
        printf("  Not done: curl can't be started.\n");
        return 0;
    }
    status = refundry_feed(till->book, after, pass_on, curl, &end);
    refundry_free(end);
    ended = pclose(curl);
    read_answer(path, answer);
    if (status != REFUNDRY_CANCELED && failed(till, status)) { /* canceled: curl has gone */
        if (status == REFUNDRY_MARK_UNKNOWN)
            call_headquarters();
        return 0;
    }
    if (ended != 0 && !is_error(answer)) {
        printf("  Headquarters can't be reached. Nothing is lost: send it again later.\n");
        return 0;
    }
    return 1;
}

/* Sends what headquarters does not have; whether it has all then. */
static int send_rest(const struct till *till, const refundry_mark *own)
{
    char answer[ANSWER_SIZE], mark[128];

    /* A feed without recordings is answered with the mark where their copy ends. */
    if (!post(till, own->text, answer))
        return 0;
    if (find_mark(answer, mark, sizeof mark)) {
        if (!post(till, mark, answer))
            return 0;
        if (!is_error(answer) && find_mark(answer, mark, sizeof mark) && strcmp(mark, own->text) == 0)
            return 1;
    }
    show_answer(answer);
    return 0;
}

void send_home(const struct till *till)
{
    const refundry_mark *own;

    if (access(beside(till, ".home"), R_OK) != 0) {
        printf("  Nobody has written the address of headquarters into %s.\n", beside(till, ".home"));
        return;
    }
    if (failed(till, refundry_book_mark(till->book, &own)))
        return;
    if (send_rest(till, own))
        printf("  Headquarters has all %" PRId64 " recordings.\n", own->n);
    refundry_free(own);
}
