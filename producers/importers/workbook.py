"""Workbooks: XLSX and what else spreadsheet programs write (XLS, XLSB, ODS), one sheet of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from infra.errors import InvalidInput
from producers.importers.header import ENOUGH, SEARCHED, Line, score


class Workbook:
    """See `source.Source`. The sheet lies in memory in packed form, some 100 bytes a cell; its rows come one by one.

    Args:
        path: the file.
        sheet: name or number (from 1); empty: the first visible one with a header, else the first visible one.

    Raises:
        InvalidInput: damaged, protected by a password, or without such a sheet.
    """

    undecodable = False
    width = 0

    def __init__(self, path: Path, sheet: str = "") -> None:
        self._path = path
        try:
            self._book = CalamineWorkbook.from_path(str(path))
            visible = [meta.name for meta in self._book.sheets_metadata if meta.visible is SheetVisibleEnum.Visible]
            self._sheet = self._chosen(sheet) if sheet else self._first(visible or self._book.sheet_names)
        except PasswordError:
            raise InvalidInput(
                f"{path.name} is protected by a password", zh=f"{path.name} 有密码保护", hint="save it without one"
            ) from None
        except CalamineError as error:
            raise InvalidInput(
                f"{path.name} can not be read as a workbook: {error}",
                zh=f"{path.name} 无法作为工作簿读取",
                hint="open it in a spreadsheet program and save it anew as XLSX",
            ) from error
        self.lines_expected = self._sheet.total_height
        self.not_read = tuple(name for name in visible if name != self._sheet.name)
        self.description = f"{path.suffix.removeprefix('.').upper() or 'XLSX'}, {self._sheet.name}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def lines(self) -> Iterator[Line]:
        """Every row with something in it, with its number in the sheet."""
        for line, cells in enumerate(self._sheet.iter_rows(), 1):
            if any(cell not in ("", None) for cell in cells):
                yield line, cells

    def _chosen(self, sheet: str) -> CalamineSheet:
        names = self._book.sheet_names
        if sheet in names:
            return self._book.get_sheet_by_name(sheet)
        if sheet.isascii() and sheet.isdigit() and 1 <= int(sheet) <= len(names):
            return self._book.get_sheet_by_index(int(sheet) - 1)
        raise InvalidInput(
            f"{self._path.name} has no sheet {sheet!r}; it has: {', '.join(names)}",
            zh=f"{self._path.name} 中没有工作表 {sheet!r}；有：{'、'.join(names)}",
        )

    def _first(self, names: list[str]) -> CalamineSheet:
        if not names:
            raise InvalidInput(f"{self._path.name} has no sheets", zh=f"{self._path.name} 没有工作表")
        first = None
        for name in names:
            sheet = self._book.get_sheet_by_name(name)
            if max((score(cells) for cells in islice(sheet.iter_rows(), SEARCHED)), default=0) >= ENOUGH:
                return sheet
            first = first or sheet
        return first or self._book.get_sheet_by_name(names[0])
