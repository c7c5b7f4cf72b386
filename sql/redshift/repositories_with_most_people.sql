-- Which repositories had the most people taking part on a day?
-- figures
-- :day date = yesterday
-- :top integer = 20
WITH activity_of_the_day AS (
    SELECT
        repository,
        people,
        events,
        pushes,
        issues_opened,
        pull_requests_opened
    FROM mart.repository_activity
    WHERE event_date = :day
)

SELECT
    repository,
    people,
    events,
    pushes,
    issues_opened,
    pull_requests_opened
FROM activity_of_the_day
ORDER BY people DESC, events DESC, repository ASC
LIMIT :top
