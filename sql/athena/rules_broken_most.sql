-- Which rules are broken most, since when, and by what share of the rows?
-- :since timestamp = 2000-01-01T00:00:00Z
-- :top integer = 20
WITH judged AS (
    SELECT
        table_name,
        rule,
        severity,
        judged_at,
        holds,
        rows_judged,
        rows_broken
    FROM quality.verdicts
    WHERE judged_at >= :since
),

by_rule AS (
    SELECT
        table_name,
        rule,
        severity,
        COUNT(*) AS verdicts,
        COUNT_IF(NOT holds) AS times_broken,
        MIN(CASE WHEN NOT holds THEN judged_at END) AS first_broken_at,
        MAX(CASE WHEN NOT holds THEN judged_at END) AS last_broken_at,
        SUM(rows_judged) AS rows_judged,
        SUM(rows_broken) AS rows_broken
    FROM judged
    GROUP BY table_name, rule, severity
)

SELECT
    table_name,
    rule,
    severity,
    times_broken,
    ROUND(100e0 * times_broken / verdicts, 1) AS percent_of_verdicts,
    first_broken_at,
    last_broken_at,
    rows_broken,
    ROUND(100e0 * rows_broken / NULLIF(rows_judged, 0), 2) AS percent_of_rows
FROM by_rule
WHERE times_broken > 0
ORDER BY times_broken DESC, table_name ASC, rule ASC
LIMIT :top
