-- On which devices do people look, and on which do they buy?
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    device,
    COUNT(*) AS sessions,
    COUNT(DISTINCT visitor_id) AS visitors,
    SUM(page_views) AS page_views,
    SUM(CASE WHEN is_bounce THEN 1 ELSE 0 END) AS bounces,
    SUM(CASE WHEN converted THEN 1 ELSE 0 END) AS with_an_order,
    ROUND(100.0 * SUM(CASE WHEN converted THEN 1 ELSE 0 END) / COUNT(*), 1) AS percent_with_an_order
FROM clean.storefront_sessions
WHERE event_date BETWEEN :first_day AND :last_day AND NOT is_bot
GROUP BY device
ORDER BY sessions DESC, device ASC
