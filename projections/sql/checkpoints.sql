SELECT projection, cut
FROM projector_checkpoints FINAL;

INSERT INTO projector_checkpoints (projection, cut, version)
SELECT {projection:String}, {cut:Map(String, UInt64)}, arraySum(mapValues({cut:Map(String, UInt64)}));

ALTER TABLE projector_checkpoints DELETE WHERE projection = {projection:String} SETTINGS mutations_sync = 1;

SELECT slice, slices, cut
FROM projector_rebuilds FINAL
WHERE projection = {projection:String}
ORDER BY slice;

INSERT INTO projector_rebuilds (projection, slice, slices, cut)
SELECT {projection:String}, {slice:UInt32}, {slices:UInt32}, {cut:Map(String, UInt64)};

ALTER TABLE projector_rebuilds DELETE WHERE projection = {projection:String} SETTINGS mutations_sync = 1;
