"""What was told from files before: so that a file imported again publishes nothing, and a changed row is a correction.

A batch is claimed before it is published and settled afterwards, each in one transaction. Whatever dies in between,
the next import finds the claim and tells the same again under the same ids, which the outbox recognises. When the
ledger itself is lost, the outbox still knows rows that were never corrected by their event ids, which follow from
their content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from infra.clock import from_micros, micros
from infra.errors import FatalError, RetryableError
from infra.files import make_private
from infra.persons.keys import private_folder
from infra.sqlite import fill, set_up, transaction, version_of
from producers.file_lock import FileLock

SCHEMA_VERSION = 1


class Claim(NamedTuple):
    """A row that wants to be told.

    Attributes:
        line: number of the line.
        decision_id: identity of the decision.
        content: keyed hash of all that the event would say.
        fact_id: id that the event has if it is the first of its fact, 16 bytes.
        recorded_at: `meta.recorded_at` that a new event would have.
    """

    line: int
    decision_id: str
    content: bytes
    fact_id: bytes
    recorded_at: datetime


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

    CONTRADICTS = "contradicts"
    """Refuse it: an earlier line of the same file tells the decision otherwise."""


class Verdict(NamedTuple):
    """What is to be done, and as what. `line` is the earlier one for CONTRADICTS."""

    action: Action
    revision: int
    fact_id: bytes
    recorded_at: datetime
    line: int


@dataclass(frozen=True, slots=True)
class _Before:
    """A row of the table before a claim, to be put back."""

    decision_id: str
    row: tuple[object, ...] | None


_FIND = "SELECT fact_id, revision, content, recorded_at, epoch, run, line FROM told WHERE decision_id = ?"
_PUT = """
INSERT INTO told (fact_id, revision, content, recorded_at, epoch, run, line, decision_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (decision_id) DO UPDATE SET
    fact_id = excluded.fact_id, revision = excluded.revision, content = excluded.content,
    recorded_at = excluded.recorded_at, epoch = excluded.epoch, run = excluded.run, line = excluded.line
"""
_SEEN = "UPDATE told SET run = ?, line = ? WHERE decision_id = ?"
_SETTLE = "UPDATE told SET epoch = ? WHERE decision_id = ?"
_FORGET = "DELETE FROM told WHERE decision_id = ?"


class Ledger:
    """One publisher's ledger; one import at a time.

    Args:
        home: `$LIANZHI_HOME`.
        publisher: id of the publisher.
        epoch: of its outbox.
        now: when this import began.
        rehearse: claim as always, and take everything back at the end; makes no file.

    Raises:
        RetryableError: another import of this publisher runs.
        FatalError: the file is of a later version, or broken.
    """

    def __init__(self, home: Path, publisher: str, epoch: int, now: datetime, *, rehearse: bool = False) -> None:
        self.path = home / "imports" / f"{publisher}.sqlite"
        self._epoch = epoch
        self._rehearse = rehearse
        self._lock: FileLock | None = None
        if not rehearse or self.path.exists():
            private_folder(self.path.parent)
            self._lock = FileLock(self.path.with_suffix(".lock"))
            if not self._lock.try_acquire():
                self._lock.close()
                raise RetryableError(
                    f"another import for {publisher} is running",
                    zh=f"{publisher} 的另一次导入正在进行",
                    hint="wait for it",
                )
        self._before: dict[str, _Before] = {}
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
            return [self._claim(claim) for claim in claims]

    def settle(self, published: Sequence[str], refused: Sequence[str]) -> None:
        """The events of these decisions are in the outbox, those were refused; durable on return."""
        with self._transaction():
            self._db.executemany(_SETTLE, [(self._epoch, decision_id) for decision_id in published])
            for decision_id in refused:
                before = self._before.get(decision_id)
                if before is not None and before.row is not None:
                    self._db.execute(_PUT, (*before.row, decision_id))
                elif before is not None:
                    self._db.execute(_FORGET, (decision_id,))
        for decision_id in (*published, *refused):
            self._before.pop(decision_id, None)

    def _claim(self, claim: Claim) -> Verdict:
        found = self._db.execute(_FIND, (claim.decision_id,)).fetchone()
        if found is None:
            self._put(claim, Action.TELL, 1, claim.fact_id, None)
            return Verdict(Action.TELL, 1, claim.fact_id, claim.recorded_at, 0)
        fact_id, revision, content, recorded_at, epoch, run, line = found
        if run == self._run:
            action = Action.KNOWN if content == claim.content else Action.CONTRADICTS
            return Verdict(action, revision, fact_id, claim.recorded_at, line)
        if content != claim.content:
            self._put(claim, Action.CORRECT, revision + 1, fact_id, found)
            return Verdict(Action.CORRECT, revision + 1, fact_id, claim.recorded_at, 0)
        self._db.execute(_SEEN, (self._run, claim.line, claim.decision_id))
        action = Action.KNOWN if epoch == self._epoch else Action.TELL_AGAIN
        return Verdict(action, revision, fact_id, from_micros(recorded_at), 0)

    def _put(
        self, claim: Claim, action: Action, revision: int, fact_id: bytes, before: tuple[object, ...] | None
    ) -> None:
        self._before[claim.decision_id] = _Before(claim.decision_id, before)
        row = (fact_id, revision, claim.content, micros(claim.recorded_at), 0, self._run, claim.line)
        self._db.execute(_PUT, (*row, claim.decision_id))

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
        try:
            version = version_of(db, self.path, SCHEMA_VERSION, zh="导入台账", en="import ledger")
        except FatalError:
            db.close()
            raise
        db.execute("BEGIN IMMEDIATE")
        if version == 0:
            fill(db, "producers.importers", "ledger.sql", SCHEMA_VERSION)
        if not self._rehearse:
            db.execute("COMMIT")
        return db
