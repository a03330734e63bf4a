"""Replay: everything landed again from the log into a second database, folded again, and compared row by row.

It goes the same way as the first time, through the same landing statement, and has no dead letters of its own: what the
ledger knows as refused is passed over, anything else that is refused ends the replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from consumers.batch import BatchBuilder
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
from infra.sql import identifier, load, render, statements
from infra.zone import zone
from projections import tables
from projections.as_of import database_at
from projections.checkpoints import Checkpoints
from projections.compare import Comparison, compare
from projections.cut import REDRIVEN, Vector, refuse_beyond
from projections.definition import definitions
from projections.projector import USER, Projector
from projections.store import ensure_schema
from projections.store.event_tables import OPERATOR, event_tables

Progress = Callable[[str, int, int], None]
"""Told as it goes: what is done (a topic, or a projection), how much of it, of how much."""

_STALLED_SECONDS = 60.0
_RETRY_SECONDS = 120.0
_MOST = 20


@dataclass(frozen=True, slots=True)
class Replay:
    """A finished replay.

    Attributes:
        database: where it lies.
        cut: how far it goes.
        skipped: refused values that the ledger knows, passed over.
        comparisons: table by table; empty when nothing was compared.
    """

    database: str
    cut: Vector
    rows: int
    skipped: int
    comparisons: tuple[Comparison, ...]

    @property
    def same(self) -> bool:
        """Whether no table differs."""
        return all(comparison.same for comparison in self.comparisons)


def replay(
    settings: Settings,
    name: str,
    *,
    cut: Vector | None = None,
    comparing: bool = True,
    progress: Progress | None = None,
) -> Replay:
    """Land and fold everything again, into the database `<database>_replay_<name>`, made anew.

    Args:
        name: letters, digits, underscores.
        cut: how far; None: what has landed now.
        comparing: compare every event table and every projection with what stands.

    Raises:
        InvalidInput: the cut lies beyond what has landed.
        FatalError: a value is refused that the ledger does not know, or the log has lost records.
        RetryableError: the broker or the server is away.
    """
    prefix = f"{settings.clickhouse.database}_replay_"
    database = identifier(prefix + identifier(name).removeprefix(prefix))
    with ClickHouse(settings, USER) as server:
        standing = Projector(settings, server)
        end = standing.look()
        refuse_beyond(cut or {}, end)
        vector = dict(cut or end)
        with ClickHouse(settings, OPERATOR, database="") as operator:
            operator.command(render("DROP DATABASE IF EXISTS {name:Identifier} SYNC", name=database))
        ensure_schema(settings, database)
        rows, skipped = _land_all(settings, server, database, vector, progress)
        _fold_all(settings, database, vector, progress)
        compared = tuple(_compare_all(settings, server, database, vector, progress)) if comparing else ()
    return Replay(database, vector, rows, skipped, compared)


def _land_all(
    settings: Settings, server: ClickHouse, database: str, vector: Vector, progress: Progress | None
) -> tuple[int, int]:
    known_sql, *_ = statements(load("audit", "sql/replay.sql"))
    rows = skipped = 0
    landing = settings.with_values(clickhouse__receive_seconds=settings.landing.query_seconds + 10)
    with ClickHouse(landing, "ingest", database=database) as target:
        for topic, end in vector.items():
            if topic == REDRIVEN or not end:
                continue
            known = [offset for (offset,) in server.rows(known_sql, topic=topic, end=end)]
            rows += _land(settings, target, topic, end, known, progress)
            skipped += len(known)
    return rows, skipped


def _land(
    settings: Settings, target: ClickHouse, topic: str, end: int, known: Sequence[int], progress: Progress | None
) -> int:
    clock = SystemClock()
    rules, policy = TopicRules.of(topic, zone(settings.zone_file)), LandingPolicy.of(settings)
    lander = TopicLander(
        rules, policy, LandingServer(target, rules, policy), Ledger(target, rules, clock), NoBurial(), clock
    )
    lander.start()
    builder = BatchBuilder(rules, BatchPolicy.of(settings), skip=known)
    rows = 0
    for run in _runs(settings, topic, end, clock):
        builder.add(run)
        if run.end >= end:
            builder.close()
        if builder.blocked is not None:
            raise FatalError(
                f"{topic} at offset {builder.blocked.offset} can not be landed again: {builder.blocked.reason}",
                zh=f"{topic} 偏移量 {builder.blocked.offset} 无法重放",
                hint="its schema is not in the catalogue of this installation",
            )
        for batch in builder.take():
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


def _runs(settings: Settings, topic: str, end: int, clock: Clock) -> Iterator[Run]:
    """The topic from its first offset up to `end`, in order.

    Raises:
        FatalError: the log begins later, or is shorter.
        RetryableError: nothing comes for a minute.
    """
    with _reading(settings, topic) as consumer:
        begin, log_end = consumer.begin_offsets([topic])[topic], consumer.end_offsets([topic])[topic]
        if begin > 0 or log_end < end:
            raise FatalError(
                f"{topic} holds the offsets from {begin} up to {log_end}, the replay needs 0 up to {end}",
                zh=f"{topic} 的日志不完整",
                hint="events must never expire: check retention and who deleted records",
            )
        consumer.start(topic, 0)
        moved_at = clock.monotonic()
        at = 0
        while at < end:
            for run in consumer.poll(0.5):
                part = run if run.end <= end else run.split(end - run.first)[0]
                if len(part):
                    yield part
                at, moved_at = max(at, run.end), clock.monotonic()
            at = max(at, consumer.position(topic) or 0)
            if clock.monotonic() - moved_at > _STALLED_SECONDS:
                raise RetryableError(f"{topic}: nothing came behind offset {at}", zh=f"{topic} 读取停滞在 {at}")


@contextmanager
def _reading(settings: Settings, topic: str) -> Iterator[Consumer]:
    consumer = make_consumer(settings, None, client_id="replay")
    try:
        consumer.assign([topic])
        yield consumer
    finally:
        consumer.close()


def _fold_all(settings: Settings, database: str, vector: Vector, progress: Progress | None) -> None:
    with ClickHouse(settings, USER, database=database) as there:
        projector = Projector(settings, there)
        for definition in definitions().values():
            table = definition.table(definition.version)

            def tell(done: int, of: int, about: str = definition.name) -> None:
                if progress:
                    progress(about, done, of)

            projector.fold_all(definition, table, vector, done=tell)
            Checkpoints(there).write(table, vector)


def _compare_all(
    settings: Settings, server: ClickHouse, database: str, vector: Vector, progress: Progress | None
) -> Iterator[Comparison]:
    _, whole_sql, differing_sql = statements(load("audit", "sql/replay.sql"))
    here, cut = server.database, dict(vector)
    for table in event_tables():
        counts = [
            server.rows(render(whole_sql, database=each, table=table.name), cut=cut)[0] for each in (here, database)
        ]
        places: tuple[str, ...] = ()
        if counts[0] != counts[1]:
            sql = render(differing_sql, left_database=here, right_database=database, table=table.name)
            places = tuple(place for (place,) in server.rows(sql, cut=cut, most=_MOST))
        (rows_l, hash_l), (rows_r, hash_r) = counts
        hashes = (f"{hash_l:032x}", f"{hash_r:032x}")
        yield Comparison(f"{here}.{table.name}", f"{database}.{table.name}", (rows_l, rows_r), hashes, places)
        if progress:
            progress(table.name, 1, 1)
    for definition in definitions().values():
        standing = _standing(settings, server, vector, definition.name)
        yield compare(server, standing, f"{database}.{definition.table(definition.version)}", definition.row_key)


def _standing(settings: Settings, server: ClickHouse, vector: Vector, name: str) -> str:
    """The table to compare with: the one that is read when it stands at this very cut, else one folded as of it."""
    definition = definitions()[name]
    reading = tables.current(server, definition)
    if reading is not None:
        table, projector = definition.table(reading), Projector(settings, server)
        if projector.look() == dict(vector):
            projector.feed(definition, table, vector)
            if Checkpoints(server).all().get(table) == dict(vector):
                return f"{server.database}.{table}"
    return f"{database_at(settings, vector)}.{definition.table(definition.version)}"
