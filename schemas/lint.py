"""What the contract allows, checked for every event type; each prohibition was seen to go wrong somewhere.

ClickHouse 26.9 reads fields inside nullable records, and leaf columns of arrays of records, as empty without a word;
takes a Tuple only with exactly the writer's fields; reads timestamp-millis, nanos, local-* and time-* as raw numbers;
cuts a long to 32 bits; ignores aliases. fastavro and ClickHouse disagree on decimals other than bytes(18, 2). The lint
works on self-contained schemas: what is still a name in them is a reference or a recursion.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.avro_files import SHARED, Schema, canonical
from schemas.columns import flat_name

SCALARS = frozenset({"string", "bytes", "int", "long", "double", "boolean"})
LOGICAL: Mapping[str, tuple[str, str]] = {
    "date": ("int", "DATE"),
    "timestamp-micros": ("long", "INSTANT"),
    "uuid": ("string", "UUID"),
    "decimal": ("bytes", "DECIMAL"),
}
COORDINATES = frozenset({"topic", "partition", "offset", "appended_at"})
"""Columns of an event table that come from the log, not from the event."""

OTHER = "OTHER"
OTHER_TEXTS = ("other_text", "detail")
ENVELOPE = f"{SHARED}Meta"

_FIELD_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_TAKEN = frozenset(
    {"family", "schema_id", "nested", "listed", "copy", "json", "dict", "schema", "construct", "validate"}
)
_ATTRIBUTES = {
    "record": {"type", "name", "namespace", "doc", "fields"},
    "enum": {"type", "name", "namespace", "doc", "symbols", "default"},
    "array": {"type", "items"},
    "field": {"name", "type", "doc", "default"},
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the contract does not allow."""

    event_type: str
    path: str
    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.event_type} {self.path}: {self.zh} | {self.en}".replace(" :", ":")


def lint_event(family: str, name: str, schema: Schema) -> list[Finding]:
    """Everything in one self-contained schema that the contract does not allow."""
    return list(_Lint(family, name).event(schema))


def lint_family(family: str, schemas: Mapping[str, Schema]) -> list[Finding]:
    """What no event type shows by itself: one name with two types, two paths with one column. By event type name."""
    findings: list[Finding] = []
    types: dict[str, tuple[str, str]] = {}
    columns: dict[str, tuple[str, str]] = {name: ("the log", name) for name in COORDINATES}
    for event_type, schema in schemas.items():
        for path, node in _leaves(schema, ""):
            shown = canonical(node)
            first, before = types.setdefault(path, (event_type, shown))
            if before != shown:
                en = f"has another type in {first}; a field name has one type in its family ({family})"
                findings.append(Finding(event_type, path, en, f"与 {first} 中的类型不同；同一族内字段同名须同型"))
            first, other = columns.setdefault(flat_name(path), (event_type, path))
            if other != path or first == "the log":
                en = f"becomes the column {flat_name(path)}, which is that of {other} in {first}"
                findings.append(Finding(event_type, path, en, f"列名 {flat_name(path)} 与 {first} 的 {other} 冲突"))
    return findings


def _leaves(schema: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Paths that become columns, with their types; nullable or not does not matter, as every column may be empty."""
    for item in schema.get("fields", ()):
        node, path = item.get("type"), f"{prefix}{item.get('name')}"
        if isinstance(node, list):
            node = next((branch for branch in node if branch != "null"), None)
        if isinstance(node, dict) and node.get("type") == "record":
            yield from _leaves(node, f"{path}.")
        else:
            yield path, node


class _Lint:
    """Walks one schema; remembers the named types that it has met."""

    def __init__(self, family: str, name: str) -> None:
        self._family = family
        self._name = name
        self._types: dict[str, str] = {}

    def _find(self, path: str, en: str, zh: str) -> Finding:
        return Finding(self._name, path, en, zh)

    def event(self, schema: Any) -> Iterator[Finding]:
        if not isinstance(schema, dict) or schema.get("type") != "record":
            yield self._find("", "an event is a record", "事件应为 record")
            return
        if schema.get("name") != self._name:
            yield self._find(
                "", f"the record is named {schema.get('name')}, its file {self._name}", "记录名与文件名不一致"
            )
        expected = f"{SHARED}{self._family}"
        if schema.get("namespace") != expected:
            yield self._find(
                "", f"namespace {schema.get('namespace')}, expected {expected}", f"命名空间应为 {expected}"
            )
        fields = schema.get("fields") or [{}]
        first = fields[0].get("type")
        full_name = f"{first.get('namespace')}.{first.get('name')}" if isinstance(first, dict) else str(first)
        if fields[0].get("name") != "meta" or full_name != ENVELOPE:
            yield self._find("meta", f"the first field is meta, a {ENVELOPE}", "首字段应为 meta（cn.lianzhi.Meta）")
        elif not first.get("fields") or first["fields"][0].get("name") != "event_id":
            en = "event_id is the first field of meta: bytes 6 to 41 of every value are it"
            yield self._find("meta.event_id", en, "meta 的首字段应为 event_id")
        yield from self._record(schema, "", top=True)

    def _record(self, schema: Any, path: str, *, top: bool = False, item: bool = False) -> Iterator[Finding]:
        yield from self._named(schema, path)
        yield from self._attributes(schema, "record", path)
        names: set[str] = set()
        enums: list[str] = []
        for field in schema.get("fields") or ():
            name = field.get("name", "?")
            inner = f"{path}.{name}" if path else name
            yield from self._attributes(field, "field", inner)
            yield from self._documented(field, inner)
            if (
                not _FIELD_NAME.fullmatch(name)
                or keyword.iskeyword(name)
                or name in _TAKEN
                or name.startswith("model_")
            ):
                yield self._find(
                    inner, "a field name is lower_snake_case and no word of Python's or ours", "字段名不合规范"
                )
            if name in names:
                yield self._find(inner, "the field stands twice", "字段重复")
            names.add(name)
            yield from self._field_type(field, inner, top=top, item=item)
            node = field.get("type")
            if "enum" in (_kind(node), *(map(_kind, node) if isinstance(node, list) else ())):
                enums.append(name)
        full_name = f"{schema.get('namespace')}.{schema.get('name')}"
        texts = [field for field in schema.get("fields") or () if field.get("name") in OTHER_TEXTS]
        if enums and full_name != ENVELOPE and not any(field.get("type") == ["null", "string"] for field in texts):
            en = f'has an enum ({", ".join(enums)}), so it needs other_text or detail of type ["null", "string"]'
            yield self._find(path, en, "含枚举的记录须有 other_text 或 detail（可空文本）")

    def _field_type(self, field: Any, path: str, *, top: bool, item: bool) -> Iterator[Finding]:
        node = field.get("type")
        if isinstance(node, list):
            yield from self._union(field, node, path)
            return
        if "default" in field:
            yield self._find(
                path, 'null is the only default, and only of ["null", T]', "唯一允许的默认值是可空字段的 null"
            )
        match _kind(node):
            case "record" if item:
                yield self._find(path, "a record inside a record of a list", "列表项中不得嵌套记录")
            case "record":
                yield from self._record(node, path)
            case "array" if item:
                yield self._find(path, "a list inside a record of a list", "列表项中不得有列表")
            case "array":
                yield from self._array(node, path, top=top)
            case _:
                yield from self._scalar(node, path)

    def _union(self, field: Any, node: list[Any], path: str) -> Iterator[Finding]:
        if len(node) != 2 or node[0] != "null" or node[1] == "null":
            yield self._find(path, 'a union is ["null", T] and nothing else', "联合类型只能是 [null, T]")
            return
        if field.get("default", ...) is not None:
            yield self._find(path, "a nullable field has the default null", "可空字段的默认值须为 null")
        kind = _kind(node[1])
        if kind in {"record", "array", "map"}:
            yield self._find(
                path, f"a nullable {kind}: ClickHouse reads it as empty without a word", f"不得有可空的 {kind}"
            )
            return
        yield from self._scalar(node[1], path)

    def _array(self, node: Any, path: str, *, top: bool) -> Iterator[Finding]:
        yield from self._attributes(node, "array", path)
        items = node.get("items")
        if items == "string":
            return
        if _kind(items) != "record":
            yield self._find(f"{path}[]", "a list holds strings or records", "列表只能包含文本或记录")
            return
        if not top:
            yield self._find(
                path, "lists of records stand at the top level of an event only", "记录列表只能位于事件顶层"
            )
        yield from self._record(items, f"{path}[]", item=True)

    def _scalar(self, node: Any, path: str) -> Iterator[Finding]:
        kind = _kind(node)
        if kind == "enum":
            yield from self._enum(node, path)
        elif kind in {"map", "fixed", "float", "null", "record", "array"}:
            yield self._find(path, f"{kind} is not allowed here", f"不得使用 {kind}")
        elif kind not in SCALARS:
            en = f"{kind} is a reference or a recursion; every type is defined where it is used, once"
            yield self._find(path, en, f"{kind} 为引用或递归；类型须就地定义且只用一次")
        elif isinstance(node, dict):
            yield from self._logical(node, kind, path)

    def _logical(self, node: Any, kind: str, path: str) -> Iterator[Finding]:
        logical = node.get("logicalType")
        base, _ = LOGICAL.get(str(logical), ("", ""))
        allowed = {"type", "logicalType"} | ({"precision", "scale"} if logical == "decimal" else set())
        if not base:
            yield self._find(path, f"logical type {logical} is not allowed", f"不得使用逻辑类型 {logical}")
        elif kind != base:
            yield self._find(path, f"{logical} stands on {base} only, not on {kind}", f"{logical} 只能基于 {base}")
        elif logical == "decimal" and (node.get("precision"), node.get("scale")) != (18, 2):
            shown = f"({node.get('precision')}, {node.get('scale')})"
            yield self._find(path, f"a decimal is (18, 2), not {shown}", f"decimal 须为 (18, 2)，现为 {shown}")
        if node.keys() - allowed:
            extra = ", ".join(sorted(node.keys() - allowed))
            yield self._find(path, f"unknown attribute {extra}", f"未知属性 {extra}")

    def _enum(self, node: Any, path: str) -> Iterator[Finding]:
        yield from self._named(node, path)
        yield from self._attributes(node, "enum", path)
        symbols = node.get("symbols") or []
        if node.get("default") != OTHER or OTHER not in symbols:
            yield self._find(path, "an enum has the symbol and the default OTHER", "枚举须有 OTHER 取值并以其为默认值")
        if len(set(symbols)) != len(symbols) or not all(_SYMBOL.fullmatch(str(symbol)) for symbol in symbols):
            yield self._find(path, "symbols are UPPER_SNAKE_CASE, each once", "枚举取值须为大写下划线形式且不重复")

    def _named(self, node: Any, path: str) -> Iterator[Finding]:
        name = node.get("name", "")
        yield from self._documented(node, path)
        if not _TYPE_NAME.fullmatch(name):
            yield self._find(path, f"{name!r} is not a name in CamelCase", "类型名须为 CamelCase")
        if path and node.get("namespace") != SHARED.rstrip("."):
            yield self._find(
                path, f"{name} is not in the namespace {SHARED.rstrip('.')}", "共享类型的命名空间须为 cn.lianzhi"
            )
        if name in self._types:
            before = self._types[name] or "the top"
            en = f"{name} is used twice in one event, before at {before}; Avro would need a reference"
            yield self._find(path, en, f"同一事件中 {name} 使用了两次")
        self._types.setdefault(name, path)

    def _documented(self, node: Any, path: str) -> Iterator[Finding]:
        zh, bar, en = str(node.get("doc", "")).partition(" | ")
        if not (zh.strip() and bar and en.strip()):
            yield self._find(path, "doc says what it means, Chinese | English", "doc 须写明含义：中文 | English")

    def _attributes(self, node: Any, kind: str, path: str) -> Iterator[Finding]:
        extra = sorted(node.keys() - _ATTRIBUTES[kind])
        if extra:
            yield self._find(path, f"attribute {', '.join(extra)} is not allowed", f"不得使用属性 {', '.join(extra)}")


def _kind(node: Any) -> str:
    if isinstance(node, dict):
        inner = node.get("type")
        return inner if isinstance(inner, str) else "?"
    return node if isinstance(node, str) else "?"
