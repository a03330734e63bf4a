-- Of a case's days after `filed_on`, counted from 1 up to `days_since`, those on which its clock stood still, from the days
-- on which it stopped and ran again, `begins` and `ends`, both sorted. A resumption ends the earliest pause that is still
-- open, and counts for nothing where none is; a pause that none ends runs on.
arraySort(arrayDistinct(arrayFlatten(arrayMap(
    (begin, end) -> range(greatest(dateDiff('day', assumeNotNull(filed_on), begin), 1), least(dateDiff('day', assumeNotNull(filed_on), end), days_since + 1)),
    begins,
    arrayResize(
        arrayFold(
            (kept, day) -> if(arrayCount(begin -> begin <= day, begins) > length(kept), arrayPushBack(kept, day), kept),
            ends, CAST([], 'Array(Date32)')),
        length(begins), toDate32('2299-12-31'))))))
