"""Dead letters: values that are no events, kept with their bytes, their reason and their place in the log.

Durable twice before anything behind them lands: first in the region's dead letter topic, from which the ledger can be
made anew, then in the ledger itself. Writing one twice is harmless: it has one place.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Protocol

import orjson

from consumers.batch import Refused
from consumers.frames import schema_id_of
from infra.clickhouse import ClickHouse
from infra.clock import Clock, from_micros, micros
from infra.errors import FatalError
from infra.faultpoints import FaultPoint, reach
from infra.kafka import Outgoing, Record, fetch_range, make_producer
from infra.settings import Settings
from infra.topics import PARTITION, dead_letter_topic, split_topic
from schemas import headers as header_names

TABLE = "dead_letters"
HEADER = "lianzhi-dead-letter"
"""Kafka header of a dead letter: JSON of everything but the bytes."""

COLUMNS = (
    *("topic", "partition", "offset", "appended_at", "schema_id", "reason_code", "reason", "key", "value", "headers"),
    *("publisher", "epoch", "sequence", "state", "note", "actor", "at", "version"),
)
_FAR = 5_000
"""Offsets between two dead letters up to which the log is read through rather than anew."""


class State(StrEnum):
    """What became of a dead letter."""

    OPEN = "OPEN"
    """Refused; somebody should look."""
    REDRIVEN = "REDRIVEN"
    """What refused it was mended; it lies in the table at its place."""
    DROPPED = "DROPPED"
    """A person decided that it is no event; the bytes stay."""
    PARKED = "PARKED"
    """Of a schema that this installation does not know; set aside so that the topic goes on."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One value that is no event (yet), at its place in the log."""

    topic: str
    offset: int
    appended_ms: int
    schema_id: int | None
    reason_code: str
    reason: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    state: State
    note: str
    actor: str
    at: datetime

    @property
    def version(self) -> int:
        """Order of the versions of one place: landing's is 0, so that it never undoes what a person decided."""
        return 0 if self.state is State.OPEN and not self.actor else micros(self.at)

    def header(self, name: str) -> str | None:
        """A header as text; None: absent, or no ASCII."""
        found = next((value for key, value in reversed(self.headers) if key == name), None)
        return found.decode("ascii") if found is not None and found.isascii() else None

    def with_state(self, state: State, *, note: str, actor: str, at: datetime) -> DeadLetter:
        """The same letter after a decision."""
        return replace(self, state=state, note=note, actor=actor, at=at)


def dead_letter(record: Record, reason_code: str, reason: str, *, state: State, at: datetime) -> DeadLetter:
    """The dead letter of a record of the log."""
    return DeadLetter(
        record.topic,
        record.offset,
        record.appended_ms,
        schema_id_of(record.value),
        reason_code,
        reason,
        record.key,
        record.value,
        record.headers,
        state,
        "",
        "",
        at,
    )


class Burial(Protocol):
    """Where refused values go."""

    def bury(self, topic: str, refused: Sequence[Refused]) -> None:
        """Keep the values at these offsets of `topic`; durable when it returns.

        Raises:
            RetryableError: not now; nothing behind them may land.
            FatalError: never; landing must not go on.
        """


class NoBurial:
    """For a replay: what landed once lands again, so a refusal is a difference that somebody must explain."""

    def bury(self, topic: str, refused: Sequence[Refused]) -> None:
        """Refuse to go on."""
        first = refused[0]
        raise FatalError(
            f"{topic} at offset {first.offset} can not be landed again: {first.reason}",
            zh=f"{topic} 偏移量 {first.offset} 无法重放",
            hint="a replay skips nothing; is it a dead letter of a later day, or did the schemas change?",
        )


class Graveyard:
    """Dead letters of the log's records: read again whole (with headers), written to Kafka, then to the ledger."""

    def __init__(self, settings: Settings, server: ClickHouse, clock: Clock) -> None:
        self._settings, self._server, self._clock = settings, server, clock

    def bury(self, topic: str, refused: Sequence[Refused]) -> None:
        """See `Burial.bury`."""
        reasons = {each.offset: each.reason for each in refused}
        at = self._clock.now()
        records = records_at(self._settings, topic, sorted(reasons))
        self.write(
            dead_letter(record, reasons[record.offset].code, str(reasons[record.offset]), state=State.OPEN, at=at)
            for record in records
        )

    def write(self, letters: Iterable[DeadLetter]) -> None:
        """Keep letters, or new states of letters; durable when it returns.

        Raises:
            RetryableError: the broker or the server is away.
        """
        for topic, group in groupby(letters, key=lambda letter: letter.topic):
            batch = list(group)
            _, region = split_topic(topic)
            with make_producer(self._settings, client_id="dead-letters") as producer:
                producer.send_all(dead_letter_topic(region), [to_record(letter) for letter in batch])
            reach(FaultPoint.INGEST_DEAD_LETTER_IN_LOG)
            self._server.insert(TABLE, COLUMNS, [to_row(letter) for letter in batch])
            reach(FaultPoint.INGEST_DEAD_LETTER_IN_TABLE)


def records_at(settings: Settings, topic: str, offsets: Sequence[int]) -> Iterator[Record]:
    """The records at rising `offsets`, whole, with few readings.

    Raises:
        FatalError: one of them is not in the log.
        RetryableError: no broker answers.
    """
    for stretch in _stretches(offsets):
        wanted = iter(stretch)
        expected = next(wanted, None)
        for record in fetch_range(settings, topic, stretch[0], stretch[-1] + 1, client_id="dead-letters"):
            if record.offset == expected:
                yield record
                expected = next(wanted, None)
        if expected is not None:
            raise FatalError(f"{topic} has no record at offset {expected}", zh=f"{topic} 没有偏移量 {expected} 的记录")


def to_record(letter: DeadLetter) -> Outgoing:
    """The record of the dead letter topic: the bytes as they came, everything else as JSON in a header."""
    about = {
        "topic": letter.topic,
        "partition": PARTITION,
        "offset": letter.offset,
        "appended_ms": letter.appended_ms,
        "schema_id": letter.schema_id,
        "reason_code": letter.reason_code,
        "reason": letter.reason,
        "key": None if letter.key is None else base64.b64encode(letter.key).decode(),
        "no_value": letter.value is None,
        "headers": [[name, None if it is None else base64.b64encode(it).decode()] for name, it in letter.headers],
        "state": letter.state.value,
        "note": letter.note,
        "actor": letter.actor,
        "at": micros(letter.at),
    }
    place = f"{letter.topic}/{PARTITION}/{letter.offset}".encode()
    return Outgoing(place, letter.value or b"", ((HEADER, orjson.dumps(about)),))


def from_record(record: Record) -> DeadLetter:
    """The dead letter that a record of a dead letter topic holds.

    Raises:
        FatalError: it holds none.
    """
    text = record.header(HEADER)
    if text is None:
        raise FatalError(f"{record.topic} at offset {record.offset} is no dead letter", zh="死信主题中的记录不是死信")
    about = orjson.loads(text)
    return DeadLetter(
        about["topic"],
        about["offset"],
        about["appended_ms"],
        about["schema_id"],
        about["reason_code"],
        about["reason"],
        None if about["key"] is None else base64.b64decode(about["key"]),
        None if about["no_value"] else record.value,
        tuple((name, None if it is None else base64.b64decode(it)) for name, it in about["headers"]),
        State(about["state"]),
        about["note"],
        about["actor"],
        from_micros(about["at"]),
    )


def to_row(letter: DeadLetter) -> tuple[object, ...]:
    """The row of the ledger, in the order of `COLUMNS`."""
    return (
        letter.topic,
        PARTITION,
        letter.offset,
        from_micros(letter.appended_ms * 1000),
        letter.schema_id,
        letter.reason_code,
        letter.reason,
        letter.key,
        letter.value,
        list(letter.headers),
        letter.header(header_names.PUBLISHER),
        _number(letter.header(header_names.EPOCH), 31),
        _number(letter.header(header_names.SEQUENCE), 63),
        letter.state.value,
        letter.note,
        letter.actor,
        letter.at,
        letter.version,
    )


def _number(text: str | None, bits: int) -> int | None:
    if text is None or not text.isdecimal() or len(text) > 19:
        return None
    number = int(text)
    return number if number < 1 << bits else None


def _stretches(offsets: Sequence[int], far: int = _FAR) -> Iterator[list[int]]:
    stretch: list[int] = []
    for offset in offsets:
        if stretch and offset - stretch[-1] > far:
            yield stretch
            stretch = []
        stretch.append(offset)
    if stretch:
        yield stretch


Graves = Callable[[], Burial]
