"""The broker killed and paused while the relay sends: a broker of these tests' own, which nobody else misses."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.home import Home
from infra.local.processes import find_processes, is_dead
from infra.local.roles import role_named
from infra.local.stack import LocalStack
from infra.settings import load_settings
from producers.outbox import Outbox
from producers.relay import Relay
from tests.support.drafts import Drafts, unsigned
from tests.support.own_region import OwnRegion, own_region
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.relay_process import KILLED, assert_complete, history, relay_process, wait_until_drained
from tests.support.stack import new_home
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]


@pytest.fixture(scope="module")
def kafka_home(reaper: Reaper) -> Iterator[Path]:
    """A home where only Kafka runs; killed, its manager starts it again."""
    home = new_home()
    reaper.watch(home)
    try:
        stack = LocalStack(load_settings(home, env={}))
        with stack.exclusively():
            stack.start([role_named("kafka")])
        yield home
    finally:
        stop_and_remove(home)
        reaper.forget(home)


@pytest.fixture
def region(kafka_home: Path, tmp_path: Path) -> OwnRegion:
    return own_region(tmp_path / "home", load_settings(kafka_home, env={}).kafka.bootstrap)


def _broker(kafka_home: Path) -> psutil.Process:
    (process,) = [found.process for found in find_processes(Home.of(kafka_home)) if found.role == "kafka"]
    return process


def _waiting_bytes(region: OwnRegion) -> int:
    """Bytes that the kernel holds for the broker's port, which the broker has not read."""
    port = int(region.settings.kafka.bootstrap.rpartition(":")[2])
    waiting = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                waiting += int(fields[4].partition(":")[2], 16)
    return waiting


def _publish(region: OwnRegion, seed: int, count: int) -> tuple[int, dict[str, int]]:
    outbox, drafts = Outbox(region.home, region.publisher, unsigned), Drafts(seed, region.publisher, region.code)
    topic = drafts.topics[0]
    placed = outbox.append([drafts.one(topic) for _ in range(count)])
    outbox.close()
    return placed[-1].epoch, {topic: placed[-1].sequence}


def test_a_relay_killed_while_its_events_are_on_the_way_sends_none_twice(region: OwnRegion, kafka_home: Path) -> None:
    """The broker is paused, the batch lies in the kernel when the relay dies; then the broker goes on and reads it."""
    broker = _broker(kafka_home)
    _publish(region, 1, 10)
    with relay_process(region.home) as relay:
        wait_until_drained(region.home, region.publisher)
        before = history(region.settings, *_topic(region))
        broker.suspend()
        try:
            epoch, last = _publish(region, 2, 150)
            wait_until(lambda: _waiting_bytes(region) > 1_000, what="a batch waits for the broker")
            relay.kill()
            assert relay.wait(10) == KILLED
        finally:
            broker.resume()
    wait_until(
        lambda: len(history(region.settings, *_topic(region)).numbers) > len(before.numbers),
        what="the dead relay's batch has landed",
    )
    again = Relay(region.settings)
    try:
        wait_until(lambda: again.step() == 0 and again.status() and again.status()[0].state.backlog == 0, what="sent")
        assert again.status()[0].trouble is None
    finally:
        again.close()
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)


def test_a_broker_killed_again_and_again_under_load(region: OwnRegion, kafka_home: Path) -> None:
    epoch, last = _publish(region, 3, 50)
    with relay_process(region.home) as relay:
        for number in range(2):
            wait_until(lambda: _sent(region) > 0, what="events flow")
            broker = _broker(kafka_home)
            epoch, last = _publish(region, 10 + number, 400)
            broker.send_signal(signal.SIGKILL)
            epoch, last = _publish(region, 20 + number, 50)
            wait_until(lambda gone=broker: is_dead(gone), what="it died")
            wait_until_drained(region.home, region.publisher, seconds=120)
        assert relay.poll() is None
    assert_complete(region.settings, region.publisher, last, epoch, doubled=0)


def _topic(region: OwnRegion) -> tuple[str, str]:
    return Drafts(0, region.publisher, region.code).topics[0], region.publisher


def _sent(region: OwnRegion) -> int:
    outbox = Outbox(region.home, region.publisher, unsigned)
    sent = outbox.sent(_topic(region)[0])
    outbox.close()
    return sent
