-- Facts that were ever corrected or retracted, with all their revisions and resends, and where these lie in the log. A
-- part of the log by another order, so that a fold finds what is superseded without reading all: it may be dropped and made anew.
CREATE TABLE IF NOT EXISTS corrections
(
    fact_id UUID COMMENT '事实编号 | the fact',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    family LowCardinality(String) COMMENT '事件族 | family',
    publisher LowCardinality(String) COMMENT '发布方 | publisher; only its own corrections count',
    revision Int32 COMMENT '修订号 | revision',
    event_id UUID COMMENT '事件编号 | event',
    retracted Bool COMMENT '撤回 | retracted',
    event_type LowCardinality(String) COMMENT '事件类型 | event type',
    stream_id String COMMENT '事项代号 | stream',
    decision_id String COMMENT '决定标识 | decision, if any',
    party_key String COMMENT '当事人键 | party, if any',
    recorded_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was written down'
)
ENGINE = ReplacingMergeTree
ORDER BY (fact_id, topic, offset)
SETTINGS index_granularity = 1024;
