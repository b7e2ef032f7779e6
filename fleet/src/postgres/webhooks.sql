-- Webhooks: where events are sent, how far each endpoint has come, and which node sends. Secrets stand here, so
-- that nobody but the nodes' role and the owner may read these tables. These statements are run again on
-- databases that have them.

CREATE TABLE IF NOT EXISTS refundry.endpoints (
    endpoint bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    -- Grows with each change by an operator. 0 while it is being moved here from a file.
    revision bigint NOT NULL,
    -- What an operator has said of it, and its secrets, as JSON.
    settings text NOT NULL,
    -- What is wrong with its next event, as JSON.
    trouble text
);

CREATE TABLE IF NOT EXISTS refundry.endpoint_cursors (
    endpoint bigint NOT NULL REFERENCES refundry.endpoints ON DELETE CASCADE,
    merchant text COLLATE "C" NOT NULL,
    -- The last that is done with, and when that was recorded, in milliseconds since 1970.
    event text,
    moment bigint NOT NULL,
    PRIMARY KEY (endpoint, merchant)
);

CREATE TABLE IF NOT EXISTS refundry.events_set_aside (
    endpoint bigint NOT NULL REFERENCES refundry.endpoints ON DELETE CASCADE,
    event text COLLATE "C" NOT NULL,
    type text NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    moment bigint NOT NULL,
    problem text NOT NULL,
    -- Whether it is to be sent again.
    again boolean NOT NULL DEFAULT false,
    PRIMARY KEY (endpoint, event)
);

-- One row: who sends, and until when nobody else may begin to.
CREATE TABLE IF NOT EXISTS refundry.sender (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    holder text NOT NULL,
    until timestamptz NOT NULL
);

INSERT INTO refundry.sender (holder, until) VALUES ('', '-infinity') ON CONFLICT DO NOTHING;

-- Where books ended in which other nodes than the sender recorded. The sender takes the rows away. One that is
-- lost delays an event, because the sender looks at all books in turn.
CREATE TABLE IF NOT EXISTS refundry.news (
    merchant text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (merchant, n)
);
