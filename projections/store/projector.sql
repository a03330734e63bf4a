-- How far each projection table has been folded: the cut of its last complete tick.
CREATE TABLE IF NOT EXISTS projector_checkpoints
(
    target String COMMENT '投影表，或折叠所需的辅助内容 | table of a projection, or what helps to fold it',
    cut Map(String, UInt64) COMMENT '截面 | topic → first offset that is not folded in',
    version UInt64 COMMENT '截面之和 | sum of the cut',
    at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT '写入时刻 | when'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY target
SETTINGS index_granularity = 256;

-- What a rebuild has done, so that it goes on after a kill: one row a slice, slice 0 of 0 when it begins.
CREATE TABLE IF NOT EXISTS projector_rebuilds
(
    target String COMMENT '在建的表 | table being built',
    slice UInt32 COMMENT '片号，自1起；0：开始 | slice, from 1; 0: begun',
    slices UInt32 COMMENT '总片数 | of so many',
    cut Map(String, UInt64) COMMENT '截面 | the cut it is folded at',
    at DateTime64(6, 'UTC') DEFAULT now64(6) COMMENT '写入时刻 | when'
)
ENGINE = ReplacingMergeTree
ORDER BY (target, slice)
SETTINGS index_granularity = 256;

-- Named cuts.
CREATE TABLE IF NOT EXISTS cuts
(
    name String COMMENT '名称 | name',
    vector Map(String, UInt64) COMMENT '截面 | topic → first offset that is not known',
    as_of Nullable(Date32) COMMENT '所截之日 | legal day it is for',
    known_at Nullable(DateTime64(6, 'UTC')) COMMENT '所知时刻 | instant it stands for',
    added_at DateTime64(6, 'UTC') COMMENT '登记时刻 | when it was added'
)
ENGINE = ReplacingMergeTree(added_at)
ORDER BY name
SETTINGS index_granularity = 256;
