"""Workbooks: XLSX and what else spreadsheet programs write (XLS, XLSB, ODS), one sheet of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from infra.errors import InvalidInput
from producers.importers.header import Line
from producers.importers.sheet_choice import first_sheet, named_sheet


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
        return self._book.get_sheet_by_index(named_sheet(self._path, self._book.sheet_names, sheet))

    def _first(self, names: list[str]) -> CalamineSheet:
        by_name = lru_cache(1)(self._book.get_sheet_by_name)  # which parses the whole sheet
        return by_name(first_sheet(self._path, names, lambda name: by_name(name).iter_rows()))
