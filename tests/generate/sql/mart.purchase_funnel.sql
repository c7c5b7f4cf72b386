-- How far did people's visits come in each category, step after step?
WITH steps AS (
    SELECT
        s.event_date, s.visitor_id, s.started_at, s.device,
        coalesce(s.campaign, 'direct') AS campaign,
        category, event_type, (event_time, event_id) AS place
    FROM events AS e
    INNER JOIN sessions AS s
        ON e.visitor_id = s.visitor_id AND e.event_time BETWEEN s.started_at AND s.ended_at
    LEFT JOIN catalogue AS c
        ON e.sku = c.sku AND e.event_date BETWEEN c.valid_from AND c.valid_to
    WHERE NOT s.is_bot
),
viewed AS (
    SELECT event_date, visitor_id, started_at, device, campaign, category, min(place) AS since
    FROM steps WHERE event_type = 'page_view' AND category IS NOT NULL GROUP BY ALL
),
put_in_cart AS (
    SELECT v.* EXCLUDE (since), min(place) AS since
    FROM viewed AS v INNER JOIN steps AS s USING (visitor_id, started_at, category)
    WHERE s.event_type = 'cart_add' AND place > since GROUP BY ALL
),
checked_out AS (
    SELECT v.* EXCLUDE (since), min(place) AS since
    FROM put_in_cart AS v INNER JOIN steps AS s USING (visitor_id, started_at)
    WHERE s.event_type = 'checkout' AND place > since GROUP BY ALL
),
purchased AS (
    SELECT v.* EXCLUDE (since), min(place) AS since
    FROM checked_out AS v INNER JOIN steps AS s USING (visitor_id, started_at, category)
    WHERE s.event_type = 'purchase' AND place > since GROUP BY ALL
),
reached AS (
    SELECT *, 0 AS step FROM viewed
    UNION ALL SELECT *, 1 FROM put_in_cart
    UNION ALL SELECT *, 2 FROM checked_out
    UNION ALL SELECT *, 3 FROM purchased
)
SELECT
    event_date, category, device, campaign,
    count(*) FILTER (step = 0) AS viewed,
    count(*) FILTER (step = 1) AS put_in_cart,
    count(*) FILTER (step = 2) AS checked_out,
    count(*) FILTER (step = 3) AS purchased
FROM reached
GROUP BY ALL
