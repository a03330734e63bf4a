-- One row a decision: agency and document number. All its penalties, and the heaviest by the official order (headline).
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    decision_id String COMMENT '决定标识：机关代码|规范文号 | identity of the decision',
    region LowCardinality(String) COMMENT '决定机关所在区划 | region of the owner',
    agency String COMMENT '决定机关代码 | USCC of the deciding agency',
    document_number String COMMENT '文号，原样 | document number as written',
    source LowCardinality(String) COMMENT '采信来源 | whose word counts',
    sources Array(String) COMMENT '全部来源 | everybody who tells of it',
    stream_id String COMMENT '案件代号 | stream of the word that counts',
    decided_on Nullable(Date32) COMMENT '决定日 | day of decision',
    procedure LowCardinality(String) COMMENT '程序 | procedure',
    domain LowCardinality(String) COMMENT '执法领域 | field of enforcement',
    party_key Nullable(String) COMMENT '当事人键 | u:USCC or t:token',
    party_kind LowCardinality(String) COMMENT '当事人类别 | kind of party',
    item_code LowCardinality(Nullable(String)) COMMENT '统一事项代码 | canonical violation item',
    severity LowCardinality(Nullable(String)) COMMENT '裁量档次 | severity band',
    fingerprint Nullable(String) COMMENT '违法行为指纹 | act id, else item|place|day',
    penalties Array(Tuple(kind LowCardinality(String), amount Nullable(Decimal(18, 2)))) COMMENT '决定书所列处罚 | penalties in the document',
    headline LowCardinality(String) COMMENT '最重处罚（官方顺序）| heaviest penalty by the official order',
    fine Decimal(18, 2) COMMENT '决定书罚款，元 | fine in the document, yuan',
    penalty_count UInt8 COMMENT '决定书所列处罚项数 | how many penalties the document lists',
    changed_on Array(Date32) COMMENT '历次变更日 | days of the changes',
    fine_changes Array(Decimal(18, 2)) COMMENT '历次变更后罚款较决定书的增减，元 | since each change, how much more or less the fine is than in the document, yuan',
    penalty_changes Array(Int16) COMMENT '历次变更后处罚项数较决定书的增减 | since each change, how many more or fewer penalties than in the document',
    revoked_on Nullable(Date32) COMMENT '撤销日 | first day of revocation',
    served_on Nullable(Date32) COMMENT '送达日 | first service',
    paid Decimal(18, 2) COMMENT '已缴罚款，元 | principal paid, yuan',
    differences Array(Tuple(field String, kept String, other String)) COMMENT '两种来源的不同 | what the two sources say differently',
    dissemination LowCardinality(String) COMMENT '共享级别：所依事件中最严者 | how far it is shared: the strictest level of its events',
    event_ids Array(UUID) COMMENT '现行事实的事件 | events of its current facts',
    has_facts UInt8 COMMENT '0：无现行决定 | 0: no current decision is left',
    version UInt64 COMMENT '折叠所依日志位置之和 | sum of the cut; only grows',
    settled UInt64 COMMENT '整理所依截面之和；0：新近折叠 | sum of the cut at which rows were settled; 0: a fresh row',
    party_no UInt64 MATERIALIZED if(dissemination = 'FULL', ifNull(cityHash64(party_key), 0), 0) COMMENT '当事人键的散列；0：无或不共享 | hash of the party key; 0: none, or not shared',
    act_no UInt64 MATERIALIZED if(dissemination = 'FULL', ifNull(cityHash64(fingerprint), 0), 0) COMMENT '违法行为指纹的散列；0：无或不共享 | hash of the fingerprint; 0: none, or not shared',
    key_no UInt64 MATERIALIZED sipHash64(decision_id) COMMENT '键的散列 | hash of the key'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY settled > 0
ORDER BY decision_id
SETTINGS index_granularity = 1024
