"""One topic of one outbox on its way to the log: look, send, mark; and what is wrong when it stands still."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from infra.clock import Clock
from infra.errors import FatalError, LianzhiError
from infra.faultpoints import FaultPoint, reach
from infra.settings_groups import RelaySettings
from producers.backlog import Backlog, TopicState
from producers.log import Log, LogAway, cut, outgo
from producers.relay_look import look

_log = structlog.get_logger("lianzhi.relay")


@dataclass(slots=True)
class Backoff:
    """Pauses after failures, doubling from the shortest to the longest, each with jitter (half of it to all of it)."""

    settings: RelaySettings
    failures: int = 0
    until: float = 0.0

    def failed(self, now: float) -> float:
        """Note a failure at `now` (monotonic seconds); the pause that it costs."""
        longest = min(
            self.settings.backoff_min_seconds * 2.0 ** min(self.failures, 30), self.settings.backoff_max_seconds
        )
        pause = longest * random.uniform(0.5, 1.0)  # noqa: S311  (jitter)
        self.failures += 1
        self.until = now + pause
        return pause

    def succeeded(self) -> None:
        """Begin again with the shortest pause."""
        self.failures, self.until = 0, 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a topic stands still.

    Attributes:
        alarm: whether a person has to act; otherwise it is tried again and may pass by itself.
        since: when it began (UTC).
    """

    text: str
    alarm: bool
    since: datetime


@dataclass(slots=True)
class Lane:
    """What the relay remembers of one topic of one outbox."""

    publisher: str
    topic: str
    backoff: Backoff
    looked: bool = False
    trouble: Trouble | None = None
    sent_total: int = 0
    resent_total: int = 0
    landed_unmarked_total: int = field(default=0)

    def send(self, backlog: Backlog, log: Log, state: TopicState, settings: RelaySettings, batch_bytes: int) -> int:
        """Send up to `relay.batch_rows` events and mark them; how many went out.

        Raises:
            LogAway: no broker answers.
            LianzhiError: this topic can not go on now.
            In either case the log is looked at before the next event is sent.
        """
        if not self.looked:
            state = self._look(backlog, log, state)
        self.looked = False
        entries = backlog.entries(state.topic, state.sent, settings.batch_rows)
        reach(FaultPoint.RELAY_BEFORE_SEND)
        sent, log_offset = state.sent, None
        try:
            for piece in cut([outgo(self.publisher, backlog.epoch, entry) for entry in entries], batch_bytes):
                log_offset = log.append(state.topic, piece)
                sent += len(piece)
                reach(FaultPoint.RELAY_AFTER_ACK)
        finally:
            if log_offset is not None:
                backlog.mark(state.topic, sent, log_offset)
                self.sent_total += sent - state.sent
        self.looked = True
        return sent - state.sent

    def failed(self, error: LianzhiError, clock: Clock) -> None:
        """Note why this topic can not go on, and when to try again."""
        alarm = isinstance(error, FatalError)
        pause = self.backoff.failed(clock.monotonic())
        new = self.trouble is None or self.trouble.text != str(error)
        since = clock.now() if new or self.trouble is None else self.trouble.since
        self.trouble = Trouble(str(error), alarm, since)
        if new or alarm:
            say = _log.error if alarm else _log.warning
            say("topic stands still", publisher=self.publisher, topic=self.topic, why=str(error), pause=round(pause, 2))

    def succeeded(self) -> None:
        """Note that events went out."""
        if self.trouble is not None:
            _log.info("topic goes on", publisher=self.publisher, topic=self.topic)
        self.trouble = None
        self.backoff.succeeded()

    def _look(self, backlog: Backlog, log: Log, state: TopicState) -> TopicState:
        found = look(
            log,
            self.publisher,
            backlog.epoch,
            state,
            lambda after, count: backlog.entries(state.topic, after, count),
        )
        reach(FaultPoint.RELAY_AFTER_LOOK)
        backlog.mark(state.topic, found.sent, found.log_offset)
        self.landed_unmarked_total += found.landed_unmarked
        self.resent_total += found.resent
        if found.landed_unmarked or found.resent:
            _log.info(
                "the log held more than was marked",
                publisher=self.publisher,
                topic=self.topic,
                landed_unmarked=found.landed_unmarked,
                resent=found.resent,
            )
        return TopicState(state.topic, state.last, found.sent, found.log_offset, state.oldest)


__all__ = ["Backoff", "Lane", "LogAway", "Trouble"]
