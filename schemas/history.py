"""The frozen past of the contract, held against what the Avro files say today.

`registered/<id>.json` is never changed and never removed; `registered/SHA256SUMS` says what each file held when it was
frozen, so that a change is seen without asking git. Ids are never reused: the next one is after all that ever were.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from schemas.avro_files import AVRO, Schema, canonical, event_files, load_event
from schemas.catalogue import CATALOGUE, REGISTERED, ROOT, listed_ids, load_registered
from schemas.compat import Change, Kind, compare, unreadable
from schemas.errors import FatalError, InvalidInput
from schemas.lint import Finding, lint_event, lint_family

SUMS = "SHA256SUMS"
IDS_PER_FAMILY = 1000


class Status(StrEnum):
    """What an event type's file says, compared with its registered versions."""

    UNCHANGED = "UNCHANGED"
    NEW_TYPE = "NEW_TYPE"
    NEW_VERSION = "NEW_VERSION"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One event type: its status, what changed since its newest version, and what no earlier version allows."""

    family: str
    name: str
    status: Status
    changes: tuple[Change, ...]
    schema: Schema = field(repr=False)
    versions: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """The contract as a whole."""

    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    broken: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nothing is refused: what is new may be registered."""
        return not self.findings and not self.broken and all(v.status is not Status.REFUSED for v in self.verdicts)

    @property
    def pending(self) -> tuple[Verdict, ...]:
        """Event types that need a new version (or their first) before they can be published as their file says."""
        return tuple(v for v in self.verdicts if v.status in {Status.NEW_TYPE, Status.NEW_VERSION})


@dataclass(frozen=True, slots=True)
class Registration:
    """One version that is to be frozen."""

    id: int
    family: str
    name: str
    version: int
    schema: Schema = field(repr=False)


def review(root: Path = ROOT) -> Review:
    """Compare the Avro files under `root` with everything that was ever registered there; changes nothing.

    Raises:
        FatalError: `catalogue.toml` can not be read.
    """
    broken = tuple(_broken(root))
    if broken:
        return Review((), (), broken)
    listed = {name: (family, ids) for family, names in listed_ids(root).items() for name, ids in names.items()}
    files = event_files(root / AVRO.name)
    verdicts: list[Verdict] = []
    findings: list[Finding] = []
    for family, names in files.items():
        schemas: dict[str, Schema] = {}
        for name in names:
            try:
                schemas[name] = load_event(family, name, root / AVRO.name)
            except FatalError as error:
                findings.append(Finding(name, "", error.message, error.zh or "无法读取 Avro 文件"))
        for name, schema in schemas.items():
            findings += lint_event(family, name, schema)
            verdicts.append(_judge(root, family, name, schema, listed.get(name, (family, []))))
        findings += lint_family(family, schemas)
    there = {(family, name) for family, names in files.items() for name in names}
    for name, (family, ids) in listed.items():
        if (family, name) not in there:
            findings.append(
                Finding(
                    name, "", f"is in the catalogue ({ids}) but has no Avro file", "目录中有此事件类型但缺少 Avro 文件"
                )
            )
    return Review(tuple(verdicts), tuple(findings), ())


def judge(name: str, earlier: list[Schema], schema: Schema) -> tuple[Status, tuple[Change, ...]]:
    """What `schema` is to the versions before it, oldest first: every one of them must go together with it."""
    if not earlier:
        return Status.NEW_TYPE, ()
    changes = compare(earlier[-1], schema)
    for old in earlier[:-1]:
        changes += [change for change in compare(old, schema) if change.kind is Kind.REFUSED and change not in changes]
    refused = [change for change in changes if change.kind is Kind.REFUSED]
    for old in () if refused else earlier:
        for reason in (*unreadable(old, schema), *unreadable(schema, old)):
            changes.append(Change(Kind.REFUSED, name, "", "", f"not readable both ways: {reason}", "新旧版本不能互读"))
    if any(change.kind is Kind.REFUSED for change in changes):
        return Status.REFUSED, tuple(changes)
    return (Status.NEW_VERSION if canonical(earlier[-1]) != canonical(schema) else Status.UNCHANGED), tuple(changes)


def plan(root: Path = ROOT) -> list[Registration]:
    """What `register` would freeze, with the ids that it would give.

    Raises:
        InvalidInput: something is refused; nothing can be registered before that is mended.
    """
    found = review(root)
    if not found.ok:
        raise InvalidInput(
            "nothing is registered: the contract has changes that are refused",
            zh="未登记：存在不允许的改动",
            hint="lianzhi schemas check",
        )
    ids = _Ids(root)
    return [Registration(ids.take(v.family), v.family, v.name, v.versions + 1, v.schema) for v in found.pending]


def register(root: Path = ROOT) -> list[Registration]:
    """Freeze every new or changed event type as its next version, and write its id into the catalogue.

    Raises:
        InvalidInput: something is refused; nothing has been written.
    """
    registrations = plan(root)
    for each in registrations:
        frozen = {
            "id": each.id,
            "name": each.name,
            "family": each.family,
            "version": each.version,
            "schema": each.schema,
        }
        path = root / REGISTERED.name / f"{each.id}.json"
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(frozen, ensure_ascii=False, indent=1) + "\n")
    if registrations:
        catalogue = root / CATALOGUE.name
        text = catalogue.read_text(encoding="utf-8")
        for each in registrations:
            text = _listed(text, each)
        catalogue.write_text(text, encoding="utf-8")
        write_sums(root)
    return registrations


def write_sums(root: Path = ROOT) -> None:
    """Add the hashes of files that `SHA256SUMS` does not know yet; those that it knows stay as they are."""
    known = _known_sums(root)
    for path in (root / REGISTERED.name).glob("*.json"):
        known.setdefault(path.name, _hash(path))
    lines = [f"{known[name]}  {name}\n" for name in sorted(known, key=lambda name: int(name.partition(".")[0]))]
    (root / REGISTERED.name / SUMS).write_text("".join(lines), encoding="utf-8")


def _judge(root: Path, family: str, name: str, schema: Schema, listed: tuple[str, list[int]]) -> Verdict:
    other, ids = listed
    if other != family:
        change = Change(Kind.REFUSED, name, other, family, "the family changes", "所属事件族改变")
        return Verdict(family, name, Status.REFUSED, (change,), schema)
    earlier = [load_registered(schema_id, root).schema for schema_id in ids]
    status, changes = judge(name, earlier, schema)
    return Verdict(family, name, status, changes, schema, len(ids))


def _broken(root: Path) -> list[str]:
    """What is wrong with the frozen files themselves."""
    folder = root / REGISTERED.name
    known = _known_sums(root)
    there = {path.name: path for path in folder.glob("*.json")}
    broken = [f"{folder.name}/{name} is gone" for name in sorted(known.keys() - there.keys())]
    broken += [f"{folder.name}/{name} is not in {SUMS}" for name in sorted(there.keys() - known.keys())]
    for name in sorted(known.keys() & there.keys()):
        if _hash(there[name]) != known[name]:
            broken.append(f"{folder.name}/{name} was changed after it was frozen")
    listed: dict[int, str] = {}
    for names in listed_ids(root).values():
        for name, ids in names.items():
            for version, schema_id in enumerate(ids, start=1):
                if schema_id in listed:
                    broken.append(f"id {schema_id} is listed twice: {listed[schema_id]} and {name}")
                listed[schema_id] = name
                broken += _wrong_entry(root, schema_id, name, version, known)
    broken += [
        f"{folder.name}/{name} is not in {CATALOGUE.name}" for name in sorted(known) if int(name[:-5]) not in listed
    ]
    return broken


def _wrong_entry(root: Path, schema_id: int, name: str, version: int, known: Mapping[str, str]) -> list[str]:
    if f"{schema_id}.json" not in known:
        return [f"id {schema_id} of {name} was never registered"]
    try:
        frozen = load_registered(schema_id, root)
    except (FatalError, KeyError, ValueError) as error:
        return [f"id {schema_id} of {name} can not be read: {type(error).__name__}"]
    if (frozen.name, frozen.version) != (name, version):
        return [
            f"id {schema_id} is {frozen.name} version {frozen.version}, the catalogue says {name} version {version}"
        ]
    return []


def _known_sums(root: Path) -> dict[str, str]:
    path = root / REGISTERED.name / SUMS
    if not path.is_file():
        return {}
    pairs = (line.split("  ", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in pairs}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class _Ids:
    """Gives the next free id of a family; a family that has used up its thousand goes on in the next free one."""

    def __init__(self, root: Path) -> None:
        self._used = {int(name.partition(".")[0]) for name in _known_sums(root)}
        self._blocks: dict[str, list[int]] = {}
        for family, names in listed_ids(root).items():
            ids = [schema_id for each in names.values() for schema_id in each]
            self._blocks[family] = sorted({schema_id // IDS_PER_FAMILY for schema_id in ids})

    def take(self, family: str) -> int:
        blocks = self._blocks.setdefault(family, [])
        if not blocks or max(self._in(blocks[-1]), default=0) == blocks[-1] * IDS_PER_FAMILY + IDS_PER_FAMILY - 1:
            taken = {schema_id // IDS_PER_FAMILY for schema_id in self._used}
            taken |= {block for others in self._blocks.values() for block in others}
            blocks.append(max(taken, default=0) + 1)
        schema_id = max(self._in(blocks[-1]), default=blocks[-1] * IDS_PER_FAMILY) + 1
        self._used.add(schema_id)
        return schema_id

    def _in(self, block: int) -> list[int]:
        return [schema_id for schema_id in self._used if schema_id // IDS_PER_FAMILY == block]


def _listed(text: str, new: Registration) -> str:
    """The catalogue's text with one more id; its comments and order stay."""
    line = re.compile(rf"^{re.escape(new.name)}\s*=\s*\[([0-9,\s]*)\]", re.MULTILINE)
    found = line.search(text)
    if found:
        ids = [each.strip() for each in found[1].split(",") if each.strip()]
        return text[: found.start()] + f"{new.name} = [{', '.join([*ids, str(new.id)])}]" + text[found.end() :]
    section = re.search(rf"^\[{re.escape(new.family)}\]\s*$", text, re.MULTILINE)
    entry = f"{new.name} = [{new.id}]\n"
    if section is None:
        return f"{text.rstrip()}\n\n[{new.family}]\n{entry}"
    following = re.search(r"^\[", text[section.end() :], re.MULTILINE)
    end = section.end() + following.start() if following else len(text)
    body = text[:end].rstrip("\n")
    return f"{body}\n{entry}" + ("\n" + text[end:] if following else "")
