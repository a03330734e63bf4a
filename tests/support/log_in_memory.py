"""A log in memory that can fail in every way a broker can, for the relay's unit tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from infra.errors import RetryableError
from producers.log import Landed, LogAway, Outgo
from schemas import headers


class Failure(Enum):
    """What happens to one `append`."""

    AWAY = "no broker answers"
    LOST = "the batch does not land, no acknowledgement comes"
    UNACKNOWLEDGED = "the batch lands, no acknowledgement comes"


class MemoryLog:
    """Topics as lists; `failures` are used up one by one, by `append`."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Outgo]] = {}
        self.failures: list[Failure | None] = []
        self.looks = 0

    def end(self, topic: str) -> int:
        self.looks += 1
        return len(self.topics.get(topic, []))

    def read(self, topic: str, first: int, end: int) -> Iterator[Landed]:
        for offset, event in enumerate(self.topics.get(topic, [])[first:end], first):
            named = dict(event.headers)
            yield Landed(
                offset,
                named[headers.PUBLISHER].decode(),
                int(named[headers.EPOCH]),
                int(named[headers.SEQUENCE]),
                event.value,
            )

    def append(self, topic: str, outgoing: Sequence[Outgo]) -> int:
        failure = self.failures.pop(0) if self.failures else None
        if failure is Failure.AWAY:
            raise LogAway("away")
        if failure is not Failure.LOST:
            self.topics.setdefault(topic, []).extend(outgoing)
        if failure is not None:
            raise RetryableError("not acknowledged")
        return len(self.topics[topic])

    def close(self) -> None:
        """Nothing to let go of."""

    def sequences(self, topic: str, publisher: str) -> list[tuple[int, int]]:
        """(epoch, sequence) of a publisher's events, in the order of the log."""
        return [
            (landed.epoch or 0, landed.sequence or 0)
            for landed in self.read(topic, 0, len(self.topics.get(topic, [])))
            if landed.publisher == publisher
        ]
