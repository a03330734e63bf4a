"""Live: finding what new events touch, and computing those rows anew.

A tick takes the cut that has landed, brings the corrections up to it, and then goes through the projections, several at
a time: the new facts of the projection, the keys that the rows beyond its table's checkpoint touch (and those that
other revisions of the same facts ever touched), the fold for these keys; at last the checkpoints. None waits for the
others. A crash anywhere repeats the tick, which changes nothing. Several projectors at once do no harm: rows carry the
sum of their cut as version, and of two the one that knew more counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from infra.clickhouse import ClickHouse
from infra.clock import Clock, SystemClock
from infra.errors import LianzhiError
from infra.faultpoints import FaultPoint, reach
from infra.settings import Settings
from infra.sql import load
from infra.topics import event_topics
from infra.zone import zone
from projections import tables
from projections.checkpoints import Checkpoints
from projections.cut import Vector, landed, rows_between
from projections.definition import Definition, definitions
from projections.fold import fold_keys, fold_slice
from projections.indexes.advance import Indexes
from projections.settling import Settler
from projections.touched import Lag, Touched, behind

USER = "projector"
ROWS_A_SLICE = 16_000_000
"""A slice of a rebuild holds about so many events: each reads all facts, and what it has done is not done again."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What a tick did for one table.

    Attributes:
        table: the versioned table.
        keys: keys computed anew; -1: all of them.
        behind: landed events that it has not folded in (0 unless it failed or rests).
        error: why it failed; None: it did not.
        seconds: how long it took.
        rests: whether it was left for a later tick.
    """

    table: str
    keys: int
    behind: int
    error: LianzhiError | None = None
    seconds: float = 0.0
    rests: bool = False


@dataclass
class Projector:
    """Feeds all tables of a database.

    Args:
        settings: where the server is; limits of ticks.
        server: a client as the user `projector`, in the database that is fed.
        topics: the topics that are read; None: all event topics of the zone.
    """

    settings: Settings
    server: ClickHouse
    topics: Sequence[str] | None = None
    clock: Clock = field(default_factory=SystemClock)
    _landed: dict[str, int] = field(default_factory=dict)
    _rows: Mapping[str, int] = field(default_factory=dict)
    _rests_until: dict[str, float] = field(default_factory=dict)
    _done: tuple[dict[str, int], list[Fed]] | None = None
    _checkpoints: Checkpoints = field(init=False)
    _pool: ThreadPoolExecutor = field(init=False)
    _large: threading.Lock = field(default_factory=threading.Lock)
    _settler: Settler = field(init=False)
    _indexes: Indexes = field(init=False)

    def __post_init__(self) -> None:
        if self.topics is None:
            self.topics = event_topics(zone(self.settings.zone_file))
        self._checkpoints = Checkpoints(self.server)
        self._pool = ThreadPoolExecutor(self.settings.projector.threads, "projector")
        self._settler = Settler(self.settings, self.server)
        self._indexes = Indexes(self.server, self.topics)

    def look(self) -> dict[str, int]:
        """The cut that has landed."""
        rows = dict(self.server.rows(load("projections", "sql/mark.sql"), database=self.server.database))
        changed = {table for table, count in rows.items() if self._rows.get(table) != count}
        if changed or not self._landed:
            self._landed = landed(self.server, self.topics or (), self._landed, changed)
            self._rows = rows
        return self._landed

    def tick(self, cut: Vector | None = None, *, patient: bool = False) -> list[Fed]:
        """Bring every table up to `cut` (None: what has landed); a fold that fails delays no other table.

        Args:
            patient: let projections rest that need not be fresh to the second (`pause_seconds`), and do not wait for
                the settling of rows.

        Raises:
            LianzhiError: the corrections could not be brought up to the cut, so nothing was folded.
        """
        end = dict(self.look() if cut is None else cut)
        if self._done is not None and self._done[0] == end:
            return self._done[1]
        known = self._checkpoints.all()
        lagging = [self._lagging(about, known, end, patient) for about in definitions().values()]
        touched = self._touched((each for lags in lagging for each in lags if not each.rests), known, end)
        corrected = self._pool.submit(self._indexes.take_corrections, known, end, touched)
        parts = list(self._pool.map(lambda lags: self._feed_projection(lags, known, end, touched, corrected), lagging))
        due, fed = corrected.result(), [each for part, _ in parts for each in part]
        due += [name for _, names in parts for name in names]
        # One write for all: a kill before it repeats their ticks, which changes nothing.
        done = [each.table for each in fed if not each.error and not each.rests]
        self._write([*due, *(table for table in done if not _covers(known.get(table, {}), end))], end)
        self._done = (end, [Fed(each.table, 0, 0) for each in fed]) if len(done) == len(fed) else None
        self._settler.folded({each.table: each.keys for each in fed if each.keys and not each.error}, aside=patient)
        return fed

    def feed(self, definition: Definition, table: str, cut: Vector | None = None) -> Fed:
        """Bring one table up to `cut` (None: what has landed).

        Raises:
            LianzhiError: it could not be done; the checkpoint is as it was, and the next tick does it again.
        """
        end = dict(self.look() if cut is None else cut)
        known = self._checkpoints.all()
        lags = self._lag(definition, table, known, end)
        touched = self._touched([lags], known, end)
        due = self._bring_up([definition], known, end, touched)
        fed = self._feed(lags, end, touched)
        self._write([*due, table], end)
        return fed

    def fold_all(
        self,
        definition: Definition,
        target: str,
        cut: Vector,
        *,
        slices: int | None = None,
        settled: bool = False,
        done: Callable[[int, int], None] | None = None,
    ) -> None:
        """Compute every row of a projection at `cut` into `target` (`table` or `database.table`).

        Args:
            slices: in so many parts; None: by the number of events.
            settled: as settled rows; else as fresh ones.
            done: told after each part: which (from 1), of how many.
        """
        self.advance_indexes(cut, definition)
        for slice_, count in self._fold_slices(definition, target, cut, slices, settled=settled):
            if done:
                done(slice_, count)

    def _fold_slices(
        self, definition: Definition, target: str, cut: Vector, slices: int | None = None, *, settled: bool = False
    ) -> Iterator[tuple[int, int]]:
        """Fold slice by slice, the indexes being at the cut; after each, which (from 1), of how many."""
        count = slices or self.slices(definition, cut)
        for slice_ in range(count):
            fold_slice(self.server, definition, target, cut, slice_, count, seconds=self._seconds, settled=settled)
            yield slice_ + 1, count

    def advance_indexes(self, cut: Vector, definition: Definition | None = None) -> None:
        """Bring what this projection (None: any) is folded from up to `cut`, unless it is."""
        about = definitions().values() if definition is None else [definition]
        known = self._checkpoints.all()
        if due := self._bring_up(about, known, cut, self._touched([], known, cut)):
            self._checkpoints.write_all(due, cut)

    def slices(self, definition: Definition, cut: Vector) -> int:
        """Into how many slices all keys of a projection are parted."""
        rows = behind(definition, {}, cut)
        return max(1, min(self.settings.projector.rebuild_slices, -(-rows // ROWS_A_SLICE)))

    @property
    def _seconds(self) -> float:
        return self.settings.projector.query_seconds

    def _bring_up(
        self, about: Iterable[Definition], known: Mapping[str, Vector], end: Vector, touched: Touched
    ) -> list[str]:
        """Bring the corrections, and the facts of these projections, up to a cut; the checkpoints that are due."""
        corrected = self._pool.submit(self._indexes.take_corrections, known, end, touched)
        gathered = list(self._pool.map(lambda each: self._indexes.take_facts(each, known, end), about))
        due = [*corrected.result(), *(name for names in gathered for name in names)]
        if due:
            reach(FaultPoint.PROJECTOR_INDEXES_ADVANCED)
        return due

    def _feed_projection(
        self,
        lagging: list[Lag],
        known: Mapping[str, Vector],
        end: Vector,
        touched: Touched,
        corrected: Future[list[str]],
    ) -> tuple[list[Fed], list[str]]:
        """What was done for each table of a projection; the checkpoints of its facts that are due.

        Facts are gathered when they are folded: one larger gathering costs what a small one does.
        """
        due = list[str]()
        try:
            if any(not each.rests and not _covers(each.stands, end) for each in lagging):
                due += self._indexes.take_facts(lagging[0].definition, known, end)
                corrected.result()
                reach(FaultPoint.PROJECTOR_INDEXES_ADVANCED)
        except LianzhiError as error:
            return [Fed(each.table, 0, behind(each.definition, each.stands, end), error) for each in lagging], due
        return [self._feed_safely(each, end, touched) for each in lagging], due

    def _lagging(self, definition: Definition, known: Mapping[str, Vector], end: Vector, patient: bool) -> list[Lag]:
        """The tables of a projection that are fed, and what each lacks; or all of them at rest."""
        now, listed = self.clock.monotonic(), self._fed(definition, known)
        if patient and now < self._rests_until.get(definition.name, now):
            return [Lag(definition, table, known.get(table, {}), [], rests=True) for table in listed]
        self._rests_until[definition.name] = now + definition.pause_seconds
        return [self._lag(definition, table, known, end) for table in listed]

    def _lag(self, definition: Definition, table: str, known: Mapping[str, Vector], end: Vector) -> Lag:
        stands = known.get(table, {})
        return Lag(
            definition,
            table,
            stands,
            rows_between(self.server, stands, end, definition.topics_among(self.topics or ())),
        )

    def _touched(self, lagging: Iterable[Lag], known: Mapping[str, Vector], end: Vector) -> Touched:
        most = 10 * self.settings.projector.max_touched_keys
        return Touched(self.server, lagging, self._indexes.uncorrected(known, end), most)

    def _feed_safely(self, lags: Lag, end: Vector, touched: Touched) -> Fed:
        if lags.rests:
            return Fed(lags.table, 0, behind(lags.definition, lags.stands, end), rests=True)
        begun = self.clock.monotonic()
        try:
            fed = self._feed(lags, end, touched)
        except LianzhiError as error:
            fed = Fed(lags.table, 0, behind(lags.definition, lags.stands, end), error)
        return replace(fed, seconds=self.clock.monotonic() - begun)

    def _feed(self, lags: Lag, end: Vector, touched: Touched) -> Fed:
        if _covers(lags.stands, end):
            return Fed(lags.table, 0, 0)
        reach(FaultPoint.PROJECTOR_TICK_BEGUN)
        keys = touched.keys(lags)
        reach(FaultPoint.PROJECTOR_KEYS_FOUND)
        if keys is None or len(keys) > self.settings.projector.max_touched_keys:
            # All anew, in place: rows of a higher version outrank what stands there. One at a time: it takes memory.
            with self._large:
                for _ in self._fold_slices(lags.definition, lags.table, end):
                    pass
            count = -1
        else:
            fold_keys(self.server, lags.definition, lags.table, end, keys, seconds=self._seconds)
            count = len(keys)
        reach(FaultPoint.PROJECTOR_FOLDED)
        return Fed(lags.table, count, 0)

    def _write(self, tables_: Sequence[str], end: Vector) -> None:
        if tables_:
            self._checkpoints.write_all(tables_, end)
            reach(FaultPoint.PROJECTOR_CHECKPOINT_WRITTEN)

    def _fed(self, definition: Definition, known: Mapping[str, Vector]) -> list[str]:
        """The tables of a projection that are fed: those that have a checkpoint; at first the one that is read."""
        if listed := definition.tables_among(known):
            return listed
        reading = tables.current(self.server, definition)
        return [] if reading is None else [definition.table(reading)]


def _covers(known: Vector, end: Vector) -> bool:
    return all(known.get(topic, 0) >= offset for topic, offset in end.items())
