"""The kinds of statement that answer here as on Athena, each with the examples that prove it.

They are over ``sample`` of ``functions.py``.
"""

STATEMENTS: dict[str, tuple[str, ...]] = {
    "SELECT, expressions and names": (
        "SELECT id, n + 1 AS more, n - 1, id * 2, x * 2, -n, +n, s || '!', 'it''s' FROM sample"
        " ORDER BY id",
        "SELECT * FROM sample ORDER BY sample.id",
        "SELECT sam.* FROM sample AS sam ORDER BY sam.id",
        'SELECT id AS "a name", ID FROM Sample AS "Sam" ORDER BY id',
        "SELECT 1, 1.5, 1e3, 0.05, 100.0, TRUE, FALSE, 'a', DATE '2026-03-01', 3000000000",
        "SELECT TIMESTAMP '2026-03-01 10:00:00', TIMESTAMP '2026-03-01 10:00:00.5 UTC'",
        "SELECT DISTINCT b FROM sample ORDER BY b",
    ),
    "Division and remainders": (
        "SELECT n / 2, -n / 2, n / 2e0, n / 2.0, m / 7, m / i, i / m, n % 4, m % 7, x % 3, x / 3,"
        " 7 / 2, 7 / 2.00, 197597 / 100.0, 1 / 3.0, 2.00 / 3, n / m FROM sample"
        " WHERE n <> 0 AND m <> 0 ORDER BY id",
        "SELECT CAST(n AS decimal(18, 2)) / 100, 100.0 * n / 7, m * m, m + 1, m - 0.005, m * 1.5,"
        " m + n, i / 7.0, 1.0 / 7, -m / 3, m / 0.5, CAST(n AS decimal(38, 2)) / 3 FROM sample"
        " ORDER BY id",
        "SELECT ROUND(100.0 * 1 / 3, 1), ROUND(100e0 * 1 / 3, 1), 5 / 2 * 1.0, 1.5 + 2 * 0.25",
        "SELECT ROUND(100.0 * x, 1), x * m, m + x, 1.5 - x, n * x FROM sample ORDER BY id",
    ),
    "WHERE": (
        "SELECT id FROM sample WHERE n > 0 AND NOT b IS NULL OR s = '' ORDER BY id",
        "SELECT id FROM sample WHERE n >= 0 AND n <= 7 AND n < 9 AND n <> 1 AND n != 2 ORDER BY id",
        "SELECT id FROM sample WHERE d BETWEEN DATE '2024-01-01' AND DATE '2026-12-31' ORDER BY id",
        "SELECT id FROM sample WHERE id NOT BETWEEN 2 AND 3 ORDER BY id",
        "SELECT id FROM sample WHERE s LIKE '%n%' OR s LIKE 'a!_b' ESCAPE '!' ORDER BY id",
        "SELECT id FROM sample WHERE s NOT LIKE '%n%' ORDER BY id",
        "SELECT id FROM sample WHERE n IN (7, 0) ORDER BY id",
        "SELECT id FROM sample WHERE n NOT IN (7, 0) ORDER BY id",
        "SELECT id FROM sample WHERE n IS NULL ORDER BY id",
        "SELECT id FROM sample WHERE n IS NOT NULL ORDER BY id",
        "SELECT id FROM sample WHERE n IS DISTINCT FROM 7 ORDER BY id",
        "SELECT id FROM sample WHERE n IS NOT DISTINCT FROM NULL ORDER BY id",
        "SELECT id FROM sample WHERE (b OR id = 2) AND (id, s) IN (SELECT id, s FROM sample)"
        " ORDER BY id",
    ),
    "CASE": (
        "SELECT CASE WHEN n > 0 THEN 'more' WHEN n < 0 THEN 'less' ELSE 'none' END FROM sample"
        " ORDER BY id",
        "SELECT CASE id WHEN 1 THEN 1 WHEN 2 THEN 2.5 END FROM sample ORDER BY id",
        "SELECT SUM(CASE WHEN b THEN m ELSE 0 END), SUM(CASE WHEN b THEN 1 ELSE 0 END) FROM sample",
    ),
    "Days and times": (
        "SELECT d + INTERVAL '1' DAY, d - INTERVAL '1' MONTH, t + INTERVAL '90' MINUTE,"
        " z - INTERVAL '7' DAY, z > t + INTERVAL '1' HOUR, d + INTERVAL '1' YEAR FROM sample"
        " ORDER BY id",
        "SELECT id FROM sample WHERE t < TIMESTAMP '2026-01-01 00:00:00' AND d > DATE '1970-01-01'"
        " AND z >= TIMESTAMP '2020-01-01 00:00:00 UTC' + INTERVAL '30' SECOND ORDER BY id",
        "SELECT HOUR(z AT TIME ZONE 'Europe/Warsaw'), CAST(z AT TIME ZONE 'Asia/Tokyo' AS date),"
        " DATE(z AT TIME ZONE 'America/New_York'), DAY_OF_WEEK(AT_TIMEZONE(z, 'Asia/Tokyo'))"
        " FROM sample ORDER BY id",
    ),
    "GROUP BY and HAVING": (
        "SELECT b, COUNT(*) AS rows_of_it, SUM(n), MIN(s) FROM sample GROUP BY b"
        " HAVING COUNT(*) > 1 ORDER BY b",
        "SELECT n > 0, COUNT(*) FROM sample GROUP BY 1 ORDER BY 1",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY ROLLUP (b, s) ORDER BY 1, 2, 3",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY CUBE (b, s) ORDER BY 1, 2, 3",
        "SELECT b, s, GROUPING(b, s), COUNT(*) FROM sample GROUP BY ROLLUP (b, s) ORDER BY 3, 1, 2",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY GROUPING SETS ((b), (s), ()) ORDER BY 1, 2, 3",
        "SELECT SUM(n), AVG(m), COUNT(*) FROM sample WHERE id > 99",
    ),
    "ORDER BY, OFFSET and LIMIT": (
        "SELECT n FROM sample ORDER BY n",
        "SELECT n FROM sample ORDER BY n DESC",
        "SELECT n FROM sample ORDER BY n ASC NULLS FIRST, id DESC NULLS LAST",
        "SELECT s AS word FROM sample ORDER BY LENGTH(s) DESC, word LIMIT 2",
        "SELECT id FROM sample ORDER BY 1 OFFSET 1 LIMIT 2",
        "SELECT id FROM sample ORDER BY id FETCH FIRST 2 ROWS ONLY",
    ),
    "Joins": (
        "SELECT one.id, two.n FROM sample AS one JOIN sample AS two ON one.id = two.id + 1"
        " ORDER BY one.id",
        "SELECT one.id, two.n FROM sample one INNER JOIN sample two ON one.id = two.id ORDER BY 1",
        "SELECT one.id, two.n FROM sample one LEFT JOIN sample two ON one.id = two.id + 1"
        " AND two.b ORDER BY one.id",
        "SELECT one.id, two.n FROM sample one LEFT OUTER JOIN sample two ON one.id = two.id + 1"
        " ORDER BY one.id",
        "SELECT two.id FROM sample one RIGHT JOIN sample two ON one.id = two.id + 1"
        " ORDER BY two.id",
        "SELECT one.id, two.id FROM sample one FULL JOIN sample two ON one.id = two.id + 1"
        " ORDER BY 1, 2",
        "SELECT one.id, two.id FROM sample one FULL OUTER JOIN sample two ON one.id = two.id + 1"
        " ORDER BY 1, 2",
        "SELECT id, one.s, two.n FROM sample one JOIN sample two USING (id) ORDER BY id",
        "SELECT COUNT(*) FROM sample one CROSS JOIN sample two",
        "SELECT COUNT(*) FROM sample one, sample two WHERE one.id < two.id",
    ),
    "Subqueries": (
        "SELECT id, (SELECT MAX(n) FROM sample) AS most FROM sample ORDER BY id",
        "SELECT id FROM sample WHERE n = (SELECT MIN(n) FROM sample)",
        "SELECT id FROM sample WHERE id IN (SELECT id FROM sample WHERE b) ORDER BY id",
        "SELECT id FROM sample WHERE id NOT IN (SELECT id FROM sample WHERE b) ORDER BY id",
        "SELECT id FROM sample AS one WHERE EXISTS (SELECT 1 FROM sample AS two"
        " WHERE two.id = one.id + 1 AND two.b) ORDER BY id",
        "SELECT id FROM sample AS one WHERE NOT EXISTS (SELECT 1 FROM sample AS two"
        " WHERE two.id = one.id + 1) ORDER BY id",
        "SELECT word FROM (SELECT s AS word, id FROM sample WHERE b) AS words ORDER BY id",
        "SELECT word FROM (SELECT s, id FROM sample) AS words (word, place) ORDER BY place",
    ),
    "WITH": (
        "SELECT COUNT(*) FROM (WITH some AS (SELECT id FROM sample WHERE b) SELECT * FROM some)",
        "WITH {sample}, some AS (SELECT id, n FROM sample WHERE b),"
        " most (top) AS (SELECT MAX(n) FROM some)"
        " SELECT id, top FROM some CROSS JOIN most ORDER BY id",
        "WITH RECURSIVE steps (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM steps"
        " WHERE step < 4) SELECT step FROM steps ORDER BY step",
    ),
    "UNION, INTERSECT and EXCEPT": (
        "SELECT b FROM sample UNION SELECT id > 3 FROM sample ORDER BY 1",
        "SELECT id FROM sample UNION ALL SELECT id FROM sample ORDER BY id LIMIT 3",
        "SELECT id FROM sample UNION DISTINCT SELECT id FROM sample ORDER BY id",
        "SELECT id FROM sample INTERSECT SELECT id FROM sample WHERE b ORDER BY id",
        "SELECT id FROM sample EXCEPT SELECT id FROM sample WHERE b ORDER BY id",
        "(SELECT id FROM sample WHERE b) UNION ALL (SELECT 9) ORDER BY id",
    ),
    "VALUES": (
        "SELECT name, number FROM (VALUES ('a', 1), ('b', 2)) AS pairs (name, number)"
        " ORDER BY name",
    ),
    "Arrays and UNNEST": (
        "SELECT id, word FROM sample CROSS JOIN UNNEST(a) AS words (word)"
        " WHERE word IS NOT NULL ORDER BY id, word",
        "SELECT id, word, place FROM sample CROSS JOIN UNNEST(a) WITH ORDINALITY"
        " AS words (word, place) ORDER BY id, place",
        "SELECT id, word FROM sample LEFT JOIN UNNEST(a) AS words (word) ON TRUE ORDER BY id, word",
        "SELECT day FROM UNNEST(SEQUENCE(DATE '2026-03-01', DATE '2026-03-04',"
        " INTERVAL '1' DAY)) AS days (day) ORDER BY day",
        "SELECT a[1], ARRAY[1, 2][2], SPLIT('a-b', '-')[2] FROM sample WHERE id = 1",
        "SELECT MAP(ARRAY['k', 'l'], ARRAY[1, n])['l'] FROM sample ORDER BY id",
        "SELECT ROW(id, s), MAP(ARRAY['k'], ARRAY[ARRAY[id]]) FROM sample ORDER BY id",
        "SELECT k, v FROM sample CROSS JOIN UNNEST(MAP(ARRAY['k', s], ARRAY[n, 2])) AS t (k, v)"
        " WHERE id = 1 ORDER BY k",
        "SELECT id, v, w, place FROM sample CROSS JOIN UNNEST(a, u) WITH ORDINALITY"
        " AS t (v, w, place) ORDER BY id, place",
        "SELECT sum(v) FROM UNNEST(ARRAY[1, 2], ARRAY['a']) AS t (v, w)",
        "SELECT id, k FROM sample LEFT JOIN UNNEST(a, ARRAY[1]) AS t (k, v) ON TRUE"
        " ORDER BY id, k, v",
        "SELECT k, count(*) FROM (SELECT histogram(s) AS h FROM sample) CROSS JOIN UNNEST(h)"
        " AS t (k, c) GROUP BY k ORDER BY k",
        "SELECT f, g FROM sample CROSS JOIN UNNEST(zip(a, u)) AS t (f, g) WHERE id = 5 ORDER BY g",
        "SELECT element FROM sample CROSS JOIN"
        " UNNEST(CAST(JSON_EXTRACT(j, '$.a') AS array(varchar))) AS elements (element)"
        " WHERE id = 1 ORDER BY element",
    ),
    "Windows": (
        "SELECT id, SUM(n) OVER (ORDER BY id), AVG(m) OVER (PARTITION BY b),"
        " COUNT(*) OVER (), SUM(i) OVER (PARTITION BY b ORDER BY id DESC) FROM sample ORDER BY id",
        "SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),"
        " AVG(x) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING),"
        " MAX(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),"
        " MIN(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),"
        " SUM(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM sample ORDER BY id",
        "SELECT id, SUM(id) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        " FROM sample ORDER BY id",
        "SELECT b, SUM(n), RANK() OVER (ORDER BY SUM(n) DESC) FROM sample GROUP BY b ORDER BY 1",
        "SELECT b, SUM(SUM(n)) OVER (ORDER BY b) FROM sample GROUP BY b ORDER BY 1",
        "SELECT id, COUNT_IF(b) OVER (ORDER BY id), 100e0 * n / SUM(n) OVER () FROM sample"
        " ORDER BY id",
        "SELECT id, SUM(n) OVER once, COUNT(*) OVER once FROM sample"
        " WINDOW once AS (PARTITION BY b ORDER BY id) ORDER BY id",
    ),
}
