"""The event tables: one a family, generated from the registered schemas; the view over all; the ledger of dead letters.

A table mirrors its topics offset for offset. `ORDER BY (topic, partition, offset)` and no PARTITION BY: deduplication
tokens count per partition, and a day's partition would not see the token of the day before. Everything here runs as the
ClickHouse user `operator`, and changes a table in one way only: it adds columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from infra.clickhouse import ClickHouse
from infra.errors import FatalError
from infra.settings import Settings
from infra.sql import comment, identifier, load, render, statements
from projections.store.live import LiveTable, live_tables
from schemas.catalogue import catalogue
from schemas.columns import Column, family_columns, table_of

OPERATOR = "operator"
DEAD_LETTERS = "dead_letters"
EVENT_LOG = "event_log"

COORDINATES = (
    Column("topic", "LowCardinality(String)", "", "", "主题 | topic of the log"),
    Column("partition", "UInt16", "", "", "分区，恒为0 | partition of the topic, always 0"),
    Column("offset", "UInt64", "", "", "偏移量 | place in the topic"),
    Column(
        "appended_at",
        "DateTime64(3, 'UTC')",
        "",
        "",
        "写入日志的时刻（日志自身时钟） | when the log took it, by the log's own clock: what was known when",
    ),
)
"""The columns that come from the log and not from the event."""

TABLE_SETTINGS: Mapping[str, str] = {
    "index_granularity": "1024",
    # Tokens are passed over while this is 0, which is the server's default.
    "non_replicated_deduplication_window": "10000",
    "fsync_after_insert": "1",
    "fsync_part_directory": "1",
    # One landed batch is one compact part: two files to sync instead of five hundred.
    "min_bytes_for_wide_part": "134217728",
}
"""Settings of every event table; none is left to the server's defaults, and a difference refuses the start."""

_LOOKUPS = ("stream_id", "fact_id")
"""Columns by which rows of every event table are found; what is folded by another key has its own table of facts."""

EVENT_LOG_COLUMNS = (
    *("topic", "partition", "offset", "appended_at", "event_type", "event_id", "publisher", "sequence", "region"),
    *("stream_id", "occurred_at", "recorded_at", "epoch", "fact_id", "revision", "retracted", "correlation_id"),
    *("causation_id", "actor_agency", "actor_unit", "legal_basis", "dissemination", "audience"),
)
"""Columns of `event_log`; the first twelve are promised to everybody."""


@dataclass(frozen=True, slots=True)
class EventTable:
    """What a family's table is declared to be."""

    family: str
    columns: tuple[Column, ...]
    lookups: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the table."""
        return table_of(self.family)

    @property
    def projections(self) -> Mapping[str, str]:
        """Light projections: only the order of a column, so that its rows are found without reading all."""
        return {f"by_{column}": f"SELECT _part_offset ORDER BY {column}" for column in self.lookups}


@cache
def event_table(family: str) -> EventTable:
    """The declared table of a family, from all its registered versions."""
    return EventTable(family, COORDINATES + family_columns(family), _LOOKUPS)


def event_tables() -> tuple[EventTable, ...]:
    """The declared tables of all families of the catalogue."""
    return tuple(event_table(family) for family in catalogue().families)


def create_table(table: EventTable) -> str:
    """The CREATE TABLE of an event table, from nothing but the declaration."""
    lines = [column_definition(column) for column in table.columns]
    lines += [f"INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY {_BLOOM_GRANULARITY}"]
    lines += [f"PROJECTION {name} ({body})" for name, body in table.projections.items()]
    options = ", ".join(f"{name} = {value}" for name, value in TABLE_SETTINGS.items())
    body = ",\n    ".join(lines)
    return (
        f"CREATE TABLE IF NOT EXISTS {identifier(table.name)}\n(\n    {body}\n)\n"
        f"ENGINE = MergeTree\nORDER BY (topic, partition, offset)\nSETTINGS {options}"
    )


def column_definition(column: Column) -> str:
    """One column with its type and, as comment, what the contract says of it."""
    return f"{identifier(column.name)} {column.type} COMMENT {comment(column.doc)}"


def create_event_log() -> str:
    """The view over all families."""
    columns = ", ".join(EVENT_LOG_COLUMNS)
    tables = [identifier(table.name) for table in event_tables()]
    parts = "\nUNION ALL\n".join(f"SELECT {columns} FROM {table}" for table in tables)  # noqa: S608
    return (
        f"CREATE OR REPLACE VIEW {EVENT_LOG} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS\n{parts}\n"
        f"COMMENT {comment('全部事件的信封 | the envelope of every event of every family')}"
    )


def create_dead_letters() -> str:
    """The ledger of values that were refused."""
    return statements(load("projections.store", "dead_letters.sql"))[0]


def ensure_event_tables(settings: Settings, database: str | None = None) -> tuple[str, ...]:
    """Make what is missing of the event tables, the ledger and the view; add columns that new versions bring.

    Args:
        database: where; None: the setting clickhouse.database. It is made when it does not exist.

    Returns:
        What was done, one line each; nothing when all was there.

    Raises:
        FatalError: a table that exists differs in a way that adding columns does not mend; nothing was changed then.
    """
    name = settings.clickhouse.database if database is None else database
    with ClickHouse(settings, OPERATOR, database="") as server:
        server.command(render("CREATE DATABASE IF NOT EXISTS {name:Identifier}", name=name))
    with ClickHouse(settings, OPERATOR, database=name) as server:
        live = live_tables(server)
        _refuse(_contradictions(live))
        done: list[str] = []
        for table in event_tables():
            if table.name not in live:
                server.command(create_table(table))
                done.append(f"table {table.name} made")
            else:
                done += _add_columns(server, table, live[table.name])
        if DEAD_LETTERS not in live:
            server.command(create_dead_letters())
            done.append(f"table {DEAD_LETTERS} made")
        if EVENT_LOG not in live or done:
            server.command(create_event_log())
            done.append(f"view {EVENT_LOG} made")
        _refuse(differences(server))
    return tuple(done)


def require_event_tables(server: ClickHouse) -> None:
    """Refuse to run on tables that are not as declared (also asked by workers, as the user `ingest`).

    Raises:
        FatalError: naming every difference.
    """
    _refuse(differences(server))


def differences(server: ClickHouse) -> list[str]:
    """Where the live tables are not what is declared: missing, other type, other setting, other order."""
    live = live_tables(server)
    found = _contradictions(live)
    for table in event_tables():
        if table.name not in live:
            found.append(f"{table.name}: does not exist")
            continue
        columns = live[table.name].columns
        found += [f"{table.name}.{column.name}: missing" for column in table.columns if column.name not in columns]
    return found + ([] if DEAD_LETTERS in live else [f"{DEAD_LETTERS}: does not exist"])


_BLOOM_GRANULARITY = 4


def _contradictions(live: Mapping[str, LiveTable]) -> list[str]:
    found = []
    for table in event_tables():
        if table.name not in live:
            continue
        there = live[table.name]
        if there.engine not in {"MergeTree", "ReplicatedMergeTree", "SharedMergeTree"}:
            found.append(f"{table.name}: engine {there.engine}")
        if (there.sorting_key, there.partition_key) != ("topic, partition, offset", ""):
            found.append(f"{table.name}: ORDER BY ({there.sorting_key}) PARTITION BY ({there.partition_key})")
        for column in table.columns:
            kind = there.columns.get(column.name, column.type)
            if kind != column.type:
                found.append(f"{table.name}.{column.name}: is {kind}, declared {column.type}")
        for setting, value in TABLE_SETTINGS.items():
            if there.settings.get(setting) != value:
                found.append(f"{table.name}: {setting} is {there.settings.get(setting, 'not set')}, declared {value}")
    return found


def _add_columns(server: ClickHouse, table: EventTable, there: LiveTable) -> list[str]:
    added = [column for column in table.columns if column.name not in there.columns]
    for column in added:
        server.command(f"ALTER TABLE {identifier(table.name)} ADD COLUMN IF NOT EXISTS {column_definition(column)}")
    return [f"column {table.name}.{column.name} added" for column in added]


def _refuse(found: list[str]) -> None:
    if found:
        raise FatalError(
            f"the event tables are not as declared: {'; '.join(found)}",
            zh="事件表与声明不符",
            hint="`lianzhi up` makes what is missing; nothing else changes a table of events: find out who did",
        )
