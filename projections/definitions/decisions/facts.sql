-- Events that name a decision, in the order of decisions. It holds nothing that the log does not. 1900-01-01: no day.
CREATE TABLE IF NOT EXISTS decision_facts
(
    decision_id String COMMENT '决定标识 | decision',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    event_type LowCardinality(String) COMMENT '事件类型 | event type',
    source LowCardinality(String) COMMENT '信息来源 | who tells of it',
    day Date32 COMMENT '事件所述法定日期 | the legal day that it tells of',
    amount Decimal(18, 2) COMMENT '罚款或已缴，元 | yuan: the fine, or what was paid',
    listed UInt16 COMMENT '处罚项数 | penalties in the document',
    event_id UUID COMMENT '事件编号 | event',
    recorded_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was written down',
    retracted Bool COMMENT '撤回 | retracted'
)
ENGINE = ReplacingMergeTree
ORDER BY (decision_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096;

-- What a decision says.
CREATE TABLE IF NOT EXISTS decision_papers
(
    decision_id String COMMENT '决定标识 | decision',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    region LowCardinality(String) COMMENT '区划 | region of the publisher',
    agency String COMMENT '决定机关代码 | USCC of the deciding agency',
    document_number String COMMENT '文号，原样 | document number as written',
    stream_id String COMMENT '案件代号 | case',
    decided_on Nullable(Date32) COMMENT '决定日 | day of decision',
    procedure LowCardinality(String) COMMENT '程序 | procedure',
    domain LowCardinality(String) COMMENT '执法领域 | field of enforcement',
    party_key String COMMENT '当事人键；空：无 | party; empty: none',
    party_kind LowCardinality(String) COMMENT '当事人类别 | kind of party',
    item_code String COMMENT '统一事项代码 | canonical violation item',
    severity LowCardinality(String) COMMENT '裁量档次 | severity band',
    act_id String COMMENT '违法行为代号 | act, where known',
    act_place LowCardinality(String) COMMENT '违法行为发生地 | place of the act',
    act_on Nullable(Date32) COMMENT '违法行为日 | day of the act',
    penalties Array(Tuple(kind LowCardinality(String), amount Nullable(Decimal(18, 2)))) COMMENT '处罚 | penalties',
    fine Decimal(18, 2) COMMENT '罚款，元 | fine, yuan'
)
ENGINE = ReplacingMergeTree
ORDER BY (decision_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
