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


def _remaining(case: Case, filed: date, known: datetime, as_of: date) -> int:
    paused: set[date] = set()
    for begin, end in _intervals(_days(case.pauses, known, as_of), _days(case.resumes, known, as_of)):
        stop = as_of + timedelta(days=1) if end is None else end
        paused |= {begin + timedelta(days=step) for step in range((stop - begin).days)}
    elapsed = sum(filed + timedelta(days=step) not in paused for step in range(1, (as_of - filed).days + 1))
    granted = [told for fact in case.extensions if (told := fact.at(known)) is not None and told[0] <= as_of]
    return LIMIT + sum(days for _, days in granted) - elapsed


def ninety_day_risk(world: World, known: datetime, as_of: date, calendar: Calendar) -> Answer:
    """Question 13."""
    del calendar
    left: dict[tuple[str, str], list[int]] = defaultdict(list)
    for case in world.cases:
        filed = case.filed.at(known)
        if case.ordinary and filed is not None and filed <= as_of and _is_open(case, known, as_of):
            left[case.region, case.agency].append(_remaining(case, filed, known, as_of))
    soon = sum(days <= SOON for cell in left.values() for days in cell)
    answer = Answer(soon, sum(map(len, left.values())), ("region", "agency"))
    for cell, days in left.items():
        answer.row(
            cell,
            sum(day <= SOON for day in days),
            len(days),
            overdue=sum(day < 0 for day in days),
            min_remaining=min(days),
        )
    return answer
