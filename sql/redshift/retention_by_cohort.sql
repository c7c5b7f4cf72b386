-- Of the people first seen in a week, what share came back in each week after?
-- figures
-- :first_week date = 2026-01-05
WITH retention AS (
    SELECT
        cohort_week,
        week,
        visitors
    FROM mart.weekly_retention
    WHERE cohort_week >= :first_week AND week >= :first_week
),

cohorts AS (
    SELECT
        cohort_week,
        visitors
    FROM retention
    WHERE week = cohort_week
)

SELECT
    retention.cohort_week,
    CAST(FLOOR((retention.week - retention.cohort_week) / 7.0) AS INTEGER) AS weeks_later,
    retention.visitors,
    ROUND(100.0 * retention.visitors / NULLIF(cohorts.visitors, 0), 1) AS percent_of_cohort
FROM retention
INNER JOIN cohorts ON retention.cohort_week = cohorts.cohort_week
ORDER BY retention.cohort_week, weeks_later
