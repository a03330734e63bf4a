"""The ingest process killed and paused at every named step: every offset ends once and in its place.

The workers that finish the work belong to another group, so nothing but the tables coordinates them: what a real group
does on top (one member a topic) only makes this rarer.
"""

from __future__ import annotations

import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.faultpoints import FaultPoint
from tests.support.command import end
from tests.support.landing_lab import KILLED, LandingLab, as_record, drop_lab, land_here, make_lab
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]

_POINTS = (
    FaultPoint.INGEST_ASSIGNED,
    FaultPoint.INGEST_AFTER_LOOK,
    FaultPoint.INGEST_BATCH_CLOSED,
    FaultPoint.INGEST_BEFORE_POST,
    FaultPoint.INGEST_AFTER_POST,
    FaultPoint.INGEST_AFTER_VERIFY,
    FaultPoint.INGEST_AFTER_COMMIT,
    FaultPoint.INGEST_REFUSED,
    FaultPoint.INGEST_CULPRITS_KNOWN,
    FaultPoint.INGEST_DEAD_LETTER_IN_LOG,
    FaultPoint.INGEST_DEAD_LETTER_IN_TABLE,
)


@pytest.fixture(scope="module")
def shared_lab(
    stack: RunningStack, registry_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LandingLab]:
    """One region for all points: each test adds to the same topic, and the whole topic is checked each time."""
    made = make_lab(tmp_path_factory.mktemp("lab") / "home", stack, registry_url, landing={"batch_rows": 40})
    yield made
    drop_lab(made)


def _some(lab: LandingLab, seed: int) -> None:
    """Ninety events, three of them poison, in several batches."""
    samples = lab.samples(seed)
    events = [samples.make(name) for name in ("FinePaid", "CaseClosed", "DecisionServed") * 30]
    records = [as_record(sample) for sample in events]
    for at in (3, 41, 80):
        records[at] = as_record(events[at], key=b"another key")
    lab.send(records)


def _died(process: subprocess.Popen[bytes], point: FaultPoint) -> None:
    assert process.wait(timeout=60) == KILLED, f"{point.value} was not reached"


def _finish(lab: LandingLab, group: str) -> None:
    """A worker of another group, in this process, lands the rest."""
    land_here(lab, group)
    _exact(lab)


def _exact(lab: LandingLab, family: str = "enforcement") -> None:
    found = lab.history(family)
    assert not found.wrong
    assert found.stored + found.dead == found.records == lab.sent[lab.topic(family)]


@pytest.mark.parametrize("point", _POINTS, ids=lambda point: str(point.value))
def test_killed_at_every_step(shared_lab: LandingLab, stack: RunningStack, point: FaultPoint) -> None:
    _some(shared_lab, hash(point.value) % 1000)
    group = stack.unique("killed")
    with shared_lab.worker(point.value, landing__group=group) as process:
        _died(process, point)
    _finish(shared_lab, stack.unique("finish"))


@pytest.mark.parametrize(
    ("point", "same_group"),
    [
        (FaultPoint.INGEST_BEFORE_POST, True),
        (FaultPoint.INGEST_AFTER_POST, False),
        (FaultPoint.INGEST_DEAD_LETTER_IN_TABLE, False),
    ],
    ids=lambda value: value.value if isinstance(value, FaultPoint) else "same group" if value else "another group",
)
def test_paused_past_its_session_while_another_lands(
    lab: LandingLab, stack: RunningStack, point: FaultPoint, same_group: bool
) -> None:
    _some(lab, 5)
    short = {"landing__batch_rows": "40", "kafka__session_timeout_seconds": "6", "kafka__heartbeat_seconds": "2"}
    with lab.worker(f"{point.value}@stop", **short) as paused:
        wait_until(lambda: psutil.Process(paused.pid).status() == psutil.STATUS_STOPPED, seconds=60)
        _finish(lab, lab.settings.landing.group if same_group else stack.unique("other"))
        paused.send_signal(signal.SIGCONT)
        _some(lab, 6)
        lab.wait_covered()
        assert paused.poll() is None
    _exact(lab)


def test_three_landers_under_kills_and_pauses(stack: RunningStack, registry_url: str, tmp_path: Path) -> None:
    """Three workers, each alone in its group, on the same topics, killed and paused at random while events come in."""
    lab = make_lab(tmp_path / "home", stack, registry_url, landing={"batch_rows": 300})
    rnd = random.Random(7)
    groups = [stack.unique(f"group{number}") for number in range(3)]
    workers = [lab.start_worker(landing__group=group) for group in groups]
    families = ("enforcement", "exchange")
    samples = lab.samples(9)
    try:
        for turn in range(12):
            for family in families:
                events = samples.everyday(150) if family == "enforcement" else samples.every_version(family) * 3
                lab.send([as_record(s) if rnd.random() > 0.01 else as_record(s, key=b"wrong") for s in events], family)
            at = rnd.randrange(3)
            if turn % 3 == 0:
                end(workers[at])
                workers[at] = lab.start_worker(landing__group=groups[at])
            else:
                workers[at].send_signal(signal.SIGSTOP)
                goal = 150 * turn
                wait_until(lambda goal=goal: lab.covered() >= goal, seconds=60, every=0.3)  # type: ignore[misc]
                workers[at].send_signal(signal.SIGCONT)
        for family in families:
            lab.wait_covered(family)
    finally:
        for worker in workers:
            end(worker)
    for family in families:
        _exact(lab, family)
    drop_lab(lab)
