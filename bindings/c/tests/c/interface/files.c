/* Files that are not as they should be, and backups. */

#define _POSIX_C_SOURCE 200112L

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

/* Opens what must be refused with this status. */
static void refuse(refundry_status status, const char *path, int32_t access)
{
    refundry_options options;
    refundry_ledger *ledger = NULL;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.access = access;
    EXPECT(status, refundry_open(REFUNDRY_ABI, path, &options, &ledger));
    CHECK(ledger == NULL && refundry_last_error(NULL)->status == status);
    IS(refundry_errmsg(NULL), refundry_last_error(NULL)->message);
}

/* Reads a whole file. */
static char *contents(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);

    CHECK(file != NULL && bytes != NULL);
    *length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void replace(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");

    CHECK(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
}

void test_open(void)
{
    refundry_options options;
    refundry_ledger *ledger = NULL;
    char *missing = in_folder("missing");
    char *link = in_folder("link");
    char *text = in_folder("text");

    EXPECT(REFUNDRY_ABI_MISMATCH, refundry_open(REFUNDRY_ABI + 1, missing, NULL, &ledger));
    EXPECT(REFUNDRY_ABI_MISMATCH, refundry_open_in_memory(0, NULL, &ledger));
    BAD(refundry_open(REFUNDRY_ABI, NULL, NULL, &ledger));
    BAD(refundry_open(REFUNDRY_ABI, missing, NULL, NULL));
    BAD(refundry_open_in_memory(REFUNDRY_ABI, NULL, NULL));
    memset(&options, 0, sizeof options);
    BAD(refundry_open_in_memory(REFUNDRY_ABI, &options, &ledger));
    options.struct_size = sizeof options;
    options.access = 3;
    BAD(refundry_open_in_memory(REFUNDRY_ABI, &options, &ledger));
    IS(refundry_last_error(NULL)->param, "access");
    refuse(REFUNDRY_FILE_MISSING, missing, REFUNDRY_OPEN_EXISTING);
    refuse(REFUNDRY_FILE_MISSING, missing, REFUNDRY_OPEN_READ_ONLY);
    CHECK(strstr(refundry_errmsg(NULL), missing) != NULL);
    IS(refundry_last_error(NULL)->path, missing);
    refuse(REFUNDRY_INPUT_OUTPUT, "/no/such/folder/ledger", REFUNDRY_OPEN_OR_CREATE);
    CHECK(access(missing, F_OK) != 0);
    CHECK(symlink(missing, link) == 0);
    refuse(REFUNDRY_SYMBOLIC_LINK, link, REFUNDRY_OPEN_OR_CREATE);
    replace(text, "This is no ledger.\n", 19);
    refuse(REFUNDRY_NOT_A_LEDGER, text, REFUNDRY_OPEN_OR_CREATE);
    CHECK(ledger == NULL);

    /* With no options at all. */
    EXPECT(REFUNDRY_OK, refundry_open_in_memory(REFUNDRY_ABI, NULL, &ledger));
    refundry_close(ledger);
    CHECK(remove(link) == 0 && remove(text) == 0);
    free(missing);
    free(link);
    free(text);
}

static void test_read_only(const char *path)
{
    refundry_options options;
    refundry_ledger *ledger = NULL;
    refundry_book *book = NULL;
    refundry_new_charge sale = new_charge("ch_2", 1, 0);
    const refundry_charge *charge = NULL;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.access = REFUNDRY_OPEN_READ_ONLY;
    options.cache_kib = 256;
    EXPECT(REFUNDRY_OK, refundry_open(REFUNDRY_ABI, path, &options, &ledger));
    EXPECT(REFUNDRY_OK, refundry_book_open(ledger, "acct_1", &book));
    EXPECT(REFUNDRY_OK, refundry_charge_get(book, "ch_1", &charge));
    refundry_free(charge);
    charge = NULL;
    EXPECT(REFUNDRY_READ_ONLY, refundry_charge_create(book, &sale, REFUNDRY_NO_KEY, &charge));
    CHECK(charge == NULL);
    refundry_book_close(book);
    refundry_close(ledger);
}

/* Another handle holds the write lock for longer than one waits. */
static int write_meanwhile(void *context, uint64_t done, uint64_t total)
{
    refundry_new_charge sale = new_charge("ch_3", 1, 0);
    const refundry_charge *charge = NULL;
    time_t begin = time(NULL);

    (void)done;
    (void)total;
    EXPECT(REFUNDRY_LOCK_TIMEOUT,
           refundry_charge_create(context, &sale, REFUNDRY_NO_KEY, &charge));
    /* It waits for as long as was said, and not for the default of five seconds. */
    CHECK(charge == NULL && time(NULL) - begin < 5);
    return 1;
}

/* Closing one of them again would take the locks that others wait for. */
static void test_own_files(till *till, const char *path)
{
    const refundry_import_report *report = NULL;

    EXPECT(REFUNDRY_INPUT_OUTPUT,
           refundry_import_file(till->ledger, path, NULL, NULL, &report));
    CHECK(strstr(refundry_errmsg(till->ledger), path) != NULL);
    CHECK(strstr(refundry_errmsg(till->ledger), "it is the ledger's own") != NULL);
    CHECK(report == NULL);
}

/* Under another name, and while it is not where it was opened. */
static void test_names(till *till, const char *path)
{
    char *name = in_folder("another name");
    refundry_new_charge sale = new_charge("ch_4", 1, 0);
    const refundry_charge *charge = NULL;

    CHECK(link(path, name) == 0);
    refuse(REFUNDRY_HARD_LINKS, name, REFUNDRY_OPEN_EXISTING);
    CHECK(remove(name) == 0);
    CHECK(rename(path, name) == 0);
    EXPECT(REFUNDRY_FILE_MOVED,
           refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
    CHECK(charge == NULL);
    CHECK(rename(name, path) == 0);
    free(name);
}

static void test_lock(till *till, const char *path)
{
    refundry_options options = options_of(till);
    refundry_ledger *other = NULL;
    refundry_book *book = NULL;
    const refundry_import_report *report = NULL;
    const char *line = "{\"object\":\"merchant\",\"id\":\"acct_2\",\"name\":\"x\"}\n";
    char *lines = malloc(1001 * 60);
    char *end = lines;
    int i;

    CHECK(lines != NULL);
    for (i = 0; i < 1001; i++)
        end += sprintf(end, "%s", line);
    options.busy_timeout_ms = 1;
    EXPECT(REFUNDRY_OK, refundry_open(REFUNDRY_ABI, path, &options, &other));
    EXPECT(REFUNDRY_OK, refundry_book_open(other, "acct_1", &book));
    EXPECT(REFUNDRY_CANCELED,
           refundry_import(till->ledger, lines, strlen(lines), write_meanwhile, book, &report));
    refundry_book_close(book);
    refundry_close(other);
    free(lines);
}

/* Writes a copy of the ledger in which one word stands for another of the same length. */
static void replaced(const char *copy, const char *bytes, size_t length, const char *word,
                     const char *by)
{
    char *other = malloc(length);
    size_t i, size = strlen(word);

    CHECK(other != NULL && size == strlen(by));
    memcpy(other, bytes, length);
    for (i = 0; i + size <= length; i++)
        if (memcmp(other + i, word, size) == 0)
            memcpy(other + i, by, size);
    replace(copy, other, length);
    free(other);
}

static void test_damage(const char *path)
{
    char *copy = in_folder("copy");
    refundry_ledger *ledger = NULL;
    refundry_book *book = NULL;
    const refundry_charge_list *charges = NULL;
    size_t length;
    char *bytes = contents(path, &length);

    /* The schema version is a number of four bytes at 60 in the header. */
    bytes[60] = 1;
    replace(copy, bytes, length);
    refuse(REFUNDRY_NEWER_LEDGER, copy, REFUNDRY_OPEN_OR_CREATE);
    bytes[60] = 0;

    /* A table is gone. */
    replaced(copy, bytes, length, "idempotency", "idempotence");
    refuse(REFUNDRY_UNSOUND, copy, REFUNDRY_OPEN_EXISTING);

    /* A page is torn; which one, no matter: one of the lists that are read finds it. */
    memset(bytes + 2048, 0xa5, length - 2048);
    replace(copy, bytes, length);
    if (refundry_open(REFUNDRY_ABI, copy, NULL, &ledger) == REFUNDRY_OK) {
        refundry_status status = refundry_book_open(ledger, "acct_1", &book);
        if (status == REFUNDRY_OK)
            EXPECT(REFUNDRY_CORRUPT, refundry_charges(book, NULL, 10, NULL, &charges));
        else
            EXPECT(REFUNDRY_CORRUPT, status);
        refundry_close(ledger);
    } else {
        CHECK(refundry_last_error(NULL)->status == REFUNDRY_CORRUPT);
        saw(REFUNDRY_CORRUPT);
    }
    CHECK(charges == NULL);
    CHECK(remove(copy) == 0);
    free(bytes);
    free(copy);
}

void test_files(void)
{
    char *path = in_folder("ledger");
    struct stat about;
    till till;

    till_open(&till, path);
    sell(&till, "ch_1", 100, 0);
    test_own_files(&till, path);
    test_names(&till, path);
    test_lock(&till, path);
    CHECK(stat(path, &about) == 0 && (about.st_mode & 0777) == 0600);
    till_close(&till);
    test_read_only(path);
    test_damage(path);
    CHECK(remove(path) == 0);
    free(path);
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    CHECK(done <= total);
    return 1;
}

void test_backup(void)
{
    char *path = in_folder("backup");
    refundry_ledger *copy = NULL;
    uint64_t pruned = 9;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 100, 0);
    EXPECT(REFUNDRY_CANCELED, refundry_backup(till.ledger, path, stop, NULL));
    CHECK(access(path, F_OK) != 0);
    EXPECT(REFUNDRY_OK, refundry_backup(till.ledger, path, NULL, NULL));
    EXPECT(REFUNDRY_FILE_EXISTS, refundry_backup(till.ledger, path, NULL, NULL));
    till_close(&till);

    EXPECT(REFUNDRY_OK, refundry_open(REFUNDRY_ABI, path, NULL, &copy));
    till.ledger = copy;
    EXPECT(REFUNDRY_OK, refundry_book_open(copy, "acct_1", &till.book));
    CHECK(head_of(&till) == 1);
    EXPECT(REFUNDRY_OK, refundry_prune_idempotency_keys(copy, NEW_YEAR + 9999 * DAY, &pruned));
    CHECK(pruned == 0);
    till_close(&till);
    CHECK(remove(path) == 0);
    free(path);
}
