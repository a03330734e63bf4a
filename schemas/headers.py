"""Names of the Kafka headers that travel with every event, the same for who writes and who reads them.

Values are text in ASCII unless said otherwise. Publisher, epoch and sequence stand in the datum too; in the headers
they can be read even when the datum can not be decoded.
"""

from __future__ import annotations

from typing import Final

CONTENT_TYPE: Final = "content-type"
"""Always `AVRO_CONFLUENT`."""

PUBLISHER: Final = "publisher"
"""`meta.publisher`."""

EPOCH: Final = "epoch"
"""`meta.epoch`, decimal."""

SEQUENCE: Final = "sequence"
"""`meta.sequence`, decimal."""

SCHEMA_SHA256: Final = "lianzhi-schema-sha256"
"""Hash of our canonical schema JSON (`RegisteredSchema.sha256`), hexadecimal."""

SIGNATURE: Final = "lianzhi-signature"
"""Signature of the value's bytes; binary, see `producers.signing`."""

TRACEPARENT: Final = "traceparent"
"""W3C Trace Context; only when the publisher was given one."""

AVRO_CONFLUENT: Final = b"application/vnd.confluent.avro"
"""The media type of every value: Confluent wire format, Avro datum."""
