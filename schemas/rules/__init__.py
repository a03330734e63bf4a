"""What Avro can not say about an event: refused at publish (`check`), or accepted and flagged (`flags`).

Common rules stand in `common`, those of a family in the module of its name. They are about one event by itself; what
can only be told from several (missing steps, deadlines, double fines) belongs to the projections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from schemas.errors import InvalidEvent, InvalidInput, Problem
from schemas.models import Event, validate
from schemas.rules.common import check_common, flags_common
from schemas.rules.findings import Flag

__all__ = ["FamilyRules", "Flag", "admit", "check", "flags", "rules_of"]


class FamilyRules(Protocol):
    """What a family's module has."""

    def check(self, event: Event) -> Iterator[Problem]: ...

    def flags(self, event: Event) -> Iterator[Flag]: ...


@cache
def rules_of(family: str) -> FamilyRules:
    """The rules of one family; loaded when they are first asked for, since most publishers tell of one family only."""
    return cast("FamilyRules", import_module(f"schemas.rules.{family}"))


def check(event: Event, *, now: datetime) -> list[Problem]:
    """Why this event can not be accepted; empty when it can.

    Args:
        event: a valid model.
        now: the present instant, aware; nothing may have happened more than a day after it.

    Raises:
        InvalidInput: `now` is naive.
    """
    if now.tzinfo is None:
        raise InvalidInput("now needs a time zone", zh="时刻须带时区")
    return [*check_common(event, now), *rules_of(event.family).check(event)]


def flags(event: Event) -> list[Flag]:
    """What a person should look at in an event that is accepted; a function of the event alone."""
    return [*flags_common(event), *rules_of(event.family).flags(event)]


def admit(datum: Mapping[str, Any], *, now: datetime) -> Event:
    """Validate and check in one go: the event, or every reason against it.

    Raises:
        InvalidEvent: naming every wrong field; rules are asked only once all types are right.
    """
    event = validate(datum)
    problems = check(event, now=now)
    if problems:
        raise InvalidEvent(tuple(problems))
    return event
