"""The functions of Redshift's SQL that answer here as they do there, each with the examples of it.

Redshift grew from PostgreSQL: ``make test-engines`` asks every example of a real one too, and rows
are equal. What only Redshift has stands in a pair, with what its manual says that it means, in
PostgreSQL's words. What isn't here is refused.
"""

Example = str | tuple[str, str]
"""A text that both run, or Redshift's and PostgreSQL's for the same."""

SAMPLE = """\
sample AS (
    SELECT
        1 AS id, 7 AS i, CAST(7 AS bigint) AS n, CAST(2.5 AS double precision) AS x,
        CAST(39.80 AS decimal(18, 2)) AS m, CAST('Ann Sea' AS varchar(40)) AS s,
        CAST('2026-03-01' AS date) AS d, CAST('2026-03-01 13:05:09.25' AS timestamp) AS t,
        CAST('2026-03-01 13:05:09.25+00' AS timestamptz) AS z, TRUE AS b,
        CAST('{"k": "v", "n": 7.50, "o": {"a": "deep"}}' AS varchar(80)) AS j
    UNION ALL
    SELECT
        2, -3, CAST(-9007199254740993 AS bigint), CAST(-2.5 AS double precision),
        CAST(-0.05 AS decimal(18, 2)), ' tide ', CAST('2024-02-29' AS date),
        CAST('2024-02-29 00:00:00' AS timestamp),
        CAST('2024-12-31 23:59:59.999999+00' AS timestamptz), FALSE, '{"k": "", "n": -1.5}'
    UNION ALL
    SELECT
        3, 0, CAST(0 AS bigint), CAST(0 AS double precision), CAST(0 AS decimal(18, 2)), '',
        CAST('1969-12-31' AS date), CAST('1969-12-31 23:59:59.000001' AS timestamp),
        CAST('1970-01-01 00:00:00+00' AS timestamptz), FALSE, '{}'
    UNION ALL
    SELECT
        4, CAST(NULL AS integer), CAST(NULL AS bigint), CAST(NULL AS double precision),
        CAST(NULL AS decimal(18, 2)), CAST(NULL AS varchar(40)), CAST(NULL AS date),
        CAST(NULL AS timestamp), CAST(NULL AS timestamptz), CAST(NULL AS boolean),
        CAST(NULL AS varchar(80))
    UNION ALL
    SELECT
        5, 2147483647, CAST(123456789012 AS bigint), CAST(1234.5678 AS double precision),
        CAST(123456.75 AS decimal(18, 2)), 'straße ŁÓDŹ', CAST('2025-12-29' AS date),
        CAST('2025-12-29 06:30:00' AS timestamp), CAST('2025-12-29 06:30:00+00' AS timestamptz),
        TRUE, '{"o": {"b": 1}}'
)"""

GROUPS: dict[str, dict[str, tuple[Example, ...]]] = {
    "Numbers": {
        "abs": ("ABS(n)", "ABS(x)", "ABS(m)"),
        "acos": ("ACOS(x / 10000)",),
        "asin": ("ASIN(x / 10000)",),
        "atan": ("ATAN(x)",),
        "atan2": ("ATAN2(x, 2)",),
        "cbrt": ("CBRT(x)",),
        "ceil": ("CEIL(x)", "CEIL(m)"),
        "ceiling": ("CEILING(x)", "CEILING(m)"),
        "cos": ("COS(x)",),
        "degrees": ("DEGREES(x)",),
        "exp": ("EXP(x / 100)",),
        "floor": ("FLOOR(x)", "FLOOR(m)"),
        "greatest": ("GREATEST(n, i)", "GREATEST(s, 'b')", "GREATEST(m, 10)"),
        "least": ("LEAST(n, i)", "LEAST(d, DATE '2025-01-01')", "LEAST(m, 10)"),
        "ln": ("LN(ABS(x) + 1)",),
        "log": ("LOG(ABS(x) + 1)",),
        "mod": ("MOD(n, 5)", "MOD(i, 4)", "MOD(m, 3)"),
        "pi": ("PI()",),
        "power": ("POWER(x, 3)", "POWER(i, 2)"),
        "radians": ("RADIANS(x)",),
        "random": ("RANDOM() >= 0",),
        "round": (
            "ROUND(x)",
            "ROUND(m)",
            "ROUND(m, 1)",
            "ROUND(100.0 * i / 7, 1)",
            ("ROUND(x, 1)", "CAST(ROUND(CAST(x AS numeric), 1) AS float8)"),
        ),
        "sign": ("SIGN(n)", "SIGN(x)", "SIGN(m)"),
        "sin": ("SIN(x)",),
        "sqrt": ("SQRT(ABS(x))", "SQRT(ABS(i))"),
        "tan": ("TAN(x)",),
        "trunc": ("TRUNC(m)", "TRUNC(m, 1)", "TRUNC(x)"),
    },
    "Conditions": {
        "coalesce": ("COALESCE(n, 0)", "COALESCE(m, 0)", "COALESCE(s, '-')", "COALESCE(i, n, 1)"),
        "decode": (
            ("DECODE(i, 7, 'seven', 'no')", "CASE WHEN i = 7 THEN 'seven' ELSE 'no' END"),
            (
                "DECODE(i, 7, 'seven', 0, 'none')",
                "CASE WHEN i = 7 THEN 'seven' WHEN i = 0 THEN 'none' END",
            ),
            (
                "DECODE(i, NULL, 'nothing', 'something')",
                "CASE WHEN i IS NULL THEN 'nothing' ELSE 'something' END",
            ),
        ),
        "nullif": ("NULLIF(n, 0)", "NULLIF(s, '')", "NULLIF(m, 0)"),
        "nvl": (("NVL(n, 0)", "COALESCE(n, 0)"), ("NVL(s, '-')", "COALESCE(s, '-')")),
        "nvl2": (("NVL2(s, 'some', 'none')", "CASE WHEN s IS NULL THEN 'none' ELSE 'some' END"),),
    },
    "Types": {
        "cast": (
            "CAST(m AS bigint)",
            "CAST(x AS integer)",
            "CAST(n AS varchar)",
            "CAST(d AS varchar)",
            "CAST(m AS varchar(20))",
            "CAST(i AS double precision)",
            "CAST(i AS decimal(18, 2))",
            "CAST(x AS decimal(10, 1))",
            "CAST(t AS date)",
            "CAST(z AS date)",
            "CAST(d AS timestamp)",
            "CAST('2026-03-01' AS date)",
            "CAST(' 7 ' AS bigint)",
            "CAST(s AS varchar(3))",
            "CAST(i AS boolean)",
            "CAST(b AS integer)",
            "i::float8",
            "NULLIF(i, 2147483647)::smallint",
            "CAST(2.5 AS real)",
            "n::text",
            "t::timestamptz",
            "CAST(t AS varchar)",
            "(d - DATE '2024-01-01')::varchar",
        ),
    },
    "Text": {
        "ascii": ("ASCII(s)",),
        "btrim": ("BTRIM(s)", "BTRIM(s, 'An')"),
        "char_length": ("CHAR_LENGTH(s)",),
        "charindex": (("CHARINDEX('n', s)", "STRPOS(s, 'n')"),),
        "chr": ("CHR(65)", "CHR(i % 10 + 70)"),
        "concat": (("CONCAT(s, '!')", "s || '!'"),),
        "initcap": ("INITCAP(LOWER(s))",),
        "left": ("LEFT(s, 3)",),
        "len": (("LEN(s)", "LENGTH(s)"),),
        "length": ("LENGTH(s)",),
        "lower": ("LOWER(s)",),
        "lpad": ("LPAD(s, 5, '*')", "LPAD(CAST(i AS varchar), 3, '0')", "LPAD(s, 9)"),
        "ltrim": ("LTRIM(s)", "LTRIM('007', '0')"),
        "md5": ("MD5(s)",),
        "position": ("POSITION('e' IN s)",),
        "repeat": ("REPEAT(s, 2)",),
        "replace": ("REPLACE(s, 'n', 'm')",),
        "reverse": ("REVERSE(s)",),
        "right": ("RIGHT(s, 3)",),
        "rpad": ("RPAD(s, 5, '*')",),
        "rtrim": ("RTRIM(s)", "RTRIM('700', '0')"),
        "sha2": (("SHA2(s, 256)", "ENCODE(SHA256(CONVERT_TO(s, 'UTF8')), 'hex')"),),
        "split_part": ("SPLIT_PART(s, ' ', 1)", "SPLIT_PART(s, ' ', 3)"),
        "strpos": ("STRPOS(s, 'n')", "STRPOS(s, 'zz')"),
        "substr": ("SUBSTR(s, 2)", "SUBSTR(s, 2, 3)"),
        "substring": (
            "SUBSTRING(s, 2, 3)",
            "SUBSTRING(s FROM 2 FOR 3)",
            "SUBSTRING(s, 0, 3)",
            "SUBSTRING(s, -1, 4)",
            "SUBSTRING(s, STRPOS(s, 'n'))",
        ),
        "translate": ("TRANSLATE(s, 'nS', 'mZ')",),
        "trim": ("TRIM(s)", "TRIM(BOTH 'A' FROM s)", "TRIM(LEADING FROM s)"),
        "upper": ("UPPER(s)",),
    },
    "Patterns": {
        "regexp_count": (("REGEXP_COUNT(s, '[a-z]')", "REGEXP_COUNT(s, '[a-z]')"),),
        "regexp_replace": (
            ("REGEXP_REPLACE(s, '[aeiou]', '*')", "REGEXP_REPLACE(s, '[aeiou]', '*', 'g')"),
            ("REGEXP_REPLACE(s, 'n')", "REGEXP_REPLACE(s, 'n', '', 'g')"),
        ),
        "regexp_substr": (
            (
                "REGEXP_SUBSTR(s, '[a-z]+')",
                "CASE WHEN s IS NOT NULL THEN COALESCE(REGEXP_SUBSTR(s, '[a-z]+'), '') END",
            ),
        ),
    },
    "Days and times": {
        "convert_timezone": (
            (
                "CONVERT_TIMEZONE('Europe/Warsaw', t)",
                "t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Warsaw'",
            ),
            (
                "CONVERT_TIMEZONE('Europe/Warsaw', 'Asia/Tokyo', t)",
                "t AT TIME ZONE 'Europe/Warsaw' AT TIME ZONE 'Asia/Tokyo'",
            ),
        ),
        "current_date": ("CURRENT_DATE = CURRENT_DATE",),
        "date": ("DATE(t)", "DATE('2026-03-01')"),
        "date_part": (
            "DATE_PART('year', d)",
            ("DATE_PART(month, t)", "DATE_PART('month', t)"),
            ("DATE_PART(dow, d)", "DATE_PART('dow', d)"),
            ("DATE_PART(week, d)", "DATE_PART('week', d)"),
            "DATE_PART('hour', t)",
        ),
        "date_trunc": (
            "DATE_TRUNC('day', t)",
            "DATE_TRUNC('hour', t)",
            "DATE_TRUNC('minute', t)",
            "DATE_TRUNC('year', t)",
            "DATE_TRUNC('week', z)",
            ("DATE_TRUNC('week', d)", "DATE_TRUNC('week', CAST(d AS timestamp))"),
            ("DATE_TRUNC('month', d)", "DATE_TRUNC('month', CAST(d AS timestamp))"),
            ("DATE_TRUNC('quarter', d)", "DATE_TRUNC('quarter', CAST(d AS timestamp))"),
        ),
        "dateadd": (
            ("DATEADD(day, 1, d)", "d + INTERVAL '1 day'"),
            ("DATEADD(month, 1, d)", "d + INTERVAL '1 month'"),
            ("DATEADD(week, -1, t)", "t - INTERVAL '7 day'"),
            ("DATEADD(hour, 25, t)", "t + INTERVAL '25 hour'"),
            ("DATEADD(minute, i % 60, t)", "t + (i % 60) * INTERVAL '1 minute'"),
            ("DATEADD(second, 5, t)", "t + INTERVAL '5 second'"),
            ("DATEADD(year, 1, d)", "d + INTERVAL '1 year'"),
            ("DATEADD('day', -7, d)", "d - INTERVAL '7 day'"),
        ),
        "datediff": (
            ("DATEDIFF(day, d, DATE '2026-03-04')", "DATE '2026-03-04' - d"),
            (
                "DATEDIFF('day', t, TIMESTAMP '2026-03-04 01:00:00')",
                "DATE '2026-03-04' - CAST(t AS date)",
            ),
            (
                "DATEDIFF(month, d, DATE '2026-03-31')",
                "(2026 - EXTRACT(year FROM d)) * 12 + 3 - EXTRACT(month FROM d)",
            ),
            ("DATEDIFF(year, d, DATE '2026-02-28')", "2026 - EXTRACT(year FROM d)"),
            (
                "DATEDIFF(hour, t, TIMESTAMP '2026-03-02 00:00:00')",
                "EXTRACT(epoch FROM TIMESTAMP '2026-03-02 00:00:00' - DATE_TRUNC('hour', t))"
                " / 3600",
            ),
            (
                "DATEDIFF(minute, t, TIMESTAMP '2026-03-02 00:00:00')",
                "EXTRACT(epoch FROM TIMESTAMP '2026-03-02 00:00:00' - DATE_TRUNC('minute', t))"
                " / 60",
            ),
            (
                "DATEDIFF(second, t, TIMESTAMP '2026-03-02 00:00:00')",
                "EXTRACT(epoch FROM TIMESTAMP '2026-03-02 00:00:00' - DATE_TRUNC('second', t))",
            ),
        ),
        "extract": (
            "EXTRACT(year FROM d)",
            "EXTRACT(quarter FROM d)",
            "EXTRACT(month FROM t)",
            "EXTRACT(week FROM d)",
            "EXTRACT(day FROM z)",
            "EXTRACT(dow FROM d)",
            "EXTRACT(doy FROM t)",
            "EXTRACT(hour FROM t)",
            "EXTRACT(minute FROM z)",
            ("EXTRACT(second FROM t)", "FLOOR(EXTRACT(second FROM t))"),
        ),
        "getdate": (("GETDATE() > t", "LOCALTIMESTAMP > t"),),
        "last_day": (
            (
                "LAST_DAY(d)",
                "CAST(DATE_TRUNC('month', d) + INTERVAL '1 month' - INTERVAL '1 day' AS date)",
            ),
        ),
        "sysdate": (("SYSDATE > t", "LOCALTIMESTAMP > t"),),
        "to_char": (
            "TO_CHAR(t, 'YYYY-MM-DD HH24:MI:SS')",
            "TO_CHAR(d, 'DD.MM.YY')",
            "TO_CHAR(t, 'HH12:MI AM')",
            "TO_CHAR(d, 'Mon')",
            "TO_CHAR(d, 'Dy')",
            "TO_CHAR(t, 'YYYYMM')",
        ),
        "to_date": (
            "TO_DATE('2026-03-01', 'YYYY-MM-DD')",
            "TO_DATE('01.03.2026', 'DD.MM.YYYY')",
        ),
    },
    "JSON": {
        "json_array_length": (
            ("JSON_ARRAY_LENGTH('[1, 2, 3]')", "JSON_ARRAY_LENGTH(CAST('[1, 2, 3]' AS json))"),
        ),
        "json_extract_path_text": (
            ("JSON_EXTRACT_PATH_TEXT(j, 'k')", "CAST(j AS json) ->> 'k'"),
            ("JSON_EXTRACT_PATH_TEXT(j, 'o', 'a')", "CAST(j AS json) #>> '{o,a}'"),
            (
                "CAST(JSON_EXTRACT_PATH_TEXT(j, 'n') AS decimal(5, 2))",
                "CAST(CAST(j AS json) ->> 'n' AS decimal(5, 2))",
            ),
        ),
    },
    "Aggregates": {
        "any_value": ("ANY_VALUE(7)",),
        "avg": (
            ("AVG(i)", "CAST(TRUNC(AVG(i)) AS bigint)"),
            ("AVG(n)", "CAST(TRUNC(AVG(n)) AS bigint)"),
            "AVG(x)",
            "AVG(i::float8)",
            "AVG(m::float8)",
        ),
        "bool_and": ("BOOL_AND(b)",),
        "bool_or": ("BOOL_OR(b)",),
        "count": ("COUNT(*)", "COUNT(n)", "COUNT(DISTINCT b)", "COUNT(1)"),
        "listagg": (
            ("LISTAGG(s, ',') WITHIN GROUP (ORDER BY id)", "STRING_AGG(s, ',' ORDER BY id)"),
        ),
        "max": ("MAX(n)", "MAX(s)", "MAX(d)", "MAX(m)", "MAX(z)"),
        "median": (("MEDIAN(x)", "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x)"),),
        "min": ("MIN(n)", "MIN(s)", "MIN(d)", "MIN(t)"),
        "percentile_cont": ("PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY x)",),
        "percentile_disc": ("PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY n)",),
        "stddev": ("STDDEV(x)",),
        "stddev_pop": ("STDDEV_POP(x)",),
        "stddev_samp": ("STDDEV_SAMP(x)",),
        "sum": ("SUM(n)", "SUM(i)", "SUM(x)", "SUM(m)", "SUM(i) / 2", "SUM(DISTINCT i)"),
        "var_pop": ("VAR_POP(x)",),
        "var_samp": ("VAR_SAMP(x)",),
        "variance": ("VARIANCE(x)",),
    },
    "Windows": {
        "cume_dist": ("CUME_DIST() OVER (ORDER BY n)",),
        "dense_rank": ("DENSE_RANK() OVER (ORDER BY b)",),
        "first_value": (
            "FIRST_VALUE(s) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)",
            "FIRST_VALUE(n) OVER (PARTITION BY b ORDER BY id"
            " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
        ),
        "lag": ("LAG(n) OVER (ORDER BY id)", "LAG(n, 2) OVER (ORDER BY id)"),
        "last_value": (
            "LAST_VALUE(s) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
        ),
        "lead": ("LEAD(s) OVER (ORDER BY id)",),
        "nth_value": (
            "NTH_VALUE(s, 2) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
        ),
        "ntile": ("NTILE(2) OVER (ORDER BY id)",),
        "percent_rank": ("PERCENT_RANK() OVER (ORDER BY n)",),
        "rank": ("RANK() OVER (ORDER BY b)", "RANK() OVER (PARTITION BY b ORDER BY n DESC)"),
        "ratio_to_report": (("RATIO_TO_REPORT(i) OVER ()", "i / CAST(SUM(i) OVER () AS float8)"),),
        "row_number": ("ROW_NUMBER() OVER (ORDER BY n)",),
    },
}
