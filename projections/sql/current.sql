    {cut:Map(String, UInt64)} AS cut,
    -- The place of a row in the whole log: its topic's base, then its offset. 0: nowhere.
    arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)) AS bases,
    -- Of a fact that was corrected the highest (revision, event_id) of its own publisher counts; retracted, none does.
    latest AS (
        SELECT publisher, fact_id, max((revision, toUInt128(event_id))) AS last
        FROM corrections
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR fact_id IN (SELECT fact_id FROM corrections WHERE {key:Identifier} IN {keys:Array(String)}))
        GROUP BY publisher, fact_id
    ),
    superseded AS (
        SELECT transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset AS place
        FROM corrections
        WHERE offset < cut[topic]
          AND ({slices:UInt64} > 0 OR {key:Identifier} IN {keys:Array(String)})
          AND (publisher, fact_id, (revision, toUInt128(event_id))) NOT IN (SELECT publisher, fact_id, last FROM latest)
    )
