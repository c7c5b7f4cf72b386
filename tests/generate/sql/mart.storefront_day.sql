-- How many people came each day, how many of them for the first time, and how often?
WITH people AS (SELECT * FROM events WHERE device <> 'bot' AND event_type <> 'refund'),
firsts AS (SELECT visitor_id, min(event_date) AS first_seen FROM people GROUP BY ALL),
came AS (
    SELECT
        event_date,
        count(DISTINCT visitor_id) AS visitors,
        count(DISTINCT visitor_id) FILTER (event_date = first_seen) AS new_visitors,
        count(*) FILTER (event_type = 'page_view') AS page_views
    FROM people INNER JOIN firsts USING (visitor_id)
    GROUP BY ALL
),
visits AS (
    SELECT event_date, count(*) AS sessions, count(*) FILTER (is_bounce) AS bounces
    FROM sessions WHERE NOT is_bot GROUP BY ALL
)
SELECT
    event_date,
    coalesce(visitors, 0) AS visitors,
    coalesce(new_visitors, 0) AS new_visitors,
    coalesce(visitors - new_visitors, 0) AS returning_visitors,
    coalesce(page_views, 0) AS page_views,
    coalesce(sessions, 0) AS sessions,
    coalesce(bounces, 0) AS bounces,
    bounces / sessions AS bounce_rate
FROM came FULL JOIN visits USING (event_date)
