"""What ClickHouse's answer to a landing statement means: wait, too late, refused, or unexpected."""

from __future__ import annotations

import re
from enum import StrEnum

from infra.clickhouse import ServerRefused
from infra.errors import RetryableError
from projections.store.landing import CONCERNS_THE_MOMENT, Guard
from schemas.catalogue import catalogue

THROWN = 395
STANDARD_EXCEPTION = 1001
_GUARD = re.compile(r"lianzhi:[a-z]+")

REGISTRY_CODES = frozenset({86, 210})
"""The registry is away, or answers something else than a schema: waiting helps, the events are good."""

_NOT_FOUND = re.compile(r"HTTP status code: 404\b.*while fetching schema id = (\d+)", re.DOTALL)

DATA_CODES = frozenset(
    {
        6,  # cannot parse text
        26,  # cannot parse a quoted string
        27,  # input assertion
        32,  # attempt to read after the end
        33,  # cannot read all data
        38,  # cannot parse a date
        41,  # cannot parse a time
        53,  # type mismatch
        69,  # argument out of bound
        70,  # cannot convert a type
        72,  # cannot parse a number
        117,  # incorrect data
        128,  # array too large
        131,  # string too large
        321,  # value out of range of its type
        349,  # NULL in a column that is not Nullable
        376,  # cannot parse a UUID
        407,  # decimal overflow
    }
)
"""The bytes can not be decoded or stored."""


class Verdict(StrEnum):
    """What a refusal says."""

    REFUSED = "refused"
    """Something is wrong with a value of the statement."""
    TOO_LATE = "too late"
    """The table moved, or the deadline passed: look at the table."""
    REGISTRY_AWAY = "registry away"
    """Wait: the schemas can not be had."""
    UNEXPECTED = "unexpected"
    """Neither the values nor the moment explain it: a missing table, a missing right, a bug."""


class RegistryAway(RetryableError):
    """ClickHouse can not get schemas from the registry; nothing is wrong with the events."""


class Unexpected(RetryableError):
    """ClickHouse refuses for a reason that values do not have; tried again slowly, with an alarm each time."""


def verdict_of(refusal: ServerRefused) -> Verdict:
    """What a refusal means."""
    guard = guard_of(refusal)
    if guard is not None:
        return Verdict.TOO_LATE if guard in CONCERNS_THE_MOMENT else Verdict.REFUSED
    if refusal.code in REGISTRY_CODES:
        return Verdict.REFUSED if _asks_for_no_schema(refusal) else Verdict.REGISTRY_AWAY
    decoder_failed = refusal.code == STANDARD_EXCEPTION and "avro::" in refusal.server_message
    return Verdict.REFUSED if refusal.code in DATA_CODES or decoder_failed else Verdict.UNEXPECTED


def guard_of(refusal: ServerRefused) -> Guard | None:
    """The condition of the statement that threw; None: another reason."""
    found = _GUARD.match(refusal.server_message)
    return Guard(found[0]) if refusal.code == THROWN and found else None


def _asks_for_no_schema(refusal: ServerRefused) -> bool:
    """Whether ClickHouse asked the registry, which answered, for a schema that there is not.

    Every value's own schema is known before it is sent: so the number stood behind a value's end, or where a broken
    value made the reader take the next one for a header.
    """
    found = _NOT_FOUND.search(refusal.server_message)
    return found is not None and int(found[1]) not in catalogue().by_id


def waiting(refusal: ServerRefused, topic: str) -> RetryableError:
    """The error that makes a topic wait for a refusal that no value explains."""
    if verdict_of(refusal) is Verdict.REGISTRY_AWAY:
        return RegistryAway(
            f"{topic}: ClickHouse can not get schemas from the registry (code {refusal.code})",
            zh=f"{topic}：模式注册服务不可用",
            hint="is the registry running? see `lianzhi status`; landing goes on by itself",
        )
    return Unexpected(
        f"{topic}: {refusal.message}", zh=f"{topic}：{refusal.zh}", hint="see the message; landing tries again slowly"
    )
