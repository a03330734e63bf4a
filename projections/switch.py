"""Which table readers read: listing, switching to a rebuilt one, going back."""

from __future__ import annotations

from dataclasses import dataclass

from infra.errors import InvalidInput
from infra.faultpoints import FaultPoint, reach
from infra.sql import include, load
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import Definition, definitions, rows_of
from projections.projector import Projector
from projections.touched import behind


@dataclass(frozen=True, slots=True)
class TableState:
    """One versioned table.

    Attributes:
        read: whether the stable name reads it.
        rows: keys that have facts.
        behind: landed events that are not folded in.
        building: "3/16" while a rebuild is unfinished, else empty.
    """

    projection: str
    table: str
    read: bool
    rows: int
    behind: int
    building: str


def states(projector: Projector) -> list[TableState]:
    """Every table of every projection."""
    server, checkpoints = projector.server, Checkpoints(projector.server)
    end, known = projector.look(), checkpoints.all()
    found = []
    for definition in definitions().values():
        reading = tables.current(server, definition)
        for number in tables.numbers(server, definition):
            table = definition.table(number)
            state = checkpoints.rebuild(table)
            building = f"{len(state.done)}/{state.slices}" if state else ""
            rows = server.value(
                include(load("projections", "sql/count_rows.sql"), rows=rows_of(server.database, table))
            )
            lacks = behind(definition, known.get(table, {}), end)
            found.append(TableState(definition.name, table, number == reading, rows, lacks, building))
    return found


def switch(projector: Projector, definition: Definition, number: int | None = None) -> tuple[str | None, str]:
    """Let readers read the newest finished table (or that of `number`), brought up to what has landed first.

    The table that was read before stays and stays fed, for `rollback`; older ones are dropped.

    Returns:
        The table that was read, and the one that is read now; the same when the newest is read already.

    Raises:
        InvalidInput: there is no such finished table, or none but the one that is read.
    """
    server, checkpoints = projector.server, Checkpoints(projector.server)
    old, known = tables.current(server, definition), checkpoints.all()
    ready = [
        each
        for each in tables.numbers(server, definition)
        if definition.table(each) in known and checkpoints.rebuild(definition.table(each)) is None
    ]
    new = number if number is not None else max(ready, default=None)
    if new is None or new not in ready:
        wanted = definition.name if new is None else definition.table(new)
        raise InvalidInput(
            f"{wanted} is not ready to be read",
            zh=f"{wanted} 尚不可用",
            hint=f"lianzhi projections rebuild {definition.name}",
        )
    if ready == [old]:
        raise InvalidInput(
            f"there is nothing to switch to: {definition.table(new)} is the only finished table, and it is read",
            zh=f"没有可切换到的表：建好的只有 {definition.table(new)}，正被读取",
            hint=f"lianzhi projections rebuild {definition.name}",
        )
    projector.feed(definition, definition.table(new))
    reach(FaultPoint.SWITCH_BEFORE_VIEW)
    tables.point_view_at(server, definition, new)
    reach(FaultPoint.SWITCH_AFTER_VIEW)
    if old is not None and new > old:
        for number_ in tables.numbers(server, definition):
            if number_ < old:
                checkpoints.forget(definition.table(number_))
                tables.drop_table(server, definition.table(number_))
    return (None if old is None else definition.table(old)), definition.table(new)


def rollback(projector: Projector, definition: Definition) -> tuple[str | None, str]:
    """Let readers read the table before the one that they read now; returns both, as `switch`.

    Raises:
        InvalidInput: there is none before it.
    """
    now = tables.current(projector.server, definition)
    before = [number for number in tables.numbers(projector.server, definition) if now is not None and number < now]
    if not before:
        raise InvalidInput(
            f"{definition.name} has no earlier table to go back to", zh=f"{definition.name} 没有可回退的旧表"
        )
    return switch(projector, definition, max(before))
