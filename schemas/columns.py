"""From Avro to ClickHouse: the columns of an event table, derived from the schemas and from nothing else.

Names are flat: `meta.event_id` → `event_id`, `meta.actor.agency` → `actor_agency`, `party.uscc` → `party_uscc`.
Every payload scalar is Nullable (NULL = absent). Rules and reasons: docs/decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.avro_files import Schema
from schemas.catalogue import catalogue
from schemas.errors import FatalError

_SCALARS = {
    "string": "String",
    "bytes": "String",
    "int": "Int32",
    "long": "Int64",
    "double": "Float64",
    "boolean": "Bool",
}
_LOGICAL = {
    ("int", "date"): "Date32",
    ("long", "timestamp-micros"): "DateTime64(6, 'UTC')",
    ("bytes", "decimal"): "Decimal(18, 2)",
    ("string", "uuid"): "UUID",
}
_FEW_VALUES = frozenset({"event_type", "publisher", "region"})  # strings of the envelope with few distinct values


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an event table.

    Attributes:
        name: flat column name.
        type: type of the column in the table.
        avro_path: dotted path of the field in the Avro datum, as `FORMAT Avro` names it.
        input_type: type that the landing statement reads it as.
        doc: the field's documentation, Chinese | English.
    """

    name: str
    type: str
    avro_path: str
    input_type: str
    doc: str


def flat_name(path: str) -> str:
    """Column name of a dotted path."""
    return path.removeprefix("meta.").replace(".", "_")


def _scalar(node: Any, *, path: str) -> tuple[str, bool, bool]:
    """(ClickHouse type, may be null, is an enum) of a scalar Avro type."""
    if isinstance(node, list):
        inner, _, enum = _scalar(node[1], path=path)
        return inner, True, enum
    if isinstance(node, str) and node in _SCALARS:
        return _SCALARS[node], False, False
    if isinstance(node, dict):
        if node["type"] == "enum":
            return "String", False, True
        logical = _LOGICAL.get((node["type"], node.get("logicalType", "")))
        if logical:
            return logical, False, False
    raise FatalError(f"{path}: {node!r} has no column type")


def _tuple(record: Schema, *, path: str) -> tuple[str, str]:
    stored, read = [], []
    for item in record["fields"]:
        inner, null, enum = _scalar(item["type"], path=f"{path}.{item['name']}")
        low = "LowCardinality({})" if enum else "{}"
        wrap = "Nullable({})" if null else "{}"
        stored.append(f"{item['name']} {low.format(wrap.format(inner))}")
        read.append(f"{item['name']} {wrap.format(inner)}")
    return f"Array(Tuple({', '.join(stored)}))", f"Array(Tuple({', '.join(read)}))"


def _walk(schema: Schema, prefix: str = "") -> Iterator[Column]:
    for item in schema["fields"]:
        path = f"{prefix}{item['name']}"
        node, doc = item["type"], item.get("doc", "")
        if isinstance(node, dict) and node["type"] == "record":
            yield from _walk(node, f"{path}.")
            continue
        name = flat_name(path)
        if isinstance(node, dict) and node["type"] == "array":
            if node["items"] == "string":
                yield Column(name, "Array(String)", path, "Array(String)", doc)
            else:
                stored, read = _tuple(node["items"], path=path)
                yield Column(name, stored, path, read, doc)
            continue
        inner, null, enum = _scalar(node, path=path)
        if not path.startswith("meta."):
            null = True
        wrapped = f"Nullable({inner})" if null else inner
        if enum or name in _FEW_VALUES:
            wrapped = f"LowCardinality({wrapped})"
        yield Column(name, wrapped, path, wrapped, doc)


@cache
def schema_columns(schema_id: int) -> tuple[Column, ...]:
    """Columns that one registered version fills, in its own order.

    Raises:
        FatalError: the version uses a shape that has no column (the lint refuses such shapes before registration).
    """
    return tuple(_walk(catalogue().by_id[schema_id].schema))


@cache
def family_columns(family: str) -> tuple[Column, ...]:
    """All columns of a family's table: the union over every registered version, first appearance first.

    Raises:
        FatalError: one column name with two types in the family.
    """
    columns: dict[str, Column] = {}
    for event in catalogue().of_family(family):
        for schema_id in event.schema_ids:
            for column in schema_columns(schema_id):
                known = columns.setdefault(column.name, column)
                if (known.type, known.avro_path) != (column.type, column.avro_path):
                    raise FatalError(
                        f"{family}.{column.name} is {known.type} from {known.avro_path} and "
                        f"{column.type} from {column.avro_path}"
                    )
    return tuple(columns.values())


def table_of(family: str) -> str:
    """Name of a family's event table."""
    return f"events_{family}"
