/* The long calls: import and verification, and callbacks that cancel or misbehave. */

#include "check.h"

static const char charge_line[] =
    "{\"object\":\"charge\",\"id\":\"ch_1\",\"merchantId\":\"acct_1\",\"amount\":\"100\","
    "\"amountCaptured\":\"100\",\"fee\":\"0\",\"currency\":\"EGP\",\"status\":\"succeeded\","
    "\"availableOn\":\"2024-01-03T00:00:00.000Z\",\"createdAt\":\"2024-01-01T00:00:00.000Z\"}\n";

static void import(till *till, refundry_status status, const char *lines)
{
    const refundry_import_report *report = NULL;

    EXPECT(status,
           refundry_import(till->ledger, lines, strlen(lines), NULL, NULL, &report));
    CHECK((report == NULL) == (status != REFUNDRY_OK));
    refundry_free(report);
}

/* A second line that is bad: nothing of the import is kept, and the error says where and why. */
static void bad_line(till *till, refundry_status why, const char *line)
{
    const refundry_error *error;
    char lines[sizeof charge_line + 200];

    sprintf(lines, "%s%s", charge_line, line);
    import(till, REFUNDRY_IMPORT, lines);
    error = refundry_last_error(till->ledger);
    CHECK(error->line == 2 && error->line_status == why);
    IS(error->code, refundry_status_code(why));
    saw(error->line_status);
    CHECK(head_of(till) == 0);
}

void test_import(void)
{
    const refundry_import_report *report = NULL;
    char *path = in_folder("objects.jsonl");
    FILE *file = fopen(path, "w");
    till till;

    till_open(&till, NULL);
    bad_line(&till, REFUNDRY_INVALID_REQUEST, "{\"object\":");
    bad_line(&till, REFUNDRY_PARAMETER_UNKNOWN,
             "{\"object\":\"merchant\",\"id\":\"acct_2\",\"name\":\"x\",\"colour\":\"red\"}");
    IS(refundry_last_error(till.ledger)->param, "colour");
    bad_line(&till, REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE,
             "{\"object\":\"refund\",\"id\":\"re_1\",\"merchantId\":\"acct_1\","
             "\"chargeId\":\"ch_1\",\"amount\":\"101\","
             "\"createdAt\":\"2024-01-02T00:00:00.000Z\"}");
    CHECK(refundry_last_error(till.ledger)->fact == 100);

    CHECK(file != NULL && fputs(charge_line, file) >= 0 && fclose(file) == 0);
    EXPECT(REFUNDRY_OK, refundry_import_file(till.ledger, path, NULL, NULL, &report));
    CHECK(report->lines == 1 && report->recorded == 1 && report->skipped == 0);
    refundry_free(report);
    EXPECT(REFUNDRY_OK, refundry_import(till.ledger, charge_line, strlen(charge_line), NULL,
                                        NULL, &report));
    CHECK(report->lines == 1 && report->recorded == 0 && report->skipped == 1);
    refundry_free(report);
    import(&till, REFUNDRY_OK, "");
    report = NULL;
    EXPECT(REFUNDRY_INPUT_OUTPUT,
           refundry_import_file(till.ledger, "/no/such/file", NULL, NULL, &report));
    CHECK(report == NULL);
    till_close(&till);
    remove(path);
    free(path);
}

void test_verify(void)
{
    refundry_kept_head kept;
    const refundry_head *head = NULL;
    const refundry_verify_report *report = NULL;
    char other[67];
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 100, 0);
    EXPECT(REFUNDRY_OK, refundry_book_head(till.book, &head));
    sell(&till, "ch_2", 100, 0);
    kept.merchant_id = "acct_1";
    kept.head = head->text;
    EXPECT(REFUNDRY_OK, refundry_verify(till.ledger, &kept, 1, NULL, NULL, &report));
    CHECK(report->books == 1 && report->entries == 2);
    refundry_free(report);
    EXPECT(REFUNDRY_OK, refundry_verify(till.ledger, NULL, 0, NULL, NULL, &report));
    refundry_free(report);

    report = NULL;
    strcpy(other, head->text);
    other[65] = other[65] == '0' ? '1' : '0';
    kept.head = other;
    EXPECT(REFUNDRY_UNSOUND, refundry_verify(till.ledger, &kept, 1, NULL, NULL, &report));
    IS(refundry_last_error(till.ledger)->merchant_id, "acct_1");
    CHECK(refundry_last_error(till.ledger)->place != NULL);
    kept.head = "1:zz";
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_verify(till.ledger, &kept, 1, NULL, NULL, &report));
    CHECK(report == NULL);
    refundry_free(head);
    till_close(&till);
}

static int counted(void *context, uint64_t done, uint64_t total)
{
    CHECK(total > 0 && done <= total);
    return (*(int *)context)++ >= 1;
}

/* What a callback must not do: use the handle of the call that it is called from. */
static int reenter(void *context, uint64_t done, uint64_t total)
{
    till *till = context;
    const refundry_head *head = NULL;
    const refundry_merchant_list *merchants = NULL;

    (void)done;
    (void)total;
    EXPECT(REFUNDRY_HANDLE_IN_USE, refundry_book_head(till->book, &head));
    EXPECT(REFUNDRY_HANDLE_IN_USE, refundry_merchants(till->ledger, &merchants));
    CHECK(head == NULL && merchants == NULL && refundry_last_error(till->ledger) == NULL);
    return 0;
}

/* Closes both handles within the call. */
static int close_all(void *context, uint64_t done, uint64_t total)
{
    till *till = context;

    (void)done;
    (void)total;
    till_close(till);
    till->book = NULL;
    till->ledger = NULL;
    return 1;
}

/* More lines than pass between two calls of a progress callback. */
static char *many_lines(void)
{
    enum { LINES = 1001 };
    char *lines = malloc(LINES * (sizeof charge_line + 10));
    char *end = lines;
    int i;

    CHECK(lines != NULL);
    for (i = 0; i < LINES; i++)
        end += sprintf(end, "{\"object\":\"charge\",\"id\":\"ch_m%d%s", i,
                       charge_line + strlen("{\"object\":\"charge\",\"id\":\"ch_1"));
    return lines;
}

void test_callbacks(void)
{
    char *lines = many_lines();
    refundry_new_charge sale = new_charge("ch_1", 100, 0);
    const refundry_import_report *imported = NULL;
    const refundry_verify_report *verified = NULL;
    const refundry_charge *charge = NULL;
    int calls = 0;
    till till;

    till_open(&till, NULL);
    EXPECT(REFUNDRY_CANCELED,
           refundry_import(till.ledger, lines, strlen(lines), counted, &calls, &imported));
    CHECK(imported == NULL && calls == 2 && head_of(&till) == 0);
    EXPECT(REFUNDRY_OK,
           refundry_import(till.ledger, lines, strlen(lines), NULL, NULL, &imported));
    refundry_free(imported);
    CHECK(head_of(&till) == 1001);
    calls = 1;
    EXPECT(REFUNDRY_CANCELED,
           refundry_verify(till.ledger, NULL, 0, counted, &calls, &verified));
    CHECK(verified == NULL);
    till_close(&till);

    till_open(&till, NULL);
    EXPECT(REFUNDRY_OK,
           refundry_import(till.ledger, lines, strlen(lines), reenter, &till, &imported));
    refundry_free(imported);
    imported = NULL;
    till.random_fails = 1;
    sale.id = NULL;
    EXPECT(REFUNDRY_RANDOM,
           refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    till.random_fails = 0;
    EXPECT(REFUNDRY_OK, refundry_charge_create(till.book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
    EXPECT(REFUNDRY_CANCELED,
           refundry_verify(till.ledger, NULL, 0, close_all, &till, &verified));
    CHECK(till.ledger == NULL && verified == NULL);
    free(lines);
}

static void refund_one(till *till, refundry_status status, int64_t amount)
{
    refundry_refund_request request = refund_of_charge("ch_1");
    const refundry_refund *refund = NULL;

    EXPECT(status,
           refundry_refund_create(till->book, &request, amount, REFUNDRY_NO_KEY, &refund));
    refundry_free(refund);
}

void test_batches(void)
{
    const refundry_import_report *report = NULL;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 100, 0);
    EXPECT(REFUNDRY_BATCH, refundry_batch_commit(till.ledger));
    EXPECT(REFUNDRY_OK, refundry_batch_roll_back(till.ledger));
    EXPECT(REFUNDRY_OK, refundry_batch_begin(till.ledger));
    EXPECT(REFUNDRY_BATCH, refundry_batch_begin(till.ledger));
    refund_one(&till, REFUNDRY_OK, 60);
    refund_one(&till, REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE, 60);
    refund_one(&till, REFUNDRY_OK, 30);
    EXPECT(REFUNDRY_BATCH, refundry_import(till.ledger, "", 0, NULL, NULL, &report));
    EXPECT(REFUNDRY_OK, refundry_batch_commit(till.ledger));
    CHECK(head_of(&till) == 3 && available(&till) == -90);

    EXPECT(REFUNDRY_OK, refundry_batch_begin(till.ledger));
    refund_one(&till, REFUNDRY_OK, 10);
    EXPECT(REFUNDRY_OK, refundry_batch_roll_back(till.ledger));
    CHECK(head_of(&till) == 3);

    /* A failure of the machine takes the whole batch with it. */
    EXPECT(REFUNDRY_OK, refundry_batch_begin(till.ledger));
    refund_one(&till, REFUNDRY_OK, 5);
    till.random_fails = 1;
    refund_one(&till, REFUNDRY_RANDOM, 5);
    till.random_fails = 0;
    refund_one(&till, REFUNDRY_BATCH, 5);
    EXPECT(REFUNDRY_BATCH, refundry_batch_commit(till.ledger));
    CHECK(head_of(&till) == 3);
    refund_one(&till, REFUNDRY_OK, 5);

    /* A source that repeats itself gives an id that is taken. */
    till.drawn--;
    refund_one(&till, REFUNDRY_STORAGE, 1);
    CHECK(head_of(&till) == 4);
    till_close(&till);
}
