/* What the parts of the test program share. Nothing here is for use elsewhere. */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <refundry.h>

/* Ends the program unless the condition holds. */
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

/* Ends the program unless the call returns the status; notes that the status was seen. */
#define EXPECT(wanted, call) expect((wanted), (call), #call, __FILE__, __LINE__)

/* A call that no ledger can do anything with. */
#define BAD(call) EXPECT(REFUNDRY_BAD_ARGUMENT, call)

#define IS(text, wanted) CHECK((text) != NULL && strcmp((text), (wanted)) == 0)

/* 2024-01-01T00:00:00Z, and the length of a day. */
#define NEW_YEAR ((int64_t)1704067200 * 1000)
#define DAY ((int64_t)86400 * 1000)

void check(int holds, const char *what, const char *file, int line);
void expect(refundry_status wanted, refundry_status got, const char *call, const char *file,
            int line);

/* A status that an error or record carries instead of being returned. */
void saw(refundry_status status);

/* Ends the program unless every status there is was seen. */
void all_statuses_were_seen(void);

/* A ledger in memory with the merchant acct_1, whose clock stands still. */
typedef struct till {
    refundry_ledger *ledger;
    refundry_book *book;
    int64_t now;
    uint32_t drawn;
    int random_fails;
} till;

/* Opens a till; `path` is NULL for one in memory. */
void till_open(till *till, const char *path);
void till_close(till *till);

refundry_options options_of(till *till);
refundry_new_charge new_charge(const char *id, int64_t amount, int64_t fee);
refundry_refund_request refund_of_charge(const char *charge_id);
refundry_refund_request refund_of_intent(const char *intent_id);
refundry_new_transfer new_transfer(int32_t kind, int64_t amount);

/* Creates a charge that succeeded. */
void sell(till *till, const char *id, int64_t amount, int64_t fee);
int64_t available(till *till);
int64_t head_of(till *till);

/* A name in the folder that the program may write in. It is freed with free(). */
char *in_folder(const char *name);
void set_folder(const char *folder);

void test_versions(void);
void test_arguments(void);
void test_structs(void);
void test_merchants(void);
void test_charges(void);
void test_refunds(void);
void test_refusals(void);
void test_transfers(void);
void test_disputes(void);
void test_handovers(void);
void test_words(void);
void test_amounts(void);
void test_number_names(void);
void test_heads(void);
void test_free(void);
void test_lists(void);
void test_journal(void);
void test_keys(void);
void test_import(void);
void test_verify(void);
void test_callbacks(void);
void test_batches(void);
void test_open(void);
void test_files(void);
void test_backup(void);
void test_feeds(void);
void test_receipts(void);
void test_exports(void);

#endif
