"""Back-off: longer after each failure, spread, bounded, forgotten after success."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.backoff import Backoff, retrying
from infra.errors import FatalError, RetryableError


class FakeClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def test_pauses_double_up_to_the_most_and_are_spread() -> None:
    backoff = Backoff(1.0, 8.0, random.Random(1))
    for bound in (1, 2, 4, 8, 8, 8):
        assert bound / 2 <= backoff.next_pause() <= bound
    assert backoff.failures == 6
    backoff.succeeded()
    assert backoff.next_pause() <= 1
    assert len({Backoff(1.0, 8.0, random.Random(seed)).next_pause() for seed in range(50)}) > 40


def test_very_many_failures_do_not_overflow() -> None:
    backoff = Backoff(0.1, 30.0)
    assert max(backoff.next_pause() for _ in range(3_000)) <= 30.0


@pytest.mark.parametrize(("first", "most"), [(0, 1), (-1, 1), (2, 1)])
def test_senseless_bounds_are_refused(first: float, most: float) -> None:
    with pytest.raises(ValueError, match="back-off"):
        Backoff(first, most)


def test_tries_again_until_it_works() -> None:
    clock = FakeClock()
    told: list[tuple[str, float]] = []
    answers: Iterator[RetryableError | int] = iter([RetryableError("a"), RetryableError("b"), 5])

    def call() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    result = retrying(
        call,
        backoff=Backoff(1, 8),
        seconds=60,
        clock=clock,
        on_failure=lambda error, pause: told.append((error.message, pause)),
    )
    assert result == 5
    assert [message for message, _ in told] == ["a", "b"]
    assert clock.passed == pytest.approx(sum(pause for _, pause in told))


def test_gives_up_when_time_is_up_and_at_once_on_other_errors() -> None:
    clock = FakeClock()

    def away() -> None:
        raise RetryableError("away")

    def broken() -> None:
        raise FatalError("broken")

    with pytest.raises(RetryableError, match="away"):
        retrying(away, backoff=Backoff(1, 8), seconds=20, clock=clock)
    assert 8 < clock.passed <= 20
    before = clock.passed
    with pytest.raises(FatalError):
        retrying(broken, backoff=Backoff(1, 8), seconds=20, clock=clock)
    assert clock.passed == before
