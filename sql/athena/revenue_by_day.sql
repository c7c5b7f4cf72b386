-- What did the shop take and pay back each day, in euros?
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    event_date,
    CAST(gross_cents AS DECIMAL(18, 2)) / 100 AS gross,
    CAST(refunds_cents AS DECIMAL(18, 2)) / 100 AS refunds,
    CAST(net_cents AS DECIMAL(18, 2)) / 100 AS net,
    orders,
    CAST(average_order_cents AS DECIMAL(18, 2)) / 100 AS average_order
FROM mart.daily_revenue
WHERE event_date BETWEEN :first_day AND :last_day
ORDER BY event_date
