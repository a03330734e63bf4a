"""Event tables on the real server: made once, only ever widened, and refused when they are not as declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from consumers import statement
from consumers.statement import require_settings
from infra.clickhouse import ClickHouse
from infra.errors import FatalError, InvalidInput
from infra.settings import Settings
from projections.store import event_tables
from projections.store.event_tables import (
    EVENT_LOG_COLUMNS,
    differences,
    ensure_event_tables,
    event_table,
    require_event_tables,
)
from projections.store.landing import constant_settings
from projections.store.live import live_tables
from schemas.columns import Column
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers


@pytest.fixture
def settings(stack: RunningStack) -> Iterator[Settings]:
    """Settings with a database that nobody has made."""
    found = stack.settings_with(clickhouse__database=stack.database("tables"))
    yield found
    with ClickHouse(found, "operator", database="") as server:
        server.command(f"DROP DATABASE IF EXISTS {found.clickhouse.database} SYNC")


@pytest.fixture
def operator(settings: Settings) -> Iterator[ClickHouse]:
    """The user who makes tables, in that database."""
    with ClickHouse(settings, "operator") as server:
        yield server


def test_made_once_and_declared_is_live(settings: Settings, operator: ClickHouse) -> None:
    assert len(ensure_event_tables(settings)) == 5
    assert ensure_event_tables(settings) == ()
    assert differences(operator) == []
    live = live_tables(operator)
    for family in ("enforcement", "exchange", "dispute"):
        table = event_table(family)
        assert list(live[table.name].columns.items()) == [(column.name, column.type) for column in table.columns]
    assert tuple(live["event_log"].columns) == EVENT_LOG_COLUMNS
    with ClickHouse(settings, "ingest") as ingest:
        require_event_tables(ingest)


def test_every_column_says_what_the_contract_says(settings: Settings, operator: ClickHouse) -> None:
    ensure_event_tables(settings)
    sql = "SELECT name, comment FROM system.columns WHERE database = {d:String} AND table = 'events_enforcement'"
    comments = dict(operator.rows(sql, d=settings.clickhouse.database))
    assert comments == {column.name: column.doc for column in event_table("enforcement").columns}
    assert all(comments.values())


def test_a_new_version_adds_columns_and_nothing_else(
    settings: Settings, operator: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_event_tables(settings)
    new = Column(
        "party_phone_token", "Nullable(String)", "party.phone_token", "Nullable(String)", "电话令牌 | it's new"
    )
    wider = replace(event_table("dispute"), columns=(*event_table("dispute").columns, new))
    monkeypatch.setattr(event_tables, "event_tables", lambda: (wider,))
    with pytest.raises(FatalError, match=r"events_dispute\.party_phone_token: missing"):
        require_event_tables(operator)
    done = ensure_event_tables(settings)
    assert done[0] == "column events_dispute.party_phone_token added"
    assert list(live_tables(operator)["events_dispute"].columns)[-1] == "party_phone_token"
    assert ensure_event_tables(settings) == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "ALTER TABLE events_dispute MODIFY SETTING non_replicated_deduplication_window = 5",
            "deduplication_window is 5",
        ),
        ("ALTER TABLE events_dispute RESET SETTING fsync_after_insert", "fsync_after_insert is not set"),
        (
            "ALTER TABLE events_dispute MODIFY COLUMN revision Int64",
            "events_dispute.revision: is Int64, declared Int32",
        ),
        ("DROP TABLE events_exchange SYNC", "events_exchange: does not exist"),
        ("DROP TABLE dead_letters SYNC", "dead_letters: does not exist"),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused(
    settings: Settings, operator: ClickHouse, change: str, named: str
) -> None:
    ensure_event_tables(settings)
    operator.command(change)
    with ClickHouse(settings, "ingest") as ingest, pytest.raises(FatalError, match=named):
        require_event_tables(ingest)


def test_the_server_takes_every_constant_setting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_event_tables(settings)
    with ClickHouse(settings, "ingest") as ingest:
        require_settings(ingest)
        monkeypatch.setattr(statement, "constant_settings", lambda: constant_settings() | {"max_threads": 1.5})
        with pytest.raises((FatalError, InvalidInput)):
            require_settings(ingest)
