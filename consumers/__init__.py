"""From the log to the event tables, exactly once: reading, batches, landing, isolation of poison, dead letters."""
