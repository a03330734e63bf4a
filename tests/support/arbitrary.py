"""Arbitrary data of any registered schema: by hypothesis, and by a fast seeded generator for large batches.

Valid to the last corner of what the contract allows, and full of corners: empty texts and lists, four-byte characters,
the first and the last day that ClickHouse keeps, negative amounts, the largest numbers, null wherever it may stand.
They are data of the schema, not events that the rules would let pass.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from schemas.avro_files import Schema
from schemas.catalogue import RegisteredSchema

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
FIRST_INSTANT = datetime(1900, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(2299, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MICROS = (LAST_INSTANT - FIRST_INSTANT) // _MICROSECOND
_LARGEST = 10**18 - 1

TEXTS = (
    "",
    " ",
    "a",
    "嘉善县综合行政执法局",
    "𠮷野家𡈽𠂉",
    "😀👩‍👩‍👧",
    "e\u0301",
    "tab\tnewline\nreturn\r",
    "quote'\"\\backslash",
    "=1+1",
    "\\N",
    "NULL",
    "（2026）浙0424行初9号",
    "\ufeffBOM",
    "\u202eRTL",
    "x" * 63,
    "x" * 64,
    "字" * 3000,
)
DAYS = (
    FIRST_DAY,
    date(1949, 10, 1),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(2000, 2, 29),
    date(2106, 2, 8),
    LAST_DAY,
)
INSTANTS = (
    FIRST_INSTANT,
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 1, 30, 0, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    LAST_INSTANT,
)
DECIMALS = tuple(
    Decimal(unscaled).scaleb(-2)
    for unscaled in (0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, _LARGEST, -_LARGEST)
)
INTS = (0, 1, -1, 63, 64, -64, -65, 127, 128, 2**31 - 1, -(2**31))
LONGS = (*INTS, 2**31, 2**53, 2**63 - 1, -(2**63))
BYTES = (b"", b"\x00", b"\xff\xfe", bytes(range(256)), b"\x00" * 1000)


def datum(
    schema: Schema | RegisteredSchema, rng: random.Random, meta: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One datum by `rng`, as `wire.encode` takes it; `meta` replaces fields of the envelope."""
    made: dict[str, Any] = _make(schema.schema if isinstance(schema, RegisteredSchema) else schema, rng)
    if "meta" in made:
        made["meta"]["event_type"] = (schema.schema if isinstance(schema, RegisteredSchema) else schema)["name"]
        made["meta"] |= meta or {}
    return made


def data(schema: Schema | RegisteredSchema) -> st.SearchStrategy[dict[str, Any]]:
    """A strategy for data of a schema."""
    found: st.SearchStrategy[dict[str, Any]] = _strategy(
        schema.schema if isinstance(schema, RegisteredSchema) else schema
    )
    return found


def _make(node: Any, rng: random.Random) -> Any:
    if isinstance(node, list):
        branches = [branch for branch in node if branch != "null"]
        return None if len(branches) < len(node) and rng.random() < 0.4 else _make(rng.choice(branches), rng)
    kind, logical = (node, "") if isinstance(node, str) else (node["type"], node.get("logicalType", ""))
    match kind:
        case "record":
            return {item["name"]: _make(item["type"], rng) for item in node["fields"]}
        case "array":
            return [_make(node["items"], rng) for _ in range(rng.choice((0, 0, 1, 2, 3, 70)))]
        case "enum":
            return rng.choice(node["symbols"])
        case "boolean":
            return rng.random() < 0.5
        case "double":
            return rng.choice((0.0, -0.0, 1.5, -1e300, 5e-324, rng.gauss(0, 1e6)))
        case _:
            key = (kind, logical) if (kind, logical) in _PLAIN else (kind, "")
            return rng.choice(_CORNERS[key]) if rng.random() < 0.3 else _PLAIN[key](rng)


def _plain_text(rng: random.Random) -> str:
    return "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(rng.randint(0, 30))) + str(rng.randint(0, 9999))


def _plain_decimal(rng: random.Random) -> Decimal:
    return Decimal(rng.randint(-(10 ** rng.randint(1, 18)) + 1, 10 ** rng.randint(1, 18) - 1)).scaleb(-2)


_CORNERS: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("string", ""): TEXTS,
    ("string", "uuid"): (UUID(int=0), UUID(int=2**128 - 1)),
    ("int", ""): INTS,
    ("int", "date"): DAYS,
    ("long", ""): LONGS,
    ("long", "timestamp-micros"): INSTANTS,
    ("bytes", ""): BYTES,
    ("bytes", "decimal"): DECIMALS,
}
_PLAIN: Mapping[tuple[str, str], Any] = {
    ("string", ""): _plain_text,
    ("string", "uuid"): lambda rng: UUID(int=rng.getrandbits(128)),
    ("int", ""): lambda rng: rng.randint(-(2**31), 2**31 - 1),
    ("int", "date"): lambda rng: FIRST_DAY + timedelta(days=rng.randint(0, (LAST_DAY - FIRST_DAY).days)),
    ("long", ""): lambda rng: rng.randint(-(2**63), 2**63 - 1),
    ("long", "timestamp-micros"): lambda rng: FIRST_INSTANT + rng.randint(0, _MICROS) * _MICROSECOND,
    ("bytes", ""): lambda rng: rng.randbytes(rng.randint(0, 200)),
    ("bytes", "decimal"): _plain_decimal,
}


def _strategy(node: Any) -> st.SearchStrategy[Any]:
    if isinstance(node, list):
        return st.none() | _strategy(node[1])
    kind, logical = (node, "") if isinstance(node, str) else (node["type"], node.get("logicalType", ""))
    match kind:
        case "record":
            return st.fixed_dictionaries({item["name"]: _strategy(item["type"]) for item in node["fields"]})
        case "array":
            return st.lists(_strategy(node["items"]), max_size=4)
        case "enum":
            return st.sampled_from(node["symbols"])
        case "boolean":
            return st.booleans()
        case "double":
            return st.floats(allow_nan=False, allow_infinity=False)
        case _:
            return _STRATEGIES[kind, logical]


_STRATEGIES: Mapping[tuple[str, str], st.SearchStrategy[Any]] = {
    ("string", ""): st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    ("string", "uuid"): st.uuids(allow_nil=True),
    ("int", ""): st.sampled_from(INTS) | st.integers(-(2**31), 2**31 - 1),
    ("int", "date"): st.sampled_from(DAYS) | st.dates(FIRST_DAY, LAST_DAY),
    ("long", ""): st.sampled_from(LONGS) | st.integers(-(2**63), 2**63 - 1),
    ("long", "timestamp-micros"): st.sampled_from(INSTANTS)
    | st.integers(0, _MICROS).map(lambda micros: FIRST_INSTANT + micros * _MICROSECOND),
    ("bytes", ""): st.sampled_from(BYTES) | st.binary(max_size=80),
    ("bytes", "decimal"): st.sampled_from(DECIMALS)
    | st.integers(-_LARGEST, _LARGEST).map(lambda n: Decimal(n).scaleb(-2)),
}
