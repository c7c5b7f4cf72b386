-- Which repositories rose the most in stars, from one day to the next?
-- figures
-- :day date = yesterday
-- :top integer = 20
WITH two_days AS (
    SELECT
        repository,
        SUM(CASE WHEN event_date = :day THEN stars ELSE 0 END) AS stars,
        SUM(CASE WHEN event_date < :day THEN stars ELSE 0 END) AS stars_before
    FROM mart.repository_activity
    WHERE event_date BETWEEN CAST(:day AS DATE) - 1 AND :day
    GROUP BY repository
)

SELECT
    repository,
    stars_before,
    stars,
    stars - stars_before AS risen_by
FROM two_days
WHERE stars > stars_before
ORDER BY risen_by DESC, repository ASC
LIMIT :top
