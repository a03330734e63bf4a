"""What was refused of a file: told in a CSV file beside it, in JSON, in tables; any number of lines in bounded memory.

A report says line, field, what was found and what was expected, and nothing of a line's content beyond that.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any, Self, TextIO

import orjson

from infra.errors import InvalidInput, Problem
from lianzhi.output import to_json
from lianzhi.values import neutral

COLUMNS = ("line", "field", "found", "expected_zh", "expected_en")
_IN_MEMORY = 4 * 1024 * 1024


class RejectReport:
    """Collects problems; the file appears with the first one. A report of an earlier run is replaced or, when nothing
    is wrong any more, removed.

    Args:
        target: the CSV file; None: no file.
    """

    def __init__(self, target: Path | None) -> None:
        self.count = 0
        self._target = target
        self._draft: TextIO | None = None
        self._spool: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (closed in __exit__)

    @property
    def file(self) -> Path | None:
        """The CSV file, when there is something in it."""
        return self._target if self.count else None

    def add(self, line: int, problem: Problem) -> None:
        """Note one problem."""
        row = {
            "line": line,
            "field": problem.field,
            "found": problem.found,
            "expected_zh": problem.expected_zh,
            "expected_en": problem.expected_en,
        }
        self._spool.write(orjson.dumps(row) + b"\n")
        if self._target is not None:
            if self._draft is None:
                self._draft = self._open_draft()
                csv.writer(self._draft).writerow(COLUMNS)
            csv.writer(self._draft).writerow([neutral(row[name]) for name in COLUMNS])
        self.count += 1

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every problem, in the order in which it came."""
        self._spool.seek(0)
        for line in self._spool:
            yield orjson.loads(line)
        self._spool.seek(0, 2)

    def first(self, count: int) -> list[dict[str, Any]]:
        """The first so many problems."""
        return list(islice(self.rows(), count))

    def write_json(self, counts: Mapping[str, Any], out: TextIO) -> None:
        """One JSON object: the counts, and `problems` with every problem."""
        head = to_json(dict(counts), indent=2).removesuffix("\n}")
        out.write(f'{head},\n  "problems": [')
        for place, row in enumerate(self.rows()):
            out.write(f"{',' if place else ''}\n    {to_json(row)}")
        out.write("\n  ]\n}\n" if self.count else "]\n}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()
        if self._target is None:
            return
        if self._draft is not None:
            self._draft.close()
            self._draft_path().replace(self._target)
        elif _is_ours(self._target):
            self._target.unlink()

    def _open_draft(self) -> TextIO:
        path = self._draft_path()
        try:
            return path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise InvalidInput(
                f"can not write {path}: {error.strerror}", zh=f"无法写入 {path}", hint="say where with --rejects FILE"
            ) from error

    def _draft_path(self) -> Path:
        target = self._target or Path()
        return target.with_name(f".{target.name}.new")


def _is_ours(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8-sig", errors="replace") as report:
            return report.readline().strip() == ",".join(COLUMNS)
    except OSError:
        return False
