"""Policy files: the working-day calendar and which line of the deadlines holds."""

from __future__ import annotations

from datetime import date

import pytest

from projections.policy import FIRST_DAY, LAST_DAY, SlaRule, load


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 1, 26), True),  # a Sunday worked for the Spring Festival
        (date(2025, 1, 28), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2026, 2, 14), True),
        (date(2026, 2, 23), False),
        (date(2026, 5, 9), True),
        (date(2026, 6, 19), False),
        (date(2026, 6, 20), False),
        (date(2026, 6, 22), True),
        (date(2019, 7, 6), False),  # no schedule on file: Monday to Friday
    ],
)
def test_working_days(day: date, working: bool) -> None:
    assert load().is_working_day(day) is working


def test_the_calendar_counts_every_day_once() -> None:
    rows = list(load().calendar())
    assert (rows[0][0], rows[-1][0]) == (FIRST_DAY, LAST_DAY)
    assert len(rows) == (LAST_DAY - FIRST_DAY).days + 1
    assert rows[-1][2] == sum(working for _, working, _, _ in rows)


def test_swapped_weekends_are_weekends_and_holidays_weekdays() -> None:
    policy = load()
    assert all(day.weekday() >= 5 for day in policy.workdays)
    assert all(day.weekday() < 5 for day in policy.holidays)


def test_the_line_that_names_most_wins() -> None:
    policy = load()
    day = date(2026, 1, 5)
    assert policy.acknowledge_days("CLUE", "WATER", "330421", "310118", "NORMAL", day) == 3
    assert policy.acknowledge_days("CLUE", "WATER", "330421", "310118", "URGENT", day) == 1


def test_a_line_holds_only_within_its_days() -> None:
    rule = SlaRule(date(2026, 1, 1), 1, 2, "", "", "U", urgency="URGENT")
    assert rule.holds(("CLUE", "WATER", "A", "B", "URGENT"), date(2026, 1, 1))
    assert not rule.holds(("CLUE", "WATER", "A", "B", "URGENT"), date(2025, 12, 31))
    assert not rule.holds(("CLUE", "WATER", "A", "B", "NORMAL"), date(2026, 1, 1))
