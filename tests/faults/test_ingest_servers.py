"""Broker and ClickHouse killed while two workers land, the whole run in a home that nobody else misses."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.home import Home
from infra.local.processes import find_processes, is_dead
from tests.support.command import end
from tests.support.landing_lab import LandingLab, as_record, make_lab
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.stack import RunningStack, new_home, start_servers
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]

_BATCHES = 4
_EVENTS = 240


@pytest.fixture
def own_servers(reaper: Reaper) -> Iterator[RunningStack]:
    """Kafka and ClickHouse of this test's own; killed, their manager starts them again."""
    home = new_home()
    reaper.watch(home)
    try:
        yield start_servers(home)
    finally:
        stop_and_remove(home)
        reaper.forget(home)


def _kill(home: Path, role: str) -> None:
    (process,) = [found.process for found in find_processes(Home.of(home)) if found.role == role]
    process.send_signal(signal.SIGKILL)
    wait_until(lambda: is_dead(process), seconds=30, what=f"{role} died")


def _send(lab: LandingLab, seed: int) -> None:
    samples = lab.samples(seed)
    events = [samples.make(name) for name in ("FinePaid", "CaseClosed") * (_EVENTS // 2)]
    lab.send([as_record(event) if at % 97 else as_record(event, key=b"wrong") for at, event in enumerate(events)])


def test_servers_killed_while_batches_are_on_their_way(
    own_servers: RunningStack, registry_url: str, tmp_path: Path
) -> None:
    lab = make_lab(tmp_path / "home", own_servers, registry_url, landing={"batch_rows": 60, "backoff_max_seconds": 1})
    workers = [lab.start_worker(landing__group=own_servers.unique(name)) for name in ("one", "two")]
    try:
        _send(lab, 0)
        wait_until(lambda: lab.covered() > 0, seconds=90, what="events land")
        for turn in range(1, _BATCHES):
            _send(lab, turn)
            goal = lab.covered() + 30
            wait_until(lambda goal=goal: lab.covered() >= goal, seconds=90, what="a batch has landed")  # type: ignore[misc]
            role = "kafka" if turn % 3 == 0 else "clickhouse"
            _kill(own_servers.home, role)
            wait_until(lambda: _answers(lab), seconds=120, every=0.3, what="the servers are back")
        lab.wait_covered(seconds=180)
        assert [worker.poll() for worker in workers] == [None, None]
    finally:
        for worker in workers:
            end(worker)
    found = lab.history()
    assert not found.wrong
    assert found.stored + found.dead == found.records == _BATCHES * _EVENTS


def _answers(lab: LandingLab) -> bool:
    from infra.errors import LianzhiError
    from infra.kafka import make_consumer

    try:
        lab.covered()
        with make_consumer(lab.settings, None) as consumer:
            return bool(consumer.end_offsets([lab.topic()]))
    except LianzhiError:
        return False
