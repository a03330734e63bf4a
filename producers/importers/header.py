"""Finding the header: the row whose cells are headings, below title rows and above the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from infra.errors import InvalidInput
from producers.importers.cells import Cell, text_of
from producers.importers.columns import JOINED, MONEY, Column, Heading, read_heading, unit_in
from schemas.identifiers.money import Unit
from schemas.identifiers.text import fold

SEARCHED = 40
"""So many rows from the top are looked at for the header."""

ENOUGH = 3
"""A row with so many known headings is a header."""

Line = tuple[int, Sequence[Cell]]
"""Number of the line (from 1, as an editor or a spreadsheet shows it) and its cells."""

_HINTS = frozenset(
    "必填 选填 条件必填 必填项 选填项 非必填 必录 可选 是 否 文本 数字 日期 字符型 数值型 日期型".split()  # noqa: SIM905
)
_SHORT = 30


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cell of a line holds what.

    Attributes:
        columns: places of each column's cells; several where a file has it twice.
        headings: the heading of each column, as it stands in the file.
        known: the headings of all columns that we read, in the order of the file.
        units: unit of the amounts: what the heading names, else what a title names, else 万元 under a field code, as
            the form says; None where nothing says it, or a file has the column twice in different units.
        own_units: unit by place of the amounts of a column that a file has twice in different units.
        repeated: headings of columns that count only where the first one that means the same is empty.
        ignored: headings that are not among the columns that we read.
        line: number of the header's line, of its last one if it has two.
        width: places up to the last heading.
    """

    columns: Mapping[Column, tuple[int, ...]]
    headings: Mapping[Column, str]
    known: tuple[str, ...]
    units: Mapping[Column, Unit | None]
    ignored: tuple[str, ...]
    line: int
    width: int
    own_units: Mapping[int, Unit | None] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()

    def heading(self, column: Column) -> str:
        """What the file calls a column; what the form calls it where the file has none."""
        return self.headings.get(column) or column.label


def score(cells: Iterable[Cell]) -> int:
    """How many different columns the cells of a row are headings of."""
    return len({heading.column for heading in _read(cells).values()})


def find_header(lines: Sequence[Line]) -> Layout | None:
    """The layout of a file from its first lines; None where none of them is a header."""
    scores = [score(cells) for _, cells in lines]
    best = max(scores, default=0)
    if best < ENOUGH:
        return None
    place = scores.index(best)
    rows = [lines[place]]
    if place and scores[place - 1] >= ENOUGH:  # two rows of headings: words and field codes
        rows.append(lines[place - 1])
    if place + 1 < len(lines) and scores[place + 1] >= ENOUGH:
        rows.append(lines[place + 1])
    return _layout(rows, title_unit(cells for _, cells in lines[:place]))


def title_unit(titles: Iterable[Sequence[Cell]]) -> Unit | None:
    """The unit that a title row names for the whole table (单位：万元)."""
    for cells in titles:
        for cell in cells:
            text = fold(text_of(cell))
            if "单位" in text and (unit := unit_in(text[text.index("单位") :])) is not None:
                return unit
    return None


def is_hint_row(cells: Sequence[Cell]) -> bool:
    """Whether a row below the header only says how to fill in the columns (必填, 选填)."""
    texts = [fold(text_of(cell)) for cell in cells]
    said = [text for text in texts if text]
    return len(said) >= ENOUGH and all(text in _HINTS for text in said)


def require(layout: Layout, *, agency_given: bool) -> None:
    """Refuse a layout without the columns that a decision can not be told without.

    Raises:
        InvalidInput: naming what is missing and what the header has.
    """
    has = layout.columns.keys()
    missing = [column.label for column in (Column.DOCUMENT_NUMBER, Column.DECIDED_ON) if column not in has]
    if Column.PARTY_NAME not in has and Column.USCC not in has:
        missing.append(Column.PARTY_NAME.label)
    if not has & {Column.KINDS, Column.FINE, Column.CONFISCATED, Column.PENALTY_TEXT}:
        missing.append(Column.KINDS.label)
    agency_missing = Column.AGENCY not in has and not agency_given
    if agency_missing:
        missing.append(Column.AGENCY.label)
    if not missing:
        return
    known = "、".join(layout.known)
    unknown = "、".join(layout.ignored[:20]) or "-"
    raise InvalidInput(
        f"the header in line {layout.line} lacks: {', '.join(missing)}. Headings known: {known}. Others: {unknown}",
        zh=f"第 {layout.line} 行的表头缺少：{'、'.join(missing)}。已识别：{known}。未识别：{unknown}",
        hint="where every row is by one agency and its code is not in the file, give it with --agency"
        if agency_missing
        else "add the column, or name it as the form of 2018 does (field code or Chinese)",
    )


def no_header(looked_at: int) -> InvalidInput:
    """The error for a file in which no row is a header."""
    return InvalidInput(
        f"none of the first {looked_at} rows is a header; expected headings such as 行政相对人名称 (CF_XDR_MC), "
        "行政处罚决定书文号 (CF_WSH), 处罚决定日期 (CF_JDRQ), 处罚类别 (CF_CFLB), 处罚机关统一社会信用代码 (CF_CFJGDM)",
        zh=f"前 {looked_at} 行中没有找到表头；应有行政相对人名称（CF_XDR_MC）、行政处罚决定书文号（CF_WSH）、"
        "处罚决定日期（CF_JDRQ）、处罚类别（CF_CFLB）、处罚机关统一社会信用代码（CF_CFJGDM）等列",
        hint="is it a table of penalties, and the right sheet (--sheet) and encoding (--encoding)?",
    )


def shown(heading: str) -> str:
    """A heading for messages: short, on one line, and without long numbers, should it be none after all."""
    return re.sub(r"[0-9]{6,}", "…", " ".join(heading.split()))[:_SHORT]


def _read(cells: Iterable[Cell]) -> dict[int, Heading]:
    """Every known heading of a row by its place."""
    found: dict[int, Heading] = {}
    left = None
    for place, cell in enumerate(cells):
        if type(cell) is not str or not cell:
            continue
        heading = read_heading(cell, left)
        if heading.column is not None:
            found[place] = heading
            left = heading.column
    return found


def _layout(rows: Sequence[Line], title: Unit | None) -> Layout:
    """From the header's rows, the one with most known headings first; the others say what it leaves open."""
    read = [_read(cells) for _, cells in rows]
    columns: dict[Column, list[int]] = {}
    for place in sorted({place for found in read for place in found}):
        column = next(found[place].column for found in read if place in found)
        if column is not None:
            columns.setdefault(column, []).append(place)
    width = max(len(cells) for _, cells in rows)
    texts = [
        next((t for _, cells in rows if place < len(cells) and (t := text_of(cells[place]))), "")
        for place in range(width)
    ]
    amounts = {
        column: [_unit([found[place] for found in read if place in found], title) for place in places]
        for column, places in columns.items()
        if column in MONEY
    }
    known = {place for places in columns.values() for place in places}
    return Layout(
        columns={column: tuple(places) for column, places in columns.items()},
        headings={column: texts[places[0]] for column, places in columns.items()},
        known=tuple(shown(texts[place]) for place in sorted(known)),
        units={column: units[0] if len(set(units)) == 1 else None for column, units in amounts.items()},
        ignored=tuple(shown(text) for place, text in enumerate(texts) if text and place not in known),
        line=max(line for line, _ in rows),
        width=max((place for place, text in enumerate(texts) if text), default=0) + 1,
        own_units={
            place: unit
            for column, units in amounts.items()
            if len(set(units)) > 1
            for place, unit in zip(columns[column], units, strict=True)
        },
        repeated=tuple(
            f"{shown(texts[place])}（补“{shown(texts[places[0]])}”之空 only where that is empty）"
            for column, places in columns.items()
            if column not in JOINED and column not in MONEY
            for place in places[1:]
        ),
    )


def _unit(headings: Sequence[Heading], title: Unit | None) -> Unit | None:
    named = next((heading.unit for heading in headings if heading.unit is not None), None) or title
    return named or (Unit.WAN_YUAN if any(heading.is_code for heading in headings) else None)
