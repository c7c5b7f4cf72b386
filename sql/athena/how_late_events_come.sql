-- How late do events come, day by day?
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    event_date,
    COUNT(*) AS events,
    COUNT_IF(received_at >= event_time + INTERVAL '1' HOUR) AS an_hour_late,
    COUNT_IF(received_at >= event_time + INTERVAL '1' DAY) AS a_day_late
FROM clean.storefront_events
WHERE event_date BETWEEN :first_day AND :last_day
GROUP BY event_date
ORDER BY event_date
