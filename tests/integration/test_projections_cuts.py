"""Cuts, and the tables as they stood at one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from audit.cuts import add_cut, list_cuts, resolve
from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from projections import as_of
from projections.as_of import database_at, rows_behind
from projections.definition import definition
from projections.standing import standing_vector
from projections.store import ensure_schema
from tests.support.event_rows import decided, event_id, filed, step, written
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

_ENFORCEMENT = "lianzhi.enforcement.330421"


@pytest.fixture
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("cuts") / "home", stack) as made:
        yield made


def test_a_named_cut_answers_from_what_was_known_then(lab: ProjectionLab) -> None:
    """Corrections are held to the cut too."""
    made = decided(1, "c1", "A|1", fine=Decimal("100.00"))
    lab.log.append([made])
    add_cut(lab.settings, "2026-01", as_of=date(2026, 1, 31))
    lab.log.append([made.corrected(2, penalties=[("FINE", Decimal("70.00"), None)]), decided(3, "c2", "A|2")])
    lab.projector.tick()
    (cut,) = list_cuts(lab.settings)
    assert (cut.name, cut.as_of, cut.vector[_ENFORCEMENT]) == ("2026-01", date(2026, 1, 31), 1)
    name = database_at(lab.settings, resolve(lab.settings, "2026-01").vector)
    with ClickHouse(lab.settings, "analyst", database=name, query_seconds=0) as analyst:
        assert analyst.rows("SELECT decision_id, fine FROM decisions") == [("A|1", Decimal("100"))]
        assert analyst.rows("SELECT count() FROM policy_limits")[0][0] > 0
        assert dict(analyst.rows("SELECT * FROM standing"))[_ENFORCEMENT] == 1
    assert lab.server.rows("SELECT decision_id, fine FROM decisions ORDER BY 1") == [
        ("A|1", Decimal("70")),
        ("A|2", Decimal("1000")),
    ]
    assert database_at(lab.settings, cut.vector) == name  # kept


def test_tables_stand_where_the_last_of_them_was_folded(lab: ProjectionLab) -> None:
    """What only helps to fold runs ahead of the tables, and a table that was never folded stands at the beginning."""
    lab.log.append([filed(1, "c1"), filed(2, "c2")])
    lab.projector.advance_indexes(lab.projector.look())
    assert standing_vector(lab.settings)[_ENFORCEMENT] == 0
    cases = definition("cases")
    lab.projector.feed(cases, cases.table(cases.version))
    assert standing_vector(lab.settings)[_ENFORCEMENT] == 0, "the others know nothing yet"
    lab.projector.tick()
    assert standing_vector(lab.settings)[_ENFORCEMENT] == 2


def test_an_instant_means_the_longest_beginning_that_the_log_had_by_then(lab: ProjectionLab) -> None:
    """Append times need not rise: an event behind a later one is not known earlier, whatever its stamp says."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for number, hours in ((1, 0), (2, 1), (3, 5), (4, 1), (5, 6)):
        lab.log.append([step("ClueReceived", number, f"c{number}")], at=noon + timedelta(hours=hours))
    assert resolve(lab.settings, (noon + timedelta(hours=2)).isoformat()).vector[_ENFORCEMENT] == 2
    assert resolve(lab.settings, (noon + timedelta(hours=5)).isoformat()).vector[_ENFORCEMENT] == 4
    # The end of a day in Shanghai is 16:00 UTC.
    assert resolve(lab.settings, "2026-03-01").vector[_ENFORCEMENT] == 2
    assert resolve(lab.settings, "2026-03-02").vector[_ENFORCEMENT] == 5


def test_what_is_no_cut_is_refused(lab: ProjectionLab) -> None:
    lab.log.append([filed(1, "c1")])
    with pytest.raises(InvalidInput, match="has landed up to offset 1"):
        add_cut(lab.settings, "ahead", {_ENFORCEMENT: 2})
    with pytest.raises(InvalidInput, match="has landed up to offset 1"):
        database_at(lab.settings, {_ENFORCEMENT: 2})
    with pytest.raises(InvalidInput, match="not come yet"):
        resolve(lab.settings, "2999-01-01T00:00:00+08:00")
    with pytest.raises(InvalidInput, match="no offset"):
        resolve(lab.settings, "2026-01-01T00:00:00")
    with pytest.raises(InvalidInput, match="neither a named cut nor a time"):
        resolve(lab.settings, "yesterday")
    with pytest.raises(InvalidInput, match="no name"):
        add_cut(lab.settings, " ")


def test_a_name_that_is_taken_is_refused_unless_it_is_to_mean_the_newer_cut(lab: ProjectionLab) -> None:
    lab.log.append([filed(1, "c1")])
    add_cut(lab.settings, "x")
    lab.log.append([filed(2, "c2")])
    with pytest.raises(InvalidInput, match="there is a cut 'x' already"):
        add_cut(lab.settings, "x")
    (cut,) = list_cuts(lab.settings)
    assert cut.vector[_ENFORCEMENT] == 1
    add_cut(lab.settings, "x", replace=True)
    (cut,) = list_cuts(lab.settings)
    assert cut.vector[_ENFORCEMENT] == 2


def test_only_so_many_cuts_are_kept(lab: ProjectionLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_of, "KEPT", 2)
    lab.log.append([filed(number, f"c{number}") for number in range(1, 4)])
    names = [database_at(lab.settings, {_ENFORCEMENT: end}) for end in (1, 2, 3)]
    there = {name for (name,) in lab.server.rows("SELECT name FROM system.databases")}
    assert [name in there for name in names] == [False, True, True]
    assert [rows_behind(lab.settings, name) in there for name in names] == [False, True, True]
    with ClickHouse(lab.settings, "operator", database="") as operator:
        for name in names[1:]:
            operator.command(f"DROP DATABASE {name} SYNC")
            operator.command(f"DROP DATABASE {rows_behind(lab.settings, name)} SYNC")


def test_what_an_analyst_may_read_of_a_cut_is_views(lab: ProjectionLab) -> None:
    """And what says how far it goes; the tables, with all that regions do not share, lie elsewhere."""
    lab.log.append([filed(1, "c1", dissemination="NONE", party_uscc="91330421M000100Y43")])
    name = database_at(lab.settings, {_ENFORCEMENT: 1})
    listing = "SELECT name, engine FROM system.tables WHERE database = {name:String}"
    found = dict(lab.server.rows(listing, name=name))
    tables = {table for table, engine in found.items() if engine != "View"}
    assert {table for table in tables if not table.startswith(("policy_", "projector_"))} == {"built", "cuts"}
    with ClickHouse(lab.settings, "analyst", database=name, query_seconds=0) as analyst:
        assert analyst.answer("SELECT party_key, stream_id FROM cases").dicts() == [
            {"party_key": None, "stream_id": ""}
        ]
    described = "SELECT count() FROM system.columns WHERE database = {name:String} AND table = 'cases' AND comment = ''"
    assert lab.server.value(described, name=name) == 0


def test_what_a_region_takes_back_is_taken_back_of_every_cut(lab: ProjectionLab) -> None:
    """The facts are those that were known then; how far they are shared is what holds now."""
    code = "91330421M000100Y43"
    case, made = filed(1, "c1", party_uscc=code), decided(2, "c1", "A|1", party_uscc=code)
    other = [filed(3, "c2", party_uscc="91310118M000200Y41"), decided(4, "c2", "A|2", party_uscc="91310118M000200Y41")]
    lab.log.append([case, made, *other])
    name = database_at(lab.settings, {_ENFORCEMENT: 4})

    def seen(analyst: ClickHouse) -> tuple[object, ...]:
        rows = analyst.rows("SELECT decision_id, party_key, party_no != 0, fine FROM decisions ORDER BY decision_id")
        parties = analyst.rows("SELECT party_key FROM parties ORDER BY party_key")
        return (
            rows,
            [key for (key,) in parties],
            analyst.value("SELECT groupArray(stream_id) FROM cases WHERE stream_id != ''"),
        )

    with ClickHouse(lab.settings, "analyst", database=name, query_seconds=0) as analyst:
        rows, parties, cases = seen(analyst)
        assert rows[0] == ("A|1", f"u:{code}", 1, Decimal(1000))
        assert (len(parties), sorted(cases)) == (2, ["c1", "c2"])
        lab.log.append([case.corrected(5, dissemination="POINTER")])
        assert seen(analyst) == (rows, ["u:91310118M000200Y41"], cases)
        lab.log.append([made.corrected(6, dissemination="NONE")])
        rows, parties, cases = seen(analyst)
        assert rows[0] == ("", None, 0, Decimal(1000))
        assert rows[1][0] == "A|2"
        assert parties == ["u:91310118M000200Y41"]
        assert cases == ["c2"]  # the decision is an event of the case
    assert database_at(lab.settings, {_ENFORCEMENT: 4}) == name


def test_cuts_with_tables_beside_their_views_are_dropped(lab: ProjectionLab) -> None:
    lab.log.append([filed(1, "c1")])
    kept = database_at(lab.settings, {_ENFORCEMENT: 1})
    earlier = f"{lab.settings.clickhouse.database}_cut_0123456789abcdef"
    with ClickHouse(lab.settings, "operator", database="") as operator:
        operator.command(f"CREATE DATABASE {earlier}")
    assert f"cut {earlier} dropped" in ensure_schema(lab.settings)
    there = {name for (name,) in lab.server.rows("SELECT name FROM system.databases")}
    assert (kept in there, earlier in there) == (True, False)


def test_a_redriven_dead_letter_is_folded_in(lab: ProjectionLab) -> None:
    """It lands behind the checkpoint, at its own place; the ledger says so, and the next tick looks there."""
    lab.log.append([filed(1, "c1")])
    lab.log.ends[_ENFORCEMENT] = 2  # offset 1 is a dead letter
    lab.log.append([filed(3, "c3")])
    lab.projector.tick()
    assert lab.server.value("SELECT count() FROM cases") == 2
    lab.log.ends[_ENFORCEMENT] = 1
    lab.log.append([filed(2, "c2")])
    lab.log.server.insert(
        "dead_letters",
        ("topic", "partition", "offset", "appended_at", "reason_code", "reason", "headers", "state", "at", "version"),
        [(_ENFORCEMENT, 0, 1, written(0), "X", "x", [], "REDRIVEN", written(1), 1)],
    )
    lab.projector.tick()
    assert [row[0] for row in lab.server.rows("SELECT filed_event FROM cases ORDER BY 1")] == [
        event_id(1),
        event_id(2),
        event_id(3),
    ]
