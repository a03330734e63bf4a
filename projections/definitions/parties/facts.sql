-- Events that name a party, in the order of parties, packed as gather.sql says. It holds nothing that the log does not; it
-- may be dropped and gathered anew.
CREATE TABLE IF NOT EXISTS {facts:Identifier}
(
    party_key String COMMENT '当事人键 | party',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    event_type LowCardinality(String) COMMENT '事件类型 | event type',
    region LowCardinality(String) COMMENT '区划 | region of the publisher',
    named String COMMENT '案件代号或决定标识 | the case, or of a decision the decision',
    decided_on Nullable(Date32) COMMENT '决定日 | day of decision',
    event_id UUID COMMENT '事件编号 | event',
    retracted Bool COMMENT '撤回 | retracted',
    weight UInt256 COMMENT '登记时刻与事件 | when it was written down, and the event',
    description String COMMENT '当事人情况 | what is said of the party'
)
ENGINE = ReplacingMergeTree
ORDER BY (party_key, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
