-- Who has been seen, since when, and what are they worth to the shop?
WITH people AS (
    SELECT events.*, coalesce(cents, 0) AS cents
    FROM events LEFT JOIN (SELECT event_id, cents FROM amounts) USING (event_id)
    WHERE device <> 'bot'
)
SELECT
    visitor_id,
    min(event_date) FILTER (event_type <> 'refund') AS first_seen,
    max(event_date) FILTER (event_type <> 'refund') AS last_seen,
    count(DISTINCT event_date) FILTER (event_type <> 'refund') AS days,
    count(DISTINCT order_id) FILTER (event_type = 'purchase') AS orders,
    sum(CASE event_type WHEN 'purchase' THEN cents WHEN 'refund' THEN -cents ELSE 0 END)::BIGINT
        AS lifetime_value_cents
FROM people
GROUP BY ALL
HAVING first_seen IS NOT NULL
