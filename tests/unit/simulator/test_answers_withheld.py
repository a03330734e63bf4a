"""What the answer key withholds: by hand, and such that nothing follows from the rest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.simulator.answers.shape import Answer
from tests.support.subtraction import compositions, leaks

Cells = list[tuple[int, int]]

SMALL_CELLS = st.lists(st.integers(1, 9).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))), max_size=6)


def answered(cells: Cells, **how: Any) -> dict[str, Any]:
    answer = Answer(sum(n for n, _ in cells), sum(d for _, d in cells), ("key",), **how)
    for place, (n, d) in enumerate(cells):
        answer.row((f"k{place}",), n, d, figure=n * 10)
    return answer.as_json()


def withheld(told: dict[str, Any]) -> list[int]:
    return [place for place, row in enumerate(told["rows"]) if row["suppressed"]]


@pytest.mark.parametrize(
    ("sizes", "hidden", "whole"),
    [
        ([10, 20, 30], [], False),
        ([3, 20, 30], [0, 1], False),
        ([20, 30, 4, 20], [0, 2], False),
        ([3, 4, 30], [0, 1], False),
        ([1, 1, 30, 40], [0, 1, 2], False),
        ([1, 1, 1, 1, 1, 9], [0, 1, 2, 3, 4, 5], False),
        ([2, 1, 1, 1, 9], [0, 1, 2, 3], False),
        ([3, 7], [0, 1], False),
        ([4], [0], True),
        ([1, 1, 2], [0, 1, 2], True),
        ([1, 1, 1, 1, 1], [0, 1, 2, 3, 4], True),
        ([5], [], False),
        ([], [], False),
    ],
)
def test_by_hand(sizes: list[int], hidden: list[int], whole: bool) -> None:
    told = answered([(0, d) for d in sizes])
    assert withheld(told) == hidden
    assert told["suppressed"] is whole
    assert (told["d"] is None) is whole


def test_a_withheld_row_says_its_dimensions_and_no_more() -> None:
    told = answered([(1, 2), (3, 30), (4, 40)])
    assert told["rows"][1] == {"key": "k1", "n": None, "d": None, "figure": None, "suppressed": True}
    assert told["rows"][2] == {"key": "k2", "n": 4, "d": 40, "figure": 40, "suppressed": False}
    assert (told["n"], told["d"]) == (8, 72)


def test_n_of_the_rows_that_are_shown() -> None:
    assert answered([(2, 2), (30, 30), (40, 40)], n_of_shown=True)["n"] == 40


def test_where_units_overlap_the_whole_is_withheld_with_any_row() -> None:
    """Three parties fined in A and B alone, ten in C: the whole would say that A and B have three each."""
    assert answered([(3, 3), (3, 3), (0, 10)], overlapping=True)["suppressed"]
    assert not answered([(3, 30), (3, 33), (0, 10)], overlapping=True)["suppressed"]


@given(SMALL_CELLS)
def test_nothing_that_is_withheld_follows_by_subtraction(cells: Cells) -> None:
    assert leaks(answered(cells)) == []


@given(SMALL_CELLS)
def test_nor_where_n_counts_the_rows_that_are_shown(cells: Cells) -> None:
    assert leaks(answered([(d, d) for _, d in cells], n_of_shown=True), n_of_shown=True) == []


@given(SMALL_CELLS)
def test_no_more_is_withheld_than_is_needed(cells: Cells) -> None:
    """The largest row that is withheld without being small: shown again, it would uncover something."""
    told = answered(cells)
    large = [place for place in withheld(told) if cells[place][1] >= 5]
    if large:
        last = max(large, key=lambda place: (cells[place][1], place))
        n, d = cells[last]
        told["rows"][last] |= {"n": n, "d": d, "suppressed": False}
        told |= {"n": sum(n for n, _ in cells), "d": sum(d for _, d in cells)}
        assert leaks(told)


def test_the_enumeration_finds_what_follows() -> None:
    one: dict[str, Any] = {"n": None, "d": None, "suppressed": True}
    shown = {"n": 4, "d": 10, "suppressed": False}
    assert leaks({"n": 5, "d": 13, "rows": [one, shown]})
    assert leaks({"n": 5, "d": 12, "rows": [one, one, shown]})
    assert leaks({"n": 6, "d": 15, "rows": [one] * 5 + [shown]})
    assert not leaks({"n": 6, "d": 16, "rows": [one] * 5 + [shown]})
    assert sorted(compositions(4, 2)) == [(1, 3), (2, 2), (3, 1)]
