/*
 * Refundry for tools that read C declarations but have no preprocessor, such as Python's cffi
 * (ffi.cdef), PHP's FFI (FFI::cdef) and LuaJIT (ffi.cdef): all that refundry.h declares, without its
 * comments. What each function does, and who owns what, is said there.
 *
 * Made from the library's sources by `cargo xtask header`. Do not edit.
 *
 * Of refundry.h's macros these are not here: REFUNDRY_VERSION, which refundry_version() gives at run
 * time, and REFUNDRY_NO_KEY, which is the text "(no idempotency key)".
 */

enum {
    REFUNDRY_VERSION_NUMBER = 1000,
    REFUNDRY_OPEN_OR_CREATE = 0,
    REFUNDRY_OPEN_EXISTING = 1,
    REFUNDRY_OPEN_READ_ONLY = 2,
    REFUNDRY_ABI = 1,
    REFUNDRY_AMOUNT_SIZE = 32,
    REFUNDRY_CHARGE_PENDING = 1,
    REFUNDRY_CHARGE_SUCCEEDED = 2,
    REFUNDRY_CHARGE_FAILED = 3,
    REFUNDRY_CHARGE_CANCELED = 4,
    REFUNDRY_DISPUTE_REASON_NONE = 0,
    REFUNDRY_DISPUTE_REASON_DUPLICATE = 1,
    REFUNDRY_DISPUTE_REASON_FRAUDULENT = 2,
    REFUNDRY_DISPUTE_REASON_CREDIT_NOT_PROCESSED = 3,
    REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED = 4,
    REFUNDRY_DISPUTE_REASON_PRODUCT_UNACCEPTABLE = 5,
    REFUNDRY_DISPUTE_REASON_SUBSCRIPTION_CANCELED = 6,
    REFUNDRY_DISPUTE_REASON_UNRECOGNIZED = 7,
    REFUNDRY_DISPUTE_REASON_GENERAL = 8,
    REFUNDRY_DISPUTE_OPEN = 1,
    REFUNDRY_DISPUTE_WON = 2,
    REFUNDRY_DISPUTE_LOST = 3,
    REFUNDRY_DISPUTE_FEE_KEPT = 1,
    REFUNDRY_DISPUTE_FEE_RETURNED = 2,
    REFUNDRY_HANDOVER_HANDED_OVER = 1,
    REFUNDRY_HANDOVER_TAKEN_OVER = 2,
    REFUNDRY_LIMIT_NONE = 1,
    REFUNDRY_LIMIT_EACH = 2,
    REFUNDRY_LIMIT_PER_CURRENCY = 3,
    REFUNDRY_REASON_NONE = 0,
    REFUNDRY_REASON_DUPLICATE = 1,
    REFUNDRY_REASON_FRAUDULENT = 2,
    REFUNDRY_REASON_REQUESTED_BY_CUSTOMER = 3,
    REFUNDRY_REFUND_SUCCEEDED = 1,
    REFUNDRY_REFUND_FAILED = 2,
    REFUNDRY_TRANSFER_PAYOUT = 1,
    REFUNDRY_TRANSFER_TOP_UP = 2,
    REFUNDRY_TRANSFER_SETTLEMENT = 3,
    REFUNDRY_TRANSFER_ADJUSTMENT = 4,
    REFUNDRY_PAYOUT_NONE = 0,
    REFUNDRY_PAYOUT_IN_TRANSIT = 1,
    REFUNDRY_PAYOUT_PAID = 2,
    REFUNDRY_PAYOUT_FAILED = 3,
    REFUNDRY_PAYOUT_RETURNED = 4,
    REFUNDRY_OPERATION_REFUND = 1,
    REFUNDRY_OPERATION_REFUND_FAILURE = 2,
    REFUNDRY_OPERATION_CHARGE = 3,
    REFUNDRY_OPERATION_CHARGE_CONCLUSION = 4,
    REFUNDRY_OPERATION_PAYOUT = 5,
    REFUNDRY_OPERATION_PAYOUT_OUTCOME = 6,
    REFUNDRY_OPERATION_TOP_UP = 7,
    REFUNDRY_OPERATION_SETTLEMENT = 8,
    REFUNDRY_OPERATION_ADJUSTMENT = 9,
    REFUNDRY_OPERATION_DISPUTE = 10,
    REFUNDRY_OPERATION_DISPUTE_OUTCOME = 11,
    REFUNDRY_OPERATION_HANDOVER = 12,
    REFUNDRY_CAUSE_CHARGE = 1,
    REFUNDRY_CAUSE_MATURITY = 2,
    REFUNDRY_CAUSE_REFUND = 3,
    REFUNDRY_CAUSE_REFUND_FAILURE = 4,
    REFUNDRY_CAUSE_PAYOUT = 5,
    REFUNDRY_CAUSE_PAYOUT_PAID = 6,
    REFUNDRY_CAUSE_PAYOUT_FAILED = 7,
    REFUNDRY_CAUSE_PAYOUT_RETURNED = 8,
    REFUNDRY_CAUSE_TOP_UP = 9,
    REFUNDRY_CAUSE_SETTLEMENT = 10,
    REFUNDRY_CAUSE_ADJUSTMENT = 11,
    REFUNDRY_CAUSE_DISPUTE = 12,
    REFUNDRY_CAUSE_DISPUTE_WON = 13,
    REFUNDRY_CAUSE_DISPUTE_LOST = 14,
    REFUNDRY_CAUSE_HANDED_OVER = 15,
    REFUNDRY_CAUSE_TAKEN_OVER = 16,
    REFUNDRY_ACCOUNT_PENDING = 1,
    REFUNDRY_ACCOUNT_AVAILABLE = 2,
    REFUNDRY_ACCOUNT_PAYOUT_TRANSIT = 3,
    REFUNDRY_ACCOUNT_CLEARING = 4,
    REFUNDRY_ACCOUNT_BANK = 5,
    REFUNDRY_ACCOUNT_FEES = 6,
    REFUNDRY_ACCOUNT_LOSSES = 7,
    REFUNDRY_LINE_CHARGE = 1,
    REFUNDRY_LINE_REFUND = 2,
    REFUNDRY_LINE_REFUND_FAILURE = 3,
    REFUNDRY_LINE_PAYOUT = 4,
    REFUNDRY_LINE_PAYOUT_FAILURE = 5,
    REFUNDRY_LINE_TOP_UP = 6,
    REFUNDRY_LINE_ADJUSTMENT = 7,
    REFUNDRY_LINE_DISPUTE = 8,
    REFUNDRY_LINE_DISPUTE_REVERSAL = 9,
    REFUNDRY_EXPORT_HLEDGER = 1,
    REFUNDRY_EXPORT_LEDGER = 2,
    REFUNDRY_EXPORT_BEANCOUNT = 3,
    REFUNDRY_EXPORT_CSV_JOURNAL = 4,
    REFUNDRY_EXPORT_CSV_STATEMENT = 5,
    REFUNDRY_EXPORT_CSV_REFUNDS = 6,
    REFUNDRY_EXPORT_CSV_CHARGES = 7,
    REFUNDRY_EXPORT_CSV_DISPUTES = 8,
    REFUNDRY_STATEMENT_TEXT = 1,
    REFUNDRY_STATEMENT_HTML = 2,
    REFUNDRY_STATEMENT_CSV = 3,
    REFUNDRY_LANGUAGE_ENGLISH = 1,
    REFUNDRY_LANGUAGE_ARABIC = 2,
    REFUNDRY_OK = 0,
    REFUNDRY_API_KEY_INVALID = 10,
    REFUNDRY_API_KEY_INACTIVE = 20,
    REFUNDRY_PERMISSION_DENIED = 30,
    REFUNDRY_INVALID_REQUEST = 40,
    REFUNDRY_PARAMETER_UNKNOWN = 50,
    REFUNDRY_PARAMETER_INVALID = 60,
    REFUNDRY_PARAMETERS_EXCLUSIVE = 70,
    REFUNDRY_PARAMETER_MISSING = 71,
    REFUNDRY_PARAMETER_OUT_OF_RANGE = 80,
    REFUNDRY_IDEMPOTENCY_KEY_REUSED = 100,
    REFUNDRY_RESOURCE_MISSING = 110,
    REFUNDRY_RESOURCE_CONFLICT = 111,
    REFUNDRY_MIRRORED = 112,
    REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE = 120,
    REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES = 121,
    REFUNDRY_CHARGE_NOT_SUCCEEDED = 122,
    REFUNDRY_CHARGE_NOT_PENDING = 123,
    REFUNDRY_REFUND_FAILED_ALREADY = 124,
    REFUNDRY_PAYOUT_NOT_THERE = 125,
    REFUNDRY_EXTERNAL_REFERENCE_USED = 126,
    REFUNDRY_CHARGE_DISPUTED = 127,
    REFUNDRY_DISPUTE_NOT_OPEN = 128,
    REFUNDRY_CHARGE_ALREADY_REFUNDED = 130,
    REFUNDRY_CHARGE_HANDED_OVER = 131,
    REFUNDRY_HANDOVER_MISDIRECTED = 132,
    REFUNDRY_HANDOVER_CONFLICT = 133,
    REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE = 140,
    REFUNDRY_BALANCE_INSUFFICIENT = 150,
    REFUNDRY_BALANCE_OUT_OF_RANGE = 160,
    REFUNDRY_IMPORT = 200,
    REFUNDRY_CANCELED = 201,
    REFUNDRY_UNSOUND = 202,
    REFUNDRY_BATCH = 203,
    REFUNDRY_INTERNAL = 204,
    REFUNDRY_FEED = 205,
    REFUNDRY_TOO_FAR_AHEAD = 206,
    REFUNDRY_FORKED = 207,
    REFUNDRY_MARK_UNKNOWN = 208,
    REFUNDRY_HEAD_UNKNOWN = 209,
    REFUNDRY_RECEIPT_INVALID = 210,
    REFUNDRY_RECEIPT_UNPROVEN = 211,
    REFUNDRY_CHECKPOINT_INVALID = 212,
    REFUNDRY_SIGNATURE_INVALID = 213,
    REFUNDRY_CHECKPOINT_INCONSISTENT = 214,
    REFUNDRY_LOCK_TIMEOUT = 300,
    REFUNDRY_FILE_MISSING = 310,
    REFUNDRY_FILE_EXISTS = 311,
    REFUNDRY_SYMBOLIC_LINK = 312,
    REFUNDRY_NOT_A_LEDGER = 313,
    REFUNDRY_NEWER_LEDGER = 314,
    REFUNDRY_READ_ONLY = 315,
    REFUNDRY_CORRUPT = 316,
    REFUNDRY_SETTING_REFUSED = 317,
    REFUNDRY_HARD_LINKS = 318,
    REFUNDRY_FILE_MOVED = 319,
    REFUNDRY_DISK_FULL = 320,
    REFUNDRY_INPUT_OUTPUT = 321,
    REFUNDRY_RANDOM = 322,
    REFUNDRY_STORAGE = 323,
    REFUNDRY_OUTCOME_UNKNOWN = 324,
    REFUNDRY_MOUNT_POINT = 325,
    REFUNDRY_FOREIGN_LOG = 326,
    REFUNDRY_LOG_MISSING = 327,
    REFUNDRY_MERCHANTS_FULL = 328,
    REFUNDRY_BAD_ARGUMENT = 1000,
    REFUNDRY_HANDLE_IN_USE = 1001,
    REFUNDRY_ABI_MISMATCH = 1002,
    REFUNDRY_PANIC = 1003
};

typedef struct refundry_book refundry_book;
typedef struct refundry_ledger refundry_ledger;
typedef int32_t refundry_status;
typedef struct {
    refundry_status status;
    int32_t replayed;
    const char *code;
    const char *message;
    const char *param;
    int32_t has_fact;
    refundry_status line_status;
    int64_t fact;
    uint64_t line;
    const char *merchant_id;
    const char *place;
    const char *id;
    const char *path;
} refundry_error;
typedef struct {
    uint32_t struct_size;
    int32_t access;
    uint32_t busy_timeout_ms;
    uint32_t cache_kib;
    int64_t (*clock)(void *context);
    void *clock_context;
    int32_t (*random)(void *context, uint8_t *bytes, size_t length);
    void *random_context;
} refundry_options;
typedef struct {
    const char *key;
    const char *value;
} refundry_pair;
typedef struct {
    uint32_t struct_size;
    int32_t status;
    const char *id;
    const char *payment_intent_id;
    int64_t amount;
    int64_t amount_captured;
    int64_t fee;
    const char *currency;
    int64_t available_on;
    const char *description;
    const char *external_reference;
    const refundry_pair *metadata;
    size_t metadata_count;
} refundry_new_charge;
typedef struct {
    const char *id;
    const char *payment_intent_id;
    int64_t amount;
    int64_t amount_captured;
    int64_t amount_refunded;
    int64_t fee;
    const char *currency;
    int32_t status;
    int32_t replayed;
    int64_t available_on;
    int64_t created_at;
    const char *description;
    const char *external_reference;
    const refundry_pair *metadata;
    size_t metadata_count;
    int64_t amount_disputed;
    int64_t amount_elsewhere;
} refundry_charge;
typedef struct {
    uint32_t struct_size;
    int32_t status;
    const char *payment_intent_id;
    const char *external_reference;
    int64_t from;
    int64_t to;
    const refundry_pair *metadata;
    size_t metadata_count;
} refundry_charge_filter;
typedef struct {
    const refundry_charge *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_charge;
typedef refundry_list_refundry_charge refundry_charge_list;
typedef struct {
    uint32_t struct_size;
    int32_t reason;
    const char *id;
    const char *charge_id;
    int64_t fee;
    const char *network_reference;
} refundry_new_dispute;
typedef struct {
    const char *id;
    const char *charge_id;
    const char *payment_intent_id;
    int64_t amount;
    int64_t fee;
    const char *currency;
    int32_t status;
    int32_t reason;
    const char *balance_transaction_id;
    const char *journal_entry_id;
    int64_t created_at;
    const char *network_reference;
    int32_t fee_returned;
    int32_t replayed;
} refundry_dispute;
typedef struct {
    uint32_t struct_size;
    int32_t status;
    const char *charge_id;
} refundry_dispute_filter;
typedef struct {
    const refundry_dispute *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_dispute;
typedef refundry_list_refundry_dispute refundry_dispute_list;
typedef struct {
    const char *id;
    const char *charge_id;
    int64_t amount;
    const char *currency;
    int32_t direction;
    int32_t replayed;
    const char *other_merchant_id;
    const char *journal_entry_id;
    const char *entry_hash;
    int64_t created_at;
    const char *text;
} refundry_handover;
typedef struct {
    uint32_t struct_size;
    int32_t direction;
    const char *charge_id;
} refundry_handover_filter;
typedef struct {
    const refundry_handover *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_handover;
typedef refundry_list_refundry_handover refundry_handover_list;
typedef struct {
    const char *id;
    int64_t amount;
    int64_t amount_refunded;
    const char *currency;
    int64_t created_at;
} refundry_payment_intent;
typedef struct {
    const refundry_payment_intent *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_payment_intent;
typedef refundry_list_refundry_payment_intent refundry_payment_intent_list;
typedef struct {
    const char *id;
    const char *key;
} refundry_issued_key;
typedef struct {
    const char *id;
    int64_t created_at;
    int32_t is_revoked;
    int64_t revoked_at;
} refundry_key;
typedef struct {
    const refundry_key *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_key;
typedef refundry_list_refundry_key refundry_key_list;
typedef struct {
    const char *currency;
    uint64_t limit;
} refundry_currency_limit;
typedef struct {
    uint32_t struct_size;
    int32_t kind;
    uint64_t each;
    const refundry_currency_limit *per_currency;
    size_t per_currency_count;
} refundry_limit;
typedef struct {
    uint32_t struct_size;
    int32_t live_mode;
    const char *id;
    const char *name;
    const refundry_limit *limit;
    int32_t unique_references;
} refundry_new_merchant;
typedef struct {
    const char *id;
    const char *name;
    int32_t live_mode;
    const refundry_limit *limit;
    int64_t created_at;
    int32_t unique_references;
} refundry_merchant;
typedef struct {
    const refundry_merchant *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_merchant;
typedef refundry_list_refundry_merchant refundry_merchant_list;
typedef struct {
    uint32_t struct_size;
    int32_t reason;
    const char *charge_id;
    const char *payment_intent_id;
    const char *description;
    const char *external_reference;
    const refundry_pair *metadata;
    size_t metadata_count;
} refundry_refund_request;
typedef struct {
    const char *id;
    const char *charge_id;
    const char *payment_intent_id;
    int64_t amount;
    const char *currency;
    int32_t status;
    int32_t reason;
    const char *balance_transaction_id;
    const char *journal_entry_id;
    int64_t created_at;
    const char *description;
    const char *external_reference;
    const refundry_pair *metadata;
    size_t metadata_count;
    int32_t replayed;
} refundry_refund;
typedef struct {
    uint32_t struct_size;
    int32_t status;
    const char *charge_id;
    const char *payment_intent_id;
    const char *external_reference;
    int64_t from;
    int64_t to;
    const refundry_pair *metadata;
    size_t metadata_count;
} refundry_refund_filter;
typedef struct {
    const refundry_refund *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_refund;
typedef refundry_list_refundry_refund refundry_refund_list;
typedef struct {
    uint32_t struct_size;
    int32_t kind;
    const char *id;
    int64_t amount;
    const char *currency;
    const char *description;
} refundry_new_transfer;
typedef struct {
    const char *id;
    int32_t kind;
    int32_t payout_status;
    int64_t amount;
    const char *currency;
    const char *description;
    const char *journal_entry_id;
    int64_t created_at;
    int32_t replayed;
} refundry_transfer;
typedef struct {
    uint32_t struct_size;
    int32_t kind;
    int32_t payout_status;
    int64_t from;
    int64_t to;
} refundry_transfer_filter;
typedef struct {
    const refundry_transfer *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_transfer;
typedef refundry_list_refundry_transfer refundry_transfer_list;
typedef struct {
    const char *currency;
    int64_t pending;
    int64_t available;
    int64_t payout_transit;
    int64_t clearing;
    int64_t bank;
    int64_t fees;
    int64_t losses;
} refundry_balance;
typedef struct {
    const refundry_balance *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_balance;
typedef refundry_list_refundry_balance refundry_balance_list;
typedef struct {
    const char *id;
    const char *event_type;
    int32_t livemode;
    int64_t created_at;
    const char *object_id;
    const char *json;
} refundry_event;
typedef struct {
    const refundry_event *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_event;
typedef refundry_list_refundry_event refundry_event_list;
typedef struct {
    int32_t is_recorded;
    refundry_status outcome;
    const char *id;
    int64_t recorded_at;
    int32_t has_fact;
    int64_t fact;
} refundry_key_record;
typedef struct {
    int32_t debit;
    int32_t credit;
    int64_t amount;
    const char *currency;
} refundry_posting;
typedef struct {
    const char *id;
    int64_t seq;
    int32_t cause;
    const char *source;
    const char *reverses;
    int64_t effective_at;
    int64_t recorded_at;
    const refundry_posting *const *postings;
    size_t posting_count;
    const char *hash;
} refundry_journal_entry;
typedef struct {
    const refundry_journal_entry *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_journal_entry;
typedef refundry_list_refundry_journal_entry refundry_journal_entry_list;
typedef struct {
    int64_t seq;
    const char *text;
    const char *hash;
} refundry_head;
typedef struct {
    const char *id;
    int32_t line_type;
    int32_t is_available;
    int64_t amount;
    int64_t fee;
    int64_t net;
    const char *currency;
    int64_t available_on;
    const char *source;
    int64_t created_at;
} refundry_balance_transaction;
typedef struct {
    uint32_t struct_size;
    int32_t line_type;
    int64_t from;
    int64_t to;
} refundry_statement_filter;
typedef struct {
    const refundry_balance_transaction *const *data;
    size_t count;
    int32_t has_more;
} refundry_list_refundry_balance_transaction;
typedef refundry_list_refundry_balance_transaction refundry_balance_transaction_list;
typedef struct {
    const char *currency;
    int32_t cause;
    uint64_t count;
    int64_t amount;
    int64_t fee;
} refundry_total;
typedef struct {
    const refundry_head *from;
    const refundry_head *to;
    const refundry_total *const *totals;
    size_t total_count;
} refundry_totals_report;
typedef int (*refundry_progress)(void *context, uint64_t done, uint64_t total);
typedef int (*refundry_chunk_callback)(void *context, const char *bytes, size_t length);
typedef struct {
    uint32_t struct_size;
    int32_t format;
    int32_t language;
    const char *zone;
    const char *month;
    const char *from;
    const char *to;
} refundry_statement_request;
typedef struct {
    int64_t n;
    const char *text;
    const char *hash;
} refundry_mark;
typedef int (*refundry_line_callback)(void *context, const char *line, size_t length);
typedef struct {
    size_t length;
    const refundry_mark *mark;
    int32_t complete;
} refundry_feed_piece;
typedef struct {
    const char *merchant_id;
    uint64_t recorded;
    uint64_t skipped;
    const refundry_mark *mark;
} refundry_feed_report;
typedef struct {
    uint64_t line;
    const char *id;
    const char *fact;
} refundry_ignored_fact;
typedef struct {
    uint64_t lines;
    uint64_t recorded;
    uint64_t skipped;
    uint64_t ignored;
    const refundry_ignored_fact *const *ignored_facts;
    size_t ignored_fact_count;
} refundry_import_report;
typedef struct {
    uint64_t size;
    const char *text;
} refundry_checkpoint;
typedef struct {
    const char *text;
    size_t length;
    const char *id;
    int32_t is_refund;
    int64_t amount;
    const char *currency;
    int64_t recorded_at;
    const char *charge_id;
    const char *external_reference;
    const char *merchant_id;
    uint64_t seq;
    const refundry_checkpoint *checkpoint;
    const char *signed_by;
} refundry_receipt;
typedef struct {
    const char *text;
} refundry_consistency;
typedef struct {
    const char *merchant_id;
    const char *head;
} refundry_kept_head;
typedef struct {
    const char *merchant_id;
    int64_t n;
    int64_t received_at;
    const char *line;
} refundry_fork;
typedef struct {
    uint64_t books;
    uint64_t entries;
    const refundry_fork *const *forks;
    size_t fork_count;
} refundry_verify_report;
const refundry_error *refundry_last_error(const refundry_ledger *ledger);
const char *refundry_errmsg(const refundry_ledger *ledger);
refundry_status refundry_open(uint32_t abi,
                              const char *path,
                              const refundry_options *options,
                              refundry_ledger **ledger);
refundry_status refundry_open_in_memory(uint32_t abi,
                                        const refundry_options *options,
                                        refundry_ledger **ledger);
void refundry_close(refundry_ledger *ledger);
refundry_status refundry_book_open(refundry_ledger *ledger,
                                   const char *merchant_id,
                                   refundry_book **book);
void refundry_book_close(refundry_book *book);
refundry_status refundry_release_due(refundry_ledger *ledger,
                                     int64_t now,
                                     uint64_t *released);
refundry_status refundry_confirm_time(refundry_ledger *ledger,
                                      int64_t now);
refundry_status refundry_book_release_due(refundry_book *book, int64_t now, uint64_t *released);
refundry_status refundry_exponent(refundry_ledger *ledger,
                                  const char *currency_code,
                                  uint32_t *exponent);
refundry_status refundry_prune_idempotency_keys(refundry_ledger *ledger,
                                                int64_t before,
                                                uint64_t *pruned);
refundry_status refundry_free(const void *object);
const char *refundry_status_str(refundry_status status);
const char *refundry_status_code(refundry_status status);
const char *refundry_version(void);
uint32_t refundry_version_number(void);
refundry_status refundry_format_amount(refundry_ledger *ledger,
                                       const char *currency_code,
                                       int64_t amount,
                                       char *to,
                                       size_t size);
refundry_status refundry_format_number(int64_t number,
                                       char *to,
                                       size_t size);
refundry_status refundry_parse_amount(refundry_ledger *ledger,
                                      const char *currency_code,
                                      const char *from,
                                      int64_t *amount);
refundry_status refundry_parse_signed_amount(refundry_ledger *ledger,
                                             const char *currency_code,
                                             const char *from,
                                             int64_t *amount);
const char *refundry_cause_name(int32_t cause);
const char *refundry_account_name(int32_t account);
const char *refundry_reason_name(int32_t reason);
const char *refundry_charge_status_name(int32_t status);
const char *refundry_refund_status_name(int32_t status);
const char *refundry_transfer_name(int32_t kind);
const char *refundry_payout_status_name(int32_t status);
const char *refundry_line_name(int32_t line_type);
const char *refundry_operation_name(int32_t operation);
const char *refundry_dispute_status_name(int32_t status);
const char *refundry_dispute_reason_name(int32_t reason);
refundry_status refundry_charge_create(refundry_book *book,
                                       const refundry_new_charge *new_charge,
                                       const char *key,
                                       const refundry_charge **charge);
refundry_status refundry_charge_succeed(refundry_book *book,
                                        const char *id,
                                        int64_t amount_captured,
                                        int64_t platform_fee,
                                        int64_t available_on,
                                        const char *key,
                                        const refundry_charge **charge);
refundry_status refundry_charge_fail(refundry_book *book,
                                     const char *id,
                                     const char *key,
                                     const refundry_charge **charge);
refundry_status refundry_charge_cancel(refundry_book *book,
                                       const char *id,
                                       const char *key,
                                       const refundry_charge **charge);
refundry_status refundry_charge_get(refundry_book *book,
                                    const char *id,
                                    const refundry_charge **charge);
refundry_status refundry_charges(refundry_book *book,
                                 const refundry_charge_filter *filter,
                                 uint32_t limit,
                                 const char *starting_after,
                                 const refundry_charge_list **charges);
refundry_status refundry_dispute_open(refundry_book *book,
                                      const refundry_new_dispute *new_dispute,
                                      int64_t amount,
                                      const char *key,
                                      const refundry_dispute **dispute);
refundry_status refundry_dispute_win(refundry_book *book,
                                     const char *id,
                                     int32_t fee,
                                     const char *key,
                                     const refundry_dispute **dispute);
refundry_status refundry_dispute_lose(refundry_book *book,
                                      const char *id,
                                      const char *key,
                                      const refundry_dispute **dispute);
refundry_status refundry_dispute_get(refundry_book *book,
                                     const char *id,
                                     const refundry_dispute **dispute);
refundry_status refundry_disputes(refundry_book *book,
                                  const refundry_dispute_filter *filter,
                                  uint32_t limit,
                                  const char *starting_after,
                                  const refundry_dispute_list **disputes);
refundry_status refundry_charge_hand_over(refundry_book *book,
                                          const char *charge_id,
                                          const char *to_merchant_id,
                                          const char *key,
                                          const refundry_handover **handover);
refundry_status refundry_charge_take_over(refundry_book *book,
                                          const char *handover_text,
                                          const refundry_handover **handover);
refundry_status refundry_handover_refuse(refundry_book *book,
                                         const char *handover_text,
                                         const refundry_handover **handover);
refundry_status refundry_handover_get(refundry_book *book,
                                      const char *id,
                                      const refundry_handover **handover);
refundry_status refundry_handovers(refundry_book *book,
                                   const refundry_handover_filter *filter,
                                   uint32_t limit,
                                   const char *starting_after,
                                   const refundry_handover_list **handovers);
refundry_status refundry_payment_intent_create(refundry_book *book,
                                               const char *id,
                                               int64_t amount,
                                               const char *currency_code,
                                               const refundry_payment_intent **intent);
refundry_status refundry_payment_intent_get(refundry_book *book,
                                            const char *id,
                                            const refundry_payment_intent **intent);
refundry_status refundry_payment_intents(refundry_book *book,
                                         uint32_t limit,
                                         const char *starting_after,
                                         const refundry_payment_intent_list **intents);
refundry_status refundry_key_issue(refundry_book *book, const refundry_issued_key **issued);
refundry_status refundry_key_revoke(refundry_book *book, const char *id);
refundry_status refundry_keys(refundry_book *book, const refundry_key_list **keys);
refundry_status refundry_merchant_create(refundry_ledger *ledger,
                                         const refundry_new_merchant *new_merchant,
                                         const refundry_merchant **merchant);
refundry_status refundry_merchants(refundry_ledger *ledger,
                                   const refundry_merchant_list **merchants);
refundry_status refundry_authenticate(refundry_ledger *ledger,
                                      const char *api_key,
                                      const refundry_merchant **merchant);
refundry_status refundry_book_merchant(refundry_book *book, const refundry_merchant **merchant);
refundry_status refundry_limit_set(refundry_book *book, const refundry_limit *limit);
refundry_status refundry_unique_references_require(refundry_book *book,
                                                   int32_t required);
refundry_status refundry_refund_create(refundry_book *book,
                                       const refundry_refund_request *request,
                                       int64_t amount,
                                       const char *key,
                                       const refundry_refund **refund);
refundry_status refundry_refund_create_full(refundry_book *book,
                                            const refundry_refund_request *request,
                                            const char *key,
                                            const refundry_refund **refund);
refundry_status refundry_refund_fail(refundry_book *book,
                                     const char *id,
                                     const char *key,
                                     const refundry_refund **refund);
refundry_status refundry_refund_get(refundry_book *book,
                                    const char *id,
                                    const refundry_refund **refund);
refundry_status refundry_refunds(refundry_book *book,
                                 const refundry_refund_filter *filter,
                                 uint32_t limit,
                                 const char *starting_after,
                                 const refundry_refund_list **refunds);
refundry_status refundry_transfer_create(refundry_book *book,
                                         const refundry_new_transfer *new_transfer,
                                         const char *key,
                                         const refundry_transfer **transfer);
refundry_status refundry_payout_conclude(refundry_book *book,
                                         const char *id,
                                         int32_t outcome,
                                         const char *key,
                                         const refundry_transfer **payout);
refundry_status refundry_transfer_get(refundry_book *book,
                                      const char *id,
                                      const refundry_transfer **transfer);
refundry_status refundry_transfers(refundry_book *book,
                                   const refundry_transfer_filter *filter,
                                   uint32_t limit,
                                   const char *starting_after,
                                   const refundry_transfer_list **transfers);
refundry_status refundry_balances(refundry_book *book, const refundry_balance_list **balances);
refundry_status refundry_balances_after(refundry_book *book,
                                        int64_t seq,
                                        const refundry_balance_list **balances);
refundry_status refundry_balances_at(refundry_book *book,
                                     int64_t moment,
                                     const refundry_balance_list **balances);
refundry_status refundry_event_get(refundry_book *book,
                                   const char *id,
                                   const refundry_event **event);
refundry_status refundry_events(refundry_book *book,
                                const char *event_type,
                                uint32_t limit,
                                const char *starting_after,
                                const char *ending_before,
                                const refundry_event_list **events);
refundry_status refundry_events_after(refundry_book *book,
                                      const char *after,
                                      uint32_t limit,
                                      const refundry_event_list **events);
refundry_status refundry_find_by_key(refundry_book *book,
                                     int32_t operation,
                                     const char *key,
                                     const refundry_key_record **record);
refundry_status refundry_journal_entry_get(refundry_book *book,
                                           const char *id,
                                           const refundry_journal_entry **entry);
refundry_status refundry_journal_entries_after(refundry_book *book,
                                               const char *head,
                                               uint32_t limit,
                                               const refundry_journal_entry_list **entries);
refundry_status refundry_book_head(refundry_book *book, const refundry_head **head);
refundry_status refundry_head_parse(const char *from,
                                    const refundry_head **head);
refundry_status refundry_balance_transaction_get(refundry_book *book,
                                                 const char *id,
                                                 const refundry_balance_transaction **line);
refundry_status refundry_balance_transactions(refundry_book *book,
                                              const refundry_statement_filter *filter,
                                              uint32_t limit,
                                              const char *starting_after,
                                              const refundry_balance_transaction_list **lines);
refundry_status refundry_totals(refundry_book *book,
                                const char *from,
                                const char *to,
                                const refundry_totals_report **report);
refundry_status refundry_backup(refundry_ledger *ledger,
                                const char *path,
                                refundry_progress progress,
                                void *context);
refundry_status refundry_batch_begin(refundry_ledger *ledger);
refundry_status refundry_batch_commit(refundry_ledger *ledger);
refundry_status refundry_batch_roll_back(refundry_ledger *ledger);
refundry_status refundry_export(refundry_book *book,
                                int32_t format,
                                const char *from,
                                const char *to,
                                refundry_chunk_callback chunk,
                                void *context,
                                const refundry_head **head);
refundry_status refundry_statement(refundry_book *book,
                                   const refundry_statement_request *request,
                                   refundry_chunk_callback chunk,
                                   void *context,
                                   const refundry_head **head);
refundry_status refundry_book_mark(refundry_book *book, const refundry_mark **mark);
refundry_status refundry_feed(refundry_book *book,
                              const char *after,
                              refundry_line_callback line,
                              void *context,
                              const refundry_mark **end);
refundry_status refundry_feed_into(refundry_book *book,
                                   const char *after,
                                   char *to,
                                   size_t size,
                                   const refundry_feed_piece **piece);
refundry_status refundry_receive(refundry_ledger *ledger,
                                 const char *lines,
                                 size_t length,
                                 refundry_progress progress,
                                 void *context,
                                 const refundry_feed_report **report);
refundry_status refundry_receive_file(refundry_ledger *ledger,
                                      const char *path,
                                      refundry_progress progress,
                                      void *context,
                                      const refundry_feed_report **report);
refundry_status refundry_import(refundry_ledger *ledger,
                                const char *lines,
                                size_t length,
                                refundry_progress progress,
                                void *context,
                                const refundry_import_report **report);
refundry_status refundry_import_file(refundry_ledger *ledger,
                                     const char *path,
                                     refundry_progress progress,
                                     void *context,
                                     const refundry_import_report **report);
refundry_status refundry_receipt_make(refundry_book *book,
                                      const char *id,
                                      int64_t size,
                                      const char *secret,
                                      const refundry_receipt **receipt);
refundry_status refundry_receipt_check(const char *receipt_text,
                                       const char *key,
                                       const char *checkpoint_text,
                                       const refundry_receipt **receipt);
refundry_status refundry_checkpoint_check(const char *checkpoint_text,
                                          const char *key,
                                          const refundry_checkpoint **checkpoint);
refundry_status refundry_checkpoint_make(refundry_book *book,
                                         const char *secret,
                                         const refundry_checkpoint **checkpoint);
refundry_status refundry_consistency_make(refundry_book *book,
                                          int64_t from,
                                          int64_t to,
                                          const refundry_consistency **consistency);
refundry_status refundry_consistency_check(const char *older,
                                           const char *newer,
                                           const char *proof);
refundry_status refundry_tree_extend(refundry_book *book);
refundry_status refundry_verify(refundry_ledger *ledger,
                                const refundry_kept_head *kept,
                                size_t kept_count,
                                refundry_progress progress,
                                void *context,
                                const refundry_verify_report **report);
