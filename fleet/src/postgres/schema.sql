-- What a fleet keeps. A recording is all that one operation leaves behind, so nothing else has to be
-- kept; what stands in the other tables is there to be found or erased.

CREATE SCHEMA refundry;

-- One row: whose fleet this is, which version of this schema, and which of the views.
CREATE TABLE refundry.fleet (
    id text PRIMARY KEY,
    version integer NOT NULL,
    views integer NOT NULL DEFAULT 0
);

-- Append-only. The line of a recording is canonical JSON, without its personal text.
CREATE TABLE refundry.recordings (
    merchant text COLLATE "C" NOT NULL,
    n bigint NOT NULL CHECK (n > 0),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    body text NOT NULL,
    PRIMARY KEY (merchant, n)
);

-- Each book once.
CREATE INDEX books ON refundry.recordings (merchant) WHERE n = 1;

-- Personal text, apart, so that it can be erased.
CREATE TABLE refundry.texts (
    merchant text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (merchant, n)
);

-- Whose an API key is, by its SHA-256. Whether it was revoked stands in the book.
CREATE TABLE refundry.api_keys (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    merchant text COLLATE "C" NOT NULL
);

-- When the funds of a charge are due, in milliseconds since 1970, until they have matured; and the
-- recording that posted it. It tells which books to look at.
CREATE TABLE refundry.due (
    moment bigint NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (moment, merchant, n)
);

CREATE INDEX due_of_merchant ON refundry.due (merchant, moment);

-- What an application may take away, and nothing else.

CREATE FUNCTION refundry.erase(of_merchant text, of_n bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM refundry.texts WHERE merchant = of_merchant AND n = of_n
$$;

-- A charge that another node posts meanwhile has a higher number, and stays.
CREATE FUNCTION refundry.matured(of_merchant text, through bigint, up_to bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM refundry.due WHERE merchant = of_merchant AND moment <= through AND n <= up_to
$$;

-- Guards, also against the owner, until he drops them.

CREATE FUNCTION refundry.is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refundry.% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refundry.recordings
    FOR EACH STATEMENT EXECUTE FUNCTION refundry.is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refundry.api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refundry.is_append_only();
ALTER TABLE refundry.recordings ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE refundry.api_keys ENABLE ALWAYS TRIGGER append_only;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA refundry FROM PUBLIC;
