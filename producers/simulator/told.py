"""What happened and what was told of it: the two times of everything in the simulated world.

A `Fact` is what the answer key reads: its versions with the instant each was written down. A `Teller` writes the same
thing down as an event (the JSON shape of `lianzhi publish`). The two part here and meet again only when an answer is
compared with the key.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
Value = TypeVar("Value")
Event = dict[str, Any]


def month_of(moment: datetime) -> str:
    """The Asia/Shanghai month of an instant, as `YYYY-MM`."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m")


def add_months(day: date, months: int) -> date:
    """The same day some months on (or back), held to the end of a shorter month."""
    total = day.year * 12 + day.month - 1 + months
    first = date(total // 12, total % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


@dataclass
class Fact(Generic[Value]):
    """One fact: its versions as they were written down, oldest first; None is a retraction."""

    versions: list[tuple[datetime, Value | None]] = field(default_factory=list)

    def at(self, known: datetime) -> Value | None:
        """What was known of it before the instant `known`; None when nothing, or when it had been retracted."""
        told = None
        for recorded_at, value in self.versions:
            if recorded_at < known:
                told = value
        return told


class Teller:
    """Writes events down in one region; the same seed gives the same events with the same ids."""

    def __init__(self, seed: str, end: datetime) -> None:
        self._random = random.Random(f"{seed}/ids")
        self._end = end
        self.events: list[tuple[datetime, str, Event]] = []

    def uuid7(self, moment: datetime) -> str:
        """A UUIDv7 (RFC 9562) whose time is `moment`."""
        millis = int(moment.timestamp() * 1000)
        bits = self._random.getrandbits(74)
        value = (millis << 80) | (0x7 << 76) | ((bits >> 62) << 64) | (0b10 << 62) | (bits & ((1 << 62) - 1))
        return str(UUID(int=value))

    def tell(
        self,
        publisher: str,
        event_type: str,
        stream_id: str,
        happened: datetime,
        recorded: datetime,
        payload: Mapping[str, Any],
        *,
        correlation: str | None = None,
        actor: Mapping[str, Any] | None = None,
        basis: tuple[str, ...] = (),
        corrects: tuple[str, int] | None = None,
        retracted: bool = False,
        causation: str | None = None,
        dissemination: str = "FULL",
    ) -> str:
        """Write one event down and return its id. What would be written after the end of the world is left out.

        Args:
            happened: instant of the deed (becomes `occurred_at`, UTC).
            recorded: instant at which the source system wrote it down (becomes `recorded_at`, UTC).
            corrects: (fact id, revision) when this event is a later word on an earlier fact.
        """
        event_id = self.uuid7(recorded)
        fact_id, revision = corrects or (event_id, 1)
        event: Event = {
            "meta": {
                "event_id": event_id,
                "event_type": event_type,
                "stream_id": stream_id,
                "correlation_id": correlation or str(uuid5(NAMESPACE_URL, stream_id)),
                "causation_id": causation,
                "fact_id": fact_id,
                "revision": revision,
                "retracted": retracted,
                "occurred_at": happened.astimezone(UTC).isoformat(),
                "recorded_at": recorded.astimezone(UTC).isoformat(),
                "actor": {"agency": None, "unit": None, "officers": [], **(actor or {})},
                "legal_basis": list(basis),
                "dissemination": dissemination,
                "audience": [],
            },
            **{name: _plain(value) for name, value in payload.items()},
        }
        if recorded < self._end:
            self.events.append((recorded, publisher, event))
        return event_id


def _plain(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:.2f}"
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def at_work(day: date, rng: random.Random) -> datetime:
    """An instant in office hours of a day in Asia/Shanghai."""
    return datetime.combine(day, time(8, 30), SHANGHAI) + timedelta(seconds=rng.randrange(9 * 3600))
