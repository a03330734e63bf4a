"""Batches: values of one topic at rising offsets, as they will be sent; and the builder that closes them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, count
from operator import mul

from consumers.frames import judge_frame, print_of, prints_of
from consumers.policy import BatchPolicy, TopicRules
from consumers.reasons import Reason, ReasonCode
from infra.errors import FatalError
from infra.kafka import Run
from infra.logging import get_logger
from schemas.wire import HEADER

_MODULO = 2**64
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows at consecutive offsets from `first` on that share an append time (milliseconds since 1970, UTC)."""

    first: int
    rows: int
    appended_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A value that is not sent, and why."""

    offset: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Batch:
    """What lands by one statement: the offsets from `first` to `last`, both included, some of which are refused."""

    first: int
    last: int
    values: Sequence[bytes]
    prints: Sequence[int]
    stretches: Sequence[Stretch]
    refused: Sequence[Refused]
    schema_ids: frozenset[int]
    size_bytes: int

    @property
    def rows(self) -> int:
        """Values to land."""
        return len(self.values)

    @property
    def last_row(self) -> int | None:
        """Offset of the last value to land; None: none."""
        return self.stretches[-1].first + self.stretches[-1].rows - 1 if self.stretches else None

    def checksum(self) -> int:
        """Sum of each print times its row, counted from 1, modulo 2^64: what the statement compares."""
        weighted: int = sum(map(mul, self.prints, count(1)))
        return weighted % _MODULO

    def body(self) -> bytes:
        """The values, joined."""
        return b"".join(self.values)

    def offset_at(self, row: int) -> int:
        """The offset of a row (counted from 0)."""
        ends = list(accumulate(stretch.rows for stretch in self.stretches))
        at = bisect_right(ends, row)
        return self.stretches[at].first + row - (ends[at - 1] if at else 0)

    def piece(self, begin: int, end: int) -> Batch:
        """Rows [begin, end) as a batch of their own, without what is refused."""
        stretches = _cut(self.stretches, begin, end)
        values = self.values[begin:end]
        last = stretches[-1].first + stretches[-1].rows - 1
        return _batch(stretches[0].first, last, values, self.prints[begin:end], stretches, ())

    def split_after(self, rows: int) -> tuple[Batch, Batch | None]:
        """The first `rows` rows with what is refused up to there, and the rest; None when nothing is left."""
        if rows >= self.rows:
            return self, None
        head, tail = self.piece(0, rows), self.piece(rows, self.rows)
        boundary = tail.first
        before = [refused for refused in self.refused if refused.offset < boundary]
        after = [refused for refused in self.refused if refused.offset > boundary]
        first = _batch(self.first, boundary - 1, head.values, head.prints, head.stretches, before)
        return first, _batch(boundary, self.last, tail.values, tail.prints, tail.stretches, after)

    def refuse(self, reasons: dict[int, Reason]) -> Batch:
        """The same offsets with some more rows refused (by row, counted from 0)."""
        more = [Refused(self.offset_at(row), reason) for row, reason in reasons.items()]
        kept = [row for row in range(self.rows) if row not in reasons]
        values = [self.values[row] for row in kept]
        stretches: list[Stretch] = []
        before = 0
        for row in [*sorted(reasons), self.rows]:
            stretches += _cut(self.stretches, before, row)
            before = row + 1
        refused = sorted([*self.refused, *more], key=lambda each: each.offset)
        prints = [self.prints[row] for row in kept]
        return _batch(self.first, self.last, values, prints, stretches, refused)


def _batch(
    first: int,
    last: int,
    values: Sequence[bytes],
    prints: Sequence[int],
    stretches: Sequence[Stretch],
    refused: Sequence[Refused],
) -> Batch:
    heads = {value[: HEADER.size] for value in values}
    ids = frozenset(HEADER.unpack(head)[1] for head in heads)
    return Batch(first, last, values, prints, stretches, refused, ids, sum(map(len, values)))


@dataclass(frozen=True, slots=True)
class Blocked:
    """A value at which a topic stops: its schema is not in our catalogue."""

    offset: int
    reason: Reason


@dataclass(slots=True)
class _Open:
    first: int
    next: int
    values: list[bytes] = field(default_factory=list)
    prints: list[int] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    heads: set[bytes] = field(default_factory=set)
    size_bytes: int = 0


class BatchBuilder:
    """Gathers what was read of one topic into batches.

    Args:
        skip: offsets that are dead letters already; they are passed over.
    """

    def __init__(self, rules: TopicRules, policy: BatchPolicy, skip: Collection[int] = ()) -> None:
        self._rules, self._policy = rules, policy
        self._skip = frozenset(skip)
        self._last_skipped = max(self._skip, default=-1)
        self._open: _Open | None = None
        self._closed: list[Batch] = []
        self._next = 0
        self.blocked: Blocked | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of values gathered and not yet taken."""
        waiting = self._open.size_bytes if self._open else 0
        return waiting + sum(batch.size_bytes for batch in self._closed)

    @property
    def is_open(self) -> bool:
        """Whether anything waits to be closed."""
        return self._open is not None

    def add(self, run: Run) -> None:
        """Take a run, which begins behind all that was added before; after a blocked value nothing more is taken."""
        if self.blocked is not None or not len(run):
            return
        self._follow(run)
        while len(run) > (room := self._policy.rows - (len(self._open.values) if self._open else 0)):
            head, run = run.split(room)
            self._add(head)
        self._add(run)

    def close(self) -> None:
        """Close what is open, whatever its size."""
        if self._open is not None:
            done, self._open = self._open, None
            ids = frozenset(HEADER.unpack_from(head)[1] for head in done.heads)
            self._closed.append(
                Batch(
                    *(done.first, done.next - 1, done.values, done.prints, done.stretches),
                    *(done.refused, ids, done.size_bytes),
                )
            )

    def take(self) -> list[Batch]:
        """The closed batches, which are forgotten here."""
        closed, self._closed = self._closed, []
        return closed

    def _follow(self, run: Run) -> None:
        """Offsets only rise; a gap is where a transaction's marker lies, or else `lianzhi check` names it.

        Raises:
            FatalError: the client handed over what it had handed over before.
        """
        if run.first < self._next:
            raise FatalError(
                f"{run.topic} was read up to offset {self._next - 1} and then handed over {run.first} again",
                zh=f"主题 {run.topic} 的读取位置倒退",
            )
        if self._next and run.first > self._next:
            _log.warning("offsets without records", topic=run.topic, first=self._next, last=run.first - 1)
        self._next = run.end

    def _add(self, run: Run) -> None:
        if self.blocked is not None:
            return
        found = (
            None
            if run.first <= self._last_skipped
            else prints_of(self._rules, run.keys, run.values, self._policy.value_bytes)
        )
        if found is None:
            self._add_slowly(run)
            return
        batch = self._batch(run.first)
        prints, heads = found
        batch.heads |= heads
        batch.values += run.values  # type: ignore[arg-type]
        batch.prints += prints
        self._grow(batch, run.first, len(run), run.appended_ms, sum(map(len, run.values)))  # type: ignore[arg-type]
        self._close_if_full(batch)

    def _add_slowly(self, run: Run) -> None:
        for offset, key, value in zip(count(run.first), run.keys, run.values, strict=False):
            if offset in self._skip:
                continue
            batch = self._batch(offset)
            reason = judge_frame(self._rules, key, value, self._policy.value_bytes)
            if reason is not None and reason.code is ReasonCode.UNKNOWN_SCHEMA:
                self._forget_if_empty(batch)
                self.blocked = Blocked(offset, reason)
                self.close()
                return
            if reason is not None or key is None or value is None:
                batch.refused.append(Refused(offset, reason or Reason(ReasonCode.NO_VALUE)))
                batch.next = offset + 1
            else:
                batch.heads.add(value[: HEADER.size])
                batch.values.append(value)
                batch.prints.append(print_of(self._rules, key, value))
                self._grow(batch, offset, 1, run.appended_ms, len(value))
            self._close_if_full(batch)

    def _batch(self, offset: int) -> _Open:
        if self._open is None:
            self._open = _Open(offset, offset)
        return self._open

    def _forget_if_empty(self, batch: _Open) -> None:
        if not batch.values and not batch.refused:
            self._open = None

    @staticmethod
    def _grow(batch: _Open, first: int, rows: int, appended_ms: int, size: int) -> None:
        batch.next = first + rows
        batch.size_bytes += size
        last = batch.stretches[-1] if batch.stretches else None
        if last and last.first + last.rows == first and last.appended_ms == appended_ms:
            batch.stretches[-1] = Stretch(last.first, last.rows + rows, appended_ms)
        else:
            batch.stretches.append(Stretch(first, rows, appended_ms))

    def _close_if_full(self, batch: _Open) -> None:
        policy = self._policy
        if (
            len(batch.values) >= policy.rows
            or batch.size_bytes >= policy.size_bytes
            or len(batch.stretches) >= policy.runs
            or len(batch.refused) >= policy.refused
        ):
            self.close()


def _cut(stretches: Sequence[Stretch], begin: int, end: int) -> list[Stretch]:
    """The stretches of rows [begin, end)."""
    found, row = [], 0
    for stretch in stretches:
        low, high = max(begin - row, 0), min(end - row, stretch.rows)
        if low < high:
            found.append(Stretch(stretch.first + low, high - low, stretch.appended_ms))
        row += stretch.rows
        if row >= end:
            break
    return found
