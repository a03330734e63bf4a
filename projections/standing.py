"""What every answer says of the ground it stands on: how far the tables are folded, how complete the data is."""

from __future__ import annotations

from typing import Any

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import load, statements

ANALYST = "analyst"


def standing_vector(settings: Settings, database: str | None = None) -> dict[str, int]:
    """Topic → first offset that some projection has not folded in yet."""
    sql, _ = statements(load("projections", "sql/standing.sql"))
    with ClickHouse(settings, ANALYST, database=database, query_seconds=0) as server:
        return dict(server.rows(sql))


def completeness(settings: Settings, database: str | None = None) -> list[dict[str, Any]]:
    """One mapping a region: events, missing sequence numbers, resends, last `recorded_at` and last append (UTC)."""
    _, sql = statements(load("projections", "sql/standing.sql"))
    with ClickHouse(settings, ANALYST, database=database, query_seconds=0) as server:
        return server.answer(sql).dicts()
