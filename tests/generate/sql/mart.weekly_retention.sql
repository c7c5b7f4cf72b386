-- Of the people first seen in a week, how many came in each week since?
WITH weeks AS (
    SELECT DISTINCT visitor_id, date_trunc('week', event_date)::DATE AS week
    FROM events WHERE event_type <> 'refund' AND device <> 'bot'
),
cohorts AS (SELECT visitor_id, min(week) AS cohort_week FROM weeks GROUP BY ALL)
SELECT cohort_week, week, count(*) AS visitors
FROM weeks INNER JOIN cohorts USING (visitor_id)
GROUP BY ALL
