"""The shape of an answer in the key, what of it is too small to show, linear quantiles, and the calendar."""

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
    """Numerator, denominator, and rows; what is too small to be shown is left out of the JSON.

    Attributes:
        overlapping: something counted may stand in several rows, so that the whole is not their sum.
        n_of_shown: n counts what the rows that are shown count, and is worked out when it is known which they are.
    """

    n: int
    d: int
    dims: tuple[str, ...]
    overlapping: bool = False
    n_of_shown: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)

    def row(self, dims: Sequence[Any], n: int, d: int, **figures: Any) -> None:
        """Add a row."""
        self.rows.append({**dict(zip(self.dims, dims, strict=True)), "n": n, "d": d, **figures})

    def as_json(self) -> dict[str, Any]:
        """As it stands in `answers.json`."""
        rows = sorted(self.rows, key=self._key)
        silent, whole_is_silent = self._silenced(rows)
        n = sum(row["n"] for row in rows if self._key(row) not in silent) if self.n_of_shown else self.n
        return {
            "n": None if whole_is_silent else n,
            "d": None if whole_is_silent else self.d,
            "suppressed": whole_is_silent,
            "rows": [self._shown(row, silent=self._key(row) in silent) for row in rows],
        }

    def _key(self, row: dict[str, Any]) -> tuple[str, ...]:
        return tuple(str(row[dim]) for dim in self.dims)

    def _shown(self, row: dict[str, Any], *, silent: bool) -> dict[str, Any]:
        """A row; a silent one says its dimensions and no more."""
        said = {name: None if silent and name not in self.dims else value for name, value in row.items()}
        return {**said, "suppressed": silent}

    def _silenced(self, rows: Sequence[dict[str, Any]]) -> tuple[set[tuple[str, ...]], bool]:
        """The keys of the rows that say nothing, and whether the whole says nothing either.

        Small rows say nothing. If there are any, the next smallest join them, one after the other, until nobody can
        work one of them out: several rows, as many counted in them as a row needs to be shown, and not one each.
        """
        waiting = sorted(rows, key=lambda row: (row["d"], self._key(row)))
        silent = [waiting.pop(0) for row in rows if row["d"] < SMALL]
        if not silent:
            return set(), 0 < self.d < SMALL  # nobody is told of where there is nobody
        while waiting and not _safe_together(silent):
            silent.append(waiting.pop(0))
        whole = self.d < SMALL or self.overlapping or not _safe_together(silent)
        return {self._key(row) for row in silent}, whole


def _safe_together(silent: Sequence[dict[str, Any]]) -> bool:
    counted = sum(row["d"] for row in silent)
    return len(silent) > 1 and counted >= SMALL and counted != len(silent)
