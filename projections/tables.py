"""The versioned tables of a projection: which there are, which one the stable name reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import load, render
from projections.definition import Definition
from projections.store.view_comments import comment_view


@dataclass(frozen=True, slots=True)
class Survey:
    """Every table and view of a database; of a view what it reads, of a table nothing."""

    names: Mapping[str, str]

    def numbers(self, definition: Definition) -> list[int]:
        """The numbers of a projection's tables, rising."""
        return definition.numbers_among(self.names)

    def current(self, definition: Definition) -> int | None:
        """The number of the table that the stable name reads; None: there is no view."""
        reads = self.names.get(definition.name, "")
        found = re.search(rf"\b{re.escape(definition.name)}_v([1-9][0-9]{{0,8}})\b", reads)
        return int(found[1]) if found else None


def survey(server: ClickHouse) -> Survey:
    """What there is in the client's database."""
    return Survey(dict(server.rows(load("projections", "sql/tables.sql"), database=server.database)))


def numbers(server: ClickHouse, definition: Definition) -> list[int]:
    """The numbers of the tables that exist, rising."""
    return survey(server).numbers(definition)


def current(server: ClickHouse, definition: Definition) -> int | None:
    """The number of the table that the stable name reads; None: there is no view."""
    return survey(server).current(definition)


def point_view_at(server: ClickHouse, definition: Definition, number: int) -> None:
    """Let the stable name read the table of that number; readers see the one or the other, never neither."""
    show(server, definition, definition.table(number))


def show(
    server: ClickHouse, definition: Definition, table: str, database: str | None = None, log: str | None = None
) -> None:
    """Let the stable name read a table, of another `database` too; its columns are explained as the table's are.

    Args:
        log: see `Definition.create_view`.
    """
    server.command(definition.create_view(database or server.database, table, log))
    comment_view(server, definition.name, [table], database)


def drop_table(server: ClickHouse, table: str) -> None:
    """Drop a projection's table at once."""
    server.command(render("DROP TABLE IF EXISTS {table:Identifier} SYNC", table=table))


def drop_database(server: ClickHouse, name: str) -> None:
    """Drop a database of a cut or a replay at once, if it is there."""
    server.command(render("DROP DATABASE IF EXISTS {name:Identifier} SYNC", name=name))
