-- Version 1. Every key begins with the merchant, because a merchant's book is the unit of
-- everything. Integer keys never leave the file; `id` is what callers see. Amounts are minor units,
-- moments are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE currencies (
    currency INTEGER PRIMARY KEY, -- the number in ISO 4217
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
    merchant INTEGER NOT NULL REFERENCES merchants,
    currency INTEGER NOT NULL REFERENCES currencies,
    pending INTEGER NOT NULL,
    available INTEGER NOT NULL,
    payout_transit INTEGER NOT NULL,
    clearing INTEGER NOT NULL,
    bank INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    PRIMARY KEY (merchant, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_intents (
    merchant INTEGER NOT NULL REFERENCES merchants,
    intent INTEGER NOT NULL,
    id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    currency INTEGER NOT NULL REFERENCES currencies,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (merchant, intent),
    UNIQUE (merchant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE charges (
    merchant INTEGER NOT NULL REFERENCES merchants,
    charge INTEGER NOT NULL,
    id TEXT NOT NULL,
    intent INTEGER,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    captured INTEGER NOT NULL CHECK (captured BETWEEN 1 AND amount),
    fee INTEGER NOT NULL CHECK (fee BETWEEN 0 AND captured),
    currency INTEGER NOT NULL REFERENCES currencies,
    status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),
    available_on INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seq INTEGER CHECK ((seq IS NULL) = (status <> 2)), -- the entry that posted it, once it succeeded
    PRIMARY KEY (merchant, charge),
    UNIQUE (merchant, id),
    FOREIGN KEY (merchant, intent) REFERENCES payment_intents
) STRICT, WITHOUT ROWID;

CREATE INDEX charges_of_intent ON charges (merchant, intent) WHERE intent IS NOT NULL;

-- The journal. `source` is the number of the object the entry is about: a charge's number, or the
-- `seq` of a refund or transfer.
CREATE TABLE entries (
    merchant INTEGER NOT NULL REFERENCES merchants,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    cause INTEGER NOT NULL CHECK (cause BETWEEN 1 AND 11),
    source INTEGER NOT NULL,
    reverses INTEGER CHECK (reverses < seq),
    effective_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (merchant, seq)
) STRICT, WITHOUT ROWID;

-- What became of a charge's funds, a refund or a payout (causes 2, 4 and 6 to 8), each at most once.
-- Not `cause IN (...)`: for a list of more than two SQLite fills a table in memory each time, and
-- a query for one of the causes could not use the index without repeating the list.
CREATE UNIQUE INDEX entries_of_outcome ON entries (merchant, source, cause)
    WHERE cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8;

-- Both sides in one row, so that an entry can't be out of balance.
CREATE TABLE postings (
    merchant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    line INTEGER NOT NULL,
    debit INTEGER NOT NULL CHECK (debit BETWEEN 1 AND 7),
    credit INTEGER NOT NULL CHECK (credit BETWEEN 1 AND 7 AND credit <> debit),
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    currency INTEGER NOT NULL,
    PRIMARY KEY (merchant, seq, line),
    FOREIGN KEY (merchant, seq) REFERENCES entries
) STRICT, WITHOUT ROWID;

-- The merchant's statement. `available_on` is null for what is available at once.
CREATE TABLE balance_transactions (
    merchant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    fee INTEGER NOT NULL CHECK (fee >= 0),
    currency INTEGER NOT NULL,
    available_on INTEGER,
    PRIMARY KEY (merchant, seq),
    FOREIGN KEY (merchant, seq) REFERENCES entries
) STRICT, WITHOUT ROWID;

CREATE TABLE refunds (
    merchant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    charge INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    reason INTEGER CHECK (reason BETWEEN 1 AND 3),
    external_reference TEXT,
    text_hash BLOB CHECK (length(text_hash) = 32),
    PRIMARY KEY (merchant, seq),
    UNIQUE (merchant, id),
    FOREIGN KEY (merchant, seq) REFERENCES entries,
    FOREIGN KEY (merchant, charge) REFERENCES charges
) STRICT, WITHOUT ROWID;

-- The amount stands in the index so that a charge's refunds are summed without their rows.
CREATE INDEX refunds_of_charge ON refunds (merchant, charge, seq, amount);

-- Payouts, top-ups, settlements and adjustments; the entry's cause tells which.
CREATE TABLE transfers (
    merchant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    amount INTEGER NOT NULL
        CHECK (amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991),
    currency INTEGER NOT NULL REFERENCES currencies,
    text_hash BLOB CHECK (length(text_hash) = 32),
    PRIMARY KEY (merchant, seq),
    UNIQUE (merchant, id),
    FOREIGN KEY (merchant, seq) REFERENCES entries
) STRICT, WITHOUT ROWID;

-- Personal text, apart from the rows whose hash covers it, so that it can be erased one day.
CREATE TABLE texts (
    merchant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    description TEXT,
    metadata TEXT, -- a JSON object of strings; null if there is none
    PRIMARY KEY (merchant, seq),
    FOREIGN KEY (merchant, seq) REFERENCES entries DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- Charges whose funds are still pending, in the order they mature.
CREATE TABLE maturing (
    merchant INTEGER NOT NULL,
    available_on INTEGER NOT NULL,
    id TEXT NOT NULL,
    charge INTEGER NOT NULL,
    PRIMARY KEY (merchant, available_on, id),
    FOREIGN KEY (merchant, charge) REFERENCES charges
) STRICT, WITHOUT ROWID;

CREATE INDEX maturing_by_date ON maturing (available_on);

-- What became of an Idempotency-Key: the number of the object made, or the refusal and its fact.
CREATE TABLE idempotency (
    merchant INTEGER NOT NULL REFERENCES merchants,
    operation INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 16),
    source INTEGER,
    refusal INTEGER CHECK ((refusal IS NULL) <> (source IS NULL)),
    fact INTEGER,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (merchant, operation, key)
) STRICT, WITHOUT ROWID;

-- The guards. They are triggers so that they hold whoever opens the file. INSERT OR REPLACE fires
-- no DELETE trigger by default, so every row that it would replace is looked for before.

-- A currency's exponent is frozen when it is first used; a second first use is ignored.
CREATE TRIGGER currencies_only_append BEFORE INSERT ON currencies
WHEN EXISTS (SELECT 1 FROM currencies WHERE currency = NEW.currency OR code = NEW.code)
BEGIN SELECT raise(IGNORE); END;
CREATE TRIGGER currencies_no_update BEFORE UPDATE ON currencies
BEGIN SELECT raise(ABORT, 'currencies are append-only'); END;
CREATE TRIGGER currencies_no_delete BEFORE DELETE ON currencies
BEGIN SELECT raise(ABORT, 'currencies are append-only'); END;

CREATE TRIGGER entries_only_append BEFORE INSERT ON entries
WHEN NEW.seq <> 1 + coalesce((SELECT max(seq) FROM entries WHERE merchant = NEW.merchant), 0)
BEGIN SELECT raise(ABORT, 'entries are append-only and numbered without gaps'); END;
CREATE TRIGGER entries_keep_outcomes BEFORE INSERT ON entries
WHEN (NEW.cause = 2 OR NEW.cause = 4 OR NEW.cause = 6 OR NEW.cause = 7 OR NEW.cause = 8) AND EXISTS (
    SELECT 1 FROM entries INDEXED BY entries_of_outcome
    WHERE merchant = NEW.merchant AND source = NEW.source AND cause = NEW.cause
        AND (cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8))
BEGIN SELECT raise(ABORT, 'an outcome is recorded once'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are append-only'); END;

CREATE TRIGGER postings_only_append BEFORE INSERT ON postings
WHEN EXISTS (
    SELECT 1 FROM postings
    WHERE merchant = NEW.merchant AND seq = NEW.seq AND line = NEW.line)
BEGIN SELECT raise(ABORT, 'postings are append-only'); END;
CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings
BEGIN SELECT raise(ABORT, 'postings are append-only'); END;
CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings
BEGIN SELECT raise(ABORT, 'postings are append-only'); END;

CREATE TRIGGER balance_transactions_only_append BEFORE INSERT ON balance_transactions
WHEN EXISTS (SELECT 1 FROM balance_transactions WHERE merchant = NEW.merchant AND seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'balance transactions are append-only'); END;
CREATE TRIGGER balance_transactions_no_update BEFORE UPDATE ON balance_transactions
BEGIN SELECT raise(ABORT, 'balance transactions are append-only'); END;
CREATE TRIGGER balance_transactions_no_delete BEFORE DELETE ON balance_transactions
BEGIN SELECT raise(ABORT, 'balance transactions are append-only'); END;

CREATE TRIGGER refunds_only_append BEFORE INSERT ON refunds
WHEN EXISTS (SELECT 1 FROM refunds WHERE merchant = NEW.merchant AND seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM refunds WHERE merchant = NEW.merchant AND id = NEW.id)
BEGIN SELECT raise(ABORT, 'refunds are append-only'); END;
CREATE TRIGGER refunds_no_update BEFORE UPDATE ON refunds
BEGIN SELECT raise(ABORT, 'refunds are append-only'); END;
CREATE TRIGGER refunds_no_delete BEFORE DELETE ON refunds
BEGIN SELECT raise(ABORT, 'refunds are append-only'); END;

CREATE TRIGGER transfers_only_append BEFORE INSERT ON transfers
WHEN EXISTS (SELECT 1 FROM transfers WHERE merchant = NEW.merchant AND seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM transfers WHERE merchant = NEW.merchant AND id = NEW.id)
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
BEGIN SELECT raise(ABORT, 'transfers are append-only'); END;
