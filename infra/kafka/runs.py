"""Reading the log by runs: one Kafka batch decoded at once, values and keys only.

The client library builds an object of thirteen fields for each record and decodes every header of it; on the way to
the tables nobody looks at them. Here one batch becomes one `Run`: its first offset, the one append time that the
broker gave it, and two lists of bytes. The checksum of each batch is verified as the library does. Headers of a single
record are read again with `fetch_range` when somebody asks (a dead letter, `lianzhi event`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import codec
from kafka.consumer.fetcher import Fetcher
from kafka.consumer.group import KafkaConsumer
from kafka.errors import CorruptRecordError, UnsupportedCodecError
from kafka.protocol.consumer import IsolationLevel
from kafka.record.default_records import DefaultRecordBatch

from infra.kafka.config import forbid_making_topics

_HEADER_BYTES = DefaultRecordBatch.HEADER_STRUCT.size
_DECODERS: dict[int, Callable[[Any], bytes]] = {
    DefaultRecordBatch.CODEC_NONE: bytes,
    DefaultRecordBatch.CODEC_GZIP: codec.gzip_decode,
    DefaultRecordBatch.CODEC_SNAPPY: lambda data: codec.snappy_decode(bytes(data)),
    DefaultRecordBatch.CODEC_LZ4: lambda data: codec.lz4_decode(bytes(data)),
    DefaultRecordBatch.CODEC_ZSTD: lambda data: codec.zstd_decode(bytes(data)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Records at consecutive offsets that share one append time.

    `appended_ms` is the broker's clock in milliseconds since 1970-01-01T00:00:00Z. `by_log` is false when the
    topic took the sender's time instead, which our topics never do. A key or a value may be None.
    """

    topic: str
    first: int
    appended_ms: int
    by_log: bool
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None]

    @property
    def end(self) -> int:
        """The offset after the last record."""
        return self.first + len(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def split(self, at: int) -> tuple[Run, Run]:
        """The first `at` records, and the rest."""
        head = Run(self.topic, self.first, self.appended_ms, self.by_log, self.keys[:at], self.values[:at])
        tail = Run(self.topic, self.first + at, self.appended_ms, self.by_log, self.keys[at:], self.values[at:])
        return head, tail


class RunFetcher(Fetcher):  # type: ignore[misc]
    """The library's fetcher, whose polls hand over `Run`s where it has records."""

    class PartitionRecords(Fetcher.PartitionRecords):  # type: ignore[misc]
        """The answer for one partition, decoded batch by batch."""

        def _maybe_skip_record(self, run: Run) -> bool:
            return run.end <= int(self.fetch_offset)

        def _unpack_records(self, tp: Any, records: Any, _key: Any, _value: Any) -> Iterator[Run]:
            batch = records.next_batch()
            while batch is not None:
                if batch.magic != 2:
                    raise CorruptRecordError(f"{tp.topic} holds a batch of the old format {batch.magic}")
                if self.check_crcs and not batch.validate_crc():
                    raise CorruptRecordError(f"{tp.topic}: the batch at offset {batch.base_offset} fails its checksum")
                self.leader_epoch = batch.leader_epoch
                if not self._is_left_out(batch):
                    for run in decode_batch(tp.topic, batch):
                        wanted = self._from_fetch_offset(run)
                        self.records_read += len(wanted)
                        self.next_fetch_offset = wanted.end
                        yield wanted
                    self.bytes_read += batch.size_in_bytes
                self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)
                batch = records.next_batch()
            self.drain()

        def _from_fetch_offset(self, run: Run) -> Run:
            skip = self.fetch_offset - run.first
            return run.split(skip)[1] if 0 < skip < len(run) else run

        def _is_left_out(self, batch: Any) -> bool:
            """Control batches always; with committed reads also what an aborted transaction wrote."""
            if self.isolation_level == IsolationLevel.READ_COMMITTED and batch.has_producer_id():
                self._consume_aborted_transactions_up_to(batch.last_offset)
                if self._contains_abort_marker(batch):
                    self.aborted_producer_ids.discard(batch.producer_id)
                elif self._is_batch_aborted(batch):
                    return True
            return bool(batch.is_control_batch)


class RunConsumer(KafkaConsumer):  # type: ignore[misc]
    """The library's consumer with the fetcher above; `poll` answers runs, and counts them where it counts records."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        forbid_making_topics(self._manager)
        self._fetcher = RunFetcher(self._client, self._subscription, metrics=self._metrics, **self.config)

    def rejoin(self, timeout_ms: int) -> None:
        """Join the group if that is due, waiting up to `timeout_ms`; without a group, nothing.

        The library throws away a join that completes between two polls and begins anew, whereupon the other members
        must join anew too: with short polls a group may share out its topics for minutes. So a join gets its time.
        """
        coordinator = self._coordinator
        grouped = coordinator.group_id is not None and self._subscription.partitions_auto_assigned()
        if grouped and coordinator.need_rejoin():
            coordinator.poll(timeout_ms=timeout_ms)


def decode_batch(topic: str, batch: Any) -> Iterator[Run]:
    """The runs of one batch: one, or several when records are missing from its middle (a compacted topic).

    Raises:
        CorruptRecordError: when the lengths inside do not add up.
        UnsupportedCodecError: when the library for its compression is missing.
    """
    decoder = _DECODERS.get(batch.compression_type)
    if decoder is None:
        raise UnsupportedCodecError(f"compression {batch.compression_type}")
    by_log = batch.timestamp_type == batch.LOG_APPEND_TIME
    count = batch.records_count
    if not by_log or batch.last_offset_delta + 1 != count:
        yield from _slowly(topic, batch, by_log)
        return
    data = decoder(memoryview(batch._buffer)[_HEADER_BYTES:])
    try:
        keys, values = _keys_and_values(data, count)
    except IndexError as error:
        raise CorruptRecordError(f"{topic}: the batch at offset {batch.base_offset} ends too early") from error
    yield Run(topic, batch.base_offset, batch.max_timestamp, True, keys, values)


def _slowly(topic: str, batch: Any, by_log: bool) -> Iterator[Run]:
    for record in batch:
        yield Run(topic, record.offset, record.timestamp, by_log, [record.key], [record.value])


def _keys_and_values(data: bytes, count: int) -> tuple[list[bytes | None], list[bytes | None]]:
    """Keys and values of `count` records of format 2 in `data`, headers passed over (KIP-98; varints are zigzag).

    Written out rather than factored: it runs once for every event of a catch-up.
    """
    keys: list[bytes | None] = []
    values: list[bytes | None] = []
    add_key, add_value = keys.append, values.append
    position = 0
    for _ in range(count):
        byte = data[position]
        second = data[position + 1]
        if byte < 0x80:
            end = position + 1 + (byte >> 1)
            position += 2
        elif second < 0x80:
            end = position + 2 + ((byte & 0x7F | second << 7) >> 1)
            position += 3
        else:
            length, position = _varint(data, position)
            end = position + length
            position += 1
        while data[position] >= 0x80:  # time delta
            position += 1
        position += 1
        while data[position] >= 0x80:  # offset delta
            position += 1
        position += 1
        byte = data[position]
        if byte < 0x80 and not byte & 1:
            stop = position + 1 + (byte >> 1)
            add_key(data[position + 1 : stop])
            position = stop
        else:
            key, position = _bytes_field(data, position)
            add_key(key)
        byte = data[position]
        second = data[position + 1]
        if byte >= 0x80 and second < 0x80 and not byte & 1:
            position += 2
            stop = position + ((byte & 0x7F | second << 7) >> 1)
            add_value(data[position:stop])
            position = stop
        else:
            value, position = _bytes_field(data, position)
            add_value(value)
        if position >= end:
            raise CorruptRecordError("a record is longer than it says")
        position = end
    if position != len(data):
        raise CorruptRecordError(f"{len(data) - position} bytes after the last record of a batch")
    return keys, values


def _bytes_field(data: bytes, position: int) -> tuple[bytes | None, int]:
    length, position = _varint(data, position)
    if length < 0:
        return None, position
    return data[position : position + length], position + length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    shift = result = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (result >> 1) ^ -(result & 1), position
        shift += 7
        if shift > 63:
            raise CorruptRecordError("a varint is too long")
