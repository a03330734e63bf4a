"""(a) From the log into the event table, beside the loop that one would write first, on the same topic in the same run.

Ours is the landing worker as the ingest process runs it: it reads the table's end, lands exactly once, verifies every
batch. The reference polls with confluent-kafka, decodes with its AvroDeserializer against the same registry, flattens,
and inserts rows with clickhouse-connect, ten thousand at a time, into a table of the same columns, order and fsync: at
least once, nothing verified. Each runs in a process of its own; the clock begins when it may read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.bootstrap_topics import ensure_topics
from infra.clickhouse import ClickHouse
from infra.local.roles import SERVERS, role_named
from infra.local.stack import LocalStack
from infra.settings import load_settings
from infra.topics import topic_of
from infra.zone import zone
from projections.store.event_tables import ensure_event_tables
from tests.benchmarks.everyday import fill
from tests.benchmarks.frame import Context, Result
from tests.support.command import ROOT, environment

TITLE = "落地 landing: Kafka to event_log, beside a reference loop"
_TOPIC = topic_of("enforcement", "330421")


def run(short: bool, ctx: Context) -> list[Result]:
    """Fill a topic, land it with both."""
    events, sample = (150_000, 10_000) if short else (1_000_000, 60_000)
    ctx.release()
    home = ctx.servers().home
    stack = LocalStack(load_settings(home, env={}))
    with stack.exclusively():
        stack.start((*SERVERS, role_named("registry")))
    settings = load_settings(home, env={})
    ensure_topics(settings, zone(settings.zone_file))
    ensure_event_tables(settings)
    ctx.say(f"{events:,} events into the log")
    fill(settings, _TOPIC, events)
    reference = _loop(home, "reference", sample)
    ctx.say(f"reference: {reference['rate']:,.0f} events/s")
    ours = _loop(home, "ours", events)
    ctx.say(f"ours: {ours['rate']:,.0f} events/s")
    with ClickHouse(settings, "auditor") as server:
        sql = "SELECT count(), uniqExact(offset) FROM events_enforcement WHERE topic = {topic:String}"
        ((rows, places),) = server.rows(sql, topic=_TOPIC)
    exact = rows == places == events
    wall, core = ours["rate"] / reference["rate"], ours["rate_per_core"] / reference["rate_per_core"]
    note = f"{events:,} events ({sample:,} for the reference); {rows:,} rows at {places:,} places: "
    return [
        Result(
            "a Kafka to event_log, wall",
            ours["rate"],
            "events/s",
            f"confluent-kafka + clickhouse-connect, at least once: {reference['rate']:,.0f}/s",
            wall,
            "≥ 8×, exactly once",
            wall >= 8 and exact,
            note + ("exactly once" if exact else "NOT EXACT"),
        ),
        Result(
            "a Kafka to event_log, per client core",
            ours["rate_per_core"],
            "events per CPU second",
            f"the same loop: {reference['rate_per_core']:,.0f}",
            core,
            note="CPU time of the client's process, all its threads",
        ),
    ]


def _loop(home: Path, which: str, events: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.landing_loops", which, str(home), _TOPIC, str(events)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        timeout=3_600,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
