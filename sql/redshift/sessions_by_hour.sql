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
    SUM(CASE WHEN converted THEN 1 ELSE 0 END) AS with_an_order,
    ROUND(
        100.0 * SUM(CASE WHEN converted THEN 1 ELSE 0 END) / COUNT(*), 1
    ) AS percent_with_an_order,
    CAST(TRUNC(SUM(duration_seconds) / COUNT(*)) AS BIGINT) AS mean_seconds
FROM visits
GROUP BY hour_of_day
ORDER BY hour_of_day
