-- How many people came each day, how many of them for the first time, and how many left at once?
-- figures
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    event_date,
    visitors,
    new_visitors,
    returning_visitors,
    sessions,
    ROUND(CAST(100 * bounce_rate AS DECIMAL(18, 6)), 1) AS percent_bounced
FROM mart.storefront_day
WHERE event_date BETWEEN :first_day AND :last_day
ORDER BY event_date
