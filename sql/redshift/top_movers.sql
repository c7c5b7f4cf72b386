-- Which products gained or lost the most, this week against the week before?
-- figures
-- :last_day date = yesterday
-- :top integer = 20
WITH sold AS (
    SELECT
        sku,
        SUM(CASE WHEN event_date > CAST(:last_day AS DATE) - 7 THEN units ELSE 0 END) AS units,
        SUM(
            CASE WHEN event_date <= CAST(:last_day AS DATE) - 7 THEN units ELSE 0 END
        ) AS units_before,
        SUM(
            CASE
                WHEN event_date > CAST(:last_day AS DATE) - 7 THEN gross_cents
                ELSE -gross_cents
            END
        ) AS gained_cents
    FROM mart.product_performance
    WHERE
        event_date > CAST(:last_day AS DATE) - 14
        AND event_date <= :last_day
    GROUP BY sku
)

SELECT
    sku,
    units_before,
    units,
    CAST(gained_cents / 100.0 AS DECIMAL(18, 2)) AS gained
FROM sold
WHERE gained_cents <> 0
ORDER BY ABS(gained_cents) DESC, sku ASC
LIMIT :top
