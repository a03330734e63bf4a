-- One row a referral between regions (clue, case file, goods, assistance, service, evidence, publication push, report).
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    stream_id String COMMENT '移送代号 | surrogate of the referral',
    exchange_form LowCardinality(String) COMMENT '形式 | form of exchange',
    domain LowCardinality(String) COMMENT '执法领域 | field of enforcement',
    urgency LowCardinality(String) COMMENT '紧急程度 | urgency',
    from_region LowCardinality(String) COMMENT '发出区划 | sending region',
    to_region LowCardinality(String) COMMENT '接收区划 | receiving region',
    item_code String COMMENT '统一事项代码 | canonical item',
    correlation_id UUID COMMENT '跨区事项编号 | cross-region matter',
    sent_on Nullable(Date32) COMMENT '发出日 | day sent',
    reply_by Nullable(Date32) COMMENT '要求答复日 | reply-by day of the letter',
    delivered_on Nullable(Date32) COMMENT '送达日 | first delivery',
    acknowledged_on Nullable(Date32) COMMENT '签收日 | first acknowledgement',
    accepted_on Nullable(Date32) COMMENT '接收日 | first acceptance',
    refusals Array(Tuple(refused_on Date32, reason String)) COMMENT '拒收 | refusals',
    supplements Array(Date32) COMMENT '要求补正日 | days a supplement was asked',
    filed_on Nullable(Date32) COMMENT '接收方立案日 | first case filed by the receiver',
    no_case_on Nullable(Date32) COMMENT '接收方不立案日 | first decision not to file',
    answered_on Nullable(Date32) COMMENT '协查答复日 | first answer to a request',
    reported_on Nullable(Date32) COMMENT '结果反馈日 | first report of the outcome',
    closed_on Nullable(Date32) COMMENT '办结日 | first closing',
    withdrawn_on Nullable(Date32) COMMENT '撤回日 | first withdrawal',
    dissemination LowCardinality(String) COMMENT '共享级别：所依事件中最严者 | how far it is shared: the strictest level of its events',
    event_ids Array(UUID) COMMENT '现行事实的事件 | events of its current facts',
    has_facts UInt8 COMMENT '0：无现行事实 | 0: no current fact is left',
    version UInt64 COMMENT '折叠所依日志位置之和 | sum of the cut; only grows',
    settled UInt64 COMMENT '整理所依截面之和；0：新近折叠 | sum of the cut at which rows were settled; 0: a fresh row',
    key_no UInt64 MATERIALIZED sipHash64(stream_id) COMMENT '键的散列 | hash of the key'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY settled > 0
ORDER BY stream_id
SETTINGS index_granularity = 1024
