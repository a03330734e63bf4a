"""Believable events made from the schemas alone: for every registered version, by seed, with many fields absent.

Independent of the simulator and of the models, so that landing can be tried on every shape that the contract allows.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from fastavro import schemaless_writer

from schemas.catalogue import RegisteredSchema, catalogue
from schemas.wire import HEADER, MAGIC

EVERYDAY = (
    *("CaseFiled", "EvidenceCollected", "EvidenceCollected", "PriorNoticeGiven", "StatementHeard", "DecisionMade"),
    *("DecisionServed", "FinePaid", "DecisionPublished", "CaseClosed", "ClueReceived", "LegalReviewed"),
)
"""What a case system publishes most, in about the proportions of a year."""

_WORDS = (
    "擅自占道经营",
    "超标排放污水",
    "未按规定公示",
    "综合行政执法队",
    "嘉善县罗星街道",
    "占用城市道路",
    "未取得许可证",
)
_BASIS = ("cn/law/xingzhengchufafa@2021#art54.1", "cn/law/xingzhengchufafa@2021#art57", "cn/zj/shirong@2020#art31.2")
_ALNUM = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
_EPOCH = datetime(2025, 7, 1, tzinfo=UTC)
_DAY_ONE = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One event as its datum and as its bytes on the wire; `key` is its stream id."""

    schema: RegisteredSchema
    datum: Mapping[str, Any]
    value: bytes

    @property
    def key(self) -> bytes:
        """Kafka key."""
        return str(self.datum["meta"]["stream_id"]).encode()

    @property
    def event_id(self) -> UUID:
        """Event id."""
        return UUID(str(self.datum["meta"]["event_id"]))


def encode_with(schema: RegisteredSchema, datum: Mapping[str, Any]) -> bytes:
    """Wire format with a given version, which need not be the newest."""
    out = BytesIO()
    out.write(HEADER.pack(MAGIC, schema.id))
    schemaless_writer(out, schema.parsed, datum, strict=True)
    return out.getvalue()


def uuid7(rnd: random.Random, instant: datetime) -> UUID:
    """A time-ordered UUID of `instant`."""
    ms = int(instant.timestamp() * 1000)
    return UUID(int=(ms << 80) | (7 << 76) | (rnd.getrandbits(12) << 64) | (2 << 62) | rnd.getrandbits(62))


class Samples:
    """Events of one region by seed.

    Args:
        absent: probability that an optional field is absent.
        publisher: goes into every event's meta; sequences count up per topic that the caller sends to.
    """

    def __init__(
        self, seed: int, *, region: str = "330421", publisher: str = "jiashan.zhifa", absent: float = 0.55
    ) -> None:
        self.rnd = random.Random(seed)
        self.region, self.publisher, self.absent = region, publisher, absent
        self.sequence = 0

    def make(self, event: str | RegisteredSchema, **meta: Any) -> Sample:
        """One event of a type (its newest version) or of a given version; `meta` overrides fields of its envelope."""
        schema = catalogue().event_type(event).latest if isinstance(event, str) else event
        datum = self._value(schema.schema, "")
        datum["meta"] = datum["meta"] | self._meta(schema.name) | meta
        return Sample(schema, datum, encode_with(schema, datum))

    def everyday(self, count: int) -> list[Sample]:
        """`count` enforcement events as a case system publishes them."""
        return [self.make(self.rnd.choice(EVERYDAY)) for _ in range(count)]

    def every_version(self, family: str) -> list[Sample]:
        """One event of each registered version of a family."""
        return [self.make(catalogue().by_id[schema_id]) for schema_id in sorted(catalogue().family_ids(family))]

    def _meta(self, event_type: str) -> dict[str, Any]:
        rnd = self.rnd
        self.sequence += 1
        recorded = _EPOCH + timedelta(microseconds=rnd.randrange(31_536_000_000_000))
        event_id = uuid7(rnd, recorded)
        return {
            "event_id": str(event_id),
            "event_type": event_type,
            "publisher": self.publisher,
            "epoch": 1,
            "sequence": self.sequence,
            "region": self.region,
            "stream_id": f"case-{rnd.getrandbits(64):016x}",
            "fact_id": str(event_id),
            "revision": 1,
            "retracted": False,
            "recorded_at": recorded,
            "occurred_at": recorded - timedelta(seconds=rnd.randrange(900_000)),
            "legal_basis": [rnd.choice(_BASIS)],
            "audience": [],
        }

    def _value(self, node: Any, name: str) -> Any:
        rnd = self.rnd
        if isinstance(node, list):
            return None if rnd.random() < self.absent else self._value(node[1], name)
        kind = node if isinstance(node, str) else node["type"]
        logical = None if isinstance(node, str) else node.get("logicalType")
        plain: dict[str, Callable[[], Any]] = {
            "date": lambda: _DAY_ONE + timedelta(days=rnd.randrange(400)),
            "timestamp-micros": lambda: _EPOCH + timedelta(microseconds=rnd.randrange(31_536_000_000_000)),
            "decimal": lambda: Decimal(rnd.randrange(5_000_000)) / 100,
            "uuid": lambda: str(uuid7(rnd, _EPOCH)),
            "record": lambda: {item["name"]: self._value(item["type"], item["name"]) for item in node["fields"]},
            "array": lambda: [self._value(node["items"], name) for _ in range(rnd.choice((0, 1, 1, 2)))],
            "enum": lambda: rnd.choice(node["symbols"]),
            "string": lambda: self._text(name),
            "bytes": lambda: rnd.randbytes(120),
            "int": lambda: rnd.randrange(200),
            "long": lambda: rnd.randrange(10**9),
            "boolean": lambda: rnd.random() < 0.5,
            "double": lambda: rnd.randrange(10**6) / 64,
        }
        return plain[logical or kind]()

    def _text(self, name: str) -> str:
        rnd = self.rnd
        if name in {"uscc", "agency", "data_source_agency"}:
            return "".join(rnd.choices(_ALNUM, k=18))
        if name in {"token", "handlers", "officers", "representative_token", "sealed_key"}:
            return "".join(rnd.choices(_TOKEN, k=32))
        if name.endswith(("region", "place")):
            return rnd.choice(("330421", "310118", "320509"))
        if name.endswith("_id"):
            return f"{name[:-3]}-{rnd.getrandbits(48):012x}"
        if name.endswith(("code", "number")):
            return f"330{rnd.randrange(10**6):06d}"
        return "".join(rnd.choices(_WORDS, k=rnd.choice((1, 1, 2, 4))))


def renumbered(samples: Sequence[Sample], count: int, seed: int) -> Iterator[tuple[bytes, bytes]]:
    """(key, value) of `count` events: the samples over and over, each time under a new event id."""
    rnd = random.Random(seed)
    heads = [(sample.key, sample.value[:6], sample.value[42:]) for sample in samples]
    for number in range(count):
        key, head, tail = heads[number % len(heads)]
        yield key, head + str(uuid7(rnd, _EPOCH + timedelta(milliseconds=number))).encode() + tail


def frame_of(schema_id: int, event_id: str) -> bytes:
    """The first 42 bytes of an event with that id, right or wrong."""
    return struct.pack(">bI", MAGIC, schema_id) + bytes([72]) + event_id.encode()
