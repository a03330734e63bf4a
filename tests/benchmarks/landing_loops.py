"""The two loops of benchmark (a), each run as a process: `… landing_loops ours|reference HOME TOPIC EVENTS`."""

from __future__ import annotations

import gc
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import clickhouse_connect
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from consumers.topic import Phase
from consumers.worker import Worker
from infra.clickhouse import ClickHouse
from infra.settings import Settings, load_settings
from infra.topics import split_topic
from infra.zone import zone
from projections.store.event_tables import TABLE_SETTINGS, column_definition, event_table
from tests.support.wait import wait_until

_ROWS = 10_000
_TABLE = "bench_reference"


def ours(settings: Settings, topic: str, events: int) -> tuple[float, float]:
    """Seconds of the clock and of the processor for landing `events` with the worker."""
    gc.set_threshold(200_000, 20, 20)  # as the ingest process does
    with Worker(settings, zone(settings.zone_file), topics=[topic]) as worker:

        def reading() -> bool:
            worker.step()
            return any(report.phase is Phase.READING for report in worker.reports())

        def landed() -> bool:
            worker.step()
            return any(report.end >= events - 1 for report in worker.reports())

        wait_until(reading, seconds=120, every=0.0, what="the topic is ours")
        began, cpu = time.perf_counter(), time.process_time()
        wait_until(landed, seconds=3_000, every=0.0, what="everything has landed")
        spent = time.perf_counter() - began, time.process_time() - cpu
        worker.stop()
    return spent


def reference(settings: Settings, topic: str, events: int) -> tuple[float, float]:
    """The same for the loop that one would write first."""
    family = split_topic(topic)[0]
    table = event_table(family)
    body = ", ".join(column_definition(column) for column in table.columns)
    options = ", ".join(f"{name} = {value}" for name, value in TABLE_SETTINGS.items())
    with ClickHouse(settings, "operator") as operator:
        operator.command(f"DROP TABLE IF EXISTS {_TABLE} SYNC")
        operator.command(
            f"CREATE TABLE {_TABLE} ({body}) ENGINE = MergeTree ORDER BY (topic, partition, offset) SETTINGS {options}"
        )
    server = settings.clickhouse
    client = clickhouse_connect.get_client(
        host=server.host,
        port=server.http_port,
        username="operator",
        password=settings.clickhouse_password("operator"),
        database=server.database,
        settings={"async_insert": 0},
    )
    flat = _Flat(topic, family)
    decode = AvroDeserializer(SchemaRegistryClient({"url": settings.registry.url}))
    context = SerializationContext(topic, MessageField.VALUE)
    consumer = Consumer(
        {"bootstrap.servers": settings.kafka.bootstrap, "group.id": "bench-reference", "enable.auto.commit": False}
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    began, cpu, done = time.perf_counter(), time.process_time(), 0
    while done < events:
        rows: list[list[Any]] = []
        while len(rows) < min(_ROWS, events - done):
            for message in consumer.consume(min(_ROWS, events - done) - len(rows), 1.0):
                value: Any = decode(message.value(), context)
                rows.append(flat.row(message.offset() or 0, message.timestamp()[1], value))
        client.insert(_TABLE, rows, column_names=flat.names)
        consumer.commit(offsets=[TopicPartition(topic, 0, done + len(rows))], asynchronous=False)
        done += len(rows)
    spent = time.perf_counter() - began, time.process_time() - cpu
    consumer.close()
    return spent


class _Flat:
    """A decoded event as a row: nested names joined by dots, absent columns empty."""

    def __init__(self, topic: str, family: str) -> None:
        columns = event_table(family).columns
        self.names = [column.name for column in columns]
        self._place = {column.avro_path: at for at, column in enumerate(columns) if column.avro_path}
        self._tuples = [at for at, column in enumerate(columns) if column.type.startswith("Array(Tuple")]
        self._empty: list[Any] = [[] if column.type.startswith("Array") else None for column in columns]
        self._empty[0], self._empty[1] = topic, 0

    def row(self, offset: int, appended_ms: int, datum: dict[str, Any]) -> list[Any]:
        """One row."""
        row = self._empty.copy()
        row[2], row[3] = offset, datetime.fromtimestamp(appended_ms / 1000, UTC)
        self._put(datum, "", row)
        for at in self._tuples:
            row[at] = [tuple(item.values()) for item in row[at]]
        return row

    def _put(self, datum: dict[str, Any], prefix: str, row: list[Any]) -> None:
        for name, value in datum.items():
            if isinstance(value, dict):
                self._put(value, f"{prefix}{name}.", row)
            else:
                row[self._place[prefix + name]] = value


def main() -> int:
    """The process; its last line is JSON."""
    which, home, topic, events = sys.argv[1:]
    loop = {"ours": ours, "reference": reference}[which]
    wall, cpu = loop(load_settings(Path(home), env={}), topic, int(events))
    print(json.dumps({"rate": int(events) / wall, "rate_per_core": int(events) / cpu, "wall": wall, "cpu": cpu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
