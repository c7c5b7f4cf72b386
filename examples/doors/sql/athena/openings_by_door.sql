-- How often was each door opened on a day?
-- :day date = yesterday
SELECT
    door,
    COUNT(*) AS openings
FROM clean.doors
WHERE day = :day
GROUP BY door
ORDER BY openings DESC, door ASC
