"""What pydantic found wrong, in the words of the contract: field path, what was found, what is expected, zh and en.

Nothing that could be personal data is repeated. What was found is told by its kind and length; the value itself is
shown only where the field is a number, a day, an instant or a code, the place is not one of a person, and the text can
hold nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.catalogue import catalogue
from schemas.errors import Problem
from schemas.models.record import Record
from schemas.models.types import WRONG

_PRIVATE = frozenset({"party", "other_party", "person", "sealed", "representative_sealed"})
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_HARMLESS = re.compile(r"[0-9TZtz年月日/.:+\-, ]{0,32}|[A-Z][A-Z_]{0,39}")
_TEN_DIGITS = 10**10
_PERSONAL_DIGITS = re.compile(r"[0-9]{11}")
_SHOWN = frozenset({"enum", *(code for code in WRONG if code not in {"lz_bytes"})})

_EXPECTED = {
    "missing": ("a value; the field is required", "必填"),
    "string_type": ("text", "应为文本"),
    "string_unicode": ("text in valid UTF-8", "应为有效的 UTF-8 文本"),
    "string_too_long": ("text of at most 4,000,000 characters", "文本至多 4000000 个字符"),
    "bool_type": ("true or false", "应为 true 或 false"),
    "int_type": ("a whole number", "应为整数"),
    "float_type": ("a number", "应为数字"),
    "finite_number": ("a finite number", "应为有限数值"),
    "tuple_type": ("a list", "应为列表"),
    "model_type": ("an object", "应为对象"),
    "model_attributes_type": ("an object", "应为对象"),
    **WRONG,
}
_NAMES = {str: ("text", "文本"), dict: ("object", "对象"), bytes: ("bytes", "字节")}


def path_of(location: tuple[int | str, ...]) -> str:
    """Field path as people write it: `penalties[0].amount`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = part if _FIELD_NAME.fullmatch(part) else "?"
            path += f".{name}" if path else name
    return path


def found_in(value: Any, *, show: bool) -> str:
    """What was found: the value where `show` allows it and it holds nothing personal, otherwise its kind and length."""
    match value:
        case None:
            text = "null"
        case bool():
            text = "true or false"
        case int() | float() if show and abs(value) < _TEN_DIGITS:
            text = str(value)
        case int() | float():
            text = "a number"
        case str() if not value:
            text = "empty text"
        case str() if show and _HARMLESS.fullmatch(value) and not _PERSONAL_DIGITS.search(value):
            text = f'"{value}"'
        case str():
            text = f"text of {len(value)} characters"
        case bytes():
            text = f"{len(value)} bytes"
        case Mapping():
            text = "an object"
        case list() | tuple():
            text = f"a list of {len(value)}"
        case _:
            text = f"a {type(value).__name__}"
    return text


def wrong_event_type(datum: Any) -> Problem:
    """The problem of a datum whose event type is missing or unknown."""
    if not isinstance(datum, Mapping):
        return Problem("", found_in(datum, show=False), "an object with meta", "应为含 meta 的对象")
    meta = datum.get("meta")
    if not isinstance(meta, Mapping):
        found = "nothing" if "meta" not in datum else found_in(meta, show=False)
        return Problem("meta", found, "an object", "应为对象")
    if "event_type" not in meta:
        return Problem("meta.event_type", "nothing", *_EXPECTED["missing"])
    given = meta["event_type"]
    known = isinstance(given, str) and _FIELD_NAME.fullmatch(given)
    near = get_close_matches(given, catalogue().event_types, 3) if known else []
    hint = f": {', '.join(near)}?" if near else ", see `lianzhi schemas list`"
    found = f'"{given}"' if known else found_in(given, show=False)
    return Problem("meta.event_type", found, f"a known event type{hint}", f"应为已知的事件类型{hint}")


def problems_of(model: type[Record], error: ValidationError) -> tuple[Problem, ...]:
    """Every problem of one failed validation, in the order of the fields."""
    return tuple(_problem(model, details) for details in error.errors(include_url=False, include_context=True))


def _problem(model: type[Record], details: ErrorDetails) -> Problem:
    location, code = details["loc"], details["type"]
    field = path_of(location)
    if code == "extra_forbidden":
        return _unknown_field(model, location, field)
    if code == "missing":
        return Problem(field, "nothing", *_EXPECTED["missing"])
    expected = _EXPECTED.get(code)
    if code == "enum":
        symbols = ", ".join(_symbols(model, location))
        expected = (f"one of {symbols}", f"应为以下之一：{symbols}")
    elif code in {"greater_than_equal", "less_than_equal"}:
        bound = details["ctx"]["ge" if code == "greater_than_equal" else "le"]
        sign = "≥" if code == "greater_than_equal" else "≤"
        expected = (f"a whole number {sign} {bound}", f"应为 {sign} {bound} 的整数")
    if expected is None:
        expected = (f"a value without {code}", f"取值有误（{code}）")
    private = not _PRIVATE.isdisjoint(location)
    show = not private and (code in _SHOWN or code in {"greater_than_equal", "less_than_equal"})
    return Problem(field, found_in(details["input"], show=show), *expected)


def _unknown_field(model: type[Record], location: tuple[int | str, ...], field: str) -> Problem:
    owner = _owner(model, location)
    near = get_close_matches(str(location[-1]), owner.model_fields, 1) if owner else []
    if near:
        return Problem(
            field, "an unknown field", f"no such field; did you mean {near[0]}?", f"没有此字段；是否为 {near[0]}？"
        )
    return Problem(field, "an unknown field", "no such field", "没有此字段")


def _owner(model: type[Record], location: tuple[int | str, ...]) -> type[Record] | None:
    """The model that holds the last part of a location."""
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _classes(field.annotation) if field else []
        records = [each for each in inner if issubclass(each, Record)]
        if not records:
            return None
        model = records[0]
    return model


def _symbols(model: type[Record], location: tuple[int | str, ...]) -> list[str]:
    owner = _owner(model, location)
    field = owner.model_fields.get(str(location[-1])) if owner else None
    enums = [each for each in _classes(field.annotation) if issubclass(each, StrEnum)] if field else []
    return [symbol.value for symbol in enums[0]] if enums else []


def _classes(annotation: Any) -> list[type]:
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in _classes(argument)]
