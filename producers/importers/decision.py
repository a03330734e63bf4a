"""A row becomes one event: `DecisionMade` with source PUBLICATION_FILE.

`stream_id` is `decision-` and the UUID (version 5) of the decision's identity, so that it is the same in every file,
region and year, and reveals nobody. The identity is the code of the agency and the document number in its one spelling,
as case systems form it too: there the two meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, ParamSpec, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from infra.errors import InvalidInput
from producers.identity import named_uuid
from producers.importers.columns import Column
from producers.importers.flags import RowFlag
from producers.importers.masking import is_citizen_number, masked
from producers.importers.party import ToldParty, tell_party
from producers.importers.penalty_cells import SEALED_TEXT, ToldPenalties, add_details, tell_penalties
from producers.importers.problems import CellProblem
from producers.importers.record import Record, lost
from producers.importers.row_days import day_of_decision, instant_of, other_days
from schemas.identifiers import documents, uscc
from schemas.identifiers.money import Unit
from schemas.identifiers.text import fold

DECISIONS: Final = uuid5(NAMESPACE_URL, "lianzhi:decisions")
"""Namespace of the stream ids of decisions."""

NOT_MADE: Final = UUID(int=0)
"""Stands for an id that was not made yet."""

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_NUMBER = 80
LONGEST_NAME = 100
"""A longer 案由 of a natural person is a story, and sealed."""

_DECISIONS = DECISIONS.bytes
_SERIAL = re.compile(r"\d.*\d|第?\d+号")
_LONG_NUMBER = re.compile(r"\d{11}")
_ITEM_CODE = re.compile(r"[0-9A-Za-z\-_.]{2,60}")
_AGENCY = re.compile(r"[0-9A-Z]{8,20}")
_NORMAL = frozenset({"0", "正常", "有效", "0正常", "0-正常", "00"})
_PROCEDURES = (("简易", "SIMPLE"), ("当场", "SIMPLE"), ("普通", "ORDINARY"), ("一般", "ORDINARY"))


@dataclass(slots=True, repr=False)
class Told:
    """A row as it will be told.

    Attributes:
        line: number of the line.
        decision_id: identity of the decision.
        found_number: the document number as it stands in the file.
        decided_on: day of the decision.
        payload: the event without `meta`; a natural person stands in it in clear.
        dissemination: NONE for minors, else FULL.
        updated_at: when the source wrote the row down, if the file says so and it can be.
        flags: what is odd about the row.
        content: keyed hash of all that, set by whoever has the key.
        first_id: id of the event that would tell this content as the first of the decision; follows from it.
    """

    line: int
    decision_id: str
    found_number: str
    decided_on: date
    payload: dict[str, Any]
    dissemination: str
    updated_at: datetime | None
    flags: list[RowFlag] = field(default_factory=list)
    content: bytes = b""
    first_id: UUID = NOT_MADE

    @property
    def number(self) -> str:
        """The document number as people find it in the file."""
        return masked(self.found_number)

    @property
    def stream_id(self) -> str:
        """The decision's stream."""
        return stream_of(self.decision_id)


@dataclass(frozen=True, slots=True)
class Reading:
    """What all rows of a file share.

    Attributes:
        region: six digits of the importing region.
        agency: code for rows that name none; empty: none.
        units: unit of each column of amounts as far as the file says it.
        default_unit: for the others; None: 万元, flagged.
    """

    region: str
    agency: str = ""
    units: Mapping[Column, Unit | None] = field(default_factory=dict)
    default_unit: Unit | None = None


def stream_of(decision_id: str) -> str:
    """The stream id of a decision that is known from files alone."""
    return f"decision-{named_uuid(_DECISIONS, decision_id)}"


def tell(line: int, record: Record, reading: Reading) -> Told:
    """What a row tells.

    Raises:
        RowProblems: everything that is wrong with it.
    """
    flags: list[RowFlag] = []
    try:
        agency = _agency(record, reading)
        number = _number(record, flags)
        decided_on = day_of_decision(record)
        penalties = tell_penalties(record, reading.units, reading.default_unit)
        party = tell_party(record, decided_on)
        days = other_days(record, flags)
    except CellProblem:
        raise RowProblems(_all_problems(record, reading)) from None
    decision_id = documents.decision_id(agency, number)
    payload = {
        "decision_id": decision_id,
        "agency": agency,
        "document_number": number,
        "source": "PUBLICATION_FILE",
        "decided_on": decided_on,
        "penalties": penalties.items,
        "procedure": _procedure(record.procedure) if record.procedure else None,
        "item_local_code": record.item_code if record.item_code and _ITEM_CODE.fullmatch(record.item_code) else None,
        "data_source_agency": _agency_code(record.source) if record.source else None,
        "handlers": (),
        "party": party.fields,
        **days,
        **_texts(record, party, penalties, flags),
    }
    if record.status and not _is_normal(record.status):
        flags.append(RowFlag.STATUS_NOT_NORMAL)
    if record.area and not reading.region.startswith(record.area[:6].rstrip("0")):
        flags.append(RowFlag.AREA_DIFFERS)
    return Told(
        line,
        decision_id,
        number,
        decided_on,
        payload,
        "NONE" if party.minor else "FULL",
        instant_of(record.updated_at) if record.updated_at != "" else None,
        [*flags, *penalties.flags, *party.flags],
    )


def known_number(record: Record) -> str:
    """The document number of a row that is refused, as people find it in the file; empty unless it is surely one."""
    text = record.document_number
    if not text or lost(text) or len(text) > LONGEST_NUMBER:
        return ""
    number = documents.parse(text)
    return text if number.understood and masked(number.canonical) == number.canonical and masked(text) == text else ""


class RowProblems(InvalidInput):
    """A row that can not be told; `problems` are its cells', `number` its document number where that is surely one."""

    def __init__(self, problems: tuple[CellProblem, ...], number: str = "") -> None:
        super().__init__("; ".join(p.message for p in problems), zh="；".join(p.zh for p in problems))
        self.problems = problems
        self.number = number


def _all_problems(record: Record, reading: Reading) -> tuple[CellProblem, ...]:
    """What is wrong with each cell of a row of which one is, so that all of it is told at once."""
    found: list[CellProblem] = []

    def unless_wrong(read: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return read(*args, **kwargs)
        except CellProblem as problem:
            found.append(problem)
            return None

    unless_wrong(_agency, record, reading)
    unless_wrong(_number, record, [])
    decided_on = unless_wrong(day_of_decision, record)
    unless_wrong(tell_penalties, record, reading.units, reading.default_unit)
    unless_wrong(tell_party, record, decided_on or date.max)
    unless_wrong(other_days, record, [])
    return tuple(found)


def _agency(record: Record, reading: Reading) -> str:
    code = record.agency or reading.agency
    if not code:
        raise CellProblem(
            Column.AGENCY,
            "the code of the deciding agency is expected; --agency can give it",
            "处罚机关代码为空，可用 --agency 指定",
        )
    agency = _agency_code(code)
    if agency is None:
        raise CellProblem(
            Column.AGENCY,
            "not the code of an agency: expected 18 digits and capitals (GB 32100-2015)",
            "不是机关代码：应为 18 位统一社会信用代码",
        )
    return agency


@lru_cache(256)
def _agency_code(text: str) -> str | None:
    """The code in its one spelling, None for what is none; a file names few agencies."""
    code = uscc.normalise(text)
    return code if _AGENCY.fullmatch(code) else None


def _number(record: Record, flags: list[RowFlag]) -> str:
    text = record.document_number
    if not text:
        raise CellProblem(Column.DOCUMENT_NUMBER, "a document number is expected, the cell is empty", "文号为空")
    number = documents.parse(text)
    if not number.understood:
        if lost(text) or len(text) > LONGEST_NUMBER or not _SERIAL.search(text):
            en = "not a document number: expected one such as 善综执罚决字〔2024〕12号"
            raise CellProblem(Column.DOCUMENT_NUMBER, en, "不是文号：应如 善综执罚决字〔2024〕12号")
        flags.append(RowFlag.DOCUMENT_NUMBER_FORM)
    if _LONG_NUMBER.search(number.canonical) and (
        is_citizen_number(number.canonical) or masked(number.canonical) != number.canonical
    ):
        en = "a personal number where the document number belongs"
        raise CellProblem(Column.DOCUMENT_NUMBER, en, "文号栏中是个人的证件号或电话号码")
    return text


@lru_cache(256)
def _is_normal(status: str) -> bool:
    return fold(status).upper() in _NORMAL


@lru_cache(256)
def _procedure(text: str) -> str | None:
    return next((symbol for word, symbol in _PROCEDURES if word in text), None)


def _texts(record: Record, party: ToldParty, penalties: ToldPenalties, flags: list[RowFlag]) -> dict[str, str | None]:
    """The texts that may stand in clear; those that may not go into the person's notes."""
    keep = party.fields["name"] or ""
    clear = {"item_name": record.violation, "basis_text": record.basis}
    if party.natural:
        notes = party.fields["person"]["notes"]
        if len(record.violation) > LONGEST_NAME:
            clear["item_name"] = ""
            notes["violation"] = record.violation
        sealed = {
            "facts": record.facts,
            "penalty_text": record.penalty_text,
            "licence": record.licence,
            "remarks": record.remarks,
            "kinds": penalties.unknown,
        }
        notes |= {name: text for name, text in sealed.items() if text}
        add_details(penalties, "", SEALED_TEXT if penalties.unknown else "")
        clear |= {"facts": "", "penalty_text": ""}
    else:
        clear |= {"facts": record.facts, "penalty_text": record.penalty_text}
        clear |= {"licence": record.licence, "unknown": penalties.unknown}
    shown = {name: masked(text, party.names, keep) if text else text for name, text in clear.items()}
    if shown != clear:
        flags.append(RowFlag.TEXT_MASKED)
    if not party.natural:
        add_details(penalties, shown.pop("licence"), shown.pop("unknown"))
    return {name: text or None for name, text in shown.items()}
