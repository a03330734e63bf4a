"""The relay: brings every outbox of a home to the log, each topic in order, whatever dies on the way.

Order is kept by never having more than one batch of a topic on its way (`log.KafkaLog`). Nothing is lost because an
event leaves the backlog only when the broker has acknowledged it. A death between acknowledgement and mark is made good
by looking at the log before the first event is sent (`relay_look`). One relay at a time works on an outbox: it holds a
lock that the kernel releases when it dies.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from infra.clock import Clock, SystemClock
from infra.errors import FatalError, LianzhiError, RetryableError
from infra.faultpoints import FaultPoint, reach
from infra.file_lock import FileLock
from infra.logging import get_logger
from infra.settings import Settings
from producers.backlog import Backlog, TopicState, total_backlog
from producers.log import KafkaLog, Log, LogAway
from producers.outbox_file import OutboxBusy
from producers.outbox_paths import outbox_paths, outbox_publishers
from producers.relay_lane import Lane, Trouble, retry_of

_log = get_logger(__name__)
_DISCOVER_SECONDS = 0.25
_PRUNE_SECONDS = 60.0
_CLAIM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """One topic of one outbox as it stands."""

    publisher: str
    epoch: int
    state: TopicState
    trouble: Trouble | None
    sent_total: int
    resent_total: int


class _Worked:
    """One outbox that this relay holds: its backlog, its lock, its lanes."""

    def __init__(self, settings: Settings, publisher: str, lock: FileLock, clock: Clock) -> None:
        self.backlog = Backlog(settings.home, publisher, clock=clock)
        self.publisher = publisher
        self._settings = settings.relay
        self._lock = lock
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._seen: int | None = None
        self._states: list[TopicState] = []
        self._prune_at = 0.0

    def close(self) -> None:
        self.backlog.close()
        self._lock.close()

    def send(self, log: Log, batch_bytes: int) -> int:
        """Send what is waiting, at most `relay.batch_rows` of each topic; how many events went out."""
        changes = self.backlog.changes()
        if changes == self._seen and not total_backlog(self._states):
            return 0
        sent = 0
        self._states = self.backlog.states()
        for state in self._states:
            lane = self._lane(state.topic)
            if not state.backlog or self._clock.monotonic() < lane.retry.at:
                continue
            try:
                sent += lane.send(self.backlog, log, state, self._settings, batch_bytes)
            except LogAway:
                raise
            except LianzhiError as error:
                lane.failed(error, self._clock)
            else:
                lane.succeeded()
        self._states = self.backlog.states()
        self._seen = changes
        return sent

    def tidy(self) -> None:
        """Forget old sent events, now and then."""
        now = self._clock.monotonic()
        if now < self._prune_at:
            return
        more = self.backlog.prune(timedelta(hours=self._settings.keep_hours))
        self._prune_at = now if more else now + _PRUNE_SECONDS

    def status(self) -> list[LaneStatus]:
        found = []
        for state in self.backlog.states():
            lane = self._lane(state.topic)
            found.append(
                LaneStatus(self.publisher, self.backlog.epoch, state, lane.trouble, lane.sent_total, lane.resent_total)
            )
        return found

    def _lane(self, topic: str) -> Lane:
        if topic not in self._lanes:
            self._lanes[topic] = Lane(self.publisher, topic, retry_of(self._settings))
        return self._lanes[topic]


class Relay:
    """Works on the outboxes of one home; not thread-safe.

    Args:
        settings: the home, the brokers, `relay.*`.
        publishers: whose outboxes; None: every one of the home, those that begin later too.
        log: where events go; None: Kafka.
        clock: time.
    """

    def __init__(
        self,
        settings: Settings,
        publishers: Collection[str] | None = None,
        *,
        log: Log | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._publishers = publishers
        self._log: Log = log or KafkaLog(settings)
        self._batch_bytes = settings.kafka.batch_bytes
        self._clock: Clock = clock or SystemClock()
        self._worked: dict[str, _Worked] = {}
        self._away = retry_of(settings.relay)
        self._away_since: Trouble | None = None
        self._discover_at = 0.0
        self._claim_at: dict[str, float] = {}
        self._unusable: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the outboxes and of the log."""
        for worked in self._worked.values():
            worked.close()
        self._worked.clear()
        self._log.close()

    def holds(self, publisher: str) -> bool:
        """Whether this relay works on that publisher's outbox (another one may)."""
        self._discover()
        return publisher in self._worked

    def step(self) -> int:
        """Send what is waiting, at most `relay.batch_rows` of each topic; how many events went out.

        What goes wrong with one outbox or topic is noted in `status` and tried again later; it delays no other.
        """
        if self._clock.monotonic() >= self._discover_at:
            self._discover()
        sent = 0
        for publisher, worked in list(self._worked.items()):
            if self._clock.monotonic() < self._away.at:
                break
            try:
                sent += worked.send(self._log, self._batch_bytes)
                worked.tidy()
            except LogAway as error:
                self._no_log(error)
            except OutboxBusy:
                continue
            except LianzhiError as error:
                _log.error("outbox can not be worked on", publisher=publisher, why=str(error))
                self._let_go(publisher)
                self._can_not_use(publisher, error)
            else:
                if sent:
                    self._log_is_back()
        return sent

    def status(self) -> list[LaneStatus]:
        """Every topic of every outbox that this relay holds; an outbox that can not be read now is left out."""
        found: list[LaneStatus] = []
        for worked in self._worked.values():
            with suppress(LianzhiError):  # the next step meets the same error and tells it
                found += worked.status()
        return found

    @property
    def unusable(self) -> Mapping[str, str]:
        """Publishers whose outbox can not be used until a person has looked, and why."""
        return self._unusable

    @property
    def away(self) -> Trouble | None:
        """Since when no broker answers, and what is known of it; None when all is well."""
        return self._away_since

    def _discover(self) -> None:
        now = self._clock.monotonic()
        self._discover_at = now + _DISCOVER_SECONDS
        for publisher, worked in list(self._worked.items()):
            if not worked.backlog.in_place():
                self._let_go(publisher)
        publishers = outbox_publishers(self._settings.home)
        for publisher in self._unusable.keys() - set(publishers):
            del self._unusable[publisher]
        for publisher in publishers:
            wanted = self._publishers is None or publisher in self._publishers
            if wanted and publisher not in self._worked and now >= self._claim_at.get(publisher, 0.0):
                self._claim(publisher)

    def _claim(self, publisher: str) -> None:
        lock = FileLock(outbox_paths(self._settings.home, publisher).relay_lock, self._clock)
        if not lock.try_acquire():
            lock.close()
            self._claim_at[publisher] = self._clock.monotonic() + _CLAIM_SECONDS
            return
        reach(FaultPoint.RELAY_STARTED)
        try:
            self._worked[publisher] = _Worked(self._settings, publisher, lock, self._clock)
        except LianzhiError as error:
            lock.close()
            self._can_not_use(publisher, error)
            pause = self._settings.relay.backoff_max_seconds
            _log.error("outbox can not be opened", publisher=publisher, why=str(error), pause=pause)
            return
        self._unusable.pop(publisher, None)
        lock.write_holder(f"{os.getpid()}\n")
        _log.info("relaying", publisher=publisher, epoch=self._worked[publisher].backlog.epoch)

    def _can_not_use(self, publisher: str, error: LianzhiError) -> None:
        self._claim_at[publisher] = self._clock.monotonic() + self._settings.relay.backoff_max_seconds
        if not isinstance(error, RetryableError):
            self._unusable[publisher] = str(error)

    def _let_go(self, publisher: str) -> None:
        self._worked.pop(publisher).close()

    def _no_log(self, error: LogAway) -> None:
        pause = self._away.failed(self._clock.monotonic())
        if self._away_since is None:
            self._away_since = Trouble(str(error), isinstance(error, FatalError), self._clock.now())
            _log.warning("no broker answers", why=str(error), pause=round(pause, 2))

    def _log_is_back(self) -> None:
        if self._away_since is not None:
            _log.info("the broker is back", away_since=self._away_since.since.isoformat())
        self._away_since = None
        self._away.succeeded()
