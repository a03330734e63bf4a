"""One line of a file as a record of clean cells, whatever the columns are called and wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from infra.errors import InvalidInput
from producers.importers.cells import LOST_DIGITS, REPLACEMENT, TWO_AMOUNTS, Cell, plain, text_of
from producers.importers.columns import JOINED, MONEY, Column
from producers.importers.header import Layout
from schemas.identifiers.money import Unit, to_yuan

JOINT = ";"
"""Between the texts of columns that a file has several times (处罚类别1, 处罚类别2)."""

_TYPED = frozenset(
    {
        Column.FINE,
        Column.CONFISCATED,
        Column.DECIDED_ON,
        Column.VALID_UNTIL,
        Column.PUBLISH_UNTIL,
        Column.ACT_ON,
        Column.BIRTH_DATE,
        Column.UPDATED_AT,
    }
)
_UNIT_IN_CELL = re.compile("[元圆块万亿]")


class Record(NamedTuple):
    """The cells of a line by column; text is clean, empty where the cell says nothing.

    Amounts and days may also be numbers, dates and instants, as a workbook holds them. Never printed: it holds persons.
    """

    party_name: str
    party_kind: str
    uscc: str
    business_number: str
    organisation_code: str
    tax_number: str
    institution_number: str
    society_number: str
    other_code: str
    representative: str
    representative_id_type: str
    representative_id_number: str
    person_id_type: str
    person_id_number: str
    birth_date: Cell
    address: str
    phone: str
    document_number: str
    violation: str
    facts: str
    basis: str
    kinds: str
    penalty_text: str
    fine: Cell
    confiscated: Cell
    licence: str
    decided_on: Cell
    valid_until: Cell
    publish_until: Cell
    agency_name: str
    agency: str
    source_name: str
    source: str
    status: str
    area: str
    updated_at: Cell
    remarks: str
    procedure: str
    act_on: Cell
    item_code: str

    def __repr__(self) -> str:
        return "Record(…)"

    def undecodable(self) -> Column | None:
        """A column whose text held bytes that are none of the encoding."""
        found = (name for name, cell in zip(self._fields, self, strict=True) if REPLACEMENT in str(cell))
        return next((Column(name) for name in found), None)


def compile_reader(layout: Layout) -> Callable[[Sequence[Cell]], Record | None]:
    """A function from the cells of a line to its record; None where no column that we read says anything."""
    single: list[tuple[int, int, Callable[[Cell], Cell]]] = []
    several: list[tuple[int, Callable[[Sequence[Cell]], Cell]]] = []
    for slot, name in enumerate(Record._fields):
        column = Column(name)
        places = layout.columns.get(column, ())
        clean = plain if column in _TYPED else text_of
        if len(places) == 1:
            single.append((slot, places[0], clean))
        elif places and column in MONEY:
            units = [layout.own_units.get(place, layout.units[column]) for place in places]
            several.append((slot, _Amounts(places, units)))
        elif places:
            several.append((slot, _Several(places, clean, joined=column in JOINED)))
    nothing: list[Cell] = [""] * len(Record._fields)
    width = 1 + max((place for places in layout.columns.values() for place in places), default=0)

    def read(cells: Sequence[Cell]) -> Record | None:
        if len(cells) < width:
            cells = [*cells, *[""] * (width - len(cells))]  # a line that ends early
        values = nothing.copy()
        for slot, place, clean in single:
            cell = cells[place]
            if cell != "" and cell is not None:
                values[slot] = clean(cell)
        for slot, get in several:
            values[slot] = get(cells)
        return Record._make(values) if values != nothing else None

    return read


def lost(text: str) -> bool:
    """Whether the cell held a long code that a spreadsheet kept as a number."""
    return text == LOST_DIGITS


class _Several:
    """Columns that a file has several times: all that they say, or the first of them that says something."""

    def __init__(self, places: tuple[int, ...], clean: Callable[[Cell], Cell], *, joined: bool) -> None:
        self._places, self._clean, self._joined = places, clean, joined

    def __call__(self, cells: Sequence[Cell]) -> Cell:
        said = [found for place in self._places if (found := self._clean(cells[place])) not in ("", None)]
        if not said:
            return ""
        return JOINT.join(dict.fromkeys(map(str, said))) if self._joined else said[0]


class _Amounts:
    """Columns of one amount that a file has several times: what they agree on, `TWO_AMOUNTS` where they do not."""

    def __init__(self, places: tuple[int, ...], units: Sequence[Unit | None]) -> None:
        self._places = tuple(zip(places, units, strict=True))
        self._units_differ = len(set(units)) > 1

    def __call__(self, cells: Sequence[Cell]) -> Cell:
        amounts: dict[tuple[Decimal, bool], Cell] = {}
        zero: Cell = ""
        for place, unit in self._places:
            cell = plain(cells[place])
            if cell == "" or cell is None:
                continue
            try:
                yuan = to_yuan(cell, unit=unit or Unit.WAN_YUAN)  # type: ignore[arg-type]
            except InvalidInput:
                return cell  # whoever reads it says what is wrong
            if not yuan:
                zero = cell
                continue
            unit_known = unit is not None or (isinstance(cell, str) and _UNIT_IN_CELL.search(cell) is not None)
            said = f"{yuan}元" if self._units_differ and unit_known else cell
            amounts.setdefault((yuan, unit_known), said)
        if len(amounts) > 1:
            return TWO_AMOUNTS
        return next(iter(amounts.values()), zero)
