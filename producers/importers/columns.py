"""What a heading means: the table `columns.toml`, and headings brought to the spelling in which they are compared."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from schemas.identifiers.money import Unit
from schemas.identifiers.text import fold


class Column(StrEnum):
    """The columns that we read; the value is the name in `columns.toml`."""

    PARTY_NAME = "party_name"
    PARTY_KIND = "party_kind"
    USCC = "uscc"
    BUSINESS_NUMBER = "business_number"
    ORGANISATION_CODE = "organisation_code"
    TAX_NUMBER = "tax_number"
    INSTITUTION_NUMBER = "institution_number"
    SOCIETY_NUMBER = "society_number"
    OTHER_CODE = "other_code"
    REPRESENTATIVE = "representative"
    REPRESENTATIVE_ID_TYPE = "representative_id_type"
    REPRESENTATIVE_ID_NUMBER = "representative_id_number"
    PERSON_ID_TYPE = "person_id_type"
    PERSON_ID_NUMBER = "person_id_number"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    PHONE = "phone"
    DOCUMENT_NUMBER = "document_number"
    VIOLATION = "violation"
    FACTS = "facts"
    BASIS = "basis"
    KINDS = "kinds"
    PENALTY_TEXT = "penalty_text"
    FINE = "fine"
    CONFISCATED = "confiscated"
    LICENCE = "licence"
    DECIDED_ON = "decided_on"
    VALID_UNTIL = "valid_until"
    PUBLISH_UNTIL = "publish_until"
    AGENCY_NAME = "agency_name"
    AGENCY = "agency"
    SOURCE_NAME = "source_name"
    SOURCE = "source"
    STATUS = "status"
    AREA = "area"
    UPDATED_AT = "updated_at"
    REMARKS = "remarks"
    PROCEDURE = "procedure"
    ACT_ON = "act_on"
    ITEM_CODE = "item_code"

    @property
    def label(self) -> str:
        """How messages call the column, with its field code if it has one: `处罚决定日期 CF_JDRQ`."""
        label, code = _table().labels[self]
        return f"{label} {code}" if code else label


MONEY = frozenset({Column.FINE, Column.CONFISCATED})
"""Columns of amounts."""

JOINED = frozenset({Column.KINDS, Column.OTHER_CODE, Column.FACTS, Column.PENALTY_TEXT, Column.REMARKS})
"""Columns of which a file may have several that all count (处罚类别1, 处罚类别2)."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What one heading says: the column (None: not one that we read), the unit of money, and whether it is a code."""

    column: Column | None
    unit: Unit | None
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    labels: Mapping[Column, tuple[str, str]]
    codes: Mapping[str, Column]
    names: Mapping[str, Column]
    shared: Mapping[str, tuple[Column, Mapping[Column, Column]]]


_CODE = re.compile(r"(?<![A-Z0-9])CF(?:_[A-Z0-9]+)+")
_BARE_CODES = frozenset({"BZ", "SJC", "DFBM"})
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|〔([^〔〕]*)〕|【([^【】]*)】")
_UNIT = re.compile(r"(?:[(\[/:,-]|单位|金额|数额|额|款|得|物|^)(亿元|万元|千元|元|万)(?=[)\],:;]|$)")
_NUMBERING = re.compile(r"^[*#★☆]+|^[(]?[0-9]{1,2}[)]?[.、:](?=.)")
_DROPPED = re.compile(r"[^0-9A-Z\u3400-\u9fff]|的")
_TRAILING_UNIT = re.compile(r"(?:单位)?(?:亿元|万元|千元|元)$")
_LONGEST = 60
_UNITS = {"亿元": Unit.YI_YUAN, "万元": Unit.WAN_YUAN, "万": Unit.WAN_YUAN, "千元": Unit.THOUSAND_YUAN, "元": Unit.YUAN}


def read_heading(text: str, left: Column | None = None) -> Heading:
    """What a heading means.

    Args:
        text: the cell.
        left: the column of the nearest known heading to the left; it decides where one heading stands over several
            columns (统一社会信用代码 after 处罚机关 is that of the agency).
    """
    spelled = _NUMBERING.sub("", fold(text).upper())
    if not spelled or len(spelled) > _LONGEST:
        return Heading(None, None)
    table = _table()
    unit = unit_in(spelled)
    for code in (*_CODE.findall(spelled), *_bare_codes(spelled)):
        if code in table.codes:
            return Heading(table.codes[code], unit, is_code=True)
    unspecific = None
    for name in _readings(spelled):
        column = table.names.get(name)
        if column is None and name in table.shared:
            default, after = table.shared[name]
            column = after.get(left, default) if left is not None else default
        if column is Column.OTHER_CODE:
            unspecific = column  # 代码_5(居民身份证号): what stands in the brackets says more
        elif column is not None:
            return Heading(column, unit)
    return Heading(unspecific, unit)


def unit_in(text: str) -> Unit | None:
    """The unit of money that a folded heading or title names (`罚款金额(万元)`, `单位:元`); None for none."""
    found = _UNIT.search(text)
    return _UNITS[found[1]] if found else None


def _bare_codes(spelled: str) -> list[str]:
    """Codes without the prefix CF_, which count only when they stand alone or in brackets."""
    pieces = [spelled, *(inner for groups in _BRACKETS.findall(spelled) for inner in groups)]
    return [piece for piece in pieces if piece in _BARE_CODES]


def _readings(spelled: str) -> list[str]:
    """The heading as it may stand in the table: whole, without brackets, what is in them, without a unit at its end."""
    outside = _BRACKETS.sub("", spelled)
    inside = [inner for groups in _BRACKETS.findall(spelled) for inner in groups if inner]
    readings = [_bare(text) for text in (spelled, outside, *inside)]
    return [each for text in readings for each in (text, _TRAILING_UNIT.sub("", text)) if each]


def _bare(text: str) -> str:
    return _DROPPED.sub("", text)


@cache
def _table() -> _Table:
    data = tomllib.loads(files("producers.importers").joinpath("columns.toml").read_text("utf-8"))
    fields = {Column(name): entry for name, entry in data["fields"].items()}
    return _Table(
        labels={column: (entry["label"], (entry["codes"] or [""])[0]) for column, entry in fields.items()},
        codes={code: column for column, entry in fields.items() for code in entry["codes"]},
        names={_bare(fold(name).upper()): column for column, entry in fields.items() for name in entry["names"]},
        shared={
            _bare(name): (Column(entry["default"]), {Column(k): Column(v) for k, v in entry["after"].items()})
            for name, entry in data["shared"].items()
        },
    )
