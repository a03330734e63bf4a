-- One row a publisher, epoch and block of 8192 offsets of a topic: which sequence numbers lie there. The view unites the
-- blocks; so a tick looks at the newest block of a topic and not at all of it.
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    topic LowCardinality(String) COMMENT '主题 | topic',
    block UInt64 COMMENT '区块：偏移量整除8192 | offset divided by 8192',
    publisher LowCardinality(String) COMMENT '发布方 | publisher',
    epoch Int32 COMMENT '纪元 | epoch',
    region LowCardinality(String) COMMENT '区划 | region',
    events UInt64 COMMENT '事件数，含重发 | events, resends included',
    runs Array(Tuple(first Int64, last Int64)) COMMENT '连续序号段 | runs of consecutive sequence numbers',
    last_recorded_at DateTime64(6, 'UTC') COMMENT '最近登记时刻 | last writing down',
    last_appended_at DateTime64(3, 'UTC') COMMENT '最近写入日志时刻 | last append to the log',
    has_facts UInt8 COMMENT '恒为1 | always 1',
    version UInt64 COMMENT '折叠所依日志位置之和 | sum of the cut; only grows',
    settled UInt64 COMMENT '整理所依截面之和；0：新近折叠 | sum of the cut at which rows were settled; 0: a fresh row',
    key_no UInt64 MATERIALIZED sipHash64(topic, block, publisher, epoch) COMMENT '键的散列 | hash of the key'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY settled > 0
ORDER BY (topic, block, publisher, epoch)
SETTINGS index_granularity = 256
