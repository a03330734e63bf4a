"""One publisher process of the soak: publishes the events of one region's systems, evenly over the time given.

    python -m tests.soak.load --home HOME --events DIR --region jiashan --seconds 90 --seed 1

Every receipt goes to a journal once `publish_many` has returned. Killed and started again, it goes on some lines before
the last receipt, as a system would that is not sure; what it then publishes a second time must not count twice.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, TextIO

import orjson

from infra.errors import RetryableError
from infra.settings import load_settings
from producers.publisher import Publisher, Receipt

OVERLAP = 25
HELD_BACK = 0.1
"""Of its events a publisher keeps so many until the blows are over: there is somebody to strike at to the last."""

_PAUSE = 0.3


class Lane:
    """One system of the region: its events in order, its publisher, its journal."""

    def __init__(self, home: Path, publisher: str, files: list[Path], journal: Path) -> None:
        self.publisher = publisher
        self.total = sum(path.read_bytes().count(b"\n") for path in files)
        done = [int(line.split("\t", 1)[0]) for line in _whole_lines(journal)]
        self.next = max(max(done, default=-1) + 1 - OVERLAP, 0)
        self._lines = islice(_lines(files), self.next, None)
        self._journal: TextIO = journal.open("a", encoding="ascii")
        self._door = Publisher(load_settings(home, env={}), publisher)

    @property
    def done(self) -> bool:
        """Whether everything is published."""
        return self.next >= self.total

    def publish(self, count: int, stop: threading.Event) -> None:
        """Publish the next lines; again and again while the system can not take them."""
        batch = list(islice(self._lines, count))
        while True:
            try:
                receipts = self._door.publish_many(batch)
            except RetryableError as error:
                print(f"{self.publisher}: {error}", file=sys.stderr, flush=True)
                if stop.wait(_PAUSE):
                    return
            else:
                break
        self._keep(receipts)
        self.next += len(batch)

    def _keep(self, receipts: list[Receipt]) -> None:
        text = "".join(
            f"{self.next + place}\t{receipt.topic}\t{receipt.epoch}\t{receipt.sequence}\t{receipt.event_id}\n"
            for place, receipt in enumerate(receipts)
        )
        self._journal.write(text)
        self._journal.flush()


def run(home: Path, events: Path, region: str, seconds: float, seed: int) -> None:
    """Publish everything of a region; in time if the system lets it, later otherwise."""
    rnd, stop = random.Random(f"load/{seed}/{region}"), threading.Event()
    lanes = [Lane(home, name, files, journal_of(home, name)) for name, files in _files(events, region).items()]
    began, first = time.monotonic(), {lane.publisher: lane.next for lane in lanes}
    while open_lanes := [lane for lane in lanes if not lane.done]:
        share = min((time.monotonic() - began) / seconds, 1.0 if blows_over(home).exists() else 1.0 - HELD_BACK)
        due = {
            lane: count
            for lane in open_lanes
            if (count := first[lane.publisher] + ceil(share * (lane.total - first[lane.publisher])) - lane.next) > 0
        }
        if due:
            lane = rnd.choice(list(due))
            lane.publish(min(due[lane], rnd.choice((1, 1, 3, 10, 40))), stop)
        else:
            stop.wait(0.05)


def blows_over(home: Path) -> Path:
    """The file that is there once the last blow was dealt."""
    return home / "soak" / "blows-over"


def journal_of(home: Path, publisher: str) -> Path:
    """Where a system's receipts are kept: index of the line, topic, epoch, sequence, event id."""
    return home / "soak" / f"{publisher}.receipts"


def receipts_of(home: Path) -> dict[str, set[tuple[str, int, int]]]:
    """All receipts that any publisher got, by topic: (publisher, epoch, sequence)."""
    found: dict[str, set[tuple[str, int, int]]] = {}
    for journal in sorted((home / "soak").glob("*.receipts")):
        for line in _whole_lines(journal):
            _, topic, epoch, sequence, _ = line.split("\t")
            found.setdefault(topic, set()).add((journal.stem, int(epoch), int(sequence)))
    return found


def _whole_lines(path: Path) -> list[str]:
    """The lines that were written to their end."""
    text = path.read_text(encoding="ascii") if path.exists() else ""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n") and line.count("\t") == 4]


def _files(events: Path, region: str) -> dict[str, list[Path]]:
    """By system, the files of all months in order."""
    found: dict[str, list[Path]] = {}
    for path in sorted(events.glob(f"*/{region}.*.ndjson")):
        found.setdefault(path.name.removesuffix(".ndjson"), []).append(path)
    return found


def _lines(files: list[Path]) -> Iterator[dict[str, Any]]:
    for path in files:
        with path.open("rb") as stream:
            for line in stream:
                yield orjson.loads(line)


def main() -> int:
    """The process; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.load")
    for name, kind in (("home", Path), ("events", Path), ("region", str), ("seconds", float), ("seed", int)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    options = parser.parse_args()
    (options.home / "soak").mkdir(exist_ok=True)
    run(options.home, options.events, options.region, max(options.seconds, 1.0), options.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
