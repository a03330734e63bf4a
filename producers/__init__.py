"""Publishing: check an event, number it, keep it durable in an outbox, bring it to the log in order.

The way of an event: `publisher` (the public API) → `preparing` (defaults, checks) → `outbox` (numbered, durable,
SQLite) → `relay` (in order to Kafka).
"""
