"""Waiting longer after each failure, with jitter, so that many who failed together do not come back together."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar

from infra.clock import Clock, SystemClock
from infra.errors import RetryableError

R = TypeVar("R")


class Backoff:
    """The pauses of one thing that is tried again and again.

    Each is drawn evenly between half of and the whole of a bound that doubles from `first_seconds` to `most_seconds`.
    """

    def __init__(self, first_seconds: float, most_seconds: float, rng: random.Random | None = None) -> None:
        if not 0 < first_seconds <= most_seconds:
            raise ValueError("a back-off needs 0 < first_seconds <= most_seconds")
        self._first, self._most = first_seconds, most_seconds
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._failures = 0

    @property
    def failures(self) -> int:
        """Pauses drawn since the last success."""
        return self._failures

    def next_pause(self) -> float:
        """Seconds to wait after one more failure."""
        bound = min(self._most, self._first * 2.0 ** min(self._failures, 60))
        self._failures += 1
        return self._rng.uniform(bound / 2, bound)

    def succeeded(self) -> None:
        """Begin again with the shortest pause."""
        self._failures = 0


def retrying(
    call: Callable[[], R],
    *,
    backoff: Backoff,
    seconds: float,
    clock: Clock | None = None,
    on_failure: Callable[[RetryableError, float], None] | None = None,
) -> R:
    """What `call` returns, trying again after each RetryableError until `seconds` have passed.

    Args:
        on_failure: told each failure and the pause that follows it.

    Raises:
        RetryableError: the last one, when time is up. Anything else at once.
    """
    ticking = clock or SystemClock()
    deadline = ticking.monotonic() + seconds
    while True:
        try:
            result = call()
        except RetryableError as error:
            pause = backoff.next_pause()
            if ticking.monotonic() + pause > deadline:
                raise
            if on_failure is not None:
                on_failure(error, pause)
            ticking.sleep(pause)
        else:
            backoff.succeeded()
            return result
