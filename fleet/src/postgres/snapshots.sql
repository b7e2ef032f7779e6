-- Snapshots: long books as ledgers' files, in pieces. Whatever stands in them stands in the recordings
-- too. These statements are run again on databases that have them.

CREATE TABLE IF NOT EXISTS refundry.snapshots (
    merchant text COLLATE "C" PRIMARY KEY,
    id bigint NOT NULL,
    mark text NOT NULL,
    format integer NOT NULL,
    bytes bigint NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    pieces integer NOT NULL
);

CREATE TABLE IF NOT EXISTS refundry.snapshot_pieces (
    merchant text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    piece integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (merchant, id, piece)
);

-- They are compressed already.
ALTER TABLE refundry.snapshot_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- How many texts of a book were erased. Its row is locked by whoever erases one or keeps a snapshot.
CREATE TABLE IF NOT EXISTS refundry.erasures (
    merchant text COLLATE "C" PRIMARY KEY,
    count bigint NOT NULL
);

-- A text that is erased is in no snapshot either.
CREATE OR REPLACE FUNCTION refundry.erase(of_merchant text, of_n bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO refundry.erasures AS e VALUES (of_merchant, 1)
        ON CONFLICT (merchant) DO UPDATE SET count = e.count + 1;
    DELETE FROM refundry.texts WHERE merchant = of_merchant AND n = of_n;
    DELETE FROM refundry.snapshots WHERE merchant = of_merchant;
    DELETE FROM refundry.snapshot_pieces WHERE merchant = of_merchant;
$$;

-- Takes away what a snapshot with a new id replaces, if no text was erased since it was begun. The lock on
-- the row is held until the new one is kept: whoever erases a text after that takes it away.
CREATE OR REPLACE FUNCTION refundry.replace_snapshot(of_merchant text, new_id bigint, erased bigint)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_erased bigint;
BEGIN
    INSERT INTO refundry.erasures AS e VALUES (of_merchant, 0)
        ON CONFLICT (merchant) DO UPDATE SET count = e.count RETURNING count INTO now_erased;
    IF now_erased <> erased THEN
        RETURN false;
    END IF;
    DELETE FROM refundry.snapshots WHERE merchant = of_merchant;
    DELETE FROM refundry.snapshot_pieces WHERE merchant = of_merchant AND id <> new_id;
    RETURN true;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA refundry FROM PUBLIC;
