-- Where the table of a family ends for a topic: its highest offset from {begin} on (-1: none), the rows from {begin} on,
-- and the server's clock.
SELECT ifNull(maxOrNull(toInt64(offset)), -1) AS table_end, count() AS row_count, now64(6, 'UTC') AS server_time
FROM {table:Identifier}
WHERE topic = {topic:String} AND partition = 0 AND offset >= {begin:UInt64};
