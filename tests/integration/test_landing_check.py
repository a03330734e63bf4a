"""`lianzhi check` names what is missing, doubled, resent, late or in conflict, and nothing else."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest

from infra.clickhouse import ClickHouse
from tests.support.cli import run_here
from tests.support.landing_lab import LandingLab, as_record, land_here
from tests.support.sample_events import Sample

pytestmark = pytest.mark.servers


def _check(lab: LandingLab, *options: str) -> tuple[int, dict[str, Any]]:
    outcome = run_here(lab.home, "check", "--wait", "0", "-o", "json", *options)
    return outcome.code, outcome.json


def _events(lab: LandingLab, numbers: list[int], seed: int = 1, **meta: Any) -> list[Sample]:
    samples = lab.samples(seed)
    return [samples.make("FinePaid", sequence=number, **meta) for number in numbers]


def _topic(found: dict[str, Any], lab: LandingLab) -> dict[str, Any]:
    return next(each for each in found["topics"] if each["topic"] == lab.topic())


def test_complete_with_dead_letters_resends_and_late_fills(lab: LandingLab) -> None:
    events = _events(lab, [1, 2, 3, 5, 6])
    late = _events(lab, [4], 2)
    poison = as_record(_events(lab, [7], 3)[0], key=b"wrong")  # its number is known from its headers only
    lab.send([*events, *late, poison, events[1], *_events(lab, [8], 4)])
    land_here(lab)
    code, found = _check(lab)
    assert code == 0
    assert found["complete"]
    topic = _topic(found, lab)
    assert (topic["end"], topic["stored"], topic["dead_letters"], topic["missing"]) == (9, 8, 1, 0)
    (numbers,) = found["publishers"]
    assert (numbers["last"], numbers["missing"], numbers["resends"], numbers["late_fills"]) == (8, 0, 1, 1)
    assert numbers["late_offsets"] == [5]
    assert [(each["event_id"], each["times"]) for each in found["resends"]] == [(str(events[1].event_id), 2)]
    assert found["conflicts"] == []
    table = run_here(lab.home, "check", "--wait", "0")
    assert table.code == 0
    assert "重发" in table.out
    assert table.out.rstrip().endswith("完整 | complete")
    listed = run_here(lab.home, "check", "--wait", "0", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(listed.out, newline="")))
    assert Counter(row["about"] for row in rows)["resend"] == 1
    assert {row["topic"] for row in rows if row["about"] == "publisher"} == {lab.topic()}
    assert "complete" in listed.err


def test_gaps_in_the_numbers_are_named_and_a_senseless_jump_is_bounded(lab: LandingLab) -> None:
    lab.send([*_events(lab, [1, 2, 5, 9]), *_events(lab, [3_000_000_000_000], 2), *_events(lab, [2, 3], 3, epoch=2)])
    land_here(lab)
    code, found = _check(lab)
    assert code == 3
    one, two = found["publishers"]
    assert (one["missing"], one["missing_ranges"]) == (5, [[3, 4], [6, 8]])
    assert one["jumps"] == [[10, 2_999_999_999_999]]
    assert (two["epoch"], two["missing"], two["missing_ranges"]) == (2, 1, [[1, 1]])
    assert _topic(found, lab)["missing"] == 0


def test_what_did_not_land_or_was_lost_is_named(lab: LandingLab) -> None:
    lab.send(_events(lab, list(range(1, 41))))
    land_here(lab)
    with ClickHouse(lab.settings, "operator") as operator:
        operator.command(
            "ALTER TABLE events_enforcement DELETE WHERE offset IN (7, 8, 30)", with_settings={"mutations_sync": 2}
        )
        operator.command("INSERT INTO events_enforcement SELECT * FROM events_enforcement WHERE offset = 11")
    lab.send(_events(lab, list(range(41, 46)), 2))  # nobody lands these
    code, found = _check(lab)
    assert code == 3
    topic = _topic(found, lab)
    assert (topic["end"], topic["missing"]) == (45, 8)
    assert topic["missing_ranges"] == [[7, 8], [30, 30], [40, 44]]
    assert topic["doubled"] == [11]
    table = run_here(lab.home, "check", "--wait", "0", "--topic", lab.topic())
    assert table.code == 3
    assert "7–8, 30, 40–44" in table.out


def test_conflicts_are_named(lab: LandingLab) -> None:
    first, other = _events(lab, [1, 2])
    same_id = _events(lab, [3], 2, event_id=str(first.event_id), fact_id=str(first.event_id))
    same_fact = _events(lab, [4], 3, fact_id=str(other.event_id))
    same_number = _events(lab, [4], 4)
    lab.send([first, other, *same_id, *same_fact, *same_number])
    land_here(lab)
    code, found = _check(lab)
    assert code == 3
    kinds = {conflict["kind"]: conflict["event_ids"] for conflict in found["conflicts"]}
    assert kinds["content"] == [str(first.event_id)]
    assert kinds["revision"] == sorted([str(other.event_id), str(same_fact[0].event_id)])
    assert kinds["number"] == sorted([str(same_fact[0].event_id), str(same_number[0].event_id)])


def test_offsets_that_the_log_itself_has_no_record_at_are_not_missing(lab: LandingLab) -> None:
    lab.send(_events(lab, [1, 2, 3]))
    lab.send_in_transaction([(sample.key, sample.value) for sample in _events(lab, [4, 5], 2)])
    lab.send(_events(lab, [6], 3))
    land_here(lab)
    code, found = _check(lab)
    topic = _topic(found, lab)
    assert (topic["stored"], topic["without_record"], topic["missing"]) == (6, 1, 0)
    assert code == 0
    assert not lab.history().wrong
