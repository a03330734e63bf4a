"""Landing a topic again from the log, up to a cut: the same statement, and no dead letters of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from consumers.batch import Batch, BatchBuilder
from consumers.dead_letters import NoBurial
from consumers.lander import TopicLander
from consumers.ledger import Ledger
from consumers.policy import BatchPolicy, LandingPolicy, TopicRules
from consumers.statement import LandingServer
from infra.backoff import Backoff, retrying
from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import FatalError, RetryableError
from infra.kafka import Run, make_consumer
from infra.kafka.consumer import Consumer
from infra.settings import Settings
from infra.zone import zone

Progress = Callable[[str, int, int], None]
"""Told as it goes: what is done (a topic, or a projection), how much of it, of how much."""

_STALLED_SECONDS = 60.0
_RETRY_SECONDS = 120.0


def land_again(
    settings: Settings, target: ClickHouse, topic: str, end: int, known: Sequence[int], progress: Progress | None
) -> int:
    """Land a topic's values below `end` into an empty table, and look at nothing beyond; the rows landed.

    Args:
        target: a client of the database, as the user `ingest`.
        known: offsets of dead letters, rising, which are passed over; the log must hold them, beyond `end` too.

    Raises:
        FatalError: a value is refused that is not `known`, or the log has lost records.
        RetryableError: the broker or the server is away.
    """
    clock = SystemClock()
    rules, policy = TopicRules.of(topic, zone(settings.zone_file)), LandingPolicy.of(settings)
    lander = TopicLander(
        rules, policy, LandingServer(target, rules, policy), Ledger(target, rules, clock), NoBurial(), clock
    )
    lander.start()
    builder = BatchBuilder(rules, BatchPolicy.of(settings), skip=[offset for offset in known if offset < end])
    needed = max(end, known[-1] + 1) if known else end
    rows = 0
    for batch in _batches(builder, _runs(settings, topic, end, needed, clock)):
        landed = retrying(
            lambda batch=batch: lander.land(batch),  # type: ignore[misc]
            backoff=Backoff(settings.landing.backoff_min_seconds, settings.landing.backoff_max_seconds),
            seconds=_RETRY_SECONDS,
        )
        if landed.void and landed.position.end < (batch.last_row or 0):
            raise FatalError(f"somebody else lands {topic} into {target.database}", zh="另有进程写入重放库")
        rows += batch.rows
        if progress:
            progress(topic, batch.last + 1, end)
    return rows


def _batches(builder: BatchBuilder, runs: Iterable[Run]) -> Iterator[Batch]:
    """The runs as batches; the last closes with them, for a cut may end behind offsets that hold no record.

    Raises:
        FatalError: a value's schema is not in the catalogue.
    """
    for run in runs:
        builder.add(run)
        if builder.blocked is not None:
            raise FatalError(
                f"{run.topic} at offset {builder.blocked.offset} can not be landed again: {builder.blocked.reason}",
                zh=f"{run.topic} 偏移量 {builder.blocked.offset} 无法重放",
                hint="its schema is not in the catalogue of this installation",
            )
        yield from builder.take()
    builder.close()
    yield from builder.take()


def _runs(settings: Settings, topic: str, end: int, needed: int, clock: Clock) -> Iterator[Run]:
    """The topic from its first offset up to `end`, in order.

    Args:
        needed: the log must hold the topic up to here, be it read or not.

    Raises:
        FatalError: the log begins later, or is shorter.
        RetryableError: nothing comes for a minute.
    """
    with _reading(settings, topic) as consumer:
        begin, log_end = consumer.begin_offsets([topic])[topic], consumer.end_offsets([topic])[topic]
        if begin > 0 or log_end < needed:
            raise FatalError(
                f"{topic} holds the offsets from {begin} up to {log_end}, the replay needs 0 up to {needed}",
                zh=f"{topic} 的日志不完整",
                hint="events must never expire: check retention and who deleted records",
            )
        consumer.start(topic, 0)
        moved_at = clock.monotonic()
        at = 0
        while at < end:
            for part in parts_below(consumer.poll(0.5), end):
                yield part
                at, moved_at = part.end, clock.monotonic()
            at = max(at, consumer.position(topic) or 0)
            if clock.monotonic() - moved_at > _STALLED_SECONDS:
                raise RetryableError(f"{topic}: nothing came behind offset {at}", zh=f"{topic} 读取停滞在 {at}")


def parts_below(runs: Iterable[Run], end: int) -> Iterator[Run]:
    """What of the runs of a topic, in order, lies below `end`: one poll brings more than the cut asks for."""
    for run in runs:
        if run.first >= end:
            return
        yield run if run.end <= end else run.split(end - run.first)[0]


@contextmanager
def _reading(settings: Settings, topic: str) -> Iterator[Consumer]:
    consumer = make_consumer(settings, None, client_id="replay")
    try:
        consumer.assign([topic])
        yield consumer
    finally:
        consumer.close()
