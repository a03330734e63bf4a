"""Progress of long work: bars on stderr when it is a terminal, otherwise nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar(Protocol):
    """One progress bar."""

    def advance(self, count: float = 1) -> None:
        """So much more is done."""

    def update(self, *, completed: float | None = None, total: float | None = None, note: str | None = None) -> None:
        """So much is done in all, of so much; `note` stands at the end of the line."""


class Bars(Protocol):
    """Several progress bars, one below the other."""

    def add(self, description: str, total: float | None = None, unit: str = "") -> Bar:
        """A further bar; without `total` it only pulses."""


@contextmanager
def progress_group(stream: TextIO | None = None) -> Iterator[Bars]:
    """Bars on stderr when it is a terminal; otherwise nothing is shown and nothing breaks."""
    target = stream or sys.stderr
    if not target.isatty():
        yield _SilentBars()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.fields[note]}"),
        console=Console(file=target),
        transient=False,
    )
    with bars:
        yield _RichBars(bars)


@contextmanager
def progress(
    description: str, total: float | None = None, unit: str = "", stream: TextIO | None = None
) -> Iterator[Bar]:
    """One bar on stderr when it is a terminal, with the count and never only a percentage (rounding hides a rest)."""
    with progress_group(stream) as bars:
        yield bars.add(description, total, unit)


class _SilentBar:
    def advance(self, count: float = 1) -> None:
        pass

    def update(self, *, completed: float | None = None, total: float | None = None, note: str | None = None) -> None:
        pass


class _SilentBars:
    def add(self, description: str, total: float | None = None, unit: str = "") -> Bar:
        return _SilentBar()


class _RichBar:
    def __init__(self, bars: Progress, task: TaskID, unit: str) -> None:
        self._bars, self._task, self._unit = bars, task, unit

    def advance(self, count: float = 1) -> None:
        self._bars.advance(self._task, count)
        self._recount()

    def update(self, *, completed: float | None = None, total: float | None = None, note: str | None = None) -> None:
        self._bars.update(self._task, completed=completed, total=total)
        if note is not None:
            self._bars.update(self._task, note=note)
        self._recount()

    def _recount(self) -> None:
        task = next(task for task in self._bars.tasks if task.id == self._task)
        whole = "" if task.total is None else f"/{task.total:,.0f}"
        self._bars.update(self._task, count=f"{task.completed:,.0f}{whole} {self._unit}")


class _RichBars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def add(self, description: str, total: float | None = None, unit: str = "") -> Bar:
        return _RichBar(self._bars, self._bars.add_task(description, total=total, count="", note=""), unit)
