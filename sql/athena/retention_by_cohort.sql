-- Of the people first seen in a week, what share came back in each week after?
-- :first_week date = 2026-01-05
WITH cohorts AS (
    SELECT
        began.cohort_week,
        began.visitors
    FROM mart.weekly_retention AS began
    WHERE began.week = began.cohort_week AND began.cohort_week >= :first_week
)

SELECT
    retention.cohort_week,
    DATE_DIFF('week', retention.cohort_week, retention.week) AS weeks_later,
    retention.visitors,
    ROUND(100.0 * retention.visitors / NULLIF(cohorts.visitors, 0), 1) AS percent_of_cohort
FROM mart.weekly_retention AS retention
INNER JOIN cohorts ON retention.cohort_week = cohorts.cohort_week
ORDER BY retention.cohort_week, weeks_later
