"""The kinds of statement that answer here as on Redshift, each with the examples that prove it.

They are over ``sample`` of ``redshift_functions.py``; a pair is as there.
"""

from tidegate.serve.redshift_functions import Example
from tidegate.serve.statements import STATEMENTS as ATHENAS

STATEMENTS: dict[str, tuple[Example, ...]] = {
    "SELECT, expressions and names": (
        "SELECT id, n + 1 AS more, n - 1, id * 2, x * 2, -n, +n, s || '!', 'it''s' FROM sample"
        " ORDER BY id",
        "SELECT * FROM sample ORDER BY sample.id",
        "SELECT sam.* FROM sample AS sam ORDER BY sam.id",
        'SELECT id AS "a name", ID FROM Sample AS Sam ORDER BY id',
        "SELECT 1, 1.5, 0.05, 100.0, TRUE, FALSE, 'a', DATE '2026-03-01', 3000000000, NULL",
        "SELECT TIMESTAMP '2026-03-01 10:00:00'",
        "SELECT DISTINCT b FROM sample ORDER BY b",
        (
            "SELECT id + 1 AS one, one * 2 AS two FROM sample ORDER BY id",
            "SELECT id + 1 AS one, (id + 1) * 2 AS two FROM sample ORDER BY id",
        ),
        (
            "SELECT TOP 2 id FROM sample ORDER BY id",
            "SELECT id FROM sample ORDER BY id LIMIT 2",
        ),
    ),
    "Division and remainders": (
        "SELECT n / 2, -n / 2, i / 2, x / 3, m / 7, 7 / 2, -7 / 2, n % 4, i % 4, -7 % 4, m % 7"
        " FROM sample WHERE n <> 0 ORDER BY id",
        "SELECT m * m, m + 1, m - 0.005, m * 1.5, m + n, x * m, 5 / 2 * 1.0 FROM sample"
        " ORDER BY id",
        "SELECT ROUND(100.0 * 1 / 3, 1), ROUND(CAST(2 AS decimal(18, 2)) / 100, 2)",
    ),
    "WHERE": (
        "SELECT id FROM sample WHERE n > 0 AND NOT b IS NULL OR s = '' ORDER BY id",
        "SELECT id FROM sample WHERE n >= 0 AND n <= 7 AND n < 9 AND n <> 1 AND n != 2 ORDER BY id",
        "SELECT id FROM sample WHERE d BETWEEN '2024-01-01' AND '2026-12-31' ORDER BY id",
        "SELECT id FROM sample WHERE id NOT BETWEEN 2 AND 3 ORDER BY id",
        "SELECT id FROM sample WHERE s LIKE '%n%' OR s LIKE 'a!_b' ESCAPE '!' ORDER BY id",
        "SELECT id FROM sample WHERE s NOT LIKE '%n%' ORDER BY id",
        (
            r"SELECT id FROM sample WHERE s LIKE '%n\\ %' OR '100%' LIKE '%0\\%' OR s LIKE '\\%'",
            r"SELECT id FROM sample WHERE s LIKE '%n\ %' OR '100%' LIKE '%0\%' OR s LIKE '\%'",
        ),
        "SELECT id FROM sample WHERE s ILIKE '%ANN%' OR s NOT ILIKE '%S%' ORDER BY id",
        "SELECT id FROM sample WHERE s ~ '^[A-Z]' ORDER BY id",
        "SELECT id FROM sample WHERE n IN (7, 0) ORDER BY id",
        "SELECT id FROM sample WHERE n NOT IN (7, 0) ORDER BY id",
        "SELECT id FROM sample WHERE n IS NULL ORDER BY id",
        "SELECT id FROM sample WHERE n IS NOT NULL ORDER BY id",
        "SELECT id FROM sample WHERE b IS TRUE OR b IS FALSE ORDER BY id",
        "SELECT id FROM sample WHERE (b OR id = 2) AND (id, s) IN (SELECT id, s FROM sample)"
        " ORDER BY id",
        "SELECT id FROM sample WHERE d = '2026-03-01' OR t < '1970-01-01' ORDER BY id",
    ),
    "CASE": (
        "SELECT CASE WHEN n > 0 THEN 'more' WHEN n < 0 THEN 'less' ELSE 'none' END FROM sample"
        " ORDER BY id",
        "SELECT CASE id WHEN 1 THEN 1 WHEN 2 THEN 2.5 END FROM sample ORDER BY id",
        "SELECT SUM(CASE WHEN b THEN m ELSE 0 END), SUM(CASE WHEN b THEN 1 ELSE 0 END) FROM sample",
    ),
    "Days and times": (
        "SELECT d + 1, d - 7, d - DATE '2024-01-01', d + INTERVAL '1 day', d - INTERVAL '1 month',"
        " t + INTERVAL '90 minutes', t - INTERVAL '7 days', t + INTERVAL '2 hours',"
        " d + INTERVAL '1 year', t + INTERVAL '30 seconds', t + INTERVAL '1' DAY FROM sample"
        " ORDER BY id",
        "SELECT t + INTERVAL '1 hour', t - INTERVAL '1 minute', t + INTERVAL '1 second',"
        " t - INTERVAL '2 days', d + INTERVAL '1 week', d + INTERVAL '2 weeks',"
        " d + INTERVAL '2 months', d - INTERVAL '2 years', t + INTERVAL '1' HOUR,"
        " d - INTERVAL '1' MONTH FROM sample ORDER BY id",
        "SELECT id FROM sample WHERE t < TIMESTAMP '2026-01-01 00:00:00' AND d > DATE '1970-01-01'"
        " ORDER BY id",
        "SELECT z AT TIME ZONE 'Europe/Warsaw', EXTRACT(hour FROM z AT TIME ZONE 'Asia/Tokyo')"
        " FROM sample ORDER BY id",
    ),
    "GROUP BY and HAVING": (
        "SELECT b, COUNT(*) AS rows_of_it, SUM(n), MIN(s) FROM sample GROUP BY b"
        " HAVING COUNT(*) > 1 ORDER BY b",
        "SELECT n > 0 AS is_more, COUNT(*) FROM sample GROUP BY is_more ORDER BY is_more",
        "SELECT n > 0, COUNT(*) FROM sample GROUP BY 1 ORDER BY 1",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY ROLLUP (b, s) ORDER BY 1, 2, 3",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY CUBE (b, s) ORDER BY 1, 2, 3",
        "SELECT b, s, COUNT(*) FROM sample GROUP BY GROUPING SETS ((b), (s), ()) ORDER BY 1, 2, 3",
        "SELECT SUM(n), AVG(x), COUNT(*) FROM sample WHERE id > 99",
    ),
    "ORDER BY, OFFSET and LIMIT": (
        "SELECT n FROM sample ORDER BY n",
        "SELECT n FROM sample ORDER BY n DESC",
        "SELECT n FROM sample ORDER BY n ASC NULLS FIRST, id DESC NULLS LAST",
        "SELECT s AS word FROM sample ORDER BY LENGTH(s) DESC, word LIMIT 2",
        "SELECT id FROM sample ORDER BY 1 LIMIT 2 OFFSET 1",
    ),
    "Joins": ATHENAS["Joins"],
    "Subqueries": ATHENAS["Subqueries"],
    "WITH": (
        "SELECT COUNT(*) FROM (WITH some_of AS (SELECT id FROM sample WHERE b)"
        " SELECT * FROM some_of) AS counted",
        "WITH {sample}, some_of AS (SELECT id, n FROM sample WHERE b),"
        " most (largest) AS (SELECT MAX(n) FROM some_of)"
        " SELECT id, largest FROM some_of CROSS JOIN most ORDER BY id",
        "WITH RECURSIVE steps (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM steps"
        " WHERE step < 4) SELECT step FROM steps ORDER BY step",
    ),
    "UNION, INTERSECT and EXCEPT": (
        "SELECT b FROM sample UNION SELECT id > 3 FROM sample ORDER BY 1",
        "SELECT id FROM sample UNION ALL SELECT id FROM sample ORDER BY id LIMIT 3",
        "SELECT id FROM sample INTERSECT SELECT id FROM sample WHERE b ORDER BY id",
        "SELECT id FROM sample EXCEPT SELECT id FROM sample WHERE b ORDER BY id",
        "(SELECT id FROM sample WHERE b) UNION ALL (SELECT 9) ORDER BY id",
    ),
    "Windows": (
        (
            "SELECT id, AVG(i) OVER (PARTITION BY b) FROM sample ORDER BY id",
            "SELECT id, TRUNC(AVG(i) OVER (PARTITION BY b)) FROM sample ORDER BY id",
        ),
        "SELECT id, AVG(x) OVER (PARTITION BY b), COUNT(*) OVER (), SUM(i) OVER (PARTITION BY b)"
        " FROM sample ORDER BY id",
        "SELECT id, SUM(n) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),"
        " AVG(x) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING),"
        " MAX(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),"
        " MIN(n) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),"
        " SUM(n) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) FROM sample ORDER BY id",
        "SELECT b, SUM(n), RANK() OVER (ORDER BY SUM(n) DESC) FROM sample GROUP BY b ORDER BY 1",
        "SELECT b, SUM(SUM(n)) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING) FROM sample GROUP BY b"
        " ORDER BY 1",
        (
            "SELECT id, b FROM sample QUALIFY ROW_NUMBER() OVER (PARTITION BY b ORDER BY id) = 1"
            " ORDER BY id",
            "SELECT id, b FROM (SELECT id, b, ROW_NUMBER() OVER (PARTITION BY b ORDER BY id) AS r"
            " FROM sample) AS numbered WHERE r = 1 ORDER BY id",
        ),
    ),
}
