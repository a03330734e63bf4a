"""The party of a row: who it is, and what of it may stand in clear.

Of an organisation its name, codes and region stand in the event; its legal representative goes along sealed where the
file gives a usable identity number, which is what makes him known again. A name alone adds nothing to the code under
which the register has it, and is not kept (个人信息保护法 Art. 6). A natural person goes sealed whole, with every text
about the case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

from infra.errors import InvalidInput
from producers.importers.bare_names import bare, keeper_in
from producers.importers.columns import Column
from producers.importers.flags import RowFlag
from producers.importers.masking import birth_in_masked, is_citizen_number
from producers.importers.minors import ADULT, said_minor
from producers.importers.party_kind import Judgement, Kind, judge, looks_personal, persons_in
from producers.importers.problems import CellProblem
from producers.importers.record import Record, lost
from schemas.identifiers import citizen_id, parse_date, regions, uscc
from schemas.identifiers.citizen_id import CitizenId, IdType, age_on
from schemas.identifiers.text import fold

NAMELESS: Final = "某某"
"""The name of a person whom the file does not name; reads as masked, so that no token is made of it."""

_CODE = re.compile(r"[0-9A-Z]{6,20}")
_LEGACY = re.compile(r"[0-9A-Za-z\u3400-\u9fff()（）〔〕\-—/.]{4,40}")
_MASKED = re.compile(r"[*＊×]|[xX]{4,}")
_MASKED_PERSON = re.compile(r"[0-9]{3,14}[*＊×xX]{2,}[0-9Xx]{0,6}")
_LEGACY_LABELS = ("工商注册号", "组织机构代码", "税务登记号", "事业单位证书号", "社会组织登记证号")
_NATURAL = str(Kind.NATURAL_PERSON)


@dataclass(slots=True, repr=False)
class ToldParty:
    """A party as the event tells it.

    Attributes:
        fields: the record `party`, a person in clear under `person` or `representative`.
        natural: whether it is a natural person: then texts about the case are sealed too.
        minor: under 18 on the day of the decision, by number, birth date or the words of the row; in doubt he is.
        names: names of persons that must not stand in any text.
        flags: see `RowFlag`.
    """

    fields: dict[str, Any]
    natural: bool
    minor: bool
    names: tuple[str, ...]
    flags: list[RowFlag] = field(default_factory=list)


@dataclass(slots=True, repr=False)
class _Codes:
    """What stands in the columns of codes, with personal numbers taken out of them."""

    uscc: str = ""
    legacy: list[str] = field(default_factory=list)
    person_number: str = ""
    flags: list[RowFlag] = field(default_factory=list)


def tell_party(record: Record, decided_on: date) -> ToldParty:
    """The party of a row.

    Raises:
        CellProblem: neither name nor code, or a code that is none.
    """
    codes = _codes(record)
    name = record.party_name
    number = _unless_lost(record.person_id_number, codes) or codes.person_number
    if not name and not codes.uscc and not number:
        raise CellProblem(Column.PARTY_NAME, "a name or a code of the party is expected", "行政相对人名称为空")
    judged = judge(
        record.party_kind,
        name,
        has_code=bool(codes.uscc or codes.legacy),
        household_code=codes.uscc.startswith("92"),
        has_person_number=bool(number),
    )
    if judged.corrected:
        codes.flags.append(RowFlag.PARTY_KIND_CORRECTED)
    if judged.guessed:
        codes.flags.append(RowFlag.PARTY_KIND_UNKNOWN)
    if judged.kind is Kind.NATURAL_PERSON:
        id_type = record.person_id_type
        if not number and _is_own_representative(record):
            number = _unless_lost(record.representative_id_number, codes)
            id_type = id_type or record.representative_id_type
        return _natural(record, judged, id_type, number, codes, decided_on)
    return _business(record, judged, name, number, codes)


def _is_own_representative(record: Record) -> bool:
    """Whether what stands in the representative's columns is the natural person's, who has none.

    证件号码 behind 法定代表人 is a company's representative's in one row and the natural person's in the next.
    """
    return not record.representative or fold(record.representative) == fold(record.party_name)


def _unless_lost(number: str, codes: _Codes) -> str:
    if not lost(number):
        return number
    codes.flags.append(RowFlag.DIGITS_LOST)
    return ""


def _natural(
    record: Record, judged: Judgement, id_type: str, number: str, codes: _Codes, decided_on: date
) -> ToldParty:
    name = record.party_name
    person = _person(name, id_type, number)
    born = person.born
    if born is None:
        born = _birth_given(record, number)
        if born is not None:
            person.fields["birth_date"] = born
        elif not person.linkable:
            codes.flags.append(RowFlag.PERSON_NOT_LINKABLE)
    if record.address:
        person.fields["address"] = record.address[:500]
    if record.phone and len(record.phone) <= 64:
        person.fields["phone"] = record.phone
    notes = {"uscc": codes.uscc, "codes": ";".join(codes.legacy)}
    person.fields["notes"] = {key: text for key, text in notes.items() if text}
    known = born is not None and born <= decided_on
    minor = (known and born is not None and age_on(born, decided_on) < ADULT) or said_minor(
        _words_about(record), decided_on, known_adult=known
    )
    if minor:
        codes.flags.append(RowFlag.MINOR)
    fields: dict[str, Any] = {
        "kind": _NATURAL,
        "name": None,
        "uscc": None,
        "legacy_ids": [],
        "person": person.fields,
    }
    names = _names(name, judged.person, record.representative)
    return ToldParty(fields, natural=True, minor=minor, names=names, flags=codes.flags)


def _business(record: Record, judged: Judgement, name: str, number: str, codes: _Codes) -> ToldParty:
    fields: dict[str, Any] = {
        "kind": judged.kind.value,
        "name": name or None,
        "uscc": codes.uscc or None,
        "legacy_ids": codes.legacy,
        "region": _region(codes.uscc),
    }
    called, keeper = ("", "") if judged.person else keeper_in(name)
    if not looks_personal(keeper):
        called, keeper = name, ""
    named = [record.representative, keeper]
    if keeper:
        fields["name"] = called
        codes.flags.append(RowFlag.TEXT_MASKED)
    keeper = record.representative or keeper or judged.person
    representative_number = _unless_lost(record.representative_id_number, codes)
    if judged.kind is Kind.INDIVIDUAL_BUSINESS:
        number = number or representative_number
        if judged.person:
            named += [name, judged.person]
            fields["name"] = None
            codes.flags.append(RowFlag.BUSINESS_NAMED_AFTER_PERSON)
        person = _person(keeper, record.person_id_type or record.representative_id_type, number)
        if person.linkable or judged.person:
            fields["representative" if codes.uscc else "person"] = person.fields
    else:
        person = _person(keeper, record.representative_id_type, representative_number)
        if person.linkable:
            fields["representative"] = person.fields
    return ToldParty(fields, natural=False, minor=False, names=_names(*named), flags=codes.flags)


def _words_about(record: Record) -> tuple[str, ...]:
    """Cells that may say that a natural person is a minor."""
    return (
        record.party_name,
        record.party_kind,
        record.violation,
        record.facts,
        record.kinds,
        record.penalty_text,
        record.remarks,
    )


def _names(*given: str) -> tuple[str, ...]:
    """Names to be taken out of texts, each as it stands and without what stands around it, the longer ones first."""
    names = {text for name in given if name for text in (name, *bare(name)[:2])}
    names |= {text for name in names for text in persons_in(name)}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _codes(record: Record) -> _Codes:
    found = _Codes()
    without_digits = lost(record.uscc)
    code = uscc.normalise(record.uscc) if record.uscc and not without_digits else ""
    if without_digits:
        found.flags.append(RowFlag.DIGITS_LOST)
    elif is_citizen_number(code) and uscc.check(code) is not uscc.UsccCheck.OK:
        found.person_number = code
        found.flags.append(RowFlag.CITIZEN_ID_AS_CODE)
    elif _MASKED.search(record.uscc):
        if _MASKED_PERSON.fullmatch(record.uscc):
            found.person_number = record.uscc
        found.flags.append(RowFlag.CODE_MASKED)
    elif code and not _CODE.fullmatch(code):
        raise CellProblem(
            Column.USCC,
            "not a unified social credit code: expected 18 digits and capitals (GB 32100-2015)",
            "不是统一社会信用代码：应为 18 位数字和大写字母",
        )
    else:
        found.uscc = code
    given = (
        record.business_number,
        record.organisation_code,
        record.tax_number,
        record.institution_number,
        record.society_number,
    )
    if any(given):
        for label, text in zip(_LEGACY_LABELS, given, strict=True):
            if text:
                _legacy(label, text, found)
    for text in record.other_code.split(";") if record.other_code else ():
        _legacy("其他", text, found)
    return found


def _legacy(label: str, text: str, found: _Codes) -> None:
    """A registration number of the time before the unified code; for individuals it was made of the identity number."""
    if lost(text):
        found.flags.append(RowFlag.DIGITS_LOST)
    elif is_citizen_number(text[:18]) or _MASKED_PERSON.fullmatch(text):
        found.person_number = found.person_number or text[:18]
        found.flags.append(RowFlag.CITIZEN_ID_AS_CODE)
    elif label == "其他" and not found.uscc and uscc.check(text) is uscc.UsccCheck.OK:
        found.uscc = uscc.normalise(text)
    elif _LEGACY.fullmatch(text) and not _MASKED.search(text):
        found.legacy.append(f"{label}:{text}")


@dataclass(slots=True, repr=False)
class _Person:
    """A person in clear, whether the number is one by which he can be known again, and the birth date in it."""

    fields: dict[str, Any]
    linkable: bool = False
    born: date | None = None


def _person(name: str, id_type: str, number: str) -> _Person:
    person = _Person({"name": name or NAMELESS})
    if not number:
        return person
    try:
        citizen: CitizenId | None = citizen_id.parse(number)
    except InvalidInput:
        citizen = None
    kind = _id_type(id_type)
    if not id_type and (citizen is not None or _MASKED_PERSON.fullmatch(number)):
        kind = IdType.CITIZEN_ID
    person.fields["id_type"] = str(kind)
    person.fields["id_number"] = number[:64]
    if kind is IdType.CITIZEN_ID:
        person.linkable = citizen is not None
        person.born = citizen.birth if citizen else None
    else:
        person.linkable = not _MASKED.search(number)
    return person


def _birth_given(record: Record, number: str) -> date | None:
    """Day of birth from the file's own column, or from a number of which only the last digits are hidden."""
    try:
        return parse_date(record.birth_date).day or birth_in_masked(number)
    except InvalidInput:
        return birth_in_masked(number)


_id_type = lru_cache(256)(citizen_id.parse_id_type)


def _region(code: str) -> str | None:
    """Region of registration, where the code is right and the table knows the region."""
    if not code or uscc.check_public(code) is not uscc.UsccCheck.OK or not regions.is_known(code[2:8]):
        return None
    return code[2:8]
