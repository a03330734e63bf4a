"""Values as text: what a cell of a table, a CSV file or a JSON document shows."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID


def to_json(value: Any, indent: int | None = None) -> str:
    """JSON text: decimals and UUIDs as strings, instants as RFC 3339 in UTC, bytes as base64, no NaN."""
    return json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False)


def neutral(value: Any) -> str:
    """`value` as a CSV cell that no spreadsheet takes for a formula; numbers stay as they are."""
    text = cell(value)
    if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")):
        return f"'{text}"
    return text


def is_number(value: Any) -> bool:
    """Whether a table should set it flush right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def cell(value: Any) -> str:
    """`value` as the text of one cell; absent is empty."""
    flat = plain(value)
    match flat:
        case None:
            return ""
        case bool():
            return "true" if flat else "false"
        case dict() | list():
            return json.dumps(flat, ensure_ascii=False)
        case _:
            return str(flat)


def plain(value: Any) -> Any:
    """`value` in the types that JSON has: instants as RFC 3339 in UTC, decimals and UUIDs as text, bytes as base64.

    Raises:
        TypeError: for a type that has no such form.
    """
    plainer: Any
    match value:
        case Enum():
            plainer = value.value
        case None | bool() | int() | str():
            plainer = value
        case float():
            plainer = value if math.isfinite(value) else None
        case datetime(tzinfo=None):
            raise TypeError("can not print a naive datetime: nobody knows which instant it is")
        case datetime():
            plainer = f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
        case date():
            plainer = value.isoformat()
        case Decimal() | UUID() | Path():
            plainer = str(value)
        case bytes():
            plainer = base64.b64encode(value).decode("ascii")
        case Mapping():
            plainer = {str(plain(key)): plain(item) for key, item in value.items()}
        case set() | frozenset():
            plainer = [plain(item) for item in sorted(value)]
        case list() | tuple():
            plainer = [plain(item) for item in value]
        case _:
            raise TypeError(f"can not print a {type(value).__name__}")
    return plainer
