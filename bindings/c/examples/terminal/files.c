/* What the till keeps beside its ledger. */

#include "till.h"

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

/* Puts a press on disk, whole or not at all. */
int note(const struct till *till, const struct press *press)
{
    const char *pending = beside(till, ".pending"), *new_file = beside(till, ".pending.new");
    char line[256];
    int length, file, written;

    length = sprintf(line, "%s %s %s %" PRId64 " %d %" PRId64 " %s\n", press->kind, press->receipt,
                     press->to, press->amount, press->all, press->moment, press->key);
    file = open(new_file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    written = file >= 0 && write(file, line, (size_t)length) == length && fsync(file) == 0;
    if (file >= 0)
        close(file);
    return written && rename(new_file, pending) == 0 && keep_names(pending);
}

/* Reads the press that was under way; 0 if there was none. */
int read_note(const struct till *till, struct press *press)
{
    const char *pending = beside(till, ".pending");
    FILE *file = fopen(pending, "r");
    int fields;

    if (file == NULL)
        return 0;
    fields = fscanf(file, "%11s %35s %23s %" SCNd64 " %d %" SCNd64 " %79s", press->kind,
                    press->receipt, press->to, &press->amount, &press->all, &press->moment,
                    press->key);
    fclose(file);
    if (fields != 7)
        printf("%s is not a till's note. It is left as it is.\n", pending);
    return fields == 7;
}

void drop_note(const struct till *till)
{
    unlink(beside(till, ".pending"));
}
