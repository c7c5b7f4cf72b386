-- How did the shop do yesterday, against the same weekday a week before and the four before that?
-- figures
-- :day date = yesterday
WITH visits AS (
    SELECT
        event_date,
        visitors,
        sessions,
        CAST(:day AS DATE) - event_date AS days_ago
    FROM mart.storefront_day
    WHERE event_date IN (
        :day,
        CAST(:day AS DATE) - 7,
        CAST(:day AS DATE) - 14,
        CAST(:day AS DATE) - 21,
        CAST(:day AS DATE) - 28
    )
),

money AS (
    SELECT
        event_date,
        orders,
        net_cents
    FROM mart.daily_revenue
    WHERE event_date IN (
        :day,
        CAST(:day AS DATE) - 7,
        CAST(:day AS DATE) - 14,
        CAST(:day AS DATE) - 21,
        CAST(:day AS DATE) - 28
    )
),

days AS (
    SELECT
        visits.days_ago,
        visits.visitors,
        visits.sessions,
        COALESCE(money.orders, 0) AS orders,
        COALESCE(money.net_cents, 0) AS net_cents
    FROM visits
    LEFT JOIN money ON visits.event_date = money.event_date
),

compared AS (
    SELECT
        'that day' AS of_what,
        1 AS place,
        visitors,
        sessions,
        orders,
        net_cents
    FROM days
    WHERE days_ago = 0
    UNION ALL
    SELECT
        'a week before' AS of_what,
        2 AS place,
        visitors,
        sessions,
        orders,
        net_cents
    FROM days
    WHERE days_ago = 7
    UNION ALL
    SELECT
        'mean of four weeks' AS of_what,
        3 AS place,
        CAST(TRUNC(SUM(visitors) / COUNT(*)) AS BIGINT) AS visitors,
        CAST(TRUNC(SUM(sessions) / COUNT(*)) AS BIGINT) AS sessions,
        CAST(TRUNC(SUM(orders) / COUNT(*)) AS BIGINT) AS orders,
        CAST(TRUNC(SUM(net_cents) / COUNT(*)) AS BIGINT) AS net_cents
    FROM days
    WHERE days_ago > 0
    HAVING COUNT(*) > 0
)

SELECT
    of_what,
    visitors,
    sessions,
    orders,
    CAST(net_cents / 100.0 AS DECIMAL(18, 2)) AS net
FROM compared
ORDER BY place
