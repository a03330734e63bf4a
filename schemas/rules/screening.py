"""Personal numbers that stand in a text in clear, where none may: events are kept for good, and unencrypted.

Only what is certain enough to refuse: citizen identity numbers whose date and check character are right, and mobile
numbers. Names can not be found this way; the fields that hold them exist only sealed.
"""

from __future__ import annotations

import re

from schemas.identifiers import citizen_id
from schemas.identifiers.citizen_id import IdCheck

# Digits of any script (full-width ones too), with single spaces, dots or dashes between them. Both patterns begin with
# a digit and look behind only then, which is faster; a text is therefore searched with a line break before it.
_GAP = r"[ .\-·－\u3000]"
_START = r"(?<![0-9A-Za-z].)"
_CITIZEN = re.compile(rf"\d{_START}(?:{_GAP}?\d){{16}}{_GAP}?[\dXxＸｘ](?![0-9A-Za-z])")
_MOBILE = re.compile(rf"[1１](?:{_START}|(?<=[^0-9A-Za-z]86.))[3-9３-９]\d(?:{_GAP}?\d){{8}}(?![0-9A-Za-z])")
_ELEVEN_DIGITS = re.compile(rf"\d{_START}(?:{_GAP}?+\d){{10}}")  # both patterns begin with as many
_SEPARATORS = re.compile(_GAP)
_PROVINCES: frozenset[str] = frozenset("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46".split())  # noqa: SIM905
_PROVINCES |= frozenset("50 51 52 53 54 61 62 63 64 65 71 81 82 83 99".split())  # noqa: SIM905 (99: synthetic numbers)
_BIRTH_YEARS = range(1890, 2051)


def suspicious(text: str) -> bool:
    """Whether a closer look is worth its time: False means that none of the rules for texts would find anything."""
    if "\x00" in text:
        return True
    text = "\n" + text
    if _ELEVEN_DIGITS.search(text) is None:  # one look where two would find nothing
        return False
    return _CITIZEN.search(text) is not None or _MOBILE.search(text) is not None


def holds_citizen_id(text: str) -> bool:
    """Whether a citizen identity number (18 characters, right date, right check character) stands in the text."""
    if len(text) < 18:
        return False
    for match in _CITIZEN.finditer("\n" + text):
        number = _SEPARATORS.sub("", match[0])
        if citizen_id.check(number) is not IdCheck.OK:
            continue
        parsed = citizen_id.parse(number)
        if parsed.region[:2] in _PROVINCES and parsed.birth.year in _BIRTH_YEARS:
            return True
    return False


def holds_mobile_number(text: str) -> bool:
    """Whether a mobile number of mainland China stands in the text."""
    return len(text) >= 11 and _MOBILE.search("\n" + text) is not None
