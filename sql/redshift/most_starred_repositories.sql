-- Which repositories gained the most stars on a day?
-- figures
-- :day date = yesterday
-- :top integer = 20
WITH stars_of_the_day AS (
    SELECT
        repository,
        stars,
        forks,
        people
    FROM mart.repository_activity
    WHERE event_date = :day AND stars > 0
)

SELECT
    repository,
    stars,
    forks,
    people
FROM stars_of_the_day
ORDER BY stars DESC, repository ASC
LIMIT :top
