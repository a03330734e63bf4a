"""Values as ClickHouse reads the parameters of a statement, `{name:Type}`, over both protocols.

clickhouse-driver's own rendering loses microseconds, quotes None and takes no maps; hence this one. A parameter's text
is what the type reads in TSV: strings and scalars escaped, arrays, tuples and maps as literals with quoted strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from infra.errors import InvalidInput

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
}
_TABLE = str.maketrans(_ESCAPES)


class FieldDump:
    """A parameter for the native protocol: the text once more escaped and quoted, as the server's field dump is.

    The driver puts quotes around what is none of its own types, and leaves the rest alone.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.translate(_TABLE)

    def __str__(self) -> str:
        return self._text


def native_parameters(parameters: Mapping[str, Any]) -> dict[str, FieldDump]:
    """Parameters as clickhouse-driver is to send them."""
    return {name: FieldDump(text_of(value, name)) for name, value in parameters.items()}


def http_parameters(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as fields of the query string: `param_<name>`."""
    return {f"param_{name}": text_of(value, name) for name, value in parameters.items()}


def text_of(value: Any, name: str = "parameter") -> str:
    """`value` as the text of a parameter.

    Raises:
        InvalidInput: for a naive datetime, or a type that has no text form; names the parameter, not the value.
    """
    if isinstance(value, Enum):
        value = value.value
    if value is None:
        return "\\N"
    scalar = _scalar(value, name)
    return _composed(value, name) if scalar is None else scalar


def _literal(value: Any, name: str) -> str:
    """`value` as it stands inside an array, a tuple or a map."""
    if isinstance(value, Enum):
        value = value.value
    if value is None:
        return "NULL"
    scalar = _scalar(value, name)
    if scalar is None:
        return _composed(value, name)
    return f"'{scalar}'" if isinstance(value, (str, bytes, date, UUID)) else scalar


def _scalar(value: Any, name: str) -> str | None:
    text: str | None
    match value:
        case str():
            text = value.translate(_TABLE)
        case bytes():
            text = "".join(f"\\x{byte:02x}" for byte in value)
        case bool():
            text = "true" if value else "false"
        case int() | float() | Decimal() | UUID():
            text = str(value)
        case datetime():
            text = _instant(value, name)
        case date():
            text = value.isoformat()
        case _:
            text = None
    return text


def _composed(value: Any, name: str) -> str:
    match value:
        case list() | set() | frozenset():
            return f"[{', '.join(_literal(item, name) for item in value)}]"
        case tuple():
            return f"({', '.join(_literal(item, name) for item in value)}{',' if len(value) == 1 else ''})"
        case Mapping():
            return f"{{{', '.join(f'{_literal(k, name)}: {_literal(v, name)}' for k, v in value.items())}}}"
        case _:
            raise InvalidInput(
                f"parameter {name!r}: a {type(value).__name__} is no value of a statement",
                zh=f"参数 {name!r} 的类型无法使用",
            )


def _instant(value: datetime, name: str) -> str:
    if value.tzinfo is None:
        raise InvalidInput(
            f"parameter {name!r}: a naive datetime is no instant",
            zh=f"参数 {name!r} 缺少时区",
            hint="give its time zone",
        )
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
