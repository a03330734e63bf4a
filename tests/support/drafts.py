"""Drafts for an outbox without a publisher: believable events, encoded, not numbered; and a clock set by hand."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from infra.topics import topic_of
from producers.numbering import split_unnumbered
from producers.outbox import Draft
from tests.support.sample_events import Samples, uuid7

PUBLISHER = "jiashan.zhifa"
ENFORCEMENT = topic_of("enforcement", "330421")
EXCHANGE = topic_of("exchange", "330421")


class HandClock:
    """A clock that moves only when told to; `sleep` moves it."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)) -> None:
        self.instant = start
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.forward(seconds)

    def forward(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)
        self.seconds += seconds


class Drafts:
    """Drafts by seed: one encoded event, again and again under new ids, so that many cost little."""

    def __init__(self, seed: int, publisher: str = PUBLISHER, region: str = "330421") -> None:
        samples = Samples(seed, publisher=publisher, region=region)
        self._rnd = random.Random(seed)
        self._value = samples.make("CaseFiled", epoch=0, sequence=0).value
        self.topics = [topic_of(family, region) for family in ("enforcement", "exchange", "dispute")]

    def one(self, topic: str = ENFORCEMENT, event_id: UUID | None = None) -> Draft:
        """A draft for `topic`; given an `event_id`, the same id always has the same content."""
        identity = event_id or uuid7(self._rnd, datetime(2026, 3, 1, tzinfo=UTC))
        value = self._value[:6] + str(identity).encode() + self._value[42:]
        parts = split_unnumbered(value)
        return Draft(identity, hashlib.blake2b(value, digest_size=16).digest(), topic, f"case-{identity}", parts)

    def many(self, count: int, topic: str = ENFORCEMENT) -> list[Draft]:
        """`count` drafts for `topic`."""
        return [self.one(topic) for _ in range(count)]

    def mixed(self, count: int) -> list[Draft]:
        """`count` drafts for all three topics of the region, in a random order."""
        return [self.one(self._rnd.choice(self.topics)) for _ in range(count)]


def unsigned(_: bytes) -> bytes:
    """A signature that costs nothing."""
    return b""
