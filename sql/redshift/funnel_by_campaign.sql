-- How far do the visits of each campaign come, from looking to buying?
-- figures
-- :first_day date = yesterday
-- :last_day date = yesterday
WITH campaigns AS (
    SELECT
        campaign,
        SUM(viewed) AS viewed,
        SUM(put_in_cart) AS put_in_cart,
        SUM(checked_out) AS checked_out,
        SUM(purchased) AS purchased
    FROM mart.purchase_funnel
    WHERE event_date BETWEEN :first_day AND :last_day
    GROUP BY campaign
)

SELECT
    campaign,
    viewed,
    put_in_cart,
    checked_out,
    purchased,
    ROUND(100.0 * purchased / NULLIF(viewed, 0), 1) AS percent_purchased
FROM campaigns
ORDER BY viewed DESC, campaign ASC
