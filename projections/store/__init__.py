"""The tables in ClickHouse: event tables and ledgers, the landing statement, projections and their views."""

from __future__ import annotations

from infra.settings import Settings

__all__ = ["ensure_schema"]


def ensure_schema(settings: Settings, database: str | None = None) -> tuple[str, ...]:
    """Make everything that is missing of a database: event tables, indexes, projections, stable views, policies.

    Idempotent; runs as the ClickHouse user `operator`.

    Args:
        database: where; None: the setting clickhouse.database. It is made when it does not exist.

    Returns:
        What was done, one line each; nothing when all was there.

    Raises:
        FatalError: a table that exists differs from what is declared.
        RetryableError: the server is away.
    """
    from projections.store.schema import ensure

    return ensure(settings, database)
