"""Time, injected: instants are UTC, days that the law counts are days in Asia/Shanghai (architecture, law 9)."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

ASIA_SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The zone's legal time; UTC+8 without summer time since 1991 (1986 to 1991 had one, and tzdata knows it)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What product code may ask about time. Tests hand in one of their own."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never run backwards; for durations and deadlines."""

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread for `seconds`."""
        time.sleep(seconds)


def legal_day(instant: datetime) -> date:
    """The day in Asia/Shanghai on which an aware `instant` falls.

    Raises:
        ValueError: for a naive datetime, whose day nobody can know.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no legal day; give its time zone")
    return instant.astimezone(ASIA_SHANGHAI).date()


def day_start(day: date) -> datetime:
    """The instant (UTC) at which `day` begins in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=ASIA_SHANGHAI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The instant (UTC) at which `day` is over in Asia/Shanghai, that is when the next day begins (exclusive end)."""
    return day_start(day + timedelta(days=1))


def today(clock: Clock) -> date:
    """The present day in Asia/Shanghai."""
    return legal_day(clock.now())


def micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z of an aware `instant`, exact (no float on the way).

    Raises:
        ValueError: for a naive datetime.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is no instant; give its time zone")
    since = instant - _EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def from_micros(value: int) -> datetime:
    """The aware UTC datetime of `value` microseconds since 1970-01-01T00:00:00Z."""
    return _EPOCH + timedelta(microseconds=value)
