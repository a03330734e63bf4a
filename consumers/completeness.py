"""Is anything missing? Offset by offset against the log, and number by number against what publishers say they sent.

The counting is done in ClickHouse; Python asks where counts do not agree. Numbers of values that could not be decoded
are known from their headers, so a dead letter is no gap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import FatalError
from infra.kafka import fetch_range, make_consumer
from infra.settings import Settings
from infra.sql import load, render
from infra.topics import split_topic
from schemas.columns import table_of

MOST_NAMED = 50
"""Ranges, events and conflicts that are named; the counts are always whole."""

SENSIBLE_GAP = 1_000_000
"""A gap in a publisher's numbers that is wider makes no sense: somebody set a number wrong."""

_CANDIDATES = 100_000

Span = tuple[int, int]
"""First and last, both included."""

Watch = Callable[[str, int, int], None]
"""Told how far a topic has landed: topic, offset reached, offset to reach."""


@dataclass(frozen=True, slots=True)
class TopicCheck:
    """One topic: every offset in [begin, end) is stored, a dead letter, or missing.

    Attributes:
        without_record: offsets that the log itself has no record at (transaction markers).
        missing_ranges: the first of them, at most `MOST_NAMED`.
        doubled: offsets stored more than once, the first of them.
    """

    topic: str
    begin: int
    end: int
    stored: int
    dead_letters: int
    without_record: int
    missing: int
    missing_ranges: tuple[Span, ...]
    doubled: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Nothing is missing, nothing is there twice."""
        return not self.missing and not self.doubled


@dataclass(frozen=True, slots=True)
class Numbers:
    """One publisher's epoch in one topic.

    Attributes:
        events: events that came, resends and dead letters with a number included.
        last: the highest number that came.
        missing: numbers from 1 to `last` that did not come, those of jumps left out.
        jumps: gaps so wide that they make no sense.
        resends: events that came again under the same number.
        late_fills: numbers that came after a higher one.
    """

    topic: str
    publisher: str
    epoch: int
    events: int
    last: int
    missing: int
    missing_ranges: tuple[Span, ...]
    jumps: tuple[Span, ...]
    resends: int
    late_fills: int
    late_offsets: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Dense from 1 to the last."""
        return not self.missing and not self.jumps


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two things that can not both be so: what kind, which, and the events that say it."""

    kind: str
    what: str
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resend:
    """An event that lies in the log more than once; it counts once."""

    event_id: str
    times: int
    places: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Completeness:
    """What was found; `complete`: nothing is missing, doubled or in conflict."""

    topics: list[TopicCheck] = field(default_factory=list)
    publishers: list[Numbers] = field(default_factory=list)
    resends: list[Resend] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether everything is as it should be; resends and late fills are."""
        checks: list[TopicCheck | Numbers] = [*self.topics, *self.publishers]
        return all(check.complete for check in checks) and not self.conflicts


def check_completeness(
    settings: Settings,
    server: ClickHouse,
    topics: Sequence[str],
    *,
    patience: float = 0.0,
    watch: Watch | None = None,
    clock: Clock | None = None,
) -> Completeness:
    """Hold the log against the tables, up to where the log ends now.

    Args:
        server: a user who may read the tables, e.g. `auditor`.
        topics: event topics.
        patience: wait for what has not landed yet as long as it moves, and this many seconds without a move.

    Raises:
        RetryableError: the broker or the server is away.
    """
    with make_consumer(settings, None, client_id="check") as consumer:
        begins, ends = consumer.begin_offsets(topics), consumer.end_offsets(topics)
    found, ask = Completeness(), _Asking(server)
    _wait(ask, ends, patience, watch, clock or SystemClock())
    for topic in topics:
        found.topics.append(_check_topic(settings, ask, topic, begins[topic], ends[topic]))
    by_family: dict[str, list[str]] = {}
    for topic in topics:
        by_family.setdefault(split_topic(topic)[0], []).append(topic)
    for family, members in by_family.items():
        _check_family(ask, family, members, ends, found)
    return found


class _Asking:
    """The questions, by the name of their file."""

    def __init__(self, server: ClickHouse) -> None:
        self._server = server

    def __call__(self, name: str, family: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        sql = render(load("consumers", f"sql/check/{name}.sql"), table=table_of(family))
        return self._server.rows(sql, **parameters)


def _wait(ask: _Asking, ends: Mapping[str, int], patience: float, watch: Watch | None, clock: Clock) -> None:
    """Until every topic has reached its end, or nothing has moved for `patience` seconds."""
    reached = dict.fromkeys(ends, -1)
    moved_at, pause = clock.monotonic(), threading.Event()
    while True:
        before = dict(reached)
        for topic, end in ends.items():
            if reached[topic] < end - 1:
                begin = max(reached[topic], 0)
                reached[topic] = max(
                    reached[topic], ask("reached", split_topic(topic)[0], topic=topic, begin=begin)[0][0]
                )
                if watch is not None:
                    watch(topic, reached[topic] + 1, end)
        if reached != before:
            moved_at = clock.monotonic()
        done = all(reached[topic] >= end - 1 for topic, end in ends.items())
        if done or clock.monotonic() - moved_at >= patience:
            return
        pause.wait(min(0.25, patience))


def _check_topic(settings: Settings, ask: _Asking, topic: str, begin: int, end: int) -> TopicCheck:
    family, _ = split_topic(topic)
    stored, places, dead, covered = ask("offsets", family, topic=topic, end=end)[0]
    doubled: tuple[int, ...] = ()
    if stored != places:
        found = ask("doubled_offsets", family, topic=topic, end=end, most=MOST_NAMED)
        doubled = tuple(offset for offset, _ in found)
    missing, without_record, ranges = 0, 0, []
    # From 0 on: what the log has forgotten since must be in the table.
    if covered != end:
        gaps = ask("missing_offsets", family, topic=topic, begin=0, end=end, most=MOST_NAMED)
        absent = end - covered
        for first, last, _ in gaps:
            size = last - first + 1
            if last >= begin and not _has_records(settings, topic, max(first, begin), last):
                without_record += size
            else:
                ranges.append((first, last))
        missing = absent - without_record
    return TopicCheck(topic, begin, end, stored, dead, without_record, missing, tuple(ranges), doubled)


def _has_records(settings: Settings, topic: str, first: int, last: int) -> bool:
    """Whether the log holds any record in [first, last]: a gap of the table may be a gap of the log."""
    try:
        return next(iter(fetch_range(settings, topic, first, last + 1, client_id="check")), None) is not None
    except FatalError:  # the log begins behind it: whatever was there is gone
        return True


def _check_family(
    ask: _Asking, family: str, topics: Sequence[str], ends: Mapping[str, int], found: Completeness
) -> None:
    bounds = {"topics": list(topics), "ends": [ends[topic] for topic in topics]}
    for topic, publisher, epoch, events, numbers, lowest, highest, late, late_offsets in ask(
        "numbers", family, **bounds
    ):
        one = {"topic": topic, "end": ends[topic], "publisher": publisher, "epoch": epoch, "most": MOST_NAMED}
        ranges, missing = [], 0
        if (lowest, highest) != (1, numbers):
            gaps = ask("missing_numbers", family, **one)
            ranges = [(first, last) for first, last, *_ in gaps]
            missing = gaps[0][3] if gaps else 0
        jumps = [span for span in ranges if span[1] - span[0] + 1 > max(SENSIBLE_GAP, 10 * events)]
        missing -= sum(last - first + 1 for first, last in jumps)
        found.publishers.append(
            Numbers(
                topic,
                publisher,
                epoch,
                events,
                highest,
                missing,
                tuple(span for span in ranges if span not in jumps),
                tuple(jumps),
                events - numbers,
                late,
                tuple(late_offsets),
            )
        )
        if events != numbers:
            found.conflicts += _twice_numbered(ask("repeated_numbers", family, **one), topic, publisher, epoch)
    for event_id, times, contents, places in ask(
        "repeated_events", family, topics=list(topics), candidates=_CANDIDATES, most=MOST_NAMED
    ):
        if contents > 1:
            found.conflicts.append(Conflict("content", f"{event_id} has {contents} contents", (str(event_id),)))
        else:
            found.resends.append(Resend(str(event_id), times, tuple(places)))
    for fact_id, revision, event_ids, publishers in ask(
        "conflicting_facts", family, topics=list(topics), most=MOST_NAMED
    ):
        what = f"fact {fact_id} revision {revision} by {', '.join(sorted(publishers))}"
        found.conflicts.append(Conflict("revision", what, tuple(sorted(map(str, event_ids)))))


def _twice_numbered(rows: Sequence[tuple[Any, ...]], topic: str, publisher: str, epoch: int) -> list[Conflict]:
    return [
        Conflict(
            "number", f"{publisher} epoch {epoch} number {sequence} in {topic}", tuple(sorted(map(str, event_ids)))
        )
        for sequence, event_ids, _ in rows
        if len(event_ids) > 1
    ]
