"""The simulated zone: the same seed tells the same story, and every event of it is one that publishing takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from functools import cache

from producers.simulator import World, simulate
from producers.simulator.files import by_month
from producers.simulator.told import month_of
from schemas.models import validate

FINGERPRINT = """
import hashlib, orjson
from producers.simulator import simulate
world = simulate({seed}, months=3, cases=120)
print(hashlib.sha256(orjson.dumps([told[1:] for told in world.events])).hexdigest())
"""


@cache
def small_world() -> World:
    return simulate(3, months=12, cases=2400)


def fingerprint(seed: int, hash_seed: str, zone: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
    return subprocess.check_output([sys.executable, "-c", FINGERPRINT.format(seed=seed)], env=environment, text=True)


def test_same_seed_same_events_in_any_process_and_time_zone() -> None:
    assert fingerprint(5, "1", "UTC") == fingerprint(5, "2", "America/New_York")


def test_another_seed_another_story() -> None:
    assert fingerprint(5, "1", "UTC") != fingerprint(6, "1", "UTC")


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


def test_a_world_begins_when_it_is_told_to() -> None:
    world = simulate(1, months=2, cases=30, start=date(2024, 11, 15))
    assert world.months == ("2024-11", "2024-12")
