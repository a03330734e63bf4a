"""What the law says about days and amounts, on the real server: findings, deadlines, days left to decide."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.sql import load
from producers.simulator.answers.cases import ninety_day_risk
from producers.simulator.answers.shape import working_days_after
from producers.simulator.told import Fact
from producers.simulator.world import Case, World
from projections import policy
from tests.support.event_rows import Event, day, decided, filed, rows_of, step
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
FILED = 10
SUNDAY = next(number for number in range(100, 107) if day(number).isoweekday() == 7)
Clock = tuple[Sequence[int], Sequence[int]]
"""Days after filing on which a clock stopped, and those on which it ran again."""


@pytest.fixture(scope="module")
def made(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    with projection_lab(Path(tmp_path_factory.mktemp("findings")) / "home", stack) as lab:
        yield lab


@pytest.fixture
def lab(made: ProjectionLab) -> ProjectionLab:
    """A database in which nothing has ever landed."""
    made.log.truncate()
    made.projector = made.fresh()
    return made


def fold(lab: ProjectionLab, events: Sequence[Event]) -> None:
    """Land these, and fold them."""
    lab.log.append(events)
    for fed in lab.projector.tick():
        assert fed.error is None, fed


def found(lab: ProjectionLab, finding: str) -> set[str]:
    """What has this finding."""
    return {row["subject"] for row in rows_of(lab.server, "findings", "subject") if row["finding"] == finding}


def clock(number: int, stream: str, stopped: Clock, begin: int = FILED) -> list[Event]:
    """The steps by which the clock of a case filed on day `begin` stopped and ran again."""
    begins, ends = stopped
    return [
        *(step("ClockPaused", number + at, stream, paused_on=day(begin + on)) for at, on in enumerate(begins)),
        *(step("ClockResumed", number + 50 + at, stream, resumed_on=day(begin + on)) for at, on in enumerate(ends)),
    ]


def clocks() -> list[Clock]:
    """Strange ones, and random ones."""
    rng = random.Random(13)
    strange: list[Clock] = [
        ([], []),
        ([10], [20]),
        ([10], [5, 20]),
        ([10, 40], [20, 30, 50]),
        ([10, 15], [20, 30]),
        ([10, 15], [20]),
        ([10], [10, 20]),
        ([], [20]),
        ([-5], [-2, 30]),
        ([-5], []),
        ([130], []),
    ]
    shape = [(rng.randint(0, 4), rng.randint(0, 4)) for _ in range(40)]
    many = [([rng.randint(-10, 140) for _ in range(b)], [rng.randint(-10, 140) for _ in range(e)]) for b, e in shape]
    return [*strange, *many]


def test_days_left_are_those_of_the_answer_key_however_a_clock_stopped(lab: ProjectionLab) -> None:
    """Question 13: a resumption ends the earliest open pause, or counts for nothing."""
    events, world = list[Event](), World(0, (), 0, EARLY)
    for place, stopped in enumerate(clocks()):
        number, stream, agency = place * 200 + 1, f"c{place}", f"1133042100{place:04}016N"
        events += [filed(number, stream, on=FILED, actor_agency=agency), *clock(number + 1, stream, stopped)]
        case = Case(stream, "330421", agency, ordinary=True, filed=Fact([(EARLY, day(FILED))]))
        case.pauses, case.resumes = ([Fact([(EARLY, day(FILED + on))]) for on in days] for days in stopped)
        world.cases.append(case)
    fold(lab, events)
    known, sql = EARLY + timedelta(days=400), load("projections.questions", "ninety_day_risk.sql")
    for as_of in (day(FILED + later) for later in (*range(88, 94), *range(110, 135), *range(138, 142))):
        key = ninety_day_risk(world, known, as_of, policy.load())
        asked = [row for row in lab.server.answer(sql, as_of=as_of, days=15).dicts() if not row["total"]]
        left = {row["agency"]: (row["n"], row["overdue"], row["min_remaining"]) for row in asked}
        assert left == {row["agency"]: (row["n"], row["overdue"], row["min_remaining"]) for row in key.rows}
    assert left["11330421000002016N"][2] == 90 - (141 - 10)


@pytest.mark.parametrize(("later", "overdue"), [(0, False), (1, False), (2, True)])
def test_who_is_overdue_today_would_be_late_today(lab: ProjectionLab, later: int, overdue: bool) -> None:
    """Question 13 and the finding say the same of a case whose ninetieth day is a Sunday."""
    as_of = SUNDAY + later
    open_one, decided_one = noticed(1, "open", on=SUNDAY - 90), noticed(11, "decided", on=SUNDAY - 90)
    fold(lab, [*open_one, *decided_one, decided(20, "decided", "A|1", on=as_of)])
    (total, _) = lab.server.answer(
        load("projections.questions", "ninety_day_risk.sql"), as_of=day(as_of), days=15
    ).dicts()
    assert (total["d"], total["overdue"], total["min_remaining"]) == (1, overdue, -later)
    assert found(lab, "LATE_DECISION") == ({"decided"} if overdue else set())


def noticed(number: int, stream: str, on: int = 0, **payload: object) -> list[Event]:
    """A case that was filed, and whose party was told beforehand."""
    return [filed(number, stream, on=on, **payload), step("PriorNoticeGiven", number + 1, stream, notice_on=day(on))]


def test_a_decision_is_late_after_the_last_working_day(lab: ProjectionLab) -> None:
    """Art. 60 with Art. 85 of the Civil Procedure Law: day 90 on a Sunday leaves the Monday."""
    begin = SUNDAY - 90
    never: Clock = ([], [])
    told: list[tuple[str, int, Clock, int]] = [
        ("on the Saturday", SUNDAY - 1, never, 0),
        ("on the Monday", SUNDAY + 1, never, 0),
        ("on the Tuesday", SUNDAY + 2, never, 0),
        ("extended", SUNDAY + 2, never, SUNDAY),
        ("extended after the decision", SUNDAY + 2, never, SUNDAY + 3),
        ("paused", SUNDAY + 15, ([10], [24]), 0),
        ("paused, and late", SUNDAY + 16, ([10], [24]), 0),
        ("resumed and paused", SUNDAY + 15, ([10], [5, 24]), 0),
        ("not a day without a pause", SUNDAY + 9, ([91], []), 0),
        ("the Monday paused", SUNDAY + 4, ([91], [94]), 0),
        ("the Monday paused, and late", SUNDAY + 5, ([91], [94]), 0),
    ]
    events = list[Event]()
    for place, (stream, on, stopped, granted) in enumerate(told):
        number = place * 200 + 1
        events += [*noticed(number, stream, on=begin), *clock(number + 2, stream, stopped, begin)]
        if granted:
            events.append(step("DeadlineExtended", number + 150, stream, granted_on=day(granted), extension_days=30))
        events.append(decided(number + 151, stream, f"A|{place}", on=on))
    fold(lab, events)
    late = {"on the Tuesday", "extended after the decision", "paused, and late", "the Monday paused, and late"}
    assert found(lab, "LATE_DECISION") == late


def test_a_decision_is_served_within_seven_working_days(lab: ProjectionLab) -> None:
    """Art. 61, by the calendar of the year: the Spring Festival of 2026 takes six working days."""
    plain = policy.load()
    events = list[Event]()
    for number, made in enumerate((day(40), day(68), date(2017, 3, 1))):
        due = working_days_after(plain, made, 7)
        for late in (0, 1):
            stream = f"A|{number * 2 + late}"
            at = 10 * (number * 2 + late) + 1
            events.append(decided(at, f"c{stream}", stream, decided_on=made))
            served = due + timedelta(days=late)
            events.append(step("DecisionServed", at + 1, f"c{stream}", decision_id=stream, served_on=served))
    fold(lab, events)
    # Where there is no calendar (2017) nobody can say.
    assert found(lab, "LATE_SERVICE") == {"A|1", "A|3"}


def test_the_simple_procedure_is_for_warnings_and_small_fines(lab: ProjectionLab) -> None:
    """Art. 51: 200 yuan for a person, 3,000 for an organisation; no other kind of penalty."""
    person: dict[str, Any] = {"party_kind": "NATURAL_PERSON", "party_uscc": None, "party_token": "t1"}

    def made(number: int, *penalties: tuple[str, str | None], procedure: str = "SIMPLE", **party: Any) -> Event:
        listed = [(kind, amount and Decimal(amount), None) for kind, amount in penalties]
        return decided(number, f"c{number}", f"A|{number}", penalties=listed, procedure=procedure, **party)

    fold(
        lab,
        [
            made(1, ("WARNING", None)),
            made(2, ("FINE", "3000.00")),
            made(3, ("FINE", "3000.01")),
            made(4, ("FINE", "200.00"), **person),
            made(5, ("WARNING", None), ("FINE", "200.01"), **person),
            made(6, ("FINE", "10"), ("CONFISCATE_GOODS", None)),
            made(7, ("CRITICISM", None)),
            made(8, ("SUSPEND_LICENCE", None), procedure="ORDINARY"),
        ],
    )
    assert found(lab, "SIMPLE_PROCEDURE_OVER_LIMIT") == {"A|3", "A|5", "A|6", "A|7"}


def test_only_fines_in_force_are_a_double_fine(lab: ProjectionLab) -> None:
    """Art. 29: a fine that was changed to nothing is none; one that a change brought is one."""
    events = list[Event]()
    for place, amounts in enumerate((["0"], ["0", "5"], [])):
        for number, stream in ((place * 20 + 1, f"A|{place}"), (place * 20 + 10, f"B|{place}")):
            events.append(decided(number, f"c{stream}", stream, on=30, act_id=f"act-{place}"))
        changed = [
            step(
                *("DecisionChanged", place * 20 + 11 + at, f"cB|{place}"),
                decision_id=f"B|{place}",
                changed_on=day(50 + at),
                penalties=[("FINE", Decimal(amount), None)],
            )
            for at, amount in enumerate(amounts)
        ]
        events += changed
    fold(lab, events)
    doubled = {f"u:91330421M000100Y43 act-{place}" for place in (1, 2)}
    assert found(lab, "POSSIBLE_DOUBLE_FINE") == doubled


def test_nothing_is_due_where_no_rule_holds_or_the_calendar_ends(lab: ProjectionLab) -> None:
    """Questions 7 and 8 count only what is known to be due; a letter that names a day is due on that day."""
    told: dict[str, tuple[date, date | None]] = {
        "before the calendar": (date(2014, 5, 5), None),
        "before the calendar, day named": (date(2014, 5, 5), date(2014, 6, 5)),
        "before any rule": (date(2019, 6, 3), None),
        "a Friday": (date(2026, 5, 8), None),
        "a Friday, day named": (date(2026, 5, 8), date(2026, 5, 12)),
        "as the calendar ends": (date(2027, 12, 30), None),
        "after the calendar": (date(2028, 3, 1), None),
    }
    letters = {"exchange_form": "CLUE", "urgency": "NORMAL", "from_region": "330421", "to_region": "310118"}
    fold(
        lab,
        [
            step("ReferralSent", number, stream, sent_on=sent, reply_by=reply, **letters)
            for number, (stream, (sent, reply)) in enumerate(told.items(), start=1)
        ],
    )
    due = {
        row["stream_id"]: (row["acknowledge_due"], row["reply_due"])
        for row in rows_of(lab.server, "referrals_with_deadlines", "stream_id")
    }
    assert due == {
        "before the calendar": (None, None),
        "before the calendar, day named": (None, date(2014, 6, 5)),
        "before any rule": (None, None),
        # The Saturday was worked.
        "a Friday": (date(2026, 5, 12), date(2026, 5, 23)),
        "a Friday, day named": (date(2026, 5, 12), date(2026, 5, 12)),
        "as the calendar ends": (None, date(2028, 1, 14)),
        "after the calendar": (None, None),
    }
    counted = {}
    values: dict[str, Any] = {"as_of": date(2029, 1, 1), "months": 1200, "exchange_form": ""}
    for name in ("transfer_acceptance", "transfer_timeliness"):
        rows = lab.server.answer(load("projections.questions", f"{name}.sql"), **values).dicts()
        counted[name] = sum(row["d"] for row in rows if row["total"])
    assert counted == {"transfer_acceptance": 4, "transfer_timeliness": 2}
