"""Cells as they come out of files: text from a CSV; numbers, dates and text from a workbook.

A code of more than fifteen digits that a spreadsheet took for a number has lost its last digits (3.30421E+17); such a
cell is `LOST_DIGITS`, since what is left of it looks right and is wrong.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from schemas.identifiers.text import is_blank

Cell = str | int | float | bool | date | datetime | object
"""What a cell may hold; an empty one is empty text or None."""

LOST_DIGITS: Final = "#DIGITS-LOST"
"""Stands for a long code that was kept as a number."""

TWO_AMOUNTS: Final = "#TWO-AMOUNTS"
"""Stands for the amount of a row where two columns that mean the same hold different ones."""

BROKEN: Final = "#BROKEN"
"""The one cell of a line that begins a record which does not end."""

REPLACEMENT: Final = "\ufffd"
"""What undecodable bytes become."""

_ODD = frozenset(" ='\"")
_is_sign = lru_cache(1024)(is_blank)
_EXACT = 10**15
_LONGEST_SIGN = 4
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+(?:1[5-9]|2[0-9])")
_INVISIBLE = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2060-\u206f\ufeff]")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|_x000D_\n?")


def text_of(cell: Cell) -> str:
    """The text of a cell without white space around it; empty where it says nothing (空, -, /, 无, NULL)."""
    if type(cell) is not str:
        cell = _of_value(cell)
    if not cell:
        return ""
    if len(cell) > _LONGEST_SIGN and cell.isprintable() and cell[0] not in _ODD and cell[-1] not in _ODD:
        return cell if cell[1] not in ".Ee" or not _EXPONENT.fullmatch(cell) else LOST_DIGITS
    return _cleaned(cell)


def plain(cell: Cell) -> Cell:
    """A cell for readers of dates and amounts: text as `text_of` gives it, other values as they are."""
    return text_of(cell) if type(cell) is str else cell


def _cleaned(cell: str) -> str:
    text = cell.strip()
    if not text.isprintable():
        text = _INVISIBLE.sub("", _LINE_END.sub("\n", text)).strip()
    if len(text) <= _LONGEST_SIGN and _is_sign(text):
        return ""
    if text[0] in "='" or text[-1] == '"':
        text = _unquoted(text)
    return LOST_DIGITS if _EXPONENT.fullmatch(text) else text


def _of_value(cell: Cell) -> str:
    text = ""
    match cell:
        case None:
            pass
        case bool():
            text = "TRUE" if cell else "FALSE"
        case int() | float() if abs(cell) >= _EXACT:
            text = LOST_DIGITS
        case float():
            text = str(int(cell)) if cell.is_integer() else format(cell, ".15g")
        case datetime() if not (cell.hour or cell.minute or cell.second):
            text = cell.date().isoformat()
        case datetime():
            text = cell.isoformat(" ")
        case _:
            text = str(cell)
    return "" if text == "nan" else text


def _unquoted(text: str) -> str:
    """Without the ways in which spreadsheets are told that a number is text: ="330421", '330421."""
    if text.startswith('="') and text.endswith('"') and len(text) >= 3:
        return text[2:-1].strip()
    return text.removeprefix("'").strip()
