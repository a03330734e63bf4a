"""The producer: idempotent, acknowledged by all replicas, in order within a topic, bounded in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from kafka import KafkaProducer
from kafka import errors as kafka_errors

from infra.errors import RetryableError
from infra.kafka.config import common_config, milliseconds, require_fast_parts
from infra.kafka.errors import as_ours, kafka_calls
from infra.settings import Settings
from infra.topics import PARTITION


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send: key, value, headers."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class NotAcknowledged(RetryableError):  # noqa: N818
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
        with kafka_calls("connecting"):
            self._producer = KafkaProducer(**config)

    def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[int]:
        """Send `records` in order; return their offsets when every replica that must have them has them.

        Raises:
            NotAcknowledged: when not all were acknowledged within kafka.delivery_seconds; the producer is closed then.
            InvalidInput: when a record is larger than the topic takes; nothing from it on was sent.
            RetryableError: when the topic is not known; nothing was sent.
        """
        futures = []
        try:
            for record in records:
                futures.append(
                    self._producer.send(
                        topic, record.value, key=record.key, headers=list(record.headers), partition=PARTITION
                    )
                )
            self._producer.flush(timeout=self._delivery_seconds + 1)
        except kafka_errors.KafkaError as error:
            if not futures:
                raise as_ours(error, f"sending to {topic}") from error
            self._give_up(topic, len(records), futures, error)
        offsets = [future.value.offset if future.is_done and future.succeeded() else None for future in futures]
        acknowledged = [offset for offset in offsets if offset is not None]
        if len(acknowledged) < len(records):
            failed = next((future.exception for future in futures if future.is_done and future.failed()), None)
            self._give_up(topic, len(records), futures, failed)
        return acknowledged

    def _give_up(self, topic: str, count: int, futures: Sequence[Any], error: Exception | None) -> None:
        self._producer.close(timeout=0)
        offsets = [future.value.offset if future.is_done and future.succeeded() else None for future in futures]
        offsets += [None] * (count - len(offsets))
        missing = sum(offset is None for offset in offsets)
        raise NotAcknowledged(
            f"{missing} of {count} records to {topic} were not acknowledged: {error}", tuple(offsets)
        ) from error

    def close(self, seconds: float = 5.0) -> None:
        """Let go of the connections, within `seconds`."""
        self._producer.close(timeout=seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
