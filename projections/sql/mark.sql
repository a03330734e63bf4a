-- What changes whenever something lands: how many rows the event tables and the ledger of dead letters have.
SELECT toString(groupArray((table, rows_of_table)))
FROM (
    SELECT table, sum(rows) AS rows_of_table
    FROM system.parts
    WHERE database = {database:String} AND active AND (startsWith(table, 'events_') OR table = 'dead_letters')
    GROUP BY table
    ORDER BY table
)
