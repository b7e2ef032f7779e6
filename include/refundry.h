/*
 * Refundry: refunds that cannot go wrong, on a full double-entry ledger over one SQLite file.
 *
 * Made from the library's sources by `cargo xtask header`. Do not edit.
 *
 * API CONVENTIONS
 *
 * Statuses. Every call that can fail returns a refundry_status: REFUNDRY_OK, or why it was not
 * done. Numbers are permanent; new ones may come. refundry_status_str says what a status means in
 * general, refundry_errmsg says it with the facts of the case, and refundry_last_error gives these
 * facts without text to parse. Each function names its own statuses. Any function may also return
 * REFUNDRY_BAD_ARGUMENT, REFUNDRY_HANDLE_IN_USE (if it takes a handle) and REFUNDRY_PANIC, and "the
 * machine's": REFUNDRY_DISK_FULL, REFUNDRY_INPUT_OUTPUT, REFUNDRY_RANDOM, REFUNDRY_STORAGE,
 * REFUNDRY_CORRUPT, and if it records something REFUNDRY_LOCK_TIMEOUT, REFUNDRY_READ_ONLY,
 * REFUNDRY_FILE_MOVED, REFUNDRY_MOUNT_POINT and REFUNDRY_OUTCOME_UNKNOWN.
 *
 * State. A call is one transaction. With REFUNDRY_OK, what it records is on disk (within a batch:
 * once that is committed). With any other status nothing has changed, unless the function says
 * otherwise. There are two exceptions. A refusal is recorded under its idempotency key, so that a
 * late duplicate gets the same refusal. After REFUNDRY_OUTCOME_UNKNOWN (the disk failed during a
 * commit) the operation may or may not have been recorded: open the ledger again and ask
 * refundry_find_by_key.
 *
 * Outputs. The last argument is where the result is written: last of all, and only with
 * REFUNDRY_OK. It must not be NULL. No argument is both read and written. A text that is written
 * into your own room (`to` and `size`) is also written last, and only with REFUNDRY_OK.
 *
 * Objects. A result that is more than a number is an object: a struct in memory of the library,
 * with all that it points to. It is yours until you pass it to refundry_free; it does not change,
 * any thread may read it, and it outlives its ledger. Later versions may append fields to objects.
 *
 * Handles. refundry_ledger and refundry_book are opaque. refundry_close and refundry_book_close
 * close them, in any order; a book keeps its ledger's file open. NULL is ignored by both, and by
 * refundry_free.
 *
 * Structs that you fill begin with their size, so that later versions can append fields. Zero
 * them, set struct_size to sizeof the struct, then the fields: zero is never more than "none", "the
 * default" or invalid.
 *
 * Texts are NUL-terminated UTF-8; other bytes are refused with REFUNDRY_BAD_ARGUMENT. They are read
 * within the call and not kept. The documentation says where NULL is allowed.
 *
 * Money is a whole number of minor units (piastres, cents, fils) in an int64_t: 1 to
 * 9007199254740991. No value means "everything": a full refund is a call of its own. Print money
 * with refundry_format_amount and read it with refundry_parse_amount: they know how many decimals
 * the currency has in this ledger, and a long has 32 bits on many machines.
 *
 * Moments are milliseconds since 1970-01-01T00:00:00Z in an int64_t, held within the years 1 to
 * 9999. Truth values are 0 or 1 in an int32_t.
 *
 * Idempotency keys. Calls that move money take a key: 1 to 255 visible ASCII characters that you
 * choose, one for each press of the button, and keep until you know the outcome. The same call with
 * the same key gives the first outcome again (with `replayed` set) and does nothing more. Without a
 * key there is no such protection; REFUNDRY_NO_KEY says that you want none. NULL is refused.
 *
 * Threads. A ledger and its books are used by one thread at a time; any thread will do. A second
 * call at the same time, also from a callback of the first, is refused with REFUNDRY_HANDLE_IN_USE.
 * Threads and processes that work at the same time each open the file for themselves. One that
 * writes makes the others wait, up to the busy timeout. Do not use handles across fork().
 *
 * Exports. Packages for terminals have neither refundry_export nor refundry_statement, which are half
 * a megabyte. Their header defines REFUNDRY_WITHOUT_EXPORTS, and does not declare what needs them.
 * Define it yourself where you build a library without exports from the sources.
 *
 * Callbacks run in the thread of the call, and must return to it: no longjmp, no exceptions.
 *
 * The library starts no threads, but for one that reads a larger file alongside in refundry_verify
 * and ends with the call. It installs no signal handlers, prints nothing, and neither aborts nor
 * unwinds: a defect in it becomes REFUNDRY_PANIC with the transaction rolled back. (Running out of
 * memory ends the process, as Rust has it; what was acknowledged is on disk then.)
 */

#ifndef REFUNDRY_H
#define REFUNDRY_H

#include <stddef.h>
#include <stdint.h>

/**
 * The version of this header as text. Compare refundry_version.
 */
#define REFUNDRY_VERSION "0.1.0"

/**
 * The version of this header as one number. Compare refundry_version_number.
 */
#define REFUNDRY_VERSION_NUMBER 1000

/**
 * Passed as an idempotency key: there is none, and duplicates are not noticed.
 */
#define REFUNDRY_NO_KEY "(no idempotency key)"

#ifdef __cplusplus
extern "C" {
#endif


/**
 * Read and write; create the file if there is none.
 */
#define REFUNDRY_OPEN_OR_CREATE 0

/**
 * Read and write a file that must exist.
 */
#define REFUNDRY_OPEN_EXISTING 1

/**
 * Only read a file that must exist.
 */
#define REFUNDRY_OPEN_READ_ONLY 2

/**
 * The number of the binary interface. It changes only if programs that were compiled with an
 * older header can't be linked with the library any more.
 */
#define REFUNDRY_ABI 1

/**
 * How many characters the longest number has, with its NUL and room to spare.
 */
#define REFUNDRY_AMOUNT_SIZE 32

/**
 * What became of the attempt is not known yet.
 */
#define REFUNDRY_CHARGE_PENDING 1

/**
 * The money was taken.
 */
#define REFUNDRY_CHARGE_SUCCEEDED 2

/**
 * The money was not taken.
 */
#define REFUNDRY_CHARGE_FAILED 3

/**
 * The attempt was called off.
 */
#define REFUNDRY_CHARGE_CANCELED 4

/**
 * No reason is given.
 */
#define REFUNDRY_DISPUTE_REASON_NONE 0

/**
 * The charge was made twice.
 */
#define REFUNDRY_DISPUTE_REASON_DUPLICATE 1

/**
 * The cardholder did not pay.
 */
#define REFUNDRY_DISPUTE_REASON_FRAUDULENT 2

/**
 * A refund was promised and did not come.
 */
#define REFUNDRY_DISPUTE_REASON_CREDIT_NOT_PROCESSED 3

/**
 * The goods did not come.
 */
#define REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED 4

/**
 * The goods are not as they were described.
 */
#define REFUNDRY_DISPUTE_REASON_PRODUCT_UNACCEPTABLE 5

/**
 * The cardholder had called the subscription off.
 */
#define REFUNDRY_DISPUTE_REASON_SUBSCRIPTION_CANCELED 6

/**
 * The cardholder does not know the charge.
 */
#define REFUNDRY_DISPUTE_REASON_UNRECOGNIZED 7

/**
 * Something else.
 */
#define REFUNDRY_DISPUTE_REASON_GENERAL 8

/**
 * Nobody has decided yet: the bank has the money.
 */
#define REFUNDRY_DISPUTE_OPEN 1

/**
 * The merchant was right, and has the money again.
 */
#define REFUNDRY_DISPUTE_WON 2

/**
 * The cardholder was right, and keeps the money.
 */
#define REFUNDRY_DISPUTE_LOST 3

/**
 * The platform keeps its fee on a dispute that is won.
 */
#define REFUNDRY_DISPUTE_FEE_KEPT 1

/**
 * The platform gives its fee on a dispute that is won back.
 */
#define REFUNDRY_DISPUTE_FEE_RETURNED 2

/**
 * To the other book.
 */
#define REFUNDRY_HANDOVER_HANDED_OVER 1

/**
 * From the other book.
 */
#define REFUNDRY_HANDOVER_TAKEN_OVER 2

/**
 * Refunds may take the available balance below zero as far as they need.
 */
#define REFUNDRY_LIMIT_NONE 1

/**
 * At most `each` minor units below zero, in each currency.
 */
#define REFUNDRY_LIMIT_EACH 2

/**
 * At most so much below zero in the listed currencies; without limit in others.
 */
#define REFUNDRY_LIMIT_PER_CURRENCY 3

/**
 * No reason is given.
 */
#define REFUNDRY_REASON_NONE 0

/**
 * The charge was made twice.
 */
#define REFUNDRY_REASON_DUPLICATE 1

/**
 * The charge was a fraud.
 */
#define REFUNDRY_REASON_FRAUDULENT 2

/**
 * The customer asked.
 */
#define REFUNDRY_REASON_REQUESTED_BY_CUSTOMER 3

/**
 * The refund stands.
 */
#define REFUNDRY_REFUND_SUCCEEDED 1

/**
 * The card's bank sent it back later; a journal entry reversed it.
 */
#define REFUNDRY_REFUND_FAILED 2

/**
 * Available funds are sent to the merchant's bank account.
 */
#define REFUNDRY_TRANSFER_PAYOUT 1

/**
 * The merchant pays in.
 */
#define REFUNDRY_TRANSFER_TOP_UP 2

/**
 * The acquirer pays what it owes; negative: takes back.
 */
#define REFUNDRY_TRANSFER_SETTLEMENT 3

/**
 * The platform gives; negative: takes.
 */
#define REFUNDRY_TRANSFER_ADJUSTMENT 4

/**
 * It is not a payout.
 */
#define REFUNDRY_PAYOUT_NONE 0

/**
 * The payout is on its way.
 */
#define REFUNDRY_PAYOUT_IN_TRANSIT 1

/**
 * It arrived.
 */
#define REFUNDRY_PAYOUT_PAID 2

/**
 * It failed while in transit.
 */
#define REFUNDRY_PAYOUT_FAILED 3

/**
 * It came back after it had arrived.
 */
#define REFUNDRY_PAYOUT_RETURNED 4

/**
 * `refundry_refund_create` and `refundry_refund_create_full`
 */
#define REFUNDRY_OPERATION_REFUND 1

/**
 * `refundry_refund_fail`
 */
#define REFUNDRY_OPERATION_REFUND_FAILURE 2

/**
 * `refundry_charge_create`
 */
#define REFUNDRY_OPERATION_CHARGE 3

/**
 * `refundry_charge_succeed`, `refundry_charge_fail` and `refundry_charge_cancel`
 */
#define REFUNDRY_OPERATION_CHARGE_CONCLUSION 4

/**
 * `refundry_transfer_create` of a payout
 */
#define REFUNDRY_OPERATION_PAYOUT 5

/**
 * `refundry_payout_conclude`
 */
#define REFUNDRY_OPERATION_PAYOUT_OUTCOME 6

/**
 * `refundry_transfer_create` of a top-up
 */
#define REFUNDRY_OPERATION_TOP_UP 7

/**
 * `refundry_transfer_create` of a settlement
 */
#define REFUNDRY_OPERATION_SETTLEMENT 8

/**
 * `refundry_transfer_create` of an adjustment
 */
#define REFUNDRY_OPERATION_ADJUSTMENT 9

/**
 * `refundry_dispute_open`
 */
#define REFUNDRY_OPERATION_DISPUTE 10

/**
 * `refundry_dispute_win` and `refundry_dispute_lose`
 */
#define REFUNDRY_OPERATION_DISPUTE_OUTCOME 11

/**
 * `refundry_charge_hand_over`
 */
#define REFUNDRY_OPERATION_HANDOVER 12

/**
 * A charge succeeded.
 */
#define REFUNDRY_CAUSE_CHARGE 1

/**
 * A charge's funds became available.
 */
#define REFUNDRY_CAUSE_MATURITY 2

/**
 * A refund was made.
 */
#define REFUNDRY_CAUSE_REFUND 3

/**
 * A refund came back.
 */
#define REFUNDRY_CAUSE_REFUND_FAILURE 4

/**
 * A payout was sent.
 */
#define REFUNDRY_CAUSE_PAYOUT 5

/**
 * A payout arrived.
 */
#define REFUNDRY_CAUSE_PAYOUT_PAID 6

/**
 * A payout failed while in transit.
 */
#define REFUNDRY_CAUSE_PAYOUT_FAILED 7

/**
 * A payout came back after it was paid.
 */
#define REFUNDRY_CAUSE_PAYOUT_RETURNED 8

/**
 * The merchant paid in.
 */
#define REFUNDRY_CAUSE_TOP_UP 9

/**
 * The acquirer settled, or took back.
 */
#define REFUNDRY_CAUSE_SETTLEMENT 10

/**
 * The platform gave or took.
 */
#define REFUNDRY_CAUSE_ADJUSTMENT 11

/**
 * A charge was disputed.
 */
#define REFUNDRY_CAUSE_DISPUTE 12

/**
 * A dispute was won.
 */
#define REFUNDRY_CAUSE_DISPUTE_WON 13

/**
 * A dispute was lost: the entry has no postings.
 */
#define REFUNDRY_CAUSE_DISPUTE_LOST 14

/**
 * What is left of a charge was handed over to another book: the entry has no postings.
 */
#define REFUNDRY_CAUSE_HANDED_OVER 15

/**
 * What is left of a charge was taken over from another book: the entry has no postings.
 */
#define REFUNDRY_CAUSE_TAKEN_OVER 16

/**
 * The merchant's funds that mature later.
 */
#define REFUNDRY_ACCOUNT_PENDING 1

/**
 * The merchant's funds that can be paid out now.
 */
#define REFUNDRY_ACCOUNT_AVAILABLE 2

/**
 * Payouts that have not arrived yet.
 */
#define REFUNDRY_ACCOUNT_PAYOUT_TRANSIT 3

/**
 * What the acquirer owes for this merchant's payments.
 */
#define REFUNDRY_ACCOUNT_CLEARING 4

/**
 * The platform's money at its bank.
 */
#define REFUNDRY_ACCOUNT_BANK 5

/**
 * The platform's revenue from this merchant.
 */
#define REFUNDRY_ACCOUNT_FEES 6

/**
 * What the platform gave up in the merchant's favour.
 */
#define REFUNDRY_ACCOUNT_LOSSES 7

/**
 * A charge that succeeded.
 */
#define REFUNDRY_LINE_CHARGE 1

/**
 * A refund.
 */
#define REFUNDRY_LINE_REFUND 2

/**
 * A refund that came back.
 */
#define REFUNDRY_LINE_REFUND_FAILURE 3

/**
 * A payout.
 */
#define REFUNDRY_LINE_PAYOUT 4

/**
 * A payout that came back.
 */
#define REFUNDRY_LINE_PAYOUT_FAILURE 5

/**
 * A payment of the merchant.
 */
#define REFUNDRY_LINE_TOP_UP 6

/**
 * A gift or claim of the platform.
 */
#define REFUNDRY_LINE_ADJUSTMENT 7

/**
 * A dispute.
 */
#define REFUNDRY_LINE_DISPUTE 8

/**
 * A dispute that was won.
 */
#define REFUNDRY_LINE_DISPUTE_REVERSAL 9

#ifndef REFUNDRY_WITHOUT_EXPORTS
/**
 * A journal for hledger, also for `hledger check --strict ordereddates`.
 */
#define REFUNDRY_EXPORT_HLEDGER 1

/**
 * A journal for Ledger, also for `ledger --pedantic`.
 */
#define REFUNDRY_EXPORT_LEDGER 2

/**
 * A journal for Beancount, versions 2 and 3.
 */
#define REFUNDRY_EXPORT_BEANCOUNT 3

/**
 * The postings of all entries as CSV, the oldest first.
 */
#define REFUNDRY_EXPORT_CSV_JOURNAL 4

/**
 * The lines of the statement as CSV, the newest first.
 */
#define REFUNDRY_EXPORT_CSV_STATEMENT 5

/**
 * The refunds as CSV, the newest first.
 */
#define REFUNDRY_EXPORT_CSV_REFUNDS 6

/**
 * The charges as CSV, the newest first.
 */
#define REFUNDRY_EXPORT_CSV_CHARGES 7

/**
 * The disputes as CSV, the newest first.
 */
#define REFUNDRY_EXPORT_CSV_DISPUTES 8

/**
 * A statement for a terminal or a printer of text.
 */
#define REFUNDRY_STATEMENT_TEXT 1

/**
 * A statement as one HTML file, without scripts, that a browser prints to A4.
 */
#define REFUNDRY_STATEMENT_HTML 2

/**
 * A statement as CSV.
 */
#define REFUNDRY_STATEMENT_CSV 3

/**
 * In English, from left to right.
 */
#define REFUNDRY_LANGUAGE_ENGLISH 1

/**
 * In Arabic, from right to left.
 */
#define REFUNDRY_LANGUAGE_ARABIC 2
#endif

/**
 * One merchant's book: everything of that merchant. Opaque.
 *
 * It keeps its ledger open: the file is closed once the ledger and all its books are.
 */
typedef struct refundry_book refundry_book;

/**
 * A ledger: one file, or memory, with the books of all its merchants. Opaque.
 */
typedef struct refundry_ledger refundry_ledger;

/**
 * What became of a call: 0, or why it was not done. Numbers are permanent. Those below 1000 are
 * the ledger's own in every language; the others are of C alone.
 */
typedef int32_t refundry_status;

/**
 * What is known of a call that failed: its facts, without parsing any text.
 */
typedef struct {
    /**
     * The status that the call returned.
     */
    refundry_status status;
    /**
     * Whether this is the outcome of an earlier call with the same idempotency key.
     */
    int32_t replayed;
    /**
     * The status's permanent code, for example `charge_already_refunded`.
     */
    const char *code;
    /**
     * What happened, what was not changed, and what to do.
     */
    const char *message;
    /**
     * The argument or field that is to blame; `NULL` if none is. Names are the ledger's, for
     * example `chargeId`, but for `REFUNDRY_BAD_ARGUMENT` and an idempotency key, which is `key`.
     */
    const char *param;
    /**
     * Whether `fact` is set.
     */
    int32_t has_fact;
    /**
     * In an import, the status of the line that is to blame; else `REFUNDRY_OK`.
     */
    refundry_status line_status;
    /**
     * The one number that the status does not tell: for `REFUNDRY_FEED` the number of the book's last
     * recording or entry, for `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE` and `REFUNDRY_CHARGE_DISPUTED` what
     * can still be refunded, for `REFUNDRY_BALANCE_INSUFFICIENT` what can be spent, for
     * `REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES` how many charges, and for
     * `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_NOT_PENDING`,
     * `REFUNDRY_PAYOUT_NOT_THERE` and `REFUNDRY_DISPUTE_NOT_OPEN` the status that the object has instead, and for `REFUNDRY_FORKED`
     * the number of the recording.
     */
    int64_t fact;
    /**
     * In an import or a feed, the line that is to blame, from 1; else 0.
     */
    uint64_t line;
    /**
     * For `REFUNDRY_UNSOUND`, the merchant in whose book it is; else `NULL`.
     */
    const char *merchant_id;
    /**
     * For `REFUNDRY_UNSOUND`, the id of what is wrong, or the name of the table; for `REFUNDRY_FEED`,
     * the text of the mark after which to send; else `NULL`.
     */
    const char *place;
    /**
     * The id that named nothing or is taken, for `REFUNDRY_RESOURCE_MISSING` and
     * `REFUNDRY_RESOURCE_CONFLICT`; the merchant's, for `REFUNDRY_FEED` and `REFUNDRY_UNSOUND`; else
     * `NULL`.
     */
    const char *id;
    /**
     * The file that the error is about, if it is one and is known; else `NULL`.
     */
    const char *path;
} refundry_error;

/**
 * How to open a ledger. Zero is the default of every field but the first.
 */
typedef struct {
    /**
     * `sizeof(refundry_options)`.
     */
    uint32_t struct_size;
    /**
     * `REFUNDRY_OPEN_OR_CREATE`, `REFUNDRY_OPEN_EXISTING` or `REFUNDRY_OPEN_READ_ONLY`.
     */
    int32_t access;
    /**
     * How long a call waits for another process or handle that writes, in milliseconds; 0 for
     * 5000.
     */
    uint32_t busy_timeout_ms;
    /**
     * How much of the file is kept in memory at most, in KiB; 0 for 1024. Twice that while
     * `refundry_verify` reads a larger file.
     */
    uint32_t cache_kib;
    /**
     * The clock: the moment in milliseconds since 1970-01-01T00:00:00Z, asked once for each
     * operation. `NULL` for the system's.
     */
    int64_t (*clock)(void *context);
    /**
     * Passed to `clock`.
     */
    void *clock_context;
    /**
     * The source of ids and salts: fills `bytes` and returns 0, or anything else if it can't.
     * `NULL` for the operating system's. API keys always come from the operating system.
     */
    int32_t (*random)(void *context, uint8_t *bytes, size_t length);
    /**
     * Passed to `random`.
     */
    void *random_context;
} refundry_options;

/**
 * A fact of the caller's, kept with a charge or refund.
 */
typedef struct {
    /**
     * 1 to 40 characters.
     */
    const char *key;
    /**
     * At most 500 characters.
     */
    const char *value;
} refundry_pair;

/**
 * A charge about to be created.
 */
typedef struct {
    /**
     * `sizeof(refundry_new_charge)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_CHARGE_` constants.
     */
    int32_t status;
    /**
     * `ch_...`; `NULL` for a generated id.
     */
    const char *id;
    /**
     * The payment intent that it is an attempt at; `NULL` if there is none.
     */
    const char *payment_intent_id;
    /**
     * What is authorized, in minor units.
     */
    int64_t amount;
    /**
     * What is taken: the same or less. Must be set, also for charges that have not succeeded.
     */
    int64_t amount_captured;
    /**
     * The platform's fee, at most what is taken.
     */
    int64_t fee;
    /**
     * The currency's code.
     */
    const char *currency;
    /**
     * When the merchant's funds from it mature. It is part of the request that an idempotency key
     * stands for: work it out once for a sale and keep it with the key, because the same sale with
     * another date is another request.
     */
    int64_t available_on;
    /**
     * What it is for: at most 500 characters; `NULL` for none.
     */
    const char *description;
    /**
     * The order, terminal or acquirer's own reference: 1 to 64 visible ASCII characters; `NULL` for
     * none.
     */
    const char *external_reference;
    /**
     * At most 50 pairs, in any order; no key twice.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
} refundry_new_charge;

/**
 * One attempt to take money.
 */
typedef struct {
    /**
     * `ch_...`
     */
    const char *id;
    /**
     * The payment intent that it is an attempt at; `NULL` if there is none.
     */
    const char *payment_intent_id;
    /**
     * What was authorized.
     */
    int64_t amount;
    /**
     * What was taken: the same or less.
     */
    int64_t amount_captured;
    /**
     * What has been refunded, without refunds that failed.
     */
    int64_t amount_refunded;
    /**
     * The platform's fee, at most what was taken.
     */
    int64_t fee;
    /**
     * The currency.
     */
    const char *currency;
    /**
     * One of the `REFUNDRY_CHARGE_` constants.
     */
    int32_t status;
    /**
     * Whether an earlier call with the same idempotency key had done it already.
     */
    int32_t replayed;
    /**
     * When the merchant's funds from it mature.
     */
    int64_t available_on;
    /**
     * When it was created.
     */
    int64_t created_at;
    /**
     * What it was for; `NULL` if that is not said.
     */
    const char *description;
    /**
     * The order, terminal or acquirer's own reference; `NULL` if there is none.
     */
    const char *external_reference;
    /**
     * The caller's facts, in the order of their keys' bytes; `NULL` if there are none.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
    /**
     * What is disputed and was not won: the cardholder's bank has it.
     */
    int64_t amount_disputed;
    /**
     * What only other books may give back of it: what was handed over to them, or did not come from them.
     */
    int64_t amount_elsewhere;
} refundry_charge;

/**
 * Which charges a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_charge_filter)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_CHARGE_` constants; 0 for all.
     */
    int32_t status;
    /**
     * Only those under this payment intent; `NULL` for all.
     */
    const char *payment_intent_id;
    /**
     * Only those with this reference; `NULL` for all.
     */
    const char *external_reference;
    /**
     * Only those made at this moment or later; 0 for all.
     */
    int64_t from;
    /**
     * Only those made before this moment; 0 for all.
     */
    int64_t to;
    /**
     * Only those whose metadata has all of these pairs.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
} refundry_charge_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_charge *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_charge;

/**
 * Charges, newest first.
 */
typedef refundry_list_refundry_charge refundry_charge_list;

/**
 * A dispute about to be opened. How much is an argument of its own.
 */
typedef struct {
    /**
     * `sizeof(refundry_new_dispute)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_DISPUTE_REASON_` constants.
     */
    int32_t reason;
    /**
     * `dp_...`; `NULL` for a generated id.
     */
    const char *id;
    /**
     * The charge that is disputed.
     */
    const char *charge_id;
    /**
     * What the platform charges the merchant for it, in minor units; 0 for nothing.
     */
    int64_t fee;
    /**
     * The card network's own reference: 1 to 64 visible ASCII characters; `NULL` for none.
     */
    const char *network_reference;
} refundry_new_dispute;

/**
 * Money of a charge that the cardholder's bank has taken back.
 */
typedef struct {
    /**
     * `dp_...`
     */
    const char *id;
    /**
     * The charge that is disputed.
     */
    const char *charge_id;
    /**
     * The charge's payment intent; `NULL` if it has none.
     */
    const char *payment_intent_id;
    /**
     * How much of the charge.
     */
    int64_t amount;
    /**
     * What the platform charged the merchant for it.
     */
    int64_t fee;
    /**
     * The charge's currency.
     */
    const char *currency;
    /**
     * One of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` and `REFUNDRY_DISPUTE_LOST`.
     */
    int32_t status;
    /**
     * One of the `REFUNDRY_DISPUTE_REASON_` constants.
     */
    int32_t reason;
    /**
     * Its line on the merchant's statement.
     */
    const char *balance_transaction_id;
    /**
     * Its journal entry.
     */
    const char *journal_entry_id;
    /**
     * When it was opened.
     */
    int64_t created_at;
    /**
     * The card network's own reference; `NULL` if there is none.
     */
    const char *network_reference;
    /**
     * Whether the fee was given back when it was won.
     */
    int32_t fee_returned;
    /**
     * Whether an earlier call with the same idempotency key had done it already.
     */
    int32_t replayed;
} refundry_dispute;

/**
 * Which disputes a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_dispute_filter)`.
     */
    uint32_t struct_size;
    /**
     * One of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` and `REFUNDRY_DISPUTE_LOST`; 0 for all.
     */
    int32_t status;
    /**
     * Only those of this charge; `NULL` for all.
     */
    const char *charge_id;
} refundry_dispute_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_dispute *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_dispute;

/**
 * Disputes, newest first.
 */
typedef refundry_list_refundry_dispute refundry_dispute_list;

/**
 * What was left to give back of a charge, and went from one book to another.
 */
typedef struct {
    /**
     * `ho_...`; the same in both books.
     */
    const char *id;
    /**
     * The charge.
     */
    const char *charge_id;
    /**
     * How much of it.
     */
    int64_t amount;
    /**
     * The charge's currency.
     */
    const char *currency;
    /**
     * `REFUNDRY_HANDOVER_HANDED_OVER` or `REFUNDRY_HANDOVER_TAKEN_OVER`.
     */
    int32_t direction;
    /**
     * Whether an earlier call had done it already.
     */
    int32_t replayed;
    /**
     * The merchant whose book the other one is.
     */
    const char *other_merchant_id;
    /**
     * Its journal entry.
     */
    const char *journal_entry_id;
    /**
     * The hash of the entry that handed it over, in 64 hexadecimal digits: the same in both books.
     */
    const char *entry_hash;
    /**
     * When it was recorded in this book.
     */
    int64_t created_at;
    /**
     * What the other book takes over: at most 700 visible ASCII characters, which fit a QR code; `NULL`
     * of what was taken over.
     */
    const char *text;
} refundry_handover;

/**
 * Which hand-overs a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_handover_filter)`.
     */
    uint32_t struct_size;
    /**
     * `REFUNDRY_HANDOVER_HANDED_OVER` or `REFUNDRY_HANDOVER_TAKEN_OVER`; 0 for all.
     */
    int32_t direction;
    /**
     * Only those of this charge; `NULL` for all.
     */
    const char *charge_id;
} refundry_handover_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_handover *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_handover;

/**
 * Hand-overs, newest first.
 */
typedef refundry_list_refundry_handover refundry_handover_list;

/**
 * One purchase.
 */
typedef struct {
    /**
     * `pi_...`
     */
    const char *id;
    /**
     * What was to be paid.
     */
    int64_t amount;
    /**
     * What has been refunded of its charges.
     */
    int64_t amount_refunded;
    /**
     * The currency of all its charges.
     */
    const char *currency;
    /**
     * When it was created.
     */
    int64_t created_at;
} refundry_payment_intent;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_payment_intent *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_payment_intent;

/**
 * Payment intents, newest first.
 */
typedef refundry_list_refundry_payment_intent refundry_payment_intent_list;

/**
 * An API key that was just issued. It can be read only here.
 */
typedef struct {
    /**
     * What names it from now on: `key_...`
     */
    const char *id;
    /**
     * The key itself, to hand to the merchant.
     */
    const char *key;
} refundry_issued_key;

/**
 * What is known of an API key. The key itself is kept nowhere.
 */
typedef struct {
    /**
     * `key_...`
     */
    const char *id;
    /**
     * When it was issued.
     */
    int64_t created_at;
    /**
     * Whether it was revoked.
     */
    int32_t is_revoked;
    /**
     * When it was revoked, if it was.
     */
    int64_t revoked_at;
} refundry_key;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_key *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_key;

/**
 * API keys, the oldest first.
 */
typedef refundry_list_refundry_key refundry_key_list;

/**
 * A limit in one currency.
 */
typedef struct {
    /**
     * The currency's code.
     */
    const char *currency;
    /**
     * How many minor units.
     */
    uint64_t limit;
} refundry_currency_limit;

/**
 * How far refunds may take a merchant's available balance below zero. Funds that are still
 * pending do not count, so a limit of 0 refuses refunds of charges that have not matured, unless
 * other funds are available.
 */
typedef struct {
    /**
     * `sizeof(refundry_limit)`.
     */
    uint32_t struct_size;
    /**
     * `REFUNDRY_LIMIT_NONE`, `REFUNDRY_LIMIT_EACH` or `REFUNDRY_LIMIT_PER_CURRENCY`.
     */
    int32_t kind;
    /**
     * How many minor units, for `REFUNDRY_LIMIT_EACH`.
     */
    uint64_t each;
    /**
     * The currencies, for `REFUNDRY_LIMIT_PER_CURRENCY`.
     */
    const refundry_currency_limit *per_currency;
    /**
     * How many currencies.
     */
    size_t per_currency_count;
} refundry_limit;

/**
 * A merchant about to be added.
 */
typedef struct {
    /**
     * `sizeof(refundry_new_merchant)`.
     */
    uint32_t struct_size;
    /**
     * Whether it moves real money; can't be changed later.
     */
    int32_t live_mode;
    /**
     * `acct_...`; `NULL` for a generated id.
     */
    const char *id;
    /**
     * What people call it: 1 to 500 characters.
     */
    const char *name;
    /**
     * How far refunds may take its available balance below zero; `NULL` for no limit.
     */
    const refundry_limit *limit;
    /**
     * Whether a refund is refused whose external reference another refund has already.
     */
    int32_t unique_references;
} refundry_new_merchant;

/**
 * Whose money it is; live or test for ever.
 */
typedef struct {
    /**
     * `acct_...`
     */
    const char *id;
    /**
     * What people call it.
     */
    const char *name;
    /**
     * Whether it moves real money.
     */
    int32_t live_mode;
    /**
     * How far refunds may take its available balance below zero.
     */
    const refundry_limit *limit;
    /**
     * When it was added.
     */
    int64_t created_at;
    /**
     * Whether a refund is refused whose external reference another refund has already.
     */
    int32_t unique_references;
} refundry_merchant;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_merchant *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_merchant;

/**
 * Merchants, sorted by id.
 */
typedef refundry_list_refundry_merchant refundry_merchant_list;

/**
 * What is to be refunded, and what is to be kept with it. How much is an argument of its own.
 */
typedef struct {
    /**
     * `sizeof(refundry_refund_request)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_REASON_` constants.
     */
    int32_t reason;
    /**
     * The charge to refund; `NULL` if `payment_intent_id` is set.
     */
    const char *charge_id;
    /**
     * The payment intent whose one succeeded charge is to be refunded; `NULL` if `charge_id` is
     * set.
     */
    const char *payment_intent_id;
    /**
     * At most 500 characters; `NULL` for none.
     */
    const char *description;
    /**
     * The acquirer's or terminal's own reference: 1 to 64 visible ASCII characters; `NULL` for
     * none.
     */
    const char *external_reference;
    /**
     * At most 50 pairs, in any order; no key twice.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
} refundry_refund_request;

/**
 * Money given back for a charge.
 */
typedef struct {
    /**
     * `re_...`
     */
    const char *id;
    /**
     * The charge that it gives back.
     */
    const char *charge_id;
    /**
     * The charge's payment intent, however the refund was targeted; `NULL` if it has none.
     */
    const char *payment_intent_id;
    /**
     * How much.
     */
    int64_t amount;
    /**
     * The charge's currency.
     */
    const char *currency;
    /**
     * One of the `REFUNDRY_REFUND_` constants.
     */
    int32_t status;
    /**
     * One of the `REFUNDRY_REASON_` constants.
     */
    int32_t reason;
    /**
     * Its line on the merchant's statement.
     */
    const char *balance_transaction_id;
    /**
     * Its journal entry.
     */
    const char *journal_entry_id;
    /**
     * When it was made.
     */
    int64_t created_at;
    /**
     * The caller's words; `NULL` if there are none.
     */
    const char *description;
    /**
     * The acquirer's or terminal's own reference; `NULL` if there is none.
     */
    const char *external_reference;
    /**
     * The caller's facts, in the order of their keys' bytes; `NULL` if there are none.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
    /**
     * Whether an earlier call with the same idempotency key had done it already.
     */
    int32_t replayed;
} refundry_refund;

/**
 * Which refunds a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_refund_filter)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_REFUND_` constants; 0 for all.
     */
    int32_t status;
    /**
     * Only those of this charge; `NULL` for all.
     */
    const char *charge_id;
    /**
     * Only those of the charges under this payment intent; `NULL` for all.
     */
    const char *payment_intent_id;
    /**
     * Only those with this reference; `NULL` for all.
     */
    const char *external_reference;
    /**
     * Only those made at this moment or later; 0 for all.
     */
    int64_t from;
    /**
     * Only those made before this moment; 0 for all.
     */
    int64_t to;
    /**
     * Only those whose metadata has all of these pairs.
     */
    const refundry_pair *metadata;
    /**
     * How many pairs.
     */
    size_t metadata_count;
} refundry_refund_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_refund *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_refund;

/**
 * Refunds, newest first.
 */
typedef refundry_list_refundry_refund refundry_refund_list;

/**
 * A transfer about to be made.
 */
typedef struct {
    /**
     * `sizeof(refundry_new_transfer)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_TRANSFER_` constants.
     */
    int32_t kind;
    /**
     * The prefix of the kind and more; `NULL` for a generated id.
     */
    const char *id;
    /**
     * How much, in minor units; only settlements and adjustments may be negative.
     */
    int64_t amount;
    /**
     * The currency's code.
     */
    const char *currency;
    /**
     * At most 500 characters; `NULL` for none.
     */
    const char *description;
} refundry_new_transfer;

/**
 * Money that moved other than by a charge or refund.
 */
typedef struct {
    /**
     * `po_...`, `tu_...`, `stl_...` or `adj_...`
     */
    const char *id;
    /**
     * One of the `REFUNDRY_TRANSFER_` constants.
     */
    int32_t kind;
    /**
     * One of the `REFUNDRY_PAYOUT_` constants.
     */
    int32_t payout_status;
    /**
     * How much; negative if it went the other way.
     */
    int64_t amount;
    /**
     * The currency.
     */
    const char *currency;
    /**
     * The caller's words; `NULL` if there are none.
     */
    const char *description;
    /**
     * Its journal entry.
     */
    const char *journal_entry_id;
    /**
     * When it was made.
     */
    int64_t created_at;
    /**
     * Whether an earlier call with the same idempotency key had done it already.
     */
    int32_t replayed;
} refundry_transfer;

/**
 * Which transfers a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_transfer_filter)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_TRANSFER_` constants; 0 for all.
     */
    int32_t kind;
    /**
     * One of the `REFUNDRY_PAYOUT_` constants shows the payouts that have come this far;
     * `REFUNDRY_PAYOUT_NONE` all transfers.
     */
    int32_t payout_status;
    /**
     * Only those made at this moment or later; 0 for all.
     */
    int64_t from;
    /**
     * Only those made before this moment; 0 for all.
     */
    int64_t to;
} refundry_transfer_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_transfer *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_transfer;

/**
 * Transfers, newest first.
 */
typedef refundry_list_refundry_transfer refundry_transfer_list;

/**
 * What the accounts of a book hold in one currency, each in the direction that it grows.
 */
typedef struct {
    /**
     * The currency.
     */
    const char *currency;
    /**
     * The merchant's funds that mature later.
     */
    int64_t pending;
    /**
     * The merchant's funds that can be paid out now; below zero, what the merchant owes.
     */
    int64_t available;
    /**
     * Payouts that have not arrived yet.
     */
    int64_t payout_transit;
    /**
     * What the acquirer owes for this merchant's payments.
     */
    int64_t clearing;
    /**
     * The platform's money at its bank.
     */
    int64_t bank;
    /**
     * The platform's revenue from this merchant.
     */
    int64_t fees;
    /**
     * What the platform gave up in the merchant's favour.
     */
    int64_t losses;
} refundry_balance;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_balance *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_balance;

/**
 * The balances of every currency of a book, sorted by the currencies' codes.
 */
typedef refundry_list_refundry_balance refundry_balance_list;

/**
 * Something that was recorded. Nothing is stored for it: each journal entry is one.
 */
typedef struct {
    /**
     * `evt_…`: the same in every copy of the book, so that an event that comes twice is known.
     */
    const char *id;
    /**
     * What happened, in the words of the API over HTTP, for example `"refund.failed"`.
     */
    const char *event_type;
    /**
     * Whether it moved real money: 0 or 1.
     */
    int32_t livemode;
    /**
     * When it was recorded.
     */
    int64_t created_at;
    /**
     * The id of the charge, refund or transfer that it is about.
     */
    const char *object_id;
    /**
     * The whole event as one line of JSON, with the object as it was right after: what is sent to
     * others.
     */
    const char *json;
} refundry_event;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_event *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_event;

/**
 * Events. `refundry_events` gives the newest first, `refundry_events_after` the oldest.
 */
typedef refundry_list_refundry_event refundry_event_list;

/**
 * What became of the call with an idempotency key.
 */
typedef struct {
    /**
     * Whether anything was recorded under the key. If not, nothing happened, and the call can be
     * made with this key.
     */
    int32_t is_recorded;
    /**
     * If it was: `REFUNDRY_OK`, or the refusal that is final for this key.
     */
    refundry_status outcome;
    /**
     * The id of the object that was made or changed; `NULL` if there is none.
     */
    const char *id;
    /**
     * When it was recorded.
     */
    int64_t recorded_at;
    /**
     * Whether `fact` is set.
     */
    int32_t has_fact;
    /**
     * The number that belongs to a refusal, as in `refundry_error`.
     */
    int64_t fact;
} refundry_key_record;

/**
 * One positive amount, from one account to another.
 */
typedef struct {
    /**
     * The account debited: one of the `REFUNDRY_ACCOUNT_` constants.
     */
    int32_t debit;
    /**
     * The account credited.
     */
    int32_t credit;
    /**
     * The amount.
     */
    int64_t amount;
    /**
     * The currency.
     */
    const char *currency;
} refundry_posting;

/**
 * An immutable, dated set of postings with one cause.
 */
typedef struct {
    /**
     * `je_` and the sequence number.
     */
    const char *id;
    /**
     * The place in the book's order, from 1.
     */
    int64_t seq;
    /**
     * One of the `REFUNDRY_CAUSE_` constants.
     */
    int32_t cause;
    /**
     * The id of the charge, refund or transfer that it is about.
     */
    const char *source;
    /**
     * The id of the entry that it reverses; `NULL` if it reverses none.
     */
    const char *reverses;
    /**
     * When it took effect.
     */
    int64_t effective_at;
    /**
     * When it was recorded.
     */
    int64_t recorded_at;
    /**
     * What it moved.
     */
    const refundry_posting *const *postings;
    /**
     * How many postings.
     */
    size_t posting_count;
    /**
     * Its link in the chain: 64 hexadecimal digits.
     */
    const char *hash;
} refundry_journal_entry;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_journal_entry *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_journal_entry;

/**
 * Journal entries, the oldest first.
 */
typedef refundry_list_refundry_journal_entry refundry_journal_entry_list;

/**
 * Where a book's chain ends. Anyone who keeps one can detect later that something before it was
 * altered or cut off: see `refundry_verify`.
 */
typedef struct {
    /**
     * The sequence number of the last entry; 0 if the book has none.
     */
    int64_t seq;
    /**
     * The head in one line of text, to keep and to print: the sequence number, a colon and the
     * hash in 64 hexadecimal digits.
     */
    const char *text;
    /**
     * The hash alone.
     */
    const char *hash;
} refundry_head;

/**
 * A line of the merchant's statement.
 */
typedef struct {
    /**
     * `bt_` and the sequence number of its journal entry.
     */
    const char *id;
    /**
     * One of the `REFUNDRY_LINE_` constants.
     */
    int32_t line_type;
    /**
     * Whether the net can be paid out; else it matures later.
     */
    int32_t is_available;
    /**
     * The gross amount, signed as the merchant sees it.
     */
    int64_t amount;
    /**
     * The platform's fee; negative if it was given back.
     */
    int64_t fee;
    /**
     * The amount less the fee.
     */
    int64_t net;
    /**
     * The currency.
     */
    const char *currency;
    /**
     * When it could be or can be paid out.
     */
    int64_t available_on;
    /**
     * The id of the charge, refund, dispute or transfer.
     */
    const char *source;
    /**
     * When it took effect.
     */
    int64_t created_at;
} refundry_balance_transaction;

/**
 * Which lines of the statement a list shows: those that fit all that is given.
 */
typedef struct {
    /**
     * `sizeof(refundry_statement_filter)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_LINE_` constants; 0 for all.
     */
    int32_t line_type;
    /**
     * Only those that took effect at this moment or later; 0 for all.
     */
    int64_t from;
    /**
     * Only those that took effect before this moment; 0 for all.
     */
    int64_t to;
} refundry_statement_filter;

/**
 * A list. Its objects belong to it.
 */
typedef struct {
    /**
     * The objects; `NULL` if there are none.
     */
    const refundry_balance_transaction *const *data;
    /**
     * How many.
     */
    size_t count;
    /**
     * Whether there are more after these.
     */
    int32_t has_more;
} refundry_list_refundry_balance_transaction;

/**
 * Lines of the statement, newest first.
 */
typedef refundry_list_refundry_balance_transaction refundry_balance_transaction_list;

/**
 * What the entries of one cause in one currency add up to.
 */
typedef struct {
    /**
     * The currency.
     */
    const char *currency;
    /**
     * Why the entries were made: one of the `REFUNDRY_CAUSE_` constants.
     */
    int32_t cause;
    /**
     * How many there are.
     */
    uint64_t count;
    /**
     * What they move: negative if it is taken from the merchant, as on the statement. A settlement is
     * negative if the acquirer takes it back.
     */
    int64_t amount;
    /**
     * The platform's fees among it.
     */
    int64_t fee;
} refundry_total;

/**
 * What the entries from one head to another add up to.
 */
typedef struct {
    /**
     * The last entry before those that are counted.
     */
    const refundry_head *from;
    /**
     * The last entry that is counted. The next day goes on from here.
     */
    const refundry_head *to;
    /**
     * One total for each currency and cause that has entries, sorted by currency and then by cause.
     */
    const refundry_total *const *totals;
    /**
     * How many totals.
     */
    size_t total_count;
} refundry_totals_report;

/**
 * Told now and then how far a long call has come: `done` of `total`, which is 0 if it is not
 * known. Returns 0 to go on, anything else to cancel.
 *
 * It runs in the thread of the call. Within it, calls on the same ledger are refused with
 * `REFUNDRY_HANDLE_IN_USE`.
 */
typedef int (*refundry_progress)(void *context, uint64_t done, uint64_t total);

#ifndef REFUNDRY_WITHOUT_EXPORTS
/**
 * Gets the next `length` bytes of a text, which are not NUL-terminated and may end within a
 * character. Returns 0 to go on, anything else to stop.
 *
 * It runs in the thread of the call. Within it, calls on the same ledger are refused with
 * `REFUNDRY_HANDLE_IN_USE`.
 */
typedef int (*refundry_chunk_callback)(void *context, const char *bytes, size_t length);

/**
 * Which statement.
 */
typedef struct {
    /**
     * `sizeof(refundry_statement_request)`.
     */
    uint32_t struct_size;
    /**
     * One of the `REFUNDRY_STATEMENT_` constants.
     */
    int32_t format;
    /**
     * One of the `REFUNDRY_LANGUAGE_` constants.
     */
    int32_t language;
    /**
     * The time zone whose days are meant, by its name in the IANA database, such as `Africa/Cairo`;
     * `NULL` for UTC.
     */
    const char *zone;
    /**
     * A month such as `2026-11`; `NULL` if `from` and `to` say the period.
     */
    const char *month;
    /**
     * From when: a day such as `2026-11-01`, a moment such as `2026-11-01T00:00:00.000Z`, or the text
     * of a head, after which it begins; `NULL` for the book's beginning.
     */
    const char *from;
    /**
     * Until when: a day, which is included, a moment, which is not, or the text of a head; `NULL` for
     * the book's end.
     */
    const char *to;
} refundry_statement_request;
#endif

/**
 * A place among all recordings of a book, which are more than its journal entries.
 */
typedef struct {
    /**
     * The number of the recording; 0 before the first.
     */
    int64_t n;
    /**
     * The mark in one line of text, to keep and to send: the number, a colon and the hash in 64
     * hexadecimal digits.
     */
    const char *text;
    /**
     * The hash over all recordings up to it alone.
     */
    const char *hash;
} refundry_mark;

/**
 * Gets the lines of a feed: `length` bytes without an end of line, and a NUL after them. Returns 0 to
 * go on, anything else to stop.
 *
 * It runs in the thread of the call. Within it, calls on the same ledger are refused with
 * `REFUNDRY_HANDLE_IN_USE`.
 */
typedef int (*refundry_line_callback)(void *context, const char *line, size_t length);

/**
 * A feed that was written into room of the caller's.
 */
typedef struct {
    /**
     * How many bytes were written, without the NUL after them.
     */
    size_t length;
    /**
     * Where it ends, and the next one begins.
     */
    const refundry_mark *mark;
    /**
     * Whether the book ends there as well.
     */
    int32_t complete;
} refundry_feed_piece;

/**
 * What became of a feed that was taken in.
 */
typedef struct {
    /**
     * Whose book it is of.
     */
    const char *merchant_id;
    /**
     * Recordings that were new.
     */
    uint64_t recorded;
    /**
     * Recordings that the book had already.
     */
    uint64_t skipped;
    /**
     * Where the book ends now, and the next feed has to begin.
     */
    const refundry_mark *mark;
} refundry_feed_report;

/**
 * What a line said of a known object, and an import does not change.
 */
typedef struct {
    /**
     * The line's number, from 1.
     */
    uint64_t line;
    /**
     * The object.
     */
    const char *id;
    /**
     * The field.
     */
    const char *fact;
} refundry_ignored_fact;

/**
 * What an import did.
 */
typedef struct {
    /**
     * Lines read, blank ones included.
     */
    uint64_t lines;
    /**
     * Lines that recorded or advanced an object.
     */
    uint64_t recorded;
    /**
     * Lines of objects that were known already, as they are or further on: nothing was recorded.
     */
    uint64_t skipped;
    /**
     * How many facts of lines that were skipped are not what is known, and were ignored.
     */
    uint64_t ignored;
    /**
     * The first hundred of them.
     */
    const refundry_ignored_fact *const *ignored_facts;
    /**
     * How many these are.
     */
    size_t ignored_fact_count;
} refundry_import_report;

/**
 * Where a book stood, to be published.
 */
typedef struct {
    /**
     * How many entries the book had.
     */
    uint64_t size;
    /**
     * The checkpoint in lines of text, with its signature if it has one.
     */
    const char *text;
} refundry_checkpoint;

/**
 * A receipt whose proof was checked: the entry is in the book of the checkpoint.
 */
typedef struct {
    /**
     * The receipt itself, to be printed or shown as a QR code.
     */
    const char *text;
    /**
     * How many characters that are.
     */
    size_t length;
    /**
     * The id of the refund or charge.
     */
    const char *id;
    /**
     * Whether it is a refund.
     */
    int32_t is_refund;
    /**
     * What the customer gets back, or paid.
     */
    int64_t amount;
    /**
     * The currency's code.
     */
    const char *currency;
    /**
     * When it was recorded.
     */
    int64_t recorded_at;
    /**
     * The charge that a refund gives back; `NULL` for a charge.
     */
    const char *charge_id;
    /**
     * The reference of the terminal or acquirer, or `NULL`.
     */
    const char *external_reference;
    /**
     * Whose book it is.
     */
    const char *merchant_id;
    /**
     * The sequence number of the entry.
     */
    uint64_t seq;
    /**
     * The checkpoint in whose book the entry is.
     */
    const refundry_checkpoint *checkpoint;
    /**
     * The name that the signature bears, or `NULL`; it was checked only if `key` was given.
     */
    const char *signed_by;
} refundry_receipt;

/**
 * A proof that a book only grew between two checkpoints.
 */
typedef struct {
    /**
     * One hash on each line.
     */
    const char *text;
} refundry_consistency;

/**
 * A head that was kept earlier, and whose it is.
 */
typedef struct {
    /**
     * The merchant's id.
     */
    const char *merchant_id;
    /**
     * The text of the head.
     */
    const char *head;
} refundry_kept_head;

/**
 * A line of a feed that was another recording than the mirror has at its place.
 */
typedef struct {
    /**
     * In whose book.
     */
    const char *merchant_id;
    /**
     * The number of the recording.
     */
    int64_t n;
    /**
     * When the line came.
     */
    int64_t received_at;
    /**
     * The line as it came.
     */
    const char *line;
} refundry_fork;

/**
 * What was verified.
 */
typedef struct {
    /**
     * Books checked.
     */
    uint64_t books;
    /**
     * Journal entries checked.
     */
    uint64_t entries;
    /**
     * Evidence that other ledgers' books differ from their mirrors here, which are sound; `NULL` if
     * there is none.
     */
    const refundry_fork *const *forks;
    /**
     * How many forks.
     */
    size_t fork_count;
} refundry_verify_report;

/**
 * Done: the output is written, and what the call records is on disk.
 */
#define REFUNDRY_OK 0

/**
 * No such API key.
 */
#define REFUNDRY_API_KEY_INVALID 10

/**
 * The API key was revoked.
 */
#define REFUNDRY_API_KEY_INACTIVE 20

/**
 * The merchant is in the other mode, live or test.
 */
#define REFUNDRY_PERMISSION_DENIED 30

/**
 * A line of an import is not one acceptable JSON object.
 */
#define REFUNDRY_INVALID_REQUEST 40

/**
 * A line of an import has a field that its object does not have.
 */
#define REFUNDRY_PARAMETER_UNKNOWN 50

/**
 * A value has the wrong form.
 */
#define REFUNDRY_PARAMETER_INVALID 60

/**
 * Both targets of a refund are set.
 */
#define REFUNDRY_PARAMETERS_EXCLUSIVE 70

/**
 * Something that is needed is missing, such as a refund's target.
 */
#define REFUNDRY_PARAMETER_MISSING 71

/**
 * A number is outside its range; amounts are 1 to 9007199254740991.
 */
#define REFUNDRY_PARAMETER_OUT_OF_RANGE 80

/**
 * The idempotency key belongs to a different request.
 */
#define REFUNDRY_IDEMPOTENCY_KEY_REUSED 100

/**
 * No such object in this merchant's book.
 */
#define REFUNDRY_RESOURCE_MISSING 110

/**
 * An object with this id exists already.
 */
#define REFUNDRY_RESOURCE_CONFLICT 111

/**
 * The book is a mirror of one that another ledger keeps: it only follows.
 */
#define REFUNDRY_MIRRORED 112

/**
 * No charge under the payment intent has succeeded.
 */
#define REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE 120

/**
 * The payment intent does not tell which charge is meant.
 */
#define REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES 121

/**
 * Only a succeeded charge can be refunded.
 */
#define REFUNDRY_CHARGE_NOT_SUCCEEDED 122

/**
 * A charge leaves pending once.
 */
#define REFUNDRY_CHARGE_NOT_PENDING 123

/**
 * A refund fails once.
 */
#define REFUNDRY_REFUND_FAILED_ALREADY 124

/**
 * A payout goes in transit, then is paid or failed; a paid one may be returned.
 */
#define REFUNDRY_PAYOUT_NOT_THERE 125

/**
 * The merchant wants each refund to have an external reference of its own; the error's fact is the
 * sequence number of the entry of the refund that has it.
 */
#define REFUNDRY_EXTERNAL_REFERENCE_USED 126

/**
 * A dispute holds what is left of the charge, or too much of it; the error's fact is what can still
 * be given back, 0 included.
 */
#define REFUNDRY_CHARGE_DISPUTED 127

/**
 * A dispute is won or lost once.
 */
#define REFUNDRY_DISPUTE_NOT_OPEN 128

/**
 * Nothing is left to refund.
 */
#define REFUNDRY_CHARGE_ALREADY_REFUNDED 130

/**
 * The rest of the charge was handed over, and is another book's to give back; the error's fact is what
 * this book can still give back, 0 included.
 */
#define REFUNDRY_CHARGE_HANDED_OVER 131

/**
 * The text of a hand-over is for another book; the error's id says for whose.
 */
#define REFUNDRY_HANDOVER_MISDIRECTED 132

/**
 * The text of a hand-over does not agree with what this book knows.
 */
#define REFUNDRY_HANDOVER_CONFLICT 133

/**
 * More than is left to refund; the error's fact is what is left.
 */
#define REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE 140

/**
 * More than the merchant may spend; the error's fact is what may be spent.
 */
#define REFUNDRY_BALANCE_INSUFFICIENT 150

/**
 * A balance would leave the range of a 64-bit integer.
 */
#define REFUNDRY_BALANCE_OUT_OF_RANGE 160

/**
 * A line of an import is bad; the error says which, and why.
 */
#define REFUNDRY_IMPORT 200

/**
 * The progress callback asked to stop.
 */
#define REFUNDRY_CANCELED 201

/**
 * A verification found something wrong; the error says what and where.
 */
#define REFUNDRY_UNSOUND 202

/**
 * A batch is open where none may be, is not open where one must be, or is broken.
 */
#define REFUNDRY_BATCH 203

/**
 * The library was about to record something that is not so: a defect of Refundry.
 */
#define REFUNDRY_INTERNAL 204

/**
 * A line of another ledger's feed, or a head that was kept, does not go on from what this book has.
 */
#define REFUNDRY_FEED 205

/**
 * Maturity was asked for a moment more than 90 days after the last that the ledger has seen.
 */
#define REFUNDRY_TOO_FAR_AHEAD 206

/**
 * A line of a feed is another recording than the mirror has at its place; it is kept as evidence.
 */
#define REFUNDRY_FORKED 207

/**
 * A feed was asked for from a place that the book never had.
 */
#define REFUNDRY_MARK_UNKNOWN 208

/**
 * A head that the book never had: it was restored from an older copy, or it is another book.
 */
#define REFUNDRY_HEAD_UNKNOWN 209

/**
 * A text is no receipt.
 */
#define REFUNDRY_RECEIPT_INVALID 210

/**
 * A receipt's entry is not in the book of its checkpoint.
 */
#define REFUNDRY_RECEIPT_UNPROVEN 211

/**
 * A text is no checkpoint, no key or no proof of consistency.
 */
#define REFUNDRY_CHECKPOINT_INVALID 212

/**
 * A checkpoint is not signed by the key.
 */
#define REFUNDRY_SIGNATURE_INVALID 213

/**
 * Two checkpoints are not of one book that only grew.
 */
#define REFUNDRY_CHECKPOINT_INCONSISTENT 214

/**
 * Another process or handle wrote for too long.
 */
#define REFUNDRY_LOCK_TIMEOUT 300

/**
 * The file is not there.
 */
#define REFUNDRY_FILE_MISSING 310

/**
 * The file is there, and must not be overwritten.
 */
#define REFUNDRY_FILE_EXISTS 311

/**
 * The last part of the path is a symbolic link.
 */
#define REFUNDRY_SYMBOLIC_LINK 312

/**
 * The file is something else.
 */
#define REFUNDRY_NOT_A_LEDGER 313

/**
 * The file was written by a newer Refundry.
 */
#define REFUNDRY_NEWER_LEDGER 314

/**
 * The ledger can only be read.
 */
#define REFUNDRY_READ_ONLY 315

/**
 * The file is damaged.
 */
#define REFUNDRY_CORRUPT 316

/**
 * SQLite did not accept a setting that the guarantees depend on.
 */
#define REFUNDRY_SETTING_REFUSED 317

/**
 * The file has several names (hard links).
 */
#define REFUNDRY_HARD_LINKS 318

/**
 * The file was moved, replaced or removed since it was opened. Put it back together with its log
 * (`-wal`), and open it again.
 */
#define REFUNDRY_FILE_MOVED 319

/**
 * The disk is full.
 */
#define REFUNDRY_DISK_FULL 320

/**
 * A file could not be read or written.
 */
#define REFUNDRY_INPUT_OUTPUT 321

/**
 * The source of random numbers failed.
 */
#define REFUNDRY_RANDOM 322

/**
 * SQLite failed in another way.
 */
#define REFUNDRY_STORAGE 323

/**
 * The disk failed during a commit: it may or may not be recorded. Open the ledger again and look
 * the operation up by its idempotency key.
 */
#define REFUNDRY_OUTCOME_UNKNOWN 324

/**
 * The file is mounted there by itself (a bind mount), apart from its log. Mount the folder that
 * holds it.
 */
#define REFUNDRY_MOUNT_POINT 325

/**
 * The log (`-wal`) beside the file was written for another file. If the file was copied there, move
 * the log away; else put back the file that belongs to it.
 */
#define REFUNDRY_FOREIGN_LOG 326

/**
 * The bytes are those of a ledger's file without its log.
 */
#define REFUNDRY_LOG_MISSING 327

/**
 * The ledger has had as many merchants as there are numbers for them: 8,388,607.
 */
#define REFUNDRY_MERCHANTS_FULL 328

/**
 * An argument that no call accepts: NULL where something is needed, text that is not UTF-8, a
 * struct without its size, an unknown constant.
 */
#define REFUNDRY_BAD_ARGUMENT 1000

/**
 * Another call on the same handle has not returned: another thread's, or the one whose callback
 * this is.
 */
#define REFUNDRY_HANDLE_IN_USE 1001

/**
 * The program was compiled with a header that does not fit this library.
 */
#define REFUNDRY_ABI_MISMATCH 1002

/**
 * There is a defect in Refundry. The operation was rolled back.
 */
#define REFUNDRY_PANIC 1003

/**
 * The facts of the last call on `ledger` or one of its books that failed; `NULL` if none did, or
 * if the ledger is in use by another call.
 *
 * With `NULL` for `ledger`: of the last call of this thread that failed without a handle, as
 * `refundry_open` does.
 *
 * The object belongs to the ledger, or to the thread: do not free it. It stays as it is until the
 * next call there that fails, or until the ledger is closed or the thread ends.
 */
const refundry_error *refundry_last_error(const refundry_ledger *ledger);

/**
 * The message of `refundry_last_error`; never `NULL`. It is valid as long as that object.
 */
const char *refundry_errmsg(const refundry_ledger *ledger);

/**
 * Opens the ledger in the file `path`, or creates it.
 *
 * `abi` is `REFUNDRY_ABI`. `options` may be `NULL` for the defaults. What calls on the ledger
 * return as done is on disk. On success `*ledger` is a handle that `refundry_close` closes.
 *
 * Statuses: `REFUNDRY_ABI_MISMATCH`, `REFUNDRY_SYMBOLIC_LINK`, `REFUNDRY_HARD_LINKS`,
 * `REFUNDRY_MOUNT_POINT`, `REFUNDRY_FOREIGN_LOG`, `REFUNDRY_FILE_MISSING`,
 * `REFUNDRY_NOT_A_LEDGER`, `REFUNDRY_NEWER_LEDGER`, `REFUNDRY_UNSOUND` if somebody defined
 * triggers, views or columns for its tables, `REFUNDRY_READ_ONLY`, `REFUNDRY_CORRUPT`,
 * `REFUNDRY_SETTING_REFUSED`, and the machine's. The file is then as it was, and
 * `refundry_errmsg(NULL)` says more.
 */
refundry_status refundry_open(uint32_t abi,
                              const char *path,
                              const refundry_options *options,
                              refundry_ledger **ledger);

/**
 * Creates a ledger in memory. It is gone when it is closed.
 *
 * `abi` is `REFUNDRY_ABI`. `options` may be `NULL` for the defaults. On success `*ledger` is a
 * handle that `refundry_close` closes.
 *
 * Statuses: `REFUNDRY_ABI_MISMATCH` and the machine's; `refundry_errmsg(NULL)` says more.
 */
refundry_status refundry_open_in_memory(uint32_t abi,
                                        const refundry_options *options,
                                        refundry_ledger **ledger);

/**
 * Closes a ledger's handle. `NULL` is ignored.
 *
 * The file is closed at once, or with the last of the ledger's books that is still open. Objects
 * that the ledger gave stay; what `refundry_last_error` gave does not. Nothing can be lost: what
 * was acknowledged is on disk already.
 */
void refundry_close(refundry_ledger *ledger);

/**
 * Opens the book of one merchant.
 *
 * On success `*book` is a handle that `refundry_book_close` closes, before or after its ledger.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if there is no such merchant, and the machine's. Nothing
 * changes.
 */
refundry_status refundry_book_open(refundry_ledger *ledger,
                                   const char *merchant_id,
                                   refundry_book **book);

/**
 * Closes a book's handle. `NULL` is ignored.
 *
 * Objects that the book gave stay. If its ledger is closed and this was its last book, the file
 * is closed as well.
 */
void refundry_book_close(refundry_book *book);

/**
 * Makes the funds of all charges available that are due at the moment `now`, in all books, and
 * writes to `*released` how many charges that were.
 *
 * A terminal calls it on start and once a day. Books are done one by one, in bounded
 * transactions; `refundry_book_release_due` does one book.
 *
 * Maturity can't be undone, so it does not trust a clock that is far ahead: `now` may be 90 days
 * after the last moment that the ledger has seen. That is the last moment of a recording when this
 * handle first looks, and then the `now` of each call that was not refused.
 *
 * Statuses: `REFUNDRY_TOO_FAR_AHEAD`, if anything is due; nothing has matured then, and
 * `refundry_confirm_time` says that the time is right. `REFUNDRY_BALANCE_OUT_OF_RANGE` or
 * `REFUNDRY_CORRUPT` if a book can't go on (the others have), `REFUNDRY_LOCK_TIMEOUT`, and the
 * machine's. What has matured before stays.
 */
refundry_status refundry_release_due(refundry_ledger *ledger,
                                     int64_t now,
                                     uint64_t *released);

/**
 * Confirms that it is as late as the moment `now`, however long the ledger was not used, so that
 * `refundry_release_due` may go that far. It holds for this handle.
 *
 * Statuses: only those of a wrong call.
 */
refundry_status refundry_confirm_time(refundry_ledger *ledger,
                                      int64_t now);

/**
 * Makes the funds of all charges of one book available that are due at the moment `now`, and
 * writes to `*released` how many charges that were.
 *
 * Statuses: `REFUNDRY_TOO_FAR_AHEAD`, as `refundry_release_due` says,
 * `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_LOCK_TIMEOUT`, and the machine's. What has matured
 * before stays.
 */
refundry_status refundry_book_release_due(refundry_book *book, int64_t now, uint64_t *released);

/**
 * Writes to `*exponent` how many decimals a currency has: as frozen when the ledger first used
 * it, else the standard's. 2 for EGP: 22604 are 226.04 pounds.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a currency that is unknown or has no minor unit, and
 * the machine's. Nothing changes.
 */
refundry_status refundry_exponent(refundry_ledger *ledger,
                                  const char *currency_code,
                                  uint32_t *exponent);

/**
 * Forgets the idempotency keys of all merchants that were recorded before the moment `before`,
 * but none younger than 30 days, and writes to `*pruned` how many.
 *
 * Statuses: `REFUNDRY_LOCK_TIMEOUT` and the machine's. What was forgotten before stays forgotten.
 */
refundry_status refundry_prune_idempotency_keys(refundry_ledger *ledger,
                                                int64_t before,
                                                uint64_t *pruned);

/**
 * Frees an object that a function of this header has given. `NULL` is ignored.
 *
 * Whatever the object points to is freed with it. Handles are not objects: they have
 * `refundry_close` and `refundry_book_close`. What `refundry_last_error` gives is not yours.
 *
 * Any thread may call it, also after the ledger was closed. The ledger's state is not touched.
 *
 * Statuses: `REFUNDRY_BAD_ARGUMENT` for a pointer that is not to an object of yours, such as a
 * handle, a text or an object that was freed before; nothing is freed then. (If a new object has
 * come to lie where the freed one was, nobody can tell.)
 */
refundry_status refundry_free(const void *object);

/**
 * What a status means in general: what happened, what was not changed, and what to do.
 * `refundry_errmsg` says it with the facts of the case. Never `NULL`, for any number.
 *
 * The text is constant. Any thread may call it.
 */
const char *refundry_status_str(refundry_status status);

/**
 * The permanent code of a status, as the API over HTTP has it, for example
 * `"charge_already_refunded"`. Never `NULL`, for any number.
 *
 * The text is constant. Any thread may call it.
 */
const char *refundry_status_code(refundry_status status);

/**
 * The version as text, such as `"1.2.3"`. Compare `REFUNDRY_VERSION`.
 *
 * The text is constant. Any thread may call it.
 */
const char *refundry_version(void);

/**
 * The version as one number: a million times the major, a thousand times the minor, and the
 * patch version. Compare `REFUNDRY_VERSION_NUMBER`.
 *
 * Any thread may call it.
 */
uint32_t refundry_version_number(void);

/**
 * Writes an amount or balance as people do to `to`, with as many decimals as its currency has in
 * this ledger: 22604 piastres are `226.04`. Print the currency's code beside it.
 *
 * `to` has room for `size` characters: `REFUNDRY_AMOUNT_SIZE` or more, however small the amount.
 * With `REFUNDRY_OK` it is NUL-terminated; else it is not written to.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a currency that is unknown or has no minor unit, and
 * the machine's. Nothing changes.
 */
refundry_status refundry_format_amount(refundry_ledger *ledger,
                                       const char *currency_code,
                                       int64_t amount,
                                       char *to,
                                       size_t size);

/**
 * Writes a number of minor units, or any other number of 64 bits, to `to` in digits: printf has no
 * format for them in C89, and a `long` has 32 bits on many machines.
 *
 * `to` has room for `size` characters: `REFUNDRY_AMOUNT_SIZE` or more, however small the number.
 * With `REFUNDRY_OK` it is NUL-terminated; else it is not written to.
 *
 * Statuses: none but `REFUNDRY_BAD_ARGUMENT` and `REFUNDRY_PANIC`. Any thread may call it.
 */
refundry_status refundry_format_number(int64_t number,
                                       char *to,
                                       size_t size);

/**
 * Reads an amount as people write it, by the decimals that its currency has in this ledger, and
 * writes the minor units to `*amount`: `226.04` are 22604 piastres.
 *
 * It is read exactly or not at all: only digits and perhaps one point, with digits on both sides;
 * no sign, no space, no separator of thousands, no needless zero in front, and no more decimals
 * than the currency has.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for any other text or an unknown currency,
 * `REFUNDRY_PARAMETER_OUT_OF_RANGE` for 0 and for more than 9007199254740991 minor units, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_parse_amount(refundry_ledger *ledger,
                                      const char *currency_code,
                                      const char *from,
                                      int64_t *amount);

/**
 * Reads an amount that may be negative, for settlements and adjustments: like
 * `refundry_parse_amount`, but a `-` may stand in front.
 *
 * Statuses: as `refundry_parse_amount`.
 */
refundry_status refundry_parse_signed_amount(refundry_ledger *ledger,
                                             const char *currency_code,
                                             const char *from,
                                             int64_t *amount);

/**
 * The name of one of the `REFUNDRY_CAUSE_` constants, for example `"refund_failure"`; `"unknown"`
 * for any other number. The text is constant. Any thread may call it.
 */
const char *refundry_cause_name(int32_t cause);

/**
 * The name of one of the `REFUNDRY_ACCOUNT_` constants, for example `"payout_transit"`;
 * `"unknown"` for any other number. The text is constant. Any thread may call it.
 */
const char *refundry_account_name(int32_t account);

/**
 * The name of one of the `REFUNDRY_REASON_` constants, for example `"requested_by_customer"`;
 * `"none"` for `REFUNDRY_REASON_NONE` and `"unknown"` for any other number. The text is constant.
 * Any thread may call it.
 */
const char *refundry_reason_name(int32_t reason);

/**
 * The name of one of the `REFUNDRY_CHARGE_` constants, for example `"succeeded"`; `"unknown"` for
 * any other number. The text is constant. Any thread may call it.
 */
const char *refundry_charge_status_name(int32_t status);

/**
 * The name of one of the `REFUNDRY_REFUND_` constants, for example `"succeeded"`; `"unknown"` for
 * any other number. The text is constant. Any thread may call it.
 */
const char *refundry_refund_status_name(int32_t status);

/**
 * The name of one of the `REFUNDRY_TRANSFER_` constants, for example `"topup"`; `"unknown"` for any
 * other number. The text is constant. Any thread may call it.
 */
const char *refundry_transfer_name(int32_t kind);

/**
 * The name of one of the `REFUNDRY_PAYOUT_` constants, for example `"in_transit"`; `"none"` for
 * `REFUNDRY_PAYOUT_NONE` and `"unknown"` for any other number. The text is constant. Any thread may
 * call it.
 */
const char *refundry_payout_status_name(int32_t status);

/**
 * The name of one of the `REFUNDRY_LINE_` constants, for example `"refund"`; `"unknown"` for any
 * other number. The text is constant. Any thread may call it.
 */
const char *refundry_line_name(int32_t line_type);

/**
 * The name of one of the `REFUNDRY_OPERATION_` constants, for example `"charge_conclusion"`;
 * `"unknown"` for any other number. The text is constant. Any thread may call it.
 */
const char *refundry_operation_name(int32_t operation);

/**
 * The name of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` or `REFUNDRY_DISPUTE_LOST`, for example
 * `"open"`; `"unknown"` for any other number. The text is constant. Any thread may call it.
 */
const char *refundry_dispute_status_name(int32_t status);

/**
 * The name of one of the `REFUNDRY_DISPUTE_REASON_` constants, for example
 * `"product_not_received"`; `"none"` for `REFUNDRY_DISPUTE_REASON_NONE` and `"unknown"` for any other
 * number. The text is constant. Any thread may call it.
 */
const char *refundry_dispute_reason_name(int32_t reason);

/**
 * Creates a charge. One that succeeded is posted: pending grows by what was captured less the fee.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_PARAMETER_OUT_OF_RANGE`,
 * `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING` for the payment intent,
 * `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the
 * machine's.
 */
refundry_status refundry_charge_create(refundry_book *book,
                                       const refundry_new_charge *new_charge,
                                       const char *key,
                                       const refundry_charge **charge);

/**
 * Ends a pending charge: the money was taken.
 *
 * `amount_captured` is at most the charge's amount, `platform_fee` at most that. The merchant's
 * funds mature at the moment `available_on`. `key` is an idempotency key or `REFUNDRY_NO_KEY`. On
 * success `*charge` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_OUT_OF_RANGE`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`,
 * `REFUNDRY_RESOURCE_MISSING`, `REFUNDRY_CHARGE_NOT_PENDING`, `REFUNDRY_PARAMETER_INVALID`,
 * `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
 */
refundry_status refundry_charge_succeed(refundry_book *book,
                                        const char *id,
                                        int64_t amount_captured,
                                        int64_t platform_fee,
                                        int64_t available_on,
                                        const char *key,
                                        const refundry_charge **charge);

/**
 * Ends a pending charge: the money was not taken.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_CHARGE_NOT_PENDING`; and the machine's.
 */
refundry_status refundry_charge_fail(refundry_book *book,
                                     const char *id,
                                     const char *key,
                                     const refundry_charge **charge);

/**
 * Ends a pending charge: the attempt was called off.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_CHARGE_NOT_PENDING`; and the machine's.
 */
refundry_status refundry_charge_cancel(refundry_book *book,
                                       const char *id,
                                       const char *key,
                                       const refundry_charge **charge);

/**
 * A charge by its id.
 *
 * On success `*charge` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_charge_get(refundry_book *book,
                                    const char *id,
                                    const refundry_charge **charge);

/**
 * A page of the charges, newest first: those that `filter` shows, or all if it is `NULL`.
 *
 * On success `*charges` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_charges(refundry_book *book,
                                 const refundry_charge_filter *filter,
                                 uint32_t limit,
                                 const char *starting_after,
                                 const refundry_charge_list **charges);

/**
 * Opens a dispute: the cardholder's bank has taken `amount` minor units of a charge back. They are
 * taken from the available balance at once, also while the charge's own funds are pending, and so is
 * the fee. What is disputed can't be refunded.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_OUT_OF_RANGE` (0 included),
 * `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_DISPUTED`,
 * `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE`, `REFUNDRY_BALANCE_OUT_OF_RANGE`,
 * `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the machine's.
 */
refundry_status refundry_dispute_open(refundry_book *book,
                                      const refundry_new_dispute *new_dispute,
                                      int64_t amount,
                                      const char *key,
                                      const refundry_dispute **dispute);

/**
 * Records that the merchant won a dispute: the amount is available again and can be refunded.
 *
 * `fee` is `REFUNDRY_DISPUTE_FEE_KEPT` or `REFUNDRY_DISPUTE_FEE_RETURNED`. `key` is an idempotency
 * key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_DISPUTE_NOT_OPEN`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
 */
refundry_status refundry_dispute_win(refundry_book *book,
                                     const char *id,
                                     int32_t fee,
                                     const char *key,
                                     const refundry_dispute **dispute);

/**
 * Records that the cardholder won a dispute. This moves nothing more, and the amount can never be
 * refunded.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_DISPUTE_NOT_OPEN`; and the machine's.
 */
refundry_status refundry_dispute_lose(refundry_book *book,
                                      const char *id,
                                      const char *key,
                                      const refundry_dispute **dispute);

/**
 * A dispute by its id.
 *
 * On success `*dispute` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_dispute_get(refundry_book *book,
                                     const char *id,
                                     const refundry_dispute **dispute);

/**
 * A page of the disputes, newest first: those that `filter` shows, or all if it is `NULL`.
 *
 * On success `*disputes` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_disputes(refundry_book *book,
                                  const refundry_dispute_filter *filter,
                                  uint32_t limit,
                                  const char *starting_after,
                                  const refundry_dispute_list **disputes);

/**
 * Hands what is left to give back of a charge over to the book of another merchant: another terminal,
 * for instance. From now on this book refuses refunds, disputes and hand-overs of it, and the other one
 * can refund it once it has taken over the text in the answer. Neither has to hear of the other again. No
 * money moves. Only the other book can give it back: `refundry_handover_refuse`.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*handover` is an object; free it with
 * `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`,
 * `REFUNDRY_RESOURCE_MISSING`, `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_ALREADY_REFUNDED`,
 * `REFUNDRY_CHARGE_HANDED_OVER`, `REFUNDRY_CHARGE_DISPUTED`; and the machine's.
 */
refundry_status refundry_charge_hand_over(refundry_book *book,
                                          const char *charge_id,
                                          const char *to_merchant_id,
                                          const char *key,
                                          const refundry_handover **handover);

/**
 * Takes over what another book has handed over to this one, by the hand-over's text. The charge is then
 * in this book too, and as much of it can be refunded or disputed as was handed over. A book that handed
 * a charge over takes it back in the same way. The same text again does nothing more.
 *
 * On success `*handover` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` for a text that is not one,
 * `REFUNDRY_HANDOVER_MISDIRECTED`, `REFUNDRY_HANDOVER_CONFLICT`; and the machine's.
 */
refundry_status refundry_charge_take_over(refundry_book *book,
                                          const char *handover_text,
                                          const refundry_handover **handover);

/**
 * Gives back what another book has handed over to this one: takes it over, and hands all that is left of
 * the charge here back. The other book takes over the text in the answer. The same text again gives the
 * same answer.
 *
 * On success `*handover` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: those of `refundry_charge_take_over`, then
 * `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_HANDED_OVER` or `REFUNDRY_CHARGE_DISPUTED` if
 * nothing is left here; and the machine's.
 */
refundry_status refundry_handover_refuse(refundry_book *book,
                                         const char *handover_text,
                                         const refundry_handover **handover);

/**
 * A hand-over by its id, with its text if this book handed the charge over.
 *
 * On success `*handover` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_handover_get(refundry_book *book,
                                      const char *id,
                                      const refundry_handover **handover);

/**
 * A page of the hand-overs, newest first: those that `filter` shows, or all if it is `NULL`.
 *
 * On success `*handovers` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_handovers(refundry_book *book,
                                   const refundry_handover_filter *filter,
                                   uint32_t limit,
                                   const char *starting_after,
                                   const refundry_handover_list **handovers);

/**
 * Creates a payment intent of `amount` minor units. `id` is `pi_...`, or `NULL` for a generated
 * one.
 *
 * On success `*intent` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a malformed id or an unknown currency,
 * `REFUNDRY_PARAMETER_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists, and the
 * machine's.
 */
refundry_status refundry_payment_intent_create(refundry_book *book,
                                               const char *id,
                                               int64_t amount,
                                               const char *currency_code,
                                               const refundry_payment_intent **intent);

/**
 * A payment intent by its id.
 *
 * On success `*intent` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_payment_intent_get(refundry_book *book,
                                            const char *id,
                                            const refundry_payment_intent **intent);

/**
 * A page of the payment intents, newest first.
 *
 * On success `*intents` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_payment_intents(refundry_book *book,
                                         uint32_t limit,
                                         const char *starting_after,
                                         const refundry_payment_intent_list **intents);

/**
 * Issues an API key. It can't be read again: only its SHA-256 is kept.
 *
 * On success `*issued` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's.
 */
refundry_status refundry_key_issue(refundry_book *book, const refundry_issued_key **issued);

/**
 * Revokes an API key by its id, for ever.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if the merchant has no such key, and the machine's.
 */
refundry_status refundry_key_revoke(refundry_book *book, const char *id);

/**
 * What is known of the merchant's API keys, the oldest first.
 *
 * On success `*keys` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_keys(refundry_book *book, const refundry_key_list **keys);

/**
 * Adds a merchant, whose book is empty.
 *
 * On success `*merchant` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists, and the
 * machine's.
 */
refundry_status refundry_merchant_create(refundry_ledger *ledger,
                                         const refundry_new_merchant *new_merchant,
                                         const refundry_merchant **merchant);

/**
 * Every merchant, sorted by id.
 *
 * On success `*merchants` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_merchants(refundry_ledger *ledger,
                                   const refundry_merchant_list **merchants);

/**
 * The merchant whose API key this is.
 *
 * On success `*merchant` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_API_KEY_INVALID` for an unknown key, `REFUNDRY_API_KEY_INACTIVE` for a
 * revoked one, and the machine's. Nothing changes. No message repeats a key.
 */
refundry_status refundry_authenticate(refundry_ledger *ledger,
                                      const char *api_key,
                                      const refundry_merchant **merchant);

/**
 * The merchant whose book this is.
 *
 * On success `*merchant` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_book_merchant(refundry_book *book, const refundry_merchant **merchant);

/**
 * Changes how far refunds may take the available balance below zero.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for an unknown currency, and the machine's.
 */
refundry_status refundry_limit_set(refundry_book *book, const refundry_limit *limit);

/**
 * Changes whether a refund is refused whose external reference another refund has already, failed or
 * not: acquirers and tills send twice. Refunds without a reference are never refused for that.
 *
 * `required` is 0 or 1.
 *
 * Statuses: the machine's.
 */
refundry_status refundry_unique_references_require(refundry_book *book,
                                                   int32_t required);

/**
 * Refunds `amount` minor units of a charge. They are taken from the available balance at once,
 * and the charge's journal entry is reversed by them; the platform keeps its fee.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*refund` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETERS_EXCLUSIVE` and `REFUNDRY_PARAMETER_MISSING` for
 * the target, `REFUNDRY_PARAMETER_OUT_OF_RANGE` (0 included), `REFUNDRY_PARAMETER_INVALID`,
 * `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE`, `REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES` and
 * `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_EXTERNAL_REFERENCE_USED`,
 * `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_DISPUTED`,
 * `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE`, `REFUNDRY_BALANCE_INSUFFICIENT`,
 * `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
 */
refundry_status refundry_refund_create(refundry_book *book,
                                       const refundry_refund_request *request,
                                       int64_t amount,
                                       const char *key,
                                       const refundry_refund **refund);

/**
 * Refunds all that is left of a charge: like `refundry_refund_create`, but for the amount.
 */
refundry_status refundry_refund_create_full(refundry_book *book,
                                            const refundry_refund_request *request,
                                            const char *key,
                                            const refundry_refund **refund);

/**
 * Records that the card's bank sent a refund back: its amount is available again, and the charge
 * can be refunded anew.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*refund` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_REFUND_FAILED_ALREADY`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
 */
refundry_status refundry_refund_fail(refundry_book *book,
                                     const char *id,
                                     const char *key,
                                     const refundry_refund **refund);

/**
 * A refund by its id.
 *
 * On success `*refund` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_refund_get(refundry_book *book,
                                    const char *id,
                                    const refundry_refund **refund);

/**
 * A page of the refunds, newest first: those that `filter` shows, or all if it is `NULL`. A filter
 * by an unknown id finds none.
 *
 * On success `*refunds` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_refunds(refundry_book *book,
                                 const refundry_refund_filter *filter,
                                 uint32_t limit,
                                 const char *starting_after,
                                 const refundry_refund_list **refunds);

/**
 * Makes a payout, top-up, settlement or adjustment.
 *
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`; each kind has keys of its own. On success
 * `*transfer` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_PARAMETER_OUT_OF_RANGE`,
 * `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_BALANCE_INSUFFICIENT` (payouts),
 * `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the
 * machine's.
 */
refundry_status refundry_transfer_create(refundry_book *book,
                                         const refundry_new_transfer *new_transfer,
                                         const char *key,
                                         const refundry_transfer **transfer);

/**
 * Records what became of a payout: in transit, then paid or failed; a paid one may be returned.
 *
 * `outcome` is `REFUNDRY_PAYOUT_PAID`, `REFUNDRY_PAYOUT_FAILED` or `REFUNDRY_PAYOUT_RETURNED`.
 * `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*payout` is an object; free it
 * with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
 * `REFUNDRY_PAYOUT_NOT_THERE`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
 */
refundry_status refundry_payout_conclude(refundry_book *book,
                                         const char *id,
                                         int32_t outcome,
                                         const char *key,
                                         const refundry_transfer **payout);

/**
 * A payout, top-up, settlement or adjustment by its id.
 *
 * On success `*transfer` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_transfer_get(refundry_book *book,
                                      const char *id,
                                      const refundry_transfer **transfer);

/**
 * A page of the payouts, top-ups, settlements and adjustments, newest first: those that `filter`
 * shows, or all if it is `NULL`.
 *
 * On success `*transfers` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_transfers(refundry_book *book,
                                   const refundry_transfer_filter *filter,
                                   uint32_t limit,
                                   const char *starting_after,
                                   const refundry_transfer_list **transfers);

/**
 * The balances of all accounts in every currency of the book, sorted by the currencies' codes.
 *
 * On success `*balances` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_balances(refundry_book *book, const refundry_balance_list **balances);

/**
 * The balances as they were after the journal entry with the sequence number `seq`.
 *
 * On success `*balances` is an object; free it with `refundry_free`. The postings are added up.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_balances_after(refundry_book *book,
                                        int64_t seq,
                                        const refundry_balance_list **balances);

/**
 * The balances that follow from the journal entries that had taken effect at a moment.
 *
 * On success `*balances` is an object; free it with `refundry_free`. The postings are added up.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_balances_at(refundry_book *book,
                                     int64_t moment,
                                     const refundry_balance_list **balances);

/**
 * An event by its id.
 *
 * On success `*event` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_event_get(refundry_book *book,
                                   const char *id,
                                   const refundry_event **event);

/**
 * A page of the events, newest first.
 *
 * `event_type` shows only those of one type; `NULL` shows all. On success `*events` is an object;
 * free it with `refundry_free`. Pages hold 1 to 100 objects: `limit` says how many. `starting_after`
 * is the id of the last object of the page before, or `ending_before` that of the first object of the
 * page after; `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for an unknown type, a bad limit, an unknown
 * `starting_after` or `ending_before`, or both; and the machine's. Nothing changes.
 */
refundry_status refundry_events(refundry_book *book,
                                const char *event_type,
                                uint32_t limit,
                                const char *starting_after,
                                const char *ending_before,
                                const refundry_event_list **events);

/**
 * At most `limit` events after the one with the id `after`, the oldest first; `NULL` begins with the
 * first. Who keeps the id of the last event seen misses none.
 *
 * On success `*events` is an object; free it with `refundry_free`. There are no more once it has
 * fewer than `limit`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` if this book never had that event, because it was restored
 * from an older copy or is another book; and the machine's. Nothing changes.
 */
refundry_status refundry_events_after(refundry_book *book,
                                      const char *after,
                                      uint32_t limit,
                                      const refundry_event_list **events);

/**
 * What became of the call with an idempotency key: did it happen before the power went?
 *
 * `operation` is one of the `REFUNDRY_OPERATION_` constants. On success `*record` is an object,
 * also if nothing was recorded; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a malformed key, and the machine's. Nothing changes.
 */
refundry_status refundry_find_by_key(refundry_book *book,
                                     int32_t operation,
                                     const char *key,
                                     const refundry_key_record **record);

/**
 * A journal entry with its postings by its id.
 *
 * On success `*entry` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_journal_entry_get(refundry_book *book,
                                           const char *id,
                                           const refundry_journal_entry **entry);

/**
 * At most `limit` journal entries after a head, the oldest first. `head` is the text of one, as
 * `refundry_book_head` gives it: the one that was noted last begins with the first entry that is
 * new since, `NULL` with the first of all. From the last entry of a list, the sequence number, a
 * colon and its hash go on.
 *
 * On success `*entries` is an object; free it with `refundry_free`. There are no more once it has
 * fewer than `limit`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for text that is no head; `REFUNDRY_HEAD_UNKNOWN` if the book never
 * had this head: it was restored from an older copy if its last sequence number, the error's
 * `fact`, is less than the head's, and went another way otherwise; and the machine's. Nothing
 * changes.
 */
refundry_status refundry_journal_entries_after(refundry_book *book,
                                               const char *head,
                                               uint32_t limit,
                                               const refundry_journal_entry_list **entries);

/**
 * Where the book's chain ends.
 *
 * On success `*head` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_book_head(refundry_book *book, const refundry_head **head);

/**
 * Reads the text of a head, such as `refundry_book_head` gives: exactly that, without spaces or the
 * end of a line.
 *
 * On success `*head` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for any other text; `refundry_errmsg(NULL)` says more. Any
 * thread may call it.
 */
refundry_status refundry_head_parse(const char *from,
                                    const refundry_head **head);

/**
 * A line of the statement by its id.
 *
 * On success `*line` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
 */
refundry_status refundry_balance_transaction_get(refundry_book *book,
                                                 const char *id,
                                                 const refundry_balance_transaction **line);

/**
 * A page of the statement, newest first: the lines that `filter` shows, or all if it is `NULL`.
 *
 * On success `*lines` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
 * `limit` says how many, and `starting_after` is the id of the last object of the page before,
 * or `NULL` for the first page.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
 * machine's. Nothing changes.
 */
refundry_status refundry_balance_transactions(refundry_book *book,
                                              const refundry_statement_filter *filter,
                                              uint32_t limit,
                                              const char *starting_after,
                                              const refundry_balance_transaction_list **lines);

/**
 * What the entries after one head add up to, through another or through the last: a terminal's
 * end-of-day report in one call.
 *
 * `from` and `to` are texts of heads, such as `refundry_book_head` gives; `to` may be `NULL` for the
 * last entry. The next day goes on from the report's `to`: nothing is counted twice or left out,
 * whatever the clock said. On success `*report` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a text that is no head; `REFUNDRY_HEAD_UNKNOWN` for a head that
 * the book never had; `REFUNDRY_PARAMETER_INVALID` if `to` comes before `from`;
 * `REFUNDRY_BALANCE_OUT_OF_RANGE` if a total is no 64-bit integer; and the machine's. Nothing changes.
 */
refundry_status refundry_totals(refundry_book *book,
                                const char *from,
                                const char *to,
                                const refundry_totals_report **report);

/**
 * Copies the ledger, as it is now, to the new file `path`, while others may go on using it.
 *
 * `progress` is told pages, and may be `NULL`; `context` is passed to it.
 *
 * Statuses: `REFUNDRY_FILE_EXISTS`, `REFUNDRY_CANCELED`, and the machine's. There is then no new
 * file.
 */
refundry_status refundry_backup(refundry_ledger *ledger,
                                const char *path,
                                refundry_progress progress,
                                void *context);

/**
 * Begins a batch: what calls on this ledger and its books record from now on shares one commit,
 * and none of it is on disk before `refundry_batch_commit` has returned `REFUNDRY_OK`. Other
 * handles and processes that write wait meanwhile.
 *
 * Each call has its own outcome. One that is refused, or whose arguments are invalid, changes
 * nothing and does not disturb the others. A failure of the machine rolls back the whole batch.
 * Imports, backups and verifications are refused in a batch.
 *
 * Statuses: `REFUNDRY_BATCH` if one is open already, and the machine's.
 */
refundry_status refundry_batch_begin(refundry_ledger *ledger);

/**
 * Commits every operation of the batch and ends it. Then they are on disk.
 *
 * Statuses: `REFUNDRY_BATCH` if none is open or one of its operations failed, and the machine's.
 * The batch has ended then, and but for `REFUNDRY_OUTCOME_UNKNOWN` nothing of it was kept.
 */
refundry_status refundry_batch_commit(refundry_ledger *ledger);

/**
 * Ends the batch and keeps nothing of it; does nothing if none is open.
 *
 * Statuses: none but `REFUNDRY_BAD_ARGUMENT`, `REFUNDRY_HANDLE_IN_USE` and `REFUNDRY_PANIC`.
 */
refundry_status refundry_batch_roll_back(refundry_ledger *ledger);

#ifndef REFUNDRY_WITHOUT_EXPORTS
/**
 * Gives a book to `chunk`, piece by piece, in one of the formats that the `REFUNDRY_EXPORT_`
 * constants name.
 *
 * `from` and `to` say of which period, as in `refundry_statement_request`; days are those of UTC, and
 * `NULL` is no bound. Only a journal can begin or end with a head. `context` is passed to `chunk`.
 * Memory does not grow with the book: what does not fit in 4 MB is sorted in a temporary file, in the
 * folder that the environment variable `TMPDIR` names, else `/tmp`. On success `*head` is an object,
 * the head up to which the book was read; free it with `refundry_free`.
 *
 * What was given before a call fails is not whole.
 *
 * Statuses: `REFUNDRY_HEAD_UNKNOWN` for a head that the book never had; `REFUNDRY_PARAMETER_INVALID`
 * for a period that is none, or a year that the format's program can't read; `REFUNDRY_UNSOUND` if the
 * entries do not add up to the balances; `REFUNDRY_CANCELED`; and the machine's. Nothing changes.
 */
refundry_status refundry_export(refundry_book *book,
                                int32_t format,
                                const char *from,
                                const char *to,
                                refundry_chunk_callback chunk,
                                void *context,
                                const refundry_head **head);

/**
 * Gives the statement of a merchant to `chunk`, piece by piece: what it had, every line of the period
 * in groups, and what it has in the end. All accounts are compared with the ledger's own balances.
 *
 * `context` is passed to `chunk`. Memory does not grow with the book, as of `refundry_export`. On
 * success `*head` is an object, the head up to which the book was read; free it with `refundry_free`.
 *
 * What was given before a call fails is not whole.
 *
 * Statuses: `REFUNDRY_HEAD_UNKNOWN` for a head that the book never had; `REFUNDRY_PARAMETER_INVALID`
 * for a zone or a period that is none; `REFUNDRY_UNSOUND` if the entries do not add up to the
 * balances; `REFUNDRY_CANCELED`; and the machine's. Nothing changes.
 */
refundry_status refundry_statement(refundry_book *book,
                                   const refundry_statement_request *request,
                                   refundry_chunk_callback chunk,
                                   void *context,
                                   const refundry_head **head);
#endif

/**
 * Where the book's recordings end.
 *
 * On success `*mark` is an object; free it with `refundry_free`.
 *
 * Statuses: the machine's. Nothing changes.
 */
refundry_status refundry_book_mark(refundry_book *book, const refundry_mark **mark);

/**
 * Gives the recordings of a book after a place in it to `line`, one after another, between a first
 * line that says where the feed begins and a last line that says where it ends. The receiver ends
 * each with a line feed and passes them to `refundry_receive`, or to a server's `POST /feed`.
 *
 * `after` is the text of a mark, such as the receiver tells; `NULL` begins at the book's beginning.
 * `context` is passed to `line`. Memory does not grow with the book. On success `*end` is an object,
 * where the next feed begins; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` for a text that is no mark; `REFUNDRY_MARK_UNKNOWN` if the
 * book never had it: the book was restored from an older copy, or is another; `REFUNDRY_CANCELED`;
 * and the machine's. Nothing changes.
 */
refundry_status refundry_feed(refundry_book *book,
                              const char *after,
                              refundry_line_callback line,
                              void *context,
                              const refundry_mark **end);

/**
 * Writes a feed of a book after a place in it into room of `size` bytes at `to`, with ends of lines
 * and a NUL at the end: as many recordings as there is room for. Each is a whole feed, that can be
 * received by itself; the next begins at its mark.
 *
 * `after` is the text of a mark; `NULL` begins at the book's beginning. On success `*piece` is an
 * object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_MARK_UNKNOWN` as of `refundry_feed`;
 * `REFUNDRY_PARAMETER_OUT_OF_RANGE` if the next recording alone has no room, with a message that says
 * how much it needs; and the machine's. Nothing changes.
 */
refundry_status refundry_feed_into(refundry_book *book,
                                   const char *after,
                                   char *to,
                                   size_t size,
                                   const refundry_feed_piece **piece);

/**
 * Takes in a feed of a book in another ledger from a text of `length` bytes. The book here is a
 * mirror: it has the same recordings, can be read and verified, and every operation on it returns
 * `REFUNDRY_MIRRORED`. Recordings that are known are compared and skipped.
 *
 * `progress` is told bytes, and may be `NULL`; `context` is passed to it. On success `*report` is an
 * object; free it with `refundry_free`.
 *
 * Lines are taken in in bounded transactions: whatever the status, those before the line that is
 * refused are kept, and the next feed goes on from there.
 *
 * Statuses: `REFUNDRY_INVALID_REQUEST` and `REFUNDRY_PARAMETER_INVALID` for what does not begin as a
 * feed; `REFUNDRY_FEED` for a line that does not follow, whose error has the `line` and, as its
 * `place`, the mark to send from; `REFUNDRY_FORKED` for another recording than the mirror has, which
 * is kept as evidence; `REFUNDRY_BATCH`; `REFUNDRY_CANCELED`; `REFUNDRY_LOCK_TIMEOUT`; and the
 * machine's.
 */
refundry_status refundry_receive(refundry_ledger *ledger,
                                 const char *lines,
                                 size_t length,
                                 refundry_progress progress,
                                 void *context,
                                 const refundry_feed_report **report);

/**
 * Takes in a feed from the file `path`: like `refundry_receive`. Memory does not grow with the file.
 *
 * Statuses: also `REFUNDRY_INPUT_OUTPUT` if the file can't be read or is one of the ledger's own.
 */
refundry_status refundry_receive_file(refundry_ledger *ledger,
                                      const char *path,
                                      refundry_progress progress,
                                      void *context,
                                      const refundry_feed_report **report);

/**
 * Imports objects from a text of `length` bytes, one JSON object a line, in one transaction.
 *
 * `progress` is told bytes, and may be `NULL`; `context` is passed to it. On success `*report`
 * is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_IMPORT`, whose error says which line is bad and why; `REFUNDRY_CANCELED`;
 * `REFUNDRY_LOCK_TIMEOUT`; and the machine's. Nothing of this import is then kept.
 */
refundry_status refundry_import(refundry_ledger *ledger,
                                const char *lines,
                                size_t length,
                                refundry_progress progress,
                                void *context,
                                const refundry_import_report **report);

/**
 * Imports objects from the file `path`: like `refundry_import`. Memory does not grow with the
 * file.
 *
 * Statuses: also `REFUNDRY_INPUT_OUTPUT` if the file can't be read or is one of the ledger's own.
 */
refundry_status refundry_import_file(refundry_ledger *ledger,
                                     const char *path,
                                     refundry_progress progress,
                                     void *context,
                                     const refundry_import_report **report);

/**
 * Makes the receipt of a refund, or of a charge that succeeded, by its id: a text of at most 700
 * characters with ids as the library makes them, that proves to anyone that it is in the book.
 * docs/receipts.md has the format.
 *
 * `size` of 0 means under a checkpoint of its own, right after the object's entry; else under the
 * checkpoint of the book with so many entries, which makes the receipt longer. `secret` is the key that
 * signs it (`PRIVATE+KEY+…`), or `NULL`. Call `refundry_tree_extend` before, now and then: what
 * that has not done yet is done in each call. On success `*receipt` is an object; free it with
 * `refundry_free`.
 *
 * Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key; `REFUNDRY_RESOURCE_MISSING`;
 * `REFUNDRY_PARAMETER_INVALID` for a size before the entry, or that the book never had; and the
 * machine's. Nothing changes.
 */
refundry_status refundry_receipt_make(refundry_book *book,
                                      const char *id,
                                      int64_t size,
                                      const char *secret,
                                      const refundry_receipt **receipt);

/**
 * Reads a receipt and checks what it proves. No ledger is needed.
 *
 * `key` is the public key that the shop has published, and `checkpoint_text` a checkpoint that it has
 * published. Each may be `NULL`, and is not looked at then. Without both only the receipt's own proof is
 * checked, which anyone can make up. The signatures of the published checkpoint are not checked:
 * `refundry_checkpoint_check` does. On success `*receipt` is an object; free it with `refundry_free`.
 *
 * Statuses, in this order: `REFUNDRY_RECEIPT_INVALID`; `REFUNDRY_RECEIPT_UNPROVEN`;
 * `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key, `REFUNDRY_SIGNATURE_INVALID` if that key did
 * not sign; `REFUNDRY_CHECKPOINT_INVALID` for a text that is no checkpoint,
 * `REFUNDRY_CHECKPOINT_INCONSISTENT` if the receipt's is another. Any thread may call it.
 */
refundry_status refundry_receipt_check(const char *receipt_text,
                                       const char *key,
                                       const char *checkpoint_text,
                                       const refundry_receipt **receipt);

/**
 * Reads a checkpoint that a shop has published, and checks that the key signed it. No ledger is needed.
 * One key may sign the books of many merchants: the first line of `text` names the merchant; compare it
 * with the `merchant_id` that you expect.
 *
 * On success `*checkpoint` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no checkpoint or no key;
 * `REFUNDRY_SIGNATURE_INVALID` if that key did not sign. Any thread may call it.
 */
refundry_status refundry_checkpoint_check(const char *checkpoint_text,
                                          const char *key,
                                          const refundry_checkpoint **checkpoint);

/**
 * Tells where the book stands, to be published. `secret` is the key that signs it, or `NULL`. On
 * success `*checkpoint` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_CHECKPOINT_INVALID` for a text that is no key; and the machine's. Nothing changes.
 */
refundry_status refundry_checkpoint_make(refundry_book *book,
                                         const char *secret,
                                         const refundry_checkpoint **checkpoint);

/**
 * Proves that the book only grew between its checkpoints with `from` and `to` entries. On success
 * `*consistency` is an object; free it with `refundry_free`.
 *
 * Statuses: `REFUNDRY_PARAMETER_INVALID` if the book never had so many entries, or `from` is larger
 * than `to`; and the machine's. Nothing changes.
 */
refundry_status refundry_consistency_make(refundry_book *book,
                                          int64_t from,
                                          int64_t to,
                                          const refundry_consistency **consistency);

/**
 * Checks that a book only grew between two checkpoints, the older one first, by the text of a proof.
 * Signatures are not checked. No ledger is needed.
 *
 * Statuses: `REFUNDRY_CHECKPOINT_INVALID`; `REFUNDRY_CHECKPOINT_INCONSISTENT`. Any thread may call it.
 */
refundry_status refundry_consistency_check(const char *older,
                                           const char *newer,
                                           const char *proof);

/**
 * Keeps what checkpoints and receipts need of all entries so far, so that they need not compute it
 * again. It is done in steps of some milliseconds each, between which others can write.
 *
 * Statuses: the machine's, with `REFUNDRY_LOCK_TIMEOUT`. What was kept before it stays.
 */
refundry_status refundry_tree_extend(refundry_book *book);

/**
 * Reads everything once and checks every promise and every book's chain.
 *
 * `kept` are `kept_count` heads that were kept earlier: each must still stand in its book's chain.
 * `progress` is told journal entries, and may be `NULL`; `context` is passed to it. On success
 * `*report` is an object; free it with `refundry_free`. Others may go on writing meanwhile.
 *
 * Statuses: `REFUNDRY_UNSOUND`, whose error names the first thing that is wrong;
 * `REFUNDRY_CORRUPT`; `REFUNDRY_PARAMETER_INVALID` for a head that is none; `REFUNDRY_CANCELED`;
 * and the machine's. Nothing changes.
 */
refundry_status refundry_verify(refundry_ledger *ledger,
                                const refundry_kept_head *kept,
                                size_t kept_count,
                                refundry_progress progress,
                                void *context,
                                const refundry_verify_report **report);

#ifdef __cplusplus
}
#endif

#endif /* REFUNDRY_H */
