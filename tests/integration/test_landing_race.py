"""Landers that know nothing of each other, on one topic: whatever they do, every offset lands once and in its place."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.clickhouse import ClickHouse
from infra.errors import RetryableError
from tests.support.landing_lab import LandingLab
from tests.support.log_of_samples import batch_of, lander_of

pytestmark = pytest.mark.servers

_LANDERS = 4
_EVENTS = 500


@pytest.mark.parametrize("seed", [1, 2])
def test_landers_with_other_splits_and_sudden_ends_stay_exact(lab: LandingLab, seed: int) -> None:
    topic = lab.topic()
    made = lab.samples(seed)
    samples = [made.make(name) for name in ("CaseClosed", "FinePaid") * 20]
    rnd = random.Random(seed)
    log = [(sample.key, sample.value) for sample in (rnd.choice(samples) for _ in range(_EVENTS))]
    done = threading.Event()

    def lander(number: int) -> int:
        mine, rows = random.Random(seed * 100 + number), 0
        with ClickHouse(lab.settings, "ingest") as server:
            while not done.is_set():
                lander = lander_of(lab.settings, topic, server)
                at = lander.start().next
                for _ in range(mine.randint(1, 6)):  # then it ends suddenly and another takes its place
                    if at >= len(log):
                        done.set()
                        break
                    batch = batch_of(lab.settings, topic, at, log[at : at + mine.randint(1, 60)], rnd=mine)
                    try:
                        landed = lander.land(batch)
                    except RetryableError:
                        break
                    rows += landed.rows
                    if landed.void:
                        break
                    at = batch.last + 1
        return rows

    with ThreadPoolExecutor(_LANDERS) as pool:
        rows = sum(pool.map(lander, range(_LANDERS)))
    stored = lab.rows(
        "SELECT offset, event_id FROM events_enforcement WHERE topic = {t:String} ORDER BY offset", t=topic
    )
    assert [offset for offset, _ in stored] == list(range(_EVENTS))
    assert [str(event_id).encode() for _, event_id in stored] == [value[6:42] for _, value in log]
    assert rows >= _EVENTS, "what is there was seen by who landed it, and perhaps by who would have landed the same"
