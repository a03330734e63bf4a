"""Files that districts publish, read as they come in life and published as events.

`shuanggongshi` is the table of administrative penalties of the 双公示 (发改办财金〔2018〕424号, and the form of 2016).
The way of a row: a file gives lines (`text_file`, `workbook`), the header says what the columns are (`columns`,
`header`), a line becomes a record of clean cells (`record`), the record becomes one event (`decision`, with `party` and
`penalty_cells`), and `run` publishes batches of events and remembers them in the ledger (`ledger`).

One row makes one event, `DecisionMade` with source PUBLICATION_FILE. The day of publication does not stand in the file,
so no `DecisionPublished` is claimed.
"""
