"""A publisher process of benchmark (d): one region's case system at a steady rate.

It prepares its events, says `ready`, waits for a line, then prints `case <stream> <clock>` for every case it files and,
at the end, `done <events> <clock>`; the clock is the machine's monotonic one, taken before the call.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

from infra.settings import load_settings
from producers.publisher import Publisher
from producers.simulator import simulate

REGIONS = ("jiashan", "qingpu", "wujiang")
_CALLS_A_SECOND = 10
_EVENTS_A_CASE = 1.2
"""Of one region's case system, of all the cases of the simulated world; an underestimate."""


def main() -> int:
    """The process; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.visible_load")
    for name, kind in (("home", Path), ("region", str), ("rate", float), ("seconds", float)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    options = parser.parse_args()
    wanted = round(options.rate * options.seconds)
    publisher = f"{options.region}.zhifa"
    seed = 100 + REGIONS.index(options.region)
    world = simulate(seed, months=12, cases=round(wanted / _EVENTS_A_CASE))
    events = [event for _, name, event in world.events if name == publisher][:wanted]
    with Publisher(load_settings(options.home, env={}), publisher) as door:
        print("ready", flush=True)
        sys.stdin.readline()
        count = _publish(door, events, options.rate)
    print("done", count, time.monotonic(), flush=True)
    return 0


def _publish(door: Publisher, events: list[dict[str, Any]], rate: float) -> int:
    pause, began, done = threading.Event(), time.monotonic(), 0
    while done < len(events):
        due = min(int((time.monotonic() - began) * rate), len(events))
        batch = events[done:due]
        if batch:
            at = time.monotonic()
            door.publish_many(batch)
            done = due
            filed = [e["meta"]["stream_id"] for e in batch if _files_a_case(e)]
            sys.stdout.write("".join(f"case {stream} {at}\n" for stream in filed))
            sys.stdout.flush()
        pause.wait(max(began + (done + rate / _CALLS_A_SECOND) / rate - time.monotonic(), 0.0))
    return done


def _files_a_case(event: dict[str, Any]) -> bool:
    meta = event["meta"]
    return bool(meta["event_type"] == "CaseFiled" and meta["revision"] == 1)


if __name__ == "__main__":
    sys.exit(main())
