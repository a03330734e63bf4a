-- Events that name a party, in the order of parties, packed as gather.sql says. It holds nothing that the log does not; it
-- may be dropped and gathered anew.
CREATE TABLE IF NOT EXISTS {facts:Identifier}
(
    party_key String COMMENT '当事人键 | party',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    fact UInt256 COMMENT '登记时刻、事件、是否撤回、立案或决定、决定日 | when it was written down, the event, whether it is retracted, a filing or a decision, the day of a decision',
    description String COMMENT '案件代号或决定标识，及当事人情况 | the case, or of a decision the decision, and what is said of the party'
)
ENGINE = ReplacingMergeTree
ORDER BY (party_key, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
