"""Importing a file: from its lines to published events, in batches, with a count of all that became of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from infra.clock import Clock, SystemClock
from infra.errors import InvalidInput
from infra.faultpoints import FaultPoint, reach
from infra.settings import Settings
from infra.zone import PublisherInfo, zone
from producers.importers.batches import Job, Mapped
from producers.importers.decision import Reading
from producers.importers.header import SEARCHED, Layout, Line, find_header, no_header, require
from producers.importers.ledger import Ledger
from producers.importers.outbox_look import OutboxLook
from producers.importers.outcome import FlagCount, Outcome
from producers.importers.pool import Beside, Here, Pool
from producers.importers.problems import Reject
from producers.importers.rejects import RejectsFile, rejects_file
from producers.importers.source import Source, is_workbook, open_source
from schemas.identifiers import uscc
from schemas.identifiers.money import Unit

BATCH_ROWS = 1_000
FAMILY = "enforcement"
LARGE_BYTES, LARGE_PACKED_BYTES = 1 << 20, 1 << 18
"""A text file, and a workbook, which is compressed, from this size on is worked on by processes beside this one."""

MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import, and how.

    Attributes:
        file: CSV or workbook.
        region: code or slug; must be the publisher's.
        publisher: id in the zone file.
        agency: code of the deciding agency for rows that name none.
        unit: unit of amounts whose heading names none; None: 万元, flagged.
        encoding: of a CSV; empty: found out.
        sheet: of a workbook; empty: the first with a header.
        rejects: where rejected rows go; None: beside the file.
        rehearse: check everything, publish and write nothing.
        workers: processes to start beside this one; None: one a processor for a large file, else none.
    """

    file: Path
    region: str
    publisher: str
    agency: str = ""
    unit: Unit | None = None
    encoding: str = ""
    sheet: str = ""
    rejects: Path | None = None
    rehearse: bool = False
    workers: int | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of a file. rows = published + already_published + corrected + rejected.

    `ignored_lines` counts remarks, sums and repeated headers below the header; `flags` says what is odd about rows that
    were published or corrected by this import, and which were passed over because what was published is newer.
    `ignored_columns` are headings that are not read, and those of columns read only where another one is empty.
    """

    description: str = ""
    published: int = 0
    already_published: int = 0
    corrected: int = 0
    rejected: int = 0
    reject_file: Path | None = None
    ignored_lines: int = 0
    ignored_columns: tuple[str, ...] = ()
    sheets_not_read: tuple[str, ...] = ()
    flags: Counter[FlagCount] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows of the file: neither titles nor notes nor blank lines."""
        return self.published + self.already_published + self.corrected + self.rejected


Progress = Callable[[int, int], None]
"""Told how many lines were dealt with, of about how many."""


def start_workers(request: ImportRequest) -> Beside | None:
    """The processes that a file is worked on by beside this one; None where this one does it alone.

    To be called before there is any other thread, a progress bar's too; `run_import` ends them.
    """
    workers = _workers(request)
    return Beside(workers) if workers else None


def run_import(
    settings: Settings,
    request: ImportRequest,
    *,
    workers: Beside | None = None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> ImportReport:
    """Import a file. What was published before the first error stays; the same call again takes up from there.

    Args:
        workers: what `start_workers` gave; None: everything in this process.

    Raises:
        InvalidInput: the file, its header, or what was asked can not be used; nothing was published.
        RetryableError: the tokeniser is away, or another import of this publisher runs: import the file again.
        FatalError: a file of ours is broken.
    """
    ticking: Clock = clock or SystemClock()
    with ExitStack() as stack:
        if workers is not None:
            stack.callback(workers.close)
        info = _publisher(settings, request)
        agency = _agency(request.agency)
        source = stack.enter_context(open_source(request.file, encoding=request.encoding, sheet=request.sheet))
        first = list(islice(source.lines(), SEARCHED))
        layout = find_header(first)
        if layout is None:
            raise no_header(len(first))
        require(layout, agency_given=bool(agency))
        source.width = layout.width
        rejects = RejectsFile(request.rejects or rejects_file(request.file), request.file, layout)
        stack.callback(rejects.abandon)
        now = ticking.now()
        outbox = OutboxLook(settings.home, info.id, ticking, rehearse=request.rehearse)
        ledger = Ledger(settings.home, info.id, outbox.epoch, outbox.published, now, rehearse=request.rehearse)
        stack.callback(ledger.close)
        job = Job(
            settings=settings,
            publisher=info.id,
            layout=layout,
            reading=Reading(info.region, agency, layout.units, request.unit),
            undecodable=source.undecodable,
            now=now,
            rehearse=request.rehearse,
        )
        pool: Pool
        if workers is not None:
            workers.begin(job)
            pool = workers
        else:
            pool = Here(job, ticking)
            stack.callback(pool.close)
        unused = (*layout.ignored, *layout.repeated)
        report = ImportReport(source.description, ignored_columns=unused, sheets_not_read=source.not_read)
        _Run(pool, ledger, rejects, report, source.lines_expected, progress).go(_batches(source, layout))
        report.reject_file = rejects.finish()
        return report


class _Run:
    """One import under way: batches go out, are claimed in the order of the file, published, settled, counted."""

    def __init__(
        self,
        pool: Pool,
        ledger: Ledger,
        rejects: RejectsFile,
        report: ImportReport,
        expected: int,
        progress: Progress | None,
    ) -> None:
        self._pool, self._ledger, self._rejects, self._report = pool, ledger, rejects, report
        self._expected, self._progress = expected, progress
        self._sizes: dict[int, int] = {}
        self._mapped: dict[int, Mapped] = {}
        self._rejected: dict[int, list[Reject]] = {}
        self._next_claim = self._next_written = self._lines = 0

    def go(self, batches: Iterator[list[Line]]) -> None:
        number = 0
        more = True
        while more or self._sizes:
            while more and self._pool.room():
                lines = next(batches, None)
                if lines is None:
                    more = False
                    break
                self._sizes[number] = len(lines)
                self._pool.map(number, lines)
                number += 1
            for batch, result in self._pool.answers():
                if isinstance(result, Mapped):
                    self._mapped[batch] = result
                    self._claim()
                else:
                    self._settle(batch, result)

    def _claim(self) -> None:
        """Claim all batches whose turn it is."""
        while (mapped := self._mapped.pop(self._next_claim, None)) is not None:
            verdicts = self._ledger.claim(mapped.claims)
            reach(FaultPoint.IMPORT_AFTER_CLAIM)
            self._rejected[self._next_claim] = mapped.rejects
            self._report.ignored_lines += mapped.ignored
            self._pool.publish(self._next_claim, verdicts)
            self._next_claim += 1

    def _settle(self, batch: int, outcome: Outcome) -> None:
        reach(FaultPoint.IMPORT_AFTER_PUBLISH)
        self._ledger.settle(outcome.stored, outcome.refused)
        reach(FaultPoint.IMPORT_AFTER_SETTLE)
        report = self._report
        report.published += outcome.published
        report.already_published += outcome.already_published
        report.corrected += outcome.corrected
        report.flags.update(outcome.flags)
        self._rejected[batch] += outcome.rejects
        report.rejected += len(self._rejected[batch])
        self._lines += self._sizes.pop(batch)
        while self._next_written < self._next_claim and self._next_written not in self._sizes:
            found = self._rejected.pop(self._next_written)
            self._rejects.add(sorted(found, key=lambda reject: reject.line))
            self._next_written += 1
        if self._progress is not None:
            self._progress(self._lines, max(self._expected, self._lines))


def _batches(source: Source, layout: Layout) -> Iterator[list[Line]]:
    lines = source.lines()
    rows = (line for line in lines if line[0] > layout.line)
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def check_request(settings: Settings, request: ImportRequest) -> None:
    """Refuse a request that is wrong whatever the file holds.

    Raises:
        InvalidInput: unknown publisher or region, a publisher of another region or another family, no agency code.
    """
    _publisher(settings, request)
    _agency(request.agency)


def _publisher(settings: Settings, request: ImportRequest) -> PublisherInfo:
    known = zone(settings.zone_file)
    info, region = known.publisher(request.publisher), known.region(request.region)
    if info.region != region.code:
        own = known.region(info.region)
        raise InvalidInput(
            f"{info.id} publishes for {own.code} {own.name_en}, not for {region.code} {region.name_en}",
            zh=f"{info.id} 属于 {own.code} {own.name_zh}，不属于 {region.code} {region.name_zh}",
            hint="each region publishes its own decisions only: "
            + ", ".join(p.id for p in known.publishers_of(region.code, FAMILY)),
        )
    if FAMILY not in info.families:
        raise InvalidInput(
            f"{info.id} publishes no decisions on penalties; it publishes {', '.join(info.families)}",
            zh=f"{info.id} 不发布行政处罚类事件",
            hint="use " + ", ".join(p.id for p in known.publishers_of(region.code, FAMILY)),
        )
    return info


def _agency(given: str) -> str:
    code = uscc.normalise(given)
    if code and uscc.check(code) is not uscc.UsccCheck.OK:
        raise InvalidInput(
            f"--agency is no unified social credit code: {uscc.check(code).value}",
            zh="--agency 不是有效的统一社会信用代码",
            hint="18 characters; the code of a government body begins with 11",
        )
    return code


def _workers(request: ImportRequest) -> int:
    if request.workers is not None:
        return request.workers
    try:
        packed = is_workbook(request.file)
        large = request.file.stat().st_size >= (LARGE_PACKED_BYTES if packed else LARGE_BYTES)
    except (OSError, InvalidInput):
        return 0  # whoever opens it says why
    return min(os.cpu_count() or 1, MOST_WORKERS) if large and not request.rehearse else 0
