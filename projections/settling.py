"""Settling: the rows of a table that ticks have folded become settled rows, one a key, which are read as they lie.

ClickHouse merges rows of one key when it likes; until then a read has to (`FINAL`), which costs more than most
questions themselves. So the rows of a table are settled now and then: all that count are copied into a table beside
it, and its partition of settled rows is replaced by theirs at once. Ticks write fresh rows, which outrank settled
ones (`sql/rows.sql`); a read has to merge those few alone.

A kill at any step leaves rows that are right, and at most a table that a later settling drops. Two that settle at once
do no harm: fresh rows are deleted only up to a cut that was settled before a moment at which nobody else was settling,
and whoever begins later reads its own cut then, which is no lower. So whoever replaces the settled rows last, and be it
by those of a lower cut than somebody else's, finds the fresh rows above it in place. One that was paused for very long
finds its table dropped, and its replacing fails.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from infra.clickhouse import ClickHouse
from infra.errors import LianzhiError
from infra.faultpoints import FaultPoint, reach
from infra.logging import get_logger
from infra.settings import Settings
from infra.sql import include, load, render, statements
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import Definition, definition_of, rows_of
from projections.fold import SETTINGS

_log = get_logger(__name__)

SHARE = 20
"""Rows are settled when one in so many is fresh."""

STATE, OTHERS, COPY, REPLACE, AGE, TIDY, DOUBLED, MERGE = range(8)


class Settler:
    """Settles the tables of one projector when so much was folded into them that it may be due."""

    def __init__(self, settings: Settings, server: ClickHouse) -> None:
        self._settings, self._server = settings, server
        self._keys: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(1, "settling")
        self._task: Future[None] | None = None

    def folded(self, keys: Mapping[str, int], *, aside: bool) -> None:
        """Take note of a tick, and settle what may be due.

        Args:
            keys: how many keys were folded into which table; -1: all of them.
            aside: do not wait for it; one settling runs at a time.
        """
        least = self._settings.projector.settle_rows
        for table, count in keys.items():
            self._keys[table] += least if count < 0 else count
        due = [table for table in keys if self._keys[table] * 5 >= least]
        if due and not aside:
            self._settle(due)
        elif due and (self._task is None or self._task.done()):
            self._task = self._pool.submit(self._settle, due)

    def _settle(self, due: Iterable[str]) -> None:
        for table in due:
            try:
                settle(self._settings, self._server, definition_of(table), table)
                self._keys[table] = 0
            except LianzhiError as error:
                # Nothing is wrong with the rows; they are read a little slower until it is done.
                _log.warning("rows are not settled", table=table, why=str(error))


def settle(settings: Settings, server: ClickHouse, definition: Definition, table: str) -> bool:
    """Settle the rows of a table that is fed, when enough of them are fresh; whether it was done.

    Also deletes fresh rows that have been settled for a while.

    Raises:
        LianzhiError: it could not be done; the table reads as before, and a later call does it.
    """
    stands, settled, fresh, old = server.rows(render(_sql(STATE), table=table))[0]
    due = bool(fresh > max(settings.projector.settle_rows, settled // SHARE))
    if not (due or old) or _others(server, table, settings.projector.query_seconds):
        return False
    if old and server.value(_sql(AGE), database=server.database, table=table) > settings.projector.settled_seconds:
        server.command(render(_sql(TIDY), table=table), stands=stands)
        reach(FaultPoint.SETTLING_TIDIED)
    if due:
        # Its cut is read when its table is there, as the argument above needs it.
        settle_as(
            *(settings, server, definition, table, table),
            cut=lambda: sum(Checkpoints(server).all().get(table, {}).values()),
        )
    return due


def settle_as(
    settings: Settings, server: ClickHouse, definition: Definition, table: str, source: str, cut: Callable[[], int]
) -> None:
    """Make the rows of `source` the settled rows of `table`.

    Args:
        cut: the sum of the cut at which they are settled.
    """
    target = f"{table}_settling_{secrets.token_hex(6)}"
    server.command(definition.create_table(target))
    try:
        reach(FaultPoint.SETTLING_TABLE_MADE)
        copy = include(render(_sql(COPY), target=target), rows=rows_of(server.database, source))
        limits = {**SETTINGS, "max_execution_time": settings.projector.query_seconds}
        server.command(copy, with_settings=limits, settled=cut())
        reach(FaultPoint.SETTLING_ROWS_COPIED)
        server.command(render(_sql(REPLACE), table=table, target=target))
        reach(FaultPoint.SETTLING_ROWS_REPLACED)
    finally:
        tables.drop_table(server, target)


def take_settled(server: ClickHouse, table: str, source: str) -> None:
    """Make the settled rows of `source` those of `table`, which nobody reads or feeds yet.

    A slice that was folded twice, because whoever folded it was killed, counts once: it is looked for in `table`, into
    which nobody folds.
    """
    server.command(render(_sql(REPLACE), table=table, target=source))
    if server.value(render(_sql(DOUBLED), table=table)):
        server.command(render(_sql(MERGE), table=table))


def drop_settling(server: ClickHouse, table: str) -> None:
    """Drop whatever anybody has made to settle `table`: who still means to use it fails."""
    _others(server, table, 0.0)


def _others(server: ClickHouse, table: str, seconds: float) -> bool:
    """Whether somebody else settles `table`; what is older than so many seconds is nobody's and is dropped."""
    for name, age in server.rows(_sql(OTHERS), database=server.database, prefix=f"{table}_settling_"):
        if age < seconds:
            return True
        tables.drop_table(server, name)
    return False


def _sql(part: int) -> str:
    return statements(load("projections", "sql/settle.sql"))[part]
