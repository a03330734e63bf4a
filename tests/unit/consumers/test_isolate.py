"""Halving finds every culprit and no one else, with few questions."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from consumers.batch import Batch, Stretch
from consumers.isolate import isolate
from infra.clickhouse import ServerRefused
from tests.support.log_of_samples import APPENDED_MS

REFUSAL = ServerRefused(117, "incorrect data")


class Court:
    """Refuses every batch that holds a wrong value, and counts."""

    def __init__(self, wrong: set[bytes]) -> None:
        self.wrong, self.asked = wrong, 0

    def judge(self, batch: Batch) -> ServerRefused | None:
        """The verdict."""
        self.asked += 1
        return REFUSAL if self.wrong & set(batch.values) else None


def _batch(rows: int) -> Batch:
    values = [b"\0\0\0\0\1" + str(row).encode() for row in range(rows)]
    return Batch(0, rows - 1, values, [1] * rows, [Stretch(0, rows, APPENDED_MS)], (), frozenset({1}), 0)


@given(st.integers(1, 200), st.integers(0, 10**6))
def test_every_culprit_and_no_one_else(rows: int, seed: int) -> None:
    rnd, batch = random.Random(seed), _batch(rows)
    guilty = sorted(rnd.sample(range(rows), rnd.randint(1, min(rows, 9))))
    court = Court({batch.values[row] for row in guilty})
    found = isolate(batch, court.judge, most=100)
    assert sorted(found.culprits) == guilty
    assert found.judged == rows
    assert court.asked <= 2 * len(guilty) * (math.ceil(math.log2(rows)) + 1) + 1


def test_one_in_a_hundred_thousand_takes_few_questions() -> None:
    batch = _batch(100_000)
    court = Court({batch.values[77_777]})
    assert list(isolate(batch, court.judge, most=10).culprits) == [77_777]
    assert court.asked <= 2 * 17


@given(st.integers(2, 100), st.integers(1, 5), st.integers(0, 10**6))
def test_it_stops_at_the_most_and_knows_how_far_it_came(rows: int, most: int, seed: int) -> None:
    rnd, batch = random.Random(seed), _batch(rows)
    guilty = sorted(rnd.sample(range(rows), rnd.randint(1, rows)))
    found = isolate(batch, Court({batch.values[row] for row in guilty}).judge, most)
    assert sorted(found.culprits) == guilty[:most]
    assert found.judged > max(found.culprits)
    assert not [row for row in guilty if row < found.judged and row not in found.culprits]


def test_a_refusal_that_no_single_value_explains_names_nobody() -> None:
    batch = _batch(8)

    def judge(part: Batch) -> ServerRefused | None:
        return REFUSAL if {batch.values[2], batch.values[3]} <= set(part.values) else None

    found = isolate(batch, judge, most=10)
    assert not found.culprits
    assert found.judged == 8
