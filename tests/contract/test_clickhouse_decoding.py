"""What ClickHouse stores is what fastavro reads: field by field, every registered version, alone and mixed.

This is the safety net of landing: Python never looks inside an event on its way to the tables.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from infra.clickhouse import ClickHouse
from infra.clock import micros
from infra.settings import Settings
from infra.sql import identifier
from infra.topics import topic_of
from projections.store.event_tables import ensure_event_tables
from schemas.catalogue import RegisteredSchema, catalogue
from schemas.columns import Column, family_columns, schema_columns, table_of
from schemas.golden import examples
from schemas.wire import decode
from tests.support.arbitrary import datum
from tests.support.log_of_samples import batch_of, lander_of
from tests.support.sample_events import encode_with
from tests.support.stack import RunningStack

pytestmark = pytest.mark.servers

_REGION, _PUBLISHER = "330421", "jiashan.zhifa"
_FAMILIES = catalogue().families

Record = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def tables(stack: RunningStack, registry_url: str) -> Iterator[Settings]:
    """Event tables of the module's own, of the zone that comes with Lianzhi."""
    settings = stack.settings_with(clickhouse__database=stack.database("decode"), registry__url=registry_url)
    ensure_event_tables(settings)
    yield settings
    with ClickHouse(settings, "operator", database="") as server:
        server.command(f"DROP DATABASE {identifier(settings.clickhouse.database)} SYNC")


def _generated(schema: RegisteredSchema, count: int, rng: random.Random) -> list[Record]:
    """Arbitrary data of a version, in what landing allows: a publisher of the region, numbers from 1."""
    found = []
    for number in range(1, count + 1):
        meta = {
            "event_id": UUID(int=rng.getrandbits(128)),
            "publisher": _PUBLISHER,
            "region": _REGION,
            "epoch": rng.choice((1, 2**31 - 1)),
            "sequence": rng.choice((number, 2**63 - 1)),
            "revision": rng.choice((1, 7)),
        }
        made = datum(schema, rng, meta)
        found.append((made["meta"]["stream_id"].encode(), encode_with(schema, made)))
    return found


def _golden(family: str) -> list[Record]:
    """The golden examples, as the region's own."""
    found = []
    for golden in examples():
        if golden.registered.family == family:
            made = decode(golden.value)
            made["meta"] |= {"region": _REGION, "publisher": _PUBLISHER}
            found.append((made["meta"]["stream_id"].encode(), encode_with(golden.registered, made)))
    return found


@pytest.mark.parametrize("family", _FAMILIES)
def test_every_version_alone(tables: Settings, family: str) -> None:
    rng = random.Random(f"alone {family}")
    batches = [_generated(catalogue().by_id[schema_id], 3, rng) for schema_id in sorted(catalogue().family_ids(family))]
    _land_and_compare(tables, family, batches)


@pytest.mark.parametrize("family", _FAMILIES)
def test_all_versions_mixed_in_one_batch(tables: Settings, family: str) -> None:
    rng = random.Random(f"mixed {family}")
    records = _golden(family)
    for schema_id in sorted(catalogue().family_ids(family)):
        records += _generated(catalogue().by_id[schema_id], 25, rng)
    rng.shuffle(records)
    _land_and_compare(tables, family, [records])


def _land_and_compare(settings: Settings, family: str, batches: Sequence[Sequence[Record]]) -> None:
    topic = topic_of(family, _REGION)
    with ClickHouse(settings, "ingest") as server:
        lander = lander_of(settings, topic, server)
        first = at = lander.start().next
        for records in batches:
            landed = lander.land(batch_of(settings, topic, at, records, rnd=random.Random(at)))
            assert (landed.rows, landed.refused, landed.void) == (len(records), 0, False)
            at += len(records)
    records = [record for batch in batches for record in batch]
    rows = _stored(settings, family, topic, first)
    assert len(rows) == len(records)
    for offset, (row, (_, value)) in enumerate(zip(rows, records, strict=True), first):
        expected = _expected(family, value)
        different = {name: (row[name], expected[name]) for name in expected if row[name] != expected[name]}
        assert not different, f"offset {offset}, {expected['event_type']}"


def _stored(settings: Settings, family: str, topic: str, first: int) -> list[dict[str, Any]]:
    sealed = _bytes_columns(family)
    selected = ", ".join(_read(column, sealed) for column in family_columns(family))
    sql = f"SELECT {selected} FROM {table_of(family)} WHERE topic = {{t:String}} AND offset >= {{f:UInt64}}"  # noqa: S608
    with ClickHouse(settings, "auditor", query_seconds=0) as server:
        return server.answer(f"{sql} ORDER BY offset", t=topic, f=first).dicts()


def _read(column: Column, sealed: frozenset[str]) -> str:
    """Bytes as hexadecimal, since they need not be text; instants as numbers, since the driver rounds far ones."""
    name = identifier(column.name)
    if name in sealed:
        return f"hex({name}) AS {name}"
    return f"toUnixTimestamp64Micro({name}) AS {name}" if "DateTime64" in column.type else name


def _bytes_columns(family: str) -> frozenset[str]:
    """Columns of `bytes` fields."""
    found = set()
    for event in catalogue().of_family(family):
        for version in event.versions:
            for column in schema_columns(version.id):
                if column.type.endswith("String)") and _type_at(version.schema, column.avro_path) == "bytes":
                    found.add(column.name)
    return frozenset(found)


def _type_at(schema: Mapping[str, Any], path: str) -> Any:
    node: Any = schema
    for name in path.split("."):
        node = next(item["type"] for item in node["fields"] if item["name"] == name)
        if isinstance(node, list):
            node = node[1]
    return node


def _expected(family: str, value: bytes) -> dict[str, Any]:
    """The row as fastavro reads the bytes: absent is NULL, or an empty list."""
    found = decode(value)
    schema_id = int.from_bytes(value[1:5], "big")
    sealed = _bytes_columns(family)
    row: dict[str, Any] = {
        column.name: [] if column.type.startswith("Array") else None for column in family_columns(family)
    }
    for column in schema_columns(schema_id):
        field: Any = found
        for name in column.avro_path.split("."):
            field = field[name]
        row[column.name] = (
            field.hex().upper() if column.name in sealed and field is not None else _as_row(column, field)
        )
    return row


def _as_row(column: Column, field: Any) -> Any:
    if isinstance(field, datetime):
        return micros(field)
    if column.type.startswith("Array(Tuple"):
        return [tuple(item.values()) for item in field]
    return field
