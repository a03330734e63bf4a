"""Rebuilding a projection beside the one that is read: in slices, resumed when killed, without trace when cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from infra.faultpoints import FaultPoint, reach
from infra.settings import Settings
from projections import tables
from projections.checkpoints import Checkpoints
from projections.cut import REDRIVEN, Vector
from projections.definition import Definition
from projections.fold import fold_slice
from projections.projector import Projector
from projections.settling import drop_settling, take_settled

Progress = Callable[[int, int, int], None]
"""Told after each slice: slices done, of how many, offsets of the log behind the whole."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A finished rebuild: the new table, its cut, and whether it went on with what an earlier one had left."""

    table: str
    number: int
    cut: Vector
    slices: int
    resumed: bool


def rebuild(
    settings: Settings,
    server: ClickHouse,
    definition: Definition,
    *,
    slices: int | None = None,
    progress: Progress | None = None,
) -> Rebuilt:
    """Fold a projection anew into its next versioned table, and bring that up to what has landed meanwhile.

    The table that is read is left alone. Killed at any point, the next call goes on with the slices that are missing;
    interrupted (SIGINT), everything of it is dropped.

    Args:
        slices: in so many parts; None: by the number of events. An unfinished rebuild keeps its own.

    Raises:
        LianzhiError: the server refused or is away; what is done stays, and the next call goes on.
    """
    checkpoints, projector = Checkpoints(server), Projector(settings, server)
    number = _unfinished(server, definition, checkpoints)
    resumed = number is not None
    if number is None:
        number = max(tables.numbers(server, definition), default=0) + 1
    table = definition.table(number)
    building = _building(table)
    try:
        state = checkpoints.rebuild(table)
        if state is None:
            server.command(definition.create_table(table))
            reach(FaultPoint.REBUILD_TABLE_MADE)
            cut = dict(projector.look())
            checkpoints.write_slice(table, 0, slices or projector.slices(definition, cut), cut)
            reach(FaultPoint.REBUILD_BEGUN)
            state = checkpoints.rebuild(table)
        if state is None:
            raise InvalidInput(f"somebody cancelled the rebuild of {table}", zh=f"{table} 的重建已被取消")
        if table not in checkpoints.all():
            server.command(definition.create_table(building))
        projector.advance_indexes(state.cut, definition)
        offsets = sum(offset for topic, offset in state.cut.items() if topic != REDRIVEN)
        done = len(state.done)
        for slice_ in sorted(set(range(1, state.slices + 1)) - state.done):
            seconds = settings.projector.query_seconds
            fold_slice(server, definition, building, state.cut, slice_ - 1, state.slices, seconds=seconds, settled=True)
            reach(FaultPoint.REBUILD_SLICE_FOLDED)
            checkpoints.write_slice(table, slice_, state.slices, state.cut)
            reach(FaultPoint.REBUILD_SLICE_WRITTEN)
            done += 1
            if progress:
                progress(done, state.slices, offsets)
        reach(FaultPoint.REBUILD_SLICES_DONE)
        if table not in checkpoints.all():
            take_settled(server, table, building)
            reach(FaultPoint.REBUILD_BEFORE_CHECKPOINT)
            checkpoints.write(table, state.cut)
        reach(FaultPoint.REBUILD_AFTER_CHECKPOINT)
        tables.drop_table(server, building)
        fed = projector.feed(definition, table)
        checkpoints.forget_rebuild(table)
    except KeyboardInterrupt:
        cancel(server, table)
        raise
    return Rebuilt(fed.table, number, state.cut, state.slices, resumed)


def cancel(server: ClickHouse, table: str) -> None:
    """Leave nothing of a rebuild; the statement that may still run is ended first."""
    server.close()  # the interrupted statement's connection is of no more use
    Checkpoints(server).forget(table)
    drop_settling(server, table)
    for each in (_building(table), table):
        tables.drop_table(server, each)


def _building(table: str) -> str:
    """Where slices are folded: at the end its rows become the settled rows of `table`."""
    return f"{table}_building"


def _unfinished(server: ClickHouse, definition: Definition, checkpoints: Checkpoints) -> int | None:
    """The number of a table that somebody began and nobody finished; one that was read before is none of these."""
    reading = tables.current(server, definition) or 0
    fed = checkpoints.all()
    for number in reversed(tables.numbers(server, definition)):
        table = definition.table(number)
        if number != reading and (checkpoints.rebuild(table) is not None or (number > reading and table not in fed)):
            return number
    return None
