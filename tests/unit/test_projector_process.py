"""What the projector process tells about its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from infra.clock import SystemClock
from infra.errors import InvalidInput, LianzhiError, RetryableError
from infra.metrics import METRICS, PROJECTION_LAG, PROJECTION_SECONDS, PROJECTION_TICKS
from infra.settings import load_settings
from lianzhi.processes.projector import _Loop
from projections.cut import Vector
from projections.projector import Fed, Projector
from tests.support.drafts import HandClock


class Ticks:
    """A projector whose ticks did this, before which so much had landed at each look."""

    def __init__(self, *fed: Fed, landed: Sequence[tuple[int, int]] = ((0, 1),)) -> None:
        self.fed, self.landed, self.cuts = list(fed), list(landed), list[Vector]()

    def look(self) -> Vector:
        """What has landed of two topics; in the end nothing more does."""
        return dict(zip("ab", self.landed.pop(0) if len(self.landed) > 1 else self.landed[0], strict=True))

    def tick(self, cut: Vector, *, patient: bool) -> list[Fed]:
        """They did."""
        self.cuts.append(cut)
        return self.fed


def _round(home: Path, *fed: Fed) -> dict[str, object]:
    loop = _Loop(load_settings(home, env={}), cast(Projector, Ticks(*fed)), SystemClock())
    assert loop.round()[0] == {}  # it has seen that something landed, and looks whether more does
    return loop.round()[0]


def test_a_tick_is_timed_when_it_did_something_or_failed(tmp_path: Path) -> None:
    failed = Fed("second_v1", 0, 7, RetryableError("away"), 0.25)
    report = _round(tmp_path, Fed("first_v2", 3, 0, seconds=1.5), failed, Fed("third_v1", 0, 0, seconds=9.0))
    assert METRICS.value(PROJECTION_SECONDS, projection="first") == pytest.approx(1.5)
    assert METRICS.value(PROJECTION_SECONDS, projection="second") == pytest.approx(0.25)
    assert METRICS.value(PROJECTION_SECONDS, projection="third") == 0
    assert METRICS.value(PROJECTION_TICKS, projection="first", outcome="folded") == 1
    assert METRICS.value(PROJECTION_TICKS, projection="second", outcome="failed") == 1
    assert METRICS.value(PROJECTION_LAG, projection="second") == 7
    assert report["tables"] == {
        "first_v2": {"behind": 0, "error": None},
        "second_v1": {"behind": 7, "error": str(failed.error)},
        "third_v1": {"behind": 0, "error": None},
    }


def _ticked(home: Path, rounds: int, landed: Sequence[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
    """Of so many rounds, 0.1 s apart, which had a tick; and the cuts of the ticks."""
    settings = load_settings(home, env={}, projector__together_seconds=0.25)
    ticks, clock = Ticks(landed=landed), HandClock()
    loop = _Loop(settings, cast(Projector, ticks), clock)
    ticked = []
    for _ in range(rounds):
        before = len(ticks.cuts)
        loop.round()
        ticked.append(len(ticks.cuts) - before)
        clock.sleep(0.1)
    return ticked, [(cut["a"], cut["b"]) for cut in ticks.cuts]


def test_a_tick_takes_together_what_lands_together_and_waits_no_longer_than_told(tmp_path: Path) -> None:
    more = [(6, 5), (7, 5), (8, 5), (9, 5), (10, 5)]
    ticked, cuts = _ticked(tmp_path, 9, [(3, 0), (3, 5), (3, 5), (3, 5), *more])
    # 3 and 5 land one after the other: one tick for both; the next look finds nothing new, and its tick nothing to do.
    # From then on more of one topic lands at every look: a tick at the first look after 0.25 s all the same.
    assert ticked == [0, 0, 1, 1, 0, 0, 0, 1, 1]
    assert cuts == [(3, 5), (3, 5), (9, 5), (10, 5)]


def test_a_tick_waits_no_longer_when_what_came_together_has_come_again(tmp_path: Path) -> None:
    ticked, cuts = _ticked(tmp_path, 6, [(3, 5), (3, 5), (4, 5), (4, 6), (5, 7), (5, 7)])
    assert ticked == [0, 1, 0, 1, 1, 1]
    assert cuts == [(3, 5), (4, 6), (5, 7), (5, 7)]


def _alarms(home: Path, error: LianzhiError | None, seconds: float) -> list[list[str]]:
    """Those of two ticks, so many seconds apart, at which one table fails."""
    ticks, clock = Ticks(Fed("first_v2", 0, 7, error), Fed("second_v1", 3, 0)), HandClock()
    loop = _Loop(load_settings(home, env={}, projector__together_seconds=1e-6), cast(Projector, ticks), clock)
    told = []
    loop.round()  # it looks whether more lands
    for _ in range(2):
        clock.forward(seconds)
        told.append(loop.round()[0]["alarms"])
    ticks.fed = [Fed("first_v2", 7, 0), Fed("second_v1", 0, 0)]
    assert loop.round()[0]["alarms"] == []
    return told


def test_a_failure_that_does_not_pass_is_an_alarm_at_once_and_until_it_is_mended(tmp_path: Path) -> None:
    alarm = "投影 first_v2 失败 | projection first_v2 fails: no such table"
    assert _alarms(tmp_path, InvalidInput("no such table"), 1) == [[alarm], [alarm]]


def test_a_failure_that_may_pass_is_an_alarm_when_it_has_not_passed(tmp_path: Path) -> None:
    alarm = "投影 first_v2 失败 | projection first_v2 fails: away"
    assert _alarms(tmp_path, RetryableError("away"), 29) == [[], []]
    assert _alarms(tmp_path, RetryableError("away"), 30) == [[], [alarm]]
    assert _alarms(tmp_path, None, 30) == [[], []]


def test_a_server_that_refuses_every_tick_is_an_alarm_of_all(tmp_path: Path) -> None:
    ticks = Ticks()
    ticks.look = lambda: (_ for _ in ()).throw(InvalidInput("no such table"))  # type: ignore[method-assign]
    loop = _Loop(load_settings(tmp_path, env={}), cast(Projector, ticks), HandClock())
    assert loop.round()[0]["alarms"] == ["全部投影失败 | all projections fail: no such table"]
