"""(b) Folding: a rebuild, a tick, a switch; (c) each question, all over the same events, which the server makes itself.

Ten million events of two million cases (short: one million of two hundred thousand), five events a case, spread over
the log, two in a hundred corrected; referrals and disputes beside them. A tick's keys are drawn from all cases, old and
new, which is the hardest for a table that lies in the order of the log.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import statements
from projections.checkpoints import Checkpoints
from projections.definition import definition, definitions
from projections.projector import Projector
from projections.questions import ask, questions
from projections.rebuild import rebuild
from projections.store import ensure_schema
from projections.switch import rollback, switch
from projections.tables import drop_table
from tests.benchmarks.frame import Context, Result, percentile
from tests.support.wait import wait_until

TITLE = "折叠与提问 folding and asking"
_AS_OF = date(2026, 6, 30)
_KEYS = 1_000
_MERGES = "SELECT count() FROM system.merges WHERE database = {database:String}"
_QUIET_TICKS = 4
_LARGE = "SELECT table || '/' || name FROM system.parts WHERE database = {database:String} AND active AND rows > 100000"
_CORES = os.cpu_count() or 1
_SQL = Path(__file__).with_name("events.sql")
_BLOCKS = {"min_insert_block_size_rows": 500_000, "min_insert_block_size_bytes": 0, "max_insert_threads": 1}


def run(short: bool, ctx: Context) -> list[Result]:
    """Fill a database, fold it, touch it, switch it, ask it."""
    stack = ctx.servers()
    settings = stack.settings_with(clickhouse__database=stack.database("bench"))
    cases = 199_998 if short else 1_999_998
    ensure_schema(settings)
    with ClickHouse(settings, "projector") as server, ClickHouse(settings, "operator") as operator:
        try:
            ctx.say(f"making {cases * 5:,} events of {cases:,} cases")
            fill(operator, cases)
            return [*_fold(settings, server, operator, cases, ctx), *_ask(settings, short, ctx)]
        finally:
            operator.command(f"DROP DATABASE {settings.clickhouse.database} SYNC")


def fill(operator: ClickHouse, cases: int) -> None:
    """All events, as parts that have been merged as far as the server likes."""
    events, referrals, disputes, _ = statements(_SQL.read_text(encoding="utf-8"))
    for first in range(0, cases * 5, 500_000):
        rows = min(500_000, cases * 5 - first)
        operator.command(events, with_settings=_BLOCKS, cases=cases, first=first, rows=rows)
    operator.command(referrals, with_settings=_BLOCKS, referrals=max(3_000, cases // 100))
    operator.command(disputes, with_settings=_BLOCKS, disputes=max(3_000, cases // 50))


def _fold(settings: Settings, server: ClickHouse, operator: ClickHouse, cases: int, ctx: Context) -> list[Result]:
    projector, checkpoints = Projector(settings, server), Checkpoints(server)
    cut = projector.look()
    results = []
    ctx.say("corrections, and facts by key")
    seconds = _timed(lambda: projector.advance_indexes(cut))
    results.append(Result("b corrections and facts by key: events/s", cases * 5 / seconds, "events/s"))
    for about in definitions().values():
        ctx.say(f"rebuilding {about.name}")
        seconds = _timed(lambda about=about: rebuild(settings, server, about))  # type: ignore[misc]
        first, _ = switch(projector, about)
        if first is not None:  # the empty table from the beginning: it would be fed too
            checkpoints.forget(first)
            drop_table(server, first)
        if about.name == "cases":
            rate = cases * 5 / seconds / _CORES
            note = f"{_CORES} cores, wall time, ready to be read"
            target = "≥ 700,000"
            results.append(
                Result("b rebuild of cases: events/s per core", rate, "events/s", "", None, target, rate >= 7e5, note)
            )
        else:
            results.append(Result(f"b rebuild of {about.name}: seconds", seconds, "s"))
    projector.tick()
    ctx.say(f"ticks of {_KEYS:,} keys, right after the rebuild")
    ticks = _Ticks(settings, server, operator, cases)
    results += ticks.measured(5, "while the server merges what was rebuilt")
    ctx.say("waiting until the server has merged what it likes to merge")
    ticks.until_merged()
    ctx.say(f"ticks of {_KEYS:,} keys")
    results += ticks.measured(7, "", most=300)
    ctx.say("switching")
    results += _switches(settings, server)
    return results


class _Ticks:
    """Ticks of keys that nobody has touched before, drawn from all cases."""

    def __init__(self, settings: Settings, server: ClickHouse, operator: ClickHouse, cases: int) -> None:
        *_, self._touch = statements(_SQL.read_text(encoding="utf-8"))
        self._projector, self._operator, self._cases, self._seed = Projector(settings, server), operator, cases, 0
        (self._table,) = definition("cases").tables_among(Checkpoints(server).all())

    def measured(self, count: int, when: str, most: float | None = None) -> list[Result]:
        """The median of `count` ticks: of the cases alone, and of all projections."""
        cases, whole = zip(*(self._tick() for _ in range(count)), strict=True)
        tick, every = percentile(cases, 0.5) * 1000, percentile(whole, 0.5) * 1000
        note = f"{_KEYS:,} keys drawn from all {self._cases:,} cases, median of {count}"
        name, target = ", ".join(filter(None, [f"{_KEYS:,} keys", when])), "" if most is None else f"< {most:g}"
        met = most is None or tick < most
        return [
            Result(f"b tick of cases, {name}", tick, "ms", "", None, target, met, note),
            Result(f"b tick of all projections, {name}", every, "ms", note=note),
        ]

    def until_merged(self) -> None:
        """Let the server merge until it makes no large part any more.

        Only an insert makes it look for something to merge, and some time later: that no merge runs does not mean that
        none is due. So: several ticks in a row by which no large part comes about.
        """
        before, quiet = set[str](), 0
        while quiet < _QUIET_TICKS:
            self._tick()
            wait_until(self._no_merge, seconds=300, what="no merge runs")
            large = {name for (name,) in self._operator.rows(_LARGE, database=self._operator.database)}
            before, quiet = large, quiet + 1 if large == before else 0

    def _no_merge(self) -> bool:
        return not self._operator.value(_MERGES, database=self._operator.database)

    def _tick(self) -> tuple[float, float]:
        """Seconds until the cases are computed anew, and until all is."""
        ends = self._projector.look()
        self._operator.command(self._touch, ends=ends, cases=self._cases, seed=self._seed, keys=_KEYS)
        self._seed += 1
        cut = dict(self._projector.look())
        begun = time.perf_counter()
        self._projector.feed(definition("cases"), self._table, cut)
        cases = time.perf_counter() - begun
        self._projector.tick(cut)
        return cases, time.perf_counter() - begun


def _switches(settings: Settings, server: ClickHouse) -> list[Result]:
    about, projector = definition("disputes"), Projector(settings, server)
    rebuild(settings, server, about)
    stop, reads, failures = threading.Event(), [0], list[str]()

    def read() -> None:
        with ClickHouse(settings, "analyst", query_seconds=0) as analyst:
            while not stop.is_set():
                try:
                    analyst.value("SELECT count() FROM disputes")
                    reads[0] += 1
                except Exception as error:  # noqa: BLE001 - whatever it is, it is a failed read
                    failures.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        times = [_timed(lambda: switch(projector, about))]
        for _ in range(5):
            times.append(_timed(lambda: rollback(projector, about)))
            times.append(_timed(lambda: switch(projector, about)))
    finally:
        stop.set()
        reader.join()
    longest, note = max(times), f"{len(failures)} of {reads[0]} reads failed meanwhile"
    met = longest < 1 and not failures
    return [Result("b switch: longest", longest, "s", "", None, "< 1, no failed read", met, note)]


def _ask(settings: Settings, short: bool, ctx: Context) -> list[Result]:
    results = []
    for name, asked in questions().items():
        ctx.say(f"asking {name}")
        values = asked.values({})
        times = [
            _timed(lambda asked=asked, values=values: ask(settings, asked, values, _AS_OF))  # type: ignore[misc]
            for _ in range(8 if short else 20)
        ]
        p95 = percentile(times, 0.95) * 1000
        note = f"p50 {percentile(times, 0.5) * 1000:.0f} ms"
        results.append(Result(f"c question {name}: p95", p95, "ms", "", None, "< 300", p95 < 300, note))
    return results


def _timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun
