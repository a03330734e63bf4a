"""The scalar types of the contract: what each accepts, from Python and from event JSON, and what it refuses.

Every type refuses what ClickHouse could not keep (its Date32 and DateTime64 end in 2299) and what fastavro would write
wrongly (an `int` of more than 32 bits, a naive datetime). Errors carry a code of `WRONG`, never the value.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, Strict, WithJsonSchema
from pydantic.functional_validators import PlainValidator
from pydantic_core import PydanticCustomError

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2299, 12, 31)
FIRST_INSTANT: Final = datetime(1900, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = datetime(2299, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
LIMIT_YUAN: Final = Decimal(10) ** 16

WRONG: Final = {
    "lz_day": ("a day as YYYY-MM-DD", "应为日期，写作 YYYY-MM-DD"),
    "lz_day_range": ("a day between 1900-01-01 and 2299-12-31", "日期应在 1900-01-01 与 2299-12-31 之间"),
    "lz_instant": (
        "an instant as RFC 3339, to the microsecond at most, e.g. 2026-03-01T09:30:00+08:00",
        "应为 RFC 3339 时刻，至多精确到微秒，如 2026-03-01T09:30:00+08:00",
    ),
    "lz_naive": ("an instant with its offset (+08:00 or Z)", "时刻须带时区偏移（+08:00 或 Z）"),
    "lz_instant_range": ("an instant between the years 1900 and 2299", "时刻应在 1900 年与 2299 年之间"),
    "lz_decimal": ('a decimal number as text, e.g. "1234.50"', "应为十进制数文本，如 \"1234.50\""),
    "lz_scale": ("at most two decimal places", "小数至多两位"),
    "lz_precision": ("at most 16 digits before the point", "整数部分至多 16 位"),
    "lz_uuid": ("a UUID with dashes, 36 characters", "应为带连字符的 36 位 UUID"),
    "lz_bytes": ("bytes as base64", "应为 base64 编码的字节"),
}  # fmt: skip

_CACHED = 4096  # days, amounts and the ids of a matter come again and again; what is wrong is never cached
_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
_WIDE = Context(prec=80)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6})0*)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _wrong(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, "see schemas.models.types.WRONG")


def _day(value: Any) -> date:
    if isinstance(value, str):
        return _read_day(value)
    if type(value) is not date:
        raise _wrong("lz_day")
    return _kept(value)


@lru_cache(maxsize=_CACHED)
def _read_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise _wrong("lz_day")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong("lz_day") from None
    return _kept(day)


def _kept(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _wrong("lz_day_range")
    return day


def _instant(given: Any) -> datetime:
    value: datetime = _read_instant(given) if isinstance(given, str) else given
    if not isinstance(value, datetime):
        raise _wrong("lz_instant")
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise _wrong("lz_naive")
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise _wrong("lz_instant_range") from None
    if not FIRST_INSTANT <= value <= LAST_INSTANT:
        raise _wrong("lz_instant_range")
    return value


def _read_instant(text: str) -> datetime:
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise _wrong("lz_instant")
    day, clock, fraction, offset = found.groups()
    if offset is None:
        raise _wrong("lz_naive")
    if clock.startswith("24"):
        raise _wrong("lz_instant")
    zone = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0').ljust(6, '0')}{zone}")
    except ValueError:
        raise _wrong("lz_instant") from None


def _decimal(value: Any) -> Decimal:
    if isinstance(value, float):
        value = repr(value)  # the shortest text that reads back the same: 0.1 is exactly "0.1"
    if isinstance(value, str):
        return _read_decimal(value)
    if not isinstance(value, (Decimal, int)) or isinstance(value, bool):
        raise _wrong("lz_decimal")
    return _exact(Decimal(value))


@lru_cache(maxsize=_CACHED)
def _read_decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise _wrong("lz_decimal")
    return _exact(Decimal(text))


def _exact(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise _wrong("lz_decimal")
    if abs(number) >= LIMIT_YUAN:
        raise _wrong("lz_precision")
    exact = number.quantize(_CENT, context=_WIDE)
    if exact != number:
        raise _wrong("lz_scale")
    return exact if exact else _ZERO


def _uuid(value: Any) -> UUID:
    if isinstance(value, str):
        return _read_uuid(value)
    if type(value) is UUID:
        return value
    raise _wrong("lz_uuid")


@lru_cache(maxsize=_CACHED)
def _read_uuid(text: str) -> UUID:
    if not _UUID.fullmatch(text):
        raise _wrong("lz_uuid")
    return UUID(text)


def _bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise _wrong("lz_bytes")


Text = Annotated[str, Strict(), Field(max_length=4_000_000)]
"""Text, UTF-8, no lone surrogates (the bound on its length makes pydantic look); larger than any event may be."""

YesNo = Annotated[bool, Strict()]
"""true or false; neither 0 and 1 nor words."""

Int = Annotated[int, Strict(), Field(ge=-(2**31), le=2**31 - 1)]
"""Whole number of 32 bits."""

Long = Annotated[int, Strict(), Field(ge=-(2**63), le=2**63 - 1)]
"""Whole number of 64 bits."""

Real = Annotated[float, Field(allow_inf_nan=False)]
"""Binary floating point, finite."""

Bytes = Annotated[bytes, PlainValidator(_bytes), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
"""Bytes; base64 (RFC 4648 section 4) in JSON."""

Uuid = Annotated[UUID, PlainValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
"""UUID with dashes."""

Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A day that the law counts: Asia/Shanghai, 1900-01-01 to 2299-12-31."""

Instant = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant, kept in UTC to the microsecond; without an offset it is refused."""

Yuan = Annotated[
    Decimal, PlainValidator(_decimal), WithJsonSchema({"type": "string", "pattern": "^-?[0-9]{1,16}(\\.[0-9]{1,2})?$"})
]
"""Decimal(18, 2), exact: money in yuan, or a quantity."""
