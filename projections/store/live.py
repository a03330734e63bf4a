"""What the tables of a database are in fact, read back from the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.clickhouse import ClickHouse
from infra.sql import load, statements

_SETTINGS = re.compile(r"\bSETTINGS (?P<settings>.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table or view: its columns with their types in order, what its engine was told, and its comment."""

    engine: str
    sorting_key: str
    partition_key: str
    columns: Mapping[str, str]
    settings: Mapping[str, str]
    comment: str


def live_tables(server: ClickHouse) -> dict[str, LiveTable]:
    """Every table and view of the client's database that its user may see."""
    tables_sql, columns_sql = statements(load("projections.store", "live.sql"))
    columns: dict[str, dict[str, str]] = {}
    for table, name, kind in server.rows(columns_sql, database=server.database):
        columns.setdefault(table, {})[name] = kind
    return {
        table: LiveTable(engine, sorting, partition, columns.get(table, {}), _settings(full), comment)
        for table, engine, sorting, partition, full, comment in server.rows(tables_sql, database=server.database)
    }


def _settings(engine_full: str) -> dict[str, str]:
    found = _SETTINGS.search(engine_full)
    if found is None:
        return {}
    pairs = (pair.partition("=") for pair in found["settings"].split(","))
    return {name.strip(): value.strip().strip("'") for name, _, value in pairs}
