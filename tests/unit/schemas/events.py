"""Events to change in tests: the golden ones, as fresh event JSON."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from functools import cache
from typing import Any

from schemas.catalogue import catalogue
from schemas.golden import read
from schemas.models import Event, validate
from schemas.rules import Flag, check, flags

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@cache
def _golden(event_type: str) -> dict[str, Any]:
    return read(catalogue().event_type(event_type).latest).event


def event_json(event_type: str, **changes: Any) -> dict[str, Any]:
    """The golden example with other values; a dotted path is written with `__` (`party__name`)."""
    event = copy.deepcopy(_golden(event_type))
    for path, value in changes.items():
        *parents, name = path.split("__")
        holder: Any = event
        for parent in parents:
            holder = holder[int(parent)] if isinstance(holder, list) else holder[parent]
        if isinstance(holder, list):
            holder[int(name)] = value
        else:
            holder[name] = value
    return event


def event(event_type: str, **changes: Any) -> Event:
    """The same as a model."""
    return validate(event_json(event_type, **changes))


def refused(event_type: str, **changes: Any) -> set[str]:
    """Fields that the rules refuse in the changed example."""
    return {problem.field for problem in check(event(event_type, **changes), now=NOW)}


def flagged(event_type: str, **changes: Any) -> set[str]:
    """Codes that the rules flag in the changed example, which they accept."""
    changed = event(event_type, **changes)
    assert check(changed, now=NOW) == []
    return {flag.code for flag in flags(changed)}


def flags_of(event_type: str, **changes: Any) -> list[Flag]:
    """The flags themselves."""
    return flags(event(event_type, **changes))
