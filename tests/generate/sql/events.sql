-- Every event that has to pass the gate, once: the lines that came, but for those told otherwise.
CREATE TABLE events AS
WITH lines AS (
    SELECT regexp_extract(filename, '[^/]+$') AS file, line, payload
    FROM (
        SELECT filename, content.string_split(chr(10)) AS parts
        FROM read_text(getvariable('folder') || '/events/*')
    ), UNNEST(parts) WITH ORDINALITY AS _ (payload, line)
    WHERE payload <> ''
),
faults AS (FROM read_csv(getvariable('folder') || '/truth/lines.csv', all_varchar = true)),
good AS (
    SELECT payload::JSON AS p FROM lines
    WHERE NOT EXISTS (
        FROM faults
        WHERE faults.file = lines.file AND faults.line::BIGINT = lines.line AND found <> 'late'
    )
)
SELECT
    coalesce(p ->> '$.event_id', p ->> '$.id') AS event_id,
    coalesce(p ->> '$.type', p ->> '$.event') AS event_type,
    coalesce(p ->> '$.at', p ->> '$.ts')::TIMESTAMP AS event_time,
    event_time::DATE AS event_date,
    coalesce(p ->> '$.visitor.id', p ->> '$.user') AS visitor_id,
    p ->> '$.device.kind' AS device,
    p ->> '$.campaign' AS campaign,
    p ->> '$.page' AS page,
    p ->> '$.sku' AS sku,
    (p ->> '$.quantity')::BIGINT AS quantity,
    (p ->> '$.unit_price')::BIGINT AS unit_price,
    p ->> '$.currency' AS currency,
    p ->> '$.order_id' AS order_id
FROM good;

-- What each product was on which days.
CREATE TABLE catalogue AS FROM read_csv(getvariable('folder') || '/reference/catalogue.csv');

-- Lines of orders and refunds in euro cents: whole numbers, half to even, a line at a time.
CREATE TABLE amounts AS
WITH rates AS (
    SELECT * REPLACE ((euro_cents * 1_000_000)::BIGINT AS euro_cents)
    FROM read_csv(
        getvariable('folder') || '/reference/exchange_rates.csv', types = {'euro_cents': 'DECIMAL(18, 6)'}
    )
),
millionths AS (
    SELECT e.*, quantity::HUGEINT * unit_price * euro_cents AS worth
    FROM events AS e
    INNER JOIN rates AS r
        ON e.currency = r.currency AND e.event_date BETWEEN r.valid_from AND r.valid_to
)
SELECT
    * EXCLUDE (worth),
    CASE
        WHEN worth % 1_000_000 > 500_000 THEN worth // 1_000_000 + 1
        WHEN worth % 1_000_000 = 500_000 THEN worth // 1_000_000 + worth // 1_000_000 % 2
        ELSE worth // 1_000_000
    END::BIGINT AS cents
FROM millionths;
