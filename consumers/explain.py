"""Wording why ClickHouse refused a value. The refusal stands already; here fastavro only helps to say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consumers.reasons import Reason, ReasonCode
from consumers.verdict import guard_of
from infra.clickhouse import ServerRefused
from projections.store.landing import Guard
from schemas.catalogue import catalogue
from schemas.errors import InvalidInput
from schemas.wire import FRAME_LENGTH, HEADER, InvalidFrame, decode

_BY_GUARD: Mapping[Guard, ReasonCode] = {
    Guard.REGION: ReasonCode.WRONG_REGION,
    Guard.PUBLISHER: ReasonCode.WRONG_PUBLISHER,
    Guard.NUMBERING: ReasonCode.WRONG_NUMBERING,
    Guard.TEXT: ReasonCode.NOT_UTF8,
    Guard.RANGE: ReasonCode.OUT_OF_RANGE,
}


def explain(value: bytes, refusal: ServerRefused) -> Reason:
    """Why ClickHouse refused `value` alone. Field names and codes only, never what stands in a field."""
    guard = guard_of(refusal)
    if guard is not None and guard in _BY_GUARD:
        return Reason(_BY_GUARD[guard])
    if guard is Guard.CHECKSUM:
        return _explain_checksum(value)
    return _explain_undecodable(value, refusal)


def _explain_checksum(value: bytes) -> Reason:
    """The count is not one, or event type, event id or key are not what the frame and the log say."""
    event_id = value[HEADER.size + 1 : FRAME_LENGTH]
    try:
        datum = decode(value)
    except InvalidFrame:
        return Reason(ReasonCode.NO_EVENT_ID)
    except InvalidInput as error:
        return Reason(ReasonCode.LEFT_OVER, _length(value)) if "left over" in error.message else _undecodable(error)
    meta: Mapping[str, Any] = datum["meta"]
    name = catalogue().by_id[HEADER.unpack_from(value)[1]].name
    if event_id != event_id.lower():
        return Reason(ReasonCode.NO_EVENT_ID)
    if meta["event_type"] != name:
        return Reason(ReasonCode.WRONG_EVENT_TYPE, f"the schema is {name}")
    return Reason(ReasonCode.WRONG_KEY)  # nothing else is in the print


def _explain_undecodable(value: bytes, refusal: ServerRefused) -> Reason:
    try:
        decode(value)
    except InvalidFrame:
        return Reason(ReasonCode.NO_EVENT_ID)
    except InvalidInput as error:
        return Reason(ReasonCode.LEFT_OVER, _length(value)) if "left over" in error.message else _undecodable(error)
    # fastavro reads what ClickHouse does not (a number too large for its type, a boolean of 7): the refusal stands.
    return Reason(ReasonCode.UNDECODABLE, f"ClickHouse code {refusal.code}")


def _undecodable(error: InvalidInput) -> Reason:
    return Reason(ReasonCode.UNDECODABLE, error.message)


def _length(value: bytes) -> str:
    return f"the value has {len(value)} bytes"
