/* Feeds: a till's book goes to headquarters, whose mirror only follows. */

#include "check.h"

/* Lines that a callback got. */
typedef struct lines {
    char text[16384];
    size_t length;
    int count;
    int stop_after;
    refundry_ledger *ledger;
} lines;

static int collect(void *context, const char *line, size_t length)
{
    lines *to = context;
    const refundry_merchant_list *merchants = NULL;

    CHECK(strlen(line) == length && strchr(line, '\n') == NULL);
    CHECK(to->length + length + 2 < sizeof to->text);
    memcpy(to->text + to->length, line, length);
    to->length += length;
    to->text[to->length++] = '\n';
    to->text[to->length] = '\0';
    /* The ledger is in use. */
    EXPECT(REFUNDRY_HANDLE_IN_USE, refundry_merchants(to->ledger, &merchants));
    return ++to->count == to->stop_after;
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    CHECK(done > 0 && done <= total);
    return 1;
}

/* The whole feed of a till after a mark. */
static void feed(till *from, const char *after, lines *to)
{
    const refundry_mark *end = NULL;

    memset(to, 0, sizeof *to);
    to->ledger = from->ledger;
    EXPECT(REFUNDRY_OK, refundry_feed(from->book, after, collect, to, &end));
    CHECK(end != NULL && end->n >= 0 && strstr(to->text, end->hash) != NULL);
    refundry_free(end);
}

static refundry_ledger *headquarters(void)
{
    refundry_ledger *ledger = NULL;

    EXPECT(REFUNDRY_OK, refundry_open_in_memory(REFUNDRY_ABI, NULL, &ledger));
    return ledger;
}

/* What a mirror refuses, and what it can be asked. */
static void only_follows(refundry_ledger *office, const char *wanted)
{
    refundry_book *book = NULL;
    const refundry_issued_key *issued = NULL;
    const refundry_mark *mark = NULL;

    EXPECT(REFUNDRY_OK, refundry_book_open(office, "acct_1", &book));
    EXPECT(REFUNDRY_MIRRORED, refundry_key_issue(book, &issued));
    IS(refundry_last_error(office)->code, "book_mirrored");
    EXPECT(REFUNDRY_OK, refundry_book_mark(book, &mark));
    IS(mark->text, wanted);
    refundry_free(mark);
    refundry_book_close(book);
}

static void bad_arguments(till *till, refundry_ledger *office)
{
    static lines got;
    char room[400];
    const refundry_mark *mark = NULL;
    const refundry_feed_piece *piece = NULL;
    const refundry_feed_report *report = NULL;

    got.ledger = till->ledger;
    BAD(refundry_book_mark(NULL, &mark));
    BAD(refundry_book_mark(till->book, NULL));
    BAD(refundry_feed(till->book, NULL, NULL, NULL, &mark));
    BAD(refundry_feed(till->book, NULL, collect, &got, NULL));
    EXPECT(REFUNDRY_PARAMETER_INVALID, refundry_feed(till->book, "1", collect, &got, &mark));
    got.stop_after = 1;
    EXPECT(REFUNDRY_CANCELED, refundry_feed(till->book, NULL, collect, &got, &mark));
    BAD(refundry_feed_into(till->book, NULL, NULL, 100, &piece));
    BAD(refundry_feed_into(till->book, NULL, room, sizeof room, NULL));
    EXPECT(REFUNDRY_PARAMETER_OUT_OF_RANGE,
           refundry_feed_into(till->book, NULL, room, sizeof room, &piece));
    BAD(refundry_receive(office, NULL, 1, NULL, NULL, &report));
    BAD(refundry_receive(office, "", 0, NULL, NULL, NULL));
    BAD(refundry_receive_file(office, NULL, NULL, NULL, &report));
    EXPECT(REFUNDRY_INVALID_REQUEST, refundry_receive(office, "", 0, NULL, NULL, &report));
    EXPECT(REFUNDRY_INPUT_OUTPUT, refundry_receive_file(office, "/no/such", NULL, NULL, &report));
    CHECK(mark == NULL && piece == NULL && report == NULL);
}

/* Pieces that have room in a terminal's memory, each sent by itself. */
static void in_pieces(till *till)
{
    refundry_ledger *office = headquarters();
    char room[1500];
    char after[128];
    int pieces = 0;
    int complete = 0;

    after[0] = '\0';
    while (!complete) {
        const refundry_feed_piece *piece = NULL;
        const refundry_feed_report *report = NULL;

        EXPECT(REFUNDRY_OK, refundry_feed_into(till->book, pieces == 0 ? NULL : after, room,
                                               sizeof room, &piece));
        CHECK(piece->length == strlen(room) && piece->length < sizeof room);
        EXPECT(REFUNDRY_OK, refundry_receive(office, room, piece->length, NULL, NULL, &report));
        IS(report->merchant_id, "acct_1");
        IS(report->mark->text, piece->mark->text);
        CHECK(report->recorded > 0 && report->skipped == 0);
        strcpy(after, piece->mark->text);
        complete = piece->complete;
        pieces++;
        refundry_free(piece);
        refundry_free(report);
    }
    CHECK(pieces > 1);
    only_follows(office, after);
    refundry_close(office);
}

/* The till is restored from an older copy, and goes on in another way. */
static void fork_it(till *till, refundry_ledger *office)
{
    static lines got;
    const refundry_mark *mark = NULL;
    const refundry_feed_report *report = NULL;
    const refundry_verify_report *verified = NULL;
    const refundry_issued_key *issued = NULL;
    char *copy = in_folder("older");
    struct till older;

    EXPECT(REFUNDRY_OK, refundry_backup(till->ledger, copy, NULL, NULL));
    EXPECT(REFUNDRY_OK, refundry_key_issue(till->book, &issued));
    refundry_free(issued);
    feed(till, NULL, &got);
    EXPECT(REFUNDRY_OK, refundry_receive(office, got.text, got.length, NULL, NULL, &report));
    CHECK(report->recorded == 1);

    memset(&older, 0, sizeof older);
    EXPECT(REFUNDRY_OK, refundry_open(REFUNDRY_ABI, copy, NULL, &older.ledger));
    EXPECT(REFUNDRY_OK, refundry_book_open(older.ledger, "acct_1", &older.book));
    EXPECT(REFUNDRY_OK, refundry_key_issue(older.book, &issued));
    EXPECT(REFUNDRY_MARK_UNKNOWN,
           refundry_feed(older.book, report->mark->text, collect, &got, &mark));
    refundry_free(report);
    report = NULL;
    feed(&older, NULL, &got);
    EXPECT(REFUNDRY_FORKED, refundry_receive(office, got.text, got.length, NULL, NULL, &report));
    CHECK(refundry_last_error(office)->line > 1 && refundry_last_error(office)->has_fact);
    EXPECT(REFUNDRY_OK, refundry_verify(office, NULL, 0, NULL, NULL, &verified));
    CHECK(verified->fork_count == 1 && report == NULL);
    CHECK(verified->forks[0]->n == refundry_last_error(office)->fact);
    IS(verified->forks[0]->merchant_id, "acct_1");
    CHECK(strstr(got.text, verified->forks[0]->line) != NULL);
    CHECK(verified->forks[0]->received_at > NEW_YEAR);
    refundry_free(verified);
    refundry_free(issued);
    refundry_book_close(older.book);
    refundry_close(older.ledger);
    CHECK(remove(copy) == 0);
    free(copy);
}

void test_feeds(void)
{
    static lines got;
    static lines rest;
    refundry_ledger *office = headquarters();
    const refundry_mark *mark = NULL;
    const refundry_feed_report *report = NULL;
    char *name = in_folder("feed");
    FILE *file;
    till till;

    till_open(&till, NULL);
    sell(&till, "ch_1", 500, 20);
    sell(&till, "ch_2", 700, 0);
    sell(&till, "ch_3", 900, 0);
    bad_arguments(&till, office);
    feed(&till, NULL, &got);
    EXPECT(REFUNDRY_OK, refundry_book_mark(till.book, &mark));
    CHECK(got.count == mark->n + 2);

    /* A feed that leaves a gap is answered with the place to send from. */
    feed(&till, mark->text, &rest);
    EXPECT(REFUNDRY_FEED, refundry_receive(office, rest.text, rest.length, NULL, NULL, &report));
    CHECK(refundry_last_error(office)->line == 1);
    CHECK(strncmp(refundry_last_error(office)->place, "0:", 2) == 0);
    feed(&till, refundry_last_error(office)->place, &rest);
    IS(rest.text, got.text);

    file = fopen(name, "wb");
    CHECK(file != NULL && fwrite(got.text, 1, got.length, file) == got.length);
    CHECK(fclose(file) == 0);
    EXPECT(REFUNDRY_CANCELED, refundry_receive_file(office, name, stop, NULL, &report));
    EXPECT(REFUNDRY_OK, refundry_receive_file(office, name, NULL, NULL, &report));
    CHECK(report->recorded + report->skipped == (uint64_t)mark->n);
    IS(report->mark->text, mark->text);
    refundry_free(report);
    only_follows(office, mark->text);
    in_pieces(&till);
    fork_it(&till, office);

    refundry_free(mark);
    refundry_close(office);
    till_close(&till);
    CHECK(remove(name) == 0);
    free(name);
}
