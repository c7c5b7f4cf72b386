-- What have the people first seen in a week brought in, week after week, each?
-- :first_week date = 2026-01-05
WITH cohorts AS (
    SELECT
        visitor_id,
        CAST(DATE_TRUNC('week', first_seen) AS DATE) AS cohort_week
    FROM mart.visitors
    WHERE CAST(DATE_TRUNC('week', first_seen) AS DATE) >= :first_week
),

sizes AS (
    SELECT
        cohort_week,
        COUNT(*) AS people
    FROM cohorts
    GROUP BY cohort_week
),

visited AS (
    SELECT
        visitor_id,
        event_date,
        gross_cents,
        refunds_cents
    FROM clean.visitor_days
    WHERE event_date >= :first_week
),

done AS (
    SELECT
        cohorts.cohort_week,
        CAST(FLOOR((visited.event_date - cohorts.cohort_week) / 7.0) AS INTEGER) AS weeks_later,
        visited.gross_cents - visited.refunds_cents AS net_cents
    FROM visited
    INNER JOIN cohorts ON visited.visitor_id = cohorts.visitor_id
),

weeks AS (
    SELECT
        cohort_week,
        weeks_later,
        SUM(SUM(net_cents)) OVER (
            PARTITION BY cohort_week
            ORDER BY weeks_later
            ROWS UNBOUNDED PRECEDING
        ) AS net_cents
    FROM done
    GROUP BY cohort_week, weeks_later
)

SELECT
    weeks.cohort_week,
    weeks.weeks_later,
    sizes.people,
    CAST(weeks.net_cents / 100.0 AS DECIMAL(18, 2)) AS net_so_far,
    CAST(weeks.net_cents / (100.0 * sizes.people) AS DECIMAL(18, 2)) AS net_each
FROM weeks
INNER JOIN sizes ON weeks.cohort_week = sizes.cohort_week
ORDER BY weeks.cohort_week, weeks.weeks_later
