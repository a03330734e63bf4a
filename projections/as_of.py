"""The tables as they stood at a cut: folded by the same SELECTs, kept for a while.

Two databases a cut: `…_cut_<digest>` has the stable views and all that may be read by those who ask, `…_rows_<digest>`
the tables behind them, which hold what regions do not share. The views show what was known then, and of it what is
shared now: what a region takes back is taken back of every cut.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.clickhouse import ClickHouse
from infra.settings import Settings
from infra.sql import load, render, statements
from infra.zone import zone
from projections import policy
from projections.checkpoints import Checkpoints
from projections.cut import Vector, landed, refuse_beyond, vector_digest
from projections.definition import definitions
from projections.projector import USER, Projector
from projections.questions.views import question_views
from projections.settling import take_settled
from projections.tables import drop_database, drop_table, show

KEPT = 8
"""So many databases of cuts are kept; beyond, those that were asked longest ago are dropped."""

Progress = Callable[[str, int, int], None]
"""Told after each slice: projection, slices done, of how many."""


def database_at(settings: Settings, vector: Vector, *, progress: Progress | None = None) -> str:
    """The name of the database that holds every stable view as of a cut; built when it is not there.

    Two that ask at once do not build twice: the second waits.

    Raises:
        InvalidInput: the cut lies beyond what has landed.
        RetryableError: the server is away.
    """
    made_from = [*(each.fingerprint() for each in definitions().values()), *policy.load().versions.values()]
    marker = hashlib.sha256(
        "".join([*made_from, *question_views(zone(settings.zone_file).region_codes)]).encode()
    ).hexdigest()[:8]
    name = f"{settings.clickhouse.database}_cut_{vector_digest(vector)}{marker[:4]}"
    folder = settings.run_dir / "cuts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder / f"{name}.lock") as used, ClickHouse(settings, USER) as server:
        if not _is_built(server, name):
            _build(settings, server, name, vector, progress)
        os.utime(used)
    _drop_oldest(settings, folder, name)
    return name


def rows_behind(settings: Settings, views: str) -> str:
    """The name of the database that holds the tables behind the views of a cut (see `database_at`)."""
    database = settings.clickhouse.database
    return f"{database}_rows_{views.removeprefix(f'{database}_cut_')}"


def _build(settings: Settings, server: ClickHouse, name: str, vector: Vector, progress: Progress | None) -> None:
    from projections.store.policy import ensure_policy, ensure_question_views

    projector = Projector(settings, server)
    refuse_beyond(vector, projector.look())
    begin, finish, _ = statements(load("projections", "sql/as_of.sql"))
    rows = rows_behind(settings, name)
    _drop(settings, server, name)
    for database in (rows, name):
        server.command(render(begin, name=database))
    with ClickHouse(settings, USER, database=name) as there, ClickHouse(settings, USER, database=rows) as behind:
        for statement in statements(load("projections.store", "projector.sql")):
            there.command(statement)
        there.command(render(load("projections.store", "dead_numbers.sql"), database=settings.clickhouse.database))
        for definition in definitions().values():
            table = definition.table(definition.version)
            behind.command(definition.create_table(table))

            def tell(done: int, of: int, about: str = definition.name) -> None:
                if progress:
                    progress(about, done, of)

            building = f"{table}_building"
            behind.command(definition.create_table(building))
            projector.fold_all(definition, f"{rows}.{building}", vector, settled=True, done=tell)
            take_settled(behind, table, building)
            drop_table(behind, building)
            show(there, definition, table, rows, settings.clickhouse.database)
            Checkpoints(there).write(table, vector)
        for statement in statements(load("projections.store", "penalties.sql")):
            there.command(statement)
    ensure_policy(settings, name)
    ensure_question_views(settings, name)
    server.command(render(finish, name=name))


def _drop(settings: Settings, server: ClickHouse, name: str) -> None:
    """Drop a cut: first what tells that it is there."""
    for database in (name, rows_behind(settings, name)):
        drop_database(server, database)


def _is_built(server: ClickHouse, name: str) -> bool:
    *_, built = statements(load("projections", "sql/as_of.sql"))
    return bool(server.value(built, name=name))


def _drop_oldest(settings: Settings, folder: Path, keep: str) -> None:
    marks = sorted(folder.glob(f"{settings.clickhouse.database}_cut_*.lock"), key=lambda mark: mark.stat().st_mtime)
    for mark in marks[: max(0, len(marks) - KEPT)]:
        if mark.stem == keep:
            continue
        with _locked(mark, wait=False) as held:
            if held.exists():
                with ClickHouse(settings, USER) as server:
                    _drop(settings, server, mark.stem)
                mark.unlink(missing_ok=True)


@contextmanager
def _locked(file: Path, *, wait: bool = True) -> Iterator[Path]:
    """Hold the lock of a file; without waiting, a path that does not exist when somebody else holds it."""
    with file.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield file.with_suffix(".busy")
            return
        yield file


def landed_vector(settings: Settings) -> dict[str, int]:
    """The cut that has landed now, over the topics of the zone."""
    from infra.topics import event_topics
    from infra.zone import zone

    with ClickHouse(settings, USER) as server:
        return landed(server, event_topics(zone(settings.zone_file)))
