-- What did the shop take and pay back each day?
WITH totals AS (
    SELECT
        event_date,
        coalesce(sum(cents) FILTER (event_type = 'purchase'), 0)::BIGINT AS gross_cents,
        coalesce(sum(cents) FILTER (event_type = 'refund'), 0)::BIGINT AS refunds_cents,
        count(DISTINCT order_id) FILTER (event_type = 'purchase') AS orders
    FROM amounts GROUP BY ALL
)
SELECT
    *,
    gross_cents - refunds_cents AS net_cents,
    CASE
        WHEN orders = 0 THEN NULL
        WHEN 2 * (gross_cents % orders) > orders THEN gross_cents // orders + 1
        WHEN 2 * (gross_cents % orders) = orders
            THEN gross_cents // orders + gross_cents // orders % 2
        ELSE gross_cents // orders
    END AS average_order_cents
FROM totals
