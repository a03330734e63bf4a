"""From an event as given to one that can be numbered: what was left out is filled in, everything else is checked.

Everything that is wrong with an event is told at once, and nothing that is wrong gets any further.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from schemas.rules import check

_UNKNOWN_ID: Final = UUID("00000000-0000-7000-8000-000000000000")
_CONTENT_BYTES = 16
_SHOWN = re.compile(r"[0-9]{6}|[a-z]{2,30}\.[a-z0-9_]{2,30}")
_NUMBER_BYTES = 15  # more than epoch and sequence take


@dataclass(slots=True, repr=False)
class Prepared:
    """An event that is right and complete, but for protected persons and numbers.

    Attributes:
        event: the model; its event id may stand for one that was derived, which is in `event_id` and `datum`.
        persons, officers: what is still in clear, here and nowhere else.
        content: keyed hash of the content when there is anything in clear, a plain one otherwise.
        parts: the encoded bytes around the numbers; None while something is in clear.
    """

    event_id: UUID
    event: Event
    datum: dict[str, Any]
    topic: str
    persons: list[ClearPerson]
    officers: list[str]
    content: bytes
    parts: tuple[bytes, bytes] | None


class Preparer:
    """Prepares one publisher's events.

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

    def prepare(self, given: Mapping[str, Any] | Event) -> Prepared:
        """Check an event and complete it.

        Raises:
            InvalidEvent: naming everything that is wrong with it.
        """
        whole: Mapping[str, Any] = _without_numbers(given) if isinstance(given, Event) else given
        if not isinstance(whole, Mapping):
            validate(whole)
        problems: list[Problem] = []
        data: dict[str, Any] = dict(whole)
        persons = take_persons(data, problems)
        derive = self._complete_meta(data, problems)
        event = self._validated(data, problems)
        officers = clear_officers(event, self._info.region, problems)
        problems += self._not_allowed(event)
        problems += check(event, now=self._clock.now())
        if problems:
            raise InvalidEvent(tuple(problems))
        datum = to_datum(event)
        in_clear = bool(persons or officers)
        event_id = self._derive(whole, event, datum, in_clear=in_clear) if derive else event.meta.event_id
        value = self.encode(event, datum)
        if in_clear:
            clear = _as_json(lambda: canonical_json([whole.get("party"), whole.get("other_party"), officers]))
            content = self._fingerprint(value + clear)[:_CONTENT_BYTES]
        else:
            content = hashlib.blake2b(value, digest_size=_CONTENT_BYTES).digest()
        topic = self._topics[event.family]
        parts = None if in_clear else split_unnumbered(value)
        return Prepared(event_id, event, datum, topic, persons, officers, content, parts)

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

    def _validated(self, data: Mapping[str, Any], problems: list[Problem]) -> Event:
        try:
            return validate(data)
        except InvalidEvent as error:
            raise InvalidEvent((*problems, *error.problems)) from None

    def _complete_meta(self, data: dict[str, Any], problems: list[Problem]) -> bool:
        """Fill in what a publisher may leave out; whether the event id is to be derived."""
        given = data.get("meta")
        if not isinstance(given, Mapping):
            return False
        info = self._info
        meta = data["meta"] = dict(given)
        for name, own, whose in (
            ("publisher", info.id, "the publisher itself"),
            ("region", info.region, f"the region of {info.id}"),
        ):
            if meta.get(name) is None:
                meta[name] = own
            elif meta[name] != own:
                shown = isinstance(meta[name], str) and _SHOWN.fullmatch(meta[name])
                found = f'"{meta[name]}"' if shown else "another value"
                problems.append(Problem(f"meta.{name}", found, f"{own}: {whose}", f"应为 {own}"))
                meta[name] = own
        for name in ("epoch", "sequence"):
            if meta.get(name) is not None:
                problems.append(
                    Problem(f"meta.{name}", "a value", "nothing: the outbox assigns it", "由发件箱编号，不得填写")
                )
            meta[name] = 0
        derive = meta.get("event_id") is None
        if derive:
            meta["event_id"] = _UNKNOWN_ID
        for name, default in _DEFAULTS.items():
            if meta.get(name) is None:
                meta[name] = default
        if meta.get("fact_id") is None:
            meta["fact_id"] = meta["event_id"]
        if meta.get("correlation_id") is None and isinstance(meta.get("stream_id"), str):
            meta["correlation_id"] = default_correlation_id(meta["stream_id"])
        return derive

    def _not_allowed(self, event: Event) -> list[Problem]:
        if event.family in self._info.families:
            return []
        allowed = ", ".join(self._info.families)
        return [
            Problem(
                "meta.event_type",
                f"family {event.family}",
                f"an event of {allowed}: {self._info.id} publishes nothing else",
                f"{self._info.id} 只发布 {allowed} 类事件",
            )
        ]

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


_DEFAULTS: Final[Mapping[str, Any]] = {
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
