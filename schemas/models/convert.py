"""From a model to Avro data and to event JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

from schemas.models.record import Record


def to_datum(event: Record) -> dict[str, Any]:
    """The datum that `wire.encode` writes: plain dicts and lists, scalars as Python objects. The caller owns it."""
    datum = dict(event.__dict__)
    for name in event.nested:
        datum[name] = to_datum(datum[name])
    for name in event.listed:
        datum[name] = [dict(item.__dict__) for item in datum[name]]
    return datum


def to_json(event: Record | Mapping[str, Any]) -> str:
    """Event JSON: instants as RFC 3339 in UTC, decimals as text, bytes as base64, every field of the schema present.

    Args:
        event: a model, or a datum as `wire.decode` gives it.
    """
    datum = to_datum(event) if isinstance(event, Record) else dict(event)
    return orjson.dumps(datum, default=_plain, option=orjson.OPT_UTC_Z).decode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} has no form in event JSON")
