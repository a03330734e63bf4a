-- Parties as they stood at a cut, without those of which something is shared less than fully since.
(
    WITH withheld AS (
        {withheld:Include}
    )
    SELECT * FROM {rows:Include} AND key_no NOT IN (SELECT key_no FROM withheld)
)
