"""Every kind of forbidden change is caught, by path and with before and after; the allowed ones pass."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError

from schemas.avro_files import event_files, load_event
from schemas.catalogue import catalogue
from schemas.columns import flat_name
from schemas.compat import Kind, compare, unreadable
from schemas.history import Status, judge
from schemas.lint import lint_event, lint_family
from tests.contract.mutations import ALLOWED, COLLIDING, INCOMPATIBLE, PROHIBITED, Change, Schema, mutated
from tests.support.arbitrary import datum

NAME, FAMILY = "DecisionMade", "enforcement"
BASE: Schema = catalogue().event_type(NAME).schema
DOCUMENTATION = {name for name in ALLOWED if name.startswith("documentation")}


def _cases(mutations: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(*case, id=name) if isinstance(case, tuple) else pytest.param(case, id=name)
        for name, case in mutations.items()
    ]


def test_there_are_enough_of_them() -> None:
    assert len(INCOMPATIBLE) + len(PROHIBITED) + len(COLLIDING) >= 100


@pytest.mark.parametrize(("path", "change"), _cases(INCOMPATIBLE))
def test_a_change_of_meaning_is_refused(path: str, change: Change) -> None:
    status, changes = judge(NAME, [BASE], mutated(BASE, change))
    assert status is Status.REFUSED
    refused = [each for each in changes if each.kind is Kind.REFUSED]
    assert path in {each.path for each in refused}
    for each in refused:
        assert each.before != each.after
        assert each.en
        assert each.zh


@pytest.mark.parametrize(("path", "change"), _cases(INCOMPATIBLE))
def test_it_stays_refused_when_only_an_old_version_forbids_it(path: str, change: Change) -> None:
    changed = mutated(BASE, change)
    status, _ = judge(NAME, [BASE, changed], changed)
    assert status is Status.REFUSED


@pytest.mark.parametrize(("path", "change"), _cases(PROHIBITED))
def test_a_prohibited_shape_is_named(path: str, change: Change) -> None:
    findings = lint_event(FAMILY, NAME, mutated(BASE, change))
    assert path in {each.path for each in findings}
    for each in findings:
        assert each.event_type == NAME
        assert each.en
        assert each.zh


@pytest.mark.parametrize(("path", "change"), _cases(COLLIDING))
def test_a_collision_in_the_family_is_named(path: str, change: Change) -> None:
    schemas = {name: load_event(FAMILY, name) for name in event_files()[FAMILY]}
    assert lint_family(FAMILY, schemas) == []
    findings = lint_family(FAMILY, schemas | {NAME: mutated(BASE, change)})
    assert flat_name(path) in {flat_name(each.path) for each in findings}


@pytest.mark.parametrize("change", _cases(ALLOWED))
def test_an_allowed_change_passes(change: Change, request: pytest.FixtureRequest) -> None:
    changed = mutated(BASE, change)
    status, changes = judge(NAME, [BASE], changed)
    expected = Status.UNCHANGED if request.node.callspec.id in DOCUMENTATION else Status.NEW_VERSION
    assert status is expected
    assert all(each.kind is Kind.ADDITION for each in changes)
    assert lint_event(FAMILY, NAME, changed) == []


@pytest.mark.parametrize("change", _cases(ALLOWED))
def test_fastavro_reads_allowed_changes_both_ways(change: Change) -> None:
    changed = mutated(BASE, change)
    rng = random.Random(7)
    for writer, reader in ((BASE, changed), (changed, BASE)):
        assert unreadable(writer, reader) == []
        for _ in range(5):
            value = datum(writer, rng)
            read = _through_fastavro(writer, reader, value)
            assert _same_where_known(value, read)


@pytest.mark.parametrize(("path", "change"), _cases(INCOMPATIBLE))
def test_what_we_call_readable_fastavro_can_read(path: str, change: Change) -> None:
    """Our resolution is at least as strict as fastavro's; `compare` is stricter still (meaning, not only reading)."""
    changed = mutated(BASE, change)
    rng = random.Random(11)
    for writer, reader in ((BASE, changed), (changed, BASE)):
        if not unreadable(writer, reader):
            for _ in range(5):
                _through_fastavro(writer, reader, datum(writer, rng))


def test_what_fastavro_can_not_read_we_refuse() -> None:
    refused = 0
    for name, (_, change) in INCOMPATIBLE.items():
        changed = mutated(BASE, change)
        for writer, reader in ((BASE, changed), (changed, BASE)):
            values = [datum(writer, random.Random(seed)) for seed in range(5)]
            try:
                for value in values:
                    _through_fastavro(writer, reader, value)
            except (SchemaResolutionError, ValueError, TypeError, KeyError, OverflowError, EOFError, IndexError):
                refused += 1
                assert unreadable(writer, reader), name
    assert refused > 10


def test_compare_sees_nothing_where_there_is_nothing() -> None:
    for event in catalogue().event_types.values():
        assert compare(event.schema, event.schema) == []


def _through_fastavro(writer: Schema, reader: Schema, value: dict[str, Any]) -> Any:
    out = io.BytesIO()
    schemaless_writer(out, parse_schema(writer), value)
    out.seek(0)
    return schemaless_reader(out, parse_schema(writer), parse_schema(reader))


def _same_where_known(written: Any, read: Any) -> bool:
    """Equal in all fields that both have; a symbol that the reader does not know is OTHER to it."""
    if isinstance(written, dict) and isinstance(read, dict):
        return all(_same_where_known(written[key], read[key]) for key in written.keys() & read.keys())
    if isinstance(written, list) and isinstance(read, list):
        return len(written) == len(read) and all(map(_same_where_known, written, read))
    return bool(written == read) or (isinstance(written, str) and read == "OTHER")
