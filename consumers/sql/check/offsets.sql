-- Offsets of a topic below {end}: rows stored, places stored, dead letters that are not stored too, places covered.
SELECT
    countIf(stored) AS stored_rows,
    groupBitmapIf(place, stored) AS stored_places,
    groupBitmapIf(place, NOT stored) AS dead_places,
    groupBitmap(place) AS covered_places
FROM (
    SELECT offset AS place, true AS stored FROM {table:Identifier}
    WHERE topic = {topic:String} AND partition = 0 AND offset < {end:UInt64}
    UNION ALL
    SELECT offset AS place, false AS stored FROM dead_letters FINAL
    WHERE topic = {topic:String} AND partition = 0 AND offset < {end:UInt64} AND state != 'REDRIVEN'
);
