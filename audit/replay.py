"""Replay: everything landed again from the log into a second database, folded again, and compared row by row.

It goes the same way as the first time, through the same landing statement, and has no dead letters of its own: what the
ledger knows as refused is passed over, anything else that is refused ends the replay. What lies beyond its cut is
neither landed nor judged, and no replay is called the same before its rows were counted topic by topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from audit.landing_again import Progress, land_again
from infra.clickhouse import ClickHouse
from infra.errors import InvalidInput
from infra.logging import get_logger
from infra.settings import Settings
from infra.sql import identifier, load, render, statements
from projections import tables
from projections.as_of import database_at, rows_behind
from projections.checkpoints import Checkpoints
from projections.compare import Comparison, compare
from projections.cut import REDRIVEN, Vector, refuse_beyond
from projections.definition import definitions
from projections.projector import USER, Projector
from projections.store import ensure_schema
from projections.store.event_tables import OPERATOR, event_tables

_MOST = 20
_EVERYTHING = 2**64 - 1
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TopicRows:
    """Rows of a topic.

    Attributes:
        cut: what the tables that stand hold of it below the cut.
        replayed: what the replay holds of it in all.
        beyond: those of the replay that lie at the cut or beyond it.
    """

    topic: str
    cut: int
    replayed: int
    beyond: int


@dataclass(frozen=True, slots=True)
class Replay:
    """A finished replay.

    Attributes:
        database: where it lies.
        cut: how far it goes.
        skipped: refused values that the ledger knows, passed over: those below the cut, or all of the log.
        uneven: the topics of which the replay does not hold as many rows as the cut, or rows beyond it.
        comparisons: table by table; empty when nothing was compared.
    """

    database: str
    cut: Vector
    rows: int
    skipped: int
    uneven: tuple[TopicRows, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def same(self) -> bool:
        """Whether every topic has the rows of the cut and no others, and no table that was compared differs."""
        return not self.uneven and all(comparison.same for comparison in self.comparisons)


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
    database = _database(settings, name)
    with ClickHouse(settings, USER) as server:
        standing = Projector(settings, server)
        end = standing.look()
        refuse_beyond(cut or {}, end)
        vector = dict(cut or end)
        _drop(settings, database)
        ensure_schema(settings, database)
        rows, skipped = _land_all(settings, server, database, vector, progress, whole=cut is None)
        _fold_all(settings, database, vector, progress)
        uneven = tuple(_uneven(server, database, vector))
        compared = tuple(_compare_all(settings, server, database, vector, progress)) if comparing else ()
    return Replay(database, vector, rows, skipped, uneven, compared)


@dataclass(frozen=True, slots=True)
class KeptReplay:
    """A replay that lies on the server.

    Attributes:
        name: as it was called.
        made_at: when, UTC.
        rows: events that landed in it.
        bytes: its size on disk.
    """

    name: str
    database: str
    made_at: datetime
    rows: int
    bytes: int


def replays(settings: Settings) -> list[KeptReplay]:
    """The replays that lie on the server, by name."""
    prefix = _database(settings, "")
    with ClickHouse(settings, OPERATOR) as operator:
        return [
            KeptReplay(database.removeprefix(prefix), database, made_at.replace(tzinfo=UTC), rows, size)
            for database, made_at, rows, size in operator.rows(load("audit", "sql/replays.sql"), prefix=prefix)
        ]


def drop_replay(settings: Settings, name: str) -> KeptReplay:
    """Drop a replay, with all that was landed and folded in it; the log and the tables that stand are not touched.

    Raises:
        InvalidInput: there is no such replay; the message names those there are.
    """
    kept = {each.database: each for each in replays(settings)}
    found = kept.get(_database(settings, name))
    if found is None:
        raise InvalidInput(
            f"there is no replay {name!r}",
            zh=f"没有名为 {name!r} 的重放",
            hint=", ".join(each.name for each in kept.values()),
        )
    _drop(settings, found.database)
    return found


def _database(settings: Settings, name: str) -> str:
    prefix = f"{settings.clickhouse.database}_replay_"
    return identifier(prefix + name.removeprefix(prefix))


def _drop(settings: Settings, database: str) -> None:
    with ClickHouse(settings, OPERATOR, database="") as operator:
        tables.drop_database(operator, database)


def _land_all(
    settings: Settings, server: ClickHouse, database: str, vector: Vector, progress: Progress | None, *, whole: bool
) -> tuple[int, int]:
    """Rows landed, and dead letters passed over; of a `whole` log also those behind a topic's last row."""
    known_sql, *_ = statements(load("audit", "sql/replay.sql"))
    rows = skipped = 0
    landing = settings.with_values(clickhouse__receive_seconds=settings.landing.query_seconds + 10)
    with ClickHouse(landing, "ingest", database=database) as target:
        for topic, end in vector.items():
            if topic == REDRIVEN:
                continue
            limit = _EVERYTHING if whole else end
            known = [offset for (offset,) in server.rows(known_sql, topic=topic, end=limit)]
            if end or known:
                rows += land_again(settings, target, topic, end, known, progress)
            skipped += len(known)
    return rows, skipped


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


def _uneven(server: ClickHouse, database: str, vector: Vector) -> Iterator[TopicRows]:
    """The topics of which the replay does not hold what the tables that stand hold below the cut, each logged."""
    _, counts_sql, *_ = statements(load("audit", "sql/replay.sql"))
    for table in event_tables():
        here, there = (
            {
                topic: (below, beyond)
                for topic, below, beyond in server.rows(
                    render(counts_sql, database=each, table=table.name), cut=dict(vector)
                )
            }
            for each in (server.database, database)
        )
        for topic in sorted(here.keys() | there.keys()):
            (expected, _), (below, beyond) = here.get(topic, (0, 0)), there.get(topic, (0, 0))
            if below != expected or beyond:
                found = TopicRows(topic, expected, below + beyond, beyond)
                _log.warning("the replay does not hold what the cut holds", **asdict(found))
                yield found


def _compare_all(
    settings: Settings, server: ClickHouse, database: str, vector: Vector, progress: Progress | None
) -> Iterator[Comparison]:
    *_, whole_sql, differing_sql = statements(load("audit", "sql/replay.sql"))
    here, cut = server.database, dict(vector)
    for table in event_tables():
        counts = [
            server.rows(render(whole_sql, database=each, table=table.name), cut=cut, uncut=each == database)[0]
            for each in (here, database)
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
    return f"{rows_behind(settings, database_at(settings, vector))}.{definition.table(definition.version)}"
