"""Where lines come from: a text file or a sheet of a workbook, told apart by the first bytes and not by the name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from infra.errors import InvalidInput
from producers.importers.header import Line

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # zip (xlsx, ods) and OLE (xls, encrypted xlsx)
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"{\\rtf", b"%pdf")


class Source(Protocol):
    """A file that was opened; its lines are read once, as a stream.

    Attributes:
        description: what it is, for people: `CSV, GB18030` or `XLSX, 公示表`.
        lines_expected: about how many lines there are, for a progress bar.
        undecodable: whether some bytes could not be decoded; cells then hold U+FFFD in their place.
        not_read: names of other sheets that may hold data.
        width: cells that a line has by its header; whoever found it sets it, 0 until then.
    """

    description: str
    lines_expected: int
    undecodable: bool
    not_read: tuple[str, ...]
    width: int

    def lines(self) -> Iterator[Line]:
        """Every line with something in it, with its number."""


def open_source(path: Path, *, encoding: str = "", sheet: str = "") -> AbstractContextManager[Source]:
    """Open a CSV or a workbook.

    Args:
        path: the file.
        encoding: of a CSV; empty: found out.
        sheet: name or number (from 1) of a workbook's sheet; empty: the first one with a header.

    Raises:
        InvalidInput: the file can not be read, or is something else.
    """
    head = _first_bytes(path)
    if head.startswith(_WORKBOOKS):
        from producers.importers.large_workbook import LargeWorkbook, is_large
        from producers.importers.workbook import Workbook

        if encoding:
            raise InvalidInput("a workbook has no encoding", zh="工作簿没有编码选项", hint="leave --encoding away")
        return LargeWorkbook(path, sheet) if is_large(path) else Workbook(path, sheet)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise InvalidInput(
            f"{path.name} is a page or a document, no table",
            zh=f"{path.name} 是网页或文档，不是表格文件",
            hint="open it in a spreadsheet program and save it as XLSX or CSV",
        )
    if sheet:
        raise InvalidInput("a text file has no sheets", zh="文本文件没有工作表", hint="leave --sheet away")
    from producers.importers.text_file import TextFile

    return TextFile(path, encoding)


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, by its first bytes.

    Raises:
        InvalidInput: the file can not be read.
    """
    return _first_bytes(path).startswith(_WORKBOOKS)


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise InvalidInput(f"can not read {path}: {error.strerror}", zh=f"无法读取 {path}") from error
    if not head:
        raise InvalidInput(f"{path} is empty", zh=f"{path} 是空文件")
    return head
