"""The penalties of a row: kinds from one cell or several, amounts of two columns, what the text adds.

Amounts are converted to yuan once, here. The standing trap of these files is the unit: the form says 万元, and
clerks write 元. Where the text of the penalty names the fine and the column is off by exactly ten thousand, the row is
refused: a fine that is wrong by four digits does more harm than a row that has to be mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.errors import InvalidInput
from producers.importers.amounts_in_text import fine_in, gain_in, names_other_than
from producers.importers.cells import TWO_AMOUNTS, Cell
from producers.importers.columns import Column
from producers.importers.flags import RowFlag
from producers.importers.problems import CellProblem, at
from producers.importers.record import Record, lost
from schemas.identifiers.money import Unit, to_yuan
from schemas.identifiers.penalties import ParsedKinds, read_kinds
from schemas.identifiers.penalty_kinds import PenaltyKind

SEALED_TEXT = "其他处罚（原文已密封）"
COMBINED = "含没收非法财物，金额为合计"
LONGEST_DETAIL = 300

_LICENCE_KINDS = (PenaltyKind.SUSPEND_LICENCE, PenaltyKind.LOWER_QUALIFICATION, PenaltyKind.REVOKE_LICENCE)
_CONFISCATIONS = (PenaltyKind.CONFISCATE_GAIN, PenaltyKind.CONFISCATE_GOODS)
_TRAP = Decimal(10_000)


@dataclass(slots=True, repr=False)
class ToldPenalties:
    """The penalties as the event tells them, and what is odd about the cells.

    `unknown` is text about kinds that may stand in clear only after masking, and not at all for natural persons.
    """

    items: list[dict[str, Any]]
    flags: list[RowFlag] = field(default_factory=list)
    unknown: str = ""


def tell_penalties(record: Record, units: Mapping[Column, Unit | None], default_unit: Unit | None) -> ToldPenalties:
    """The penalties of a row.

    Args:
        record: the row.
        units: unit of each column of amounts, None where the file does not say it.
        default_unit: for those; None: 万元, flagged.

    Raises:
        CellProblem: an amount that is none, no penalty at all, or the unit trap.
    """
    told = ToldPenalties([])
    fine = _amount(record.fine, Column.FINE, units, default_unit, told) if record.fine != "" else None
    taken = (
        _amount(record.confiscated, Column.CONFISCATED, units, default_unit, told) if record.confiscated != "" else None
    )
    texts = (record.penalty_text, record.kinds)
    said, said_gain = fine_in(*texts), gain_in(*texts)
    for text in texts:
        _compare(fine, fine_in(text), told)
    read = read_kinds(record.kinds)
    kinds = dict.fromkeys(read.kinds)
    from_text = not kinds and not read.unknown
    if from_text:
        named = read_kinds(record.penalty_text).kinds
        kinds = dict.fromkeys(kind for kind in named if kind is not PenaltyKind.OTHER)
    _infer(kinds, fine, taken, told, flag=from_text and bool(kinds))
    if said and fine is None and record.fine == "" and PenaltyKind.FINE in kinds:
        fine = said
        told.flags.append(RowFlag.AMOUNT_FROM_TEXT)
    gain = None
    if said_gain and taken is None and record.confiscated == "" and PenaltyKind.CONFISCATE_GAIN in kinds:
        gain = said_gain
        if RowFlag.AMOUNT_FROM_TEXT not in told.flags:
            told.flags.append(RowFlag.AMOUNT_FROM_TEXT)
    if read.unknown:
        told.flags.append(RowFlag.KIND_UNKNOWN)
        kinds.setdefault(PenaltyKind.OTHER)
    if not kinds:
        raise _none(read, lost(record.kinds))
    told.unknown = "；".join((*read.other_texts, *read.unknown))
    told.items = [{"kind": str(kind), "amount": None, "detail": None} for kind in kinds]
    _place_amounts(told, kinds, fine, taken, gain)
    if _lacks_amount(kinds, fine, taken, gain, said_gain) and names_other_than((fine, taken, gain), ";".join(texts)):
        told.flags.append(RowFlag.AMOUNT_IN_TEXT_NOT_READ)
    return told


def _amount(
    cell: Cell, column: Column, units: Mapping[Column, Unit | None], default: Unit | None, told: ToldPenalties
) -> Decimal | None:
    if cell == TWO_AMOUNTS:
        en = "two columns of this amount hold different ones; put the right one, or their sum, into one column"
        raise CellProblem(column, en, "有两列同为此项金额而数值不同；请将正确的金额（或合计）填入一列")
    unit = units.get(column) or default
    try:
        yuan = to_yuan(cell, unit=unit or Unit.WAN_YUAN)  # type: ignore[arg-type]
    except InvalidInput as error:
        raise at(column, error) from None
    if yuan and unit is None and RowFlag.UNIT_ASSUMED not in told.flags:
        told.flags.append(RowFlag.UNIT_ASSUMED)
    return yuan or None


def _infer(
    kinds: dict[PenaltyKind, None], fine: Decimal | None, taken: Decimal | None, told: ToldPenalties, *, flag: bool
) -> None:
    """A fine with an amount is a fine, whether the cell of kinds says so or not."""
    if fine and PenaltyKind.FINE not in kinds:
        kinds[PenaltyKind.FINE] = None
        flag = True
    if taken and not any(kind in kinds for kind in _CONFISCATIONS):
        kinds[PenaltyKind.CONFISCATE_GAIN] = None
        flag = True
    if flag:
        told.flags.append(RowFlag.KIND_INFERRED)


def _lacks_amount(
    kinds: Mapping[PenaltyKind, None],
    fine: Decimal | None,
    taken: Decimal | None,
    gain: Decimal | None,
    said_gain: Decimal | None,
) -> bool:
    """Whether a penalty has no amount that could have one, or the text names a gain that no kind is there for."""
    if fine is None and PenaltyKind.FINE in kinds:
        return True
    if taken is not None:
        return False
    return (gain is None and (said_gain is not None or PenaltyKind.CONFISCATE_GAIN in kinds)) or (
        PenaltyKind.CONFISCATE_GOODS in kinds
    )


def _place_amounts(
    told: ToldPenalties,
    kinds: Mapping[PenaltyKind, None],
    fine: Decimal | None,
    taken: Decimal | None,
    gain: Decimal | None,
) -> None:
    """`taken` is the column's amount for gains and goods together, `gain` the text's for gains alone."""
    confiscated = [kind for kind in _CONFISCATIONS if kind in kinds]
    for item in told.items:
        if item["kind"] == PenaltyKind.FINE:
            item["amount"] = fine
        elif taken and item["kind"] == confiscated[0]:
            item["amount"] = taken
            if len(confiscated) > 1:
                item["detail"] = COMBINED
                told.flags.append(RowFlag.CONFISCATION_COMBINED)
        elif item["kind"] == PenaltyKind.CONFISCATE_GAIN:
            item["amount"] = gain


def add_details(told: ToldPenalties, licence: str, unknown: str) -> None:
    """What may stand in clear beside the kinds: the licence that was taken, and what OTHER means."""
    for item in told.items:
        if item["kind"] in _LICENCE_KINDS and licence:
            item["detail"] = licence[:LONGEST_DETAIL]
        elif item["kind"] == PenaltyKind.OTHER:
            item["detail"] = unknown[:LONGEST_DETAIL] or PenaltyKind.OTHER.zh


def _compare(fine: Decimal | None, said: Decimal | None, told: ToldPenalties) -> None:
    if not fine or not said or said == fine:
        return
    if said * _TRAP == fine or fine * _TRAP == said:
        raise CellProblem(
            Column.FINE,
            f"the unit can not be right: ¥{fine} by the column, ¥{said} by the text of the penalty",
            f"金额单位有误：按本栏为 {fine} 元，按处罚内容为 {said} 元",
        )
    if RowFlag.AMOUNT_DIFFERS_FROM_TEXT not in told.flags:
        told.flags.append(RowFlag.AMOUNT_DIFFERS_FROM_TEXT)


def _none(read: ParsedKinds, digits_lost: bool) -> CellProblem:
    if read.measures and not digits_lost:
        return CellProblem(
            Column.KINDS,
            "no penalty: only orders (责令改正) or the decision not to penalise",
            "没有行政处罚：仅有责令改正等措施或不予处罚",
        )
    return CellProblem(Column.KINDS, "at least one penalty is expected", "处罚类别为空，也没有金额")
