-- What was refused, for which reason, and since when?
-- :since timestamp = 2000-01-01T00:00:00Z
WITH refusals AS (
    SELECT
        reasons,
        stream,
        shard,
        sequence_number,
        arrived_at
    FROM quarantine.github_events
    WHERE status = 'refused' AND arrived_at >= :since
),

broken_rules AS (
    SELECT
        broken.rule AS reason,
        refusals.stream,
        refusals.shard,
        refusals.sequence_number,
        refusals.arrived_at
    FROM refusals
    CROSS JOIN UNNEST(refusals.reasons) AS broken (rule)
)

SELECT
    reason,
    COUNT(*) AS records,
    MIN(arrived_at) AS first_arrived_at,
    MAX(arrived_at) AS last_arrived_at,
    MAX_BY(
        CONCAT(stream, '/', shard, '/', LTRIM(sequence_number, '0')), arrived_at
    ) AS newest_record
FROM broken_rules
GROUP BY reason
ORDER BY records DESC, reason ASC
