"""(f) The memory of the workers while they catch up on a long backlog: the kernel's own high-water mark.

A year of one region's events lies in the log before the workers start. The goal is the issue's: a worker that catches
up stays below 700 MB, whatever the backlog.
"""

from __future__ import annotations

import time

from infra.bootstrap_topics import ensure_topics
from infra.topics import topic_of
from infra.zone import zone
from tests.benchmarks.everyday import EVENTS_A_CASE, fill
from tests.benchmarks.frame import Context, Result
from tests.benchmarks.stack_tools import log_ends, memory_mib, pids, wait_until_landed, wait_until_projected

TITLE = "内存 memory of workers catching up"
_LIMIT_MIB = 700e6 / 2**20


def run(short: bool, ctx: Context) -> list[Result]:
    """Fill the log, start the workers, watch them."""
    events = 150_000 if short else 1_200_000
    ctx.release()
    settings = ctx.servers().settings
    topic = topic_of("enforcement", "330421")
    ensure_topics(settings, zone(settings.zone_file))
    fill(settings, topic, events, lambda sent: ctx.say(f"{sent:,} of {events:,} in the log"))
    ctx.say(f"{events:,} events in the log; starting the workers")
    began = time.monotonic()
    settings = ctx.promote()
    ends = {topic: log_ends(settings, [topic])[topic]}
    wait_until_landed(settings, ends, 1_800)
    landed = time.monotonic() - began
    ctx.say(f"landed within {landed:.0f} s of `lianzhi up`")
    wait_until_projected(settings, ends, 3_600)
    projected = time.monotonic() - began
    ctx.say(f"projected within {projected:.0f} s of `lianzhi up`")
    running = pids(settings)
    results = []
    for role, goal in (
        ("ingest", True),
        ("projector", True),
        ("relay", False),
        ("clickhouse", False),
        ("kafka", False),
    ):
        now, peak = memory_mib(running[role])
        results.append(
            Result(
                f"f {role}: highest resident memory",
                peak * 2**20 / 1e6,
                "MB",
                f"at rest afterwards: {now * 2**20 / 1e6:.0f} MB"
                + (" (a server)" if role in {"clickhouse", "kafka"} else ""),
                None,
                "< 700 MB" if goal else "",
                peak < _LIMIT_MIB if goal else True,
                f"{events:,} events of {events // EVENTS_A_CASE:,} cases to catch up on",
            )
        )
    return results
