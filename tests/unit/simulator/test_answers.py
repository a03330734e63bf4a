"""The answer key on worlds small enough to answer by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from producers.simulator.answers import cases, decisions, referrals
from producers.simulator.answers.shape import quantile, working_days_after
from producers.simulator.told import Fact, add_months
from producers.simulator.world import Case, Decision, DecisionWord, Referral, Sent, World

EARLY = datetime(2026, 1, 1, tzinfo=UTC)
LATE = datetime(2026, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
DAY = date(2026, 6, 30)


class Weekdays:
    """Monday to Friday; three working days to acknowledge, fifteen days to answer."""

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5

    def acknowledge_days(self, *_: object) -> int:
        return 3

    def reply_days(self, *_: object) -> int:
        return 15


def world() -> World:
    return World(0, (), 0, NOW)


def fine(region: str, party: str, *, amount: int = 100, act: str | None = None, told: datetime = EARLY) -> Decision:
    word = DecisionWord("CASE_SYSTEM", date(2026, 1, 5), (("FINE", Decimal(amount)),), party, "I", "GENERAL", act)
    return Decision(f"{region}|{party}|{amount}|{act}", region, [Fact([(told, word)])])


def with_decisions(*made: Decision) -> World:
    filled = world()
    filled.decisions = {decision.decision_id: decision for decision in made}
    return filled


def test_a_party_fined_in_two_regions_is_a_repeat_offender() -> None:
    some = with_decisions(fine("A", "p"), fine("B", "p"), fine("A", "q"), fine("A", "q", amount=200))
    answer = decisions.repeat_offenders(some, NOW, DAY, Weekdays())
    assert (answer.n, answer.d) == (1, 2)


def test_what_was_told_later_is_not_known_earlier() -> None:
    some = with_decisions(fine("A", "p"), fine("B", "p", told=LATE))
    assert decisions.repeat_offenders(some, LATE, DAY, Weekdays()).n == 0
    assert decisions.repeat_offenders(some, NOW, DAY, Weekdays()).n == 1


def test_a_revoked_decision_counts_only_before_its_revocation() -> None:
    revoked = fine("B", "p")
    revoked.revocations.append(Fact([(EARLY, date(2026, 3, 1))]))
    some = with_decisions(fine("A", "p"), revoked)
    assert decisions.repeat_offenders(some, NOW, date(2026, 2, 28), Weekdays()).n == 1
    assert decisions.repeat_offenders(some, NOW, date(2026, 3, 1), Weekdays()).n == 0


def test_the_case_systems_word_outranks_the_files() -> None:
    told = fine("A", "p", amount=100)
    word = DecisionWord("PUBLICATION_FILE", date(2026, 1, 5), (("FINE", Decimal(999)),), "p", None, None, None)
    told.words.append(Fact([(LATE, word)]))
    (standing,) = decisions.in_force(with_decisions(told), NOW, DAY, 12)
    assert standing.fine == 100


def test_a_pair_needs_one_act_and_two_regions() -> None:
    some = with_decisions(fine("A", "p", act="x"), fine("B", "p", act="x"), fine("B", "p", amount=7, act="y"))
    answer = decisions.double_fine(some, NOW, DAY, Weekdays())
    assert (answer.n, answer.d) == (1, 2)


@pytest.mark.parametrize(("pause", "left"), [(None, 10), ((date(2026, 5, 1), date(2026, 5, 11)), 20)])
def test_paused_days_do_not_count(pause: tuple[date, date] | None, left: int) -> None:
    filed = DAY - timedelta(days=80)
    case = Case("s", "A", "agency", ordinary=True, filed=Fact([(EARLY, filed)]))
    if pause:
        case.pauses, case.resumes = [Fact([(EARLY, pause[0])])], [Fact([(EARLY, pause[1])])]
    some = world()
    some.cases = [case] * 5
    answer = cases.ninety_day_risk(some, NOW, DAY, Weekdays())
    assert answer.rows[0]["min_remaining"] == left
    assert (answer.n, answer.d) == (5 if left <= 15 else 0, 5)


@pytest.mark.parametrize(
    ("begins", "ends", "left"),
    [
        ([10], [5, 20], 20),  # the first resumption finds no pause
        ([10, 40], [20, 30, 50], 30),  # nor does the second
        ([10, 15], [20, 30], 30),  # two that overlap are two
        ([10, 15], [20], 81),  # one of two runs on
        ([10], [10, 20], 10),  # ended on the day on which it began
    ],
)
def test_a_resumption_ends_the_earliest_pause_that_is_open(begins: list[int], ends: list[int], left: int) -> None:
    filed = DAY - timedelta(days=80)
    case = Case("s", "A", "agency", ordinary=True, filed=Fact([(EARLY, filed)]))
    case.pauses = [Fact([(EARLY, filed + timedelta(days=step))]) for step in begins]
    case.resumes = [Fact([(EARLY, filed + timedelta(days=step))]) for step in ends]
    some = world()
    some.cases = [case] * 5
    assert cases.ninety_day_risk(some, NOW, DAY, Weekdays()).rows[0]["min_remaining"] == left


@pytest.mark.parametrize(("later", "overdue"), [(0, 0), (1, 0), (2, 5)])
def test_a_last_day_on_a_sunday_leaves_the_monday(later: int, overdue: int) -> None:
    sunday = date(2026, 5, 10)
    case = Case("s", "A", "agency", ordinary=True, filed=Fact([(EARLY, sunday - timedelta(days=90))]))
    some = world()
    some.cases = [case] * 5
    answer = cases.ninety_day_risk(some, NOW, sunday + timedelta(days=later), Weekdays())
    assert (answer.rows[0]["overdue"], answer.rows[0]["min_remaining"]) == (overdue, -later)


def test_a_small_cell_shows_its_dimensions_alone() -> None:
    some = with_decisions(fine("A", "p"), fine("B", "p"))
    shown = decisions.repeat_offenders(some, NOW, DAY, Weekdays()).as_json()
    assert shown["suppressed"]
    assert shown["n"] is None
    assert shown["rows"][0] == {"region": "A", "n": None, "d": None, "suppressed": True}


def test_acknowledged_on_the_third_working_day_is_in_time() -> None:
    friday = date(2026, 5, 8)
    sent = Sent("CLUE", "WATER", "NORMAL", "A", "B", friday, None)
    some = world()
    some.referrals = [
        Referral(str(day), Fact([(EARLY, sent)]), Fact([(EARLY, day)]))
        for day in (date(2026, 5, 13), date(2026, 5, 14))
    ]
    answer = referrals.timeliness(some, NOW, DAY, Weekdays())
    assert (answer.n, answer.d) == (1, 2)


def test_small_tools() -> None:
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert quantile([1, 2, 4], "0.5") == 2
    assert quantile([1, 2], "0.9") == Decimal("1.9")
    assert working_days_after(Weekdays(), date(2026, 5, 8), 1) == date(2026, 5, 11)
