"""Golden examples: of every version of every event type one event as JSON and its bytes, kept for ever.

`golden/<family>/<Event>.v<version>.json` is event JSON, `.hex` beside it the value in Confluent wire format. An example
that exists is never rewritten: bytes once written must always read the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.avro_files import Schema
from schemas.catalogue import ROOT, Catalogue, RegisteredSchema, catalogue
from schemas.errors import InvalidInput
from schemas.examples import example
from schemas.models import to_datum, to_json, validate
from schemas.wire import HEADER, MAGIC, decode

GOLDEN = ROOT / "golden"
_LINE = 64


@dataclass(frozen=True, slots=True)
class Golden:
    """One example: the event JSON and the value that it was first encoded to."""

    registered: RegisteredSchema
    event: dict[str, Any]
    value: bytes


def path_of(registered: RegisteredSchema, suffix: str, folder: Path = GOLDEN) -> Path:
    """Where an example lies; suffix `json` or `hex`."""
    return folder / registered.family / f"{registered.name}.v{registered.version}.{suffix}"


def read(registered: RegisteredSchema, folder: Path = GOLDEN) -> Golden:
    """One example.

    Raises:
        InvalidInput: there is none, or only half of one.
    """
    try:
        event = json.loads(path_of(registered, "json", folder).read_text(encoding="utf-8"))
        value = bytes.fromhex(path_of(registered, "hex", folder).read_text(encoding="ascii"))
    except FileNotFoundError as error:
        path = Path(error.filename)
        raise InvalidInput(
            f"golden example {path.parent.name}/{path.name} is missing",
            zh=f"缺少标准样例 {path.parent.name}/{path.name}",
            hint="lianzhi schemas golden",
        ) from None
    return Golden(registered, event, value)


def examples(folder: Path = GOLDEN) -> list[Golden]:
    """All examples, in the order of the catalogue, oldest version first.

    Raises:
        InvalidInput: one is missing.
    """
    return [read(version, folder) for event in catalogue().event_types.values() for version in event.versions]


def encode_as(registered: RegisteredSchema, event: dict[str, Any]) -> bytes:
    """Event JSON in one version's bytes, an older one too: fields that it does not have are left out.

    Raises:
        InvalidEvent: naming every wrong field.
    """
    out = bytearray(HEADER.pack(MAGIC, registered.id))
    registered.write(out, _only(registered.schema, to_datum(validate(event))))
    return bytes(out)


def decoded_json(value: bytes) -> dict[str, Any]:
    """A value as event JSON, with the fields of the version that it was written with."""
    event: dict[str, Any] = json.loads(to_json(decode(value)))
    return event


def write_missing(folder: Path = GOLDEN, known: Catalogue | None = None) -> list[Path]:
    """Write what is missing and change nothing that exists; returns the files written.

    An example that is only JSON (written by hand) gets its bytes; where there is none, one is made up.

    Raises:
        InvalidEvent: an example by hand does not fit its schema.
    """
    written: list[Path] = []
    for event in (known or catalogue()).event_types.values():
        for version in event.versions:
            written += _write(version, folder)
    return written


def problems(folder: Path = GOLDEN, known: Catalogue | None = None) -> list[str]:
    """Examples that are missing, or no longer encode and decode to each other; empty when all is well."""
    wrong: list[str] = []
    for event in (known or catalogue()).event_types.values():
        for version in event.versions:
            try:
                golden = read(version, folder)
                if encode_as(version, golden.event) != golden.value:
                    wrong.append(f"{version.name} version {version.version} no longer encodes to its golden bytes")
                if decoded_json(golden.value) != golden.event:
                    wrong.append(f"{version.name} version {version.version}: golden bytes no longer read as their JSON")
            except InvalidInput as error:
                wrong.append(f"{version.name} version {version.version}: {error.message}")
    return wrong


def _write(version: RegisteredSchema, folder: Path) -> list[Path]:
    as_json, as_hex = path_of(version, "json", folder), path_of(version, "hex", folder)
    written: list[Path] = []
    as_json.parent.mkdir(parents=True, exist_ok=True)
    if not as_json.is_file():
        event = example(version.family, version.schema, version.id)
        as_json.write_text(json.dumps(event, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        written.append(as_json)
    if not as_hex.is_file():
        digits = encode_as(version, json.loads(as_json.read_text(encoding="utf-8"))).hex()
        lines = [digits[at : at + _LINE] for at in range(0, len(digits), _LINE)]
        as_hex.write_text("\n".join(lines) + "\n", encoding="ascii")
        written.append(as_hex)
    return written


def _only(schema: Schema, datum: dict[str, Any]) -> dict[str, Any]:
    """The datum with the fields of `schema` alone."""
    only: dict[str, Any] = {}
    for item in schema["fields"]:
        value, node = datum[item["name"]], item["type"]
        if isinstance(node, dict) and node["type"] == "record":
            value = _only(node, value)
        only[item["name"]] = value
    return only
