"""Rows of the event tables put there directly, as landing would have: for tests of what is folded from them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.clickhouse import ClickHouse
from infra.topics import topic_of
from schemas.catalogue import catalogue
from schemas.columns import table_of

REGIONS = {"jiashan": "330421", "qingpu": "310118", "wujiang": "320509"}
_START = datetime(2026, 1, 1, tzinfo=UTC)


def event_id(number: int) -> uuid.UUID:
    """A UUIDv7-shaped id; higher numbers are higher ids."""
    return uuid.UUID(int=(number << 80) | (7 << 76) | (2 << 62) | number)


@dataclass(frozen=True)
class Event:
    """One event as the columns of its table; what is left out is absent."""

    event_type: str
    stream_id: str
    number: int
    payload: Mapping[str, Any]
    publisher: str = "jiashan.zhifa"
    fact: int | None = None
    revision: int = 1
    retracted: bool = False
    recorded_at: datetime = _START

    @property
    def event_id(self) -> uuid.UUID:
        """Its id."""
        return event_id(self.number)

    @property
    def family(self) -> str:
        """Its family."""
        return catalogue().event_type(self.event_type).family

    @property
    def region(self) -> str:
        """Region of its publisher."""
        return REGIONS[self.publisher.partition(".")[0]]

    @property
    def topic(self) -> str:
        """Its topic."""
        return topic_of(self.family, self.region)

    def corrected(self, number: int, revision: int = 2, **payload: Any) -> Event:
        """The next revision of the same fact."""
        stream = payload.pop("stream_id", self.stream_id)
        changed = {**self.payload, **payload}
        fact = self.number if self.fact is None else self.fact
        return replace(self, number=number, payload=changed, fact=fact, revision=revision, stream_id=stream)

    def retraction(self, number: int, revision: int = 2) -> Event:
        """The event that takes the fact back."""
        return replace(self.corrected(number, revision), retracted=True)


@dataclass
class EventLog:
    """Puts events at the ends of their topics."""

    server: ClickHouse
    ends: dict[str, int] = field(default_factory=dict)

    def append(self, events: Iterable[Event], *, at: datetime = _START) -> None:
        """Append in this order; `at` is the log's time of all of them."""
        groups: dict[tuple[str, tuple[str, ...]], list[list[Any]]] = {}
        for event in events:
            offset = self.ends.get(event.topic, 0)
            self.ends[event.topic] = offset + 1
            row = self._row(event, offset, at) | dict(event.payload)
            groups.setdefault((event.family, tuple(row)), []).append(list(row.values()))
        for (family, columns), rows in groups.items():
            self.server.insert(table_of(family), columns, rows)

    def truncate(self) -> None:
        """Empty the event tables and everything that was folded from them."""
        listing = "SELECT name, engine FROM system.tables WHERE database = currentDatabase() AND total_rows > 0"
        for name, engine in self.server.rows(listing):
            if engine.endswith("MergeTree") and not name.startswith("policy"):
                self.server.command(f"TRUNCATE TABLE {name} SYNC")
        self.ends.clear()

    @staticmethod
    def _row(event: Event, offset: int, at: datetime) -> dict[str, Any]:
        fact = event.number if event.fact is None else event.fact
        return {
            "topic": event.topic,
            "partition": 0,
            "offset": offset,
            "appended_at": at,
            "event_id": event.event_id,
            "event_type": event.event_type,
            "publisher": event.publisher,
            "epoch": 1,
            "sequence": event.number,
            "region": event.region,
            "stream_id": event.stream_id,
            "correlation_id": uuid.uuid5(uuid.NAMESPACE_OID, event.stream_id),
            "fact_id": event_id(fact),
            "revision": event.revision,
            "retracted": event.retracted,
            "occurred_at": event.recorded_at,
            "recorded_at": event.recorded_at,
            "dissemination": "FULL",
            "actor_agency": f"11{event.region}Y00000016N",
        }


def day(number: int) -> date:
    """Day `number` of 2026, from 0."""
    return date(2026, 1, 1) + timedelta(days=number)


def written(hours: int) -> datetime:
    """An instant of writing down, so many hours into 2026 (UTC)."""
    return _START + timedelta(hours=hours)


def filed(number: int, stream: str, on: int = 0, **payload: Any) -> Event:
    """A case filed against an organisation."""
    said = {
        "case_number": f"案{stream}",
        "procedure": "ORDINARY",
        "domain": "URBAN_MANAGEMENT",
        "item_code": "330275012000",
        "filed_on": day(on),
        "party_kind": "ORGANISATION",
        "party_uscc": "91330421M000100Y43",
    }
    return Event("CaseFiled", stream, number, {**said, **payload}, recorded_at=written(number))


def decided(number: int, stream: str, decision: str, on: int = 40, fine: str = "1000.00", **payload: Any) -> Event:
    """A decision with one fine."""
    publisher = payload.pop("publisher", "jiashan.zhifa")
    said = {
        "decision_id": decision,
        "agency": decision.partition("|")[0],
        "document_number": decision.partition("|")[2],
        "source": "CASE_SYSTEM",
        "decided_on": day(on),
        "penalties": [("FINE", fine, None)],
        "procedure": "ORDINARY",
        "item_code": "330275012000",
        "severity": "GENERAL",
        "party_kind": "ORGANISATION",
        "party_uscc": "91330421M000100Y43",
    }
    return Event("DecisionMade", stream, number, {**said, **payload}, publisher=publisher, recorded_at=written(number))


def step(event_type: str, number: int, stream: str, publisher: str = "jiashan.zhifa", **payload: Any) -> Event:
    """Any other event."""
    return Event(event_type, stream, number, payload, publisher=publisher, recorded_at=written(number))


def rows_of(server: ClickHouse, view: str, order: str) -> Sequence[Mapping[str, Any]]:
    """All rows of a view, by an order."""
    return server.answer(f"SELECT * FROM {view} ORDER BY {order}").dicts()  # noqa: S608
