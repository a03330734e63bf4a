"""The landing statement: one INSERT that takes a batch's bytes as they are, and lands whole or refuses itself whole.

ClickHouse decodes (`FORMAT AvroConfluent`), numbers the rows, puts each at its offset, and checks them: the count, a
checksum that sees each row's place (event type, event id and Kafka key), the region, the publisher, text that is UTF-8,
times that a column can hold, and that the table still ends where the sender saw it end. Every condition throws; none
filters, because a filter would shift the offsets. The text depends on nothing but the set of schema ids in the batch;
all values are parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Any

from infra.sql import identifier
from schemas.catalogue import catalogue
from schemas.columns import Column, schema_columns, table_of

MOST_ROWS = 100_000
"""Rows of one statement; above this a batch could become two blocks, and a token would not cover both."""

MOST_RUNS = 4_000
"""Runs of one statement: their arrays travel in the address line, each of at most 128 KiB."""

_BLOCK_ROWS = 1_000_000


class Purpose(StrEnum):
    """What a statement is for."""

    LAND = "land"
    """Put rows behind the table's end, and move the end."""
    FILL = "fill"
    """Put rows at offsets before the end that are empty: a dead letter that is good after all."""
    JUDGE = "judge"
    """Say whether LAND would take the rows; nothing is written."""


class Guard(StrEnum):
    """The conditions that throw; each value stands in the server's message."""

    DEADLINE = "lianzhi:deadline"
    MOVED = "lianzhi:moved"
    PRESENT = "lianzhi:present"
    REGION = "lianzhi:region"
    PUBLISHER = "lianzhi:publisher"
    NUMBERING = "lianzhi:numbering"
    TEXT = "lianzhi:text"
    RANGE = "lianzhi:range"
    CHECKSUM = "lianzhi:checksum"


CONCERNS_THE_MOMENT = frozenset({Guard.DEADLINE, Guard.MOVED, Guard.PRESENT})
"""Guards that say nothing of the rows: the sender came too late."""


@dataclass(frozen=True, slots=True)
class LandingParameters:
    """The values of one statement. Runs are rows at consecutive offsets that share an append time (ms since 1970)."""

    topic: str
    region: str
    publishers: Sequence[str]
    rows: int
    checksum: int
    deadline: datetime
    end: int
    run_offsets: Sequence[int]
    run_rows: Sequence[int]
    run_times: Sequence[int]

    def as_mapping(self) -> dict[str, Any]:
        """By the names that the statement gives them."""
        return {
            "topic": self.topic,
            "region": self.region,
            "publishers": list(self.publishers),
            "rows": self.rows,
            "checksum": self.checksum,
            "deadline": self.deadline,
            "end": self.end,
            "run_offsets": list(self.run_offsets),
            "run_rows": list(self.run_rows),
            "run_times": list(self.run_times),
        }


def landing_settings(registry_url: str, token: str, seconds: float) -> dict[str, str | int | float]:
    """Every setting that matters, explicit: the defaults of several would lose or double rows.

    Args:
        registry_url: where ClickHouse finds the schemas.
        token: identity of the insert; of several with one token the first to land is the only one.
        seconds: longest run on the server.
    """
    return constant_settings() | {
        "format_avro_schema_registry_url": registry_url,
        "insert_deduplication_token": token,
        "max_execution_time": seconds,
    }


def constant_settings() -> dict[str, str | int | float]:
    """The settings that never change; read back at start."""
    return {
        "async_insert": 0,
        "insert_deduplicate": 1,
        "deduplicate_insert_select": "force_enable",
        # One statement, one block, one part: a token does not survive another split into blocks.
        "max_insert_threads": 1,
        "max_threads": 1,
        "max_block_size": _BLOCK_ROWS,
        "max_insert_block_size": _BLOCK_ROWS,
        "min_insert_block_size_rows": _BLOCK_ROWS,
        "min_insert_block_size_bytes": 0,
        "use_strict_insert_block_limits": 0,
        # Absent is absent; a default of the column must not take its place.
        "input_format_avro_allow_missing_fields": 1,
        "input_format_null_as_default": 0,
        "date_time_overflow_behavior": "throw",
        # Enough for the scalar arrays of a batch.
        "max_query_size": 1_048_576,
        "max_ast_elements": 200_000,
        "max_expanded_ast_elements": 1_000_000,
        "timeout_before_checking_execution_speed": 0,
        "send_progress_in_http_headers": 0,
    }


def landing_statement(family: str, schema_ids: frozenset[int], purpose: Purpose = Purpose.LAND) -> str:
    """The statement for a batch that holds exactly these schema ids, all of one family.

    Parameters: see `LandingParameters`. The body of the request is the values, joined.
    """
    return _statement(family, tuple(sorted(schema_ids)), purpose)


@lru_cache(maxsize=512)
def _statement(family: str, schema_ids: tuple[int, ...], purpose: Purpose) -> str:
    columns = {column.name: column for schema_id in schema_ids for column in schema_columns(schema_id)}
    values = ", ".join(_quoted(column.avro_path) for column in columns.values())
    structure = ", ".join(f"{_quoted(column.avro_path)} {_input_type(column)}" for column in columns.values())
    guards = "\n  AND ".join(f"NOT throwIf({test}, '{guard}')" for guard, test in _guards(family, schema_ids, purpose))
    # Identifiers and types come from the registered schemas; every value is a parameter.
    return f"""INSERT INTO {_target(family, columns, purpose)}
SELECT {{topic:String}}, 0,
    arrayElement((SELECT arrayFlatten(arrayMap((first, rows) -> range(first, first + rows),
        {{run_offsets:Array(UInt64)}}, {{run_rows:Array(UInt64)}}))), row + 1),
    fromUnixTimestamp64Milli(arrayElement((SELECT arrayFlatten(arrayMap((time, rows) -> arrayWithConstant(rows, time),
        {{run_times:Array(Int64)}}, {{run_rows:Array(UInt64)}}))), row + 1), 'UTC'),
    {values}
FROM (
    SELECT rowNumberInAllBlocks() AS row, *
    FROM input('{_escaped(structure)}')
)
WHERE {guards}
QUALIFY NOT throwIf(count() OVER () != {{rows:UInt64}}
    OR sum((row + 1) * CRC32(concat(`meta.event_type`, toString(`meta.event_id`), `meta.stream_id`))) OVER ()
        != {{checksum:UInt64}}, '{Guard.CHECKSUM}')
FORMAT AvroConfluent"""  # noqa: S608


def _target(family: str, columns: Mapping[str, Column], purpose: Purpose) -> str:
    names = ("topic", "partition", "offset", "appended_at", *columns)
    if purpose is not Purpose.JUDGE:
        return f"{identifier(table_of(family))} ({', '.join(identifier(name) for name in names)})"
    kinds = ("String", "UInt8", "UInt64", "DateTime64(3, 'UTC')", *(column.type for column in columns.values()))
    structure = ", ".join(f"{identifier(name)} {kind}" for name, kind in zip(names, kinds, strict=True))
    return f"FUNCTION null('{_escaped(structure)}')"


def _quoted(path: str) -> str:
    """A field of the datum, as it is read: by its dotted path."""
    return f"`{'.'.join(map(identifier, path.split('.')))}`"


def _input_type(column: Column) -> str:
    """Read plain, made LowCardinality by the insert for the whole column: value by value costs twice the decoding."""
    kind = column.input_type
    return kind.removeprefix("LowCardinality(").removesuffix(")") if kind.startswith("LowCardinality(") else kind


def _guards(family: str, schema_ids: Sequence[int], purpose: Purpose) -> Iterator[tuple[Guard, str]]:
    table = identifier(table_of(family))
    there = f"FROM {table} WHERE topic = {{topic:String}} AND partition = 0"
    match purpose:
        case Purpose.LAND:
            yield Guard.DEADLINE, "now64(6) > {deadline:DateTime64(6, 'UTC')}"
            yield (
                Guard.MOVED,
                f"(SELECT ifNull(maxOrNull(toInt64(offset)), -1) {there}"
                " AND offset >= toUInt64(greatest({end:Int64}, 0))) != {end:Int64}"
                " OR toInt64({run_offsets:Array(UInt64)}[1]) <= {end:Int64}",
            )
        case Purpose.FILL:
            yield Guard.DEADLINE, "now64(6) > {deadline:DateTime64(6, 'UTC')}"
            yield Guard.PRESENT, f"(SELECT count() {there} AND offset IN {{run_offsets:Array(UInt64)}}) != 0"
        case Purpose.JUDGE:
            pass
    yield Guard.REGION, "`meta.region` != {region:String}"
    yield Guard.PUBLISHER, "NOT has({publishers:Array(String)}, `meta.publisher`)"
    yield Guard.NUMBERING, "`meta.epoch` < 1 OR `meta.sequence` < 1 OR `meta.revision` < 1"
    fields = {field.path: field for schema_id in schema_ids for field in _fields(schema_id)}
    yield Guard.TEXT, " OR ".join(f"NOT isValidUTF8({text})" for text in _texts(list(fields.values())))
    yield Guard.RANGE, " OR ".join(_outside(list(fields.values())))


def _texts(fields: Sequence[_Field]) -> Iterator[str]:
    """All text of a row: of fields one joined text, for each function is planned anew with every batch.

    A space between two texts: whatever is broken stays broken, and nothing becomes whole. What is absent is left out.
    """
    alone = [field.text for field in fields if field.text and not field.many]
    yield f"arrayStringConcat([{', '.join(alone)}], ' ')"
    yield from (field.text for field in fields if field.text and field.many)


def _outside(fields: Sequence[_Field]) -> Iterator[str]:
    """Tests whether any value lies outside: one a kind of value, for each is planned anew with every batch."""
    for bounds in _Bounds:
        within = f"BETWEEN {bounds.least} AND {bounds.most}"
        if alone := [field.value for field in fields if field.bounds is bounds and not field.many]:
            yield f"arrayExists(value -> NOT ifNull(value {within}, 1), [{', '.join(alone)}])"
        for field in fields:
            if field.bounds is bounds and field.many:
                yield f"arrayExists(value -> NOT ifNull(value {within}, 1), {field.value})"


class _Bounds(Enum):
    """What a column can hold. Of an amount the server takes nineteen digits, which eight bytes hold, for eighteen."""

    INSTANT = (
        "toDateTime64('1900-01-01 00:00:00.000000', 6, 'UTC')",
        "toDateTime64('2299-12-31 23:59:59.999999', 6, 'UTC')",
    )
    DAY = ("toDate32('1900-01-01')", "toDate32('2299-12-31')")
    AMOUNT = ("toDecimal64('-9999999999999999.99', 2)", "toDecimal64('9999999999999999.99', 2)")

    def __init__(self, least: str, most: str) -> None:
        self.least, self.most = least, most


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with the expression of its text (empty: none), or of its value and what bounds it.

    Attributes:
        many: it is an array; the text is then all of it, joined.
    """

    path: str
    text: str = ""
    value: str = ""
    bounds: _Bounds | None = None
    many: bool = False


_ENVELOPE_WITHOUT_CHECK = frozenset({"meta.event_type", "meta.publisher", "meta.region"})


@lru_cache(maxsize=4096)
def _fields(schema_id: int) -> tuple[_Field, ...]:
    return tuple(_walk(catalogue().by_id[schema_id].schema, ""))


def _walk(record: Mapping[str, Any], prefix: str) -> Iterator[_Field]:
    for item in record["fields"]:
        path, node = f"{prefix}{item['name']}", item["type"]
        name = _quoted(path)
        if isinstance(node, list):
            node = node[1]
        kind = node if isinstance(node, str) else node["type"]
        logical = "" if isinstance(node, str) else node.get("logicalType", "")
        match kind, logical:
            case "record", _:
                yield from _walk(node, f"{path}.")
            case "array", _:
                yield from _walk_array(node["items"], path, name)
            case "string", "" if path not in _ENVELOPE_WITHOUT_CHECK:
                yield _Field(path, text=name)
            case _, "timestamp-micros":
                yield _Field(path, value=name, bounds=_Bounds.INSTANT)
            case _, "decimal":
                yield _Field(path, value=name, bounds=_Bounds.AMOUNT)
            case _, "date":
                yield _Field(path, value=name, bounds=_Bounds.DAY)
            case _:
                pass


def _walk_array(items: Any, path: str, name: str) -> Iterator[_Field]:
    if items == "string":
        yield _Field(path, text=f"arrayStringConcat({name}, ' ')", many=True)
    elif isinstance(items, Mapping) and items["type"] == "record":
        for item in items["fields"]:
            node = item["type"][1] if isinstance(item["type"], list) else item["type"]
            element = f"item.{identifier(item['name'])}"
            if node == "string":
                part = f"arrayMap(item -> ifNull({element}, ''), {name})"
                yield _Field(f"{path}[].{item['name']}", text=f"arrayStringConcat({part}, ' ')", many=True)
            elif isinstance(node, Mapping) and node.get("logicalType") == "decimal":
                values = f"arrayMap(item -> {element}, {name})"
                yield _Field(f"{path}[].{item['name']}", value=values, bounds=_Bounds.AMOUNT, many=True)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
