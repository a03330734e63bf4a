"""The tables in ClickHouse: event tables and ledgers, the statement that lands events in them."""
