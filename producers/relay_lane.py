"""One topic of one outbox on its way to the log: look, send, mark; and what is wrong when it stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infra.backoff import Backoff
from infra.clock import Clock
from infra.errors import FatalError, LianzhiError
from infra.faultpoints import FaultPoint, reach
from infra.logging import get_logger
from infra.metrics import METRICS, RELAY_FAILURES, RELAY_SENT
from infra.settings_groups import RelaySettings
from producers.backlog import Backlog, TopicState
from producers.log import Log, cut, outgo
from producers.relay_look import look

_log = get_logger(__name__)


@dataclass(slots=True)
class Retry:
    """When something that failed may be tried again."""

    backoff: Backoff
    at: float = 0.0

    def failed(self, now: float) -> float:
        """Note a failure at `now` (monotonic seconds); the pause that it costs."""
        pause = self.backoff.next_pause()
        self.at = now + pause
        return pause

    def succeeded(self) -> None:
        """Note a success: try again at once, and begin with the shortest pause."""
        self.backoff.succeeded()
        self.at = 0.0


def retry_of(settings: RelaySettings) -> Retry:
    """A `Retry` with the pauses of `relay.*`."""
    return Retry(Backoff(settings.backoff_min_seconds, settings.backoff_max_seconds))


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
    retry: Retry
    looked: bool = False
    trouble: Trouble | None = None
    sent_total: int = 0
    resent_total: int = 0
    landed_unmarked_total: int = 0

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
                METRICS.add(RELAY_SENT, sent - state.sent, topic=self.topic)
        self.looked = True
        return sent - state.sent

    def failed(self, error: LianzhiError, clock: Clock) -> None:
        """Note why this topic can not go on, and when to try again."""
        alarm = isinstance(error, FatalError)
        pause = self.retry.failed(clock.monotonic())
        METRICS.add(RELAY_FAILURES, reason=type(error).__name__)
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
        self.retry.succeeded()

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
