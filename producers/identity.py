"""Identities that a publisher need not give: the same event always gets the same ones, on any machine.

An event id that is left out follows from the event itself, so that a file published twice is published once. It has the
shape of a UUIDv7 (RFC 9562): the time bits are those of `recorded_at`, the other 74 come from a hash of the publisher
and of the event as given, in canonical JSON. An event with persons in clear goes into that hash only as a fingerprint
under the region's secret key: event ids are public, and a bare hash over a citizen id could be tried out number by
number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from infra.clock import micros

_ASSIGNED = frozenset({"event_id", "epoch", "sequence", "publisher", "region"})
_DOMAIN = b"lianzhi event id v1"
_STREAMS = uuid5(NAMESPACE_URL, "lianzhi:streams")
_VERSION_5 = 5 << 76 | 2 << 62
_UUID_REST = ~(0xF << 76 | 3 << 62) & (1 << 128) - 1


def derived_event_id(publisher: str, recorded_at: datetime, content: bytes) -> UUID:
    """The id of an event that was given without one.

    Args:
        publisher: id of the publisher.
        recorded_at: `meta.recorded_at`, aware.
        content: `identifying_json` of the event, or a fingerprint of that under a secret key.
    """
    head = _head(publisher)
    digest = hashlib.blake2b(head + len(content).to_bytes(4, "big") + content, digest_size=16).digest()
    number = int.from_bytes(digest, "big")
    millis = micros(recorded_at) // 1000 & (1 << 48) - 1
    return UUID(int=millis << 80 | 7 << 76 | (number >> 62 & 0xFFF) << 64 | 2 << 62 | number & (1 << 62) - 1)


@lru_cache(maxsize=64)
def _head(publisher: str) -> bytes:
    name = publisher.encode()
    return _DOMAIN + len(name).to_bytes(4, "big") + name


def identifying_json(event: Mapping[str, Any]) -> bytes:
    """What makes an event this one: all that was given but event id, numbers, publisher and region.

    Raises:
        TypeError: when the event holds something that JSON can not say.
    """
    meta = event["meta"]
    if not _ASSIGNED.isdisjoint(meta):
        event = {**event, "meta": {name: value for name, value in meta.items() if name not in _ASSIGNED}}
    return canonical_json(event)


@lru_cache(maxsize=4096)
def default_correlation_id(stream_id: str) -> UUID:
    """The correlation id of a stream that nobody has tied to another: the same for all its events."""
    return named_uuid(_STREAMS.bytes, stream_id)


def named_uuid(namespace: bytes, name: str) -> UUID:
    """What `uuid.uuid5` gives, in half the time: every event has two of them.

    Args:
        namespace: the 16 bytes of the namespace's UUID.
        name: in that namespace.
    """
    digest = hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16], "big")
    return UUID(int=number & _UUID_REST | _VERSION_5)


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no white space; instants as RFC 3339 with offset Z, decimals and UUIDs as text.

    Raises:
        TypeError: when it holds something that JSON can not say.
    """
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} has no place in an event")
