"""The producer: idempotent, acknowledged by all replicas, in order within a topic, bounded in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from kafka import KafkaProducer, TopicPartition
from kafka import errors as kafka_errors

from infra.errors import InvalidInput, RetryableError
from infra.kafka.batches import Outgoing, queue
from infra.kafka.config import common_config, forbid_making_topics, milliseconds, require_fast_parts
from infra.kafka.connecting import connecting
from infra.kafka.errors import kafka_calls
from infra.settings import Settings
from infra.topics import DEAD_LETTERS, PARTITION

_OVERHEAD = 200
"""More than a batch's header and a record's lengths take, bytes."""


class NotAcknowledged(RetryableError):
    """Some records were not acknowledged in time: they may be in the log or not, and may still be on their way.

    `offsets` has one place for each record given: its offset when it was acknowledged, else None. The producer is
    closed, so that nothing given later can overtake them; make a new one and look at the log before sending again.
    """

    def __init__(self, message: str, offsets: tuple[int | None, ...]) -> None:
        super().__init__(message, zh="部分消息未得到确认", hint="is the broker running? see `lianzhi status`")
        self.offsets = offsets


def make_producer(settings: Settings, *, client_id: str = "producer", linger_seconds: float = 0.0) -> Producer:
    """A producer.

    Args:
        client_id: its name in the broker's log; `lianzhi-` is put before it.
        linger_seconds: how long records wait for others to share a request.

    Raises:
        FatalError: when a compiled part is missing, or access is refused.
        RetryableError: when no broker answers.
    """
    require_fast_parts()
    return Producer(settings, client_id, linger_seconds)


class Producer:
    """See `make_producer`. Its memory is bounded by what one call is given."""

    def __init__(self, settings: Settings, client_id: str, linger_seconds: float) -> None:
        kafka = settings.kafka
        self._delivery_seconds = kafka.delivery_seconds
        self._batch_bytes = kafka.batch_bytes
        self._max_bytes = kafka.max_message_bytes
        config: dict[str, Any] = common_config(settings, client_id) | {
            "enable_idempotence": True,
            "acks": "all",
            "compression_type": "lz4",
            "delivery_timeout_ms": milliseconds(kafka.delivery_seconds),
            "max_block_ms": milliseconds(kafka.request_seconds),
            "linger_ms": round(linger_seconds * 1000),
            "batch_size": kafka.batch_bytes,
            "max_request_size": 2 * kafka.max_message_bytes,
            "allow_auto_create_topics": False,
            "metrics_enabled": False,
        }
        with connecting(settings):
            self._producer = KafkaProducer(**config)
            forbid_making_topics(self._producer._sender._client._manager)

    def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[int]:
        """Send `records` in order; return their offsets when every replica that must have them has them.

        Raises:
            NotAcknowledged: when not all were acknowledged within kafka.delivery_seconds; the producer is closed then.
            InvalidInput: when a record is larger than a topic takes; nothing was sent.
            RetryableError: when the topic is not known; nothing was sent.
        """
        self._refuse_large(topic, records)
        with kafka_calls(f"sending to {topic}"):
            self._producer.partitions_for(topic)
        queued = queue(self._producer, TopicPartition(topic, PARTITION), records, self._batch_bytes)
        failed: Exception | None = None
        try:
            self._producer.flush(timeout=self._delivery_seconds + 1)
        except kafka_errors.KafkaError as error:
            failed = error
        offsets = [offset for batch in queued for offset in batch.offsets()]
        acknowledged = [offset for offset in offsets if offset is not None]
        if len(acknowledged) == len(records):
            return acknowledged
        failed = next((refusal for batch in queued if (refusal := batch.error()) is not None), failed)
        self._producer.close(timeout=0)
        raise NotAcknowledged(
            f"{len(records) - len(acknowledged)} of {len(records)} records to {topic} were not acknowledged: "
            f"{type(failed).__name__}: {failed}",
            tuple(offsets),
        ) from failed

    def _refuse_large(self, topic: str, records: Sequence[Outgoing]) -> None:
        limit = self._largest(topic)
        for index, record in enumerate(records):
            headers = sum(len(name) + len(value) for name, value in record.headers)
            size = len(record.key) + len(record.value) + headers + _OVERHEAD
            if size > limit:
                raise InvalidInput(
                    f"record {index} to {topic} has {size} bytes, more than the {limit} that the topic takes",
                    zh=f"第 {index} 条消息过大（{size} 字节）",
                    hint="see kafka.max_message_bytes",
                )

    def _largest(self, topic: str) -> int:
        return self._max_bytes * (2 if f".{DEAD_LETTERS}." in topic else 1)

    def close(self, seconds: float = 5.0) -> None:
        """Let go of the connections, within `seconds`."""
        self._producer.close(timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
