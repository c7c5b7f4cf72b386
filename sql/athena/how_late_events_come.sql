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
    COUNT_IF(came_at >= event_time + INTERVAL '1' HOUR) AS an_hour_late,
    COUNT_IF(came_at >= event_time + INTERVAL '1' DAY) AS a_day_late
FROM arrivals
GROUP BY event_date
ORDER BY event_date
