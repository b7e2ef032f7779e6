/* Exports and statements: a book goes to accountants, chunk by chunk. */

#include "check.h"

#ifndef REFUNDRY_WITHOUT_EXPORTS

/* Chunks that a callback got, one after the other. */
typedef struct chunks {
    char text[65536];
    size_t length;
    int count;
    int stop_after;
    refundry_ledger *ledger;
} chunks;

static int collect(void *context, const char *bytes, size_t length)
{
    chunks *to = context;
    const refundry_merchant_list *merchants = NULL;

    CHECK(length > 0 && to->length + length < sizeof to->text);
    memcpy(to->text + to->length, bytes, length);
    to->length += length;
    to->text[to->length] = '\0';
    /* The ledger is in use. */
    EXPECT(REFUNDRY_HANDLE_IN_USE, refundry_merchants(to->ledger, &merchants));
    return ++to->count == to->stop_after;
}

static void begin(chunks *to, till *till)
{
    memset(to, 0, sizeof *to);
    to->ledger = till->ledger;
}

/* The whole book in a format. */
static void export_all(till *till, int32_t format, chunks *to)
{
    const refundry_head *head = NULL;
    const refundry_head *wanted = NULL;

    begin(to, till);
    EXPECT(REFUNDRY_OK, refundry_export(till->book, format, NULL, NULL, collect, to, &head));
    EXPECT(REFUNDRY_OK, refundry_book_head(till->book, &wanted));
    IS(head->text, wanted->text);
    /* A journal says how far it goes. */
    CHECK((strstr(to->text, head->text) != NULL) == (format <= REFUNDRY_EXPORT_BEANCOUNT));
    refundry_free(head);
    refundry_free(wanted);
}

static refundry_statement_request statement_of(int32_t format, int32_t language)
{
    refundry_statement_request request;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.format = format;
    request.language = language;
    return request;
}

static void bad_arguments(till *till)
{
    static chunks got;
    const refundry_head *head = NULL;
    refundry_statement_request request =
        statement_of(REFUNDRY_STATEMENT_TEXT, REFUNDRY_LANGUAGE_ENGLISH);
    char unknown[80];

    begin(&got, till);
    BAD(refundry_export(NULL, REFUNDRY_EXPORT_HLEDGER, NULL, NULL, collect, &got, &head));
    BAD(refundry_export(till->book, 0, NULL, NULL, collect, &got, &head));
    BAD(refundry_export(till->book, 9, NULL, NULL, collect, &got, &head));
    IS(refundry_last_error(till->ledger)->param, "format");
    BAD(refundry_export(till->book, REFUNDRY_EXPORT_HLEDGER, NULL, NULL, NULL, &got, &head));
    BAD(refundry_export(till->book, REFUNDRY_EXPORT_HLEDGER, NULL, NULL, collect, &got, NULL));
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_export(till->book, REFUNDRY_EXPORT_HLEDGER, "soon", NULL, collect, &got, &head));
    IS(refundry_last_error(till->ledger)->param, "from");
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_export(till->book, REFUNDRY_EXPORT_HLEDGER, "2024-01-02", "2024-01-01", collect,
                           &got, &head));
    IS(refundry_last_error(till->ledger)->param, "to");
    memset(unknown, '0', sizeof unknown);
    memcpy(unknown, "1:", 2);
    unknown[2 + 64] = '\0';
    EXPECT(REFUNDRY_HEAD_UNKNOWN,
           refundry_export(till->book, REFUNDRY_EXPORT_HLEDGER, unknown, NULL, collect, &got, &head));

    BAD(refundry_statement(NULL, &request, collect, &got, &head));
    BAD(refundry_statement(till->book, NULL, collect, &got, &head));
    BAD(refundry_statement(till->book, &request, NULL, &got, &head));
    BAD(refundry_statement(till->book, &request, collect, &got, NULL));
    request.format = 0;
    BAD(refundry_statement(till->book, &request, collect, &got, &head));
    request = statement_of(REFUNDRY_STATEMENT_CSV, 3);
    BAD(refundry_statement(till->book, &request, collect, &got, &head));
    request.language = REFUNDRY_LANGUAGE_ARABIC;
    request.zone = "Africa/Atlantis";
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_statement(till->book, &request, collect, &got, &head));
    IS(refundry_last_error(till->ledger)->param, "zone");
    request.zone = NULL;
    request.month = "2024-13";
    EXPECT(REFUNDRY_PARAMETER_INVALID,
           refundry_statement(till->book, &request, collect, &got, &head));
    IS(refundry_last_error(till->ledger)->param, "month");
    request.month = "2024-01";
    request.to = "2024-01-02";
    BAD(refundry_statement(till->book, &request, collect, &got, &head));
    CHECK(head == NULL && got.count == 0);
}

/* Who has seen enough gets no more. */
static void stop_early(till *till)
{
    static chunks got;
    const refundry_head *head = NULL;

    begin(&got, till);
    got.stop_after = 1;
    EXPECT(REFUNDRY_CANCELED,
           refundry_export(till->book, REFUNDRY_EXPORT_CSV_JOURNAL, NULL, NULL, collect, &got, &head));
    CHECK(got.count == 1 && head == NULL);
}

static void statements(till *till)
{
    static chunks got;
    const refundry_head *head = NULL;
    refundry_statement_request request =
        statement_of(REFUNDRY_STATEMENT_TEXT, REFUNDRY_LANGUAGE_ENGLISH);

    begin(&got, till);
    EXPECT(REFUNDRY_OK, refundry_statement(till->book, &request, collect, &got, &head));
    CHECK(strstr(got.text, "acct_1") != NULL && strstr(got.text, "ch_1") != NULL);
    refundry_free(head);

    /* In UTC the sale was on the last evening of the year before. */
    request.month = "2024-01";
    request.zone = "Africa/Cairo";
    request.format = REFUNDRY_STATEMENT_CSV;
    begin(&got, till);
    EXPECT(REFUNDRY_OK, refundry_statement(till->book, &request, collect, &got, &head));
    CHECK(strstr(got.text, "charge,2024-01-01 00:00:00,ch_1") != NULL);
    refundry_free(head);
    request.zone = NULL;
    begin(&got, till);
    EXPECT(REFUNDRY_OK, refundry_statement(till->book, &request, collect, &got, &head));
    CHECK(strstr(got.text, "ch_1") == NULL);
    refundry_free(head);

    request.month = NULL;
    request.from = "2023-12-31";
    request.to = "2024-01-01";
    request.format = REFUNDRY_STATEMENT_HTML;
    request.language = REFUNDRY_LANGUAGE_ARABIC;
    begin(&got, till);
    EXPECT(REFUNDRY_OK, refundry_statement(till->book, &request, collect, &got, &head));
    CHECK(strstr(got.text, "dir=\"rtl\"") != NULL && strstr(got.text, "ch_1") != NULL);
    refundry_free(head);
}

/* Only what is after the head that was kept, with what was held before. */
static void since_a_head(till *till, const char *kept)
{
    static chunks got;
    const refundry_head *head = NULL;

    begin(&got, till);
    EXPECT(REFUNDRY_OK,
           refundry_export(till->book, REFUNDRY_EXPORT_LEDGER, kept, NULL, collect, &got, &head));
    CHECK(strstr(got.text, "opening balances") != NULL);
    CHECK(strstr(got.text, "ch_2") != NULL && strstr(got.text, "source: ch_1") == NULL);
    refundry_free(head);
    head = NULL;
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_export(till->book, REFUNDRY_EXPORT_CSV_REFUNDS, kept,
                                                       NULL, collect, &got, &head));
    CHECK(head == NULL);
}

void test_exports(void)
{
    static chunks got;
    const refundry_head *kept = NULL;
    till till;

    till_open(&till, NULL);
    till.now = NEW_YEAR - 7200000;
    sell(&till, "ch_1", 22604, 912);
    EXPECT(REFUNDRY_OK, refundry_book_head(till.book, &kept));
    till.now = NEW_YEAR + 2 * DAY;
    sell(&till, "ch_2", 500, 0);

    export_all(&till, REFUNDRY_EXPORT_HLEDGER, &got);
    CHECK(strstr(got.text, "assets:acct_1:clearing  226.04 EGP\n") != NULL);
    export_all(&till, REFUNDRY_EXPORT_LEDGER, &got);
    CHECK(strstr(got.text, "assets:acct_1:clearing  226.04 EGP\n") != NULL);
    export_all(&till, REFUNDRY_EXPORT_BEANCOUNT, &got);
    CHECK(strstr(got.text, "Assets:Acct-1:Clearing  226.04 EGP\n") != NULL);
    export_all(&till, REFUNDRY_EXPORT_CSV_JOURNAL, &got);
    CHECK(strstr(got.text, ",clearing,pending,EGP,226.04,22604,") != NULL);
    export_all(&till, REFUNDRY_EXPORT_CSV_STATEMENT, &got);
    CHECK(strstr(got.text, ",226.04,9.12,216.92,22604,912,21692\r\n") != NULL);
    export_all(&till, REFUNDRY_EXPORT_CSV_REFUNDS, &got);
    CHECK(strchr(got.text, '\n') == got.text + got.length - 1);
    export_all(&till, REFUNDRY_EXPORT_CSV_CHARGES, &got);
    CHECK(strncmp(strchr(got.text, '\n') + 1, "ch_2,", 5) == 0);
    export_all(&till, REFUNDRY_EXPORT_CSV_DISPUTES, &got);
    CHECK(strchr(got.text, '\n') == got.text + got.length - 1);

    bad_arguments(&till);
    stop_early(&till);
    statements(&till);
    since_a_head(&till, kept->text);
    refundry_free(kept);
    till_close(&till);
}

#endif
