"""The shape of an answer in the key, small-cell suppression, linear quantiles, and the calendar it counts with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Protocol

SMALL = 5


class Calendar(Protocol):
    """What of law and practice the answers need; the command passes the platform's policy files in."""

    def is_working_day(self, day: date) -> bool:
        """Whether a day counts for limits in working days."""
        ...

    def acknowledge_days(
        self, form: str, domain: str, from_region: str, to_region: str, urgency: str, day: date
    ) -> int:
        """Working days within which a referral is to be acknowledged."""
        ...

    def reply_days(self, form: str, domain: str, from_region: str, to_region: str, urgency: str, day: date) -> int:
        """Calendar days within which a referral is to be answered when its letter names no day."""
        ...


def working_days_after(calendar: Calendar, day: date, count: int) -> date:
    """The `count`-th working day after a day; the day itself does not count."""
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working_day(day)
    return day


def quantile(values: Iterable[Decimal | int], share: str) -> Decimal:
    """Quantile by linear interpolation between the two nearest of the sorted values."""
    ordered = sorted(Decimal(value) for value in values)
    place = Decimal(share) * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def rounded(value: Decimal, places: int) -> float:
    """The figure as the answers show it."""
    return float(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))


@dataclass
class Answer:
    """Numerator, denominator, and rows sorted by their dimensions."""

    n: int
    d: int
    dims: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def row(self, dims: Sequence[Any], n: int | None, d: int, **figures: Any) -> None:
        """Add a row; below the smallest cell everything but the dimensions is withheld."""
        shown = dict(zip(self.dims, dims, strict=True))
        values = {"n": n, "d": d, **figures}
        small = d < SMALL
        self.rows.append({**shown, **(dict.fromkeys(values) if small else values), "suppressed": small})

    def as_json(self) -> dict[str, Any]:
        """As it stands in `answers.json`."""
        small = self.d < SMALL
        self.rows.sort(key=lambda row: tuple(str(row[dim]) for dim in self.dims))
        return {"n": None if small else self.n, "d": None if small else self.d, "suppressed": small, "rows": self.rows}
