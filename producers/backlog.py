"""The relay's side of an outbox: what is still to be sent, in order; what was sent; what may be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from infra.clock import Clock, from_micros, micros
from infra.errors import FatalError
from infra.faultpoints import FaultPoint, reach
from producers.outbox_file import OutboxFile, Sync


@dataclass(frozen=True, slots=True)
class TopicState:
    """Counters of one topic.

    Attributes:
        last: sequence of the newest event.
        sent: sequence up to which the log has acknowledged.
        log_offset: below this offset of the log nothing of this epoch is unaccounted for; None before the first look.
        oldest: when the oldest unsent event was published (UTC); None without a backlog.
    """

    topic: str
    last: int
    sent: int
    log_offset: int | None
    oldest: datetime | None

    @property
    def backlog(self) -> int:
        """Events that the log has not acknowledged."""
        return self.last - self.sent


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as it goes to the log."""

    sequence: int
    key: str
    value: bytes
    signature: bytes
    traceparent: str | None


_STATES = """
SELECT t.topic, t.last_sequence, t.sent_sequence, t.log_offset,
       (SELECT e.created_at FROM entry AS e WHERE e.topic_id = t.topic_id AND e.sequence = t.sent_sequence + 1)
FROM topic AS t ORDER BY t.topic
"""
_ENTRIES = """
SELECT e.sequence, e.key, e.value, e.signature, e.traceparent
FROM entry AS e JOIN topic AS t USING (topic_id)
WHERE t.topic = ? AND e.sequence > ? ORDER BY e.sequence LIMIT ?
"""
_MARK = """
UPDATE topic SET sent_sequence = max(sent_sequence, ?), log_offset = max(coalesce(log_offset, 0), ?) WHERE topic = ?
"""
_OLDEST = """
SELECT t.topic_id, t.sent_sequence, (SELECT min(e.sequence) FROM entry AS e WHERE e.topic_id = t.topic_id)
FROM topic AS t
"""
_PRUNE = "DELETE FROM entry WHERE topic_id = ? AND sequence BETWEEN ? AND ? AND created_at < ?"


class Backlog:
    """What one publisher's outbox still has to send.

    A mark that a power failure takes back does no harm, the relay finds in the log what had landed; so its commits need
    not wait for the disk.

    Args:
        home: `$LIANZHI_HOME`.
        publisher: id of the publisher.

    Raises:
        See `OutboxFile`; a missing outbox is not begun.
    """

    def __init__(self, home: Path, publisher: str, *, clock: Clock | None = None, busy_seconds: float = 10.0) -> None:
        self._file = OutboxFile(home, publisher, create=False, sync=Sync.NORMAL, clock=clock, busy_seconds=busy_seconds)
        self.publisher = publisher

    @property
    def epoch(self) -> int:
        """The epoch of this outbox."""
        return self._file.epoch

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def changes(self) -> int:
        """A number that changes when somebody else has committed."""
        return self._file.changes()

    def in_place(self) -> bool:
        """Whether the open file is still the one that lies there."""
        return self._file.in_place()

    def states(self) -> list[TopicState]:
        """The counters of every topic, by name."""
        with self._file.reading() as db:
            rows = db.execute(_STATES).fetchall()
        return [
            TopicState(topic, last, sent, log_offset, None if oldest is None else from_micros(oldest))
            for topic, last, sent, log_offset, oldest in rows
        ]

    def entries(self, topic: str, after: int, count: int) -> list[Entry]:
        """Up to `count` events of `topic` that follow the sequence `after`, dense and in order.

        Raises:
            FatalError: when one is missing: the outbox was changed by something else.
        """
        with self._file.reading() as db:
            found = [Entry(*row) for row in db.execute(_ENTRIES, (topic, after, count))]
        if any(entry.sequence != after + place for place, entry in enumerate(found, 1)):
            raise FatalError(
                f"the outbox {self._file.path} lacks an event of {topic} after sequence {after}",
                zh=f"发件箱 {self._file.path} 缺少 {topic} 中序号 {after} 之后的事件",
                hint="something else has changed the file; restore it, or see `lianzhi outbox renew`",
            )
        return found

    def mark(self, topic: str, sent: int, log_offset: int) -> None:
        """The log has acknowledged `topic` up to the sequence `sent`, and was looked at below `log_offset`."""
        with self._file.writing() as db:
            db.execute(_MARK, (sent, log_offset, topic))
            reach(FaultPoint.RELAY_BEFORE_MARK_COMMIT)
        reach(FaultPoint.RELAY_AFTER_MARK)

    def prune(self, older_than: timedelta, count: int = 2_000) -> int:
        """Forget up to `count` older sent events of each topic, and give their space back; how many there were.

        That they were published stays remembered.
        """
        before = micros(self._file.clock.now() - older_than)
        with self._file.writing() as db:
            deleted = sum(
                db.execute(_PRUNE, (topic_id, first, min(sent, first + count - 1), before)).rowcount
                for topic_id, sent, first in db.execute(_OLDEST).fetchall()
                if first is not None
            )
            if deleted:
                db.execute("PRAGMA incremental_vacuum(2000)").fetchall()
            reach(FaultPoint.RELAY_BEFORE_PRUNE_COMMIT)
        return deleted


def total_backlog(states: Sequence[TopicState]) -> int:
    """Events of all topics that the log has not acknowledged."""
    return sum(state.backlog for state in states)
