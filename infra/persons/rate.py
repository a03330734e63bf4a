"""How fast one caller may ask for tokens: a bucket that fills steadily and may be emptied at once."""

from __future__ import annotations

from infra.clock import Clock


class TokenBucket:
    """Allows `per_second` over time and `burst` at once; not for several threads.

    A request larger than the burst is let through when the bucket is full and leaves a debt, so that no size waits
    for ever.
    """

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._clock = clock
        self._level = float(burst)
        self._at = clock.monotonic()

    def take(self, count: int) -> float:
        """Take `count`; 0.0 when taken, else nothing is taken and the seconds until it may work are returned."""
        now = self._clock.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) * self._per_second)
        self._at = now
        missing = min(float(count), self._burst) - self._level
        if missing > 0:
            return missing / self._per_second
        self._level -= count
        return 0.0
