-- Who pushed the most on a day, people or bots?
-- :day date = yesterday
-- :top integer = 20
WITH pushes_of_the_day AS (
    SELECT
        actor,
        repository_id,
        push_distinct_size,
        REGEXP_LIKE(LOWER(actor), '(\[bot\]|-bot|bot)$') AS is_bot
    FROM clean.github_events
    WHERE event_date = :day AND event_type = 'PushEvent'
)

SELECT
    actor,
    is_bot,
    COUNT(*) AS pushes,
    SUM(push_distinct_size) AS distinct_commits,
    COUNT(DISTINCT repository_id) AS repositories
FROM pushes_of_the_day
GROUP BY actor, is_bot
ORDER BY pushes DESC, actor ASC
LIMIT :top
