"""Changes to an event type, each as a function that changes a copy of its schema: forbidden ones and allowed ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
Change = Callable[[Schema], None]

DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 2}
DOC = "说明 | what it means"


def mutated(schema: Schema, change: Change) -> Schema:
    """A changed copy."""
    changed = copy.deepcopy(schema)
    change(changed)
    return changed


def field(schema: Schema, path: str) -> Schema:
    """The field at a dotted path; through lists and nullable types."""
    found: Schema = {"type": schema}
    for part in path.split("."):
        found = next(each for each in _record(found["type"])["fields"] if each["name"] == part)
    return found


def _record(node: Any) -> Schema:
    while not (isinstance(node, dict) and node["type"] == "record"):
        node = node[1] if isinstance(node, list) else node["items"]
    return node


def enum(schema: Schema, path: str) -> Schema:
    """The enum of the field at a dotted path."""
    node = field(schema, path)["type"]
    found: Schema = node[1] if isinstance(node, list) else node
    return found


def add(schema: Schema, name: str, kind: Any, path: str = "", at: int | None = None, **attributes: Any) -> None:
    """A new field, at the end of the record at `path` unless `at` says where."""
    record = _record(field(schema, path)["type"]) if path else schema
    fields = record["fields"]
    fields.insert(len(fields) if at is None else at, {"name": name, "type": kind, "doc": DOC, **attributes})


def nullable(kind: Any) -> list[Any]:
    """["null", T]"""
    return ["null", kind]


def put(path: str, kind: Any, **attributes: Any) -> Change:
    """The field at `path` gets another type, and other attributes."""

    def change(schema: Schema) -> None:
        found = field(schema, path)
        found["type"] = kind
        found.update(attributes)

    return change


def drop(path: str) -> Change:
    """The field at `path` goes away."""

    def change(schema: Schema) -> None:
        parent, _, name = path.rpartition(".")
        record = _record(field(schema, parent)["type"]) if parent else schema
        record["fields"] = [each for each in record["fields"] if each["name"] != name]

    return change


def rename(path: str, name: str) -> Change:
    """The field at `path` gets another name."""
    return lambda schema: field(schema, path).update(name=name)


def adding(name: str, kind: Any, path: str = "", at: int | None = None, **attributes: Any) -> Change:
    """A new field."""
    return lambda schema: add(schema, name, kind, path, at, **attributes)


def symbols(path: str, change: Callable[[list[str]], list[str]]) -> Change:
    """Other symbols in the enum of the field at `path`."""
    return lambda schema: enum(schema, path).update(symbols=change(enum(schema, path)["symbols"]))


def move(name: str, to: int) -> Change:
    """A top-level field stands elsewhere."""

    def change(schema: Schema) -> None:
        fields = schema["fields"]
        fields.insert(to, fields.pop(next(i for i, each in enumerate(fields) if each["name"] == name)))

    return change


def record(name: str, *fields: tuple[str, Any], namespace: str = "cn.lianzhi") -> Schema:
    """A record type."""
    inside = [{"name": each, "type": kind, "doc": DOC} for each, kind in fields]
    return {"type": "record", "name": name, "namespace": namespace, "doc": DOC, "fields": inside}


def new_enum(name: str = "Fresh", *, default: str | None = "OTHER") -> Schema:
    """An enum type."""
    made: Schema = {"type": "enum", "name": name, "namespace": "cn.lianzhi", "doc": DOC, "symbols": ["A", "OTHER"]}
    return made | ({"default": default} if default else {})


_TS_MILLIS = {"type": "long", "logicalType": "timestamp-millis"}

INCOMPATIBLE: dict[str, tuple[str, Change]] = {
    "rename field": ("facts", rename("facts", "found_facts")),
    "rename field with an alias": ("facts", lambda s: field(s, "facts").update(name="found", aliases=["facts"])),
    "remove required field": ("agency", drop("agency")),
    "remove nullable field": ("facts", drop("facts")),
    "remove field of the envelope": ("meta.revision", drop("meta.revision")),
    "add required field": ("clerk", adding("clerk", "string")),
    "add nullable field without default": ("clerk", adding("clerk", nullable("string"))),
    "add field with another default": ("clerk", adding("clerk", ["string", "null"], default="")),
    "add field in the middle": ("clerk", adding("clerk", nullable("string"), at=3, default=None)),
    "required becomes nullable": ("agency", put("agency", nullable("string"), default=None)),
    "nullable becomes required": ("facts", lambda s: (put("facts", "string")(s), field(s, "facts").pop("default"))[0]),
    "micros to millis": ("meta.occurred_at", put("meta.occurred_at", _TS_MILLIS)),
    "micros to plain long": ("meta.occurred_at", put("meta.occurred_at", "long")),
    "decimal scale": ("penalties[].amount", put("penalties.amount", nullable(DECIMAL | {"scale": 4}))),
    "decimal precision": ("penalties[].amount", put("penalties.amount", nullable(DECIMAL | {"precision": 20}))),
    "decimal to plain bytes": ("penalties[].amount", put("penalties.amount", nullable("bytes"))),
    "string to bytes": ("agency", put("agency", "bytes")),
    "bytes to string": ("party.sealed", put("party.sealed", nullable("string"))),
    "int to long": ("meta.epoch", put("meta.epoch", "long")),
    "long to int": ("meta.sequence", put("meta.sequence", "int")),
    "int to double": ("meta.epoch", put("meta.epoch", "double")),
    "date to string": ("decided_on", put("decided_on", "string")),
    "date to timestamp": ("decided_on", put("decided_on", {"type": "long", "logicalType": "timestamp-micros"})),
    "uuid to string": ("meta.event_id", put("meta.event_id", "string")),
    "enum to string": ("source", put("source", "string")),
    "enum symbol removed": ("severity", symbols("severity", lambda s: [x for x in s if x != "MINOR"])),
    "enum symbol renamed": ("severity", symbols("severity", lambda s: ["TINY" if x == "MINOR" else x for x in s])),
    "enum symbols reordered": ("severity", symbols("severity", lambda s: [s[1], s[0], *s[2:]])),
    "enum symbol inserted": ("severity", symbols("severity", lambda s: [*s[:-1], "NEW", "OTHER"])),
    "enum symbol removed in a list": ("penalties[].kind", symbols("penalties.kind", lambda s: s[1:])),
    "enum default removed": ("severity", lambda s: enum(s, "severity").pop("default")),
    "enum default changed": ("severity", lambda s: enum(s, "severity").update(default="GENERAL")),
    "enum renamed": ("severity", lambda s: enum(s, "severity").update(name="Gravity")),
    "enum in another namespace": ("severity", lambda s: enum(s, "severity").update(namespace="cn.lianzhi.other")),
    "record renamed": ("party", lambda s: field(s, "party")["type"].update(name="Person")),
    "namespace of the event": ("", lambda s: s.update(namespace="cn.lianzhi.other")),
    "name of the event": ("", lambda s: s.update(name="DecisionTaken")),
    "alias on the event": ("", lambda s: s.update(aliases=["DecisionTaken"])),
    "alias on a field": ("facts", lambda s: field(s, "facts").update(aliases=["circumstances"])),
    "field added to a record of a list": (
        "penalties[].months",
        adding("months", nullable("int"), "penalties", default=None),
    ),
    "field removed from a record of a list": ("penalties[].detail", drop("penalties.detail")),
    "record of a list renamed": (
        "penalties[]",
        lambda s: field(s, "penalties")["type"]["items"].update(name="Sanction"),
    ),
    "list to scalar": ("handlers", put("handlers", "string")),
    "list of strings to list of records": (
        "handlers[]",
        put("handlers", {"type": "array", "items": record("H", ("a", "string"))}),
    ),
    "fields reordered": ("", move("agency", 5)),
    "meta moved": ("", move("meta", 1)),
    "default of a field changes": (
        "facts",
        lambda s: field(s, "facts").update(type=["string", "null"], default="none"),
    ),
}
"""Refused because of the versions before: name → (path, change to DecisionMade)."""

PROHIBITED: dict[str, tuple[str, Change]] = {
    "float": ("extra", adding("extra", "float")),
    "nullable float": ("extra", adding("extra", nullable("float"), default=None)),
    "null": ("extra", adding("extra", "null")),
    "fixed": ("extra", adding("extra", {"type": "fixed", "name": "F", "size": 16})),
    "map": ("extra", adding("extra", {"type": "map", "values": "string"})),
    "nullable map": ("extra", adding("extra", nullable({"type": "map", "values": "string"}), default=None)),
    "union of three": ("extra", adding("extra", ["null", "string", "int"], default=None)),
    "union without null": ("extra", adding("extra", ["string", "int"])),
    "union with null last": ("extra", adding("extra", ["string", "null"], default="")),
    "nullable record": ("extra", adding("extra", nullable(record("R", ("a", "string"))), default=None)),
    "nullable list": ("extra", adding("extra", nullable({"type": "array", "items": "string"}), default=None)),
    "nullable list of records": (
        "extra",
        adding("extra", nullable({"type": "array", "items": record("R", ("a", "string"))}), default=None),
    ),
    "default other than null": ("extra", adding("extra", "string", default="")),
    "default of a list": ("extra", adding("extra", {"type": "array", "items": "string"}, default=[])),
    "recursion": ("extra.more", adding("extra", record("R", ("a", "string"), ("more", nullable("cn.lianzhi.R"))))),
    "reference by name": ("extra", adding("extra", "cn.lianzhi.Severity")),
    "reference by short name": ("extra", adding("extra", nullable("Severity"), default=None)),
    "same type used twice": ("extra", lambda s: add(s, "extra", enum(s, "severity"))),
    "list of ints": ("extra[]", adding("extra", {"type": "array", "items": "int"})),
    "list of enums": ("extra[]", adding("extra", {"type": "array", "items": new_enum()})),
    "list of lists": ("extra[]", adding("extra", {"type": "array", "items": {"type": "array", "items": "string"}})),
    "list of nullable texts": ("extra[]", adding("extra", {"type": "array", "items": nullable("string")})),
    "list of records below the top": (
        "extra.items_of",
        adding("extra", record("R", ("items_of", {"type": "array", "items": record("Q", ("a", "string"))}))),
    ),
    "record inside a record of a list": (
        "extra[].inner",
        adding("extra", {"type": "array", "items": record("R", ("inner", record("Q", ("a", "string"))))}),
    ),
    "list inside a record of a list": (
        "extra[].inner",
        adding("extra", {"type": "array", "items": record("R", ("inner", {"type": "array", "items": "string"}))}),
    ),
    "timestamp-millis": ("extra", adding("extra", nullable(_TS_MILLIS), default=None)),
    "timestamp-nanos": ("extra", adding("extra", {"type": "long", "logicalType": "timestamp-nanos"})),
    "local timestamp": ("extra", adding("extra", {"type": "long", "logicalType": "local-timestamp-micros"})),
    "time of day": ("extra", adding("extra", {"type": "int", "logicalType": "time-millis"})),
    "duration": ("extra", adding("extra", {"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"})),
    "decimal of another scale": ("extra", adding("extra", DECIMAL | {"scale": 4})),
    "decimal of another precision": ("extra", adding("extra", DECIMAL | {"precision": 38})),
    "decimal without scale": ("extra", adding("extra", {"type": "bytes", "logicalType": "decimal", "precision": 18})),
    "decimal on fixed": (
        "extra",
        adding(
            "extra", {"type": "fixed", "name": "M", "size": 8, "logicalType": "decimal", "precision": 18, "scale": 2}
        ),
    ),
    "uuid on bytes": ("extra", adding("extra", {"type": "bytes", "logicalType": "uuid"})),
    "date on long": ("extra", adding("extra", {"type": "long", "logicalType": "date"})),
    "unknown logical type": ("extra", adding("extra", {"type": "string", "logicalType": "regex"})),
    "enum without default": ("extra", adding("extra", new_enum(default=None))),
    "enum with another default": ("extra", adding("extra", new_enum(default="A"))),
    "enum without OTHER": ("extra", adding("extra", new_enum() | {"symbols": ["A", "B"], "default": "A"})),
    "enum with lower case": ("extra", adding("extra", new_enum() | {"symbols": ["a", "OTHER"]})),
    "enum without a text for OTHER": ("", lambda s: (add(s, "extra", new_enum()), drop("other_text")(s))[0]),
    "text for OTHER that is required": ("", put("other_text", "string")),
    "alias": ("facts", lambda s: field(s, "facts").update(aliases=["circumstances"])),
    "order": ("facts", lambda s: field(s, "facts").update(order="ignore")),
    "meta not first": ("meta", move("meta", 1)),
    "no meta": ("meta", drop("meta")),
    "event_id not first in meta": (
        "meta.event_id",
        lambda s: field(s, "meta")["type"]["fields"].append(field(s, "meta")["type"]["fields"].pop(0)),
    ),
    "namespace": ("", lambda s: s.update(namespace="cn.lianzhi.dispute")),
    "name unlike the file": ("", lambda s: s.update(name="DecisionTaken")),
    "field name in camel case": ("extraField", adding("extraField", "string")),
    "field name that Python knows": ("class", adding("class", "string")),
    "field name that pydantic knows": ("model_config", adding("model_config", "string")),
    "field twice": ("agency", adding("agency", "string")),
    "type name in lower case": ("extra", adding("extra", record("inner", ("a", "string")))),
    "type in another namespace": ("extra", adding("extra", record("R", ("a", "string"), namespace="com.example"))),
    "no documentation": ("extra", lambda s: s["fields"].append({"name": "extra", "type": "string"})),
    "documentation in one language": ("facts", lambda s: field(s, "facts").update(doc="facts found")),
}
"""Refused by the lint, whatever was before: name → (path, change to DecisionMade)."""

COLLIDING: dict[str, tuple[str, Change]] = {
    "column of another path": ("party_uscc", adding("party_uscc", nullable("string"), default=None)),
    "column of the envelope": ("event_type", adding("event_type", nullable("string"), default=None)),
    "column of the log": ("offset", adding("offset", nullable("long"), default=None)),
    "type of another event": ("case_number", adding("case_number", nullable("int"), default=None)),
    "logical type of another event": ("filed_on", adding("filed_on", nullable("string"), default=None)),
}
"""Refused for the sake of the family: name → (path, change to DecisionMade)."""

ALLOWED: dict[str, Change] = {
    "documentation of a field": lambda s: field(s, "facts").update(doc="违法事实（新） | facts, said better"),
    "documentation of the event": lambda s: s.update(doc="处罚决定 | a penalty decision"),
    "nullable text": adding("clerk", nullable("string"), default=None),
    "nullable day": adding("archived_on", nullable({"type": "int", "logicalType": "date"}), default=None),
    "nullable decimal": adding("cost", nullable(DECIMAL), default=None),
    "nullable boolean": adding("remote", nullable("boolean"), default=None),
    "nullable double": adding("weight", nullable("double"), default=None),
    "nullable enum": adding("fresh", nullable(new_enum()), default=None),
    "two fields": lambda s: (
        add(s, "one", nullable("int"), default=None),
        add(s, "two", nullable("long"), default=None),
    )[0],
    "field in the party": adding("industry", nullable("string"), "party", default=None),
    "field in the envelope": adding("purpose", nullable("string"), "meta", default=None),
    "symbol appended": symbols("severity", lambda s: [*s, "EXTREME"]),
    "symbol appended in a list": symbols("penalties.kind", lambda s: [*s, "COMMUNITY_SERVICE"]),
    "symbol appended in the envelope": symbols("meta.dissemination", lambda s: [*s, "SUMMARY"]),
}
"""May become the next version; name → change to DecisionMade."""
