"""What was told from files before: so that a file imported again publishes nothing, and a changed row is a correction.

A batch is claimed before it is published and settled afterwards, each in one transaction. Whatever dies or fails in
between, the next import finds the claim and tells the same again under the same ids, which the outbox recognises. Where
it wants to tell something else, the outbox is asked whether the claimed event was published: one that was is corrected,
one that was not is as if it had never been claimed. So nothing is a correction but of an event that the outbox has, or
had in an earlier epoch; and a row with an older time stamp than what was told corrects nothing. When the ledger itself
is lost, the outbox still knows rows that were never corrected by their event ids, which follow from their content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from infra.clock import ASIA_SHANGHAI, from_micros, micros
from infra.errors import FatalError
from infra.file_lock import FileLock
from infra.files import make_private
from infra.sqlite import fill, set_up, transaction, version_of
from producers.identity import derived_event_id
from producers.importers.one_import import hold, imports_folder

SCHEMA_VERSION = 2

Published = Callable[[Sequence[UUID]], Collection[UUID]]
"""Which of some events were published."""


class Claim(NamedTuple):
    """A row that wants to be told.

    Attributes:
        line: number of the line.
        decision_id: identity of the decision.
        begins: start of the day of the decision, which the event's id holds.
        content: keyed hash of all that the event would say.
        fact_id: id that the event has if it is the first of its fact, 16 bytes.
        recorded_at: `meta.recorded_at` that a new event would have.
        stamped_at: time stamp of the row; None: it has none that could be.
    """

    line: int
    decision_id: str
    begins: datetime
    content: bytes
    fact_id: bytes
    recorded_at: datetime
    stamped_at: datetime | None = None


class Action(Enum):
    """What is to be done with a row."""

    TELL = "tell"
    """Publish it: the decision was never told."""

    CORRECT = "correct"
    """Publish it as the next revision: it was told otherwise."""

    TELL_AGAIN = "tell again"
    """Publish it under the same ids: told, but the outbox may not have it (a crash, a lost outbox)."""

    KNOWN = "known"
    """Nothing: it was told."""

    OLDER = "older"
    """Nothing: what was told has a newer time stamp."""

    CONTRADICTS = "contradicts"
    """Refuse it: an earlier line of the same file tells the decision otherwise."""


class Verdict(NamedTuple):
    """What is to be done, and as what. `line` is the earlier one for CONTRADICTS."""

    action: Action
    revision: int
    fact_id: bytes
    recorded_at: datetime
    line: int


class _Row(NamedTuple):
    """A row of the table, without the decision it is about."""

    fact_id: bytes
    revision: int
    content: bytes
    recorded_at: int
    epoch: int
    run: int
    line: int
    stamped_at: int | None


_UNSETTLED = 0
_DAY = timedelta(days=1)
_UPGRADES = {1: "ledger_1_to_2.sql"}
"""What brings a file of an earlier version to the next one."""
_FIND = """
SELECT decision_id, fact_id, revision, content, recorded_at, epoch, run, line, stamped_at
FROM told WHERE decision_id IN ({})
"""
_FIND_CORRECTED = """
SELECT event_id, fact_id, revision, content, recorded_at, epoch, run, line, stamped_at
FROM corrected WHERE decision_id = ?
"""
_LOOKED_UP_AT_ONCE = 500
_PUT = """
INSERT INTO told (fact_id, revision, content, recorded_at, epoch, run, line, stamped_at, decision_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (decision_id) DO UPDATE SET
    fact_id = excluded.fact_id, revision = excluded.revision, content = excluded.content,
    recorded_at = excluded.recorded_at, epoch = excluded.epoch, run = excluded.run, line = excluded.line,
    stamped_at = excluded.stamped_at
"""
_CORRECT = """
INSERT OR REPLACE INTO corrected
    (event_id, fact_id, revision, content, recorded_at, epoch, run, line, stamped_at, decision_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_CORRECTED = "DELETE FROM corrected WHERE decision_id = ?"
_SETTLE = "UPDATE told SET epoch = ? WHERE decision_id = ?"
_FORGET = "DELETE FROM told WHERE decision_id = ?"


class Ledger:
    """One publisher's ledger; one import at a time.

    Args:
        home: `$LIANZHI_HOME`.
        publisher: id of the publisher.
        epoch: of its outbox.
        published: asks that outbox.
        now: when this import began.
        rehearse: claim as always, and take everything back at the end; makes no file.

    Raises:
        RetryableError: another import of this publisher runs.
        FatalError: the file is of a later version, or broken.
    """

    def __init__(
        self,
        home: Path,
        publisher: str,
        epoch: int,
        published: Published,
        now: datetime,
        *,
        rehearse: bool = False,
    ) -> None:
        self.path = imports_folder(home) / f"{publisher}.sqlite"
        self._publisher, self._epoch, self._published = publisher, epoch, published
        self._rehearse = rehearse
        self._lock: FileLock | None = hold(home, publisher) if not rehearse or self.path.exists() else None
        self._before: dict[str, _Row | None] = {}
        try:
            with self._guarded():
                self._db = self._open()
                self._db.execute("INSERT INTO run (started_at) VALUES (?)", (micros(now),))
                (self._run,) = self._db.execute("SELECT max(run) FROM run").fetchone()
        except FatalError:
            self._unlock()
            raise

    def close(self) -> None:
        """Close the file, and let others import."""
        with self._guarded():
            if self._rehearse and self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._db.close()
        self._unlock()

    def claim(self, claims: Sequence[Claim]) -> list[Verdict]:
        """What is to be done with the rows, in the order of the file; durable on return."""
        with self._transaction():
            told = self._look_up([claim.decision_id for claim in claims])
            self._clear_up(claims, told)
            changed: dict[str, _Row] = {}
            verdicts = [self._claim(claim, told, changed) for claim in claims]
            self._db.executemany(_PUT, [(*row, decision_id) for decision_id, row in changed.items()])
        return verdicts

    def settle(self, published: Sequence[str], refused: Sequence[str]) -> None:
        """The events of these decisions are in the outbox, those were refused; durable on return."""
        with self._transaction():
            self._db.executemany(_SETTLE, [(self._epoch, decision_id) for decision_id in published])
            self._db.executemany(_CORRECTED, [(decision_id,) for decision_id in published])
            for decision_id in refused:
                if decision_id not in self._before:
                    continue
                self._take_back(decision_id, self._before[decision_id])
        for decision_id in (*published, *refused):
            self._before.pop(decision_id, None)

    def _look_up(self, decision_ids: Sequence[str]) -> dict[str, _Row]:
        found: dict[str, _Row] = {}
        for start in range(0, len(decision_ids), _LOOKED_UP_AT_ONCE):
            some = decision_ids[start : start + _LOOKED_UP_AT_ONCE]
            rows = self._db.execute(_FIND.format(", ".join("?" * len(some))), some)
            found.update((decision_id, _Row(*row)) for decision_id, *row in rows)
        return found

    def _clear_up(self, claims: Sequence[Claim], told: dict[str, _Row]) -> None:
        """Find out what became of what earlier imports claimed and never settled, where something else is told now."""
        doubtful: dict[str, tuple[UUID, _Row | None]] = {}
        for claim in claims:
            row = told.get(claim.decision_id)
            if row is not None and row.epoch == _UNSETTLED and row.run != self._run and row.content != claim.content:
                found = self._db.execute(_FIND_CORRECTED, (claim.decision_id,)).fetchone()
                event_id, before = (found[0], _Row(*found[1:])) if found else (row.fact_id, None)
                doubtful[claim.decision_id] = UUID(bytes=event_id), before
        there = self._published([event_id for event_id, _ in doubtful.values()]) if doubtful else ()
        for decision_id, (event_id, before) in doubtful.items():
            claimed = told.pop(decision_id)
            row = claimed._replace(epoch=self._epoch) if event_id in there else before
            self._take_back(decision_id, row)
            if row is not None:
                told[decision_id] = row

    def _take_back(self, decision_id: str, row: _Row | None) -> None:
        """Let the tables say of a decision what `row` does, None: nothing; and nothing of a correction."""
        if row is not None:
            self._db.execute(_PUT, (*row, decision_id))
        else:
            self._db.execute(_FORGET, (decision_id,))
        self._db.execute(_CORRECTED, (decision_id,))

    def _claim(self, claim: Claim, told: dict[str, _Row], changed: dict[str, _Row]) -> Verdict:
        """The verdict on one row; what it changes goes into `changed`, and into `told` for the rows after it."""
        before = told.get(claim.decision_id)
        recorded_at = claim.recorded_at
        stamped_at = None if claim.stamped_at is None else micros(claim.stamped_at)
        if before is None:
            action, revision, fact_id = Action.TELL, 1, claim.fact_id
        elif before.run == self._run:
            action = Action.KNOWN if before.content == claim.content else Action.CONTRADICTS
            return Verdict(action, before.revision, before.fact_id, recorded_at, before.line)
        elif before.content != claim.content and _is_older(claim.stamped_at, before.stamped_at):
            return Verdict(Action.OLDER, before.revision, before.fact_id, recorded_at, 0)
        elif before.content != claim.content:
            action, revision, fact_id = Action.CORRECT, before.revision + 1, before.fact_id
            event_id = event_id_of(self._publisher, claim.begins, claim.decision_id, revision, claim.content)
            self._db.execute(_CORRECT, (event_id.bytes, *before, claim.decision_id))
        else:
            action = Action.KNOWN if before.epoch == self._epoch else Action.TELL_AGAIN
            told[claim.decision_id] = changed[claim.decision_id] = before._replace(
                run=self._run, line=claim.line, stamped_at=_newer(before.stamped_at, stamped_at)
            )
            return Verdict(action, before.revision, before.fact_id, from_micros(before.recorded_at), 0)
        self._before[claim.decision_id] = before
        row = _Row(fact_id, revision, claim.content, micros(recorded_at), _UNSETTLED, self._run, claim.line, stamped_at)
        told[claim.decision_id] = changed[claim.decision_id] = row
        return Verdict(action, revision, fact_id, recorded_at, 0)

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._guarded():
            if self._rehearse:
                yield
                return
            with transaction(self._db):
                yield

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise FatalError(
                f"the import ledger {self.path} failed: {error}",
                zh=f"导入台账 {self.path} 出错",
                hint="check disk and file; a lost ledger costs corrections their history, nothing else",
            ) from error

    def _open(self) -> sqlite3.Connection:
        exists = self.path.exists()
        if self._rehearse and not exists:
            db = sqlite3.connect(":memory:", isolation_level=None)
        else:
            make_private(self.path)
            db = sqlite3.connect(self.path, isolation_level=None)
            set_up(db, "journal_mode = WAL", "synchronous = FULL")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        try:
            if version not in _UPGRADES:
                version_of(db, self.path, SCHEMA_VERSION, zh="导入台账", en="import ledger")
        except FatalError:
            db.close()
            raise
        db.execute("BEGIN IMMEDIATE")
        while version in _UPGRADES:
            fill(db, "producers.importers", _UPGRADES[version], version + 1)
            version += 1
        fill(db, "producers.importers", "ledger.sql", SCHEMA_VERSION)  # only what is missing
        if not self._rehearse:
            db.execute("COMMIT")
        return db


def _is_older(stamp: datetime | None, told: int | None) -> bool:
    """Whether a row's stamp is surely older than that of what was told; one of a whole day may be of any hour of it."""
    if stamp is None or told is None:
        return False
    is_day = stamp.astimezone(ASIA_SHANGHAI).time() == time()
    return micros(stamp + _DAY) <= told if is_day else micros(stamp) < told


def _newer(told: int | None, stamp: int | None) -> int | None:
    return max((each for each in (told, stamp) if each is not None), default=None)


def event_id_of(publisher: str, begins: datetime, decision_id: str, revision: int, content: bytes) -> UUID:
    """Follows from publisher, decision, revision and content alone, so that no import tells anything twice."""
    return derived_event_id(publisher, begins, b"%d\x00%b\x00%b" % (revision, decision_id.encode(), content))
