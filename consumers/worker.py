"""The landing worker: a member of the group that reads its topics and lands them, polling and posting at once.

One thread polls and decides; a small pool looks at tables and posts, at most one thing at a time for a topic. Group
membership only shares out the work: a member that was paused, revoked or declared dead does no harm, because every
statement asks the table. One topic that can not go on stops alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from time import perf_counter
from typing import Self

from consumers.batch import Batch, Blocked
from consumers.dead_letters import Graveyard
from consumers.lander import Landed, TooManyDeadLetters, TopicLander
from consumers.ledger import Ledger, Start
from consumers.policy import BatchPolicy, LandingPolicy, TopicRules, WorkerPolicy
from consumers.same_log import LogExtent, compare_extent, require_same_log
from consumers.statement import LandingServer
from consumers.topic import Phase, Topic, TopicReport, long_enough
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import LianzhiError, RetryableError
from infra.faultpoints import FaultPoint, reach
from infra.kafka import make_consumer
from infra.logging import get_logger
from infra.metrics import (
    DEAD_LETTERS,
    LANDING_BATCHES,
    LANDING_BYTES,
    LANDING_EVENTS,
    LANDING_SECONDS,
    LANDING_STOPPED,
    METRICS,
)
from infra.settings import Settings
from infra.topics import event_topics
from infra.zone import Zone

USER = "ingest"
_BUSY_POLL = 0.02
_log = get_logger(__name__)


class Worker:
    """Lands the zone's topics, as many as the group gives it.

    Args:
        topics: which; None: all event topics of the zone.

    Raises:
        RetryableError: the broker does not answer.
        FatalError: access is refused, or a compiled part is missing.
    """

    def __init__(
        self, settings: Settings, zone: Zone, *, topics: Iterable[str] | None = None, clock: Clock | None = None
    ) -> None:
        self._settings, self._zone = settings, zone
        self._clock = clock or SystemClock()
        self._policy, self._landing = WorkerPolicy.of(settings), LandingPolicy.of(settings)
        self._batches = BatchPolicy.of(settings)
        self._closing = ExitStack()
        bounded = settings.with_values(clickhouse__receive_seconds=self._landing.query + 10)
        self._server = self._closing.enter_context(ClickHouse(bounded, USER))
        self._pool = ThreadPoolExecutor(self._policy.posts, thread_name_prefix="landing")
        self._closing.callback(self._pool.shutdown, wait=False, cancel_futures=True)
        self._consumer = self._closing.enter_context(
            make_consumer(settings, settings.landing.group, client_id="ingest")
        )
        self._consumer.subscribe(event_topics(zone) if topics is None else topics)
        self._topics: dict[str, Topic] = {}
        self._orphans: set[Future[Start | Landed | None]] = set()
        self._commit_at = 0.0
        self._committed: dict[str, int] = {}

    def step(self) -> None:
        """One round: take over and let go of topics, land what is closed, read what has come.

        Raises:
            FatalError: the log can not be read (its bytes are corrupt, access is refused).
        """
        self._follow_assignment()
        for topic in self._topics.values():
            self._reap(topic)
        now = self._clock.monotonic()
        share = long_enough(self._topics.values(), now)
        for topic in self._topics.values():
            self._dispatch(topic, now, share)
        self._share_memory()
        self._read()
        self._commit_if_due()

    def reports(self) -> list[TopicReport]:
        """Every topic of this worker as it stands."""
        return [topic.report() for topic in self._topics.values()]

    def stop(self) -> None:
        """Let what is on its way come to its end, within landing.stop_seconds; then leave the group."""
        deadline = self._clock.monotonic() + self._policy.stop
        pending = self._tasks()
        if pending:
            wait(pending, timeout=self._policy.stop)
        for topic in self._topics.values():
            self._reap(topic)
        if self._clock.monotonic() < deadline:
            self._commit_at = 0.0
            self._commit_if_due()
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _follow_assignment(self) -> None:
        owned = self._consumer.owned()
        for name, topic in list(self._topics.items()):
            if owned.get(name) != topic.assignment:
                _log.info("topic let go", topic=name)
                del self._topics[name]
                if topic.task is not None:
                    self._orphans.add(topic.task)
        self._orphans = {task for task in self._orphans if not task.done()}
        for name, assignment in owned.items():
            if name not in self._topics:
                _log.info("topic taken over", topic=name)
                self._topics[name] = self._topic(name, assignment)
                reach(FaultPoint.INGEST_ASSIGNED)

    def _topic(self, name: str, assignment: int) -> Topic:
        rules = TopicRules.of(name, self._zone)
        consumer = self._consumer
        lander = TopicLander(
            rules,
            self._landing,
            LandingServer(self._server, rules, self._landing),
            Ledger(self._server, rules, self._clock),
            Graveyard(self._settings, self._server, self._clock),
            self._clock,
            still_ours=lambda: consumer.owned().get(name) == assignment,
        )
        return Topic(rules, assignment, lander, self._policy, self._batches)

    def _dispatch(self, topic: Topic, now: float, share: float) -> None:
        """Give the pool the next thing to do for a topic, if there is one and it is time."""
        if topic.close_due(now, share):
            reach(FaultPoint.INGEST_BATCH_CLOSED)
        if topic.task is not None or now < topic.retry_at:
            return
        match topic.phase:
            case Phase.LOOKING:
                topic.task = self._pool.submit(topic.lander.start)
            case Phase.COMPARING:
                if topic.start is not None:
                    topic.task = self._pool.submit(
                        require_same_log, self._settings, self._server, topic.rules, topic.start
                    )
            case Phase.READING:
                if topic.queue:
                    topic.task, topic.sent_at = self._pool.submit(_land, topic.lander, topic.queue[0]), now
                elif topic.builder.blocked is not None:
                    self._stop(topic, topic.builder.blocked)
            case Phase.STOPPED:
                if isinstance(topic.stopped_by, Blocked):
                    topic.task = self._pool.submit(topic.lander.start)
                elif isinstance(topic.stopped_by, TooManyDeadLetters):
                    topic.task = self._pool.submit(topic.lander.go_on_after, topic.stopped_by)

    def _reap(self, topic: Topic) -> None:
        task = topic.task
        if task is None or not task.done():
            return
        topic.task = None
        try:
            result = task.result()
            self._go_on(topic, result)
        except RetryableError as error:
            pause = topic.backoff.next_pause()
            topic.retry_at = self._clock.monotonic() + pause
            METRICS.add(LANDING_BATCHES, outcome=type(error).__name__)
            _log.warning("landing waits", topic=topic.name, seconds=round(pause, 2), why=str(error))
        except LianzhiError as error:
            self._stop(topic, error)
        else:
            topic.backoff.succeeded()

    def _go_on(self, topic: Topic, result: Start | Landed | None) -> None:
        """What follows from what the pool has done."""
        match topic.phase, result:
            case Phase.LOOKING, Start():
                reach(FaultPoint.INGEST_AFTER_LOOK)
                self._compare(topic, result)
            case Phase.COMPARING, None if topic.start is not None:
                topic.begin(topic.start)
                self._consumer.start(topic.name, topic.next)
                topic.paused = False
                METRICS.set(LANDING_STOPPED, 0, topic=topic.name)
                _log.info("reading", topic=topic.name, offset=topic.next)
            case Phase.READING, Landed():
                self._landed(topic, result)
            case Phase.STOPPED, Start():
                blocked = topic.stopped_by
                topic.retry_at = self._clock.monotonic() + self._policy.look_again
                if isinstance(blocked, TooManyDeadLetters):
                    _log.info("the dead letters that stopped the topic were decided about", topic=topic.name)
                    topic.look_again()
                elif isinstance(blocked, Blocked) and result.next > blocked.offset:
                    _log.info("the value that stopped the topic was set aside", topic=topic.name)
                    topic.look_again()
            case Phase.STOPPED, None:
                topic.retry_at = self._clock.monotonic() + self._policy.look_again
            case _:
                pass

    def _compare(self, topic: Topic, start: Start) -> None:
        name = topic.name
        begin, end = self._consumer.begin_offsets([name])[name], self._consumer.end_offsets([name])[name]
        compare_extent(topic.rules, start, LogExtent(begin, end, self._consumer.committed([name])[name]))
        topic.phase, topic.start = Phase.COMPARING, start

    def _landed(self, topic: Topic, landed: Landed) -> None:
        reach(FaultPoint.INGEST_AFTER_VERIFY)
        topic.end = landed.position.end
        METRICS.add(LANDING_EVENTS, landed.rows, topic=topic.name)
        METRICS.add(LANDING_BATCHES, outcome="void" if landed.void else "landed")
        if landed.refused:
            METRICS.add(DEAD_LETTERS, landed.refused, topic=topic.name, reason="refused")
            _log.warning("dead letters", topic=topic.name, count=landed.refused)
        if landed.void:
            _log.info("another lander was first", topic=topic.name, table_end=topic.end)
            topic.look_again()
            return
        batch = topic.queue.popleft()
        topic.landed(self._clock.monotonic())
        METRICS.add(LANDING_BYTES, batch.size_bytes, topic=topic.name)
        topic.next = batch.last + 1

    def _stop(self, topic: Topic, why: LianzhiError | Blocked) -> None:
        topic.stop(why)
        topic.retry_at = self._clock.monotonic() + self._policy.look_again
        METRICS.set(LANDING_STOPPED, 1, topic=topic.name)
        _log.error("topic stopped", topic=topic.name, why=topic.report().reason)

    def _share_memory(self) -> None:
        held = sum(topic.held_bytes for topic in self._topics.values())
        for topic in self._topics.values():
            wants = topic.wants_pause(held)
            if wants and not topic.paused:
                self._consumer.pause([topic.name])
            elif topic.paused and not wants:
                self._consumer.resume([topic.name])
            topic.paused = wants

    def _read(self) -> None:
        now = self._clock.monotonic()
        tasks = self._tasks()
        if tasks and all(topic.paused for topic in self._topics.values()):
            wait(tasks, timeout=_BUSY_POLL, return_when=FIRST_COMPLETED)
            seconds = 0.0
        else:
            due = min((topic.due_in(now) for topic in self._topics.values()), default=self._policy.poll)
            seconds = min(_BUSY_POLL if tasks else self._policy.poll, due)
        try:
            runs = self._consumer.poll(seconds)
        except RetryableError as error:
            _log.warning("the log does not answer", why=str(error))
            self._clock.sleep(self._policy.backoff_min)
            return
        for run in runs:
            topic = self._topics.get(run.topic)
            if topic is not None and topic.phase is Phase.READING:
                topic.builder.add(run)

    def _commit_if_due(self) -> None:
        now = self._clock.monotonic()
        if now < self._commit_at:
            return
        self._commit_at = now + self._policy.commit_every
        offsets = {
            topic.name: topic.next
            for topic in self._topics.values()
            if topic.phase is Phase.READING and self._committed.get(topic.name) != topic.next
        }
        if offsets and self._consumer.commit(offsets, self._policy.commit):
            self._committed |= offsets
            reach(FaultPoint.INGEST_AFTER_COMMIT)

    def _tasks(self) -> set[Future[Start | Landed | None]]:
        return {topic.task for topic in self._topics.values() if topic.task is not None} | self._orphans


def _land(lander: TopicLander, batch: Batch) -> Landed:
    began = perf_counter()
    outcome = "failed"
    try:
        landed = lander.land(batch)
        outcome = "void" if landed.void else "landed"
        return landed
    finally:
        METRICS.observe(LANDING_SECONDS, perf_counter() - began, outcome=outcome)
