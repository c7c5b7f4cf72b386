-- What happened in one repository, day by day?
-- figures
-- :repository text
-- :first_day date = 2015-01-01
-- :last_day date = today
SELECT
    event_date,
    events,
    people,
    pushes,
    commits,
    stars,
    forks,
    issues_opened,
    pull_requests_opened,
    pull_requests_merged
FROM mart.repository_activity
WHERE repository = :repository AND event_date BETWEEN :first_day AND :last_day
ORDER BY event_date
