-- At which hours (UTC) do people visit the shop, and at which do they buy?
-- :first_day date = yesterday
-- :last_day date = yesterday
WITH visits AS (
    SELECT
        EXTRACT(HOUR FROM started_at) AS hour_of_day,
        duration_seconds,
        converted
    FROM clean.storefront_sessions
    WHERE event_date BETWEEN :first_day AND :last_day AND NOT is_bot
)

SELECT
    hour_of_day,
    COUNT(*) AS sessions,
    COUNT_IF(converted) AS with_an_order,
    ROUND(100.0 * COUNT_IF(converted) / COUNT(*), 1) AS percent_with_an_order,
    SUM(duration_seconds) / COUNT(*) AS mean_seconds
FROM visits
GROUP BY hour_of_day
ORDER BY hour_of_day
