-- How late do events come, day by day?
-- :first_day date = yesterday
-- :last_day date = yesterday
WITH arrivals AS (
    SELECT
        event_date,
        event_time,
        LEAST(received_at, arrived_at) AS came_at
    FROM clean.storefront_events
    WHERE event_date BETWEEN :first_day AND :last_day
)

SELECT
    event_date,
    COUNT(*) AS events,
    SUM(CASE WHEN came_at >= event_time + INTERVAL '1 hour' THEN 1 ELSE 0 END) AS an_hour_late,
    SUM(CASE WHEN came_at >= event_time + INTERVAL '1 day' THEN 1 ELSE 0 END) AS a_day_late
FROM arrivals
GROUP BY event_date
ORDER BY event_date
