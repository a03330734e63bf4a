"""A schema as a list of fields that people can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from schemas.avro_files import Schema

_WORDS = {"date": "day", "timestamp-micros": "instant", "decimal": "decimal(18, 2)", "uuid": "uuid"}


@dataclass(frozen=True, slots=True)
class Line:
    """One field: dotted path (`[]` for the items of a list), type in words, whether it must be there, its meaning."""

    field: str
    type: str
    required: bool
    zh: str
    en: str

    def as_row(self) -> dict[str, Any]:
        """For printing."""
        return asdict(self)


def outline(schema: Schema, prefix: str = "") -> Iterator[Line]:
    """All fields of a record, those of records inside it after it."""
    for item in schema["fields"]:
        node, path = item["type"], f"{prefix}{item['name']}"
        required = not isinstance(node, list)
        inner = node if required else node[1]
        zh, _, en = str(item.get("doc", "")).partition(" | ")
        yield Line(path, _words(inner), required, zh, en)
        if isinstance(inner, dict) and inner["type"] == "record":
            yield from outline(inner, f"{path}.")
        elif isinstance(inner, dict) and inner["type"] == "array" and isinstance(inner["items"], dict):
            yield from outline(inner["items"], f"{path}[].")


def _words(node: Any) -> str:
    if isinstance(node, str):
        return {"string": "text"}.get(node, node)
    match node["type"]:
        case "enum":
            return " · ".join(node["symbols"])
        case "array":
            return f"list of {_words(node['items'])}"
        case "record":
            return str(node["name"])
        case base:
            return _WORDS.get(node.get("logicalType", ""), str(base))
