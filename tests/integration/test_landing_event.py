"""`lianzhi event`: one event as the log holds it."""

from __future__ import annotations

import pytest

from infra.kafka import fetch_range
from schemas.wire import decode
from tests.support.cli import run_here
from tests.support.landing_lab import LandingLab, as_record, land_here

pytestmark = pytest.mark.servers


def test_an_event_with_all_its_copies_and_a_dead_one(lab: LandingLab) -> None:
    samples = lab.samples(1, absent=0.0)
    event, poison = samples.make("DecisionMade"), samples.make("CaseClosed")
    lab.send([event, as_record(poison, key=b"wrong"), event])
    land_here(lab)

    found = run_here(lab.home, "event", str(event.event_id), "-o", "json")
    assert found.code == 0
    first, second = found.json["copies"]
    assert (first["offset"], second["offset"]) == (0, 2)
    assert first["topic"] == lab.topic()
    assert bytes.fromhex(first["value_hex"]) == event.value
    assert first["event"]["meta"]["stream_id"] == event.datum["meta"]["stream_id"]
    assert first["event"]["penalties"] == [
        {**penalty, "amount": str(penalty["amount"])} for penalty in decode(event.value)["penalties"]
    ]
    assert (first["schema"]["id"], first["stored_in"], first["dead_letter"]) == (
        event.schema.id,
        "events_enforcement",
        None,
    )
    record = next(fetch_range(lab.settings, lab.topic(), 0, 1))
    assert set(first["headers"]) == {name for name, _ in record.headers}

    dead = run_here(lab.home, "event", str(poison.event_id), "-o", "json").json["copies"]
    assert [(each["stored_in"], each["dead_letter"]["reason_code"]) for each in dead] == [(None, "WRONG_KEY")]

    shown = run_here(lab.home, "event", str(event.event_id))
    assert shown.code == 0
    assert f"{lab.topic()} @ 0" in shown.out
    assert "sealed, 120 bytes" in shown.out


def test_what_is_not_there_is_said(lab: LandingLab) -> None:
    assert run_here(lab.home, "event", "0197c348-8800-7282-97cb-765f1cfb10f6").code == 1
    assert run_here(lab.home, "event", "no-uuid").code == 2
