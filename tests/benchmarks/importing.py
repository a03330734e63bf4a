"""(h) How fast a file of published penalties goes in, beside the plainest thing that could be done with it.

`lianzhi import shuanggongshi` as a user types it, start of the command included: every row read, told as an event,
checked, persons protected, numbered, signed, durable. The reference reads the very same file with csv.DictReader and
writes every row as a line of JSON, in one process: no checks, no persons, no memory of what was said before.
"""

from __future__ import annotations

import csv
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from infra.persons.keys import ensure_zone_key
from infra.settings import load_settings
from schemas.identifiers import uscc
from tests.benchmarks.frame import Context, Result
from tests.benchmarks.stack_tools import memory_mib
from tests.support.imports import counts, start_import, tokeniser_process
from tests.support.shuanggongshi import Facts, Style, organisation, person, table, write_csv, write_xlsx

TITLE = "导入 importing a file of published penalties"
_ROWS, _SHORT_ROWS = 50_000, 5_000
_GOAL = 5_000
_PERSONS = 0.3
_FIRST_DAY = date(2024, 1, 1)
_NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


def run(short: bool, ctx: Context) -> list[Result]:
    """Import organisations, then natural persons among them, the same again, and a workbook."""
    rows = _SHORT_ROWS if short else _ROWS
    with ctx.folder() as folder:
        ctx.say(f"writing files of {rows:,} rows")
        plain = write_csv(folder / "organisations.csv", table(_decisions(1, rows, 0.0)))
        mixed = write_csv(folder / "persons.csv", table(_decisions(2, rows, _PERSONS)), "gb18030")
        book = write_xlsx(folder / "book.xlsx", [["公示表"], *table(_decisions(3, rows, 0.0), Style("中文"))])
        naive = _rate(rows, lambda: _naive(plain, folder / "naive.ndjson"))
        home = folder / "home"
        home.mkdir(mode=0o700)
        ensure_zone_key(home)
        settings = load_settings(home, env={})
        found: list[Result] = []
        peaks: list[float] = []
        with tokeniser_process(settings):
            for name, file, known, note in (
                ("organisations, CSV", plain, False, ""),
                ("the same file again", plain, True, "publishes nothing"),
                (f"{_PERSONS:.0%} natural persons, CSV in GB18030", mixed, False, "each token asked for, each sealed"),
                ("organisations, XLSX", book, False, "the workbook is read by one process"),
            ):
                ctx.say(f"importing {name}")
                begun = time.perf_counter()
                peaks.append(_import(home, file, rows, known=known))
                rate = rows / (time.perf_counter() - begun)
                found.append(
                    Result(
                        f"h import, {name}",
                        rate,
                        "rows/s",
                        f"csv.DictReader and json.dumps of the CSV: {naive:,.0f}/s",
                        rate / naive,
                        target=f"≥ {_GOAL:,} rows/s",
                        met=rate >= _GOAL,
                        note=f"{rows:,} rows, start of the command included" + (f"; {note}" if note else ""),
                    )
                )
        peak = max(peaks) * 2**20 / 1e6
        found.append(Result("h import, memory of its largest process", peak, "MB", note="a workbook lies in it packed"))
    return found


def _decisions(seed: int, rows: int, persons: float) -> Iterator[Facts]:
    rnd = random.Random(seed)
    for serial in range(1, rows + 1):
        day = _FIRST_DAY + timedelta(days=rnd.randrange(700))
        common: dict[str, Any] = {
            "decided_on": day,
            "publish_until": day + timedelta(days=365),
            "fine_yuan": rnd.randrange(1, 500) * 100,
            "agency": uscc.make("11", "330421", seed * 100 + serial % 5),
            "facts": "当事人于某日在嘉善县罗星街道擅自占用城市道路堆放建材，经责令改正后仍未改正，事实清楚，证据确凿。",
        }
        if rnd.random() < persons:
            name = "".join(rnd.choices(_NAMES, k=3))
            yield person(serial, name, date(1950, 1, 1) + timedelta(days=rnd.randrange(18_000)), **common)
        else:
            yield organisation(serial, party_name=f"嘉善{rnd.choice(_NAMES)}氏建材有限公司", **common)


def _import(home: Path, file: Path, rows: int, *, known: bool) -> float:
    """Import; the highest resident memory of any of its processes (MiB), as the kernel tells it while they live."""
    process, peak, ended = start_import(home, file), [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            try:
                tree = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
                peak[0] = max(peak[0], *(memory_mib(pid)[1] for pid in tree))
            except (psutil.Error, OSError, KeyError):
                continue  # it has just ended

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate(timeout=300)
    ended.set()
    watcher.join()
    expected = (0, rows, 0, 0) if known else (rows, 0, 0, 0)
    if process.returncode != 0 or counts(json.loads(out)) != expected:
        raise RuntimeError(f"exit code {process.returncode}: {(out + err).decode(errors='replace')[-2_000:]}")
    return peak[0]


def _naive(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file, target.open("w", encoding="utf-8") as out:
        for row in csv.DictReader(file):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rate(count: int, work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)
