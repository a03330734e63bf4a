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


def parts_of(event: Record) -> list[Part]:
    """The event itself and all records in it, outermost first."""
    found: list[Part] = []
    _take_apart(event, "", _shapes(), found)
    return found


def texts_of(parts: Sequence[Part]) -> Iterator[str]:
    """All texts in them, those of lists included, without unified social credit codes."""
    for _, shape, values in parts:
        for text in shape.get_screened(values):
            if text:
                yield text
        for texts in shape.get_text_lists(values):
            yield from texts


def _take_apart(record: Record, path: str, shapes: Mapping[str, Shape], found: list[Part]) -> None:
    values = record.__dict__
    found.append((path, shapes[type(record).__name__], values))
    for name in record.nested:
        _take_apart(values[name], f"{path}.{name}" if path else name, shapes, found)
    for name in record.listed:
        for index, item in enumerate(values[name]):
            where = f"{path}.{name}[{index}]" if path else f"{name}[{index}]"
            found.append((where, shapes[type(item).__name__], item.__dict__))


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
    usccs = tuple(name for name in texts if _USCC.search(name))
    enums = tuple(kinds.get("enum", ()))
    shapes[schema["name"]] = Shape(
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
