-- Policy tables: one set a version, made whole and then shown by the views of fixed name. {…:Identifier} is filled by the loader.
CREATE TABLE IF NOT EXISTS {calendar:Identifier} (
    day Date32 COMMENT '日 | day in Asia/Shanghai',
    working Bool COMMENT '是否工作日 | counts for limits in working days',
    working_days UInt32 COMMENT '至当日的工作日数 | working days up to and with the day',
    source String COMMENT '依据 | instrument'
) ENGINE = MergeTree ORDER BY day COMMENT '工作日历 | working-day calendar';

CREATE TABLE IF NOT EXISTS {sla:Identifier} (
    exchange_form String COMMENT '形式，空为全部 | form of exchange; empty: all',
    domain String COMMENT '执法领域，空为全部 | field of enforcement; empty: all',
    from_region String COMMENT '发出区划，空为全部 | sending region; empty: all',
    to_region String COMMENT '接收区划，空为全部 | receiving region; empty: all',
    urgency String COMMENT '紧急程度，空为全部 | urgency; empty: all',
    specificity UInt8 COMMENT '所列条件数 | how many circumstances it names; the most specific line holds',
    valid_from Date32 COMMENT '生效日 | first day that it holds',
    valid_to Date32 COMMENT '失效日 | last day that it holds',
    acknowledge_working_days UInt16 COMMENT '签收工作日 | working days to acknowledge',
    reply_calendar_days UInt16 COMMENT '答复自然日 | calendar days to answer when the letter names no day',
    instrument String COMMENT '文件 | instrument',
    article String COMMENT '条款 | article',
    confidence String COMMENT 'L 已读原文 R 记忆 U 不确定 | L text read, R recalled, U unsure'
) ENGINE = MergeTree ORDER BY (valid_from, specificity) COMMENT '移送时限 | deadlines of referrals';

CREATE TABLE IF NOT EXISTS {limits:Identifier} (
    name String COMMENT '名称 | name',
    value Int64 COMMENT '取值 | value',
    unit String COMMENT '单位 | unit',
    valid_from Date32 COMMENT '生效日 | first day that it holds',
    instrument String COMMENT '文件 | instrument',
    article String COMMENT '条款 | article',
    confidence String COMMENT 'L 已读原文 R 记忆 U 不确定 | L text read, R recalled, U unsure'
) ENGINE = MergeTree ORDER BY (name, valid_from) COMMENT '法定期限与口径 | limits of law and of practice';
