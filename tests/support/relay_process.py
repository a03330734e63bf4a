"""The relay as a process of its own, and what the log says afterwards: lost, doubled, reordered, gaps."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.kafka import fetch_range, make_consumer
from infra.settings import Settings
from producers.backlog import Backlog
from schemas import headers
from tests.support.command import begin_module, end
from tests.support.wait import wait_until

KILLED = -signal.SIGKILL


@contextmanager
def relay_process(home: Path, fault: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A relay of `home`; killed at the end unless it has gone before."""
    process = begin_module("lianzhi.processes.relay", "--home", str(home), log=home / "relay.log", fault=fault)
    try:
        yield process
    finally:
        end(process)


def wait_until_drained(home: Path, publisher: str, seconds: float = 60.0) -> None:
    """Until the log has acknowledged everything in the outbox."""
    backlog = Backlog(home, publisher)
    try:
        wait_until(
            lambda: backlog.states() and all(state.backlog == 0 for state in backlog.states()),
            seconds=seconds,
            what=f"the outbox of {publisher} is empty",
        )
    finally:
        backlog.close()


@dataclass(frozen=True)
class History:
    """What the log holds of one publisher in one topic, in order: (epoch, sequence) and event id of each."""

    numbers: list[tuple[int, int]]
    event_ids: list[str]

    @property
    def doubled(self) -> int:
        """Events that stand more than once."""
        return sum(count - 1 for count in Counter(self.numbers).values())

    @property
    def reordered(self) -> int:
        """First appearances that come after a later sequence of their epoch."""
        highest: dict[int, int] = {}
        seen: set[tuple[int, int]] = set()
        found = 0
        for epoch, sequence in self.numbers:
            if (epoch, sequence) not in seen and sequence < highest.get(epoch, 0):
                found += 1
            seen.add((epoch, sequence))
            highest[epoch] = max(sequence, highest.get(epoch, 0))
        return found

    def gaps(self, epoch: int, last: int) -> list[int]:
        """Sequences of an epoch, 1 to `last`, that are missing."""
        there = {sequence for found, sequence in self.numbers if found == epoch}
        return [sequence for sequence in range(1, last + 1) if sequence not in there]


def history(settings: Settings, topic: str, publisher: str) -> History:
    """Read it from the log."""
    with make_consumer(settings, None, client_id="history") as consumer:
        end = consumer.end_offsets([topic])[topic]
    numbers, event_ids = [], []
    for record in fetch_range(settings, topic, 0, end):
        if record.header(headers.PUBLISHER) == publisher.encode():
            numbers.append((int(record.header(headers.EPOCH) or 0), int(record.header(headers.SEQUENCE) or 0)))
            event_ids.append((record.value or b"")[6:42].decode())
    return History(numbers, event_ids)


def assert_complete(settings: Settings, publisher: str, last: Mapping[str, int], epoch: int, doubled: int = 0) -> None:
    """Every topic holds the epoch's sequences from 1 to the last, dense and in order, with so many resends at most."""
    found = 0
    for topic, count in last.items():
        seen = history(settings, topic, publisher)
        assert seen.gaps(epoch, count) == [], f"{topic} has gaps"
        assert seen.reordered == 0, f"{topic} is out of order"
        assert max((sequence for _, sequence in seen.numbers), default=0) == count
        found += seen.doubled
    assert found <= doubled, f"{found} resends"
