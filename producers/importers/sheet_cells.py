"""What a number in an XLSX cell means: an amount, a day, a time or a length of time, by the format of its style.

ECMA-376 part 1, §18.8.30 (number formats) and §18.17.4 (dates). Formats of time without the date, and the ambiguous
29 February 1900, come out as python-calamine gives them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from producers.importers.cells import Cell

_DATE_IDS = frozenset((*range(14, 23), 45, 47))
_LENGTH_ID = 46
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.')
_LENGTH = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_DATE = re.compile(r"[dmyhs]", re.IGNORECASE)
_EPOCH, _EARLY_EPOCH = datetime(1899, 12, 30), datetime(1899, 12, 31)  # noqa: DTZ001 - a spreadsheet's days have no zone
_FEBRUARY_29 = 60
_FROM_1904 = 1462
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")

Meaning = Callable[[float], Cell]


def meanings(formats: Sequence[int], codes: Mapping[int, str], *, from_1904: bool) -> tuple[Meaning | None, ...]:
    """For each style what a number in it is; None where it is a number.

    Args:
        formats: the number format's id of each style.
        codes: the codes of the workbook's own formats.
        from_1904: whether days are counted from 1904, as old Macintosh workbooks do.
    """
    offset = _FROM_1904 if from_1904 else 0
    return tuple(_meaning(number, codes.get(number, ""), offset) for number in formats)


def unescaped(text: str) -> str:
    """Text with the characters that XML can not hold (`_x000D_`); halves of a pair are left out."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(
        lambda found: "" if found[1][0] in "dD" and found[1][1] >= "8" else chr(int(found[1], 16)), text
    )


def _meaning(number: int, code: str, offset: int) -> Meaning | None:
    code = _LITERAL.sub("", code.partition(";")[0])
    if number == _LENGTH_ID or _LENGTH.search(code):
        return lambda value: timedelta(days=value)
    if number in _DATE_IDS or _DATE.search(_BRACKETS.sub("", code)):
        return lambda value: _day_or_time(value + offset)
    return None


def _day_or_time(value: float) -> Cell:
    if not 0 <= value < 2_958_466:  # beyond the year 9999
        return value
    millis = round(value * 86_400_000)
    moment = (_EPOCH if value >= _FEBRUARY_29 else _EARLY_EPOCH) + timedelta(milliseconds=millis)
    if value < 1:
        return time(moment.hour, moment.minute, moment.second, moment.microsecond)
    return date(moment.year, moment.month, moment.day) if value == int(value) else moment
