-- How many events of each type came on each day, and what share of the day were they?
-- figures
-- :first_day date = yesterday
-- :last_day date = yesterday
WITH activity_of_the_days AS (
    SELECT
        event_date,
        event_type,
        events,
        people,
        repositories,
        SUM(events) OVER (PARTITION BY event_date) AS events_of_the_day
    FROM mart.daily_activity
    WHERE event_date BETWEEN :first_day AND :last_day
)

SELECT
    event_date,
    event_type,
    events,
    people,
    repositories,
    ROUND(100.0 * events / events_of_the_day, 1) AS percent_of_day
FROM activity_of_the_days
ORDER BY event_date ASC, events DESC, event_type ASC
