"""(d) How long from publishing an event until an analyst sees it, with everything running and 1,000 events a second.

Three processes, one a region, publish a simulated stream evenly. Of the cases that are filed every eighth is watched,
so that the asking is a small part of the load: its clock starts before `publish_many` is called, and stops when the
view `cases`, read as the user `analyst` five times a second, shows that the case is filed. So the whole way is in the
number: validation, protection, outbox, relay, log, landing, fold, view, the asking itself.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from queue import Empty, SimpleQueue

from infra.clickhouse import ClickHouse
from infra.kafka import Outgoing, make_consumer, make_producer
from infra.settings import Settings
from infra.topics import dead_letter_topic
from tests.benchmarks.frame import Context, Result, percentile
from tests.benchmarks.visible_load import REGIONS
from tests.support.command import ROOT, environment

TITLE = "从发布到可见 publish to visible answer, 1,000 events/s"
RATE = 1_000
_LOOK_SECONDS = 0.2
_WATCHED = 8
_LAST_SECONDS = 60.0
_SEEN = "SELECT stream_id FROM cases WHERE stream_id IN {streams:Array(String)} AND filed_on IS NOT NULL"


def run(short: bool, ctx: Context) -> list[Result]:
    """Publish at a steady rate and watch as an analyst."""
    settings = ctx.full(fresh=True)
    seconds = 15 if short else 60
    ctx.say("the log alone, for reference")
    alone = _log_alone(settings, 200)
    ctx.say(f"{RATE:,} events/s for {seconds} s (publishers prepare their events first)")
    waits, published, took = _watch(settings, seconds)
    p50, p99 = percentile(waits, 0.5), percentile(waits, 0.99)
    note = f"{published:,} events in {took:.0f} s ({published / took:,.0f}/s), {len(waits):,} filed cases watched"
    reference = f"producer to consumer on the log alone: p50 {percentile(alone, 0.5) * 1000:.0f} ms"
    return [
        Result("d publish to visible, p50", p50, "s", reference, percentile(alone, 0.5) / p50, "≤ 1 s", p50 <= 1, note),
        Result(
            "d publish to visible, p99",
            p99,
            "s",
            f"producer to consumer on the log alone: p99 {percentile(alone, 0.99) * 1000:.0f} ms",
            percentile(alone, 0.99) / p99,
            "≤ 2 s",
            p99 <= 2,
        ),
    ]


def _watch(settings: Settings, seconds: float) -> tuple[list[float], int, float]:
    """Waiting times of the watched events (seconds), how many events were published, and in how long."""
    told: SimpleQueue[tuple[str, float]] = SimpleQueue()
    counts: list[int] = []
    spans: list[tuple[float, float]] = []
    start = threading.Barrier(len(REGIONS) + 1)
    readers = [
        threading.Thread(target=_one_region, args=(settings, region, seconds, told, counts, spans, start))
        for region in REGIONS
    ]
    for reader in readers:
        reader.start()
    start.wait()
    waits: list[float] = []
    pending: dict[str, float] = {}
    pause = threading.Event()
    quiet_since = time.monotonic()
    with ClickHouse(settings, "analyst", query_seconds=0) as server:
        while pending or any(reader.is_alive() for reader in readers) or not told.empty():
            _take(told, pending)
            if pending:
                found = server.rows(_SEEN, streams=list(pending))
                now = time.monotonic()
                waits += [now - pending.pop(stream) for (stream,) in found]
                quiet_since = now if found else quiet_since
            if time.monotonic() - quiet_since > _LAST_SECONDS:
                break
            pause.wait(_LOOK_SECONDS)
    waits += [_LAST_SECONDS] * len(pending)
    return waits, sum(counts), max(end for _, end in spans) - min(begin for begin, _ in spans)


def _take(told: SimpleQueue[tuple[str, float]], pending: dict[str, float]) -> None:
    while True:
        try:
            stream, at = told.get_nowait()
        except Empty:
            return
        pending[stream] = at


def _one_region(
    settings: Settings,
    region: str,
    seconds: float,
    told: SimpleQueue[tuple[str, float]],
    counts: list[int],
    spans: list[tuple[float, float]],
    start: threading.Barrier,
) -> None:
    """Run a publisher process; it says when it is ready, is told to begin, and names each filed case with its time."""
    words = ("--home", str(settings.home), "--region", region, "--rate", str(RATE / len(REGIONS)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.visible_load", *words, "--seconds", str(seconds)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    process.stdout.readline()
    start.wait()
    process.stdin.write("\n")
    process.stdin.close()
    count, cases, first, last = 0, 0, time.monotonic(), time.monotonic()
    for line in process.stdout:
        kind, value, at = line.split()
        if kind == "case":
            cases += 1
            if cases % _WATCHED == 0:
                told.put((value, float(at)))
        else:
            count, last = int(value), float(at)
    process.wait()
    counts.append(count)
    spans.append((first, last))


def _log_alone(settings: Settings, count: int) -> list[float]:
    """Seconds from handing a record to the producer until a consumer of the same broker has it."""
    topic, waits = dead_letter_topic("310118"), []
    with (
        make_producer(settings, client_id="bench", linger_seconds=0.0) as producer,
        make_consumer(settings, None, client_id="bench") as consumer,
    ):
        consumer.assign([topic])
        consumer.start(topic, consumer.end_offsets([topic])[topic])
        consumer.poll(0.1)
        for _ in range(count):
            began = time.monotonic()
            producer.send_all(topic, [Outgoing(b"bench", b"")])
            while not consumer.poll(1.0):
                pass
            waits.append(time.monotonic() - began)
    return waits
