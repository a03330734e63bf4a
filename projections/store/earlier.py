"""Tables that an earlier version made, without settled rows: a new table takes their rows over."""

from __future__ import annotations

from collections.abc import Mapping

from infra.clickhouse import ClickHouse
from infra.sql import load, render
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import Definition
from projections.store.live import LiveTable


def renew(server: ClickHouse, definition: Definition, live: Mapping[str, LiveTable]) -> list[str]:
    """Let a new table take over the rows of the table that is read, if that is an earlier version's; what was done.

    Readers read the old one until the new one has every row; it goes on from the old one's checkpoint. A kill anywhere
    is repeated. Other tables of an earlier version are dropped, and rebuilds that were never finished.

    Args:
        live: the tables of the database as they are.
    """
    named = {number: definition.table(number) for number in tables.numbers(server, definition)}
    earlier = {number for number, table in named.items() if "settled" not in live[table].columns}
    if not earlier:
        return []
    reading, checkpoints = tables.current(server, definition), Checkpoints(server)
    known, done = checkpoints.all(), list[str]()

    def drop(table: str) -> None:
        checkpoints.forget(table)
        tables.drop_table(server, table)
        done.append(f"projection {table} dropped")

    for number, table in named.items():
        if number != reading and (number in earlier or table not in known):
            drop(table)
    if reading in earlier:
        old, new = named[reading], definition.table(max(named) + 1)
        # What is folded into the old one meanwhile lies above this cut, and is folded again.
        cut = known.get(old, {})
        server.command(definition.create_table(new))
        copy = render(load("projections.store", "earlier.sql"), old=old, new=new)
        server.command(copy, settled=sum(cut.values()))
        checkpoints.write(new, cut)
        tables.show(server, definition, new)
        done.append(f"projection {new} took over the rows of {old}")
        drop(old)
    return done
