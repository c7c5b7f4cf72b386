-- What share of the rows that came did each rule refuse, day by day?
-- :first_day date = 2000-01-01
-- :last_day date = today
WITH refusals AS (
    SELECT
        CAST(judged_at AS DATE) AS judged_on,
        table_name,
        rule,
        rows_judged,
        rows_broken
    FROM quality.verdicts
    -- What a block kept back is judged again by the next run.
    WHERE
        severity = 'refuse' AND verdict <> 'block'
        AND judged_at >= CAST(:first_day AS TIMESTAMP)
        AND judged_at < CAST(DATE_ADD('day', 1, :last_day) AS TIMESTAMP)
)

SELECT
    judged_on,
    table_name,
    rule,
    SUM(rows_broken) AS refused,
    SUM(rows_judged) AS judged,
    ROUND(100e0 * SUM(rows_broken) / NULLIF(SUM(rows_judged), 0), 2) AS percent_refused
FROM refusals
GROUP BY judged_on, table_name, rule
HAVING SUM(rows_broken) > 0
ORDER BY judged_on ASC, refused DESC, rule ASC
