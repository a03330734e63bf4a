-- The rows of a projection's table, one a key that has facts: what stands behind FROM wherever they are read.
--
-- Settled rows are one a key, so they are read as they lie; fresh rows outrank them. A key counts as fresh by one set,
-- taken before the rows are: view() takes its snapshot when the statement runs, the set when it is understood. Whatever
-- is folded or settled in between, each key is seen once. (A query's shared snapshot would do, but a view with a definer
-- has none in 26.9.) Fresh rows that are no newer than what is settled, S, say nothing new: a projector that was paused
-- brings such. Keys are told apart by 64 bits: that a settled row lies hidden behind another key's fresh one has, among ten
-- million rows of which half a million are fresh, a probability of 3 in ten million, until they are settled.
view(
    SELECT * FROM {database:Identifier}.{table:Identifier}
    WHERE settled > 0
    SETTINGS asterisk_include_materialized_columns = 1
    UNION ALL
    SELECT * FROM {database:Identifier}.{table:Identifier} FINAL
    WHERE settled = 0
    SETTINGS asterisk_include_materialized_columns = 1, do_not_merge_across_partitions_select_final = 1, max_threads = 1
)
WHERE has_facts
  AND (settled = 0) = (key_no IN (
      SELECT key_no FROM {database:Identifier}.{table:Identifier}
      WHERE settled = 0 AND version > (SELECT max(settled) FROM {database:Identifier}.{table:Identifier})))
