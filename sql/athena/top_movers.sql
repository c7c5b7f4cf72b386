-- Which products gained or lost the most, this week against the week before?
-- :last_day date = yesterday
-- :top integer = 20
WITH sold AS (
    SELECT
        sku,
        SUM(CASE WHEN event_date > DATE_ADD('day', -7, :last_day) THEN units ELSE 0 END) AS units,
        SUM(
            CASE WHEN event_date <= DATE_ADD('day', -7, :last_day) THEN units ELSE 0 END
        ) AS units_before,
        SUM(
            CASE
                WHEN event_date > DATE_ADD('day', -7, :last_day) THEN gross_cents
                ELSE -gross_cents
            END
        ) AS gained_cents
    FROM mart.product_performance
    WHERE
        event_date > DATE_ADD('day', -14, :last_day)
        AND event_date <= :last_day
    GROUP BY sku
)

SELECT
    sku,
    units_before,
    units,
    CAST(gained_cents AS DECIMAL(18, 2)) / 100 AS gained
FROM sold
WHERE gained_cents <> 0
ORDER BY ABS(gained_cents) DESC, sku ASC
LIMIT :top
