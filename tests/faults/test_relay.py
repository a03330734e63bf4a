"""The relay killed and paused at every named step, on the real broker: the log ends dense, in order, without loss."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from infra.faultpoints import FaultPoint
from infra.settings import load_settings
from producers.outbox import Outbox
from producers.relay import Relay
from tests.support.command import ROOT, environment
from tests.support.drafts import Drafts, unsigned
from tests.support.own_region import OwnRegion, own_region
from tests.support.relay_process import (
    KILLED,
    assert_complete,
    history,
    relay_process,
    wait_until_drained,
)
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]

_SMALL_BATCHES = "batch_bytes = 10000\n"
_EVENTS = 160


@pytest.fixture
def region(stack: RunningStack, tmp_path: Path) -> OwnRegion:
    """A region of its own whose relay sends in small batches and forgets sent events at once."""
    made = own_region(tmp_path / "home", stack.settings.kafka.bootstrap)
    config = made.home / "lianzhi.toml"
    text = config.read_text().replace("[kafka]\n", f"[kafka]\n{_SMALL_BATCHES}")
    config.write_text(text + "batch_rows = 25\nkeep_hours = 0\n")
    return OwnRegion(load_settings(made.home, env={}), made.code, made.publisher)


def _fill(region: OwnRegion, seed: int, count: int) -> tuple[int, dict[str, int]]:
    """Publish `count` events over two topics; the epoch and the last sequence of each topic."""
    outbox, drafts = Outbox(region.home, region.publisher, unsigned), Drafts(seed, region.publisher, region.code)
    topics = drafts.topics[:2]
    placed = outbox.append([drafts.one(topics[number % 2]) for number in range(count)])
    last: dict[str, int] = {}
    for place in placed:
        last[place.topic] = max(place.sequence, last.get(place.topic, 0))
    epoch = outbox.epoch
    outbox.close()
    return epoch, last


def _recover(region: OwnRegion) -> None:
    """What a relay that is started again does, in this process."""
    relay = Relay(region.settings)
    try:
        wait_until(
            lambda: relay.step() == 0 and all(lane.state.backlog == 0 for lane in relay.status()) and relay.status(),
            what="the outbox is empty",
        )
    finally:
        relay.close()


_POINTS = [
    (FaultPoint.RELAY_STARTED, 1),
    (FaultPoint.RELAY_AFTER_LOOK, 1),
    (FaultPoint.RELAY_AFTER_LOOK, 2),
    (FaultPoint.RELAY_BEFORE_SEND, 1),
    (FaultPoint.RELAY_BEFORE_SEND, 4),
    (FaultPoint.RELAY_AFTER_ACK, 1),
    (FaultPoint.RELAY_AFTER_ACK, 5),
    (FaultPoint.RELAY_BEFORE_MARK_COMMIT, 1),
    (FaultPoint.RELAY_BEFORE_MARK_COMMIT, 6),
    (FaultPoint.RELAY_AFTER_MARK, 1),
    (FaultPoint.RELAY_AFTER_MARK, 6),
    (FaultPoint.RELAY_BEFORE_PRUNE_COMMIT, 1),
]


@pytest.mark.parametrize(("point", "count"), _POINTS, ids=[f"{point}-{count}" for point, count in _POINTS])
def test_killed_at_a_named_step(region: OwnRegion, point: FaultPoint, count: int) -> None:
    epoch, last = _fill(region, 1, _EVENTS)
    with relay_process(region.home, f"{point}:{count}") as relay:
        assert relay.wait(60) == KILLED
    _recover(region)
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)


@pytest.mark.parametrize("point", [FaultPoint.RELAY_BEFORE_SEND, FaultPoint.RELAY_AFTER_ACK])
def test_paused_at_a_named_step_nobody_else_sends_and_it_goes_on(region: OwnRegion, point: FaultPoint) -> None:
    epoch, last = _fill(region, 2, _EVENTS)
    with relay_process(region.home, f"{point}@stop:2") as paused:
        process = psutil.Process(paused.pid)
        wait_until(lambda: process.status() == psutil.STATUS_STOPPED, what="the relay is paused")
        other = Relay(region.settings)
        try:
            assert other.step() == 0
            assert not other.holds(region.publisher)
        finally:
            other.close()
        process.send_signal(signal.SIGCONT)
        wait_until_drained(region.home, region.publisher)
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)


def test_killed_again_and_again_under_load(region: OwnRegion) -> None:
    """Five deaths at changing steps while events keep coming in."""
    epoch, last = 0, {}
    points = [FaultPoint.RELAY_AFTER_ACK, FaultPoint.RELAY_BEFORE_MARK_COMMIT, FaultPoint.RELAY_BEFORE_SEND]
    for number in range(5):
        epoch, last = _fill(region, 100 + number, 60)
        with relay_process(region.home, f"{points[number % 3]}:{1 + number % 4}") as relay:
            assert relay.wait(60) == KILLED
    _recover(region)
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)


_PUBLISH = """
import sys
from pathlib import Path
from producers.outbox import Outbox
from tests.support.drafts import Drafts, unsigned
home, publisher, code, seed = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
outbox, drafts = Outbox(home, publisher, unsigned), Drafts(seed, publisher, code)
for _ in range(20):
    for place in outbox.append(drafts.mixed(10)):
        print(place.topic, place.epoch, place.sequence, flush=True)
"""


def _publishing(region: OwnRegion, seed: int, fault: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PUBLISH, str(region.home), region.publisher, region.code, str(seed)],
        cwd=ROOT,
        env=environment(fault),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_publishers_that_die_at_once_with_each_other_leave_dense_numbers(region: OwnRegion) -> None:
    faults = [
        "",
        f"{FaultPoint.OUTBOX_BEFORE_COMMIT}:7",
        f"{FaultPoint.OUTBOX_AFTER_COMMIT}:3",
        f"{FaultPoint.OUTBOX_AFTER_COMMIT}:11",
    ]
    with relay_process(region.home):
        running = [_publishing(region, seed, fault) for seed, fault in enumerate(faults)]
        told = [process.communicate(timeout=120)[0].splitlines() for process in running]
        assert [process.returncode for process in running] == [0, KILLED, KILLED, KILLED]
        # Who died is started again and publishes the same events once more.
        again = [_publishing(region, seed) for seed in range(1, 4)]
        told += [process.communicate(timeout=120)[0].splitlines() for process in again]
        assert [process.returncode for process in again] == [0, 0, 0]
        wait_until_drained(region.home, region.publisher)
    receipts = {
        (topic, int(epoch), int(sequence)) for lines in told for topic, epoch, sequence in map(str.split, lines)
    }
    last: dict[str, int] = {}
    for topic, _, sequence in receipts:
        last[topic] = max(sequence, last.get(topic, 0))
    assert len(receipts) == sum(last.values()) == 4 * 200
    (epoch,) = {epoch for _, epoch, _ in receipts}
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)
    landed = [event_id for topic in last for event_id in history(region.settings, topic, region.publisher).event_ids]
    assert len(set(landed)) == len(landed) == 800


def test_told_to_stop_it_ends_in_order(region: OwnRegion) -> None:
    _fill(region, 3, 20)
    heartbeat = region.home / "run" / "relay.heartbeat"
    with relay_process(region.home) as relay:
        wait_until_drained(region.home, region.publisher)
        wait_until(lambda: heartbeat.exists() and json.loads(heartbeat.read_bytes()).get("topics"), what="a heartbeat")
        report = json.loads(heartbeat.read_bytes())
        assert {topic["publisher"] for topic in report["topics"]} == {region.publisher}
        assert "lianzhi_relay_backlog_events" in (region.home / "run" / "relay.prom").read_text()
        relay.terminate()
        assert relay.wait(30) == 0
    assert not heartbeat.exists()
