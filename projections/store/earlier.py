"""Tables that an earlier version made: what is declared or folded otherwise now is made anew from the log."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import load, statements
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import Definition, definitions
from projections.projector import Projector
from projections.store.live import LiveTable

_FACTS: Mapping[str, tuple[str, ...]] = {
    "facts of cases": ("case_facts", "case_filings"),
    "facts of decisions": ("decision_facts", "decision_papers"),
    "facts of parties": ("party_facts",),
}
"""Checkpoints and tables of facts as they were named before their names told of what they hold."""


def drop_facts(server: ClickHouse, live: Mapping[str, LiveTable]) -> list[str]:
    """Drop tables of facts that nothing is folded from any more; what was done.

    Args:
        live: the tables of the database as they are.
    """
    named = definitions().values()
    now = {about.facts for about in named if about.gathers}
    gone = dict(_FACTS) | {each: (each,) for about in named for each in about.facts_among(live) if each not in now}
    done, checkpoints = list[str](), Checkpoints(server)
    for checkpoint, held in gone.items():
        found = [table for table in held if table in live]
        if found:
            checkpoints.forget(checkpoint)
        for table in found:
            tables.drop_table(server, table)
            done.append(f"facts {table} dropped")
    return done


def drop_cuts(server: ClickHouse) -> list[str]:
    """Drop what was folded as of cuts when tables lay beside the views; it is folded again when it is asked for."""
    _, cuts = statements(load("projections.store", "earlier.sql"))
    done = list[str]()
    for (name,) in server.rows(cuts, cuts=f"{server.database}_cut_", rows=f"{server.database}_rows_"):
        tables.drop_database(server, name)
        done.append(f"cut {name} dropped")
    return done


def renew(settings: Settings, server: ClickHouse, definition: Definition, live: Mapping[str, LiveTable]) -> list[str]:
    """Fold a projection anew when the table that is read has other columns or was folded otherwise; what was done.

    Readers read the old one until the new one has every row; it goes on from the old one's checkpoint. A kill anywhere
    is repeated. Other tables of an earlier version are dropped, and rebuilds that were never finished.

    Args:
        live: the tables of the database as they are.
    """
    for scratch in filter(re.compile(rf"{definition.name}_declared_[0-9a-f]{{12}}").fullmatch, live):
        tables.drop_table(server, scratch)  # left by somebody who was killed
    named = {number: definition.table(number) for number in tables.numbers(server, definition)}
    if not named:
        return []
    declared = _declared(server, definition)
    earlier = {
        number
        for number, table in named.items()
        if list(live[table].columns.items()) != declared or f"({definition.made_by})" not in live[table].comment
    }
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
        if cut:
            Projector(settings, server).fold_all(definition, new, cut, settled=True)
        checkpoints.write(new, cut)
        tables.show(server, definition, new)
        done.append(f"projection {new} folded anew in place of {old}")
        drop(old)
    return done


def _declared(server: ClickHouse, definition: Definition) -> list[tuple[str, str]]:
    """Columns and types, in the server's words, of a projection's table as it would be made now."""
    columns_sql, _ = statements(load("projections.store", "earlier.sql"))
    scratch = f"{definition.name}_declared_{secrets.token_hex(6)}"
    server.command(definition.create_table(scratch))
    try:
        columns = server.rows(columns_sql, database=server.database, table=scratch)
        return [(name, kind) for name, kind in columns]
    finally:
        tables.drop_table(server, scratch)
