"""What the projector process tells about its ticks."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from infra.clock import SystemClock
from infra.errors import RetryableError
from infra.metrics import METRICS, PROJECTION_LAG, PROJECTION_SECONDS, PROJECTION_TICKS
from infra.settings import load_settings
from lianzhi.processes.projector import _Loop
from projections.projector import Fed, Projector


class Ticks:
    """A projector whose ticks did this."""

    def __init__(self, *fed: Fed) -> None:
        self.fed = list(fed)

    def tick(self, *, patient: bool) -> list[Fed]:
        """They did."""
        return self.fed


def _round(home: Path, *fed: Fed) -> dict[str, object]:
    loop = _Loop(load_settings(home, env={}), cast(Projector, Ticks(*fed)), SystemClock())
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
