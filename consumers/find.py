"""One event as the log holds it: its bytes, what they say, where it lies, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consumers.dead_letters import DeadLetter
from consumers.frames import schema_id_of
from consumers.letters import Letters
from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from infra.kafka import Record, fetch_range
from infra.settings import Settings
from infra.sql import load, render
from schemas.catalogue import RegisteredSchema, catalogue
from schemas.columns import table_of
from schemas.wire import decode


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the log that holds the event; `table`: where it is stored; `letter`: its dead letter, if any."""

    topic: str
    offset: int
    table: str | None
    letter: DeadLetter | None


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event at one place, with its bytes from the log.

    Attributes:
        datum: what the bytes say; sealed fields stay sealed. None: they can not be decoded, `problem` says why.
    """

    place: Place
    record: Record
    schema: RegisteredSchema | None
    datum: dict[str, Any] | None
    problem: str


def find_places(settings: Settings, server: ClickHouse, event_id: UUID) -> list[Place]:
    """Every place that holds the event: more than one when it was resent.

    Raises:
        RetryableError: the server is away.
    """
    found: dict[tuple[str, int], Place] = {}
    for family in catalogue().families:
        sql = render(load("consumers", "sql/find_event.sql"), table=table_of(family))
        for topic, offset, _ in server.rows(sql, event_id=event_id):
            found[topic, offset] = Place(topic, offset, table_of(family), None)
    letters = Letters(settings, server)
    for topic, offset in server.rows(load("consumers", "sql/find_dead.sql"), event_id=str(event_id)):
        table = found[topic, offset].table if (topic, offset) in found else None
        found[topic, offset] = Place(topic, offset, table, letters.one(topic, offset))
    return [found[place] for place in sorted(found)]


def read_event(settings: Settings, place: Place) -> FoundEvent:
    """The record at a place, from the log itself.

    Raises:
        InvalidInput: the log has no record there.
        FatalError: the log begins behind it.
        RetryableError: the broker is away.
    """
    record = next(fetch_range(settings, place.topic, place.offset, place.offset + 1, client_id="event"), None)
    if record is None:
        raise InvalidInput(
            f"{place.topic} has no record at offset {place.offset}",
            zh=f"{place.topic} 的偏移量 {place.offset} 处没有记录",
        )
    schema_id = schema_id_of(record.value)
    schema = None if schema_id is None else catalogue().by_id.get(schema_id)
    datum, problem = None, ""
    try:
        datum = decode(record.value or b"")
    except InvalidInput as error:
        problem = error.message
    return FoundEvent(place, record, schema, datum, problem)
