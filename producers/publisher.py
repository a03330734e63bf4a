"""Publishing: the one public door for events, used by the SDK, the command line, the importers and the gateway.

    with Publisher(load_settings(), "jiashan.zhifa") as publisher:
        receipt = publisher.publish({"meta": {...}, ...})

When a call returns, its events are on the disk, numbered and signed; the relay brings them to the log. An event that is
wrong is refused with everything that is wrong about it, and nothing of it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID

from infra.clock import Clock, SystemClock
from infra.errors import InvalidEvent, InvalidInput, Problem
from infra.settings import Settings
from infra.zone import zone
from producers.clear_persons import person_flags, put_officer_tokens, put_protected, to_protect
from producers.numbering import split_unnumbered
from producers.outbox import Draft, EventConflict, Outbox, Placed
from producers.preparing import Prepared, Preparer
from producers.protectors import LazyProtector
from producers.signing import Signer
from schemas.models import Event
from schemas.rules import Flag, flags

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_CONFLICT = Problem(
    "meta.event_id",
    "an id that was published before with other content",
    "an id of its own: a correction is a new event with the same fact_id and the next revision",
    "该编号已用于内容不同的事件；更正须用新编号，fact_id 不变，revision 加一",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a published event.

    Attributes:
        topic, epoch, sequence: where it stands, now or since an earlier call.
        already_published: whether it had been published before; it is then not published again.
    """

    event_id: UUID
    topic: str
    epoch: int
    sequence: int
    already_published: bool
    _event: Event | None = field(repr=False, compare=False)
    _flags: tuple[Flag, ...] = field(repr=False, compare=False)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a person should look at, though the event is accepted; worked out when asked for, unless it was."""
        return self._flags if self._event is None else (*self._flags, *flags(self._event))


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not published: its place in the call (from 0) and everything that is wrong with it."""

    index: int
    problems: tuple[Problem, ...]


class InvalidEvents(InvalidEvent):
    """Some events of a call are wrong; nothing of the call was stored. `refusals` tells of each by its place."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(
            tuple(
                replace(problem, field=f"[{refusal.index}].{problem.field}".rstrip("."))
                for refusal in refusals
                for problem in refusal.problems
            )
        )
        self.refusals = tuple(refusals)


class Publisher:
    """Publishes the events of one system. May be shared by threads; several processes may publish as one system.

    Args:
        settings: the home (outbox, keys), the zone, the tokeniser.
        publisher_id: as in the zone file, e.g. `jiashan.zhifa`; binds region and families.
        clock: time.

    Raises:
        InvalidInput: when the zone does not know the publisher.
        FatalError: when outbox or keys can not be used.
    """

    def __init__(self, settings: Settings, publisher_id: str, *, clock: Clock | None = None) -> None:
        ticking: Clock = clock or SystemClock()
        self.info = zone(settings.zone_file).publisher(publisher_id)
        self._protector = LazyProtector(settings, self.info, ticking)
        self._preparer = Preparer(settings, self.info, self._protector.fingerprint, ticking)
        signer = Signer(settings.home, publisher_id, clock=ticking)
        self._outbox = Outbox(settings.home, publisher_id, signer.sign, clock=ticking)

    def publish(self, event: Mapping[str, Any] | Event, *, traceparent: str | None = None) -> Receipt:
        """Publish one event; durable on return.

        Args:
            event: event JSON as a mapping (see docs/publishers.md), or a generated model.
            traceparent: W3C Trace Context that goes along as a header.

        Raises:
            InvalidEvent: naming everything that is wrong; nothing was stored.
            EventConflict: the event id was used for other content.
            TokeniserAway, TokeniserBusy: natural persons or officers can not be protected now; nothing was stored.
            OutboxBusy, RetryableError: publish it again; if it was stored after all, that is recognised.
        """
        (prepared,) = self._preparer.prepare([event])
        if isinstance(prepared, tuple):
            raise InvalidEvent(prepared)
        return self._publish([prepared], traceparent)[0]

    def publish_many(
        self, events: Iterable[Mapping[str, Any] | Event], *, traceparent: str | None = None
    ) -> list[Receipt]:
        """Publish events in the order given, all or none; durable on return. A thousand at a time is a good number.

        Raises:
            InvalidEvents: naming, by their places, all events that are wrong; nothing was stored.
            Others as `publish`.
        """
        prepared, refusals = self._prepare(events)
        if refusals:
            raise InvalidEvents(refusals)
        return self._publish([ready for _, ready in prepared], traceparent)

    def publish_valid(
        self,
        events: Iterable[Mapping[str, Any] | Event],
        *,
        traceparent: str | None = None,
        with_flags: bool = False,
    ) -> tuple[list[Receipt], list[Refusal]]:
        """Publish those events that are right, in the order given; durable on return. For files.

        Args:
            events: as `publish` takes them.
            traceparent: as of `publish`.
            with_flags: work out all flags on the way, which costs less than asking each receipt for them.

        Returns:
            Receipts of the events that are right, and refusals of the others, by their places.

        Raises:
            As `publish`, but for what is wrong with single events.
        """
        prepared, refusals = self._prepare(events, with_flags=with_flags)
        while True:
            try:
                receipts = self._publish([ready for _, ready in prepared], traceparent, with_flags=with_flags)
            except EventConflict as conflict:
                refusals += [Refusal(prepared[place][0], (_CONFLICT,)) for place in conflict.indexes]
                prepared = [pair for place, pair in enumerate(prepared) if place not in conflict.indexes]
            else:
                return receipts, sorted(refusals, key=lambda refusal: refusal.index)

    @property
    def epoch(self) -> int:
        """The epoch that new events are numbered under."""
        return self._outbox.epoch

    def sent(self, topic: str) -> int:
        """The sequence up to which the log has acknowledged this publisher's events of the topic, in this epoch."""
        return self._outbox.sent(topic)

    def close(self) -> None:
        """Close outbox and vault."""
        self._outbox.close()
        self._protector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(
        self, events: Iterable[Mapping[str, Any] | Event], *, with_flags: bool = False
    ) -> tuple[list[tuple[int, Prepared]], list[Refusal]]:
        prepared, refusals = [], []
        for index, outcome in enumerate(self._preparer.prepare(events, with_flags=with_flags)):
            if isinstance(outcome, tuple):
                refusals.append(Refusal(index, outcome))
            else:
                prepared.append((index, outcome))
        return prepared, refusals

    def _publish(
        self, prepared: Sequence[Prepared], traceparent: str | None, *, with_flags: bool = False
    ) -> list[Receipt]:
        if traceparent is not None and not _TRACEPARENT.fullmatch(traceparent):
            raise InvalidInput("traceparent is not of the form of W3C Trace Context", zh="traceparent 格式有误")
        # Persons who were published before are not protected again; where there are none, the outbox itself finds out.
        in_clear = any(ready.clear is not None for ready in prepared)
        known = self._outbox.published([ready.event_id for ready in prepared]) if in_clear else {}
        before = _known_places(prepared, known) if known else {}
        conflicts = [place for place, placed in before.items() if placed.content != prepared[place].content]
        if conflicts:
            raise EventConflict([prepared[place].event_id for place in conflicts], tuple(conflicts))
        new = [place for place in range(len(prepared)) if place not in before]
        self._protect([prepared[place] for place in new], with_flags=with_flags)
        drafts = [_draft(prepared[place], traceparent) for place in new]
        try:
            stored = self._outbox.append(drafts)
        except EventConflict as conflict:  # the id was used before, by another process perhaps, or twice in the call
            places = tuple(new[place] for place in conflict.indexes)
            raise EventConflict([prepared[place].event_id for place in places], places) from None
        placed = before | dict(zip(new, stored, strict=True))
        return [_receipt(ready, placed[place]) for place, ready in enumerate(prepared)]

    def _protect(self, prepared: Sequence[Prepared], *, with_flags: bool) -> None:
        """Replace everything that is in clear, and keep the flags that only the clear persons could tell."""
        waiting = [(ready, ready.clear) for ready in prepared if ready.clear is not None]
        if not waiting:
            return
        protector = self._protector.get()
        wanted = [to_protect(str(ready.event_id), clear.event, clear.persons) for ready, clear in waiting]
        certificates = list(dict.fromkeys(text for _, clear in waiting for text in clear.officers))
        protected = iter(protector.protect([person for persons in wanted for person in persons]))
        tokens = dict(zip(certificates, protector.officer_tokens(certificates), strict=True)) if certificates else {}
        for ready, clear in waiting:
            safe = [next(protected) for _ in clear.persons]
            ready.event = put_protected(clear.datum, clear.event, clear.persons, safe)
            put_officer_tokens(clear.datum, tokens)
            ready.flags = tuple(person_flags(clear.persons, safe))
            ready.parts = split_unnumbered(self._preparer.encode(ready.event, clear.datum))
            ready.clear = None
            if with_flags:
                ready.work_out_flags()


def _known_places(prepared: Sequence[Prepared], known: Mapping[UUID, Placed]) -> dict[int, Placed]:
    """Where those of the events stand that were published before, by their places in the call."""
    found = ((place, known.get(ready.event_id)) for place, ready in enumerate(prepared))
    return {place: placed for place, placed in found if placed is not None}


def _draft(ready: Prepared, traceparent: str | None) -> Draft:
    if ready.parts is None:
        raise InvalidInput("an event with something in clear can not be stored", zh="含明文的事件不能保存")
    return Draft(ready.event_id, ready.content, ready.topic, ready.key, ready.parts, traceparent)


def _receipt(ready: Prepared, place: Placed) -> Receipt:
    return Receipt(
        ready.event_id,
        place.topic,
        place.epoch,
        place.sequence,
        place.already_published,
        ready.event,
        ready.flags,
    )
