"""The look at each value's frame: is it an event of this family, and the print that landing checks it by.

This is all that Python looks at between the log and the table, and it runs for every event: the fast way is three
calls in C for each. Only when something is off the values of the run are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from consumers.policy import PREFIX_LENGTH, TopicRules
from consumers.reasons import Reason, ReasonCode
from schemas.catalogue import catalogue
from schemas.wire import FRAME_LENGTH, HEADER, ID_LENGTH, MAGIC

_LENGTH_BYTE = bytes([ID_LENGTH * 2])


def prints_of(
    rules: TopicRules, keys: Sequence[bytes | None], values: Sequence[bytes | None], value_bytes: int
) -> tuple[list[int], set[bytes]] | None:
    """The print of each value (CRC-32 of event type, event id and key, in a row) and the prefixes that occur.

    None when any value must not be sent as it is; then look at each with `judge_frame`.
    """
    known = rules.prefixes
    try:
        heads = [value[:PREFIX_LENGTH] for value in values]  # type: ignore[index]
        prints = [
            crc32(key, crc32(value[PREFIX_LENGTH:FRAME_LENGTH], known[head]))  # type: ignore[arg-type,index]
            for key, value, head in zip(keys, values, heads, strict=True)
        ]
        sizes = list(map(len, values))  # type: ignore[arg-type]
    except (TypeError, KeyError):
        return None
    if not sizes or (min(sizes) > FRAME_LENGTH and max(sizes) <= value_bytes):
        return prints, set(heads)
    return None


def print_of(rules: TopicRules, key: bytes, value: bytes) -> int:
    """The print of one value whose frame is good."""
    return crc32(key, crc32(value[PREFIX_LENGTH:FRAME_LENGTH], rules.prefixes[value[:PREFIX_LENGTH]]))


def judge_frame(rules: TopicRules, key: bytes | None, value: bytes | None, value_bytes: int) -> Reason | None:
    """Why a value is no event of this topic as far as its frame tells; None: send it.

    `UNKNOWN_SCHEMA` is no refusal: the value may be good and this process too old to know.
    """
    if value is None:
        return Reason(ReasonCode.NO_VALUE)
    schema_id = schema_id_of(value)
    registered = None if schema_id is None else catalogue().by_id.get(schema_id)
    family = registered.family if registered else ""
    checks = (
        (len(value) > value_bytes, ReasonCode.TOO_LARGE, f"{len(value)} bytes"),
        (len(value) < HEADER.size, ReasonCode.TOO_SHORT, f"{len(value)} bytes"),
        (schema_id is None, ReasonCode.NOT_CONFLUENT, f"it is {value[:1].hex()}"),
        (registered is None, ReasonCode.UNKNOWN_SCHEMA, f"id {schema_id}"),
        (family != rules.family, ReasonCode.WRONG_FAMILY, f"schema {schema_id} belongs to {family}"),
        (len(value) <= FRAME_LENGTH, ReasonCode.TOO_SHORT, f"{len(value)} bytes"),
        (value[HEADER.size : HEADER.size + 1] != _LENGTH_BYTE, ReasonCode.NO_EVENT_ID, ""),
        (key is None, ReasonCode.NO_KEY, ""),
    )
    return next((Reason(code, detail) for is_so, code, detail in checks if is_so), None)


def schema_id_of(value: bytes | None) -> int | None:
    """The schema id in a value's frame; None when there is no frame."""
    if value is None or len(value) < HEADER.size or value[0] != MAGIC:
        return None
    schema_id: int = HEADER.unpack_from(value)[1]
    return schema_id
