"""The publisher's side of an outbox: events go in numbered, once each, all of a call or none, durable on return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple
from uuid import UUID

from infra.clock import Clock, micros
from infra.errors import InvalidInput
from infra.faultpoints import FaultPoint, reach
from producers.numbering import numbered
from producers.outbox_file import OutboxFile, Sync

Sign = Callable[[bytes], bytes]


class Draft(NamedTuple):
    """An event that is ready but for its numbers.

    Attributes:
        event_id: its id.
        content: keyed hash of its content, numbers and sealed bytes left out: tells the same event from another one.
        topic: where it goes.
        key: the Kafka key.
        parts: the encoded bytes before and after the numbers.
        traceparent: W3C Trace Context to send along.
    """

    event_id: UUID
    content: bytes
    topic: str
    key: str
    parts: tuple[bytes, bytes]
    traceparent: str | None = None


class Placed(NamedTuple):
    """Where an event stands: its topic, epoch and sequence, now or since an earlier call."""

    topic: str
    epoch: int
    sequence: int
    content: bytes
    already_published: bool


class EventConflict(InvalidInput):
    """Event ids that were published before with other content; nothing was stored.

    `indexes` are the places in the call.
    """

    def __init__(self, event_ids: Sequence[UUID], indexes: tuple[int, ...]) -> None:
        shown = ", ".join(str(event_id) for event_id in event_ids[:5])
        super().__init__(
            f"{len(event_ids)} event ids were published before with other content: {shown}",
            zh=f"{len(event_ids)} 个事件编号已用于内容不同的事件：{shown}",
            hint="an event is never edited; a correction is a new event with the same fact_id and the next revision",
        )
        self.indexes = indexes


_PUBLISHED = "SELECT event_id, topic_id, epoch, sequence, content FROM published WHERE event_id IN ({})"
_LOOKED_UP_AT_ONCE = 500
_TOPIC = "SELECT topic_id, last_sequence FROM topic WHERE topic = ?"
_NEW_TOPIC = "INSERT INTO topic (topic) VALUES (?)"
_COUNT = "UPDATE topic SET last_sequence = ? WHERE topic_id = ?"
_ENTRY = """
INSERT INTO entry (topic_id, sequence, created_at, key, value, signature, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_REMEMBER = "INSERT INTO published (event_id, content, topic_id, epoch, sequence) VALUES (?, ?, ?, ?, ?)"


@dataclass(slots=True)
class _Counter:
    topic_id: int
    sequence: int


class Outbox:
    """One publisher's outbox; threads and processes may publish through it at once.

    Args:
        home: `$LIANZHI_HOME`.
        publisher: id of the publisher.
        sign: makes the signature of a value's bytes.

    Raises:
        See `OutboxFile`.
    """

    def __init__(
        self, home: Path, publisher: str, sign: Sign, *, clock: Clock | None = None, busy_seconds: float = 10.0
    ) -> None:
        self._file = OutboxFile(home, publisher, sync=Sync.FULL, clock=clock, busy_seconds=busy_seconds)
        self._sign = sign

    @property
    def epoch(self) -> int:
        """The epoch that new events are numbered under."""
        return self._file.epoch

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def published(self, event_ids: Sequence[UUID]) -> dict[UUID, Placed]:
        """Those of `event_ids` that were published before, and where they stand."""
        with self._file.reading() as db:
            return dict(published_among(db, event_ids))

    def sent(self, topic: str) -> int:
        """The sequence up to which the log has acknowledged this epoch's events of `topic`."""
        with self._file.reading() as db:
            row = db.execute("SELECT sent_sequence FROM topic WHERE topic = ?", (topic,)).fetchone()
        return int(row[0]) if row else 0

    def append(self, drafts: Sequence[Draft]) -> list[Placed]:
        """Number and store the drafts in the order given, all or none; durable on return.

        A draft that was published before, or stands twice in the call, is not stored again.

        Raises:
            EventConflict: when an event id was used for other content; nothing was stored.
            OutboxBusy, RetryableError, FatalError: nothing was stored, or the outcome is unknown (a failing disk);
                publishing the same events again is right in either case.
        """
        if not drafts:
            return []
        with self._file.writing() as db:
            placed, new = self._place(db, drafts)
            if new:
                self._store(db, drafts, placed, new)
            reach(FaultPoint.OUTBOX_BEFORE_COMMIT)
        reach(FaultPoint.OUTBOX_AFTER_COMMIT)
        return placed

    def _place(self, db: Connection, drafts: Sequence[Draft]) -> tuple[list[Placed], list[int]]:
        """Where each draft stands, and the indexes of those that are new."""
        known = dict(published_among(db, [draft.event_id for draft in drafts]))
        counters: dict[str, _Counter] = {}
        placed, new, conflicts, epoch = [], [], [], self.epoch
        for index, draft in enumerate(drafts):
            place = known.get(draft.event_id)
            if place is None:
                counter = counters.get(draft.topic)
                if counter is None:
                    counter = counters[draft.topic] = _counter(db, draft.topic)
                counter.sequence += 1
                place = Placed(draft.topic, epoch, counter.sequence, draft.content, already_published=False)
                known[draft.event_id] = place
                new.append(index)
            elif place.content != draft.content:
                conflicts.append(index)
            elif not place.already_published:  # it stands twice in the call
                place = place._replace(already_published=True)
            placed.append(place)
        if conflicts:
            raise EventConflict([drafts[index].event_id for index in conflicts], tuple(conflicts))
        db.executemany(_COUNT, [(counter.sequence, counter.topic_id) for counter in counters.values()])
        return placed, new

    def _store(self, db: Connection, drafts: Sequence[Draft], placed: Sequence[Placed], new: Sequence[int]) -> None:
        now, sign, epoch = micros(self._file.clock.now()), self._sign, self.epoch
        topic_ids = {topic: _counter(db, topic).topic_id for topic in {placed[index].topic for index in new}}
        values = [numbered(drafts[index].parts, epoch, placed[index].sequence) for index in new]
        signatures = [sign(value) for value in values]
        entries, memory = [], []
        for index, value, signature in zip(new, values, signatures, strict=True):
            draft, sequence = drafts[index], placed[index].sequence
            topic_id = topic_ids[draft.topic]
            entries.append((topic_id, sequence, now, draft.key, value, signature, draft.traceparent))
            memory.append((draft.event_id.bytes, draft.content, topic_id, epoch, sequence))
        db.executemany(_ENTRY, entries)
        db.executemany(_REMEMBER, memory)


def _counter(db: Connection, topic: str) -> _Counter:
    row = db.execute(_TOPIC, (topic,)).fetchone()
    if row is None:
        db.execute(_NEW_TOPIC, (topic,))
        row = db.execute(_TOPIC, (topic,)).fetchone()
    return _Counter(*row)


def published_among(db: Connection, event_ids: Sequence[UUID]) -> Iterator[tuple[UUID, Placed]]:
    """Those of `event_ids` that were published before, and where they stand, asked of an outbox's connection."""
    topics = dict(db.execute("SELECT topic_id, topic FROM topic"))
    for start in range(0, len(event_ids), _LOOKED_UP_AT_ONCE):
        some = [event_id.bytes for event_id in event_ids[start : start + _LOOKED_UP_AT_ONCE]]
        for row in db.execute(_PUBLISHED.format(", ".join("?" * len(some))), some):
            event_id, topic_id, epoch, sequence, content = row
            yield UUID(bytes=event_id), Placed(topics[topic_id], epoch, sequence, content, already_published=True)
