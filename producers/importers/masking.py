"""Personal numbers and names that stand in texts where none may: taken out, so that the decision itself is not lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from schemas.identifiers import citizen_id
from schemas.identifiers.citizen_id import IdCheck
from schemas.rules.screening import holds_citizen_id, holds_mobile_number

MARK = "〔已隐去〕"
"""What stands in the place of a name or number."""

_DIGITS = re.compile(r"\d(?:[ .\-·－\u3000]?\d){6}")
_CITIZEN = re.compile(r"(?<![0-9A-Za-z])\d(?:[ .\-·－\u3000]?\d){16}[ .\-·－\u3000]?[\dXxＸｘ](?![0-9A-Za-z])")
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+|00)?86[- ]?)?[1１][3-9３-９]\d[- \u3000]?\d{4}[- \u3000]?\d{4}(?![0-9A-Za-z])"
)
_SAID = re.compile(
    r"((?:身份证|身份号码|证件号|护照号|驾驶证号|电话|手机|联系方式|银行卡|卡号|账号|帐号|帐户|账户)"
    r"(?:号码?|为|是|[:：(（\s])*)([0-9０-９A-Za-z*＊][0-9０-９A-Za-z*＊ \-－]{5,}[0-9０-９A-Za-z*＊])"
)
_SEPARATORS = re.compile(r"[ .\-·－\u3000]")
_BIRTH_YEARS = range(1890, 2051)
_STARS = re.compile(r"[*＊xX×某○]")


def masked(text: str, names: Iterable[str] = (), keep: str = "") -> str:
    """The text without identity numbers, telephone and account numbers, and without the given names of persons.

    Args:
        text: what people wrote.
        names: of persons; those of one character and masked ones (张*) are left alone.
        keep: the name of an organisation that stays as it is, though a person's name may stand in it.
    """
    for name in names:
        if len(name) >= 2 and name in text and not _STARS.search(name):
            text = keep.join(part.replace(name, MARK) for part in (text.split(keep) if keep else [text]))
    if _DIGITS.search(text) is None:
        return text
    text = _SAID.sub(rf"\1{MARK}", _MOBILE.sub(MARK, _CITIZEN.sub(_unless_harmless, text)))
    return MARK if holds_citizen_id(text) or holds_mobile_number(text) else text


def is_citizen_number(text: str) -> bool:
    """Whether the whole text is a citizen identity number of eighteen characters; a wrong check character counts too.

    A code of another kind has a birth date in its middle by a rare chance only.
    """
    if len(text) < 18 or not text[:17].isdecimal():
        return False
    found = citizen_id.check(text)
    if found not in (IdCheck.OK, IdCheck.CHECKSUM_MISMATCH):
        return False
    parsed = citizen_id.parse(text)
    return not parsed.old_form and parsed.birth.year in _BIRTH_YEARS


def birth_in_masked(number: str) -> date | None:
    """Day of birth in a number of which only the last digits are hidden (33042119800101****); None where it is not."""
    if len(number) != 18 or not number[:14].isdecimal() or not number[:14].isascii():
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year in _BIRTH_YEARS else None


def _unless_harmless(match: re.Match[str]) -> str:
    return MARK if is_citizen_number(_SEPARATORS.sub("", match[0])) else match[0]
