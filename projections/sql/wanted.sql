-- Rows that the cut knows, of the given keys (slices = 0) or of the keys whose hash falls into the slice.
offset < cut[topic]
          AND ({slices:UInt64} > 0 OR {key:Identifier} IN {keys:Array(String)})
          AND ({slices:UInt64} = 0 OR cityHash64({key:Identifier}) % greatest({slices:UInt64}, 1) = {slice:UInt64})
