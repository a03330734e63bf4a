"""Reads the Avro files under `schemas/avro/` and makes each event's schema self-contained.

Shared types (`cn.lianzhi.Meta`, enums, items of lists) live once under `avro/types/` and are named by the events;
a registered version holds them inline, so that a frozen file can be read with nothing beside it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from schemas.errors import FatalError

AVRO = Path(__file__).parent / "avro"
SHARED = "cn.lianzhi."
Schema = dict[str, Any]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FatalError(f"{path.name} is not JSON: {error}", zh=f"{path.name} 不是有效的 JSON") from error


def _inline(node: Any, types: Path, inside: tuple[str, ...] = ()) -> Any:
    """Names of shared types replaced by their definitions; a type inside itself keeps its name, for the lint to see."""
    if isinstance(node, str) and node.startswith(SHARED) and node not in inside:
        path = types / f"{node.removeprefix(SHARED)}.avsc"
        if not path.is_file():
            raise FatalError(f"shared type {node} has no file {path.name} under schemas/avro/types")
        return _inline(_read(path), types, (*inside, node))
    if isinstance(node, list):
        return [_inline(branch, types, inside) for branch in node]
    if isinstance(node, dict):
        places = {"type", "items", "fields", "values"}
        return {key: _inline(value, types, inside) if key in places else value for key, value in node.items()}
    return node


def load_event(family: str, name: str, avro: Path = AVRO) -> Schema:
    """The self-contained schema of one event as its `.avsc` file says today.

    Raises:
        FatalError: the file or a type that it names does not exist, or is not JSON.
    """
    path = avro / family / f"{name}.avsc"
    if not path.is_file():
        raise FatalError(f"event {name} has no file schemas/avro/{family}/{name}.avsc")
    schema: Schema = _inline(_read(path), avro / "types")
    return schema


def event_files(avro: Path = AVRO) -> dict[str, tuple[str, ...]]:
    """Family → names of the event types that have a file, both in alphabetical order."""
    folders = sorted(path for path in avro.iterdir() if path.is_dir() and path.name != "types")
    return {folder.name: tuple(sorted(path.stem for path in folder.glob("*.avsc"))) for folder in folders}


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
