-- Enforcement events in the order of their cases: what a case is folded from. It holds nothing that the log does not; it may
-- be dropped and gathered anew. 1900-01-01: no day.
CREATE TABLE IF NOT EXISTS case_facts
(
    stream_id String COMMENT '案件代号 | case',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    event_type LowCardinality(String) COMMENT '事件类型 | event type',
    day Date32 COMMENT '事件所述法定日期 | the legal day that it tells of',
    days UInt16 COMMENT '延长天数 | days of an extension',
    event_id UUID COMMENT '事件编号 | event',
    recorded_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was written down',
    retracted Bool COMMENT '撤回 | retracted',
    region LowCardinality(String) COMMENT '区划 | region of the publisher',
    publisher LowCardinality(String) COMMENT '发布方 | publisher'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096;

-- What the filing of a case says beside its day.
CREATE TABLE IF NOT EXISTS case_filings
(
    stream_id String COMMENT '案件代号 | case',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    event_id UUID COMMENT '事件编号 | event',
    region LowCardinality(String) COMMENT '区划 | region of the publisher',
    publisher LowCardinality(String) COMMENT '发布方 | publisher',
    agency String COMMENT '立案机关代码 | USCC of the agency',
    case_number String COMMENT '立案号 | case number as written',
    domain LowCardinality(String) COMMENT '执法领域 | field of enforcement',
    procedure LowCardinality(String) COMMENT '程序 | procedure',
    item_code String COMMENT '统一事项代码 | canonical violation item',
    severity LowCardinality(String) COMMENT '裁量档次 | severity band',
    act_place LowCardinality(String) COMMENT '违法行为发生地 | place of the act',
    act_on Nullable(Date32) COMMENT '违法行为日 | day of the act',
    party_key String COMMENT '当事人键；空：无 | party; empty: none',
    party_kind LowCardinality(String) COMMENT '当事人类别 | kind of party',
    filed_on Nullable(Date32) COMMENT '立案日 | day of filing'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
