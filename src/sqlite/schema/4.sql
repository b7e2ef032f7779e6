-- Version 4. A merchant's book is the unit of everything, so every key begins with the merchant: the
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
    created_at INTEGER NOT NULL,
    unique_references INTEGER NOT NULL CHECK (unique_references IN (0, 1)) -- of its refunds
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
    external_reference TEXT,
    text_hash BLOB CHECK (length(text_hash) = 32),
    CHECK (charge >> 40 = merchant),
    UNIQUE (merchant, id)
) STRICT;

CREATE INDEX charges_of_intent ON charges (intent) WHERE intent IS NOT NULL;
CREATE INDEX charges_by_reference ON charges (merchant, external_reference)
    WHERE external_reference IS NOT NULL;

-- The journal: an entry with its postings, its line of the statement, and the refund, dispute, transfer or
-- hand-over that it records, in one row. Both sides of a posting stand in it, so that it can't be out of balance.
CREATE TABLE entries (
    entry INTEGER PRIMARY KEY, -- the merchant and the sequence number
    merchant INTEGER NOT NULL,
    n INTEGER NOT NULL, -- the number of the recording that the entry is part of
    cause INTEGER NOT NULL CHECK (cause BETWEEN 1 AND 16),
    charge INTEGER REFERENCES charges, -- the charge concerned (causes 1 to 4, 12 to 16)
    about INTEGER CHECK (about < entry), -- the entry whose object is refunded, disputed or concluded (2 to 4, 6 to 8, 12 to 14)
    recorded_at INTEGER NOT NULL,
    effective_at INTEGER, -- null: when it was recorded
    debit INTEGER CHECK (debit BETWEEN 1 AND 7), -- null: it moves nothing (14 to 16)
    credit INTEGER CHECK (credit BETWEEN 1 AND 7 AND credit <> debit),
    amount INTEGER CHECK (amount BETWEEN 1 AND 9007199254740991), -- of a hand-over: what may be given back (15, 16)
    currency INTEGER NOT NULL,
    fee INTEGER CHECK (fee >= 1 AND (fee <= amount OR cause >= 12)), -- a second posting: from pending to fees (1), from available to fees (12), and back (13)
    id TEXT CHECK ((id IS NULL) = (cause <= 2 OR cause = 4 OR cause BETWEEN 6 AND 8 OR cause BETWEEN 13 AND 14)), -- of the refund, dispute, transfer or hand-over
    reason INTEGER CHECK (reason BETWEEN 1 AND 8),
    external_reference TEXT, -- of a dispute: the card network's; of a hand-over: the other book
    refunded INTEGER CHECK ((refunded IS NULL) = (cause NOT BETWEEN 3 AND 4 AND cause < 12)), -- of the charge, after this
    text_hash BLOB CHECK (length(text_hash) = 32), -- of what was taken over (16): the other book's entry
    operation INTEGER, -- of its idempotency key
    idempotency_key TEXT CHECK (idempotency_key IS NULL OR fingerprint IS NOT NULL),
    fingerprint BLOB CHECK (length(fingerprint) = 16), -- of the request; of a key forgotten, the digest
    hash BLOB NOT NULL CHECK (length(hash) = 32), -- its link in the journal's chain
    running BLOB NOT NULL CHECK (length(running) = 32), -- the hash over all recordings so far
    disputed INTEGER CHECK (disputed IS NULL OR disputed >= 1 AND (cause BETWEEN 3 AND 4 OR cause >= 12)), -- of the charge, after this: open or lost; null: nothing
    elsewhere INTEGER CHECK (elsewhere IS NULL OR elsewhere >= 1 AND (cause BETWEEN 3 AND 4 OR cause >= 12)), -- of the charge, after this: what only other books may give back
    CHECK (entry >> 40 = merchant),
    CHECK ((amount IS NULL) = (cause = 14)),
    CHECK (debit + credit IS NOT NULL OR cause >= 14),
    CHECK (cause < 14 OR coalesce(debit, credit) IS NULL)
) STRICT;

CREATE UNIQUE INDEX entries_by_id ON entries (merchant, id) WHERE id IS NOT NULL;

CREATE INDEX refunds_by_reference ON entries (merchant, external_reference)
    WHERE external_reference IS NOT NULL;

-- The last row of a charge tells what has been refunded of it.
CREATE INDEX refunds_of_charge ON entries (charge) WHERE cause = 3 OR cause = 4 OR cause >= 12;

CREATE INDEX disputes_of_charge ON entries (charge) WHERE cause >= 12;

-- What became of a charge's funds, a refund, a payout or a dispute, each at most once.
-- Not `cause IN (...)`: a query for one of the causes could not use the index without repeating the list.
CREATE UNIQUE INDEX entries_of_outcome ON entries (about, cause)
    WHERE cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8 OR cause = 13 OR cause = 14;

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

-- The Merkle tree over a book's entries (RFC 6962): a cache, which can be made anew from the entries.
-- Node (level, place) is the root over 64^level leaves, beginning at leaf place * 64^level. A leaf is
-- SHA-256(0x00, the entry's hash), a node SHA-256(0x01, left, right). Only whole nodes are kept, from
-- level 1 on, and are written when somebody asks for a receipt, never by a refund.
CREATE TABLE tree (
    merchant INTEGER NOT NULL REFERENCES merchants,
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 10),
    place INTEGER NOT NULL CHECK (place >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (merchant, level, place)
) STRICT, WITHOUT ROWID;

-- Views for whoever reads the file with other programs: amounts in major units, and beside them exact in
-- minor ones (`_minor`); moments in UTC. The library reads none of them.

CREATE VIEW v_currencies AS
SELECT currency, code, exponent, CAST('1' || substr('000000000', 1, exponent) AS INTEGER) AS scale
FROM currencies;

CREATE VIEW v_accounts (account, name) AS
VALUES (1, 'pending'), (2, 'available'), (3, 'payout_transit'), (4, 'clearing'), (5, 'bank'), (6, 'fees'),
    (7, 'losses');

-- The causes of entries, the line that each puts on the statement, and whether it reverses an entry.
CREATE VIEW v_causes (cause, name, line, reverses) AS
VALUES (1, 'charge', 'charge', 0), (2, 'maturity', NULL, 0), (3, 'refund', 'refund', 1),
    (4, 'refund_failure', 'refund_failure', 1), (5, 'payout', 'payout', 0), (6, 'payout_paid', NULL, 0),
    (7, 'payout_failed', 'payout_failure', 1), (8, 'payout_returned', 'payout_failure', 1),
    (9, 'topup', 'topup', 0), (10, 'settlement', NULL, 0), (11, 'adjustment', 'adjustment', 0),
    (12, 'dispute', 'dispute', 1), (13, 'dispute_won', 'dispute_reversal', 1), (14, 'dispute_lost', NULL, 0), (15, 'handed_over', NULL, 0),
    (16, 'taken_over', NULL, 0);

CREATE VIEW v_charges AS
SELECT m.id AS merchant_id, c.id AS id, i.id AS payment_intent_id,
    printf('%d%s', c.amount / scale,
        substr(printf('.%0*d', exponent, c.amount % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    printf('%d%s', c.captured / scale,
        substr(printf('.%0*d', exponent, c.captured % scale), 1, (exponent > 0) * (exponent + 1))) AS amount_captured,
    printf('%d%s', c.refunded / scale,
        substr(printf('.%0*d', exponent, c.refunded % scale), 1, (exponent > 0) * (exponent + 1))) AS amount_refunded,
    printf('%d%s', c.disputed / scale,
        substr(printf('.%0*d', exponent, c.disputed % scale), 1, (exponent > 0) * (exponent + 1))) AS amount_disputed,
    printf('%d%s', c.elsewhere / scale,
        substr(printf('.%0*d', exponent, c.elsewhere % scale), 1, (exponent > 0) * (exponent + 1))) AS amount_elsewhere,
    printf('%d%s', c.fee / scale,
        substr(printf('.%0*d', exponent, c.fee % scale), 1, (exponent > 0) * (exponent + 1))) AS fee,
    k.code AS currency,
    CASE c.status WHEN 1 THEN 'pending' WHEN 2 THEN 'succeeded' WHEN 3 THEN 'failed' ELSE 'canceled' END
        AS status,
    strftime('%Y-%m-%dT%H:%M:%fZ', c.available_on / 1000.0, 'unixepoch') AS available_on,
    strftime('%Y-%m-%dT%H:%M:%fZ', c.created_at / 1000.0, 'unixepoch') AS created_at,
    c.external_reference AS external_reference, t.description AS description, t.metadata AS metadata,
    c.amount AS amount_minor, c.captured AS amount_captured_minor,
    c.refunded AS amount_refunded_minor, c.disputed AS amount_disputed_minor,
    c.elsewhere AS amount_elsewhere_minor, c.fee AS fee_minor
FROM (
    SELECT *, coalesce((
        SELECT e.refunded FROM entries e
        WHERE e.charge = charges.charge AND (e.cause = 3 OR e.cause = 4)
        ORDER BY e.entry DESC LIMIT 1), 0) AS refunded, coalesce((
        SELECT e.elsewhere FROM entries e
        WHERE e.charge = charges.charge AND e.cause >= 12
        ORDER BY e.entry DESC LIMIT 1), 0) AS elsewhere, coalesce((
        SELECT e.disputed FROM entries e
        WHERE e.charge = charges.charge AND e.cause >= 12
        ORDER BY e.entry DESC LIMIT 1), 0) AS disputed
    FROM charges) c
JOIN merchants m ON m.merchant = c.merchant
JOIN v_currencies k ON k.currency = c.currency
LEFT JOIN payment_intents i ON i.intent = c.intent
LEFT JOIN texts t ON t.text = (c.merchant << 40) + c.n;

CREATE VIEW v_refunds AS
SELECT m.id AS merchant_id, e.id AS id, c.id AS charge_id, i.id AS payment_intent_id,
    printf('%d%s', e.amount / scale,
        substr(printf('.%0*d', exponent, e.amount % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    k.code AS currency,
    CASE WHEN EXISTS (SELECT 1 FROM entries f WHERE f.about = e.entry AND f.cause = 4)
        THEN 'failed' ELSE 'succeeded' END AS status,
    CASE e.reason WHEN 1 THEN 'duplicate' WHEN 2 THEN 'fraudulent' WHEN 3 THEN 'requested_by_customer' END
        AS reason,
    e.external_reference AS external_reference, t.description AS description, t.metadata AS metadata,
    'bt_' || (e.entry & 1099511627775) AS balance_transaction_id,
    'je_' || (e.entry & 1099511627775) AS journal_entry_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(e.effective_at, e.recorded_at) / 1000.0, 'unixepoch') AS created_at,
    e.amount AS amount_minor
FROM entries e
JOIN merchants m ON m.merchant = e.merchant
JOIN v_currencies k ON k.currency = e.currency
JOIN charges c ON c.charge = e.charge
LEFT JOIN payment_intents i ON i.intent = c.intent
LEFT JOIN texts t ON t.text = (e.merchant << 40) + e.n
WHERE e.cause = 3;

CREATE VIEW v_disputes AS
SELECT m.id AS merchant_id, e.id AS id, c.id AS charge_id, i.id AS payment_intent_id,
    printf('%d%s', e.amount / scale,
        substr(printf('.%0*d', exponent, e.amount % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    printf('%d%s', coalesce(e.fee, 0) / scale,
        substr(printf('.%0*d', exponent, coalesce(e.fee, 0) % scale), 1, (exponent > 0) * (exponent + 1))) AS fee,
    k.code AS currency,
    CASE o.cause WHEN 13 THEN 'won' WHEN 14 THEN 'lost' ELSE 'open' END AS status,
    CASE e.reason WHEN 1 THEN 'duplicate' WHEN 2 THEN 'fraudulent' WHEN 3 THEN 'credit_not_processed'
        WHEN 4 THEN 'product_not_received' WHEN 5 THEN 'product_unacceptable' WHEN 6 THEN 'subscription_canceled'
        WHEN 7 THEN 'unrecognized' WHEN 8 THEN 'general' END AS reason,
    e.external_reference AS network_reference, o.cause = 13 AND o.fee IS NOT NULL AS fee_returned,
    'bt_' || (e.entry & 1099511627775) AS balance_transaction_id,
    'je_' || (e.entry & 1099511627775) AS journal_entry_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(e.effective_at, e.recorded_at) / 1000.0, 'unixepoch') AS created_at,
    e.amount AS amount_minor, coalesce(e.fee, 0) AS fee_minor
FROM entries e
JOIN merchants m ON m.merchant = e.merchant
JOIN v_currencies k ON k.currency = e.currency
JOIN charges c ON c.charge = e.charge
LEFT JOIN payment_intents i ON i.intent = c.intent
LEFT JOIN entries o ON o.about = e.entry AND (o.cause = 2 OR o.cause = 4 OR o.cause = 6 OR o.cause = 7
    OR o.cause = 8 OR o.cause = 13 OR o.cause = 14)
WHERE e.cause = 12;

CREATE VIEW v_handovers AS
SELECT m.id AS merchant_id, e.id AS id, c.id AS charge_id,
    CASE e.cause WHEN 15 THEN 'handed_over' ELSE 'taken_over' END AS direction,
    e.external_reference AS other_merchant_id,
    printf('%d%s', e.amount / scale,
        substr(printf('.%0*d', exponent, e.amount % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    k.code AS currency,
    'je_' || (e.entry & 1099511627775) AS journal_entry_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(e.effective_at, e.recorded_at) / 1000.0, 'unixepoch') AS created_at,
    e.amount AS amount_minor
FROM entries e
JOIN merchants m ON m.merchant = e.merchant
JOIN v_currencies k ON k.currency = e.currency
JOIN charges c ON c.charge = e.charge
WHERE e.cause >= 15;

-- One row for each posting of each entry.
CREATE VIEW v_entries AS
SELECT m.id AS merchant_id, 'je_' || (e.entry & 1099511627775) AS id, e.entry & 1099511627775 AS seq,
    y.name AS cause,
    coalesce(e.id, CASE WHEN e.cause <= 2 THEN (SELECT o.id FROM charges o WHERE o.charge = e.charge)
        ELSE (SELECT o.id FROM entries o WHERE o.entry = e.about) END) AS source,
    CASE y.reverses WHEN 1 THEN 'je_' || (e.about & 1099511627775) END AS reverses,
    d.name AS debit, c.name AS credit,
    printf('%d%s', p.amount / scale,
        substr(printf('.%0*d', exponent, p.amount % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    k.code AS currency,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(e.effective_at, e.recorded_at) / 1000.0, 'unixepoch') AS effective_at,
    strftime('%Y-%m-%dT%H:%M:%fZ', e.recorded_at / 1000.0, 'unixepoch') AS recorded_at,
    p.amount AS amount_minor, lower(hex(e.hash)) AS hash
FROM entries e
JOIN (
    SELECT entry, debit, credit, amount FROM entries WHERE debit IS NOT NULL
    UNION ALL SELECT entry, CASE cause WHEN 1 THEN 1 WHEN 12 THEN 2 ELSE 6 END,
        CASE cause WHEN 13 THEN 2 ELSE 6 END, fee FROM entries WHERE fee IS NOT NULL) p ON p.entry = e.entry
JOIN merchants m ON m.merchant = e.merchant
JOIN v_currencies k ON k.currency = e.currency
JOIN v_causes y ON y.cause = e.cause
JOIN v_accounts d ON d.account = p.debit
JOIN v_accounts c ON c.account = p.credit;

CREATE VIEW v_statement AS
SELECT merchant_id, 'bt_' || seq AS id, line AS type,
    printf('%s%d%s', substr('-', 1, amount < 0), abs(amount) / scale,
        substr(printf('.%0*d', exponent, abs(amount) % scale), 1, (exponent > 0) * (exponent + 1))) AS amount,
    printf('%s%d%s', substr('-', 1, fee < 0), abs(fee) / scale,
        substr(printf('.%0*d', exponent, abs(fee) % scale), 1, (exponent > 0) * (exponent + 1))) AS fee,
    printf('%s%d%s', substr('-', 1, (amount - fee) < 0), abs((amount - fee)) / scale,
        substr(printf('.%0*d', exponent, abs((amount - fee)) % scale), 1, (exponent > 0) * (exponent + 1))) AS net,
    code AS currency,
    CASE WHEN waits OR (amount = fee AND available_on > CAST(strftime('%s', 'now') AS INTEGER) * 1000)
        THEN 'pending' ELSE 'available' END AS status,
    strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(available_on, created_at) / 1000.0, 'unixepoch') AS available_on,
    source,
    strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch') AS created_at,
    amount AS amount_minor, fee AS fee_minor, amount - fee AS net_minor
FROM (
    SELECT m.id AS merchant_id, e.entry & 1099511627775 AS seq, line, code, exponent, scale,
        CASE WHEN e.debit <= 2 THEN -e.amount ELSE e.amount END AS amount,
        coalesce(CASE e.cause WHEN 13 THEN -e.fee ELSE e.fee END, 0) AS fee,
        coalesce(e.effective_at, e.recorded_at) AS created_at, o.available_on AS available_on,
        EXISTS (SELECT 1 FROM maturing w WHERE w.merchant = o.merchant
            AND w.available_on = o.available_on AND w.id = o.id) AS waits,
        coalesce(o.id, e.id, (SELECT id FROM entries WHERE entry = e.about)) AS source
    FROM entries e
    JOIN merchants m ON m.merchant = e.merchant
    JOIN v_currencies k ON k.currency = e.currency
    JOIN v_causes y ON y.cause = e.cause
    LEFT JOIN charges o ON o.charge = e.charge AND e.cause = 1
    WHERE line IS NOT NULL);

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

-- What merchants and API keys say changes with a recording, which only the library makes. So a program
-- of version 1 that still has the file open can change nothing either.
CREATE TRIGGER merchants_no_insert BEFORE INSERT ON merchants
BEGIN SELECT raise(ABORT, 'merchants change only with a recording'); END;
CREATE TRIGGER merchants_no_update BEFORE UPDATE ON merchants
BEGIN SELECT raise(ABORT, 'merchants change only with a recording'); END;
CREATE TRIGGER merchants_no_delete BEFORE DELETE ON merchants
BEGIN SELECT raise(ABORT, 'merchants change only with a recording'); END;
CREATE TRIGGER api_keys_no_insert BEFORE INSERT ON api_keys
BEGIN SELECT raise(ABORT, 'API keys change only with a recording'); END;
CREATE TRIGGER api_keys_no_update BEFORE UPDATE ON api_keys
BEGIN SELECT raise(ABORT, 'API keys change only with a recording'); END;
CREATE TRIGGER api_keys_no_delete BEFORE DELETE ON api_keys
BEGIN SELECT raise(ABORT, 'API keys change only with a recording'); END;

CREATE TRIGGER entries_only_append BEFORE INSERT ON entries
WHEN NEW.entry <> 1 + coalesce(
    (SELECT max(entry) FROM entries WHERE entry BETWEEN NEW.merchant << 40 AND (NEW.merchant << 40) + 1099511627775),
    NEW.merchant << 40)
BEGIN SELECT raise(ABORT, 'entries are append-only and numbered without gaps'); END;
CREATE TRIGGER entries_keep_outcomes BEFORE INSERT ON entries
WHEN (NEW.cause = 2 OR NEW.cause = 4 OR NEW.cause = 6 OR NEW.cause = 7 OR NEW.cause = 8
    OR NEW.cause = 13 OR NEW.cause = 14) AND EXISTS (
    SELECT 1 FROM entries INDEXED BY entries_of_outcome
    WHERE about = NEW.about AND cause = NEW.cause
        AND (cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8 OR cause = 13 OR cause = 14))
BEGIN SELECT raise(ABORT, 'an outcome is recorded once'); END;
CREATE TRIGGER entries_keep_ids BEFORE INSERT ON entries
WHEN NEW.id IS NOT NULL
    AND EXISTS (SELECT 1 FROM entries WHERE merchant = NEW.merchant AND id = NEW.id)
BEGIN SELECT raise(ABORT, 'refunds, disputes, transfers and hand-overs are append-only'); END;
CREATE TRIGGER entries_no_update BEFORE UPDATE OF entry, merchant, n, cause, charge, about, recorded_at,
    effective_at, debit, credit, amount, currency, fee, id, reason, external_reference, refunded,
    text_hash, hash, running, disputed, elsewhere ON entries
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
