-- Version 2. A merchant's book is the unit of everything, so every key begins with the merchant: the
-- merchant's number in the upper bits, and in the lower 40 the number of the row within the book.
-- Keys and numbers never leave the file; `id` is what callers see. Amounts are minor units, moments
-- are milliseconds since 1970-01-01T00:00:00Z. No check says `IN (...)`: for a list of more than two
-- SQLite fills a table in memory each time.

-- Numbered in the order of their first use: ISO 4217 gives one number to several codes.
CREATE TABLE currencies (
    currency INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    exponent INTEGER NOT NULL CHECK (exponent BETWEEN 0 AND 9)
) STRICT;

CREATE TABLE merchants (
    merchant INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    live_mode INTEGER NOT NULL CHECK (live_mode IN (0, 1)),
    negative_balance_limit TEXT, -- JSON: a digit string, or an object from currency to digit string
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256; the key itself is kept nowhere
    merchant INTEGER NOT NULL REFERENCES merchants,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_of_merchant ON api_keys (merchant);

-- Sums of the postings, kept so that no operation reads the journal. verify() adds up again.
CREATE TABLE balances (
    balance INTEGER PRIMARY KEY, -- the merchant and the currency's number
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    payout_transit INTEGER NOT NULL,
    clearing INTEGER NOT NULL,
    bank INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    losses INTEGER NOT NULL
) STRICT;

CREATE TABLE payment_intents (
    intent INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchants,
    n INTEGER NOT NULL, -- the recording that made it
    id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    currency INTEGER NOT NULL REFERENCES currencies,
    created_at INTEGER NOT NULL,
    CHECK (intent >> 40 = merchant),
    UNIQUE (merchant, id)
) STRICT;

CREATE TABLE charges (
    charge INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchants,
    n INTEGER NOT NULL, -- the recording that made it
    id TEXT NOT NULL,
    intent INTEGER REFERENCES payment_intents,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    captured INTEGER NOT NULL CHECK (captured BETWEEN 1 AND amount),
    fee INTEGER NOT NULL CHECK (fee BETWEEN 0 AND captured),
    currency INTEGER NOT NULL REFERENCES currencies,
    status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),
    available_on INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    entry INTEGER CHECK ((entry IS NULL) = (status <> 2)), -- what posted it, once it succeeded
    CHECK (charge >> 40 = merchant),
    UNIQUE (merchant, id)
) STRICT;

CREATE INDEX charges_of_intent ON charges (intent) WHERE intent IS NOT NULL;

-- The journal: an entry with its postings, its line of the statement, and the refund or transfer that
-- it records, in one row. Both sides of a posting stand in it, so that it can't be out of balance.
CREATE TABLE entries (
    entry INTEGER PRIMARY KEY, -- the merchant and the sequence number
    merchant INTEGER NOT NULL,
    n INTEGER NOT NULL, -- the number of the recording that the entry is part of
    cause INTEGER NOT NULL CHECK (cause BETWEEN 1 AND 11),
    charge INTEGER REFERENCES charges, -- the charge concerned (causes 1 to 4)
    about INTEGER CHECK (about < entry), -- the entry whose object is refunded or concluded (2 to 4, 6 to 8)
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER, -- null: when it was recorded
    debit INTEGER NOT NULL CHECK (debit BETWEEN 1 AND 7),
    credit INTEGER NOT NULL CHECK (credit BETWEEN 1 AND 7 AND credit <> debit),
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    currency INTEGER NOT NULL,
    fee INTEGER CHECK (fee BETWEEN 1 AND amount), -- a second posting: from pending to fees
    id TEXT CHECK ((id IS NULL) = (cause <= 2 OR cause = 4 OR cause BETWEEN 6 AND 8)), -- of the refund or transfer
    reason INTEGER CHECK (reason BETWEEN 1 AND 3),
    external_reference TEXT,
    refunded INTEGER CHECK ((refunded IS NULL) = (cause NOT BETWEEN 3 AND 4)), -- of the charge, after this
    text_hash BLOB CHECK (length(text_hash) = 32),
    operation INTEGER, -- of its idempotency key
    idempotency_key TEXT CHECK (idempotency_key IS NULL OR fingerprint IS NOT NULL),
    fingerprint BLOB CHECK (length(fingerprint) = 16), -- of the request; of a key forgotten, the digest
    hash BLOB NOT NULL CHECK (length(hash) = 32), -- its link in the journal's chain
    running BLOB NOT NULL CHECK (length(running) = 32), -- the hash over all recordings so far
    CHECK (entry >> 40 = merchant)
) STRICT;

CREATE UNIQUE INDEX entries_by_id ON entries (merchant, id) WHERE id IS NOT NULL;

-- The last row of a charge tells what has been refunded of it.
CREATE INDEX refunds_of_charge ON entries (charge) WHERE cause = 3 OR cause = 4;

-- What became of a charge's funds, a refund or a payout, each at most once.
-- Not `cause IN (...)`: a query for one of the causes could not use the index without repeating the list.
CREATE UNIQUE INDEX entries_of_outcome ON entries (about, cause)
    WHERE cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8;

-- What a book's recordings changed beside the journal: its merchant, limit and API keys, payment
-- intents, charges that have not succeeded, refusals, and what was forgotten on purpose.
CREATE TABLE changes (
    change INTEGER PRIMARY KEY, -- the merchant and the recording's number
    seq INTEGER NOT NULL, -- of the last entry before it
    kind INTEGER NOT NULL CHECK (kind BETWEEN 20 AND 31),
    recorded_at INTEGER NOT NULL,
    body TEXT NOT NULL, -- canonical JSON: docs/feed.md
    operation INTEGER,
    idempotency_key TEXT CHECK (idempotency_key IS NULL OR fingerprint IS NOT NULL),
    fingerprint BLOB CHECK (length(fingerprint) = 16),
    running BLOB NOT NULL CHECK (length(running) = 32)
) STRICT;

-- Personal text, apart from the rows whose hash covers it, so that it can be erased.
CREATE TABLE texts (
    text INTEGER PRIMARY KEY, -- the merchant and the recording's number
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    description TEXT,
    metadata TEXT -- a JSON object of strings; null if there is none
) STRICT;

-- Charges whose funds are still pending, in the order they mature.
CREATE TABLE maturing (
    merchant INTEGER NOT NULL,
    available_on INTEGER NOT NULL,
    id TEXT NOT NULL,
    charge INTEGER NOT NULL REFERENCES charges,
    PRIMARY KEY (merchant, available_on, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX maturing_by_date ON maturing (available_on);

-- Where a recording with an idempotency key is found: by a hash of merchant, operation and key, which
-- stand in the recording's own row.
CREATE TABLE idempotency (
    lookup INTEGER NOT NULL,
    recording INTEGER NOT NULL, -- the merchant and the recording's number
    PRIMARY KEY (lookup, recording)
) STRICT, WITHOUT ROWID;

-- Mirrors: begin.

-- Books that another ledger keeps. They are changed by the lines of its feed alone.
CREATE TABLE mirrors (
    merchant INTEGER PRIMARY KEY REFERENCES merchants,
    since INTEGER NOT NULL -- when its first line came
) STRICT;

-- Evidence: lines of a feed with another hash than the recording at their place, as they came.
CREATE TABLE forks (
    fork INTEGER PRIMARY KEY,
    merchant INTEGER NOT NULL REFERENCES merchants,
    n INTEGER NOT NULL, -- the recording's number
    received_at INTEGER NOT NULL,
    line TEXT NOT NULL,
    UNIQUE (merchant, n, line)
) STRICT;

-- Keys that may send the feed of one book and nothing else. The book need not have come yet.
CREATE TABLE feed_keys (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256; the key itself is kept nowhere
    merchant_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- Mirrors: end.

-- The guards. They are triggers so that they hold whoever opens the file; the library's own writing
-- handle, which asserts more than they do, switches them off for itself. INSERT OR REPLACE fires no
-- DELETE trigger by default, so every row that it would replace is looked for before.

CREATE TRIGGER currencies_only_append BEFORE INSERT ON currencies
WHEN EXISTS (SELECT 1 FROM currencies WHERE currency = NEW.currency OR code = NEW.code)
BEGIN SELECT raise(ABORT, 'currencies are append-only'); END;
CREATE TRIGGER currencies_no_update BEFORE UPDATE ON currencies
BEGIN SELECT raise(ABORT, 'currencies are append-only'); END;
CREATE TRIGGER currencies_no_delete BEFORE DELETE ON currencies
BEGIN SELECT raise(ABORT, 'currencies are append-only'); END;

CREATE TRIGGER entries_only_append BEFORE INSERT ON entries
WHEN NEW.entry <> 1 + coalesce(
    (SELECT max(entry) FROM entries WHERE entry BETWEEN NEW.merchant << 40 AND (NEW.merchant << 40) + 1099511627775),
    NEW.merchant << 40)
BEGIN SELECT raise(ABORT, 'entries are append-only and numbered without gaps'); END;
CREATE TRIGGER entries_keep_outcomes BEFORE INSERT ON entries
WHEN (NEW.cause = 2 OR NEW.cause = 4 OR NEW.cause = 6 OR NEW.cause = 7 OR NEW.cause = 8) AND EXISTS (
    SELECT 1 FROM entries INDEXED BY entries_of_outcome
    WHERE about = NEW.about AND cause = NEW.cause
        AND (cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8))
BEGIN SELECT raise(ABORT, 'an outcome is recorded once'); END;
CREATE TRIGGER entries_keep_ids BEFORE INSERT ON entries
WHEN NEW.id IS NOT NULL
    AND EXISTS (SELECT 1 FROM entries WHERE merchant = NEW.merchant AND id = NEW.id)
BEGIN SELECT raise(ABORT, 'refunds and transfers are append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE OF entry, merchant, n, cause, charge, about, recorded_at,
    effective_at, debit, credit, amount, currency, fee, id, reason, external_reference, refunded,
    text_hash, hash, running ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_forget_keys BEFORE UPDATE OF operation, idempotency_key, fingerprint ON entries
WHEN OLD.idempotency_key IS NULL OR NEW.idempotency_key IS NOT NULL OR NEW.operation IS NOT NULL
BEGIN SELECT raise(ABORT, 'an idempotency key can only be forgotten'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;

CREATE TRIGGER changes_only_append BEFORE INSERT ON changes
WHEN EXISTS (SELECT 1 FROM changes WHERE change = NEW.change)
BEGIN SELECT raise(ABORT, 'changes are append-only'); END;
CREATE TRIGGER changes_no_update BEFORE UPDATE OF change, seq, kind, recorded_at, body, running
    ON changes
BEGIN SELECT raise(ABORT, 'changes are append-only'); END;
CREATE TRIGGER changes_forget_keys BEFORE UPDATE OF operation, idempotency_key, fingerprint ON changes
WHEN OLD.idempotency_key IS NULL OR NEW.idempotency_key IS NOT NULL OR NEW.operation IS NOT NULL
BEGIN SELECT raise(ABORT, 'an idempotency key can only be forgotten'); END;
CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes
BEGIN SELECT raise(ABORT, 'changes are append-only'); END;
