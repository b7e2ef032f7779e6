/* What the till keeps beside its ledger. */

#include "till.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The path of a file beside the ledger; the last two stay as they are. */
char *beside(const struct till *till, const char *ending)
{
    static char paths[2][4096];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof paths[0], "%s%s", till->path, ending);
    return path;
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

/* Puts a text on disk in the place of what a file beside the ledger had: whole, or not at all. */
int replace_file(const struct till *till, const char *ending, const char *text)
{
    const char *path = beside(till, ending), *new_file;
    char new_ending[32];
    size_t length = strlen(text);
    int file, written;

    sprintf(new_ending, "%s.new", ending);
    new_file = beside(till, new_ending);
    file = open(new_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    written = file >= 0 && write(file, text, length) == (ssize_t)length && fsync(file) == 0;
    if (file >= 0)
        close(file);
    return written && rename(new_file, path) == 0 && keep_names(path);
}

int note(const struct till *till, const struct press *press)
{
    char line[256];

    sprintf(line, "%s %s %s %" PRId64 " %d %" PRId64 " %s\n", press->kind, press->receipt,
            press->to, press->amount, press->all, press->moment, press->key);
    return replace_file(till, ".pending", line);
}

/* Whether a press is noted whose end the till has not seen, or a note can't be looked for. */
int is_noted(const struct till *till)
{
    return access(beside(till, ".pending"), F_OK) == 0 || errno != ENOENT;
}

/* Reads the press that was under way; 0 if there was none, -1 if the note can't be read. */
int read_note(const struct till *till, struct press *press)
{
    const char *pending = beside(till, ".pending");
    FILE *file = fopen(pending, "r");
    int fields;

    if (file == NULL && errno == ENOENT)
        return 0;
    if (file == NULL) {
        printf("%s can't be read.\n", pending);
        return -1;
    }
    fields = fscanf(file, "%11s %35s %23s %" SCNd64 " %d %" SCNd64 " %79s", press->kind,
                    press->receipt, press->to, &press->amount, &press->all, &press->moment,
                    press->key);
    fclose(file);
    if (fields == 7)
        return 1;
    printf("%s is not a till's note. It is left as it is.\n", pending);
    return -1;
}

void drop_note(const struct till *till)
{
    unlink(beside(till, ".pending"));
}
