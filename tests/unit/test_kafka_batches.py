"""Batches of the log: what is written here the library reads, what the library writes is read here."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.errors import CorruptRecordError
from kafka.producer.record_accumulator import RecordAccumulator
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from infra.kafka.batches import Outgoing, queue
from infra.kafka.runs import Run, decode_batch

TOPIC = "lianzhi.enforcement.330421"
PARTITION = TopicPartition(TOPIC, 0)
CODECS = {"none": 0, "gzip": 1, "lz4": 3}
LOG_APPEND_TIME = 0x08

lengths = st.one_of(st.integers(0, 80), st.sampled_from([63, 64, 127, 128, 8191, 8192, 16384, 70_000]))
blobs = lengths.flatmap(
    lambda length: st.binary(min_size=min(length, 3), max_size=3).map(lambda b: (b * length)[:length])
)
outgoing = st.builds(
    Outgoing,
    key=blobs,
    value=blobs,
    headers=st.lists(st.tuples(st.text(max_size=70), blobs), max_size=4).map(tuple),
)


def stamped(buffer: bytes | bytearray, first: int, appended_ms: int) -> DefaultRecordBatch:
    """The batch as the broker hands it on: its offset and its own time, the checksum made anew."""
    raw = bytearray(buffer)
    raw[0:8] = first.to_bytes(8, "big")
    raw[22] |= LOG_APPEND_TIME
    raw[35:43] = appended_ms.to_bytes(8, "big")
    return MemoryRecords(bytes(raw)).next_batch()


def written_here(records: Sequence[Outgoing], codec: int, batch_bytes: int = 1 << 30) -> list[Any]:
    accumulator = RecordAccumulator(batch_size=batch_bytes, compression_attrs=codec)
    producer = SimpleNamespace(_accumulator=accumulator, config={"compression_attrs": codec})
    queued = queue(producer, PARTITION, records, batch_bytes)
    batches = list(accumulator._batches[PARTITION])
    assert [batch.record_count for batch in batches] == [item.count for item in queued]
    for batch in batches:
        batch.records.close()
    return batches


@settings(deadline=None, max_examples=150)
@given(st.lists(outgoing, min_size=1, max_size=30), st.sampled_from(sorted(CODECS)))
def test_what_is_written_here_the_library_reads(records: list[Outgoing], codec: str) -> None:
    (batch,) = written_here(records, CODECS[codec])
    found = MemoryRecords(bytes(batch.records.buffer())).next_batch()
    assert found.validate_crc()
    read = list(found)
    assert [record.offset for record in read] == list(range(len(records)))
    assert [(r.key, r.value, tuple(r.headers)) for r in read] == [(o.key, o.value, o.headers) for o in records]


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(st.none() | blobs, st.none() | blobs, st.lists(st.tuples(st.text(max_size=5), blobs), max_size=3))
    ),
    st.sampled_from(sorted(CODECS)),
    st.integers(0, 2**40),
)
def test_what_the_library_writes_is_read_here(records: list[Any], codec: str, first: int) -> None:
    builder = MemoryRecordsBuilder(2, CODECS[codec], 1 << 30)
    for place, (key, value, headers) in enumerate(records):
        builder.append(1_000 + place * 77, key, value, headers)
    if not records:
        return
    builder.close()
    batch = stamped(builder.buffer(), first, 1_795_358_860_495)
    (run,) = decode_batch(TOPIC, batch)
    assert (run.topic, run.first, run.end, run.appended_ms, run.by_log) == (
        TOPIC,
        first,
        first + len(records),
        1_795_358_860_495,
        True,
    )
    assert list(run.keys) == [key for key, _, _ in records]
    assert list(run.values) == [value for _, value, _ in records]


def test_batches_close_at_their_size_and_never_split_a_record() -> None:
    records = [Outgoing(b"k", bytes([n % 251]) * (300 if n % 50 else 5_000)) for n in range(400)]
    batches = written_here(records, CODECS["none"], batch_bytes=4_096)
    assert len(batches) > 30
    read = [record for batch in batches for record in MemoryRecords(bytes(batch.records.buffer())).next_batch()]
    assert [record.value for record in read] == [record.value for record in records]
    assert max(batch.records.size_in_bytes() for batch in batches if batch.record_count > 1) < 4_400


def test_runs_split_where_one_asks() -> None:
    run = Run(TOPIC, 10, 5, True, [b"a", None, b"c"], [b"1", b"2", None])
    head, tail = run.split(1)
    assert (head.first, head.end, list(head.keys), list(head.values)) == (10, 11, [b"a"], [b"1"])
    assert (tail.first, tail.end, list(tail.keys), list(tail.values)) == (11, 13, [None, b"c"], [b"2", None])
    assert len(tail) == 2


def test_missing_offsets_and_the_senders_time_are_not_hidden() -> None:
    builder = MemoryRecordsBuilder(2, 0, 1 << 20)
    builder.append(1_000, b"a", b"1", [])
    builder.skip(2)
    builder.append(2_000, b"b", b"2", [])
    builder.close()
    sent = MemoryRecords(bytes(builder.buffer())).next_batch()
    found = [(run.first, run.appended_ms, run.by_log, list(run.values)) for run in decode_batch(TOPIC, sent)]
    assert found == [(0, 1_000, False, [b"1"]), (3, 2_000, False, [b"2"])]
    gapped = stamped(builder.buffer(), 100, 9_000)
    assert [(run.first, run.appended_ms, run.by_log) for run in decode_batch(TOPIC, gapped)] == [
        (100, 9_000, True),
        (103, 9_000, True),
    ]


@pytest.mark.parametrize("cut", [61, 62, 70, 100, -1])
def test_a_batch_that_ends_too_early_is_corrupt(cut: int) -> None:
    builder = MemoryRecordsBuilder(2, 0, 1 << 20)
    for _ in range(3):
        builder.append(1_000, b"key", b"value" * 20, [("h", b"x")])
    builder.close()
    whole = stamped(builder.buffer(), 0, 1)
    whole._buffer = whole._buffer[:cut]
    with pytest.raises(CorruptRecordError):
        list(decode_batch(TOPIC, whole))


@settings(deadline=None, max_examples=300)
@given(st.integers(61, 400), st.integers(1, 255))
def test_a_flipped_byte_never_reads_as_something_else_under_its_checksum(place: int, flip: int) -> None:
    builder = MemoryRecordsBuilder(2, 0, 1 << 20)
    for _ in range(3):
        builder.append(1_000, b"key", b"value" * 20, [("h", b"x")])
    builder.close()
    raw = bytearray(builder.buffer())
    if place >= len(raw):
        return
    raw[place] ^= flip
    assert not MemoryRecords(bytes(raw)).next_batch().validate_crc()
