-- Which organisations were the busiest, and how many people took part?
-- :first_day date = yesterday
-- :last_day date = yesterday
-- :top integer = 20
SELECT
    organisation,
    COUNT(*) AS events,
    COUNT(DISTINCT actor_id) AS people,
    COUNT(DISTINCT repository_id) AS repositories,
    COUNT_IF(event_type = 'PushEvent') AS pushes,
    MIN(event_time) AS first_event,
    MAX(event_time) AS last_event
FROM clean.github_events
WHERE event_date BETWEEN :first_day AND :last_day AND organisation IS NOT NULL
GROUP BY organisation
ORDER BY events DESC, organisation ASC
LIMIT :top
