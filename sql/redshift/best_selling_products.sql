-- Which products brought in the most?
-- figures
-- :first_day date = yesterday
-- :last_day date = yesterday
-- :top integer = 20
WITH sold AS (
    SELECT
        sku,
        SUM(views) AS times_viewed,
        SUM(units) AS units,
        SUM(orders) AS orders,
        CAST(SUM(gross_cents) / 100.0 AS DECIMAL(18, 2)) AS gross
    FROM mart.product_performance
    WHERE event_date BETWEEN :first_day AND :last_day
    GROUP BY sku
)

SELECT
    sku,
    times_viewed,
    units,
    orders,
    gross
FROM sold
WHERE units > 0
ORDER BY gross DESC, sku ASC
LIMIT :top
