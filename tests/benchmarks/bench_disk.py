"""(g) Bytes an event takes on the disk: in the log, in the event table, and as gzipped JSON lines for comparison."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from infra.clickhouse import ClickHouse
from infra.local.home import Home
from infra.settings import Settings
from infra.topics import event_topics, split_topic
from infra.zone import zone
from producers.publisher import Publisher
from producers.simulator import simulate
from schemas.catalogue import catalogue
from schemas.columns import table_of
from tests.benchmarks.frame import Context, Result
from tests.benchmarks.stack_tools import log_ends, wait_until_landed
from tests.support.wait import wait_until

TITLE = "磁盘 bytes per event on disk"
_SIZES = """
SELECT sum(bytes_on_disk) FROM system.parts
WHERE database = {database:String} AND table = {table:String} AND active
"""


def run(short: bool, ctx: Context) -> list[Result]:
    """Publish a simulated year and weigh it everywhere."""
    settings = ctx.full(fresh=True)
    ctx.say("simulating a year")
    world = simulate(9, months=12, cases=2_000 if short else 20_000)
    by_publisher: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_family: dict[str, list[bytes]] = defaultdict(list)
    for _, publisher, event in world.events:
        by_publisher[publisher].append(event)
        by_family[catalogue().event_type(event["meta"]["event_type"]).family].append(orjson.dumps(event))
    ctx.say(f"publishing {len(world.events):,} events")
    for publisher, events in sorted(by_publisher.items()):
        rest = iter(events)
        with Publisher(settings, publisher) as door:
            while batch := list(islice(rest, 1_000)):
                door.publish_many(batch)
    wait_until(
        lambda: sum(log_ends(settings).values()) >= len(world.events), seconds=900, every=1, what="all in the log"
    )
    wait_until_landed(settings, log_ends(settings), 900)
    kafka, rows = _kafka_bytes(settings), Counter[str]()
    for topic, end in log_ends(settings).items():
        rows[split_topic(topic)[0]] += end
    results = []
    for family in catalogue().families:
        if not rows[family]:
            continue
        lines = by_family[family]
        packed = len(gzip.compress(b"\n".join(lines), 6)) / len(lines)
        table = _table_bytes(settings, family, ctx) / rows[family]
        reference = f"JSON lines, gzip -6: {packed:.0f} bytes"
        plain = sum(map(len, lines)) / len(lines)
        log = kafka[family] / rows[family]
        note = f"{rows[family]:,} events; plain JSON {plain:.0f} bytes; signature and headers included"
        results += [
            Result(f"g {family}: in Kafka (lz4)", log, "bytes/event", reference, packed / log, note=note),
            Result(
                f"g {family}: in ClickHouse, merged",
                table,
                "bytes/event",
                reference,
                packed / table,
                note="typed columns, index and the order by stream included",
            ),
        ]
    return results


def _kafka_bytes(settings: Settings) -> Counter[str]:
    """Bytes of the log segments by family; index files are preallocated and tell nothing."""
    found: Counter[str] = Counter()
    data = Home.of(settings.home).data
    for topic in event_topics(zone(settings.zone_file)):
        segments: list[Path] = list(data.glob(f"**/{topic}-0/*.log"))
        found[split_topic(topic)[0]] += sum(segment.stat().st_size for segment in segments)
    return found


def _table_bytes(settings: Settings, family: str, ctx: Context) -> int:
    table, database = table_of(family), settings.clickhouse.database
    with ClickHouse(settings, "operator") as server:
        ctx.say(f"merging {table}")
        server.command(f"OPTIMIZE TABLE {table} FINAL")
        return int(server.value(_SIZES, database=database, table=table))
