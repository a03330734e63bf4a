"""Whether a schema may follow the versions before it.

Two questions, both asked of every earlier version (replay reads all of them): can old and new be read with each other
(Avro's FULL), and does everything still mean the same? The second is the stricter. Apache Avro's own checker lets
timestamp-millis become micros, a decimal change its scale, a string become bytes; canonical forms ignore logical types.
So nothing of a field changes but its documentation; what is new is a nullable field at the end of a record, or a symbol
at the end of an enum. Nothing goes away: a field that is no longer wanted is no longer filled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.avro_files import Schema


class Kind(StrEnum):
    """What a change means for those who read and write."""

    ADDITION = "ADDITION"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions of an event type.

    Attributes:
        kind: whether a new version may have it.
        path: dotted path, `[]` for the items of a list.
        before: what stood there, as JSON; empty for nothing.
        after: what stands there now.
        en: what is the matter.
        zh: the same in Chinese.
    """

    kind: Kind
    path: str
    before: str
    after: str
    en: str
    zh: str


def compare(old: Schema, new: Schema) -> list[Change]:
    """All differences from `old` to `new` but those of documentation."""
    return list(_compare(old, new, "", item=False))


def unreadable(writer: Any, reader: Any, path: str = "") -> list[str]:
    """Why data of the schema `writer` can not be read as `reader`, by Avro's rules of resolution; empty when it can.

    For the shapes that the contract allows; no promotions, as none keep the meaning in both directions.
    """
    if isinstance(writer, list) or isinstance(reader, list):
        return _unreadable_union(writer, reader, path)
    if _kind(writer) != _kind(reader):
        return [f"{path or 'the event'}: {_kind(writer)} can not be read as {_kind(reader)}"]
    match _kind(reader):
        case "record":
            return _unreadable_record(writer, reader, path)
        case "array":
            return unreadable(writer["items"], reader["items"], f"{path}[]")
        case "enum":
            return _unreadable_enum(writer, reader, path)
        case _:
            same = _attributes(writer) == _attributes(reader)
            return [] if same else [f"{path}: {_show(writer)} can not be read as {_show(reader)}"]


def _unreadable_union(writer: Any, reader: Any, path: str) -> list[str]:
    """Each branch that may be written needs one that it can be read as."""
    written = writer if isinstance(writer, list) else [writer]
    readable = reader if isinstance(reader, list) else [reader]
    return [
        f"{path}: {_show(branch)} can not be read as {_show(reader)}"
        for branch in written
        if all(unreadable(branch, candidate, path) for candidate in readable)
    ]


def _unreadable_record(writer: Schema, reader: Schema, path: str) -> list[str]:
    if _full_name(writer) != _full_name(reader):
        return [f"{path or 'the event'}: record {_full_name(writer)} can not be read as {_full_name(reader)}"]
    written = {field["name"]: field for field in writer["fields"]}
    problems: list[str] = []
    for field in reader["fields"]:
        inner = f"{path}.{field['name']}" if path else field["name"]
        if field["name"] in written:
            problems += unreadable(written[field["name"]]["type"], field["type"], inner)
        elif "default" not in field:
            problems.append(f"{inner}: not written, and the reader has no default")
    return problems


def _unreadable_enum(writer: Schema, reader: Schema, path: str) -> list[str]:
    if _full_name(writer) != _full_name(reader):
        return [f"{path}: enum {_full_name(writer)} can not be read as {_full_name(reader)}"]
    unknown = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
    if unknown and reader.get("default") not in reader["symbols"]:
        return [f"{path}: symbols {', '.join(unknown)} are not known and the reader has no default"]
    return []


def _compare(old: Any, new: Any, path: str, *, item: bool) -> Iterator[Change]:
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new) == 2 and old[0] == new[0]:
        yield from _compare(old[1], new[1], path, item=item)
    elif isinstance(old, list) != isinstance(new, list):
        to_nullable = isinstance(new, list)
        en = "a required field becomes nullable" if to_nullable else "a nullable field becomes required"
        zh = "必填改为可空" if to_nullable else "可空改为必填"
        yield _refused(path, old, new, f"{en}: one side can not read the other", zh)
    elif _kind(old) != _kind(new):
        yield _refused(path, old, new, "the type changes", "类型改变")
    elif _kind(old) == "record":
        yield from _compare_record(old, new, path, item=item)
    elif _kind(old) == "array":
        yield from _compare(old["items"], new["items"], f"{path}[]", item=True)
    elif _kind(old) == "enum":
        yield from _compare_enum(old, new, path)
    elif _attributes(old) != _attributes(new):
        yield _refused(
            path, old, new, "the meaning changes (logical type, precision or scale)", "含义改变（逻辑类型或精度）"
        )


def _compare_record(old: Schema, new: Schema, path: str, *, item: bool) -> Iterator[Change]:
    yield from _compare_names(old, new, path)
    before = {field["name"]: field for field in old["fields"]}
    after = {field["name"]: field for field in new["fields"]}
    for name, field in before.items():
        inner = f"{path}.{name}" if path else name
        if name not in after:
            yield _refused(inner, field, None, "the field goes away or is renamed", "字段被删除或改名")
            continue
        yield from _compare(field["type"], after[name]["type"], inner, item=item)
        if _attributes(field) != _attributes(after[name]):
            yield _refused(inner, field, after[name], "an alias or another attribute changes", "别名或其他属性改变")
        if field.get("default", ...) != after[name].get("default", ...):
            yield _refused(inner, field, after[name], "the default changes", "默认值改变")
    kept = [name for name in after if name in before]
    if kept != [name for name in before if name in after]:
        yield _refused(path, list(before), list(after), "the order of the fields changes", "字段顺序改变")
    for position, (name, field) in enumerate(after.items()):
        if name in before:
            continue
        inner = f"{path}.{name}" if path else name
        if item:
            en = "a record of a list never changes: a Tuple has exactly the writer's fields; add a new list beside it"
            yield _refused(inner, None, field, en, "列表项记录不得改变；请另增字段")
        elif not isinstance(field["type"], list) or field.get("default", ...) is not None:
            en = 'a new field is ["null", T] with the default null'
            yield _refused(inner, None, field, en, "新增字段须为可空且默认 null")
        elif position < len(kept):
            yield _refused(inner, None, field, "a new field stands after those before it", "新增字段须排在最后")
        else:
            yield Change(Kind.ADDITION, inner, "", _show(field), "a new nullable field", "新增可空字段")


def _compare_enum(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    yield from _compare_names(old, new, path)
    if old.get("default") != new.get("default"):
        en = "the default of the enum changes"
        yield _refused(path, old.get("default"), new.get("default"), en, "枚举默认值改变")
    before, after = old["symbols"], new["symbols"]
    if after[: len(before)] != before:
        en = "symbols go away, are renamed or change their order; only appending is allowed"
        yield _refused(path, before, after, en, "枚举取值被删除、改名或重排；只可在末尾追加")
    elif after != before:
        yield Change(Kind.ADDITION, path, _show(before), _show(after), "new symbols", "新增枚举取值")


def _compare_names(old: Schema, new: Schema, path: str) -> Iterator[Change]:
    if _full_name(old) != _full_name(new):
        yield _refused(path, _full_name(old), _full_name(new), "the name or namespace changes", "名称或命名空间改变")
    if _attributes(old) != _attributes(new):
        yield _refused(
            path, old.get("aliases"), new.get("aliases"), "aliases or other attributes change", "别名或其他属性改变"
        )


def _refused(path: str, before: Any, after: Any, en: str, zh: str) -> Change:
    return Change(Kind.REFUSED, path, _show(before), _show(after), en, zh)


def _kind(node: Any) -> str:
    if isinstance(node, list):
        return "union"
    return str(node["type"]) if isinstance(node, dict) else str(node)


def _full_name(node: Schema) -> str:
    return f"{node.get('namespace', '')}.{node.get('name', '')}"


def _attributes(node: Any) -> set[str]:
    """Every attribute of a node as text, but documentation and what is compared by itself."""
    if not isinstance(node, dict):
        return set()
    apart = {"doc", "type", "fields", "items", "symbols", "name", "namespace", "default"}
    return {f"{key}={json.dumps(value, sort_keys=True)}" for key, value in node.items() if key not in apart}


def _show(node: Any) -> str:
    """A node as JSON on one line, without documentation; records and enums by their names."""
    return "" if node is None else json.dumps(_short(node), ensure_ascii=False)


def _short(node: Any) -> Any:
    if isinstance(node, dict):
        if node.get("type") in ("record", "enum"):
            return {"type": node["type"], "name": _full_name(node)}
        return {key: _short(value) for key, value in node.items() if key != "doc"}
    return [_short(each) for each in node] if isinstance(node, list) else node
