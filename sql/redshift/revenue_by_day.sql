-- What did the shop take and pay back each day, in euros?
-- figures
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    event_date,
    CAST(gross_cents / 100.0 AS DECIMAL(18, 2)) AS gross,
    CAST(refunds_cents / 100.0 AS DECIMAL(18, 2)) AS refunds,
    CAST(net_cents / 100.0 AS DECIMAL(18, 2)) AS net,
    orders,
    CAST(average_order_cents / 100.0 AS DECIMAL(18, 2)) AS average_order
FROM mart.daily_revenue
WHERE event_date BETWEEN :first_day AND :last_day
ORDER BY event_date
