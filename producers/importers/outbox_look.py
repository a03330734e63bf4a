"""What an import asks the publisher's outbox before it publishes: its epoch, and which events it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from infra.clock import Clock
from producers.outbox import published_among
from producers.outbox_file import OutboxFile
from producers.outbox_paths import outbox_paths


class OutboxLook:
    """One publisher's outbox, opened for each question; a rehearsal begins none where there is none.

    Attributes:
        epoch: of the outbox; 0 where a rehearsal finds none.
    """

    def __init__(self, home: Path, publisher: str, clock: Clock, *, rehearse: bool = False) -> None:
        self._home, self._publisher, self._clock = home, publisher, clock
        self._absent = rehearse and not outbox_paths(home, publisher).epochs()
        self.epoch = 0
        if not self._absent:
            with self._opened() as file:
                self.epoch = file.epoch

    def published(self, event_ids: Sequence[UUID]) -> set[UUID]:
        """Those of the events that were ever published from here.

        Raises:
            See `OutboxFile`.
        """
        if self._absent:
            return set()
        with self._opened() as file, file.reading() as db:
            return {event_id for event_id, _ in published_among(db, event_ids)}

    @contextmanager
    def _opened(self) -> Iterator[OutboxFile]:
        file = OutboxFile(self._home, self._publisher, clock=self._clock)
        try:
            yield file
        finally:
            file.close()
