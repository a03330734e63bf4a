-- One row a party, known by its credit code or, a natural person, by a token. Cases and decisions that name it, by region.
CREATE TABLE IF NOT EXISTS {table:Identifier}
(
    party_key String COMMENT '当事人键：u:信用代码 或 t:令牌 | u:USCC or t:token',
    party_kind LowCardinality(String) COMMENT '类别 | kind',
    party_name String COMMENT '单位名称；自然人为空 | name of an organisation, empty for persons',
    birth_band String COMMENT '出生年份段 | five-year band of birth',
    registered_in LowCardinality(String) COMMENT '登记或户籍地 | region of registration',
    regions Array(String) COMMENT '有案件或决定的区划 | regions with a case or decision',
    cases Array(Tuple(region String, cases UInt32)) COMMENT '各区案件数 | cases by region',
    decisions Array(Tuple(region String, decisions UInt32)) COMMENT '各区决定数（同一文号一次）| decisions by region, one document once',
    first_decided_on Nullable(Date32) COMMENT '最早决定日（不含指引）| first decision, pointers left out',
    last_decided_on Nullable(Date32) COMMENT '最近决定日（不含指引）| last decision, pointers left out',
    event_ids Array(UUID) COMMENT '现行事实的事件 | events of the current facts',
    has_facts UInt8 COMMENT '0：无现行事实 | 0: no current fact is left',
    version UInt64 COMMENT '折叠所依日志位置之和 | sum of the cut; only grows',
    settled UInt64 COMMENT '整理所依截面之和；0：新近折叠 | sum of the cut at which rows were settled; 0: a fresh row',
    key_no UInt64 MATERIALIZED sipHash64(party_key) COMMENT '键的散列 | hash of the key'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY settled > 0
ORDER BY party_key
SETTINGS index_granularity = 1024
