-- Rows as they stood at a cut, shared no further than now: a level may have become stricter since.
(
    WITH withheld AS (
        {withheld:Include}
    )
    SELECT * REPLACE (
        multiIf(
            key_no IN (SELECT key_no FROM withheld WHERE level = 2), 'NONE',
            dissemination = 'FULL' AND key_no IN (SELECT key_no FROM withheld), 'POINTER',
            dissemination) AS dissemination{hidden:Include})
    FROM {rows:Include}
)
