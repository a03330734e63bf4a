"""What answers withhold, on the real server: as the answer key says, and such that nothing follows from the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.clickhouse import ClickHouse
from producers.simulator.answers.shape import Answer
from projections import questions
from projections.questions.suppression import statement, with_rule
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.question_units import AS_OF, REGIONS, fill, fill_parties, keys
from tests.support.stack import RunningStack
from tests.support.subtraction import leaks

pytestmark = pytest.mark.servers

ADDITIVE = tuple(name for name, one in questions.questions().items() if one.whole != "overlapping")
SIZES = ([3, 20, 30], [30, 4, 6], [1, 1, 12], [2, 9], [4], [1, 1, 1], [5, 6, 7], [3, 4, 30])
CELLS = """
SELECT toUInt8(grouping(cell.1) > 0) AS total, ifNull(cell.1, '') AS region, sum(cell.2) AS n, sum(cell.3) AS d
FROM (SELECT arrayJoin({cells:Array(Tuple(String, UInt64, UInt64))}) AS cell)
GROUP BY GROUPING SETS ((cell.1), ())
"""


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(tmp_path_factory.mktemp("withheld") / "home", stack) as made:
        yield made


@pytest.fixture(scope="module")
def analyst(lab: ProjectionLab) -> Iterator[ClickHouse]:
    with ClickHouse(lab.settings, "analyst", query_seconds=0) as server:
        yield server


def _told(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Rows as the server gives them, in the shape of an answer."""
    (whole,) = [row for row in found if row["total"]] or [{"n": 0, "d": 0}]
    return {"n": whole["n"], "d": whole["d"], "rows": [row for row in found if not row["total"]]}


def _plain(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["n"], answer["d"], [(row["n"], row["d"], bool(row["suppressed"])) for row in answer["rows"]]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.integers(1, 9).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))), max_size=6),
    whole=st.sampled_from(["sum", "overlapping", "shown"]),
)
def test_the_rule_in_sql_is_the_rule_of_the_key(analyst: ClickHouse, cells: list[tuple[int, int]], whole: Any) -> None:
    asked = replace(questions.question("repeat_offenders"), dims=("region",), whole=whole)
    named = [(f"k{place}", d if whole == "shown" else n, d) for place, (n, d) in enumerate(cells)]
    told = _told(analyst.answer(with_rule(asked, CELLS), cells=named).dicts())
    key = Answer(
        sum(n for _, n, _ in named),
        sum(d for *_, d in named),
        ("region",),
        overlapping=whole == "overlapping",
        n_of_shown=whole == "shown",
    )
    for name, n, d in named:
        key.row((name,), n, d)
    assert _plain(told) == _plain(key.as_json())
    assert leaks(told, n_of_shown=whole == "shown") == []


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("name", ADDITIVE)
def test_every_question_withholds_what_would_follow(lab: ProjectionLab, name: str, sizes: list[int]) -> None:
    asked = questions.question(name)
    known = keys(name)[: len(sizes)]
    fill(
        lab.server, name, [(key, unit % 2 == 0) for key, size in zip(known, sizes, strict=True) for unit in range(size)]
    )
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF, evidence=True)
    hits = [size if asked.whole == "shown" else (size + 1) // 2 for size in sizes]
    key = Answer(sum(hits), sum(sizes), asked.dims, n_of_shown=asked.whole == "shown")
    for dims, n, d in zip(known, hits, sizes, strict=True):
        key.row(dims, n, d)
    told = {"n": answer.n, "d": answer.d, "rows": answer.rows}
    assert _plain(told) == _plain(key.as_json())
    assert leaks(told, n_of_shown=asked.whole == "shown") == []
    assert answer.suppressed == sum(row["suppressed"] for row in answer.rows)
    for row in answer.rows:
        assert tuple(row) == (*asked.columns, *questions.EVIDENCE)
        if row["suppressed"]:
            assert not any(value for column, value in row.items() if column not in {*asked.dims, "suppressed"})
        else:
            # A unit has an event of its own here.
            assert len(row["n_event_ids"]) == row["n"]
            assert len(row["event_ids"]) == row["n" if name == "double_fine" else "d"]
            assert set(row["n_event_ids"]) <= set(row["event_ids"])


@pytest.mark.parametrize("name", questions.questions())
def test_nobody_is_no_secret(lab: ProjectionLab, analyst: ClickHouse, name: str) -> None:
    """Nothing counted is said to be nothing, in every question alike; figures of nothing there are none."""
    asked = questions.question(name)
    fill(lab.server, name, [])
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF, evidence=True)
    assert (answer.rows, answer.n, answer.d, answer.interval, answer.suppressed) == ([], 0, 0, None, 0)
    values: dict[str, Any] = {"as_of": AS_OF, "regions": list(REGIONS), **asked.values({})}
    for whole in analyst.answer(statement(asked), **values).dicts():
        assert (whole["total"], whole["n"], whole["d"], whole["suppressed"]) == (True, 0, 0, False)
        assert not any(whole[figure.name] for figure in asked.figures)


@pytest.mark.parametrize("alone", [[8, 9, 30], [3, 9, 30], [0, 0, 30]], ids=str)
def test_parties_of_several_regions(lab: ProjectionLab, alone: list[int]) -> None:
    """Three parties penalised in the first two regions, others in one alone."""
    asked = questions.question("repeat_offenders")
    parties = [frozenset(REGIONS[:2])] * 3
    parties += [frozenset({region}) for region, count in zip(REGIONS, alone, strict=True) for _ in range(count)]
    fill_parties(lab.server, parties)
    answer = questions.ask(lab.settings, asked, asked.values({}), AS_OF, evidence=True)
    key = Answer(3, len(parties), asked.dims, overlapping=True)
    for place, (region, count) in enumerate(zip(REGIONS, alone, strict=True)):
        key.row((region,), *((3, count + 3) if place < 2 else (0, count)))
    assert _plain({"n": answer.n, "d": answer.d, "rows": answer.rows}) == _plain(key.as_json())
    assert all(len(row["n_event_ids"]) == (row["n"] or 0) for row in answer.rows)
    assert (answer.d is None) == (min(alone) + 3 < 5)


def test_parties_of_a_region_that_the_zone_does_not_list_are_counted(lab: ProjectionLab, analyst: ClickHouse) -> None:
    asked = questions.question("repeat_offenders")
    fill_parties(lab.server, [frozenset(REGIONS[1:])] * 20 + [frozenset(REGIONS[:1])] * 10)
    values: dict[str, Any] = {"as_of": AS_OF, "regions": list(REGIONS[:2]), **asked.values({})}
    found = analyst.answer(statement(asked), **values).dicts()
    told = {row["region"]: (row["n"], row["d"]) for row in found if not row["total"]}
    assert told == {"": (20, 20), REGIONS[0]: (0, 10), REGIONS[1]: (20, 20)}
    assert [(row["n"], row["d"]) for row in found if row["total"]] == [(20, 30)]


@pytest.mark.parametrize("name", questions.questions())
def test_a_filter_around_the_answer_uncovers_nothing(lab: ProjectionLab, analyst: ClickHouse, name: str) -> None:
    """A condition that the server pushes down into the rule would make other rows small."""
    asked = questions.question(name)
    if asked.whole == "overlapping":
        fill_parties(lab.server, [frozenset({REGIONS[place % 3]}) for place in range(30)] + [frozenset(REGIONS)] * 3)
    else:
        units = [(key, True) for place, key in enumerate(keys(name)[:3]) for _ in range((3, 20, 30)[place])]
        fill(lab.server, name, units)
    values: dict[str, Any] = {"as_of": AS_OF, "regions": list(REGIONS), **asked.values({})}
    everything = analyst.answer(statement(asked), **values).dicts()
    for row in everything:
        first = asked.dims[0]
        filtered = f"SELECT * FROM ({statement(asked)}) WHERE NOT total AND {first} = {{wanted:String}}"  # noqa: S608
        found = analyst.answer(filtered, wanted=row[first], **values).dicts()
        assert found == [one for one in everything if not one["total"] and one[first] == row[first]]


@pytest.mark.parametrize("missing", ["smallest_cell", "withheld_together"])
def test_without_its_policy_nothing_is_shown_beside_a_small_row(analyst: ClickHouse, missing: str) -> None:
    asked = replace(questions.question("repeat_offenders"), dims=("region",), whole="sum")
    sql = with_rule(asked, CELLS).replace(f"name = '{missing}'", "name = 'nothing'")
    found = analyst.answer(sql, cells=[("a", 1, 3), ("b", 1, 50), ("c", 1, 60)]).dicts()
    assert all(row["d"] is None for row in found)


@pytest.mark.parametrize("name", questions.questions())
def test_figures_are_of_the_types_that_are_declared(analyst: ClickHouse, name: str) -> None:
    asked = questions.question(name)
    values: dict[str, Any] = {"as_of": AS_OF, "regions": list(REGIONS), **asked.values({})}
    found = analyst.answer(statement(asked), **values)
    types = dict(zip(found.columns, found.types, strict=True))
    assert tuple(types) == ("total", *asked.columns)
    for figure in asked.figures:
        assert types[figure.name] == (figure.type if figure.is_map else f"Nullable({figure.type})")
