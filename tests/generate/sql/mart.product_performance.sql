-- How often did people look at each product, put it in a cart and buy it, each day?
WITH products AS (
    SELECT e.*, category, cents
    FROM events AS e
    LEFT JOIN catalogue AS c
        ON e.sku = c.sku AND e.event_date BETWEEN c.valid_from AND c.valid_to
    LEFT JOIN (SELECT event_id, cents FROM amounts) AS a ON e.event_id = a.event_id
    WHERE e.sku IS NOT NULL AND device <> 'bot'
        AND event_type IN ('page_view', 'cart_add', 'purchase')
)
SELECT
    event_date, sku, category,
    count(*) FILTER (event_type = 'page_view') AS views,
    coalesce(sum(quantity) FILTER (event_type = 'cart_add'), 0)::BIGINT AS cart_adds,
    count(DISTINCT order_id) FILTER (event_type = 'purchase') AS orders,
    coalesce(sum(quantity) FILTER (event_type = 'purchase'), 0)::BIGINT AS units,
    coalesce(sum(cents) FILTER (event_type = 'purchase'), 0)::BIGINT AS gross_cents
FROM products
GROUP BY ALL
