-- Who is worth the most to the shop?
-- :top integer = 20
SELECT
    visitor_id,
    first_seen,
    last_seen,
    days,
    orders,
    CAST(lifetime_value_cents / 100.0 AS DECIMAL(18, 2)) AS lifetime_value
FROM mart.visitors
WHERE orders > 0
ORDER BY lifetime_value_cents DESC, visitor_id ASC
LIMIT :top
