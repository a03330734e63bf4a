"""CSV files and their like: UTF-8 with and without BOM, GB18030, UTF-16; commas, tabs, semicolons."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from infra.errors import InvalidInput
from producers.importers.cells import BROKEN, REPLACEMENT
from producers.importers.header import SEARCHED, Line, score

LONGEST_CELL = 1 << 20
"""Longest cell, characters."""

LONGEST_RECORD = 100
"""Most lines that one record may stand on: a quotation mark that is never closed would swallow the rest of the file."""

_CHUNK = 1 << 20
_DELIMITERS = (",", "\t", ";", "|", "，")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FEW = 0.2
"""A share of undecodable among all non-ASCII characters below which a file still is of that encoding."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file's bytes are in one encoding: lines, characters beyond ASCII, undecodable ones among them."""

    encoding: str
    lines: int
    beyond_ascii: int
    undecodable: int


class TextFile:
    """See `source.Source`. Read in pieces, so that any size fits in memory.

    Raises:
        InvalidInput: an unknown encoding, or the file can not be read.
    """

    not_read: tuple[str, ...] = ()
    width = 0

    def __init__(self, path: Path, encoding: str = "") -> None:
        csv.field_size_limit(LONGEST_CELL)
        self._path = path
        self._reading = _as_told(path, encoding) if encoding else detect(path)
        self._file: TextIO = path.open(encoding=self._reading.encoding, errors="replace", newline="")
        self.undecodable = self._reading.undecodable > 0
        self.lines_expected = self._reading.lines
        self._delimiter = self._find_delimiter()
        shown = {",": "CSV", "\t": "TSV"}.get(self._delimiter, f"CSV ({self._delimiter})")
        self.description = f"{shown}, {self._reading.encoding.upper()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def lines(self) -> Iterator[Line]:
        """Every record, with the number of its first line.

        A record on several lines that has not as many cells as the header (`width`), does not end, or has quotation
        marks amid its cells began with one that is never closed: its first line comes as `BROKEN`, and the lines after
        it are read anew.
        """
        self._file.seek(0)
        return self._records(self._delimiter)

    def _records(self, delimiter: str) -> Iterator[Line]:
        physical = _Lines(self._file)
        records = csv.reader(physical, delimiter=delimiter)
        line = 1
        while True:
            physical.taken.clear()
            try:
                cells: list[str] | None = next(records, None)
            except csv.Error:  # a cell longer than any can be
                cells = []
                broken = True
            else:
                broken = len(physical.taken) > 1 and not self._fits(cells or [], physical.taken, delimiter)
            if broken:
                yield line, [BROKEN]
                physical.give_back()
                records = csv.reader(physical, delimiter=delimiter)
                line += 1
                continue
            if cells is None:
                return
            if cells:
                yield line, cells
            line += len(physical.taken)

    def _fits(self, cells: list[str], lines: list[str], delimiter: str) -> bool:
        """Whether a record on several lines may be one: as many cells as the header, quotation marks in place."""
        if len(lines) > LONGEST_RECORD:
            return False
        try:
            next(csv.reader(iter(lines), delimiter=delimiter, strict=True), None)
        except csv.Error:
            return False
        return not self.width or (len(cells) >= self.width and not any(cells[self.width :]))

    def _find_delimiter(self) -> str:
        """The one with which the most headings are found; a comma where that says nothing."""
        best, most = ",", 0
        for delimiter in _DELIMITERS:
            self._file.seek(0)
            found = max((score(cells) for _, cells in islice(self._records(delimiter), SEARCHED)), default=0)
            if found > most:
                best, most = delimiter, found
        return best


def detect(path: Path) -> Reading:
    """The encoding of a file: by its BOM, else UTF-8 if it is that all through or nearly, else GB18030.

    Raises:
        InvalidInput: the file can not be read.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for bom, name in _BOMS:
        if head.startswith(bom):
            return read_as(path, name)
    utf8 = read_as(path, "utf-8")
    if utf8.undecodable <= utf8.beyond_ascii * _FEW:
        return utf8
    chinese = read_as(path, "gb18030")
    return chinese if chinese.undecodable <= utf8.undecodable else utf8


def read_as(path: Path, encoding: str) -> Reading:
    """Go through the whole file in one encoding, a piece at a time."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    lines = beyond = undecodable = 0
    with path.open("rb") as file:
        while True:
            raw = file.read(_CHUNK)
            text = decoder.decode(raw, final=not raw)
            lines += text.count("\n")
            if not text.isascii():
                beyond += len(text) - len(text.encode("ascii", "ignore"))
                undecodable += text.count(REPLACEMENT)
            if not raw:
                return Reading(encoding, lines + 1, beyond, undecodable)


def _as_told(path: Path, encoding: str) -> Reading:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except LookupError:
        raise InvalidInput(
            f"unknown encoding {encoding!r}", zh=f"未知的编码 {encoding!r}", hint="utf-8, gb18030 or utf-16"
        ) from None
    # GB2312 and GBK are parts of GB18030, and files that claim them hold characters beyond.
    name = "gb18030" if name in {"gb2312", "gbk"} else "utf-8-sig" if name == "utf-8" else name
    return read_as(path, name)


class _Lines:
    """The physical lines of a file, and which of them the present record took; ends early in one that is too long."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self.taken) > LONGEST_RECORD:
            raise StopIteration
        line = self._given_back.pop() if self._given_back else next(self._file)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """All lines of the present record but its first will come again."""
        self._given_back += reversed(self.taken[1:])
