    {cut:Map(String, UInt64)} AS cut,
    -- Each topic's base: see place.sql.
    arrayMap(n -> bitShiftLeft(n, 48), range(toUInt64(1), length(cut) + 1)) AS bases,
    -- Of a fact that was corrected the highest (revision, event_id) of its own publisher counts; retracted, none does.
    superseded AS (
        SELECT {place:Shared} AS place
        FROM (
            SELECT topic, offset, (revision, toUInt128(event_id)) AS said, max(said) OVER (PARTITION BY publisher, fact_id) AS last
            FROM corrections
            WHERE offset < cut[topic]
              AND ({slices:UInt64} > 0 OR fact_id IN (SELECT fact_id FROM corrections WHERE {key:Identifier} IN {keys:Array(String)}))
        )
        WHERE said != last
    )
