"""The bytes of single values of the contract's types in Avro's binary form.

Each function takes the value of a field and gives its bytes, or raises ValueError or TypeError where it is none of its
type. What comes again and again (lengths, days, amounts) is written once and remembered. Text is not here:
`avro_writer` writes it out in place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from schemas.errors import InvalidInput

_REMEMBERED = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_INT = 2**31
_LONG = 2**63
_UNSCALED = 10**18
_DOUBLE = struct.Struct("<d")


class Scalar(NamedTuple):
    """A type of single values: what gives their bytes, and how messages call what is expected."""

    bytes_of: Callable[[Any], bytes]
    expected: str


class UnwritableError(InvalidInput):
    """A value does not fit its field; `path` says which, the message never holds the value."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: expected {expected}", zh=f"{path}：数据与模式不符")
        self.path = path


@lru_cache(_REMEMBERED)
def long_bytes(number: int) -> bytes:
    """Avro's variable-length zig-zag form of a whole number."""
    out = bytearray()
    rest = (number << 1) ^ (number >> 63)
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def _raw(value: Any) -> bytes:
    """Length and content."""
    if not isinstance(value, bytes):
        raise TypeError
    return long_bytes(len(value)) + value


def _int(value: Any) -> bytes:
    if type(value) is not int or not -_INT <= value < _INT:
        raise ValueError
    return long_bytes(value)


def _long(value: Any) -> bytes:
    if type(value) is not int or not -_LONG <= value < _LONG:
        raise ValueError
    return long_bytes(value)


def _double(value: Any) -> bytes:
    if not isinstance(value, float):
        raise TypeError
    return _DOUBLE.pack(value)


def _boolean(value: Any) -> bytes:
    """One byte."""
    if value is not True and value is not False:
        raise TypeError
    return b"\x01" if value else b"\x00"


def _date(value: Any) -> bytes:
    """Days since 1970-01-01."""
    if type(value) is not date:
        raise TypeError
    return long_bytes(value.toordinal() - _EPOCH_DAY)


def _instant(value: Any) -> bytes:
    """Microseconds since 1970-01-01T00:00:00Z. Not remembered: the two readings of an hour put back are equal."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError
    since = value - _EPOCH
    return long_bytes(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds)


@lru_cache(_REMEMBERED, typed=True)
def _decimal(value: Any) -> bytes:
    """The number of hundredths, as bytes of two's complement."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError
    numerator, denominator = value.as_integer_ratio()
    unscaled, rest = divmod(numerator * 100, denominator)
    if rest or not -_UNSCALED < unscaled < _UNSCALED:
        raise ValueError
    return _raw(unscaled.to_bytes((unscaled.bit_length() + 8) // 8, "big", signed=True))


def _uuid(value: Any) -> bytes:
    """The 36 characters of a UUID."""
    if not isinstance(value, UUID):
        raise TypeError
    digits = value.int.to_bytes(16, "big").hex()
    return f"H{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode("ascii")  # H: length 36


SCALARS: Mapping[tuple[str, str], Scalar] = {
    ("bytes", ""): Scalar(_raw, "bytes"),
    ("int", ""): Scalar(_int, "a whole number of 32 bits"),
    ("long", ""): Scalar(_long, "a whole number of 64 bits"),
    ("double", ""): Scalar(_double, "a floating-point number"),
    ("boolean", ""): Scalar(_boolean, "true or false"),
    ("int", "date"): Scalar(_date, "a date"),
    ("long", "timestamp-micros"): Scalar(_instant, "an aware datetime"),
    ("bytes", "decimal"): Scalar(_decimal, "a decimal number of 18 digits, two of them decimal places"),
    ("string", "uuid"): Scalar(_uuid, "a UUID"),
}
