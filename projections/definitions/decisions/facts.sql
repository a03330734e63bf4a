-- Events that name a decision, in the order of decisions, packed as gather.sql says. It holds nothing that the log does not;
-- it may be dropped and gathered anew.
CREATE TABLE IF NOT EXISTS {facts:Identifier}
(
    decision_id String COMMENT '决定标识 | decision',
    topic LowCardinality(String) COMMENT '主题 | topic',
    offset UInt64 COMMENT '偏移量 | place in the topic',
    fact UInt256 COMMENT '何事、法定日期、事件、金额、处罚项数 | what happened, its legal day, the event, an amount, how many penalties',
    marks UInt8 COMMENT '第0位：撤回；以上：共享级别 | bit 0: retracted; above: how far it is shared',
    weight UInt256 COMMENT '决定：信息来源、登记时刻、事件；0：非决定 | of a decision who tells of it, when it was written down, the event; 0: no decision',
    paper String COMMENT '决定书所载 | what a decision says'
)
ENGINE = ReplacingMergeTree
ORDER BY (decision_id, topic, offset)
SETTINGS index_granularity = 128, min_compress_block_size = 4096
