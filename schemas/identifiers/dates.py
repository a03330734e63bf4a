"""Dates as published files hold them: spreadsheet serials, date cells, and five shapes of text.

The law counts in days, so what comes out is a `date` in China's civil time (UTC+8); a time of day is read and dropped.
Two-digit years and dates of unknown order (5/1/2024) are refused, never guessed. Messages never repeat what stood in
the cell, as it may be a person's date of birth.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from schemas.errors import InvalidInput
from schemas.identifiers.text import fold, is_blank, tidy

CHINA = timezone(timedelta(hours=8), "UTC+8")

UNLIMITED_FROM = date(2099, 12, 31)
"""From this day on a date is a way of writing "for ever" (2099-12-31, 9999-12-31)."""

EARLIEST = date(1900, 1, 1)


class DateStatus(StrEnum):
    """What a cell says: a day, nothing, or that there is no end (长期)."""

    DAY = "DAY"
    EMPTY = "EMPTY"
    UNLIMITED = "UNLIMITED"


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A date cell that was understood. `day` is None unless `status` is DAY."""

    day: date | None
    status: DateStatus


_EMPTY = ParsedDate(None, DateStatus.EMPTY)
_UNLIMITED = ParsedDate(None, DateStatus.UNLIMITED)
_UNLIMITED_WORDS = frozenset(
    {"长期", "长期有效", "永久", "永久有效", "永久性", "无期限", "无限期", "无固定期限", "不限", "不限期", "终身"}
)
_TIME = (
    r"(?:[T ]? ?(?P<hour>[0-9]{1,2}) ?[:时点] ?(?P<minute>[0-9]{1,2})"
    r"(?: ?[:分] ?(?P<second>[0-9]{1,2})(?:\.[0-9]{1,9})? ?秒?| ?分)?"
    r"(?: ?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_WRITTEN = re.compile(
    r"(?P<year>[0-9]{4}) ?(?:(?P<mark>[-/.]) ?(?P<month>[0-9]{1,2}) ?(?P=mark) ?(?P<day>[0-9]{1,2})(?![0-9])"
    r"|年 ?(?P<month_zh>[0-9]{1,2}) ?月 ?(?P<day_zh>[0-9]{1,2}) ?[日号]?)" + _TIME
)
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?: ?(?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2}):?(?P<second>[0-9]{2}))?"
)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]{1,12})?")
_SHORT_YEAR = re.compile(r"['’]?[0-9]{2} ?(?:[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{1,2}|年.*)|[0-9]{6}")
_YEAR_LAST = re.compile(r"[0-9]{1,2} ?[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{4}\b.*")
_SERIAL_EPOCH = date(1899, 12, 30)  # for serials after the leap day of 1900 that never was
_LAST_SERIAL = 2_958_465  # 9999-12-31
_CACHED_TEXTS, _SHORT_TEXT = 8192, 32


def parse_date(value: object) -> ParsedDate:
    """Read a date cell.

    Args:
        value: a `date`; a `datetime` (with an offset it is moved to China's time first, without one it is taken as it
            is); a number: the serial of a spreadsheet (1900 system) or eight digits (20240105); text: 2024-01-05,
            2024/1/5, 2024.1.5, 20240105, 2024年1月5日, each with a time of day at most, a serial of five digits, or
            the words for "no end". None, empty text and the signs for "nothing" are EMPTY.

    Raises:
        InvalidInput: anything else: two-digit year, unknown order of day and month, no such day, before 1900.
    """
    if value is None:
        return _EMPTY
    if isinstance(value, str):
        return _of_short_text(value) if len(value) <= _SHORT_TEXT else _of_text(value)
    if isinstance(value, datetime):
        return _bounded(_in_china(value).date())
    if isinstance(value, date):
        return _bounded(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _EMPTY if value != value else _of_number(value)  # noqa: PLR0124 - a cell without a number
    raise _no_date()


def required_day(value: object) -> date:
    """Read a date cell that must hold a day. Raises InvalidInput also where it is empty or says "no end"."""
    parsed = parse_date(value)
    if parsed.day is None:
        if parsed.status is DateStatus.EMPTY:
            raise InvalidInput("a date is expected, the cell is empty", zh="日期为空")
        raise InvalidInput('a date is expected, the cell says "no end"', zh="应填写具体日期，不能为长期或永久")
    return parsed.day


def from_serial(serial: float) -> date:
    """Day of a spreadsheet serial in the 1900 system, where 1 is 1900-01-01 and 60 a leap day that never was.

    A fraction is a time of day; it is rounded to whole seconds and dropped.

    Raises:
        InvalidInput: below 1, beyond 9999-12-31, or the 60.
    """
    if not 1 <= serial < _LAST_SERIAL + 1:
        raise InvalidInput("the number is no date serial of a spreadsheet", zh="数字不是有效的电子表格日期序列值")
    day = min(math.floor(round(serial * 86_400) / 86_400), _LAST_SERIAL)
    if day == 60:
        raise InvalidInput(
            "serial 60 is 29 February 1900, a day that never was", zh="序列值 60 对应 1900 年 2 月 29 日，该日不存在"
        )
    return _SERIAL_EPOCH + timedelta(days=day if day > 60 else day + 1)


def _of_number(number: float) -> ParsedDate:
    if isinstance(number, int) or number.is_integer():
        if 19_000_101 <= number <= 99_991_231:
            return _of_text(str(int(number)))
        if 1900 <= number <= 2100:
            raise InvalidInput("the number looks like a year; a whole date is expected", zh="仅有年份，应填写完整日期")
    return _bounded(from_serial(number))


@lru_cache(_CACHED_TEXTS)
def _of_short_text(text: str) -> ParsedDate:
    """Read a date once: a file of many rows holds few days."""
    return _of_text(text)


def _of_text(text: str) -> ParsedDate:
    if is_blank(text):
        return _EMPTY
    if fold(text) in _UNLIMITED_WORDS:
        return _UNLIMITED
    text = tidy(text).removeprefix("'").removesuffix("止").removesuffix("至")
    match = _WRITTEN.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is not None:
        return _bounded(_of_match(match.groupdict()))
    if _SERIAL.fullmatch(text):
        return _bounded(from_serial(float(text)))
    if _SHORT_YEAR.fullmatch(text):
        raise InvalidInput("a year of two digits; the year is expected with four", zh="年份只有两位，应为四位年份")
    if _YEAR_LAST.fullmatch(text):
        raise InvalidInput(
            "day and month in unknown order; expected year, month, day", zh="日、月次序不明，应按年、月、日填写"
        )
    raise _no_date()


def _of_match(parts: dict[str, str | None]) -> date:
    month, day = parts["month"] or parts.get("month_zh"), parts["day"] or parts.get("day_zh")
    try:
        moment = datetime(  # noqa: DTZ001 - a civil date; an offset is applied below
            int(parts["year"] or 0),
            int(month or 0),
            int(day or 0),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
        )
    except ValueError:
        raise InvalidInput(
            "no such day or time in the calendar; expected year, month, day", zh="日期或时间不存在，应为年、月、日"
        ) from None
    zone = parts.get("zone")
    return (moment if zone is None else _in_china(moment.replace(tzinfo=_offset(zone)))).date()


def _offset(zone: str) -> timezone:
    if zone == "Z":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    if offset >= timedelta(hours=24):
        raise _no_date()
    return timezone(-offset if zone[0] == "-" else offset)


def _in_china(moment: datetime) -> datetime:
    """The moment by the clock of China; one without an offset already is."""
    try:
        return moment if moment.tzinfo is None else moment.astimezone(CHINA)
    except OverflowError:
        raise _no_date() from None


def _bounded(day: date) -> ParsedDate:
    if day >= UNLIMITED_FROM:
        return _UNLIMITED
    if day < EARLIEST:
        raise InvalidInput("a date before 1900", zh="日期早于 1900 年")
    return ParsedDate(day, DateStatus.DAY)


def _no_date() -> InvalidInput:
    return InvalidInput(
        "not a date: expected 2024-01-05, 2024/1/5, 2024.1.5, 20240105, 2024年1月5日 or a date cell",
        zh="不是有效日期：应为 2024-01-05、2024/1/5、2024.1.5、20240105、2024年1月5日 或日期单元格",
    )
