PRAGMA temp_store = FILE
PRAGMA cache_size = 10
CREATE TABLE digits (n INTEGER PRIMARY KEY, odd INTEGER, word TEXT)
INSERT INTO digits VALUES (0, 0, 'zero'), (1, 1, 'one'), (2, 0, 'two'), (3, 1, 'three'), (4, 0, NULL), (5, 1, 'five'), (6, 0, 'six'), (7, 1, 'seven'), (8, 0, 'eight'), (9, 1, NULL)
CREATE INDEX digits_by_word ON digits (word)
CREATE INDEX digits_by_odd ON digits (odd)
CREATE TABLE many (n INTEGER PRIMARY KEY, text TEXT)
INSERT INTO many SELECT a.n * 10000 + b.n * 1000 + c.n * 100 + d.n * 10 + e.n, 'a text that is as long as it takes to have more of them than memory for sorting has ' || (a.n * 7919 + b.n * 104729 + c.n * 1299709 + d.n * 15485863 + e.n * 179424673) % 99991 FROM digits a, digits b, digits c, digits d, digits e
SELECT n, text FROM many ORDER BY text, n LIMIT 5 OFFSET 54321
SELECT count(DISTINCT text), min(text), max(text) FROM many
CREATE INDEX many_by_text ON many (text, n)
SELECT n FROM many WHERE text > 'a text that is as long as it takes to have more of them than memory for sorting has 5' ORDER BY text, n LIMIT 3
SELECT n FROM digits WHERE word = 'two' OR odd = 1 OR n = 8 ORDER BY n
SELECT n FROM digits WHERE (word = 'two' AND n < 5) OR (odd = 1 AND n > 5) ORDER BY n
SELECT n FROM digits WHERE n IN (1, 3, 12) OR word IS NULL ORDER BY n
SELECT n FROM digits d WHERE EXISTS (SELECT 1 FROM many m WHERE m.n = d.n * 10000 AND d.odd) ORDER BY n
SELECT n FROM digits d WHERE NOT EXISTS (SELECT 1 FROM digits e WHERE e.n = d.n + 1) ORDER BY n
SELECT a.n, b.n FROM digits a JOIN digits b ON a.n = b.odd WHERE a.n = 1 AND b.n > a.n ORDER BY b.n
SELECT a.n, b.n, c.n FROM digits a, many b, digits c WHERE a.n = 3 AND b.n = a.n * 7 AND c.odd = a.odd ORDER BY c.n
SELECT count(*) FROM many m, digits d, digits e WHERE m.n = d.n AND e.n = m.n AND e.odd = 0 AND d.word > 'f'
SELECT d.n FROM digits d LEFT JOIN digits e ON e.n = d.n + 100 ORDER BY d.n
SELECT DISTINCT d.odd FROM digits d LEFT JOIN many m ON m.n = d.n ORDER BY d.odd
SELECT s.n, s.twice FROM (SELECT n, n * 2 AS twice FROM digits WHERE odd) s WHERE s.twice > 5 ORDER BY s.n DESC
SELECT max(last) FROM (SELECT max(n) AS last FROM digits WHERE odd UNION ALL SELECT max(n) FROM digits WHERE NOT odd)
SELECT count(*) FROM (SELECT n FROM digits UNION ALL SELECT n FROM many)
SELECT n FROM (SELECT n, odd FROM digits UNION ALL SELECT n, 2 FROM many WHERE n < 3) WHERE odd <> 1 ORDER BY n LIMIT 6
SELECT n FROM digits EXCEPT SELECT n * 2 FROM digits ORDER BY 1
SELECT odd, count(*), max(n) FROM digits GROUP BY odd HAVING odd = 1 AND max(n) > 3
SELECT odd, count(*) FROM digits GROUP BY odd HAVING odd = 7
CREATE VIEW odds AS SELECT n, word FROM digits WHERE odd = 1
SELECT o.n, (SELECT max(m.n) FROM many m WHERE m.n < o.n) FROM odds o WHERE o.word IS NOT NULL ORDER BY o.n
SELECT o.n, d.n FROM odds o LEFT JOIN odds d ON d.n = o.n + 4 WHERE o.n > 1 ORDER BY o.n
WITH few AS (SELECT n FROM many WHERE n < 4) SELECT a.n, b.n FROM few a, few b WHERE a.n < b.n ORDER BY 1, 2
UPDATE digits SET odd = 3 WHERE n IN (SELECT n FROM odds WHERE word = 'one' OR n = 9)
DELETE FROM digits WHERE word = 'zero' OR odd = 3
SELECT n, odd FROM digits ORDER BY n
SELECT n FROM digits WHERE odd = 1 AND odd = n ORDER BY n
SELECT coalesce(word, 'none'), CASE WHEN n BETWEEN 3 AND 5 THEN -n ELSE n END FROM digits WHERE (odd, n) > (0, 4) ORDER BY abs(n - 6), n
