-- Which records are held in quarantine now, and where do they stand on the stream?
-- :top integer = 20
WITH last_word_on_each_record AS (
    SELECT
        stream,
        shard,
        sequence_number,
        sub_sequence_number,
        arrived_at,
        reasons,
        SUM(CASE WHEN status = 'refused' THEN 1 ELSE -1 END) OVER (
            PARTITION BY stream, shard, sequence_number, sub_sequence_number
        ) AS refused_more_than_released,
        ROW_NUMBER() OVER (
            PARTITION BY stream, shard, sequence_number, sub_sequence_number, status
            ORDER BY recorded_at DESC
        ) AS age,
        status
    FROM quarantine.github_events
)

SELECT
    arrived_at,
    ARRAY_JOIN(reasons, ', ') AS broken_rules,
    stream,
    shard,
    LTRIM(sequence_number, '0') AS sequence_number
FROM last_word_on_each_record
WHERE status = 'refused' AND age = 1 AND refused_more_than_released > 0
ORDER BY arrived_at DESC, shard ASC, sequence_number ASC
LIMIT :top
