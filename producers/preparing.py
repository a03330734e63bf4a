"""From an event as given to one that can be numbered: what was left out is filled in, everything else is checked.

Everything that is wrong with an event is told at once, and nothing that is wrong gets any further.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from infra.clock import Clock
from infra.errors import InvalidEvent, InvalidInput, Problem
from infra.settings import Settings
from infra.topics import topic_of
from infra.zone import PublisherInfo
from producers.clear_persons import ClearPerson, clear_officers, take_persons
from producers.identity import canonical_json, default_correlation_id, derived_event_id, identifying_json
from producers.numbering import split_unnumbered
from producers.protectors import Fingerprint
from schemas import wire
from schemas.models import Event, to_datum, validate
from schemas.rules import Flag, check, flags

_UNKNOWN_ID: Final = UUID("00000000-0000-7000-8000-000000000000")
_CONTENT_BYTES = 16
AT_ONCE = 32
"""A step is done for so many events, or rows of a file, before the next one: see `Preparer`."""
_SHOWN = re.compile(r"[0-9]{6}|[a-z]{2,30}\.[a-z0-9_]{2,30}")
_NUMBER_BYTES = 15  # more than epoch and sequence take


@dataclass(slots=True, repr=False)
class Clear:
    """What of an event is still in clear, here and nowhere else, and what is to be encoded once it is not."""

    event: Event
    datum: dict[str, Any]
    persons: list[ClearPerson]
    officers: list[str]


@dataclass(slots=True, repr=False)
class Prepared:
    """An event that is right and complete, but for protected persons and numbers.

    Attributes:
        key: the Kafka key.
        content: keyed hash of the content when there is anything in clear, a plain one otherwise.
        parts: the encoded bytes around the numbers; None while something is in clear.
        clear: what is; None where nothing is.
        event: the model; its event id may stand for one that was derived. None once its flags are worked out: an event
            takes twenty times the memory of its bytes, which then serves the next one while it is in the caches.
        flags: what is odd about the persons, known once they are protected; all flags where there is no event.
    """

    event_id: UUID
    topic: str
    key: str
    content: bytes
    parts: tuple[bytes, bytes] | None
    clear: Clear | None
    event: Event | None
    flags: tuple[Flag, ...] = ()

    def work_out_flags(self) -> None:
        """Find the flags, and let go of the event."""
        if self.event is not None:
            self.flags = (*self.flags, *flags(self.event))
            self.event = None


@dataclass(slots=True, repr=False)
class _Draught:
    """An event on its way through the steps; `problems` says what is wrong so far, `event` is None when types are."""

    whole: Mapping[str, Any]
    data: dict[str, Any]
    problems: list[Problem]
    persons: list[ClearPerson]
    derive: bool = False
    event: Event | None = None
    officers: list[str] = field(default_factory=list)


class Preparer:
    """Prepares one publisher's events.

    Each step is done for some events before the next one begins: done event by event, the steps push each other out of
    the processor's caches, and the whole takes a third longer; done for a thousand events at once, what one step has
    made is out of the caches when the next one wants it.

    Args:
        info: the publisher.
        fingerprint: hash under the region's secret key, for events with persons in clear.
    """

    def __init__(self, settings: Settings, info: PublisherInfo, fingerprint: Fingerprint, clock: Clock) -> None:
        self._info = info
        self._fingerprint = fingerprint
        self._clock = clock
        self._topics = {family: topic_of(family, info.region) for family in info.families}
        self._most_bytes = settings.landing.value_bytes - _NUMBER_BYTES
        self._base = {**_DEFAULTS, "publisher": info.id, "region": info.region}

    def prepare(
        self, events: Iterable[Mapping[str, Any] | Event], *, with_flags: bool = False
    ) -> list[Prepared | tuple[Problem, ...]]:
        """Check events and complete them: for each, in order, what is ready or everything that is wrong with it.

        Args:
            with_flags: work out the flags at once, as far as nothing is in clear.
        """
        now = self._clock.now()
        coming, ready = iter(events), list[Prepared | tuple[Problem, ...]]()
        while some := list(islice(coming, AT_ONCE)):
            found = self._prepare(some, now)
            if with_flags:
                for each in found:
                    if isinstance(each, Prepared) and each.clear is None:
                        each.work_out_flags()
            ready += found
        return ready

    def _prepare(
        self, events: Sequence[Mapping[str, Any] | Event], now: datetime
    ) -> list[Prepared | tuple[Problem, ...]]:
        draughts = [self._begin(given) for given in events]
        for draught in draughts:
            draught.persons = take_persons(draught.data, draught.problems)
        for draught in draughts:
            draught.derive = self._complete_meta(draught)
        for draught in draughts:
            _validate(draught)
        for draught in draughts:
            if draught.event is not None:
                self._check(draught, draught.event, now)
        return list(map(self._finish, draughts))

    def encode(self, event: Event, datum: Mapping[str, Any]) -> bytes:
        """The bytes of an event without numbers.

        Raises:
            InvalidEvent: when there are more than the log and the tables take.
        """
        try:
            value = wire.encode(type(event).__name__, datum)
        except InvalidInput as error:
            raise InvalidEvent((Problem("", error.message, "data that fit the schema", "应符合模式"),)) from error
        if len(value) > self._most_bytes:
            limit = f"{self._most_bytes:,}"
            raise InvalidEvent((Problem("", f"{len(value):,} bytes", f"at most {limit} bytes", f"至多 {limit} 字节"),))
        return value

    def _begin(self, given: Mapping[str, Any] | Event) -> _Draught:
        if type(given) is dict:  # asked first, here and below: abstract classes take their time to say so
            return _Draught(given, given.copy(), [], [])
        whole = _without_numbers(given) if isinstance(given, Event) else given
        return _Draught(whole, dict(whole) if isinstance(whole, Mapping) else {}, [], [])

    def _complete_meta(self, draught: _Draught) -> bool:
        """Fill in what a publisher may leave out; whether the event id is to be derived."""
        given = draught.data.get("meta")
        if type(given) is not dict and not isinstance(given, Mapping):
            return False
        base, problems = self._base, draught.problems
        meta = {**base, **given}
        if None in meta.values():
            meta |= {name: value for name, value in base.items() if meta[name] is None}
        for name in ("publisher", "region"):
            if meta[name] != base[name]:
                problems.append(_of_another(name, meta[name], base[name], self._info.id))
                meta[name] = base[name]
        for name in ("epoch", "sequence"):
            if given.get(name) is not None:
                problems.append(
                    Problem(f"meta.{name}", "a value", "nothing: the outbox assigns it", "由发件箱编号，不得填写")
                )
                meta[name] = 0
        if meta.get("fact_id") is None:
            meta["fact_id"] = meta["event_id"]
        if meta.get("correlation_id") is None and isinstance(meta.get("stream_id"), str):
            meta["correlation_id"] = default_correlation_id(meta["stream_id"])
        draught.data["meta"] = meta
        return meta["event_id"] is _UNKNOWN_ID

    def _check(self, draught: _Draught, event: Event, now: datetime) -> None:
        draught.officers = clear_officers(event, self._info.region, draught.problems)
        if event.family not in self._topics:
            allowed = ", ".join(self._info.families)
            expected = f"an event of {allowed}: {self._info.id} publishes nothing else"
            expected_zh = f"{self._info.id} 只发布 {allowed} 类事件"
            draught.problems.append(Problem("meta.event_type", f"family {event.family}", expected, expected_zh))
        draught.problems += check(event, now=now)

    def _finish(self, draught: _Draught) -> Prepared | tuple[Problem, ...]:
        if draught.problems or draught.event is None:
            return tuple(draught.problems)
        try:
            return self._encoded(draught, draught.event)
        except InvalidEvent as error:
            return error.problems

    def _encoded(self, draught: _Draught, event: Event) -> Prepared:
        datum, whole = to_datum(event), draught.whole
        clear = Clear(event, datum, draught.persons, draught.officers) if draught.persons or draught.officers else None
        in_clear = clear is not None
        event_id = self._derive(whole, event, datum, in_clear=in_clear) if draught.derive else event.meta.event_id
        if in_clear:
            # Encoded once it is protected; by now only so far as to know its size, should that come near the limit.
            given = [datum, whole.get("party"), whole.get("other_party"), draught.officers]
            said = _as_json(lambda: canonical_json(given))
            if len(said) > self._most_bytes // 2:
                self.encode(event, datum)
            content, parts = self._fingerprint(said)[:_CONTENT_BYTES], None
        else:
            value = self.encode(event, datum)
            content, parts = hashlib.blake2b(value, digest_size=_CONTENT_BYTES).digest(), split_unnumbered(value)
        return Prepared(event_id, self._topics[event.family], event.meta.stream_id, content, parts, clear, event)

    def _derive(self, whole: Mapping[str, Any], event: Event, datum: dict[str, Any], *, in_clear: bool) -> UUID:
        content = _as_json(lambda: identifying_json(whole))
        if in_clear:
            content = self._fingerprint(content)
        meta = datum["meta"]
        event_id = derived_event_id(self._info.id, event.meta.recorded_at, content)
        meta["event_id"] = event_id
        if meta["fact_id"] == _UNKNOWN_ID:
            meta["fact_id"] = event_id
        return event_id


def _validate(draught: _Draught) -> None:
    try:
        draught.event = validate(draught.data or draught.whole)  # what is no object at all is refused as it is
    except InvalidEvent as error:
        draught.problems += error.problems


def _of_another(name: str, found: Any, own: str, publisher: str) -> Problem:
    shown = f'"{found}"' if isinstance(found, str) and _SHOWN.fullmatch(found) else "another value"
    whose = "the publisher itself" if name == "publisher" else f"the region of {publisher}"
    return Problem(f"meta.{name}", shown, f"{own}: {whose}", f"应为 {own}")


_DEFAULTS: Final[Mapping[str, Any]] = {
    "event_id": _UNKNOWN_ID,
    "epoch": 0,
    "sequence": 0,
    "revision": 1,
    "retracted": False,
    "actor": {},
    "legal_basis": (),
    "dissemination": "FULL",
    "audience": (),
}


def _without_numbers(event: Event) -> dict[str, Any]:
    """A model as a mapping; its numbers are those of nobody, or of an earlier publishing."""
    data = to_datum(event)
    meta = data["meta"]
    del meta["epoch"], meta["sequence"]
    return data


def _as_json(write: Callable[[], bytes]) -> bytes:
    try:
        return write()
    except (TypeError, ValueError):
        pass  # raised below, outside: the encoder's error may hold what it could not write
    expected = ("text, numbers, days and instants as JSON has them", "应为 JSON 可表示的值")
    raise InvalidEvent((Problem("", "something else", *expected),))
