"""Large XLSX workbooks, read as a stream: a row at a time, in memory that hardly grows with the number of rows.

`workbook` reads a sheet as a whole: faster, but into some two kilobytes a row. What is read here comes out the same; a
test compares. An XLSX file is a zip of XML parts (ECMA-376 part 1, §18): the workbook names its sheets, cells refer to
shared strings and to styles by number, and only its style's format says whether a number is a day.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers.expat import ExpatError

from infra.errors import InvalidInput
from producers.importers.header import Line
from producers.importers.packed_texts import PackedTexts
from producers.importers.sheet_cells import Meaning, meanings
from producers.importers.sheet_choice import first_sheet, named_sheet
from producers.importers.sheet_rows import SharedTexts, SheetRows, refuse_document_type

LARGE_XML_BYTES = 100_000_000
"""A workbook of which any part unpacks to more than this is read as a stream: some 75,000 rows of 双公示."""

MOST_DESCRIPTION_BYTES = 16_000_000
"""Largest part that is read as a whole: what describes the workbook, not what fills it."""

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,  # an encrypted part, a way of packing that Python does not know
    LookupError,
    ValueError,
    ParseError,
    ExpatError,
)
_ROW_BYTES = 1_300
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_WORKBOOK = "xl/workbook.xml"


class _Sheet(NamedTuple):
    name: str
    part: str


def is_large(path: Path) -> bool:
    """Whether the file is an XLSX workbook with a part too large to be read as a whole."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    names = {part.filename for part in parts}
    return _WORKBOOK in names and any(part.file_size > LARGE_XML_BYTES for part in parts)


class LargeWorkbook:
    """See `source.Source`.

    Args:
        path: the file.
        sheet: name or number (from 1); empty: the first visible one with a header, else the first visible one.

    Raises:
        InvalidInput: damaged, or without such a sheet.
    """

    undecodable = False
    width = 0

    def __init__(self, path: Path, sheet: str = "") -> None:
        self._path = path
        with self._guarded():
            self._packed = zipfile.ZipFile(path)
            self._relations = self._read_relations()
            sheets, visible = self._read_sheets()
            self._texts = self._read_texts()
            self._meanings = self._read_meanings()
            self._sheet = self._chosen(sheets, sheet) if sheet else self._first(visible or sheets)
            size = self._packed.getinfo(self._sheet.part).file_size
        self.lines_expected = size // _ROW_BYTES
        self.not_read = tuple(each.name for each in visible if each != self._sheet)
        self.description = f"{path.suffix.removeprefix('.').upper() or 'XLSX'}, {self._sheet.name}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._packed.close()

    def lines(self) -> Iterator[Line]:
        """Every row with something in it, with its number in the sheet."""
        with self._guarded():
            yield from self._rows(self._sheet)

    def _rows(self, sheet: _Sheet) -> Iterator[Line]:
        with self._packed.open(sheet.part) as part:
            yield from SheetRows(part, self._texts.text, self._meanings)

    def _read_relations(self) -> dict[str, str]:
        root = self._description("xl/_rels/workbook.xml.rels")
        return {
            each.get("Id", ""): posixpath.normpath(posixpath.join("/xl", each.get("Target", ""))).lstrip("/")
            for each in root
        }

    def _read_sheets(self) -> tuple[list[_Sheet], list[_Sheet]]:
        """All sheets, and those that are visible."""
        found, visible = [], []
        for each in self._description(_WORKBOOK).iterfind("{*}sheets/{*}sheet"):
            relation = each.get(_RELATION) or each.get(_STRICT_RELATION) or ""
            sheet = _Sheet(each.get("name", ""), self._relations.get(relation, ""))
            if sheet.part in self._packed.namelist():
                found.append(sheet)
                if each.get("state", "visible") == "visible":
                    visible.append(sheet)
        return found, visible

    def _read_texts(self) -> PackedTexts:
        name = next((part for part in self._relations.values() if part.endswith("haredStrings.xml")), "")
        if name not in self._packed.namelist():
            return PackedTexts()
        with self._packed.open(name) as part:
            return SharedTexts(part).read()

    def _read_meanings(self) -> tuple[Meaning | None, ...]:
        name = next((part for part in self._relations.values() if part.endswith("styles.xml")), "")
        if name not in self._packed.namelist():
            return ()
        styles = self._description(name)
        codes = {
            int(each.get("numFmtId", "0")): each.get("formatCode", "")
            for each in styles.iterfind("{*}numFmts/{*}numFmt")
        }
        formats = [int(each.get("numFmtId", "0")) for each in styles.iterfind("{*}cellXfs/{*}xf")]
        properties = self._description(_WORKBOOK).find("{*}workbookPr")
        from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        return meanings(formats, codes, from_1904=from_1904)

    def _description(self, name: str) -> Element:
        info = self._packed.getinfo(name)
        if info.file_size > MOST_DESCRIPTION_BYTES:
            raise ValueError(f"{name} is too large")
        content = self._packed.read(info)
        refuse_document_type(content)
        return fromstring(content)  # noqa: S314 - no document type, hence no entities

    def _chosen(self, sheets: list[_Sheet], wanted: str) -> _Sheet:
        return sheets[named_sheet(self._path, [sheet.name for sheet in sheets], wanted)]

    def _first(self, sheets: list[_Sheet]) -> _Sheet:
        return first_sheet(self._path, sheets, lambda sheet: (cells for _, cells in self._rows(sheet)))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGED as error:
            raise InvalidInput(
                f"{self._path.name} can not be read as a workbook: {type(error).__name__}",
                zh=f"{self._path.name} 无法作为工作簿读取",
                hint="open it in a spreadsheet program and save it anew as XLSX",
            ) from error
