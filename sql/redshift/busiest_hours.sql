-- Which hours of the day (UTC) are the busiest?
-- :first_day date = yesterday
-- :last_day date = yesterday
WITH events_of_the_days AS (
    SELECT
        actor_id,
        event_type,
        EXTRACT(HOUR FROM event_time) AS hour_of_day
    FROM clean.github_events
    WHERE event_date BETWEEN :first_day AND :last_day
)

SELECT
    hour_of_day,
    COUNT(*) AS events,
    SUM(CASE WHEN event_type = 'PushEvent' THEN 1 ELSE 0 END) AS pushes,
    COUNT(DISTINCT actor_id) AS people
FROM events_of_the_days
GROUP BY hour_of_day
ORDER BY events DESC, hour_of_day ASC
