"""What every benchmark shares: the result, the context that lends it servers, and the list of benchmarks.

A benchmark is a module of this package with

    TITLE: str                     what it measures, in Chinese and English, for the progress line
    def run(short: bool, ctx: Context) -> list[Result]

It reports and never asserts a time: a slow machine is no failure, and the table says so beside every number.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from infra.settings import Settings, load_settings
from lianzhi.supervise import up
from tests.support.reaper import Reaper, stop_and_remove
from tests.support.stack import RunningStack, new_home, start_servers


@dataclass(frozen=True, slots=True)
class Result:
    """One measured number beside what it is compared with.

    Attributes:
        name: begins with the benchmark's letter, e.g. `a landing: events/s per client core`.
        value, unit: what was measured.
        reference: what the number is compared with, in words ("" when with nothing).
        ratio: how many times better than the reference (> 1 is better), None without one.
        target: the goal in words ("" when there is none).
        met: whether the goal was met; True without a goal.
        note: what a reader must know to read the number rightly.
    """

    name: str
    value: float
    unit: str
    reference: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool = True
    note: str = ""

    def as_row(self) -> dict[str, Any]:
        """As the JSON file holds it."""
        return asdict(self)


class Bench(Protocol):
    """A module that measures."""

    TITLE: str

    def run(self, short: bool, ctx: Context) -> list[Result]:
        """Measure; `short` takes a fraction of the time and of the data."""


MODULES: dict[str, tuple[str, ...]] = {
    "a": ("landing",),
    "b": ("projections",),
    "c": ("projections",),
    "d": ("bench_visible",),
    "e": ("bench_publish",),
    "f": ("bench_memory",),
    "g": ("bench_disk",),
    "h": ("importing",),
}
"""Letters as the issue of this project names them (h: the promise of the importer), and the module of each."""


def bench_modules(letters: str = "") -> list[tuple[str, Bench]]:
    """The chosen benchmarks (all, when `letters` is empty), each module once, under its first letter.

    Raises:
        KeyError: for a letter that nobody knows.
    """
    wanted = [letter.strip() for letter in letters.split(",") if letter.strip()] or list(MODULES)
    found: dict[str, str] = {}
    for letter in wanted:
        for name in MODULES[letter]:
            found.setdefault(name, letter)
    return [(letter, importlib.import_module(f"{__package__}.{name}")) for name, letter in found.items()]


@dataclass
class Context:
    """Lends servers to benchmarks: at most one stack runs at a time, so that none slows another."""

    say_to: Any = sys.stderr
    reaper: Reaper = field(default_factory=Reaper)
    _home: Path | None = None
    _full: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
        self.reaper.close()

    def servers(self) -> RunningStack:
        """Kafka and ClickHouse alone, in a home of their own; kept until another kind is asked for."""
        if self._home is None or self._full:
            self.release()
            self._begin("Kafka + ClickHouse")
            start_servers(self._started_home())
            self._full = False
        return RunningStack(load_settings(self._started_home(), env={}))

    def full(self, config: str = "", *, fresh: bool = False) -> Settings:
        """Everything that `lianzhi up` starts, with `config` as its lianzhi.toml; `fresh`: never one used before."""
        if fresh or self._home is None or not self._full:
            self.release()
            self._begin("lianzhi up")
            (self._started_home() / "lianzhi.toml").write_text(config, encoding="utf-8")
            self._full = True
            up(load_settings(self._started_home(), env={}))
        return load_settings(self._started_home(), env={})

    def promote(self) -> Settings:
        """Start the workers beside the servers that `servers` lent: they find what was put into the log before."""
        up(load_settings(self._started_home(), env={}))
        self._full = True
        return load_settings(self._started_home(), env={})

    def release(self) -> None:
        """Stop whatever runs and remove its data."""
        if self._home is not None:
            stop_and_remove(self._home)
            self.reaper.forget(self._home)
            self._home = None

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A scratch folder on the disk that the homes are on."""
        path = Path(tempfile.mkdtemp(prefix="lz-bench-"))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def say(self, text: str) -> None:
        """One line of progress, with the time of day."""
        print(f"{time.strftime('%H:%M:%S')}   {text}", file=self.say_to, flush=True)

    def _begin(self, what: str) -> None:
        self._home = new_home("lz-b-")
        self.reaper.watch(self._home)
        self.say(f"starting {what}")

    def _started_home(self) -> Path:
        if self._home is None:
            raise RuntimeError("no stack was begun")
        return self._home


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1))]
