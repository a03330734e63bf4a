"""Law and practice as data: versioned files, read here and loaded into tables beside the projections.

Every line has a first day (`valid_from`), its instrument and article, and a `confidence`: L the text was read, R it is
recalled, U we are unsure. An answer names the versions that it used.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from infra.errors import FatalError

FOLDER = Path(__file__).parent
FILES = ("calendar", "sla", "limits")
FIRST_DAY, LAST_DAY = date(2019, 1, 1), date(2027, 12, 31)
"""The working-day table covers these days; in years without a schedule Monday to Friday count."""


@dataclass(frozen=True, slots=True)
class SlaRule:
    """Deadlines of a kind of referral; an empty field holds for all.

    Attributes:
        acknowledge_working_days: working days after sending within which a referral is to be acknowledged.
        reply_calendar_days: calendar days after sending within which it is to be answered when its letter names no day.
    """

    valid_from: date
    acknowledge_working_days: int
    reply_calendar_days: int
    instrument: str
    article: str
    confidence: str
    exchange_form: str = ""
    domain: str = ""
    from_region: str = ""
    to_region: str = ""
    urgency: str = ""
    valid_to: date = LAST_DAY

    def specificity(self) -> int:
        """How many of the five circumstances it names."""
        return sum(bool(part) for part in self.circumstances())

    def circumstances(self) -> tuple[str, str, str, str, str]:
        """Form, domain, sender, receiver, urgency."""
        return self.exchange_form, self.domain, self.from_region, self.to_region, self.urgency

    def holds(self, circumstances: tuple[str, ...], day: date) -> bool:
        """Whether it speaks of a referral of these circumstances sent on that day."""
        named = zip(self.circumstances(), circumstances, strict=True)
        return self.valid_from <= day <= self.valid_to and all(not want or want == given for want, given in named)


@dataclass(frozen=True, slots=True)
class Limit:
    """One number that law or practice sets, from a day on."""

    name: str
    value: int
    unit: str
    valid_from: date
    instrument: str
    article: str
    confidence: str


@dataclass(frozen=True)
class Policy:
    """All of it, with the version of each file (the first 12 hex digits of its SHA-256)."""

    versions: dict[str, str]
    holidays: frozenset[date]
    workdays: frozenset[date]
    scheduled_years: dict[int, str]
    sla: tuple[SlaRule, ...]
    limits: tuple[Limit, ...]

    def is_working_day(self, day: date) -> bool:
        """Whether a day counts for limits in working days (schedules of the State Council, else Monday to Friday)."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def calendar(self) -> Iterator[tuple[date, bool, int, str]]:
        """Every day of the table: the day, whether it counts, working days up to and with it, the source."""
        count, day = 0, FIRST_DAY
        while day <= LAST_DAY:
            working = self.is_working_day(day)
            count += working
            yield day, working, count, self.scheduled_years.get(day.year, "Monday to Friday")
            day += timedelta(days=1)

    def rule(self, form: str, domain: str, from_region: str, to_region: str, urgency: str, day: date) -> SlaRule:
        """The line that holds for a referral sent on `day`: the one that names most, then the newest.

        Raises:
            FatalError: no line holds for it.
        """
        circumstances = (form, domain, from_region, to_region, urgency)
        found = [rule for rule in self.sla if rule.holds(circumstances, day)]
        if not found:
            raise FatalError(f"projections/policy/sla.toml has no line for {circumstances} on {day}")
        return max(found, key=lambda rule: (rule.specificity(), rule.valid_from))

    def acknowledge_days(
        self, form: str, domain: str, from_region: str, to_region: str, urgency: str, day: date
    ) -> int:
        """Working days within which a referral is to be acknowledged."""
        return self.rule(form, domain, from_region, to_region, urgency, day).acknowledge_working_days

    def reply_days(self, form: str, domain: str, from_region: str, to_region: str, urgency: str, day: date) -> int:
        """Calendar days within which a referral is to be answered when its letter names no day."""
        return self.rule(form, domain, from_region, to_region, urgency, day).reply_calendar_days


@cache
def load() -> Policy:
    """Read the files once.

    Raises:
        FatalError: a line has a key that is not known, or lacks one.
    """
    texts = {name: (FOLDER / f"{name}.toml").read_bytes() for name in FILES}
    parsed = {name: tomllib.loads(text.decode()) for name, text in texts.items()}
    years = parsed["calendar"]["years"]
    try:
        sla = tuple(SlaRule(**rule) for rule in parsed["sla"]["rules"])
        limits = tuple(Limit(**limit) for limit in parsed["limits"]["limits"])
    except TypeError as error:
        known = ", ".join(field.name for field in fields(SlaRule) + fields(Limit))
        raise FatalError(f"projections/policy: {error}; known keys: {known}") from error
    return Policy(
        versions={name: hashlib.sha256(text).hexdigest()[:12] for name, text in texts.items()},
        holidays=frozenset(day for year in years for day in year["holidays"]),
        workdays=frozenset(day for year in years for day in year["workdays"]),
        scheduled_years={year["year"]: year["instrument"] for year in years},
        sla=sla,
        limits=limits,
    )
