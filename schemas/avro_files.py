"""Reads the Avro files under `schemas/avro/` and makes each event's schema self-contained.

Shared types (`cn.lianzhi.Meta`, enums, items of lists) live once under `avro/types/` and are named by the events;
a registered version holds them inline, so that a frozen file can be read with nothing beside it.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from schemas.errors import FatalError

AVRO = Path(__file__).parent / "avro"
SHARED = "cn.lianzhi."
Schema = dict[str, Any]


@cache
def _shared_type(full_name: str) -> Schema:
    path = AVRO / "types" / f"{full_name.removeprefix(SHARED)}.avsc"
    if not path.is_file():
        raise FatalError(f"shared type {full_name} has no file {path.name} under schemas/avro/types")
    loaded: Schema = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _inline(node: Any) -> Any:
    if isinstance(node, str) and node.startswith(SHARED):
        return _inline(_shared_type(node))
    if isinstance(node, list):
        return [_inline(branch) for branch in node]
    if isinstance(node, dict):
        return {key: _inline(value) if key in {"type", "items", "fields"} else value for key, value in node.items()}
    return node


def load_event(family: str, name: str) -> Schema:
    """The self-contained schema of one event as its `.avsc` file says today.

    Raises:
        FatalError: the file or a type that it names does not exist.
    """
    path = AVRO / family / f"{name}.avsc"
    if not path.is_file():
        raise FatalError(f"event {name} has no file schemas/avro/{family}/{name}.avsc")
    schema: Schema = _inline(json.loads(path.read_text(encoding="utf-8")))
    return schema


def canonical(schema: Schema) -> str:
    """Our canonical JSON: docs left out, every other attribute kept, keys sorted, no white space."""
    return json.dumps(_without_docs(schema), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(schema: Schema) -> str:
    """Hash of the canonical JSON; unlike Avro's own fingerprint it sees logical types and defaults."""
    return hashlib.sha256(canonical(schema).encode()).hexdigest()


def _without_docs(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_docs(value) for key, value in node.items() if key != "doc"}
    if isinstance(node, list):
        return [_without_docs(item) for item in node]
    return node
