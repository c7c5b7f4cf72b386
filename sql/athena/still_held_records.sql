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
        COUNT_IF(status = 'released') OVER (
            PARTITION BY stream, shard, sequence_number, sub_sequence_number
        ) AS releases,
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
WHERE status = 'refused' AND releases = 0
ORDER BY arrived_at DESC, shard ASC, sequence_number ASC
LIMIT :top
