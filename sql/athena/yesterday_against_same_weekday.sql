-- How did the shop do yesterday, against the same weekday a week before and the four before that?
-- :day date = yesterday
WITH visits AS (
    SELECT
        event_date,
        visitors,
        sessions,
        DATE_DIFF('day', event_date, :day) AS days_ago
    FROM mart.storefront_day
    WHERE event_date IN (
        :day,
        DATE_ADD('day', -7, :day),
        DATE_ADD('day', -14, :day),
        DATE_ADD('day', -21, :day),
        DATE_ADD('day', -28, :day)
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
        DATE_ADD('day', -7, :day),
        DATE_ADD('day', -14, :day),
        DATE_ADD('day', -21, :day),
        DATE_ADD('day', -28, :day)
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
        SUM(visitors) / COUNT(*) AS visitors,
        SUM(sessions) / COUNT(*) AS sessions,
        SUM(orders) / COUNT(*) AS orders,
        SUM(net_cents) / COUNT(*) AS net_cents
    FROM days
    WHERE days_ago > 0
    HAVING COUNT(*) > 0
)

SELECT
    of_what,
    visitors,
    sessions,
    orders,
    CAST(net_cents AS DECIMAL(18, 2)) / 100 AS net
FROM compared
ORDER BY place
