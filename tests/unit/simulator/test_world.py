"""The simulated zone: the same seed tells the same story, and every event of it is one that publishing takes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

from openpyxl import load_workbook

from producers.simulator import World, simulate
from producers.simulator.files import by_month
from producers.simulator.told import month_of
from schemas.models import validate
from tests.support.command import ROOT, environment


@cache
def small_world() -> World:
    return simulate(3, months=12, cases=2400)


def files_of(folder: Path, seed: int, hash_seed: str, zone: str) -> dict[str, object]:
    """What `lianzhi simulate` writes in a process of its own: bytes of each file, cells of each workbook."""
    out = folder / f"{seed}-{hash_seed}"
    subprocess.run(
        [
            *(sys.executable, "-m", "lianzhi", "--home", str(folder / "home"), "simulate", "--no-publish"),
            *("--seed", str(seed), "--months", "3", "--cases", "120", "--out", str(out)),
        ],
        cwd=ROOT,
        env={**environment(), "PYTHONHASHSEED": hash_seed, "TZ": zone},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )
    return {str(file.relative_to(out)): _content(file) for file in sorted(out.rglob("*")) if file.is_file()}


def _content(file: Path) -> object:
    if file.suffix != ".xlsx":
        return file.read_bytes()
    # A workbook also says when it was made.
    return {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in load_workbook(file).worksheets}


def test_same_seed_same_bytes_and_same_answers_in_any_process_and_time_zone(tmp_path: Path) -> None:
    here, there = files_of(tmp_path, 5, "1", "UTC"), files_of(tmp_path, 5, "2", "America/New_York")
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    assert {Path(name).suffix for name in here} == {".ndjson", ".json", ".xlsx"}
    other = files_of(tmp_path, 6, "1", "UTC")
    assert [name for name in here if here[name] == other.get(name)] == []


def test_every_event_passes_the_contract() -> None:
    for _, publisher, event in small_world().events:
        parties = {
            name: {key: inner for key, inner in value.items() if key != "person"}
            for name, value in event.items()
            if isinstance(value, dict)
        }
        meta = {**event["meta"], "publisher": publisher, "region": "330421", "epoch": 1, "sequence": 1}
        validate({**event, **parties, "meta": meta})


def test_events_are_told_within_the_months_and_in_order() -> None:
    world = small_world()
    moments = [told[0] for told in world.events]
    assert moments == sorted(moments)
    assert {month_of(moment) for moment in moments} >= set(world.months)
    shared_out = by_month(world)
    assert list(shared_out) == list(world.months)
    assert sum(len(events) for month in shared_out.values() for events in month.values()) == len(world.events)


def test_what_makes_the_zone_hard_is_there() -> None:
    events = [event for _, _, event in small_world().events]
    kinds = Counter(event["meta"]["event_type"] for event in events)
    assert any(event["meta"]["revision"] > 1 for event in events)
    assert any(event.get("act_id") for event in events)
    assert {"ReferralRefused", "ClockPaused", "DecisionRevoked", "DisputeRepeated", "CaseFiled"} <= kinds.keys()
    late = [event for event in events if event["meta"]["recorded_at"][:7] > event["meta"]["occurred_at"][:7]]
    assert late
    assert {event["meta"]["dissemination"] for event in events} == {"FULL", "POINTER", "NONE"}


def test_a_world_begins_when_it_is_told_to() -> None:
    world = simulate(1, months=2, cases=30, start=date(2024, 11, 15))
    assert world.months == ("2024-11", "2024-12")
