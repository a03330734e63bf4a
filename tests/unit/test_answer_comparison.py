"""Answers are held against the key strictly: no difference is small enough to be passed over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import compare_answer, same

KEY: dict[str, Any] = {
    "n": 3,
    "d": 9,
    "suppressed": False,
    "rows": [
        {"region": "310118", "n": 1, "d": 5, "median": 200.5, "suppressed": False},
        {"region": "330421", "n": None, "d": None, "median": None, "suppressed": True},
    ],
}


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (200.5, "200.50"), ("1000.00", 1000), (None, None), ([1, "a"], [1.0, "a"]), ({"a": 1}, {"a": 1.0})],
)
def test_one_value_in_two_spellings(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, None),
        (0, False),
        (1, True),
        ("1.0", "1.00"),
        (0.1234, 0.1235),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
    ],
)
def test_two_values(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_an_answer_may_say_more_than_the_key_but_nothing_else() -> None:
    answer = {**KEY, "title": "…", "suppressed": 1, "rows": [{**row, "note": ""} for row in KEY["rows"]]}
    assert compare_answer(KEY, answer) == []


@pytest.mark.parametrize(
    "change",
    [
        {"n": 4},
        {"suppressed": 0},
        {"rows": KEY["rows"][:1]},
        {"rows": KEY["rows"][::-1]},
        {"rows": [{**KEY["rows"][0], "median": 200.51}, KEY["rows"][1]]},
        {"rows": [KEY["rows"][0], {**KEY["rows"][1], "d": 4}]},
        {"rows": [{"region": "310118"}, KEY["rows"][1]]},
    ],
    ids=str,
)
def test_every_difference_is_named(change: dict[str, Any]) -> None:
    assert compare_answer(KEY, {**KEY, "suppressed": 1, **change})
