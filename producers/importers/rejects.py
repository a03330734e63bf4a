"""The file of rejected rows, beside the input: line, column and reason, and never what stood in a cell.

UTF-8 with a BOM, since that is what spreadsheet programs in China open rightly. It is written under another name and
takes its place whole; a file of an earlier import that no longer holds is removed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

from infra.errors import InvalidInput
from producers.importers.header import Layout, shown
from producers.importers.problems import Reject

HEADER: Final = ("file", "line", "field", "reason", "document_number")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rejects_file(source: Path) -> Path:
    """Where the rejects of a file go if nobody says otherwise: `<name>.rejects.csv` beside it."""
    return source.with_name(f"{source.name}.rejects.csv")


class RejectsFile:
    """Written row by row; exists only if there is a row.

    Raises:
        InvalidInput: the file can not be written.
    """

    def __init__(self, path: Path, source: Path, layout: Layout) -> None:
        if path.resolve() == source.resolve():
            raise InvalidInput(
                f"the rejects would overwrite the input {source}", zh=f"拒绝清单不能覆盖输入文件 {source}"
            )
        self.path = path
        self._draft = path.with_name(f"{path.name}.part")
        self._source = source
        self._layout = layout
        self._file: TextIO | None = None
        self.rows = 0
        self._open()

    def add(self, rejects: Iterable[Reject]) -> None:
        """One line for each reject, with all its problems."""
        for reject in rejects:
            columns = [p.column for p in reject.problems]
            fields = dict.fromkeys(self._layout.heading(column) if column else "" for column in columns)
            reasons = [f"{p.zh} | {p.message}" for p in reject.problems]
            number = reject.document_number
            self._writer.writerow(
                [
                    neutral(self._source.name),
                    reject.line,
                    neutral("; ".join(shown(name) for name in fields if name)),
                    neutral("; ".join(reasons)),
                    neutral(number),
                ]
            )
            self.rows += 1

    def finish(self) -> Path | None:
        """Put the file in its place; None if there was nothing to say (an older file of ours is then removed)."""
        self._close()
        if self.rows:
            self._draft.replace(self.path)
            return self.path
        self._draft.unlink(missing_ok=True)
        if _is_ours(self.path):
            self.path.unlink()
        return None

    def abandon(self) -> None:
        """Leave everything as it was."""
        if self._file is not None:
            self._close()
            self._draft.unlink(missing_ok=True)

    def _open(self) -> None:
        try:
            self._file = self._draft.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise InvalidInput(
                f"can not write the file of rejects {self._draft}: {error.strerror}",
                zh=f"无法写入拒绝清单 {self._draft}",
                hint="name another place with --rejects",
            ) from error
        self._writer = csv.writer(self._file)
        self._writer.writerow(HEADER)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula, on one line."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(_FORMULA) else text


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return next(csv.reader(file), None) == list(HEADER)
    except OSError:
        return False
