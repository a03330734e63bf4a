"""Which sheet of a workbook is read, however the workbook is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from infra.errors import InvalidInput
from producers.importers.header import ENOUGH, SEARCHED, score

SheetT = TypeVar("SheetT")


def named_sheet(path: Path, names: Sequence[str], wanted: str) -> int:
    """The place (from 0) of the sheet that is `wanted` by its name or by its number (from 1).

    Raises:
        InvalidInput: there is none; the message names those there are.
    """
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise InvalidInput(
        f"{path.name} has no sheet {wanted!r}; it has: {', '.join(names)}",
        zh=f"{path.name} 中没有工作表 {wanted!r}；有：{'、'.join(names)}",
    )


def first_sheet(path: Path, sheets: Sequence[SheetT], rows: Callable[[SheetT], Iterator[Any]]) -> SheetT:
    """The first of `sheets` with a header among its first `rows`, else the first.

    Raises:
        InvalidInput: there are none.
    """
    if not sheets:
        raise InvalidInput(f"{path.name} has no sheets", zh=f"{path.name} 没有工作表")
    for sheet in sheets:
        if max((score(cells) for cells in islice(rows(sheet), SEARCHED)), default=0) >= ENOUGH:
            return sheet
    return sheets[0]
