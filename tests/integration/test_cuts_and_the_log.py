"""A time means what the log held then: what has not landed yet is asked of the log itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audit.cuts import add_cut, list_cuts, resolve
from infra.clock import SystemClock
from infra.errors import RetryableError
from projections.store import ensure_schema
from tests.support.landing_lab import LandingLab

pytestmark = pytest.mark.servers


def now() -> str:
    return SystemClock().now().isoformat()


def test_a_time_whose_events_have_not_landed_is_refused(lab: LandingLab) -> None:
    ensure_schema(lab.settings)
    topic, before = lab.topic(), now()
    assert resolve(lab.settings, now()).vector[topic] == 0
    lab.send(lab.samples(3).everyday(5))
    with pytest.raises(RetryableError, match=f"{topic} held 5 offsets .* from 0 on have not all landed"):
        resolve(lab.settings, now())
    with pytest.raises(RetryableError, match="have not all landed"):
        add_cut(lab.settings, "too early", at=datetime.now(UTC))
    assert list_cuts(lab.settings) == []
    assert resolve(lab.settings, before).vector[topic] == 0
    add_cut(lab.settings, "what has landed")  # no time: nothing is missing of it
    with lab.worker():
        lab.wait_covered()
        after = now()
        assert resolve(lab.settings, after).vector[topic] == 5
        lab.send_raw([(b"nobody", b"this is no event")])
        lab.wait_covered()
    assert resolve(lab.settings, now()).vector[topic] == 5
    lab.send(lab.samples(4).everyday(2))
    assert resolve(lab.settings, after).vector[topic] == 5
    with pytest.raises(RetryableError, match=f"{topic} held 8 offsets"):
        resolve(lab.settings, now())
