-- Values of the log that are no events, each at its place in the log, with the bytes as they came. One row a place: of
-- several versions the highest counts (read it with FINAL). Landing writes version 0; what a person decides later is a
-- higher one, so that a lander that comes late never undoes it. Nothing is ever deleted.
CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String) COMMENT '主题 | topic of the log',
    partition UInt16 COMMENT '分区，恒为0 | partition of the topic, always 0',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    appended_at DateTime64(3, 'UTC') COMMENT '写入日志的时刻 | when the log took it, by the log''s own clock',
    schema_id Nullable(UInt32) COMMENT '模式编号 | schema id in the frame, when there is a frame',
    reason_code LowCardinality(String) COMMENT '原因代码 | why, as a code',
    reason String COMMENT '原因 | why, in words; never a value of the event',
    key Nullable(String) COMMENT 'Kafka 键 | key as it came',
    value Nullable(String) COMMENT '原始字节 | the bytes as they came',
    headers Array(Tuple(name String, value Nullable(String))) COMMENT 'Kafka 头 | headers as they came',
    publisher Nullable(String) COMMENT '发布系统（取自头） | publisher, from the headers',
    epoch Nullable(Int32) COMMENT '序号纪元（取自头） | epoch, from the headers',
    sequence Nullable(Int64) COMMENT '序号（取自头） | sequence, from the headers: so that it is no gap',
    state LowCardinality(String) COMMENT '状态 | OPEN, REDRIVEN, DROPPED or PARKED',
    note String COMMENT '处置理由 | why somebody dropped or parked it',
    actor String COMMENT '处置人 | who decided',
    at DateTime64(6, 'UTC') COMMENT '本状态的时刻 | since when it is in this state',
    version UInt64 COMMENT '版本 | 0 by landing, then microseconds of at'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, partition, offset)
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '死信 | values of the log that are no events';
