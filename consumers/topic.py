"""One topic in the hands of the worker: what was read, what waits, what is being landed, whether it stopped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum

from consumers.batch import Batch, BatchBuilder, Blocked
from consumers.lander import Landed, TopicLander
from consumers.ledger import Start
from consumers.policy import BatchPolicy, TopicRules, WorkerPolicy
from infra.backoff import Backoff
from infra.errors import LianzhiError

_TOGETHER = 0.5
"""What has waited for such a share of its time closes with a batch that is due."""

_BUSY = 0.25
"""The share of a topic's time that landing takes at most, where batches close sooner than after `batch_seconds`."""

_SOONEST = 0.5
"""Of `batch_seconds`: no batch closes sooner, however quickly the last one landed."""


class Phase(StrEnum):
    """Where a topic is on its way."""

    LOOKING = "looking"
    """Its table is looked at."""
    COMPARING = "comparing"
    """Its table is held against the log."""
    READING = "reading"
    """It is read and landed."""
    STOPPED = "stopped"
    """It goes on when a person has looked."""


@dataclass(frozen=True, slots=True)
class TopicReport:
    """A topic as it stands: for the status file and the metrics."""

    topic: str
    phase: Phase
    end: int
    next: int
    waiting_bytes: int
    reason: str


class Topic:
    """State of one assignment of one topic. Used by the polling thread only; tasks run elsewhere and hand back results.

    Attributes:
        assignment: the number of the assignment, see `infra.kafka.Consumer.owned`.
        task: what a thread of the pool does for this topic now; None: nothing.
        retry_at: not before this moment (monotonic) is anything tried again.
        sent_at: when the batch that is being landed was handed over (monotonic).
    """

    def __init__(
        self, rules: TopicRules, assignment: int, lander: TopicLander, policy: WorkerPolicy, batches: BatchPolicy
    ) -> None:
        self.rules, self.assignment, self.lander = rules, assignment, lander
        self.phase = Phase.LOOKING
        self.task: Future[Start | Landed | None] | None = None
        self.start: Start | None = None
        self.builder = BatchBuilder(rules, batches)
        self.queue: deque[Batch] = deque()
        self.backoff = Backoff(policy.backoff_min, policy.backoff_max)
        self.retry_at = 0.0
        self.closed_at = float("-inf")
        self.sent_at = 0.0
        self._pace = batches.seconds
        self.paused = True
        self.end = -1
        self.next = 0
        self.stopped_by: LianzhiError | Blocked | None = None
        self._policy, self._batches = policy, batches

    @property
    def name(self) -> str:
        """The topic."""
        return self.rules.topic

    @property
    def held_bytes(self) -> int:
        """Bytes of values held for it."""
        return self.builder.size_bytes + sum(batch.size_bytes for batch in self.queue)

    def begin(self, start: Start) -> None:
        """Go on from there: nothing that was read before counts."""
        self.phase, self.start = Phase.READING, start
        self.end, self.next = start.position.end, start.next
        self.builder = BatchBuilder(self.rules, self._batches, start.dead)
        self.queue.clear()
        self.stopped_by = None

    def look_again(self) -> None:
        """Forget what was read; the table decides anew where to go on."""
        self.phase = Phase.LOOKING
        self.builder = BatchBuilder(self.rules, self._batches)
        self.queue.clear()

    def stop(self, why: LianzhiError | Blocked) -> None:
        """Land nothing more until a person has looked."""
        self.phase, self.stopped_by = Phase.STOPPED, why
        self.builder = BatchBuilder(self.rules, self._batches)
        self.queue.clear()

    @property
    def _may_close(self) -> bool:
        """Whether a batch is open, and none of the topic's is on its way."""
        return self.phase is Phase.READING and self.task is None and not self.queue and self.builder.is_open

    def waited(self, now: float) -> float:
        """How long the batch that is open has waited, as a share of the longest that it may; 0: none may close."""
        return (now - self.closed_at) / self._pace if self._may_close else 0.0

    def close_due(self, now: float, share: float) -> bool:
        """Move what is closed into the queue; close what has waited long enough. True: something was closed.

        None closes while another is on its way: it can grow meanwhile.

        Args:
            share: of the topic's time, which is long enough.
        """
        if self.waited(now) >= share:
            self.builder.close()
        closed = self.builder.take()
        if closed:
            self.closed_at = now
            self.queue.extend(closed)
        return bool(closed)

    def landed(self, now: float) -> None:
        """Its batch has landed: the next waits so long that landing takes a quarter of the topic's time.

        Not longer than `batch_seconds`, and not less than half of that, for each landing is a part to be merged.
        """
        longest = self._batches.seconds
        self._pace = min(max((now - self.sent_at) / _BUSY, _SOONEST * longest), longest)

    def wants_pause(self, held_in_all: int) -> bool:
        """Whether enough is held of it, or of all topics together."""
        if self.phase is not Phase.READING or self.builder.blocked is not None:
            return True
        busy = self.task is not None or bool(self.queue)
        return len(self.queue) > self._policy.queue_batches or (busy and held_in_all > self._policy.buffer_bytes)

    def due_in(self, now: float) -> float:
        """Seconds until this topic wants attention without any new record."""
        if self._may_close:
            return max(0.0, self.closed_at + self._pace - now)
        if self.task is None and (self.queue or self.phase in {Phase.LOOKING, Phase.COMPARING}):
            return max(0.0, self.retry_at - now)
        return float("inf")

    def report(self) -> TopicReport:
        """As it stands."""
        reason = ""
        if isinstance(self.stopped_by, Blocked):
            reason = f"offset {self.stopped_by.offset}: {self.stopped_by.reason}"
        elif self.stopped_by is not None:
            reason = str(self.stopped_by)
        return TopicReport(self.name, self.phase, self.end, self.next, self.held_bytes, reason)


def long_enough(topics: Iterable[Topic], now: float) -> float:
    """The share of its time after which a topic's batch closes now.

    When one is due, those that have waited half as long go with it: topics that land together are folded together, and
    come due together from then on.
    """
    return _TOGETHER if any(topic.waited(now) >= 1.0 for topic in topics) else 1.0
