/*
 * Headquarters, which keeps a copy of every till's book. The till asks where the copy ends, and
 * sends what came after. So it has nothing to remember, and may be interrupted anywhere.
 *
 * FILE.home is a configuration of curl with the address and the key, so that the list of processes
 * does not show the key:
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

/* What reads the feed, and keeps the answer in a file. It does not hold the feed in memory. */
static const char POST[] =
    "exec curl --config \"$TILL_HOME\" --output \"$TILL_ANSWER\" --silent --show-error --max-time 60"
    " --request POST --header 'Content-Type: application/x-ndjson' --upload-file -";

/* Gives one line to curl. */
static int pass_on(void *curl, const char *line, size_t length)
{
    return fwrite(line, 1, length, curl) != length || putc('\n', curl) == EOF;
}

/* Finds the mark, where the next feed begins, in the answer, or shows what headquarters says. */
static int read_answer(const char *path, char *mark, int size)
{
    static const char NAME[] = "\"mark\":\"";
    char answer[4096];
    const char *found;
    FILE *file = fopen(path, "r");
    size_t length;

    if (file == NULL)
        return 0;
    length = fread(answer, 1, sizeof answer - 1, file);
    answer[length] = '\0';
    fclose(file);
    unlink(path);
    found = strstr(answer, NAME);
    if (found == NULL) {
        printf("  Headquarters says: %s\n", answer);
        return 0;
    }
    found += strlen(NAME);
    snprintf(mark, (size_t)size, "%.*s", (int)strcspn(found, "\""), found);
    return strstr(answer, "book_forked") == NULL;
}

/* Sends the book after a mark, and gets the mark where headquarters' copy ends now. */
static int post(const struct till *till, const char *after, char *mark, int size)
{
    const refundry_mark *end = NULL;
    const char *answer = beside(till, ".answer");
    refundry_status status;
    FILE *curl;
    int ended;

    unlink(answer);
    setenv("TILL_HOME", beside(till, ".home"), 1);
    setenv("TILL_ANSWER", answer, 1);
    curl = popen(POST, "w");
    if (curl == NULL)
        return 0;
    status = refundry_feed(till->book, after, pass_on, curl, &end);
    refundry_free(end);
    ended = pclose(curl);
    if (status != REFUNDRY_CANCELED && failed(till, status)) /* canceled: curl has gone */
        return 0;
    return ended == 0 && read_answer(answer, mark, size);
}

void send_home(const struct till *till)
{
    const refundry_mark *own;
    char theirs[128], sent[128];
    int done;

    if (access(beside(till, ".home"), R_OK) != 0) {
        printf("  Nobody has written the address of headquarters into %s.\n", beside(till, ".home"));
        return;
    }
    if (failed(till, refundry_book_mark(till->book, &own)))
        return;
    /* A feed without recordings is answered with the mark where their copy ends. */
    done = post(till, own->text, theirs, sizeof theirs) && post(till, theirs, sent, sizeof sent) &&
           strcmp(sent, own->text) == 0;
    if (done)
        printf("  Headquarters has all %" PRId64 " recordings.\n", own->n);
    else
        printf("  Not all was sent. Nothing is lost: send it again later.\n");
    refundry_free(own);
}
