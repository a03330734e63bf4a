"""A replay: everything again from the log into a second database, row for row the same, and loud when it is not."""

from __future__ import annotations

import json

import pytest

from audit.replay import replay
from infra.clickhouse import ClickHouse
from infra.errors import FatalError
from projections.projector import Projector
from projections.store import ensure_schema
from tests.support.landing_lab import LandingLab, as_record, land_here

pytestmark = pytest.mark.servers


def _landed(lab: LandingLab) -> None:
    """A hundred events of every kind, three of them poison, landed and folded."""
    samples = lab.samples(5)
    events = [samples.make(name) for name in ("CaseFiled", "DecisionMade", "FinePaid", "CaseClosed") * 25]
    records = [as_record(sample) for sample in events]
    for at in (3, 41, 80):
        records[at] = as_record(events[at], key=b"another key")
    lab.send(records)
    land_here(lab)
    ensure_schema(lab.settings)
    with ClickHouse(lab.settings, "projector") as server:
        assert not [fed for fed in Projector(lab.settings, server).tick() if fed.error]


def _drop(lab: LandingLab, database: str) -> None:
    with ClickHouse(lab.settings, "operator", database="") as operator:
        operator.command(f"DROP DATABASE IF EXISTS {database} SYNC")


def test_a_replay_is_row_for_row_the_same(lab: LandingLab) -> None:
    _landed(lab)
    again = replay(lab.settings, "again")
    try:
        assert again.database == f"{lab.database}_replay_again"
        assert (again.rows, again.skipped) == (97, 3)
        assert {each.left.rpartition(".")[2] for each in again.comparisons} >= {"events_enforcement", "cases_v1"}
        assert sum(each.rows[0] for each in again.comparisons) > 97
        assert again.same, [each for each in again.comparisons if not each.same]
    finally:
        _drop(lab, again.database)


def test_a_replay_up_to_a_cut(lab: LandingLab) -> None:
    """It compares with the tables as of that cut."""
    _landed(lab)
    again = replay(lab.settings, "before", cut={lab.topic(): 50})
    try:
        assert (again.rows, again.skipped) == (48, 2)
        assert again.same
        assert all("_cut_" in each.left for each in again.comparisons if "events" not in each.left)
    finally:
        _drop(lab, again.database)
        for database in {each.left.partition(".")[0] for each in again.comparisons if "_cut_" in each.left}:
            _drop(lab, database)


def test_a_row_that_somebody_changed_is_named(lab: LandingLab) -> None:
    _landed(lab)
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command(
            "ALTER TABLE events_enforcement UPDATE case_number = 'forged' WHERE offset = 0 SETTINGS mutations_sync = 1"
        )
    again = replay(lab.settings, "forged")
    try:
        (table,) = [each for each in again.comparisons if each.left.endswith("events_enforcement")]
        assert not again.same
        assert table.rows[0] == table.rows[1]
        assert table.differing == (f"{lab.topic()}/0",)
    finally:
        _drop(lab, again.database)


def test_a_refusal_that_the_ledger_does_not_know_ends_the_replay(lab: LandingLab) -> None:
    _landed(lab)
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("ALTER TABLE dead_letters DELETE WHERE offset = 41 SETTINGS mutations_sync = 1")
    try:
        with pytest.raises(FatalError, match="offset 41 can not be landed again"):
            replay(lab.settings, "stuck")
    finally:
        _drop(lab, f"{lab.database}_replay_stuck")


def test_the_command_says_so_with_its_exit_code(lab: LandingLab, capsys: pytest.CaptureFixture[str]) -> None:
    from typer.testing import CliRunner

    from lianzhi.__main__ import app

    _landed(lab)
    home = ["--home", str(lab.home)]
    runner = CliRunner()
    try:
        same = runner.invoke(app, [*home, "replay", "--from-log", "--into", "x", "--compare", "-o", "json"])
        assert same.exit_code == 0, same.output
        assert json.loads(same.stdout)["same"] is True
        with ClickHouse(lab.settings, "operator") as operator:
            operator.command("ALTER TABLE cases_v1 UPDATE agency = 'x' WHERE 1 SETTINGS mutations_sync = 1")
        other = runner.invoke(app, [*home, "replay", "--from-log", "--into", "x", "--compare", "-o", "json"])
        assert other.exit_code == 3, other.output
        tables = {each["left"].rpartition(".")[2]: each for each in json.loads(other.stdout)["tables"]}
        assert tables["cases_v1"]["same"] is False
        assert tables["cases_v1"]["differing_keys"]
        assert tables["decisions_v1"]["same"] is True
    finally:
        _drop(lab, f"{lab.database}_replay_x")
