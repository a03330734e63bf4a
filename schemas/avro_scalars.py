"""How single values of the contract's types are written in Avro's binary form, each checked as it is written.

A writer is given the path of the field, for its error, the bytes so far, and the value. Text is not here: `avro_writer`
writes it out in place.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from schemas.errors import InvalidInput

ScalarWriter = Callable[[str, bytearray, Any], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_INT = 2**31
_LONG = 2**63
_UNSCALED = 10**18
_DOUBLE = struct.Struct("<d")


class UnwritableError(InvalidInput):
    """A value does not fit its field; `path` says which, the message never holds the value."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path}: expected {expected}", zh=f"{path}：数据与模式不符")
        self.path = path


def append_long(out: bytearray, number: int) -> None:
    """Avro's variable-length zig-zag form of a whole number."""
    rest = (number << 1) ^ (number >> 63)
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)


def long_bytes(number: int) -> bytes:
    """The same as bytes of its own."""
    out = bytearray()
    append_long(out, number)
    return bytes(out)


def append_bytes(out: bytearray, raw: bytes) -> None:
    """Length and content."""
    length = len(raw)
    if length < 64:
        out.append(length << 1)
    else:
        append_long(out, length)
    out += raw


def write_bytes(path: str, out: bytearray, value: Any) -> None:
    """Bytes."""
    if not isinstance(value, bytes):
        raise UnwritableError(path, "bytes")
    append_bytes(out, value)


def write_int(path: str, out: bytearray, value: Any) -> None:
    """A whole number of 32 bits."""
    if type(value) is not int or not -_INT <= value < _INT:
        raise UnwritableError(path, "a whole number of 32 bits")
    append_long(out, value)


def write_long(path: str, out: bytearray, value: Any) -> None:
    """A whole number of 64 bits."""
    if type(value) is not int or not -_LONG <= value < _LONG:
        raise UnwritableError(path, "a whole number of 64 bits")
    append_long(out, value)


def write_double(path: str, out: bytearray, value: Any) -> None:
    """Binary floating point."""
    if not isinstance(value, float):
        raise UnwritableError(path, "a floating-point number")
    out += _DOUBLE.pack(value)


def write_boolean(path: str, out: bytearray, value: Any) -> None:
    """true or false, as one byte."""
    if value is not True and value is not False:
        raise UnwritableError(path, "true or false")
    out.append(value)


def write_date(path: str, out: bytearray, value: Any) -> None:
    """Days since 1970-01-01."""
    if type(value) is not date:
        raise UnwritableError(path, "a date")
    append_long(out, value.toordinal() - _EPOCH_DAY)


def write_instant(path: str, out: bytearray, value: Any) -> None:
    """Microseconds since 1970-01-01T00:00:00Z."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise UnwritableError(path, "an aware datetime")
    since = value - _EPOCH
    append_long(out, since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds)


def write_decimal(path: str, out: bytearray, value: Any) -> None:
    """The number of hundredths, as bytes of two's complement."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise UnwritableError(path, "a decimal number")
    numerator, denominator = value.as_integer_ratio()
    unscaled, rest = divmod(numerator * 100, denominator)
    if rest or not -_UNSCALED < unscaled < _UNSCALED:
        raise UnwritableError(path, "a decimal number of 18 digits, two of them decimal places")
    append_bytes(out, unscaled.to_bytes((unscaled.bit_length() + 8) // 8, "big", signed=True))


def write_uuid(path: str, out: bytearray, value: Any) -> None:
    """The 36 characters of a UUID."""
    if not isinstance(value, UUID):
        raise UnwritableError(path, "a UUID")
    out.append(72)
    digits = value.int.to_bytes(16, "big").hex()
    out += f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}".encode("ascii")


SCALARS: Mapping[tuple[str, str], ScalarWriter] = {
    ("bytes", ""): write_bytes,
    ("int", ""): write_int,
    ("long", ""): write_long,
    ("double", ""): write_double,
    ("boolean", ""): write_boolean,
    ("int", "date"): write_date,
    ("long", "timestamp-micros"): write_instant,
    ("bytes", "decimal"): write_decimal,
    ("string", "uuid"): write_uuid,
}
