"""The versioned tables of a projection: which there are, which one the stable name reads."""

from __future__ import annotations

import re

from infra.clickhouse import ClickHouse
from infra.sql import load, render, statements
from projections.definition import Definition


def numbers(server: ClickHouse, definition: Definition) -> list[int]:
    """The numbers of the tables that exist, rising."""
    listing, _ = statements(load("projections", "sql/tables.sql"))
    pattern = re.compile(rf"{re.escape(definition.name)}_v([1-9][0-9]{{0,8}})")
    names = [name for (name,) in server.rows(listing, database=server.database)]
    return sorted(int(match[1]) for match in map(pattern.fullmatch, names) if match)


def current(server: ClickHouse, definition: Definition) -> int | None:
    """The number of the table that the stable name reads; None: there is no view."""
    _, reading = statements(load("projections", "sql/tables.sql"))
    rows = server.rows(reading, database=server.database, view=definition.name)
    found = re.search(rf"\b{re.escape(definition.name)}_v([1-9][0-9]{{0,8}})\b", rows[0][0]) if rows else None
    return int(found[1]) if found else None


def point_view_at(server: ClickHouse, definition: Definition, number: int) -> None:
    """Let the stable name read the table of that number; readers see the one or the other, never neither."""
    server.command(definition.create_view(definition.table(number)))


def drop_table(server: ClickHouse, table: str) -> None:
    """Drop a projection's table at once."""
    server.command(render("DROP TABLE IF EXISTS {table:Identifier} SYNC", table=table))
