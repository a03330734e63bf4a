"""(f) The memory of the workers while they catch up on a long backlog: the kernel's own high-water mark.

A year of one region's events lies in the log before the workers start. The goal is the issue's: a worker that catches
up stays below 700 MB, whatever the backlog.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from infra.bootstrap_topics import ensure_topics
from infra.kafka import Outgoing, make_producer
from infra.settings import Settings
from infra.topics import topic_of
from infra.zone import zone
from tests.benchmarks.frame import Context, Result
from tests.benchmarks.stack_tools import log_ends, memory_mib, pids, wait_until_landed, wait_until_projected
from tests.support.sample_events import Samples

TITLE = "内存 memory of workers catching up"
_LIMIT_MIB = 700e6 / 2**20
_EVENTS_A_CASE = 8
_SENT_AT_ONCE = 20_000


def run(short: bool, ctx: Context) -> list[Result]:
    """Fill the log, start the workers, watch them."""
    events = 150_000 if short else 1_200_000
    ctx.release()
    settings = ctx.servers().settings
    topic = topic_of("enforcement", "330421")
    ensure_topics(settings, zone(settings.zone_file))
    _fill(settings, topic, events, ctx)
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
                f"{events:,} events of {events // _EVENTS_A_CASE:,} cases to catch up on",
            )
        )
    return results


def _fill(settings: Settings, topic: str, count: int, ctx: Context) -> None:
    records = _events(count)
    sent = 0
    with make_producer(settings, client_id="bench") as producer:
        while batch := [record for record, _ in zip(records, range(_SENT_AT_ONCE), strict=False)]:
            producer.send_all(topic, batch)
            sent += len(batch)
            if sent % (10 * _SENT_AT_ONCE) == 0:
                ctx.say(f"{sent:,} of {count:,} in the log")


def _events(count: int) -> Iterator[Outgoing]:
    """Events as a case system publishes them, each a fact of its own, eight a case."""
    samples = Samples(1).everyday(2_000)
    heads = [(sample.value, str(sample.event_id).encode(), sample.key) for sample in samples]
    for number in range(count):
        value, event_id, key = heads[number % len(heads)]
        fresh = b"0197%04x-0000-7000-8000-%012x" % (number >> 32 & 0xFFFF, number)
        case = b"case-%016x" % (number // _EVENTS_A_CASE)
        yield Outgoing(case, value.replace(event_id, fresh).replace(key, case))
