-- Which products are paid back most often?
-- :first_day date = yesterday
-- :last_day date = yesterday
-- :top integer = 20
WITH order_lines AS (
    SELECT
        sku,
        SUM(CASE WHEN event_type = 'purchase' THEN quantity ELSE 0 END) AS units_sold,
        SUM(CASE WHEN event_type = 'refund' THEN quantity ELSE 0 END) AS units_paid_back,
        COUNT(DISTINCT CASE WHEN event_type = 'refund' THEN order_id END) AS orders_paid_back
    FROM clean.storefront_events
    WHERE
        event_date BETWEEN :first_day AND :last_day
        AND event_type IN ('purchase', 'refund')
    GROUP BY sku
)

SELECT
    sku,
    units_sold,
    units_paid_back,
    orders_paid_back,
    ROUND(100.0 * units_paid_back / NULLIF(units_sold, 0), 1) AS percent_paid_back
FROM order_lines
WHERE units_paid_back > 0
ORDER BY units_paid_back DESC, sku ASC
LIMIT :top
