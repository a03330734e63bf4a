"""The soak's plan: enough blows, all roles, and nothing but the seed decides."""

from __future__ import annotations

import pytest

from tests.soak.plan import KILLED, PAUSED, SESSION_SECONDS, Strike, plan


@pytest.mark.parametrize(("minutes", "least"), [(1.5, 6), (5, 6), (30, 30), (60, 60)])
def test_there_are_enough_kills_and_pauses_within_the_time(minutes: float, least: int) -> None:
    blows = plan(minutes, 1)
    for strike in Strike:
        assert sum(blow.strike is strike for blow in blows) >= least
    times = [blow.at for blow in blows]
    assert times == sorted(times)
    assert times[-1] <= minutes * 60


def test_half_an_hour_strikes_every_role_in_both_ways_and_some_pauses_outlast_the_session() -> None:
    blows = plan(30, 7)
    assert {blow.role for blow in blows if blow.strike is Strike.KILL} == set(KILLED)
    assert {blow.role for blow in blows if blow.strike is Strike.PAUSE} == set(PAUSED)
    long = [blow for blow in blows if blow.seconds > SESSION_SECONDS]
    assert 5 <= len(long) < len(blows) / 2


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    assert plan(5, 3) == plan(5, 3)
    assert plan(5, 3) != plan(5, 4)
