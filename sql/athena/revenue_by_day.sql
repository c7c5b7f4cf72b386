-- What did the shop take and pay back each day, in euros?
-- :first_day date = yesterday
-- :last_day date = yesterday
SELECT
    event_date,
    gross_cents / 100.0 AS gross,
    refunds_cents / 100.0 AS refunds,
    net_cents / 100.0 AS net,
    orders,
    average_order_cents / 100.0 AS average_order
FROM mart.daily_revenue
WHERE event_date BETWEEN :first_day AND :last_day
ORDER BY event_date
