"""The questions as views, and views that explain their columns: what an analyst meets in a BI tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.clickhouse import ClickHouse, ServerRefused
from infra.local.users import Grants
from projections import questions
from projections.definition import definitions
from projections.questions.views import PREFIX
from projections.rebuild import rebuild
from projections.store import ensure_schema
from projections.switch import switch
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.question_units import AS_OF, REGIONS, fill, fill_parties, keys
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

STABLE_VIEWS = Grants.read().users["analyst"].views
NOT_ENOUGH_PRIVILEGES, UNKNOWN_PARAMETER = 497, 456


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("views") / "home", stack) as made:
        yield made


@pytest.fixture(scope="module")
def analyst(lab: ProjectionLab) -> Iterator[ClickHouse]:
    with ClickHouse(lab.settings, "analyst", query_seconds=0) as server:
        yield server


@pytest.fixture(scope="module")
def real(stack: RunningStack) -> RunningStack:
    """The database of the settings, in which each user may do what is its own only."""
    ensure_schema(stack.settings)
    return stack


def _select(asked: questions.Question, columns: str = "*") -> str:
    given = ", ".join(f"{each.name} = {{{each.name}:{each.type}}}" for each in asked.parameters)
    return f"SELECT {columns} FROM {PREFIX}{asked.name}(as_of = {{as_of:Date32}}, {given})"  # noqa: S608


def _values(asked: questions.Question) -> dict[str, Any]:
    return {"as_of": AS_OF, **asked.values({})}


def _fill(lab: ProjectionLab, asked: questions.Question) -> None:
    if asked.whole == "overlapping":
        fill_parties(lab.server, [frozenset({REGIONS[place % 3]}) for place in range(30)] + [frozenset(REGIONS)] * 3)
    else:
        known = keys(asked.name)[:3]
        units = [(key, number % 3 == 0) for key, size in zip(known, (3, 9, 30), strict=True) for number in range(size)]
        fill(lab.server, asked.name, units)


@pytest.mark.parametrize("name", questions.questions())
def test_a_view_says_what_the_command_says(lab: ProjectionLab, analyst: ClickHouse, name: str) -> None:
    asked = questions.question(name)
    _fill(lab, asked)
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF)
    found = analyst.answer(_select(asked), **_values(asked))
    assert found.columns == ("total", *asked.columns)
    *rows, whole = found.dicts()
    assert answer.rows
    assert [{column: row[column] for column in asked.columns} for row in rows] == answer.rows
    assert (whole["total"], whole["n"], whole["d"]) == (True, answer.n, answer.d)
    if asked.whole != "overlapping":
        assert [row["suppressed"] for row in rows] == [True, True, False]
        assert not any(whole[figure.name] for figure in asked.figures)


@pytest.mark.parametrize("name", questions.questions())
def test_a_filter_on_a_view_uncovers_nothing(lab: ProjectionLab, analyst: ClickHouse, name: str) -> None:
    asked = questions.question(name)
    _fill(lab, asked)
    first = asked.dims[0]
    everything = analyst.answer(_select(asked), **_values(asked)).dicts()
    for wanted in {row[first] for row in everything if not row["total"]}:
        sql = f"{_select(asked)} WHERE NOT total AND {first} = {{wanted:String}}"
        found = analyst.answer(sql, wanted=wanted, **_values(asked)).dicts()
        assert found == [row for row in everything if not row["total"] and row[first] == wanted]
    for column in ("total", *asked.columns):
        values = [value for (value,) in analyst.rows(_select(asked, column), **_values(asked))]
        assert values == [row[column] for row in everything]
    sums = f"{_select(asked, 'sum(d), countIf(suppressed)')} WHERE NOT total"
    shown = [row["d"] for row in everything if not row["total"] and not row["suppressed"]]
    hidden = sum(row["suppressed"] for row in everything if not row["total"])
    assert analyst.rows(sums, **_values(asked)) == [(sum(shown), hidden)]


@pytest.mark.parametrize("name", questions.questions())
def test_a_view_says_what_it_takes_and_gives(analyst: ClickHouse, name: str) -> None:
    asked = questions.question(name)
    columns = "comment, parameterized_view_parameters"
    sql = f"SELECT {columns} FROM system.tables WHERE database = {{d:String}} AND name = {{n:String}}"  # noqa: S608
    ((text, parameters),) = analyst.rows(sql, d=analyst.database, n=PREFIX + name)
    assert dict(parameters) == {
        "as_of": "Date32",
        **{each.name: each.type for each in asked.parameters},
    }
    assert asked.title in text
    for column in ("total", *asked.columns):
        assert re.search(rf"column {column}: .+[|；]", text), column


def test_a_view_takes_expressions_and_wants_every_parameter(analyst: ClickHouse) -> None:
    sql = "SELECT countIf(total) FROM ask_transfer_acceptance(as_of = today() - 1, months = 6 + 6, exchange_form = '')"
    assert analyst.rows(sql) == [(1,)]
    with pytest.raises(ServerRefused) as refused:
        analyst.rows("SELECT * FROM ask_transfer_acceptance(as_of = today(), months = 12)")
    assert refused.value.code == UNKNOWN_PARAMETER


@pytest.mark.parametrize("name", questions.questions())
def test_the_analyst_reads_the_view_without_a_right_on_what_lies_behind(real: RunningStack, name: str) -> None:
    asked = questions.question(name)
    with ClickHouse(real.settings, "analyst", query_seconds=0) as server:
        server.rows(_select(asked), **_values(asked))
        for forbidden in ("SELECT count() FROM cases_v1", f"CREATE VIEW {PREFIX}mine AS SELECT 1"):
            with pytest.raises(ServerRefused) as refused:
                server.rows(forbidden)
            assert refused.value.code == NOT_ENOUGH_PRIVILEGES


def test_the_analyst_sees_what_every_column_means_and_nothing_else(real: RunningStack) -> None:
    sql = "SELECT table, name, comment FROM system.columns WHERE database = {d:String}"
    with ClickHouse(real.settings, "analyst", query_seconds=0) as server:
        found = server.rows(sql, d=server.database)
    assert {table for table, *_ in found} == set(STABLE_VIEWS)
    assert [(table, name, text) for table, name, text in found if not re.search(r".[|].", text)] == []


@pytest.mark.parametrize("name", definitions())
def test_a_column_of_a_view_is_explained_as_the_table_explains_it(lab: ProjectionLab, name: str) -> None:
    """Also after a switch, which makes the view anew."""
    about = definitions()[name]
    sql = "SELECT name, comment FROM system.columns WHERE database = {d:String} AND table = {t:String}"
    with ClickHouse(lab.settings, "operator") as server:
        rebuild(lab.settings, lab.server, about)
        before, after = switch(lab.fresh(), about)
        assert before != after
        table = dict(server.rows(sql, d=server.database, t=after))
        view = dict(server.rows(sql, d=server.database, t=name))
    assert {column: table[column] for column in view if column in table} == {
        column: text for column, text in view.items() if column in table
    }
    assert all(view.values())
