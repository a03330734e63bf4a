SELECT target, cut
FROM projector_checkpoints FINAL;

INSERT INTO projector_checkpoints (target, cut, version)
SELECT arrayJoin({targets:Array(String)}), {cut:Map(String, UInt64)}, arraySum(mapValues({cut:Map(String, UInt64)}));

ALTER TABLE projector_checkpoints DELETE WHERE target = {target:String} SETTINGS mutations_sync = 1;

SELECT slice, slices, cut
FROM projector_rebuilds FINAL
WHERE target = {target:String}
ORDER BY slice;

INSERT INTO projector_rebuilds (target, slice, slices, cut)
SELECT {target:String}, {slice:UInt32}, {slices:UInt32}, {cut:Map(String, UInt64)};

ALTER TABLE projector_rebuilds DELETE WHERE target = {target:String} SETTINGS mutations_sync = 1;
