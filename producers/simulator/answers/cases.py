"""Question 13 from the world's own cases."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from producers.simulator.answers.shape import Answer, Calendar
from producers.simulator.told import Fact
from producers.simulator.world import Case, World

LIMIT = 90
SOON = 15


def _days(facts: list[Fact[date]], known: datetime, as_of: date) -> list[date]:
    return sorted(day for fact in facts if (day := fact.at(known)) is not None and day <= as_of)


def _is_open(case: Case, known: datetime, as_of: date) -> bool:
    if any(_days(facts, known, as_of) for facts in (case.decided, case.to_police, case.withdrawn)):
        return False
    closed, reopened = _days(case.closed, known, as_of), _days(case.reopened, known, as_of)
    return not closed or bool(reopened and reopened[-1] > closed[-1])


def _intervals(begins: list[date], ends: list[date]) -> list[tuple[date, date | None]]:
    """Of each pause its first day and the day on which the clock ran again.

    A resumption ends the earliest pause that is still open, and counts for nothing where none is.
    """
    still_open: list[date] = []
    found: list[tuple[date, date | None]] = []
    # On one day a pause comes before a resumption.
    for day, is_end in sorted([*((day, False) for day in begins), *((day, True) for day in ends)]):
        if not is_end:
            still_open.append(day)
        elif still_open:
            found.append((still_open.pop(0), day))
    return [*found, *((begin, None) for begin in still_open)]


def _running(case: Case, filed: date, known: datetime, as_of: date) -> list[date]:
    """The days after its filing, up to as_of, on which its clock ran."""
    paused: set[date] = set()
    for begin, end in _intervals(_days(case.pauses, known, as_of), _days(case.resumes, known, as_of)):
        stop = as_of + timedelta(days=1) if end is None else end
        paused |= {begin + timedelta(days=step) for step in range((stop - begin).days)}
    days = (filed + timedelta(days=step) for step in range(1, (as_of - filed).days + 1))
    return [day for day in days if day not in paused]


def _allowed(case: Case, known: datetime, as_of: date) -> int:
    granted = [told for fact in case.extensions if (told := fact.at(known)) is not None and told[0] <= as_of]
    return LIMIT + sum(days for _, days in granted)


def _is_overdue(running: list[date], allowed: int, as_of: date, calendar: Calendar) -> bool:
    """Past its last day; one that is no working day moves to the next one on which the clock runs."""
    # Of the days from the last one that is allowed on, the first that is worked.
    last = next((day for day in running[allowed - 1 :] if calendar.is_working_day(day)), as_of)
    return len(running) > allowed and as_of > last


def ninety_day_risk(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 13."""
    left: dict[tuple[str, str], list[int]] = defaultdict(list)
    overdue: dict[tuple[str, str], int] = defaultdict(int)
    for case in world.cases:
        filed = case.filed.at(known)
        if case.ordinary and filed is not None and filed <= as_of and _is_open(case, known, as_of):
            cell, allowed = (case.region, case.agency), _allowed(case, known, as_of)
            running = _running(case, filed, known, as_of)
            left[cell].append(allowed - len(running))
            overdue[cell] += _is_overdue(running, allowed, as_of, calendar)
    soon = sum(days <= SOON for cell in left.values() for days in cell)
    answer = Answer(soon, sum(map(len, left.values())), ("region", "agency"))
    for cell, days in left.items():
        answer.row(
            cell,
            sum(day <= SOON for day in days),
            len(days),
            overdue=overdue[cell],
            min_remaining=min(days),
        )
    return answer
