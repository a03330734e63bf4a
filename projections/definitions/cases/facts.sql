-- Enforcement events in the order of their cases: what a case is folded from, packed as gather.sql says. It holds nothing
-- that the log does not; it may be dropped and gathered anew.
CREATE TABLE IF NOT EXISTS {facts:Identifier}
(
    stream_id String COMMENT '案件代号 | case',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    fact UInt256 COMMENT '何事、法定日期、延长天数、事件 | what happened, its legal day, days of an extension, the event',
    recorded_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was written down',
    marks UInt8 COMMENT '第0位：撤回；以上：共享级别 | bit 0: retracted; above: how far it is shared',
    teller LowCardinality(String) COMMENT '区划与发布方 | region and publisher',
    weight UInt256 COMMENT '立案：登记时刻与事件；0：非立案 | of a filing when it was written down, and the event; 0: no filing',
    filing String COMMENT '立案所载 | what a filing says'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
