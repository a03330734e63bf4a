-- One row a case (stream of enforcement events). Empty string: absent.
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    stream_id String COMMENT '案件代号 | surrogate of the case',
    region LowCardinality(String) COMMENT '立案机关所在区划 | region of the publisher that filed it',
    publisher LowCardinality(String) COMMENT '发布系统 | system that filed it',
    agency String COMMENT '立案机关代码 | USCC of the agency that filed it',
    case_number String COMMENT '立案号 | case number as written',
    domain LowCardinality(String) COMMENT '执法领域 | field of enforcement',
    procedure LowCardinality(String) COMMENT '程序 | ORDINARY or SIMPLE',
    item_code String COMMENT '统一事项代码 | canonical violation item',
    severity LowCardinality(String) COMMENT '裁量档次 | severity band',
    act_place LowCardinality(String) COMMENT '违法行为发生地 | region of the place of the act',
    act_on Nullable(Date32) COMMENT '违法行为日 | day of the act',
    party_key Nullable(String) COMMENT '当事人键：u:信用代码 或 t:令牌 | key of the party',
    party_kind LowCardinality(String) COMMENT '当事人类别 | kind of party',
    filed_on Nullable(Date32) COMMENT '立案日 | day of filing',
    filed_event UUID COMMENT '立案事件 | the event that filed it; zero: none',
    notice_on Nullable(Date32) COMMENT '事先告知日 | first prior notice',
    hearing_offered_on Nullable(Date32) COMMENT '听证告知日 | first offer of a hearing',
    reviewed_on Nullable(Date32) COMMENT '法制审核日 | first legal review',
    decided_on Nullable(Date32) COMMENT '首次决定日（处罚或不予处罚）| first decision, penalty or none',
    penalised_on Nullable(Date32) COMMENT '首次处罚决定日 | first decision that punishes',
    served_on Nullable(Date32) COMMENT '送达日 | first service',
    transferred_on Nullable(Date32) COMMENT '移送公安日 | first hand-over to the police',
    withdrawn_on Nullable(Date32) COMMENT '销案日 | day it was withdrawn',
    pauses Array(Date32) COMMENT '中止日 | days the clock stopped',
    resumptions Array(Date32) COMMENT '恢复日 | days the clock ran again',
    extensions Array(Tuple(granted_on Date32, days Int32)) COMMENT '延长 | extensions',
    closed Array(Date32) COMMENT '结案日 | days it was closed',
    reopened Array(Date32) COMMENT '重新办理日 | days it was reopened',
    dissemination LowCardinality(String) COMMENT '共享级别：所依事件中最严者 | how far it is shared: the strictest level of its events',
    event_ids Array(UUID) COMMENT '现行事实的事件 | events of its current facts',
    last_recorded_at DateTime64(6, 'UTC') COMMENT '最近登记时刻 | last writing down',
    has_facts UInt8 COMMENT '0：无现行事实 | 0: no current fact is left',
    version UInt64 COMMENT '折叠所依日志位置之和 | sum of the cut; only grows',
    settled UInt64 COMMENT '整理所依截面之和；0：新近折叠 | sum of the cut at which rows were settled; 0: a fresh row',
    key_no UInt64 MATERIALIZED sipHash64(stream_id) COMMENT '键的散列 | hash of the key'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY settled > 0
ORDER BY stream_id
SETTINGS index_granularity = 1024, fsync_after_insert = 0
