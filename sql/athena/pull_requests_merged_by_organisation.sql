-- Which organisations merge the largest share of the pull requests they close?
-- :first_day date = yesterday
-- :last_day date = yesterday
-- :at_least integer = 3
-- :top integer = 20
WITH closed_pull_requests AS (
    SELECT
        organisation,
        pull_request_merged
    FROM clean.github_events
    WHERE
        event_date BETWEEN :first_day AND :last_day
        AND event_type = 'PullRequestEvent'
        AND action = 'closed'
        AND organisation IS NOT NULL
),

closed_by_organisation AS (
    SELECT
        organisation,
        COUNT(*) AS closed,
        COUNT_IF(pull_request_merged) AS merged
    FROM closed_pull_requests
    GROUP BY organisation
)

SELECT
    organisation,
    closed,
    merged,
    ROUND(100e0 * merged / closed, 1) AS merged_percent
FROM closed_by_organisation
WHERE closed >= :at_least
ORDER BY merged_percent DESC, closed DESC, organisation ASC
LIMIT :top
