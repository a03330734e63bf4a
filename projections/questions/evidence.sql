-- 依据 | The events behind each row of a question, and those of them that make its n: of what it counts, its `units`.
--
-- question and key come from the question and the catalogue: see projections/questions/suppression.py.
{question:Select}
SELECT
    {key:Columns},
    arraySort(groupUniqArrayArray(units.event_ids)) AS event_ids,
    arraySort(groupUniqArrayArrayIf(units.event_ids, in_n)) AS n_event_ids
FROM units
GROUP BY {key:Columns}
ORDER BY {key:Columns}
