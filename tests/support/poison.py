"""Values that are no events, each wrong in one way, and the odd ones that fastavro and ClickHouse disagree about."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from fastavro import parse_schema, schemaless_writer

from consumers.reasons import ReasonCode
from schemas.catalogue import catalogue
from tests.support.sample_events import Sample, Samples

Change = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass(frozen=True)
class Bad:
    """A key and a value that must become a dead letter for this reason."""

    key: bytes | None
    value: bytes | None
    reason: ReasonCode


def zigzag(number: int) -> bytes:
    """A number as Avro writes it."""
    number, out = (number << 1) ^ (number >> 63), b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def rewritten(sample: Sample, change: Change) -> bytes:
    """The sample written with a changed schema, under the id of the right one."""
    schema, datum = copy.deepcopy(sample.schema.schema), copy.deepcopy(dict(sample.datum))
    change(schema, datum)
    out = BytesIO()
    out.write(sample.value[:5])
    schemaless_writer(out, parse_schema(schema), datum)
    return out.getvalue()


def typed(path: str, kind: Any, value: Any) -> Change:
    """A change that gives the field at a dotted path another type and value."""

    def change(schema: dict[str, Any], datum: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for name in parents:
            schema = next(item["type"] for item in schema["fields"] if item["name"] == name)
            datum = datum[name]
        item = next(item for item in schema["fields"] if item["name"] == last)
        item["type"] = kind
        item.pop("default", None)
        datum[last] = value

    return change


def _amount(raw: bytes) -> Change:
    def change(schema: dict[str, Any], datum: dict[str, Any]) -> None:
        penalties = next(item["type"] for item in schema["fields"] if item["name"] == "penalties")
        amount = next(item for item in penalties["items"]["fields"] if item["name"] == "amount")
        amount["type"] = ["null", "bytes"]
        datum["penalties"] = [{"kind": "FINE", "amount": raw, "detail": None}]

    return change


_SEVEN = {"type": "fixed", "name": "one_byte", "size": 1}
_YEAR_3000 = 32_503_680_000_000_000

_REWRITTEN: Mapping[str, tuple[Change, ReasonCode]] = {
    "a number of 41 bits in an int": (typed("meta.epoch", "long", 2**40 + 1), ReasonCode.UNDECODABLE),
    "epoch zero": (typed("meta.epoch", "int", 0), ReasonCode.WRONG_NUMBERING),
    "sequence below zero": (typed("meta.sequence", "long", -4), ReasonCode.WRONG_NUMBERING),
    "revision zero": (typed("meta.revision", "int", 0), ReasonCode.WRONG_NUMBERING),
    "another region": (typed("meta.region", "string", "110000"), ReasonCode.WRONG_REGION),
    "another publisher": (typed("meta.publisher", "string", "elsewhere.zhifa"), ReasonCode.WRONG_PUBLISHER),
    "another event type": (typed("meta.event_type", "string", "CaseFiled"), ReasonCode.WRONG_EVENT_TYPE),
    "a UUID without dashes": (typed("meta.correlation_id", "string", "0" * 32), ReasonCode.UNDECODABLE),
    "a UUID that is none": (typed("meta.fact_id", "string", "z" * 36), ReasonCode.UNDECODABLE),
    "an event id in capitals": (
        typed("meta.event_id", "string", "01890A5D-AC96-774B-BCCE-B302099A8057"),
        ReasonCode.NO_EVENT_ID,
    ),
    "a decimal of nine bytes": (_amount((10**20).to_bytes(9, "big")), ReasonCode.UNDECODABLE),
    "a decimal of no bytes": (_amount(b""), ReasonCode.UNDECODABLE),
    "a decimal of nineteen digits": (_amount((2**62).to_bytes(8, "big")), ReasonCode.OUT_OF_RANGE),
    "a boolean of seven": (typed("mitigated", ["null", _SEVEN], b"\x07"), ReasonCode.UNDECODABLE),
    "a time in the year 3000": (typed("meta.occurred_at", "long", _YEAR_3000), ReasonCode.OUT_OF_RANGE),
    "a time beyond all years": (typed("meta.occurred_at", "long", 2**62), ReasonCode.OUT_OF_RANGE),
    "a day beyond all years": (typed("decided_on", "int", 2**31 - 1), ReasonCode.UNDECODABLE),
    "a day in the year 2517": (typed("decided_on", "int", 200_000), ReasonCode.OUT_OF_RANGE),
    "an enum without such a symbol": (typed("source", "int", 99), ReasonCode.UNDECODABLE),
    "a union without such a branch": (typed("facts", "long", 2), ReasonCode.UNDECODABLE),
    "a list that promises more": (typed("handlers", "long", 2**40), ReasonCode.UNDECODABLE),
    "a text that promises more": (typed("document_number", "long", 2**20), ReasonCode.UNDECODABLE),
}


def bad_values(samples: Samples, value_bytes: int) -> dict[str, Bad]:
    """Every kind of value that is no event of `samples`' enforcement topic."""

    def fresh() -> Sample:
        return samples.make("DecisionMade")

    good = fresh()
    text = good.value.index(str(good.datum["document_number"]).encode())
    other = catalogue().of_family("dispute")[0].latest
    found = {
        "no value": Bad(b"key", None, ReasonCode.NO_VALUE),
        "no key": Bad(None, fresh().value, ReasonCode.NO_KEY),
        "empty": Bad(b"key", b"", ReasonCode.TOO_SHORT),
        "text": Bad(b"key", '{"name":"某某"}'.encode(), ReasonCode.NOT_CONFLUENT),
        "a frame alone": Bad(b"key", good.value[:42], ReasonCode.TOO_SHORT),
        "another family": Bad(b"key", samples.make(other).value, ReasonCode.WRONG_FAMILY),
        "no event id": Bad(good.key, good.value[:5] + b"\x08" + good.value[6:], ReasonCode.NO_EVENT_ID),
        "too large": Bad(b"key", b"\0" * (value_bytes + 1), ReasonCode.TOO_LARGE),
        "cut off": Bad(good.key, fresh().value[:-7], ReasonCode.UNDECODABLE),
        "bytes left over": Bad(good.key, good.value + b"abc", ReasonCode.LEFT_OVER),
        "two events": Bad(good.key, good.value + fresh().value, ReasonCode.LEFT_OVER),
        "no UTF-8": Bad(good.key, good.value[:text] + b"\xff\xfe" + good.value[text + 2 :], ReasonCode.NOT_UTF8),
        "another key": Bad(b"another", fresh().value, ReasonCode.WRONG_KEY),
    }
    for name, (change, reason) in _REWRITTEN.items():
        sample = fresh()
        found[name] = Bad(sample.key, rewritten(sample, change), reason)
    return found
