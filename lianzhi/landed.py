"""Waiting until what was published has landed: out of the outbox, in the log, in the event tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from consumers.ledger import Ledger
from consumers.policy import TopicRules
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import RetryableError
from infra.kafka.consumer import make_consumer
from infra.settings import Settings
from infra.zone import zone
from lianzhi.progress import Bar
from producers.backlog import Backlog, total_backlog
from producers.outbox_paths import outbox_publishers
from producers.relay import Relay

_LANDER = "ingest"
_PAUSE = 0.05
_LOOKS_AT_DEAD_LETTERS = 10


@dataclass(slots=True)
class _Patience:
    """Gives up when nothing has moved for so many seconds, however long the whole takes."""

    clock: Clock
    seconds: float
    last: float
    moved_at: float

    def see(self, number: float, what_en: str, what_zh: str, hint: str) -> None:
        now = self.clock.monotonic()
        if number != self.last:
            self.last, self.moved_at = number, now
        elif now - self.moved_at > self.seconds:
            raise RetryableError(
                f"{what_en}, and nothing has moved for {self.seconds:g} s",
                zh=f"{what_zh}，{self.seconds:g} 秒内没有进展",
                hint=hint,
            )


def wait_until_landed(
    settings: Settings,
    publishers: Collection[str],
    bar: Bar,
    *,
    patience_seconds: float = 60.0,
    clock: Clock | None = None,
) -> None:
    """Wait until the log has all that these outboxes hold, and the event tables all that the log then holds.

    A value that became a dead letter counts as landed: it is accounted for. Without a relay at work, its work is done
    here; without a lander at work, this gives up.

    Args:
        publishers: ids; one without an outbox has nothing to wait for.
        bar: shows events sent and landed.
        patience_seconds: longest time without any movement.

    Raises:
        RetryableError: nothing moved for so long, or a server is away; what was published is durable all the same.
    """
    ticking: Clock = clock or SystemClock()
    here = [publisher for publisher in publishers if publisher in set(outbox_publishers(settings.home))]
    with ExitStack() as stack:
        backlogs = []
        for publisher in here:
            backlogs.append(Backlog(settings.home, publisher, clock=ticking))
            stack.callback(backlogs[-1].close)
        topics = _until_sent(settings, here, backlogs, bar, ticking, patience_seconds)
    if topics:
        _until_in_tables(settings, topics, bar, ticking, patience_seconds)


def _until_sent(
    settings: Settings,
    publishers: Collection[str],
    backlogs: Collection[Backlog],
    bar: Bar,
    clock: Clock,
    seconds: float,
) -> list[str]:
    """Wait for the log; the topics that these outboxes write to."""
    patience = _Patience(clock, seconds, -1.0, clock.monotonic())
    with _relay(settings, publishers, clock) as relay:
        while True:
            states = [state for backlog in backlogs for state in backlog.states()]
            waiting = total_backlog(states)
            last = sum(state.last for state in states)
            bar.update(completed=last - waiting, total=last, note="日志 log")
            if not waiting:
                return sorted({state.topic for state in states if state.last})
            why = "; ".join(sorted({lane.trouble.text for lane in relay.status() if lane.trouble is not None}))
            patience.see(
                waiting,
                f"the log has not acknowledged {waiting:,} events" + (f" ({why})" if why else ""),
                f"日志尚未确认 {waiting:,} 个事件",
                "the events are durable in the outbox; see `lianzhi outbox status` and `lianzhi status`",
            )
            if not relay.step():
                clock.sleep(_PAUSE)


def _until_in_tables(settings: Settings, topics: Collection[str], bar: Bar, clock: Clock, seconds: float) -> None:
    with make_consumer(settings, None, client_id="waiting") as consumer:
        ends: Mapping[str, int] = consumer.end_offsets(topics)
    known = zone(settings.zone_file)
    patience = _Patience(clock, seconds, -1.0, clock.monotonic())
    total = sum(ends.values())
    with ClickHouse(settings, _LANDER) as server:
        tables = [_Table(Ledger(server, TopicRules.of(topic, known), clock), ends[topic]) for topic in topics]
        while True:
            done = sum(table.landed() for table in tables)
            bar.update(completed=done, total=total, note="事件表 tables")
            if done >= total:
                return
            behind = ", ".join(topic for topic, table in zip(topics, tables, strict=True) if table.next < table.end)
            patience.see(
                done,
                f"{total - done:,} events of {behind} have not landed",
                f"{behind} 尚有 {total - done:,} 个事件未落地",
                "the log has them; see `lianzhi status`, and `lianzhi check` for a topic that stands still",
            )
            clock.sleep(_PAUSE)


@dataclass(slots=True)
class _Table:
    """How far the table of a topic is; `end` is where the log ended when the waiting began."""

    ledger: Ledger
    end: int
    next: int = 0
    _looks: int = 0

    def landed(self) -> int:
        """The offset that landing goes on with, `end` at most."""
        if self.next < self.end:
            self.next = max(self.next, self.ledger.look(self.next - 1).end + 1)
            self._looks += 1
            if self.next < self.end and self._looks % _LOOKS_AT_DEAD_LETTERS == 1:
                self.next = self.ledger.start().next
        return min(self.next, self.end)


@contextmanager
def _relay(settings: Settings, publishers: Collection[str], clock: Clock) -> Iterator[Relay]:
    """A relay that does the work where no other one does."""
    relay = Relay(settings, publishers, clock=clock)
    try:
        yield relay
    finally:
        relay.close()
