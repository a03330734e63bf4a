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
    ctx.say("waiting until the server has merged what it likes to merge")
    wait_until(lambda: not operator.value(_MERGES, database=operator.database), seconds=300, what="no merge runs")
    ctx.say(f"ticks of {_KEYS:,} keys")
    results += _ticks(settings, server, operator, cases)
    ctx.say("switching")
    results += _switches(settings, server)
    return results


def _ticks(settings: Settings, server: ClickHouse, operator: ClickHouse, cases: int) -> list[Result]:
    *_, touch = statements(_SQL.read_text(encoding="utf-8"))
    projector, times, whole = Projector(settings, server), list[float](), list[float]()
    (table,) = definition("cases").tables_among(Checkpoints(server).all())
    for seed in range(7):
        ends = projector.look()
        operator.command(touch, ends=ends, cases=cases, seed=seed, keys=_KEYS)
        cut = dict(projector.look())
        begun = time.perf_counter()
        projector.feed(definition("cases"), table, cut)
        times.append(time.perf_counter() - begun)
        projector.tick(cut)
        whole.append(time.perf_counter() - begun)
    events = f"{_KEYS:,} keys drawn from all {cases:,} cases, median of {len(times)}"
    tick, every = percentile(times, 0.5) * 1000, percentile(whole, 0.5) * 1000
    return [
        Result(f"b tick of cases, {_KEYS:,} keys", tick, "ms", "", None, "< 300", tick < 300, events),
        Result(f"b tick of all projections, {_KEYS:,} keys", every, "ms", note=events),
    ]


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
