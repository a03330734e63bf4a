"""Every record inside an event with its path, and which of its fields are texts, codes, days, numbers and enums.

Told from the Avro files alone: the type says text, day or number, the name says which texts are codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.avro_files import Schema
from schemas.catalogue import catalogue
from schemas.models.record import Record

_PLANNED_DAYS = frozenset({"planned_on", "limitation_on"})
_CODE = re.compile(r"(_id|_ids|_code|_number|_stream|_streams|token|_key|sha256|uscc|agency|officers|handlers)$")
_REGION = re.compile(r"(^|_)(region|regions|audience|act_place|dispute_place)$")
_USCC = re.compile(r"(^|_)(agency|uscc)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """Field names of one record, by what they hold; a nullable field stands with its type.

    Attributes:
        texts: text fields, codes among them.
        text_lists: lists of texts.
        free_texts: those of both that people write, where a telephone number might stand.
        usccs: texts that hold a unified social credit code.
        regions: texts and lists that hold region codes.
        past_days: days of what has happened: named `…_on`; `…_until`, `…_by`, `…_from` and planned ones may lie ahead.
        numbers: amounts and counts; none of them may be negative.
        enums: fields with a closed set.
    """

    texts: tuple[str, ...]
    text_lists: tuple[str, ...]
    free_texts: frozenset[str]
    usccs: tuple[str, ...]
    regions: tuple[str, ...]
    past_days: tuple[str, ...]
    numbers: tuple[str, ...]
    enums: tuple[str, ...]


def records_in(record: Record, path: str = "") -> Iterator[tuple[str, Record]]:
    """The record itself and all records in it, outermost first, each with its path (`""`, `meta`, `penalties[0]`)."""
    yield path, record
    prefix = f"{path}." if path else ""
    values = record.__dict__
    for name in record.nested:
        yield from records_in(values[name], prefix + name)
    for name in record.listed:
        for index, item in enumerate(values[name]):
            yield f"{prefix}{name}[{index}]", item


def shape_of(record: Record) -> Shape:
    """The shape of a record's type."""
    return _shapes()[type(record).__name__]


def texts_of(record: Record) -> Iterator[str]:
    """All texts that stand directly in a record, those of its lists included, without unified social credit codes."""
    shape, values = shape_of(record), record.__dict__
    for name in shape.texts:
        if values[name] and name not in shape.usccs:
            yield values[name]
    for name in shape.text_lists:
        yield from values[name]


@cache
def _shapes() -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for event in catalogue().event_types.values():
        _collect(event.schema, shapes)
    return shapes


def _collect(schema: Schema, shapes: dict[str, Shape]) -> None:
    kinds: dict[str, list[str]] = {}
    for item in schema["fields"]:
        kinds.setdefault(_kind(item["type"]), []).append(item["name"])
        for inner in _inner_records(item["type"]):
            _collect(inner, shapes)
    texts, text_lists = kinds.get("text", []), kinds.get("texts", [])
    shapes[schema["name"]] = Shape(
        texts=tuple(texts),
        text_lists=tuple(text_lists),
        free_texts=frozenset(name for name in (*texts, *text_lists) if not _CODE.search(name)),
        usccs=tuple(name for name in texts if _USCC.search(name)),
        regions=tuple(name for name in (*texts, *text_lists) if _REGION.search(name)),
        past_days=tuple(name for name in kinds.get("day", ()) if name.endswith("_on") and name not in _PLANNED_DAYS),
        numbers=tuple(kinds.get("number", ())),
        enums=tuple(kinds.get("enum", ())),
    )


def _inner_records(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        if node["type"] == "record":
            yield node
        elif node["type"] == "array":
            yield from _inner_records(node["items"])


def _kind(node: Any) -> str:
    if isinstance(node, list):
        node = node[1]
    if isinstance(node, str):
        return {"string": "text", "int": "number", "long": "number"}.get(node, "")
    match node["type"], node.get("logicalType"):
        case "enum", _:
            return "enum"
        case "array", _:
            return "texts" if node["items"] == "string" else ""
        case "int", "date":
            return "day"
        case "bytes", "decimal":
            return "number"
        case _:
            return ""
