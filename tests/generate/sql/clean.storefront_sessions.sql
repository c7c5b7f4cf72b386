-- Which visits were there? A visit ends with half an hour without an event; it goes on past midnight,
-- but for a visitor without such a pause in a whole day it ends with that day. Refunds belong to none.
WITH came AS (SELECT * FROM events WHERE event_type <> 'refund'),
moments AS (
    SELECT visitor_id, event_date, event_time AS moment FROM came
    UNION ALL SELECT DISTINCT visitor_id, event_date, event_date::TIMESTAMP FROM came
    UNION ALL SELECT DISTINCT visitor_id, event_date, event_date + INTERVAL 1 DAY FROM came
),
pauses AS (
    SELECT
        visitor_id, event_date,
        lead(moment) OVER (PARTITION BY visitor_id, event_date ORDER BY moment) - moment AS pause
    FROM moments
),
restless AS (
    SELECT visitor_id, event_date FROM pauses
    GROUP BY ALL HAVING max(pause) < INTERVAL 30 MINUTE
),
with_before AS (
    SELECT *, lag(event_time) OVER (PARTITION BY visitor_id ORDER BY event_time, event_id) AS before
    FROM came
),
numbered AS (
    SELECT
        *, sum(CASE
            WHEN before IS NULL OR event_time - before >= INTERVAL 30 MINUTE THEN 1
            WHEN before::DATE < event_date AND (visitor_id, before::DATE) IN (FROM restless) THEN 1
            ELSE 0
        END) OVER (PARTITION BY visitor_id ORDER BY event_time, event_id) AS number
    FROM with_before
)
SELECT
    min(event_date) AS event_date,
    visitor_id,
    min(event_time) AS started_at,
    max(event_time) AS ended_at,
    datediff('millisecond', started_at, ended_at) // 1000 AS duration_seconds,
    count(*) AS events,
    count(*) FILTER (event_type = 'page_view') AS page_views,
    first(page ORDER BY event_time, event_id) AS entry_page,
    last(page ORDER BY event_time, event_id) AS exit_page,
    first(campaign ORDER BY event_time, event_id) FILTER (campaign IS NOT NULL) AS campaign,
    first(device ORDER BY event_time, event_id) AS device,
    bool_or(device = 'bot') AS is_bot,
    count(*) = 1 AS is_bounce,
    bool_or(event_type = 'purchase') AS converted
FROM numbered
GROUP BY visitor_id, number
