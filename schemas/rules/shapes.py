"""Every record inside an event with its path, and which of its fields are texts, codes, days, numbers and enums.

Told from the Avro files alone: the type says text, day or number, the name says which texts are codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from schemas.avro_files import Schema
from schemas.catalogue import catalogue
from schemas.models.record import Record

_PLANNED_DAYS = frozenset({"planned_on", "limitation_on"})
_CODE = re.compile(r"(_id|_ids|_code|_number|_stream|_streams|token|_key|sha256|uscc|agency|officers|handlers)$")
_REGION = re.compile(r"(^|_)(region|regions|audience|act_place|dispute_place)$")
_USCC = re.compile(r"(^|_)(agency|uscc)$")

Get = Callable[[Mapping[str, Any]], tuple[Any, ...]]
"""Takes the values of some fields out of a record, all at once: every event is looked at field by field."""


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
        get_screened: values of the texts that may hold no personal number, which unified social credit codes resemble.
        get_text_lists, get_enums: values of those fields.
    """

    texts: tuple[str, ...]
    text_lists: tuple[str, ...]
    free_texts: frozenset[str]
    usccs: tuple[str, ...]
    regions: tuple[str, ...]
    past_days: tuple[str, ...]
    numbers: tuple[str, ...]
    enums: tuple[str, ...]
    get_screened: Get
    get_text_lists: Get
    get_enums: Get


Part = tuple[str, Shape, Mapping[str, Any]]
"""A record inside an event: its path (`""`, `meta`, `penalties[0]`), its shape, the values of its fields."""

Place = tuple[str, Shape, tuple[str, ...]]
"""Where a record stands in every event of a type: its path, its shape, the names of the fields that lead to it."""


def parts_of(event: Record) -> list[Part]:
    """The event itself, the records in it, outermost first, then those of its lists."""
    found: list[Part] = []
    values = event.__dict__
    single, listed = _places(type(event).__name__)
    for path, shape, way in single:
        part = values
        for name in way:
            part = part[name].__dict__
        found.append((path, shape, part))
    for name, shape in listed:
        for index, item in enumerate(values[name]):
            found.append((f"{name}[{index}]", shape, item.__dict__))
    return found


def texts_of(parts: Sequence[Part]) -> list[str]:
    """All texts in them, those of lists included, without unified social credit codes."""
    found: list[str] = []
    for _, shape, values in parts:
        found += filter(None, shape.get_screened(values))
        if shape.text_lists:
            for texts in shape.get_text_lists(values):
                found += texts
    return found


@cache
def _places(event_type: str) -> tuple[tuple[Place, ...], tuple[tuple[str, Shape], ...]]:
    """Where the records of an event stand, each once, and its lists of records (which the contract has there only)."""
    schema = catalogue().event_type(event_type).schema
    listed = ((item["name"], item["type"]["items"]) for item in schema["fields"] if _holds_records(item["type"]))
    return tuple(_single(schema, ())), tuple((name, _shape(items)) for name, items in listed)


def _single(schema: Schema, way: tuple[str, ...]) -> Iterator[Place]:
    yield ".".join(way), _shape(schema), way
    for item in schema["fields"]:
        if isinstance(item["type"], dict) and item["type"]["type"] == "record":
            yield from _single(item["type"], (*way, item["name"]))


def _holds_records(node: Any) -> bool:
    return isinstance(node, dict) and node["type"] == "array" and isinstance(node["items"], dict)


def _shape(schema: Schema) -> Shape:
    kinds: dict[str, list[str]] = {}
    for item in schema["fields"]:
        kinds.setdefault(_kind(item["type"]), []).append(item["name"])
    texts, text_lists = kinds.get("text", []), kinds.get("texts", [])
    usccs = tuple(name for name in texts if _USCC.search(name))
    enums = tuple(kinds.get("enum", ()))
    return Shape(
        texts=tuple(texts),
        text_lists=tuple(text_lists),
        free_texts=frozenset(name for name in (*texts, *text_lists) if not _CODE.search(name)),
        usccs=usccs,
        regions=tuple(name for name in (*texts, *text_lists) if _REGION.search(name)),
        past_days=tuple(name for name in kinds.get("day", ()) if name.endswith("_on") and name not in _PLANNED_DAYS),
        numbers=tuple(kinds.get("number", ())),
        enums=enums,
        get_screened=_getter([name for name in texts if name not in usccs]),
        get_text_lists=_getter(text_lists),
        get_enums=_getter(enums),
    )


def _getter(names: Sequence[str]) -> Get:
    """Always of a tuple: `itemgetter` itself gives the bare value of a single field, and wants one at least."""
    match names:
        case []:
            return lambda values: ()
        case [only]:
            return lambda values: (values[only],)
        case _:
            return itemgetter(*names)


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
