"""Settled and fresh rows: each key is read once, as whoever knew most says, whatever is settled meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from infra.clickhouse import ClickHouse
from infra.errors import LianzhiError
from infra.sql import render
from projections import settling, tables
from projections.checkpoints import Checkpoints
from projections.definition import definition
from projections.rebuild import rebuild
from projections.settling import settle
from projections.store import ensure_schema
from projections.store.live import live_tables
from projections.store.schema import ensure_projection_tables
from projections.switch import rollback, switch
from tests.support.event_rows import Event, day, filed, rows_of, step
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = pytest.mark.servers

_CASES = definition("cases")
_STATE = "SELECT countIf(settled > 0), countIf(settled = 0) FROM cases_v1"


@pytest.fixture
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("settling") / "home", stack) as made:
        made.settings = made.settings.with_values(projector__settle_rows=1_000)
        made.projector = made.fresh()
        yield made


def _cases(first: int, end: int) -> list[Event]:
    return [filed(number, f"c{number}") for number in range(first, end)]


def _settle(lab: ProjectionLab, rows: int = 0) -> bool:
    return settle(lab.settings.with_values(projector__settle_rows=rows), lab.server, _CASES, "cases_v1")


def _right(lab: ProjectionLab) -> None:
    lab.fresh().tick()
    assert lab.against_anew("cases", f"cases_v{tables.current(lab.server, _CASES)}").same


def test_a_tick_settles_when_enough_rows_are_fresh(lab: ProjectionLab) -> None:
    lab.log.append(_cases(1, 901))
    lab.projector.tick()
    assert lab.server.rows(_STATE) == [(0, 900)]
    lab.log.append(_cases(901, 1201))
    lab.projector.tick()
    assert lab.server.rows(_STATE) == [(1200, 1200)]  # who began to read before still finds the fresh ones
    lab.settings = lab.settings.with_values(projector__settled_seconds=0.5)
    lab.log.append([step("CaseClosed", 2000 + number, f"c{number}", closed_on=day(9)) for number in range(1, 301)])
    lab.fresh().tick()
    wait_until(lambda: not _settle(lab, 1_000) and lab.server.rows(_STATE) == [(1200, 300)], what="old rows deleted")
    assert lab.server.value("SELECT countIf(status = 'CLOSED') FROM cases") == 300
    _right(lab)


def test_what_has_no_facts_any_more_is_not_settled(lab: ProjectionLab) -> None:
    case, other = _cases(1, 3)
    lab.log.append([case, other])
    lab.projector.tick()
    assert _settle(lab)
    lab.log.append([case.retraction(3)])
    lab.projector.tick()
    assert [row["stream_id"] for row in rows_of(lab.server, "cases", "stream_id")] == ["c2"]
    assert _settle(lab)
    assert lab.server.value("SELECT countIf(settled > 0) FROM cases_v1") == 1
    lab.log.append([other.retraction(4)])
    lab.projector.tick()
    assert _settle(lab)
    assert rows_of(lab.server, "cases", "stream_id") == []
    _right(lab)


def test_a_row_of_an_old_cut_that_comes_late_does_not_count(lab: ProjectionLab) -> None:
    """A projector that was paused folds at its old cut what has been settled since, and deleted as a fresh row."""
    lab.log.append(_cases(1, 4))
    old = dict(lab.projector.look())
    lab.projector.tick()
    lab.log.append([step("CaseClosed", 10, "c1", closed_on=day(9))])
    lab.projector.tick()
    assert _settle(lab)
    lab.log.server.command("ALTER TABLE cases_v1 DROP PARTITION ID '0'")
    lab.projector.fold_all(_CASES, "cases_v1", old)
    (row, *_) = rows_of(lab.server, "cases", "stream_id")
    assert row["status"] == "CLOSED"
    _right(lab)


def test_readers_see_every_key_once_while_rows_are_folded_and_settled(lab: ProjectionLab) -> None:
    """Also when the server takes its time between the snapshots of one query, and more comes in between."""
    lab.settings = lab.settings.with_values(projector__settled_seconds=2.0)
    keys = 300
    lab.log.append(_cases(1, keys + 1))
    lab.projector.tick()
    stop, seen = threading.Event(), list[tuple[int, int, int]]()

    def read() -> None:
        slowly = {"merge_tree_storage_snapshot_sleep_ms": 30}
        sql = "SELECT count(), uniqExact(stream_id), countIf(status = 'CLOSED') FROM cases"
        with ClickHouse(lab.settings, "analyst", query_seconds=0) as analyst:
            while not stop.is_set():
                seen.extend(analyst.rows(sql, with_settings=slowly))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    settled, projector = 0, lab.fresh()
    try:
        for number in range(1, keys + 1, 5):
            closings = range(number, min(number + 5, keys + 1))
            lab.log.append([step("CaseClosed", 1000 + each, f"c{each}", closed_on=day(9)) for each in closings])
            projector.tick()
            settled += _settle(lab, 20)
    finally:
        stop.set()
        for reader in readers:
            reader.join(60)
    assert settled > 5
    assert len(seen) > 10
    assert {(rows, different) for rows, different, _ in seen} == {(keys, keys)}
    _right(lab)


def test_of_two_that_settle_at_once_none_takes_anything_away(lab: ProjectionLab) -> None:
    """The late one replaces the settled rows by those of its lower cut: the fresh ones above it are still there."""
    lab.log.append(_cases(1, 4))
    lab.projector.tick()

    def meanwhile() -> int:
        before = sum(Checkpoints(lab.server).all()["cases_v1"].values())
        lab.log.append([step("CaseClosed", 10, "c1", closed_on=day(9))])
        lab.fresh().tick()
        assert not _settle(lab)  # somebody is at it
        settling.settle_as(lab.settings, lab.server, _CASES, "cases_v1", "cases_v1", lambda: before + 1)
        return before

    settling.settle_as(lab.settings, lab.server, _CASES, "cases_v1", "cases_v1", meanwhile)
    _right(lab)
    assert rows_of(lab.server, "cases", "stream_id")[0]["status"] == "CLOSED"


def test_one_that_was_paused_too_long_can_not_replace_anything(lab: ProjectionLab) -> None:
    lab.log.append(_cases(1, 4))
    lab.projector.tick()

    def meanwhile() -> int:
        settling.drop_settling(lab.server, "cases_v1")
        return 1

    with pytest.raises(LianzhiError):
        settling.settle_as(lab.settings, lab.server, _CASES, "cases_v1", "cases_v1", meanwhile)
    assert lab.server.rows(_STATE) == [(0, 3)]
    assert _settle(lab)
    _right(lab)


def test_a_rebuilt_table_is_settled_and_what_it_was_built_from_is_gone(lab: ProjectionLab) -> None:
    lab.log.append(_cases(1, 31))
    lab.projector.tick()
    built = rebuild(lab.settings, lab.server, _CASES, slices=3)
    assert lab.server.rows(_STATE.replace("cases_v1", built.table)) == [(30, 0)]
    assert not [name for name in tables.survey(lab.server).names if "building" in name or "settling" in name]
    switch(lab.projector, _CASES)
    rollback(lab.projector, _CASES)
    _right(lab)


@pytest.mark.parametrize("gathered", [True, False], ids=["facts are there", "facts are of an earlier version too"])
@pytest.mark.parametrize(
    "earlier",
    [
        "CREATE TABLE cases_v2 ENGINE = ReplacingMergeTree(version) ORDER BY stream_id AS "
        "SELECT * EXCEPT settled FROM cases_v1 FINAL",
        "CREATE TABLE cases_v2 ENGINE = ReplacingMergeTree(version) ORDER BY stream_id AS "
        "SELECT * REPLACE (toString(act_place) AS act_place) FROM cases_v1 FINAL",
    ],
    ids=["a column is missing", "a column has another type"],
)
def test_tables_of_an_earlier_version_are_folded_anew(lab: ProjectionLab, earlier: str, gathered: bool) -> None:
    """Whoever starts the new version reads the same answers at once."""
    lab.log.append(_cases(1, 31))
    lab.projector.tick()
    before, stood = rows_of(lab.server, "cases", "stream_id"), Checkpoints(lab.server).all()["cases_v1"]
    operator = lab.log.server
    if not gathered:
        operator.command(render("DROP TABLE {facts:Identifier} SYNC", facts=_CASES.facts))
        Checkpoints(lab.server).forget(_CASES.facts)
    for statement in (
        earlier,
        "EXCHANGE TABLES cases_v1 AND cases_v2",
        "CREATE OR REPLACE VIEW cases DEFINER = projector SQL SECURITY DEFINER AS SELECT * FROM cases_v1 FINAL",
    ):
        operator.command(statement)
    operator.command("DROP TABLE cases_v2 SYNC")
    ensure_schema(lab.settings)
    assert tables.numbers(operator, _CASES) == [2]
    assert tables.current(operator, _CASES) == 2
    assert rows_of(lab.server, "cases", "stream_id") == before
    known = Checkpoints(lab.server).all()
    assert known["cases_v2"] == stood
    assert "cases_v1" not in known
    assert ensure_projection_tables(lab.settings, operator) == []
    lab.log.append([step("CaseClosed", 100, "c1", closed_on=day(9))])
    _right(lab)


def test_a_table_that_was_folded_otherwise_is_folded_anew(lab: ProjectionLab) -> None:
    """Its columns are those of now; what lies in them may not be."""
    lab.log.append(_cases(1, 31))
    lab.projector.tick()
    operator, before = lab.log.server, rows_of(lab.server, "cases", "stream_id")
    assert f"({_CASES.made_by})" in live_tables(operator)["cases_v1"].comment
    operator.command("ALTER TABLE cases_v1 UPDATE region = 'x' WHERE 1 SETTINGS mutations_sync = 1")
    operator.command("CREATE TABLE cases_declared_00c0ffee0000 AS cases_v1")
    assert "projection cases_v2 folded anew in place of cases_v1" not in ensure_projection_tables(
        lab.settings, operator
    )
    assert "cases_declared_00c0ffee0000" not in live_tables(operator)
    assert rows_of(lab.server, "cases", "stream_id") != before
    operator.command("ALTER TABLE cases_v1 MODIFY COMMENT 'cases (fold 00c0ffee)'")
    assert "projection cases_v2 folded anew in place of cases_v1" in ensure_projection_tables(lab.settings, operator)
    assert rows_of(lab.server, "cases", "stream_id") == before
    assert ensure_projection_tables(lab.settings, operator) == []
    _right(lab)


def test_facts_of_an_earlier_version_are_dropped_and_gathered_anew(lab: ProjectionLab) -> None:
    lab.log.append(_cases(1, 31))
    lab.projector.tick()
    operator, checkpoints, now = lab.log.server, Checkpoints(lab.server), _CASES.facts
    cut = checkpoints.all()[now]
    for table in ("cases_facts_00c0ffee", "case_facts", "case_filings"):
        operator.command(f"CREATE TABLE {table} AS {now}")
    operator.command(f"DROP TABLE {now} SYNC")
    checkpoints.forget(now)
    checkpoints.write_all(["cases_facts_00c0ffee", "facts of cases"], cut)
    ensure_schema(lab.settings)
    assert _CASES.facts_among(live_tables(operator)) == [now]
    assert not {"case_facts", "case_filings"} & live_tables(operator).keys()
    assert not {now, "cases_facts_00c0ffee", "facts of cases"} & checkpoints.all().keys()
    assert ensure_projection_tables(lab.settings, operator) == []
    lab.log.append([step("CaseClosed", 100, "c1", closed_on=day(9))])
    _right(lab)
    count = render("SELECT uniqExact(stream_id) FROM {facts:Identifier}", facts=now)
    assert lab.server.value(count) == 30
