"""A replay: everything again from the log into a second database, row for row the same, and loud when it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from audit.replay import Replay, TopicRows, replay
from infra.clickhouse import ClickHouse
from infra.errors import FatalError
from infra.kafka import Outgoing
from infra.sql import render
from projections.projector import Projector
from projections.store import ensure_schema
from tests.support.cli import run_here
from tests.support.landing_lab import LandingLab, as_record, land_here

pytestmark = pytest.mark.servers

_GARBAGE = Outgoing(b"key", b"no event")


def _landed(lab: LandingLab) -> None:
    """A hundred events of every kind, three of them poison, landed and folded."""
    samples = lab.samples(5)
    events = [samples.make(name) for name in ("CaseFiled", "DecisionMade", "FinePaid", "CaseClosed") * 25]
    records = [as_record(sample) for sample in events]
    for at in (3, 41, 80):
        records[at] = as_record(events[at], key=b"another key")
    lab.send(records)
    _land_and_fold(lab)


def _land_and_fold(lab: LandingLab, families: Sequence[str] = ("enforcement",)) -> None:
    land_here(lab, families=families)
    ensure_schema(lab.settings)
    with ClickHouse(lab.settings, "projector") as server:
        assert not [fed for fed in Projector(lab.settings, server).tick() if fed.error]


def _records(lab: LandingLab, count: int) -> list[Outgoing]:
    samples = lab.samples(7)
    return [as_record(samples.make(("CaseFiled", "DecisionMade")[at % 2])) for at in range(count)]


def _offsets(lab: LandingLab, database: str) -> list[int]:
    sql = render("SELECT offset FROM {name:Identifier}.events_enforcement ORDER BY offset", name=database)
    return [offset for (offset,) in lab.rows(sql)]


@contextmanager
def _dropping(lab: LandingLab, again: Replay) -> Iterator[Replay]:
    """The replay, whose database goes at the end, and with it those of the cut it was compared with."""
    try:
        yield again
    finally:
        _drop(lab, again.database)
        for database in {each.left.partition(".")[0] for each in again.comparisons if "_rows_" in each.left}:
            _drop(lab, database.replace("_rows_", "_cut_"))
            _drop(lab, database)


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
    with _dropping(lab, replay(lab.settings, "before", cut={lab.topic(): 50})) as again:
        assert (again.rows, again.skipped) == (48, 2)
        assert again.same
        assert all("_rows_" in each.left for each in again.comparisons if "events" not in each.left)


@pytest.mark.parametrize("cut", [7, 20, 33])
def test_what_lies_beyond_a_cut_is_not_looked_at(lab: LandingLab, cut: int) -> None:
    """Batches behind the cut come with the same poll, refused values among them."""
    records = _records(lab, 100)
    records[65] = records[71] = _GARBAGE
    for first in range(0, 100, 20):
        lab.send(records[first : first + 20])
    _land_and_fold(lab)
    with capture_logs() as logs, _dropping(lab, replay(lab.settings, "small", cut={lab.topic(): cut})) as again:
        assert (again.rows, again.skipped) == (cut, 0)
        assert _offsets(lab, again.database) == list(range(cut))
        assert again.same, again
        assert not [line for line in logs if line["event"] == "offsets without records"]


def test_a_cut_behind_the_marker_of_a_transaction(lab: LandingLab) -> None:
    """The marker takes an offset and is no record: what came before it is landed all the same."""
    records = _records(lab, 20)
    lab.send_in_transaction([(record.key, record.value) for record in records[:10]])
    lab.send(records[10:])
    _land_and_fold(lab)
    assert _offsets(lab, lab.database) == [*range(10), *range(11, 21)]
    with _dropping(lab, replay(lab.settings, "marker", cut={lab.topic(): 11})) as again:
        assert _offsets(lab, again.database) == list(range(10))
        assert again.same, again


def test_dead_letters_behind_the_last_row_count(lab: LandingLab) -> None:
    """So do those of a topic that holds nothing else."""
    records = _records(lab, 10)
    lab.send([*records[:3], _GARBAGE, *records[3:], *([_GARBAGE] * 5)])
    lab.send([_GARBAGE, _GARBAGE], "exchange")
    _land_and_fold(lab, ("enforcement", "exchange"))
    with _dropping(lab, replay(lab.settings, "tail")) as again:
        assert (again.rows, again.skipped) == (10, 8)
        assert again.same, again
    below = {lab.topic(): 11, lab.topic("exchange"): 0}
    with _dropping(lab, replay(lab.settings, "tail", cut=below, comparing=False)) as again:
        assert (again.rows, again.skipped) == (10, 1)


@pytest.mark.parametrize("comparing", [True, False])
def test_a_row_beyond_the_cut_is_never_the_same(lab: LandingLab, comparing: bool) -> None:
    """Whoever put it there: the comparison looks at all that the replay holds."""
    lab.send(_records(lab, 20))
    _land_and_fold(lab)
    put = list[str]()

    def put_a_row(what: str, _done: int, _of: int) -> None:
        if what == lab.topic():
            sql = "INSERT INTO {there:Identifier}.events_enforcement SELECT * FROM events_enforcement WHERE offset = 15"
            with ClickHouse(lab.settings, "operator") as operator:
                operator.command(render(sql, there=f"{lab.database}_replay_beyond"))
            put.append(what)

    again = replay(lab.settings, "beyond", cut={lab.topic(): 8}, comparing=comparing, progress=put_a_row)
    with _dropping(lab, again):
        assert put
        assert not again.same
        assert again.uneven == (TopicRows(lab.topic(), cut=8, replayed=9, beyond=1),)
        differing = [place for each in again.comparisons for place in each.differing if "events" in each.left]
        assert differing == [f"{lab.topic()}/15"] * comparing


def test_a_topic_that_holds_fewer_rows_than_the_log_is_named(lab: LandingLab) -> None:
    """Also when no table is compared."""
    lab.send(_records(lab, 20))
    _land_and_fold(lab)
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command("ALTER TABLE events_enforcement DELETE WHERE offset = 4 SETTINGS mutations_sync = 1")
    with _dropping(lab, replay(lab.settings, "fewer", cut={lab.topic(): 8}, comparing=False)) as again:
        assert again.uneven == (TopicRows(lab.topic(), cut=7, replayed=8, beyond=0),)
        assert not again.same


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
        (kept,) = run_here(lab.home, "replay", "--list", "-o", "json").json
        assert (kept["name"], kept["database"]) == ("x", f"{lab.database}_replay_x")
        assert kept["rows"] > 0
        assert run_here(lab.home, "replay", "--drop", "y").code == 2
        assert run_here(lab.home, "replay", "--drop", "x", "--from-log").code == 2
        assert run_here(lab.home, "replay", "--drop", "x").code == 0
        assert run_here(lab.home, "replay", "--list", "-o", "json").json == []
    finally:
        _drop(lab, f"{lab.database}_replay_x")
