"""The projector and rebuilds killed, paused, interrupted at every named step: the tables end as if nothing had been."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from decimal import Decimal

import psutil
import pytest

from infra.clickhouse import ClickHouse
from infra.faultpoints import FaultPoint
from infra.settings import load_settings
from projections import tables
from projections.checkpoints import Checkpoints
from projections.definition import definition
from projections.rebuild import rebuild
from projections.settling import drop_settling
from projections.switch import rollback, switch
from tests.support.event_rows import Event, day, decided, filed, step
from tests.support.projection_lab import ProjectionLab, projection_lab
from tests.support.stack import RunningStack
from tests.support.wait import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.faults]

_KILLED = -signal.SIGKILL
_TICK = (
    FaultPoint.PROJECTOR_INDEXES_ADVANCED,
    FaultPoint.PROJECTOR_TICK_BEGUN,
    FaultPoint.PROJECTOR_KEYS_FOUND,
    FaultPoint.PROJECTOR_FOLDED,
    FaultPoint.PROJECTOR_CHECKPOINT_WRITTEN,
)
_REBUILD = (
    FaultPoint.REBUILD_TABLE_MADE,
    FaultPoint.REBUILD_BEGUN,
    FaultPoint.REBUILD_SLICE_FOLDED,
    FaultPoint.REBUILD_SLICE_WRITTEN,
    FaultPoint.REBUILD_SLICES_DONE,
    FaultPoint.REBUILD_BEFORE_CHECKPOINT,
    FaultPoint.REBUILD_AFTER_CHECKPOINT,
)
_SETTLED = (
    FaultPoint.SETTLING_TABLE_MADE,
    FaultPoint.SETTLING_ROWS_COPIED,
    FaultPoint.SETTLING_ROWS_REPLACED,
    FaultPoint.SETTLING_TIDIED,
)
_SETTLING = """
[projector]
settle_rows = 0
settled_seconds = 0.5
"""
_CASES = definition("cases")


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProjectionLab]:
    """One log for all: each test adds to it, and everything is checked each time."""
    with projection_lab(tmp_path_factory.mktemp("proj") / "home", stack) as made:
        config = made.settings.home / "lianzhi.toml"
        config.write_text(config.read_text(encoding="utf-8") + _SETTLING, encoding="utf-8")
        made.settings = load_settings(made.settings.home, env={})
        yield made


_numbers = iter(range(1, 1_000_000))


def _some(streams: int = 12) -> list[Event]:
    """Cases with decisions, and a correction of every third."""
    events: list[Event] = []
    for _ in range(streams):
        first = next(_numbers)
        case = filed(first, f"case-{first % 40}")
        made = decided(next(_numbers), case.stream_id, f"A|{first % 40}", fine=Decimal("10.00"))
        events += [case, made, step("CaseClosed", next(_numbers), case.stream_id, closed_on=day(first % 90))]
        if first % 3 == 0:
            events += [case.corrected(next(_numbers), stream_id=f"case-{first % 37}"), made.retraction(next(_numbers))]
    return events


def _gone(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=120)


def _right(lab: ProjectionLab) -> None:
    """After one more tick every table holds what folding all anew gives."""
    fed = lab.fresh().tick()
    assert not [each for each in fed if each.error]
    for name in ("cases", "decisions", "parties"):
        table = f"{name}_v{tables.current(lab.server, definition(name))}"
        comparison = lab.against_anew(name, table)
        assert comparison.same, comparison


@pytest.mark.parametrize("point", _TICK)
def test_a_projector_killed_at_any_step_leaves_nothing_wrong(lab: ProjectionLab, point: FaultPoint) -> None:
    lab.log.append(_some())
    assert _gone(lab.projector_process(fault=point.value)) == _KILLED
    lab.log.append(_some(3))
    _right(lab)


@pytest.mark.parametrize("point", _SETTLED)
def test_a_projector_killed_at_any_step_of_settling_leaves_nothing_wrong(lab: ProjectionLab, point: FaultPoint) -> None:
    """What it was copying into is dropped by a later one, when nobody can be at it any more."""
    process = lab.projector_process(fault=point.value)

    def killed() -> bool:
        lab.log.append(_some(3))
        return process.poll() is not None

    wait_until(killed, seconds=120, every=0.5, what=point.meaning)
    assert _gone(process) == _KILLED
    _right(lab)
    for name in ("cases", "decisions", "parties"):
        drop_settling(lab.server, f"{name}_v{tables.current(lab.server, definition(name))}")
    lab.log.append(_some(3))
    _right(lab)


def test_a_projector_paused_while_another_goes_on_does_no_harm(lab: ProjectionLab) -> None:
    """It wakes with the keys of an older cut in its hands; its rows are older and do not count."""
    lab.log.append(_some())
    process = lab.projector_process(fault=f"{FaultPoint.PROJECTOR_KEYS_FOUND.value}@stop")
    try:
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED, seconds=60, what="paused")
        lab.log.append(_some())
        ahead = lab.fresh()
        ahead.tick()
        before = lab.server.value("SELECT max(version) FROM cases_v1")
        process.send_signal(signal.SIGCONT)
        wait_until((lab.settings.run_dir / "projector.heartbeat").exists, seconds=60, what="a heartbeat")
        process.terminate()
        assert _gone(process) == 0
        assert lab.server.value("SELECT max(version) FROM cases_v1") == before
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    _right(lab)


def test_a_failing_projection_delays_nobody(lab: ProjectionLab) -> None:
    lab.fresh().tick()
    lab.log.append(_some())
    lab.log.server.command("RENAME TABLE decisions_v1 TO decisions_hidden")
    try:
        lab.log.server.command("CREATE TABLE decisions_v1 (x UInt8) ENGINE = MergeTree ORDER BY x")
        fed = {each.table: each for each in lab.fresh().tick()}
        assert fed["decisions_v1"].error is not None
        assert fed["decisions_v1"].behind > 0
        assert fed["cases_v1"].error is None
        assert fed["cases_v1"].keys > 0
    finally:
        lab.log.server.command("DROP TABLE decisions_v1 SYNC")
        lab.log.server.command("RENAME TABLE decisions_hidden TO decisions_v1")
    _right(lab)


@pytest.mark.parametrize("point", _REBUILD)
def test_a_rebuild_killed_at_any_step_is_gone_on_with(lab: ProjectionLab, point: FaultPoint) -> None:
    lab.log.append(_some(3))
    before = tables.numbers(lab.server, _CASES)
    process = lab.command("projections", "rebuild", "cases", "--slices", "3", fault=point.value)
    assert _gone(process) == _KILLED
    lab.log.append(_some(3))
    built = rebuild(lab.settings, lab.server, _CASES)
    assert built.number == max(before) + 1
    assert tables.numbers(lab.server, _CASES) == [*before, built.number]
    assert Checkpoints(lab.server).rebuild(built.table) is None
    assert lab.against_anew("cases", built.table).same
    switch(lab.fresh(), _CASES)
    _right(lab)


def test_an_interrupted_rebuild_leaves_nothing(lab: ProjectionLab) -> None:
    before = tables.numbers(lab.server, _CASES)
    paused = f"{FaultPoint.REBUILD_SLICE_WRITTEN.value}@stop"
    process = lab.command("projections", "rebuild", "cases", "--slices", "3", fault=paused)
    wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED, seconds=60, what="paused")
    assert len(tables.numbers(lab.server, _CASES)) == len(before) + 1
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    assert _gone(process) == 1
    assert tables.numbers(lab.server, _CASES) == before
    assert Checkpoints(lab.server).rebuild(_CASES.table(max(before) + 1)) is None


@pytest.mark.parametrize("point", [FaultPoint.SWITCH_BEFORE_VIEW, FaultPoint.SWITCH_AFTER_VIEW])
def test_a_switch_killed_is_done_or_not_done(lab: ProjectionLab, point: FaultPoint) -> None:
    built = rebuild(lab.settings, lab.server, _CASES, slices=1)
    assert _gone(lab.command("projections", "switch", "cases", fault=point.value)) == _KILLED
    done = point is FaultPoint.SWITCH_AFTER_VIEW
    assert (tables.current(lab.server, _CASES) == built.number) is done
    switch(lab.fresh(), _CASES)
    assert tables.current(lab.server, _CASES) == built.number
    _right(lab)


def test_no_read_fails_while_tables_are_switched(lab: ProjectionLab) -> None:
    rebuild(lab.settings, lab.server, _CASES, slices=1)
    projector, stop, counts = lab.fresh(), threading.Event(), set[int]()
    projector.tick()

    def read() -> None:
        with ClickHouse(lab.settings, "analyst", query_seconds=0) as analyst:
            while not stop.is_set():
                counts.add(analyst.value("SELECT count() FROM cases"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_until(lambda: counts, seconds=30, what="the first read")
        switch(projector, _CASES)
        for _ in range(3):
            rollback(projector, _CASES)
            switch(projector, _CASES)
    finally:
        stop.set()
        reader.join(60)
    assert len(counts) == 1
