"""The catalogue: every event type, every schema version ever used, by name and by numeric id.

`catalogue.toml` lists the ids; `registered/<id>.json` holds each version frozen and self-contained. Nothing here looks
at `schemas/avro/`: what is on the wire is what was registered.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from schemas.avro_files import Schema, canonical, sha256
from schemas.avro_writer import Writer, compile_writer
from schemas.errors import FatalError, InvalidInput

ROOT = Path(__file__).parent
CATALOGUE = ROOT / "catalogue.toml"
REGISTERED = ROOT / "registered"


@dataclass(frozen=True)
class RegisteredSchema:
    """One frozen version of one event type."""

    id: int
    name: str
    family: str
    version: int
    schema: Schema = field(repr=False)

    @property
    def subject(self) -> str:
        """Full record name, e.g. `cn.lianzhi.enforcement.CaseFiled`."""
        return f"cn.lianzhi.{self.family}.{self.name}"

    @cached_property
    def canonical(self) -> str:
        """Our canonical JSON of the schema (docs left out)."""
        return canonical(self.schema)

    @cached_property
    def sha256(self) -> str:
        """Hex SHA-256 of `canonical`; travels in the header `lianzhi-schema-sha256`."""
        return sha256(self.schema)

    @cached_property
    def write(self) -> Writer:
        """Appends the bytes of a datum of this version to a bytearray."""
        return compile_writer(self.schema)

    @cached_property
    def parsed(self) -> Any:
        """The schema parsed once for fastavro."""
        from fastavro import parse_schema  # takes long to load, and publishers never read

        return parse_schema(json.loads(json.dumps(self.schema)))


@dataclass(frozen=True)
class EventType:
    """One event type: its family and its versions, the newest last."""

    name: str
    family: str
    versions: tuple[RegisteredSchema, ...]

    @property
    def latest(self) -> RegisteredSchema:
        """The version that publishers write."""
        return self.versions[-1]

    @property
    def schema_id(self) -> int:
        """Id of the version that publishers write."""
        return self.latest.id

    @property
    def schema_ids(self) -> tuple[int, ...]:
        """Ids of all versions, oldest first."""
        return tuple(version.id for version in self.versions)

    @property
    def schema(self) -> Schema:
        """Schema of the version that publishers write."""
        return self.latest.schema


@dataclass(frozen=True)
class Catalogue:
    """All event types by name and all versions by id."""

    event_types: Mapping[str, EventType]
    by_id: Mapping[int, RegisteredSchema]

    @cached_property
    def families(self) -> tuple[str, ...]:
        """Families in the order of `catalogue.toml`."""
        return tuple(dict.fromkeys(event.family for event in self.event_types.values()))

    def of_family(self, family: str) -> tuple[EventType, ...]:
        """Event types of one family, in the order of `catalogue.toml`."""
        return tuple(event for event in self.event_types.values() if event.family == family)

    def family_ids(self, family: str) -> frozenset[int]:
        """Every schema id of one family."""
        return frozenset(schema_id for event in self.of_family(family) for schema_id in event.schema_ids)

    def event_type(self, name: str) -> EventType:
        """One event type by name.

        Raises:
            InvalidInput: no such event type; the message names close ones.
        """
        try:
            return self.event_types[name]
        except KeyError:
            from difflib import get_close_matches

            near = ", ".join(get_close_matches(name, self.event_types, 3)) or "lianzhi schemas list"
            raise InvalidInput(f"unknown event type {name!r}", zh=f"没有事件类型 {name!r}", hint=near) from None


def listed_ids(root: Path = ROOT) -> dict[str, dict[str, list[int]]]:
    """`catalogue.toml` as it stands: family → event type → ids; no ids yet for one that is to be registered.

    Raises:
        FatalError: it is not TOML, or lists an event type twice in a family.
    """
    try:
        return tomllib.loads((root / CATALOGUE.name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FatalError(f"schemas/{CATALOGUE.name}: {error}", zh=f"schemas/{CATALOGUE.name} 有误") from error


def load_registered(schema_id: int, root: Path = ROOT) -> RegisteredSchema:
    """Read one frozen version.

    Raises:
        FatalError: the catalogue lists an id that has no file, or the file says another id.
    """
    path = root / REGISTERED.name / f"{schema_id}.json"
    if not path.is_file():
        raise FatalError(f"schema {schema_id} is in the catalogue but schemas/registered/{path.name} is missing")
    frozen = json.loads(path.read_text(encoding="utf-8"))
    if frozen["id"] != schema_id:
        raise FatalError(f"schemas/registered/{path.name} says id {frozen['id']}")
    return RegisteredSchema(frozen["id"], frozen["name"], frozen["family"], frozen["version"], frozen["schema"])


@cache
def catalogue() -> Catalogue:
    """The catalogue, read once per process.

    Raises:
        FatalError: the catalogue and the registered files do not agree, or an id is listed twice.
    """
    return load_catalogue()


def load_catalogue(root: Path = ROOT) -> Catalogue:
    """The catalogue of the contract in the folder `root`, read anew.

    Raises:
        FatalError: the catalogue and the registered files do not agree, or an id is listed twice.
    """
    events: dict[str, EventType] = {}
    by_id: dict[int, RegisteredSchema] = {}
    for family, names in listed_ids(root).items():
        for name, ids in names.items():
            if not ids:
                continue  # to be registered
            versions = tuple(load_registered(schema_id, root) for schema_id in ids)
            for version in versions:
                if version.id in by_id or (version.name, version.family) != (name, family):
                    raise FatalError(f"schema id {version.id} of {family}.{name} is taken by {version.subject}")
                by_id[version.id] = version
            if name in events:
                raise FatalError(f"event type {name} stands in two families")
            events[name] = EventType(name, family, versions)
    return Catalogue(events, by_id)
