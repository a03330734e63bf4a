"""What a simulated world leaves on the disk: events by month and publisher, a spreadsheet, and the answer key.

Every file can be read by its owner alone: the events carry (made-up) persons in clear, as a publisher has them.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from producers.simulator.answers import Calendar, answer_all
from producers.simulator.told import SHANGHAI, Event, Fact, add_months, month_of
from producers.simulator.world import World

AFTER_FILES = "files"
"""Suffix of the last cut of the key: the last month with the spreadsheet imported."""


def by_month(world: World) -> dict[str, dict[str, list[Event]]]:
    """The events of each month by publisher, in the order in which they were written down."""
    months: dict[str, dict[str, list[Event]]] = {month: defaultdict(list) for month in world.months}
    for recorded_at, publisher, event in world.events:
        month = max(month_of(recorded_at), world.months[0])  # what was told on the eve belongs to the beginning
        months[month][publisher].append(event)
    return months


def last_day(month: str) -> date:
    """Last day of a month `YYYY-MM`."""
    return add_months(date.fromisoformat(f"{month}-01"), 1) - timedelta(days=1)


def answer_key(world: World, calendar: Calendar) -> dict[str, Any]:
    """All answers at the end of every month, and once more with the spreadsheet's rows known."""
    cuts = {}
    for month in world.months:
        day = last_day(month)
        known = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
        cuts[month] = {"as_of": day.isoformat(), "questions": answer_all(world, known, day, calendar)}
    last = world.months[-1]
    cuts[f"{last}-{AFTER_FILES}"] = {
        "as_of": last_day(last).isoformat(),
        "questions": answer_all(_with_rows(world), world.end, last_day(last), calendar),
    }
    return {"seed": world.seed, "months": list(world.months), "cases": world.cases_wanted, "cuts": cuts}


def _with_rows(world: World) -> World:
    """The same world in which the rows of the spreadsheet have been told as well."""
    decisions = {identity: replace(decision, words=[*decision.words]) for identity, decision in world.decisions.items()}
    copied = replace(world, decisions=decisions)
    imported = world.end - timedelta(microseconds=1)
    for row in world.published_rows:
        copied.decision(row.decision_id, row.region).words.append(Fact([(imported, row.word)]))
    return copied


def write_events(world: World, folder: Path) -> Iterator[Path]:
    """Write `events/<month>/<publisher>.ndjson`, each fit for `lianzhi publish`; yields every file."""
    for month, publishers in by_month(world).items():
        for publisher, events in sorted(publishers.items()):
            path = folder / "events" / month / f"{publisher}.ndjson"
            _write(path, b"".join(orjson.dumps(event) + b"\n" for event in events))
            yield path


def write_answers(world: World, calendar: Calendar, folder: Path) -> Path:
    """Write `answers.json`."""
    path = folder / "answers.json"
    _write(path, orjson.dumps(answer_key(world, calendar), option=orjson.OPT_INDENT_2))
    return path


def write_spreadsheets(world: World, folder: Path) -> list[Path]:
    """Write one 双公示 workbook a region that has rows: a title above the header, a note below, as they come."""
    from openpyxl import Workbook

    paths = []
    for region in sorted({row.region for row in world.published_rows}):
        rows = [row.cells for row in world.published_rows if row.region == region]
        book = Workbook(write_only=True)
        sheet = book.create_sheet("行政处罚")
        sheet.append(["行政处罚信息公示表（编造的数据）"])
        sheet.append(list(rows[0]))
        for cells in rows:
            sheet.append(list(cells.values()))
        sheet.append(["备注：金额单位为万元"])
        path = folder / f"shuanggongshi-{region}.xlsx"
        folder.mkdir(parents=True, exist_ok=True)
        book.save(path)
        path.chmod(0o600)
        paths.append(path)
    return paths


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
