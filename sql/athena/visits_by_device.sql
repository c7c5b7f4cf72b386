-- On which devices do people look, and on which do they buy?
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    device,
    COUNT(*) AS sessions,
    COUNT(DISTINCT visitor_id) AS visitors,
    SUM(page_views) AS page_views,
    COUNT_IF(is_bounce) AS bounces,
    COUNT_IF(converted) AS with_an_order,
    ROUND(100.0 * COUNT_IF(converted) / COUNT(*), 1) AS percent_with_an_order
FROM clean.storefront_sessions
WHERE event_date BETWEEN :first_day AND :last_day AND NOT is_bot
GROUP BY device
ORDER BY sessions DESC, device ASC
