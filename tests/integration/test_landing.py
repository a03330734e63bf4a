"""Landing on the real servers: everything lands once and in its place, and what is no event ends as a dead letter."""

from __future__ import annotations

import signal

import pytest

from tests.support.landing_lab import LandingLab
from tests.support.poison import bad_values

pytestmark = pytest.mark.servers


def test_every_registered_version_lands_at_its_offset(lab: LandingLab) -> None:
    families = ("enforcement", "exchange", "dispute")
    samples = lab.samples(3)
    for family in families:
        lab.send(samples.every_version(family) * 2, family)
    with lab.worker() as worker:
        for family in families:
            lab.wait_covered(family)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    for family in families:
        found = lab.history(family)
        assert not found.wrong
        assert found.stored == found.records == lab.sent[lab.topic(family)]
        assert lab.committed(family) == lab.sent[lab.topic(family)]


def test_poison_in_the_middle_becomes_dead_letters_and_its_neighbours_land(lab: LandingLab) -> None:
    samples = lab.samples(5, absent=0.0)
    bad = bad_values(samples, lab.settings.landing.value_bytes)
    expected: dict[int, str] = {}
    good = samples.everyday(40)
    lab.send(good[:20])
    for name, each in bad.items():
        (offset,) = lab.send_raw([(each.key, each.value)])
        expected[offset] = f"{name}: {each.reason}"
        lab.send(samples.everyday(3))
    lab.send(good[20:])
    with lab.worker():
        lab.wait_covered()
    found = lab.history()
    assert not found.wrong
    assert found.dead == len(bad)
    letters = lab.rows(
        "SELECT offset, reason_code, reason, value, key FROM dead_letters FINAL WHERE topic = {topic:String}",
        topic=lab.topic(),
    )
    names = {offset: name.partition(":")[0] for offset, name in expected.items()}
    assert {offset: f"{names.get(offset)}: {code}" for offset, code, *_ in letters} == expected
    for offset, _, reason, value, key in letters:
        sent = bad[names[offset]]
        assert (_raw(value), _raw(key)) == (sent.value, sent.key)
        assert "某某" not in reason


def _raw(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
