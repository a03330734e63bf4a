"""Bytes once written always read the same; every version of every event type has its example."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.catalogue import catalogue
from schemas.golden import GOLDEN, Golden, decoded_json, encode_as, examples, problems, write_missing
from schemas.models import to_json, validate
from schemas.rules import check, flags
from schemas.wire import frame

EXAMPLES = examples()
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "golden", EXAMPLES, ids=lambda golden: f"{golden.registered.name}-v{golden.registered.version}"
)
def test_bytes_and_json_are_each_other(golden: Golden) -> None:
    assert encode_as(golden.registered, golden.event) == golden.value
    assert decoded_json(golden.value) == golden.event
    assert frame(golden.value).schema_id == golden.registered.id
    assert frame(golden.value).event_id == golden.event["meta"]["event_id"]


@pytest.mark.parametrize("golden", EXAMPLES, ids=lambda golden: golden.registered.name)
def test_examples_are_events_that_may_be_published(golden: Golden) -> None:
    event = validate(golden.event)
    assert check(event, now=NOW) == []
    assert flags(event) == []
    assert validate(json.loads(to_json(event))) == event


def test_every_version_has_one_and_nothing_else_lies_there() -> None:
    known = {f"{r.family}/{r.name}.v{r.version}" for r in catalogue().by_id.values()}
    there = {f"{path.parent.name}/{path.stem}" for path in GOLDEN.rglob("*.*")}
    assert there == known
    assert problems() == []


def test_existing_examples_are_never_changed(tmp_path: Path) -> None:
    assert len(write_missing(tmp_path)) == 2 * len(catalogue().by_id)
    victim = tmp_path / "enforcement" / "FinePaid.v1.hex"
    victim.write_text("00", encoding="ascii")
    (tmp_path / "dispute" / "DisputeClosed.v1.hex").unlink()
    assert [path.name for path in write_missing(tmp_path)] == ["DisputeClosed.v1.hex"]
    assert victim.read_text(encoding="ascii") == "00"
    assert [text.partition(" ")[0] for text in problems(tmp_path)] == ["FinePaid", "FinePaid"]
