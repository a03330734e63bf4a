"""Days and instants of a row: the day of the decision, the days a row may do without, when it was written down."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from infra.clock import ASIA_SHANGHAI, day_start
from infra.errors import InvalidInput
from producers.importers.cells import Cell
from producers.importers.columns import Column
from producers.importers.flags import RowFlag
from producers.importers.problems import at
from producers.importers.record import Record
from schemas.identifiers import parse_date, required_day
from schemas.identifiers.text import fold

_PERIOD = re.compile(r"[0-9一二三四五六七八九十两半]+(?:个)?(?:年|月|日|天)|(?:见|详见|同|按|自|至|依|根据).*")
_INSTANT = re.compile(
    r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?[ T]?([0-9]{2}):?([0-9]{2})(?::?([0-9]{2}))?(?:\.[0-9]+)?"
)


def day_of_decision(record: Record) -> date:
    """The day of the decision; CellProblem where there is none."""
    try:
        return required_day(record.decided_on)
    except InvalidInput as error:
        raise at(Column.DECIDED_ON, error) from None


def other_days(record: Record, flags: list[RowFlag]) -> dict[str, date | None]:
    """Days that a row may also do without; never an empty dict."""
    found: dict[str, date | None] = {}
    for name, cell in (
        ("act_on", record.act_on),
        ("valid_until", record.valid_until),
        ("publish_until", record.publish_until),
    ):
        try:
            found[name] = parse_date(cell).day if cell != "" else None
        except InvalidInput as error:
            if not (isinstance(cell, str) and _PERIOD.fullmatch(fold(cell))):
                raise at(Column(name), error) from None
            flags.append(RowFlag.PERIOD_INSTEAD_OF_DAY)
            found[name] = None
    return found


def instant_of(cell: Cell) -> datetime | None:
    """When the source wrote the row down, by China's clock unless it says otherwise; None where it does not say it."""
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=ASIA_SHANGHAI)).astimezone(UTC)
    if not cell:
        return None
    try:
        found = _INSTANT.fullmatch(str(cell))
        if found is None:
            day = parse_date(cell).day
            return day_start(day) if day else None
        year, month, day_of_month, hour, minute, second = (int(group or 0) for group in found.groups())
        return datetime(year, month, day_of_month, hour, minute, second, tzinfo=ASIA_SHANGHAI).astimezone(UTC)
    except (InvalidInput, ValueError):
        return None
