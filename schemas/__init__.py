"""The contract: Avro schemas, what follows from them, and the identifiers of the field. Imports nothing of ours."""
