"""(e) How fast a system can publish durably, beside what the disk and the log alone would allow.

The same events in the same order, each time from one process:

- `Publisher.publish_many`, a thousand a call, natural persons protected through the tokeniser, one fsync a call;
- `Publisher.publish`, one event a call, one fsync each;
- the reference: nothing but inserting the very same bytes into SQLite with the same durability (WAL, synchronous FULL)
  and the same transactions, no validation, no numbering, no signing, no memory of what was published;
- the log's reference: kafka-python sending the same bytes itself, acks=all, a thousand at a time.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from infra.bootstrap_topics import ensure_topics
from infra.kafka import Outgoing, make_producer
from infra.local.roles import SERVERS, role_named
from infra.local.stack import LocalStack
from infra.persons.keys import ensure_zone_key
from infra.settings import Settings, load_settings
from infra.topics import topic_of
from infra.zone import zone
from producers.outbox_paths import outbox_paths
from producers.publisher import Publisher
from producers.simulator import simulate
from tests.benchmarks.frame import Context, Result

TITLE = "发布 publishing, durable on return"
_PUBLISHER = "wujiang.zhifa"
_BATCH = 1_000
_SINGLES = 300


def run(short: bool, ctx: Context) -> list[Result]:
    """Publish, then write the same bytes in the plainest ways."""
    settings = _servers_and_tokeniser(ctx)
    ctx.say("simulating what a case system has to say")
    world = simulate(5, months=12, cases=3_000 if short else 20_000)
    events = [event for _, publisher, event in world.events if publisher == _PUBLISHER]
    persons = sum('"person"' in str(event).replace("'", '"') for event in events)
    batches = [events[at : at + _BATCH] for at in range(0, len(events), _BATCH)]
    ctx.say(f"publishing {len(events):,} events, {persons:,} of them about natural persons")
    with Publisher(settings, _PUBLISHER) as publisher:
        many = _rate(len(events), lambda: [publisher.publish_many(batch) for batch in batches])
        again = _rate(len(events), lambda: [publisher.publish_many(batch) for batch in batches])
    fresh = [event for _, name, event in simulate(6, months=1, cases=600).events if name == _PUBLISHER][:_SINGLES]
    with Publisher(settings, _PUBLISHER) as publisher:
        one = _rate(len(fresh), lambda: [publisher.publish(event) for event in fresh])
        epoch = publisher.publish(fresh[0]).epoch
    written = _bytes_of(outbox_paths(settings.home, _PUBLISHER).database(epoch))[: len(events)]
    with ctx.folder() as folder:
        plain = _rate(len(written), lambda: _insert(folder / "many.db", written, _BATCH))
        plain_one = _rate(len(fresh), lambda: _insert(folder / "one.db", written[: len(fresh)], 1))
    kafka = _rate(len(written), lambda: _send(settings, written))
    size = sum(len(value) for _, value in written) / len(written)
    return [
        Result(
            "e publish_many, 1,000 a call",
            many,
            "events/s",
            f"plain SQLite inserts of the same bytes, same durability: {plain:,.0f}/s",
            many / plain,
            note=f"one process; {persons / len(events):.0%} about natural persons; {size:.0f} bytes an event",
        ),
        Result(
            "e kafka-python alone, same bytes, acks=all",
            kafka,
            "events/s",
            f"publish_many: {many:,.0f}/s",
            kafka / many,
            note="what a system would get without validation, numbering, an outbox",
        ),
        Result("e publish_many of what was published before", again, "events/s", "publishing it", again / many),
        Result(
            "e publish, one event a call",
            one,
            "events/s",
            f"plain SQLite, one insert a transaction: {plain_one:,.0f}/s",
            one / plain_one,
            note="one fsync each",
        ),
    ]


def _servers_and_tokeniser(ctx: Context) -> Settings:
    running = ctx.servers()
    stack = LocalStack(running.settings)
    ensure_zone_key(running.home)
    with stack.exclusively():
        stack.start((*SERVERS, role_named("tokeniser")))
    settings = load_settings(running.home, env={})
    ensure_topics(settings, zone(settings.zone_file))
    return settings


def _rate(count: int, work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def _bytes_of(database: Path) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute("SELECT key, value FROM entry ORDER BY topic_id, sequence").fetchall()


def _insert(path: Path, rows: Sequence[tuple[str, bytes]], batch: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE entry (id INTEGER PRIMARY KEY, key TEXT NOT NULL, value BLOB NOT NULL)")
        for at in range(0, len(rows), batch):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO entry (key, value) VALUES (?, ?)", rows[at : at + batch])
            db.execute("COMMIT")


def _send(settings: Settings, rows: Sequence[tuple[str, bytes]]) -> None:
    topic = topic_of("enforcement", zone(settings.zone_file).publisher(_PUBLISHER).region)
    with make_producer(settings, client_id="bench") as producer:
        for at in range(0, len(rows), _BATCH):
            producer.send_all(topic, [Outgoing(key.encode(), value, ()) for key, value in rows[at : at + _BATCH]])
