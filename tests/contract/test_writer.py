"""Our writer and fastavro's write the same bytes, and ours refuses what fastavro lets pass."""

from __future__ import annotations

import io
import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from fastavro import schemaless_writer
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.avro_scalars import SCALARS
from schemas.avro_writer import UnwritableError, compile_writer
from schemas.catalogue import RegisteredSchema, catalogue
from schemas.errors import FatalError
from schemas.models import to_datum, validate
from schemas.wire import HEADER, decode
from tests.support.arbitrary import data, datum

VERSIONS = tuple(catalogue().by_id.values())


def _by_fastavro(registered: RegisteredSchema, value: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    schemaless_writer(out, registered.parsed, value, strict=True)
    return out.getvalue()


def _ours(registered: RegisteredSchema, value: dict[str, Any]) -> bytes:
    out = bytearray()
    registered.write(out, value)
    return bytes(out)


@pytest.mark.parametrize("registered", VERSIONS, ids=lambda registered: f"{registered.name}-v{registered.version}")
def test_same_bytes_as_fastavro_and_back(registered: RegisteredSchema) -> None:
    rng = random.Random(registered.id)
    for _ in range(25):
        value = datum(registered, rng)
        written = _ours(registered, value)
        assert written == _by_fastavro(registered, value)
        assert decode(HEADER.pack(0, registered.id) + written) == value


def test_the_two_readings_of_an_hour_that_was_put_back_are_two_instants() -> None:
    """1991-09-15 01:30 came twice in Shanghai; Python calls the two equal."""
    instant = SCALARS["long", "timestamp-micros"].bytes_of
    summer = datetime(1991, 9, 15, 1, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    winter = summer.replace(fold=1)
    assert instant(summer) == instant(summer.astimezone(UTC))
    assert instant(winter) == instant(winter.astimezone(UTC))
    assert instant(summer) != instant(winter)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_same_bytes_by_hypothesis(source: st.DataObject) -> None:
    registered = source.draw(st.sampled_from(VERSIONS))
    value = source.draw(data(registered))
    assert _ours(registered, value) == _by_fastavro(registered, value)


@pytest.mark.parametrize(
    "registered", [event.latest for event in catalogue().event_types.values()], ids=lambda r: r.name
)
def test_models_take_and_give_back_every_datum(registered: RegisteredSchema) -> None:
    rng = random.Random(-registered.id)
    for _ in range(10):
        value = datum(registered, rng)
        assert _ours(registered, to_datum(validate(value))) == _ours(registered, value)


FIELDS: dict[str, Any] = {
    "text": "string",
    "count": "int",
    "long": "long",
    "raw": "bytes",
    "flag": "boolean",
    "real": "double",
    "day": {"type": "int", "logicalType": "date"},
    "instant": {"type": "long", "logicalType": "timestamp-micros"},
    "amount": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2},
    "id": {"type": "string", "logicalType": "uuid"},
    "kind": {"type": "enum", "name": "Kind", "symbols": ["A", "OTHER"], "default": "OTHER"},
    "list": {"type": "array", "items": "string"},
    "inner": {"type": "record", "name": "Inner", "fields": [{"name": "text", "type": "string"}]},
}
SCHEMA = {"type": "record", "name": "R", "fields": [{"name": name, "type": kind} for name, kind in FIELDS.items()]}
GOOD: dict[str, Any] = {
    "text": "x",
    "count": 1,
    "long": 1,
    "raw": b"",
    "flag": True,
    "real": 0.5,
    "day": date(2026, 1, 1),
    "instant": datetime(2026, 1, 1, tzinfo=UTC),
    "amount": Decimal("1.00"),
    "id": UUID(int=1),
    "kind": "A",
    "list": [],
    "inner": {"text": ""},
}
WRONG = [
    ("text", b"bytes"),
    ("text", None),
    ("text", "lone \ud800 surrogate"),
    ("count", 2**31),
    ("count", True),
    ("count", 1.0),
    ("long", 2**63),
    ("raw", "text"),
    ("flag", 1),
    ("real", 1),
    ("day", datetime(2026, 1, 1, tzinfo=UTC)),
    ("day", 20000),
    ("instant", datetime(2026, 1, 1)),  # noqa: DTZ001
    ("instant", 10**15),
    ("amount", Decimal("1.005")),
    ("amount", Decimal(10) ** 16),
    ("amount", Decimal("NaN")),
    ("amount", 1),
    ("id", "not a uuid"),
    ("kind", "B"),
    ("kind", 0),
    ("list", "text"),
    ("list", None),
    ("inner", None),
    ("inner", {}),
    ("inner", {"text": "", "more": 1}),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{name}-{value!r}" for name, value in WRONG])
def test_refuses_by_path_and_without_the_value(name: str, value: Any) -> None:
    write = compile_writer(SCHEMA)
    write(bytearray(), GOOD)
    with pytest.raises(UnwritableError) as caught:
        write(bytearray(), GOOD | {name: value})
    assert caught.value.path.startswith(f"R.{name}")
    assert str(value) not in caught.value.message or str(value) in {"1", "0", "None", "{}", "text"}


def test_refuses_missing_and_unknown_fields() -> None:
    write = compile_writer(SCHEMA)
    with pytest.raises(UnwritableError, match="13 fields"):
        write(bytearray(), {name: value for name, value in GOOD.items() if name != "text"})
    with pytest.raises(UnwritableError, match="unknown"):
        write(bytearray(), GOOD | {"more": 1})
    with pytest.raises(UnwritableError, match=r"R\.text"):
        write(bytearray(), {"more": 1} | {name: value for name, value in GOOD.items() if name != "text"})


@pytest.mark.parametrize(
    "shape",
    [["null", "string", "int"], ["string", "null"], {"type": "map", "values": "string"}, {"type": "fixed", "size": 2}],
)
def test_shapes_outside_the_contract_have_no_writer(shape: Any) -> None:
    with pytest.raises(FatalError):
        compile_writer({"type": "record", "name": "R", "fields": [{"name": "field", "type": shape}]})
