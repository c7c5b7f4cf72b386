-- Which rules do not hold as of each table's newest verdict, and since when?
-- :table_like text = %
WITH newest_first AS (
    SELECT
        table_name,
        rule,
        severity,
        run,
        judged_at,
        holds,
        found,
        DENSE_RANK() OVER (
            PARTITION BY table_name
            ORDER BY judged_at DESC, commit_number DESC
        ) AS verdicts_back,
        COUNT_IF(holds) OVER (
            PARTITION BY table_name, rule
            ORDER BY judged_at DESC, commit_number DESC
        ) AS held_since
    FROM quality.verdicts
    WHERE table_name LIKE :table_like
)

SELECT
    table_name,
    rule,
    severity,
    MIN(judged_at) AS broken_since,
    MIN_BY(run, judged_at) AS first_run,
    COUNT(*) AS times_in_a_row,
    MAX(CASE WHEN verdicts_back = 1 THEN found END) AS found_last
FROM newest_first
WHERE held_since = 0
GROUP BY table_name, rule, severity
HAVING MIN(verdicts_back) = 1
ORDER BY broken_since ASC, table_name ASC, rule ASC
