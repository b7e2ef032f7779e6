-- A refund on row tables, as one would write it by hand: key, charge, refund, entry, postings,
-- balances, and the head of a chain.

CREATE TABLE books (merchant int PRIMARY KEY, n bigint NOT NULL, hash bytea NOT NULL,
    available bigint NOT NULL, clearing bigint NOT NULL);
CREATE TABLE charges (merchant int, id bigint, captured bigint NOT NULL, refunded bigint NOT NULL,
    PRIMARY KEY (merchant, id));
CREATE TABLE refunds (merchant int, n bigint, id text NOT NULL, charge bigint NOT NULL,
    amount bigint NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (merchant, n));
CREATE TABLE entries (merchant int, n bigint, cause int NOT NULL, at timestamptz NOT NULL,
    hash bytea NOT NULL, PRIMARY KEY (merchant, n));
CREATE TABLE postings (merchant int, n bigint, debit int NOT NULL, credit int NOT NULL,
    amount bigint NOT NULL, PRIMARY KEY (merchant, n));
CREATE TABLE keys (merchant int, key text, n bigint NOT NULL, PRIMARY KEY (merchant, key));

CREATE FUNCTION refund(m int, c bigint, a bigint, k text, i text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    found bigint;
    book books;
    charge charges;
    next_hash bytea;
BEGIN
    SELECT n INTO found FROM keys WHERE merchant = m AND key = k;
    IF found IS NOT NULL THEN RETURN found; END IF;
    SELECT * INTO book FROM books WHERE merchant = m FOR UPDATE;
    SELECT * INTO charge FROM charges WHERE merchant = m AND id = c;
    IF charge.refunded + a > charge.captured THEN RETURN -1; END IF;
    next_hash := sha256(book.hash || convert_to(concat_ws(',', book.n + 1, c, a, k, i), 'UTF8'));
    INSERT INTO keys VALUES (m, k, book.n + 1);
    INSERT INTO refunds VALUES (m, book.n + 1, i, c, a, now());
    INSERT INTO entries VALUES (m, book.n + 1, 3, now(), next_hash);
    INSERT INTO postings VALUES (m, book.n + 1, 2, 4, a);
    UPDATE charges SET refunded = refunded + a WHERE merchant = m AND id = c;
    UPDATE books SET n = book.n + 1, hash = next_hash, available = available - a,
        clearing = clearing - a WHERE merchant = m;
    RETURN book.n + 1;
END
$$;
