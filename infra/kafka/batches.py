"""Handing whole batches to the client library's sender.

The library takes records one by one: 75 µs of Python for each, with a future of its own. Here many records are written
into a batch at once (KIP-98's format 2) and the batch is queued as the library would queue it; idempotence, retries,
order and deadlines stay the library's. One future stands for a batch. Tests read what this wrote with librdkafka.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafka.producer.producer_batch import ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send: key, value, headers."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Queued:
    """So many records that stand or fall together."""

    count: int
    future: Any

    def offsets(self) -> list[int | None]:
        """The records' offsets when the batch was acknowledged, else None for each."""
        if self.error() is not None or not self.future.is_done:
            return [None] * self.count
        first: int = self.future.value[0]
        return list(range(first, first + self.count))

    def error(self) -> Exception | None:
        """Why the batch failed; None when it did not, or when nobody knows yet."""
        if not self.future.is_done:
            return None
        if self.future.failed():
            failure: Exception = self.future.exception
            return failure
        refused = self.future.value[2]
        return None if refused is None else refused(0)


def queue(producer: Any, partition: Any, records: Sequence[Outgoing], batch_bytes: int) -> list[Queued]:
    """Queue `records` for `partition` in batches of about `batch_bytes` before compression.

    Nothing is on its way before the producer is flushed. The topic's metadata must be known already.
    """
    accumulator = producer._accumulator
    queued = []
    for body, count in _bodies(records, batch_bytes):
        now_ms = int(time.time() * 1000)
        builder = MemoryRecordsBuilder(2, producer.config["compression_attrs"], batch_bytes)
        inner = builder._builder
        inner._buffer.extend(body)
        inner._num_records, inner._last_offset = count, count - 1
        inner._first_timestamp = inner._max_timestamp = now_ms  # the broker puts its own time over it
        builder._next_offset = count
        batch = ProducerBatch(partition, builder)
        with accumulator._tp_lock(partition):
            accumulator._batches[partition].append(batch)
            accumulator._incomplete.add(batch)
        queued.append(Queued(count, batch.produce_future))
    return queued


def _bodies(records: Sequence[Outgoing], batch_bytes: int) -> Iterator[tuple[bytes, int]]:
    parts: list[bytes] = []
    size = count = 0
    for record in records:
        body = _body(record, count)
        if count and size + len(body) > batch_bytes:
            yield b"".join(parts), count
            parts, size, count = [], 0, 0
            body = _body(record, 0)
        parts += (_varint(len(body)), body)
        size += len(body)
        count += 1
    if count:
        yield b"".join(parts), count


def _body(record: Outgoing, offset_delta: int) -> bytes:
    parts = [
        b"\x00\x00",  # no attributes; no time delta
        _varint(offset_delta),
        _varint(len(record.key)),
        record.key,
        _varint(len(record.value)),
        record.value,
        _varint(len(record.headers)),
    ]
    for name, value in record.headers:
        parts += (_name(name), _varint(len(value)), value)
    return b"".join(parts)


def _name(name: str) -> bytes:
    known = _NAMES.get(name)
    if known is None:
        encoded = name.encode("utf-8")
        known = _varint(len(encoded)) + encoded
        if len(_NAMES) < 1_000:
            _NAMES[name] = known
    return known


def _varint(value: int) -> bytes:
    return _SMALL[value] if value < len(_SMALL) else _zigzag(value)


def _zigzag(value: int) -> bytes:
    rest = value << 1
    encoded = bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


_NAMES: dict[str, bytes] = {}
_SMALL = tuple(_zigzag(value) for value in range(8192))
