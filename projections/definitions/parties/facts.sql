-- Events that name a party, in the order of parties. It holds nothing that the log does not.
CREATE TABLE IF NOT EXISTS party_facts
(
    party_key String COMMENT '当事人键 | party',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    event_type LowCardinality(String) COMMENT '事件类型 | event type',
    region LowCardinality(String) COMMENT '区划 | region of the publisher',
    stream_id String COMMENT '案件代号 | case',
    decision_id String COMMENT '决定标识；空：无 | decision; empty: none',
    decided_on Nullable(Date32) COMMENT '决定日 | day of decision',
    party_kind LowCardinality(String) COMMENT '当事人类别 | kind of party',
    party_name String COMMENT '单位名称 | name of an organisation',
    birth_band String COMMENT '出生年段 | birth-year band of a person',
    registered_in LowCardinality(String) COMMENT '住所地区划 | region of registration',
    event_id UUID COMMENT '事件编号 | event',
    recorded_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was written down',
    retracted Bool COMMENT '撤回 | retracted'
)
ENGINE = ReplacingMergeTree
ORDER BY (party_key, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
