"""What the law says about days and amounts, on the real server: findings, deadlines, days left to decide."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.sql import load
from producers.simulator.answers.cases import ninety_day_risk
from producers.simulator.told import Fact
from producers.simulator.world import Case, World
from projections import policy
from tests.support.event_rows import Event, day, filed, rows_of, step
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
FILED, AS_OF = 10, 140
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


def clock(number: int, stream: str, stopped: Clock) -> list[Event]:
    """The steps by which the clock of a case filed on FILED stopped and ran again."""
    begins, ends = stopped
    return [
        *(step("ClockPaused", number + at, stream, paused_on=day(FILED + on)) for at, on in enumerate(begins)),
        *(step("ClockResumed", number + 50 + at, stream, resumed_on=day(FILED + on)) for at, on in enumerate(ends)),
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
    """Question 13: a resumption ends the earliest open pause; without one it counts for nothing."""
    events, world = list[Event](), World(0, (), 0, EARLY)
    for place, stopped in enumerate(clocks()):
        number, stream, agency = place * 200 + 1, f"c{place}", f"1133042100{place:04}016N"
        events += [filed(number, stream, on=FILED, actor_agency=agency), *clock(number + 1, stream, stopped)]
        case = Case(stream, "330421", agency, ordinary=True, filed=Fact([(EARLY, day(FILED))]))
        case.pauses, case.resumes = ([Fact([(EARLY, day(FILED + on))]) for on in days] for days in stopped)
        world.cases.append(case)
    fold(lab, events)
    known, as_of = EARLY + timedelta(days=400), day(AS_OF)
    key = ninety_day_risk(world, known, as_of, policy.load())
    asked = lab.server.answer(load("projections.questions", "ninety_day_risk.sql"), as_of=as_of, days=15).dicts()
    left = {row["agency"]: (row["n"], row["overdue"], row["min_remaining"]) for row in asked if not row["total"]}
    assert left == {row["agency"]: (row["n"], row["overdue"], row["min_remaining"]) for row in key.rows}
    assert left["11330421000002016N"][2] == 90 - (AS_OF - FILED - 10)
