"""The log as the relay sees it: what a topic holds of whom, and putting events at its end in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from infra.errors import FatalError, LianzhiError, RetryableError
from infra.settings import Settings
from producers.backlog import Entry
from schemas import headers
from schemas.catalogue import catalogue
from schemas.wire import HEADER

if TYPE_CHECKING:
    from infra.kafka import Outgoing, Producer, Record

_RECORD_BYTES = 40  # more than Kafka's own varints, deltas and lengths take for one record
_HEADER_BYTES = 6  # and for one header
_BATCH_BYTES = 256  # head of a batch, generously


class LogAway(RetryableError):
    """No broker answers: nothing can be sent for anybody, whoever asks next need not try at once."""


@dataclass(frozen=True, slots=True)
class Landed:
    """An event of the log, as far as its headers tell. Numbers are None where a header is missing or is no number."""

    offset: int
    publisher: str | None
    epoch: int | None
    sequence: int | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Outgo:
    """An event on its way to the log: Kafka key, value, headers."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def size(self) -> int:
        """At most so many bytes of a batch."""
        own = sum(len(name) + len(value) + _HEADER_BYTES for name, value in self.headers)
        return _RECORD_BYTES + len(self.key) + len(self.value) + own


class Log(Protocol):
    """What the relay needs of the log."""

    def end(self, topic: str) -> int:
        """The offset after the last event of `topic`.

        Raises:
            LogAway: no broker answers.
            LianzhiError: anything that concerns this topic alone.
        """

    def read(self, topic: str, first: int, end: int) -> Iterator[Landed]:
        """The events of `topic` at the offsets from `first` to before `end`."""

    def append(self, topic: str, outgoing: Sequence[Outgo]) -> int:
        """Put events at the end of `topic`, in order and all together; the offset after the last of them.

        When it raises, any of them may have landed, from the first on without a gap, or may still land; nothing else is
        on its way. The caller looks at the log before it sends again.

        Raises:
            LogAway: no broker answers.
            LianzhiError: anything that concerns this topic alone.
        """

    def close(self) -> None:
        """Let go of connections."""


def outgo(publisher: str, epoch: int, entry: Entry) -> Outgo:
    """An entry of the outbox as it goes to the log, with its headers (architecture, section 5)."""
    (_, schema_id) = HEADER.unpack_from(entry.value)
    listed = [
        (headers.CONTENT_TYPE, headers.AVRO_CONFLUENT),
        (headers.PUBLISHER, publisher.encode()),
        (headers.EPOCH, b"%d" % epoch),
        (headers.SEQUENCE, b"%d" % entry.sequence),
        (headers.SCHEMA_SHA256, catalogue().by_id[schema_id].sha256.encode()),
        (headers.SIGNATURE, entry.signature),
    ]
    if entry.traceparent is not None:
        listed.append((headers.TRACEPARENT, entry.traceparent.encode()))
    return Outgo(entry.key.encode(), entry.value, tuple(listed))


def cut(outgoing: Sequence[Outgo], batch_bytes: int) -> Iterator[Sequence[Outgo]]:
    """`outgoing` in pieces that each fit into one batch of the log; a larger event is a piece of its own."""
    first, size = 0, _BATCH_BYTES
    for place, event in enumerate(outgoing):
        if size + event.size > batch_bytes and place > first:
            yield outgoing[first:place]
            first, size = place, _BATCH_BYTES
        size += event.size
    if first < len(outgoing):
        yield outgoing[first:]


class KafkaLog:
    """The log on real brokers.

    One call of `append` is one batch of the log and one request, and nothing follows before the broker has answered. So
    a batch lands whole or not at all, and no later event can be there without an earlier one, whatever fails: with
    several batches on their way, one that times out while the next one gets through would leave a gap to be filled out
    of order. Kafka's idempotent producer does not help against that, its batches expire one by one.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: Producer | None = None

    def end(self, topic: str) -> int:
        """See `Log`."""
        from infra.kafka import make_consumer

        try:
            consumer = make_consumer(self._settings, None, client_id="relay-look")
        except RetryableError as error:
            raise _away(error) from error
        with consumer:
            return consumer.end_offsets([topic])[topic]

    def read(self, topic: str, first: int, end: int) -> Iterator[Landed]:
        """See `Log`."""
        from infra.kafka import fetch_range

        for record in fetch_range(self._settings, topic, first, end, client_id="relay-look"):
            yield _landed(record)

    def append(self, topic: str, outgoing: Sequence[Outgo]) -> int:
        """See `Log`."""
        from infra.kafka import Outgoing, make_producer

        if self._producer is None:
            try:
                self._producer = make_producer(self._settings, client_id="relay")
            except RetryableError as error:
                raise _away(error) from error
        records: list[Outgoing] = [Outgoing(event.key, event.value, event.headers) for event in outgoing]
        try:
            offsets = self._producer.send_all(topic, records)
        except LianzhiError:
            self.close()  # whatever it still holds must not go out after what is sent next
            raise
        if any(later <= earlier for earlier, later in pairwise(offsets)):
            raise FatalError(f"the broker put events of {topic} out of order", zh=f"主题 {topic} 的事件次序错乱")
        return offsets[-1] + 1

    def close(self) -> None:
        """See `Log`."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(0)


def _away(error: LianzhiError) -> LogAway:
    return LogAway(error.message, zh=error.zh, hint=error.hint)


def _landed(record: Record) -> Landed:
    publisher = record.header(headers.PUBLISHER)
    return Landed(
        record.offset,
        None if publisher is None else publisher.decode(errors="replace"),
        _number(record.header(headers.EPOCH)),
        _number(record.header(headers.SEQUENCE)),
        record.value,
    )


def _number(text: bytes | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 20 else None
