#include "check.h"

/* Every status that the C interface can be brought to return here. Not among them:
 * REFUNDRY_PERMISSION_DENIED (of the API over HTTP), REFUNDRY_SETTING_REFUSED (another build of
 * SQLite), REFUNDRY_INTERNAL (a defect), REFUNDRY_MERCHANTS_FULL (eight million merchants),
 * REFUNDRY_PANIC (tested in Rust), REFUNDRY_DISK_FULL and REFUNDRY_OUTCOME_UNKNOWN (a
 * program of their own). */
static const refundry_status all[] = {
    REFUNDRY_OK,
    REFUNDRY_API_KEY_INVALID,
    REFUNDRY_API_KEY_INACTIVE,
    REFUNDRY_INVALID_REQUEST,
    REFUNDRY_PARAMETER_UNKNOWN,
    REFUNDRY_PARAMETER_INVALID,
    REFUNDRY_PARAMETERS_EXCLUSIVE,
    REFUNDRY_PARAMETER_MISSING,
    REFUNDRY_PARAMETER_OUT_OF_RANGE,
    REFUNDRY_IDEMPOTENCY_KEY_REUSED,
    REFUNDRY_RESOURCE_MISSING,
    REFUNDRY_RESOURCE_CONFLICT,
    REFUNDRY_MIRRORED,
    REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE,
    REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES,
    REFUNDRY_CHARGE_NOT_SUCCEEDED,
    REFUNDRY_CHARGE_NOT_PENDING,
    REFUNDRY_REFUND_FAILED_ALREADY,
    REFUNDRY_PAYOUT_NOT_THERE,
    REFUNDRY_EXTERNAL_REFERENCE_USED,
    REFUNDRY_CHARGE_DISPUTED,
    REFUNDRY_DISPUTE_NOT_OPEN,
    REFUNDRY_CHARGE_ALREADY_REFUNDED,
    REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE,
    REFUNDRY_BALANCE_INSUFFICIENT,
    REFUNDRY_BALANCE_OUT_OF_RANGE,
    REFUNDRY_IMPORT,
    REFUNDRY_CANCELED,
    REFUNDRY_UNSOUND,
    REFUNDRY_BATCH,
    REFUNDRY_FEED,
    REFUNDRY_TOO_FAR_AHEAD,
    REFUNDRY_FORKED,
    REFUNDRY_MARK_UNKNOWN,
    REFUNDRY_HEAD_UNKNOWN,
    REFUNDRY_RECEIPT_INVALID,
    REFUNDRY_RECEIPT_UNPROVEN,
    REFUNDRY_CHECKPOINT_INVALID,
    REFUNDRY_SIGNATURE_INVALID,
    REFUNDRY_CHECKPOINT_INCONSISTENT,
    REFUNDRY_LOCK_TIMEOUT,
    REFUNDRY_FILE_MISSING,
    REFUNDRY_FILE_EXISTS,
    REFUNDRY_SYMBOLIC_LINK,
    REFUNDRY_NOT_A_LEDGER,
    REFUNDRY_NEWER_LEDGER,
    REFUNDRY_READ_ONLY,
    REFUNDRY_CORRUPT,
    REFUNDRY_HARD_LINKS,
    REFUNDRY_FILE_MOVED,
    REFUNDRY_INPUT_OUTPUT,
    REFUNDRY_RANDOM,
    REFUNDRY_STORAGE,
    REFUNDRY_BAD_ARGUMENT,
    REFUNDRY_HANDLE_IN_USE,
    REFUNDRY_ABI_MISMATCH
};

#define STATUSES (sizeof all / sizeof all[0])

static int seen[STATUSES];
static const char *folder = ".";

void check(int holds, const char *what, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
        exit(1);
    }
}

void saw(refundry_status status)
{
    size_t i;

    for (i = 0; i < STATUSES; i++)
        if (all[i] == status)
            seen[i] = 1;
}

void expect(refundry_status wanted, refundry_status got, const char *call, const char *file,
            int line)
{
    if (wanted != got) {
        fprintf(stderr, "%s:%d: %s\n  gave %ld (%s: %s)\n  instead of %ld (%s)\n", file, line,
                call, (long)got, refundry_status_code(got), refundry_status_str(got),
                (long)wanted, refundry_status_code(wanted));
        exit(1);
    }
    saw(got);
}

void all_statuses_were_seen(void)
{
    size_t i;

    for (i = 0; i < STATUSES; i++) {
        if (!seen[i])
            fprintf(stderr, "%ld (%s) was not seen\n", (long)all[i], refundry_status_code(all[i]));
        CHECK(seen[i]);
    }
}

static int64_t clock_of(void *context)
{
    return ((till *)context)->now;
}

static int32_t random_of(void *context, uint8_t *bytes, size_t length)
{
    till *of = context;
    uint32_t number = ++of->drawn;
    size_t i;

    /* Numbers that come once, big-endian. */
    for (i = length; i > 0; i--, number /= 256)
        bytes[i - 1] = (uint8_t)(number % 256);
    return of->random_fails;
}

refundry_options options_of(till *till)
{
    refundry_options options;

    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.clock = clock_of;
    options.clock_context = till;
    options.random = random_of;
    options.random_context = till;
    return options;
}

void till_open(till *till, const char *path)
{
    refundry_options options = options_of(till);
    refundry_new_merchant new_merchant;
    const refundry_merchant *merchant = NULL;

    memset(till, 0, sizeof *till);
    till->now = NEW_YEAR;
    if (path == NULL)
        EXPECT(REFUNDRY_OK, refundry_open_in_memory(REFUNDRY_ABI, &options, &till->ledger));
    else
        EXPECT(REFUNDRY_OK, refundry_open(REFUNDRY_ABI, path, &options, &till->ledger));
    memset(&new_merchant, 0, sizeof new_merchant);
    new_merchant.struct_size = sizeof new_merchant;
    new_merchant.id = "acct_1";
    new_merchant.name = "Cairo Books";
    EXPECT(REFUNDRY_OK, refundry_merchant_create(till->ledger, &new_merchant, &merchant));
    refundry_free(merchant);
    EXPECT(REFUNDRY_OK, refundry_book_open(till->ledger, "acct_1", &till->book));
}

void till_close(till *till)
{
    refundry_book_close(till->book);
    refundry_close(till->ledger);
}

refundry_new_charge new_charge(const char *id, int64_t amount, int64_t fee)
{
    refundry_new_charge new_charge;

    memset(&new_charge, 0, sizeof new_charge);
    new_charge.struct_size = sizeof new_charge;
    new_charge.status = REFUNDRY_CHARGE_SUCCEEDED;
    new_charge.id = id;
    new_charge.amount = amount;
    new_charge.amount_captured = amount;
    new_charge.fee = fee;
    new_charge.currency = "EGP";
    new_charge.available_on = NEW_YEAR + 2 * DAY;
    return new_charge;
}

refundry_refund_request refund_of_charge(const char *charge_id)
{
    refundry_refund_request request;

    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.charge_id = charge_id;
    return request;
}

refundry_refund_request refund_of_intent(const char *intent_id)
{
    refundry_refund_request request = refund_of_charge(NULL);

    request.payment_intent_id = intent_id;
    return request;
}

refundry_new_transfer new_transfer(int32_t kind, int64_t amount)
{
    refundry_new_transfer new_transfer;

    memset(&new_transfer, 0, sizeof new_transfer);
    new_transfer.struct_size = sizeof new_transfer;
    new_transfer.kind = kind;
    new_transfer.amount = amount;
    new_transfer.currency = "EGP";
    return new_transfer;
}

void sell(till *till, const char *id, int64_t amount, int64_t fee)
{
    refundry_new_charge sale = new_charge(id, amount, fee);
    const refundry_charge *charge = NULL;

    EXPECT(REFUNDRY_OK, refundry_charge_create(till->book, &sale, REFUNDRY_NO_KEY, &charge));
    refundry_free(charge);
}

int64_t available(till *till)
{
    const refundry_balance_list *balances = NULL;
    int64_t available;

    EXPECT(REFUNDRY_OK, refundry_balances(till->book, &balances));
    available = balances->count == 0 ? 0 : balances->data[0]->available;
    refundry_free(balances);
    return available;
}

int64_t head_of(till *till)
{
    const refundry_head *head = NULL;
    int64_t seq;

    EXPECT(REFUNDRY_OK, refundry_book_head(till->book, &head));
    seq = head->seq;
    refundry_free(head);
    return seq;
}

void set_folder(const char *path)
{
    folder = path;
}

char *in_folder(const char *name)
{
    char *path = malloc(strlen(folder) + strlen(name) + 2);

    CHECK(path != NULL);
    sprintf(path, "%s/%s", folder, name);
    return path;
}
