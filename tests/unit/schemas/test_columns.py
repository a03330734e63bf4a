"""Columns follow from the schemas, one for every leaf, and are the same in a whole family."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.catalogue import catalogue
from schemas.columns import family_columns, schema_columns, table_of
from schemas.lint import COORDINATES
from schemas.outline import outline

FAMILIES = catalogue().families


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_each_column_once(family: str) -> None:
    columns = family_columns(family)
    assert max(Counter(column.name for column in columns).values()) == 1
    assert max(Counter(column.avro_path for column in columns).values()) == 1
    assert not {column.name for column in columns} & COORDINATES
    assert all(column.doc and "." not in column.name for column in columns)
    assert table_of(family) == f"events_{family}"


def test_every_leaf_of_every_version_has_its_column() -> None:
    for schema_id, registered in catalogue().by_id.items():
        leaves = {
            line.field
            for line in outline(registered.schema)
            if "[]" not in line.field and line.type not in {"Meta", "Actor", "Party", "OtherParty"}
        }
        assert {column.avro_path for column in schema_columns(schema_id)} == leaves
        known = {column.name: column.type for column in family_columns(registered.family)}
        assert all(known[column.name] == column.type for column in schema_columns(schema_id))


@pytest.mark.parametrize(
    ("event_type", "name", "kind", "path"),
    [
        ("FinePaid", "event_id", "UUID", "meta.event_id"),
        ("FinePaid", "event_type", "LowCardinality(String)", "meta.event_type"),
        ("FinePaid", "causation_id", "Nullable(UUID)", "meta.causation_id"),
        ("FinePaid", "occurred_at", "DateTime64(6, 'UTC')", "meta.occurred_at"),
        ("FinePaid", "actor_officers", "Array(String)", "meta.actor.officers"),
        ("FinePaid", "dissemination", "LowCardinality(String)", "meta.dissemination"),
        ("FinePaid", "paid_on", "Nullable(Date32)", "paid_on"),
        ("FinePaid", "paid_amount", "Nullable(Decimal(18, 2))", "paid_amount"),
        ("FinePaid", "on_spot", "Nullable(Bool)", "on_spot"),
        ("DecisionMade", "severity", "LowCardinality(Nullable(String))", "severity"),
        ("DecisionMade", "party_sealed", "Nullable(String)", "party.sealed"),
        (
            "DecisionMade",
            "penalties",
            "Array(Tuple(kind LowCardinality(String), amount Nullable(Decimal(18, 2)), detail Nullable(String)))",
            "penalties",
        ),
    ],
)
def test_types(event_type: str, name: str, kind: str, path: str) -> None:
    columns = {column.name: column for column in schema_columns(catalogue().event_type(event_type).schema_id)}
    assert (columns[name].type, columns[name].avro_path) == (kind, path)
