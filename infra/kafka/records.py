"""Single records with all that the log holds of them: for dead letters, evidence, `lianzhi event` and the archive."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from infra.errors import FatalError, RetryableError
from infra.kafka.config import common_config, forbid_making_topics, milliseconds, require_fast_parts
from infra.kafka.errors import kafka_calls
from infra.settings import Settings
from infra.topics import PARTITION


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the log holds it; `appended_ms` by the broker's clock, milliseconds since 1970 UTC."""

    topic: str
    offset: int
    appended_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    def header(self, name: str) -> bytes | None:
        """The last header of that name, as Kafka counts it; None when there is none."""
        return next((value for key, value in reversed(self.headers) if key == name), None)


def fetch_range(
    settings: Settings, topic: str, first: int, end: int, *, stalled_seconds: float = 30.0, client_id: str = "range"
) -> Iterator[Record]:
    """The records of `topic` at offsets in [first, end), in order; ends early where the log ends.

    Offsets are no record counts: transaction markers take one each, so fewer records than offsets may come.

    Args:
        stalled_seconds: give up when nothing moves for so long.

    Raises:
        FatalError: when the log does not hold `first` any more, or bytes are corrupt.
        RetryableError: when no broker answers, or nothing moved for `stalled_seconds`.
    """
    require_fast_parts()
    partition = TopicPartition(topic, PARTITION)
    timeout_ms = milliseconds(settings.kafka.request_seconds)
    with kafka_calls(f"reading {topic}"):
        consumer = KafkaConsumer(**_range_config(settings, client_id))
        forbid_making_topics(consumer._manager)
    try:
        with kafka_calls(f"reading {topic}"):
            begin = consumer.beginning_offsets([partition], timeout_ms=timeout_ms)[partition]
            stop = min(end, consumer.end_offsets([partition], timeout_ms=timeout_ms)[partition])
        if first < begin:
            raise FatalError(
                f"{topic} begins at offset {begin}; {first} is gone",
                zh=f"主题 {topic} 从偏移量 {begin} 开始，{first} 已不存在",
                hint="events must never expire: check retention and who deleted records",
            )
        with kafka_calls(f"reading {topic}"):
            consumer.assign([partition])
            consumer.seek(partition, first)
        yield from _read(consumer, partition, stop, stalled_seconds)
    finally:
        consumer.close(autocommit=False, timeout_ms=timeout_ms)


def _read(consumer: Any, partition: Any, stop: int, stalled_seconds: float) -> Iterator[Record]:
    moved_at, at = time.monotonic(), consumer.position(partition)
    while at < stop:
        with kafka_calls(f"reading {partition.topic}"):
            polled = consumer.poll(timeout_ms=500)
            position = consumer.position(partition)
        for record in polled.get(partition, ()):
            if record.offset >= stop:
                return
            yield Record(
                record.topic, record.offset, record.timestamp, record.key, record.value, tuple(record.headers or ())
            )
        if position != at:
            moved_at, at = time.monotonic(), position
        elif time.monotonic() - moved_at > stalled_seconds:
            raise RetryableError(
                f"{partition.topic} stands still at offset {at} of {stop}", zh=f"读取 {partition.topic} 停滞于 {at}"
            )


def _range_config(settings: Settings, client_id: str) -> dict[str, Any]:
    return common_config(settings, client_id) | {
        "group_id": None,
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "check_crcs": True,
        "max_poll_records": 5_000,
        "fetch_max_bytes": settings.kafka.fetch_max_bytes,
        "max_partition_fetch_bytes": settings.kafka.fetch_partition_bytes,
        "metrics_enabled": False,
    }
