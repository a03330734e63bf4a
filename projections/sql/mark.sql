-- What changes whenever something lands: how many rows the event tables and the ledger of dead letters have.
SELECT table, sum(rows)
FROM system.parts
WHERE database = {database:String} AND active AND (startsWith(table, 'events_') OR table = 'dead_letters')
GROUP BY table
