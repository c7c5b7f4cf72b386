-- Which orders were paid back on a day, and when had they been made?
-- :day date = yesterday
-- :days_back integer = 90
WITH refunds AS (
    SELECT
        order_id,
        ordered_on,
        sku,
        quantity,
        unit_price,
        currency
    FROM clean.storefront_events
    WHERE event_type = 'refund' AND event_date = :day
),

-- Of an order made longer ago, only the day is told.
purchases AS (
    SELECT
        order_id,
        sku,
        event_date,
        event_time
    FROM clean.storefront_events
    WHERE
        event_type = 'purchase'
        AND event_date >= DATE_ADD('day', -:days_back, :day)
        AND event_date <= :day
)

SELECT
    refunds.order_id,
    refunds.ordered_on,
    refunds.sku,
    refunds.quantity,
    refunds.unit_price,
    refunds.currency,
    purchases.event_time AS ordered_at
FROM refunds
LEFT JOIN purchases
    ON
        refunds.order_id = purchases.order_id
        AND refunds.sku = purchases.sku
        AND refunds.ordered_on = purchases.event_date
ORDER BY refunds.order_id, refunds.sku
