-- One row a dispute (mediation, reconsideration, litigation), by stream.
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    stream_id String COMMENT '纠纷代号 | surrogate of the dispute',
    region LowCardinality(String) COMMENT '登记机构所在区划 | region of the owner',
    publisher LowCardinality(String) COMMENT '发布系统 | system that registered it',
    dispute_kind LowCardinality(String) COMMENT '纠纷类型 | kind of dispute',
    place LowCardinality(String) COMMENT '纠纷发生地 | region of the dispute',
    initial Nullable(Bool) COMMENT '是否初次事项 | initial item, not a repeat',
    amount Nullable(Decimal(18, 2)) COMMENT '涉及金额，元 | amount in dispute, yuan',
    registered_on Nullable(Date32) COMMENT '登记日 | day registered',
    accepted_on Nullable(Date32) COMMENT '受理日 | first acceptance of the mediation',
    returned_on Nullable(Date32) COMMENT '退回日 | first return',
    sessions Array(Tuple(held_on Date32, joint_regions Array(String))) COMMENT '调解 | mediation sessions',
    agreed_on Nullable(Date32) COMMENT '达成协议日（最近）| last agreement',
    failed_on Nullable(Date32) COMMENT '调解不成日（最近）| last failure',
    confirmed_on Nullable(Date32) COMMENT '司法确认日 | first judicial confirmation',
    performed_on Nullable(Date32) COMMENT '履行日 | first performance',
    breached_on Nullable(Date32) COMMENT '违约日 | first breach',
    challenged_decision String COMMENT '被诉决定标识 | decision challenged by reconsideration or litigation',
    outcomes Array(Tuple(day Date32, stage String, outcome String)) COMMENT '复议与裁判结果 | outcomes of reconsideration and litigation',
    closed_on Nullable(Date32) COMMENT '办结日 | first closing',
    repeated_on Nullable(Date32) COMMENT '重复提出日 | first return of the matter',
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
