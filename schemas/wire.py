"""The bytes of an event: Confluent wire format (a zero byte, a 4-byte big-endian schema id, the Avro datum).

Because `meta.event_id` is the first field of every event, bytes 6 to 41 of every value are its event id.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from schemas.avro_writer import Writer
from schemas.catalogue import catalogue
from schemas.errors import InvalidInput

MAGIC = 0
HEADER = struct.Struct(">bI")
ID_LENGTH = 36
FRAME_LENGTH = HEADER.size + 1 + ID_LENGTH
_ID_PREFIX = ID_LENGTH * 2  # zig-zag of the length 36: the byte before the event id


class InvalidFrame(InvalidInput):
    """The bytes do not begin as an event does."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What can be told without decoding: the schema id and the event id (canonical text, lower case)."""

    schema_id: int
    event_id: str


def frame(value: bytes) -> Frame:
    """Read the frame of a value.

    Raises:
        InvalidFrame: too short, wrong magic byte, or no event id in its place.
    """
    if len(value) < FRAME_LENGTH:
        raise InvalidFrame(f"value of {len(value)} bytes is shorter than a frame of {FRAME_LENGTH}", zh="数据过短")
    magic, schema_id = HEADER.unpack_from(value)
    if magic != MAGIC:
        raise InvalidFrame(f"first byte is {magic}, expected {MAGIC} (Confluent wire format)", zh="首字节不是 0")
    raw = value[HEADER.size + 1 : FRAME_LENGTH]
    if value[HEADER.size] != _ID_PREFIX:
        raise InvalidFrame("meta.event_id is not the first field, 36 characters long", zh="首字段不是事件编号")
    try:
        text = raw.decode("ascii")
        if str(UUID(text)) != text.lower():
            raise ValueError
    except ValueError:
        raise InvalidFrame("meta.event_id is not a dashed UUID", zh="事件编号不是 UUID") from None
    return Frame(schema_id, text)


def encode(event_type: str, datum: Mapping[str, Any]) -> bytes:
    """Encode a datum with the newest version of its event type; strict: no unknown and no missing fields.

    Raises:
        InvalidInput: unknown event type, or the datum does not fit the schema; the field is named, its value is not.
    """
    head, write = _writer(event_type)
    out = bytearray(head)
    write(out, datum)
    return bytes(out)


@cache
def _writer(event_type: str) -> tuple[bytes, Writer]:
    """What every value of an event type begins with, and what writes the rest."""
    registered = catalogue().event_type(event_type).latest
    return HEADER.pack(MAGIC, registered.id), registered.write


def decode(value: bytes) -> dict[str, Any]:
    """Decode a value with the version it was written with; every byte must be used.

    Raises:
        InvalidFrame: the frame is wrong.
        InvalidInput: the schema id is unknown, or the datum can not be read.
    """
    registered = catalogue().by_id.get(frame(value).schema_id)
    if registered is None:
        raise InvalidInput(f"schema id {frame(value).schema_id} is not in the catalogue", zh="目录中没有该模式编号")
    from fastavro import schemaless_reader  # see RegisteredSchema.parsed

    stream = io.BytesIO(value)
    stream.seek(HEADER.size)
    try:
        datum = schemaless_reader(stream, registered.parsed, None)
    except (ValueError, TypeError, EOFError, IndexError, OverflowError, ArithmeticError, struct.error) as error:
        raise InvalidInput(f"{registered.name} can not be decoded: {type(error).__name__}") from error
    if stream.tell() != len(value):
        raise InvalidInput(f"{registered.name}: {len(value) - stream.tell()} bytes left over after the datum")
    if not isinstance(datum, dict):
        raise InvalidInput(f"{registered.name} is not a record")
    return datum
