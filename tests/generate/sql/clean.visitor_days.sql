-- What did each visitor do on each day?
SELECT
    event_date,
    visitor_id,
    bool_or(device = 'bot') AS is_bot,
    count(*) FILTER (event_type <> 'refund') AS events,
    count(*) FILTER (event_type = 'page_view') AS page_views,
    count(DISTINCT order_id) FILTER (event_type = 'purchase') AS orders,
    coalesce(sum(cents) FILTER (event_type = 'purchase'), 0)::BIGINT AS gross_cents,
    coalesce(sum(cents) FILTER (event_type = 'refund'), 0)::BIGINT AS refunds_cents
FROM events LEFT JOIN (SELECT event_id, cents FROM amounts) USING (event_id)
GROUP BY ALL
