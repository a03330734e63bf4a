"""Who a person is, as far as a token needs to know: one canonical text for one person, or none.

A false match accuses somebody of what another has done; a missed match only loses a hint. So a token is made

- of a citizen identity number alone, also when its check character is wrong (such numbers exist in real life);
- of a permit or card that this country issues, alone: its numbers are unique;
- of a passport or another document together with the full name: the number is unique only within its issuer;
- of full name and birth date where there is no usable number; such a token is marked (`p1n_…`), it is weaker evidence;
- of nothing else. A masked name without a number could be anybody, and gets no token at all.

Nothing here keeps, prints or raises what it was given.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from infra.errors import InvalidInput
from schemas.identifiers import citizen_id
from schemas.identifiers.citizen_id import CitizenId, IdCheck, IdType
from schemas.identifiers.text import fold, is_blank

SEPARATOR = "\x1f"
"""Between the parts of a canonical text; no part can hold it, since folding removes control characters."""


class Basis(StrEnum):
    """What a token stands on."""

    NUMBER = "NUMBER"
    NAME_AND_BIRTH = "NAME_AND_BIRTH"


class Identity(NamedTuple):
    """A person's canonical text and what it stands on. Printing it shows only the latter."""

    canonical: str
    basis: Basis

    def __repr__(self) -> str:
        return f"Identity({self.basis.value})"


class Recognised(NamedTuple):
    """What a person's fields say: an identity or none, the citizen identity number if it is one, and its check."""

    identity: Identity | None
    citizen: CitizenId | None
    check: IdCheck | None

    def __repr__(self) -> str:
        return f"Recognised({self.identity!r}, check={self.check and self.check.value})"


_UNIQUE = frozenset({IdType.HK_MACAO_PERMIT, IdType.TAIWAN_PERMIT, IdType.FOREIGN_PR_CARD})
_DOCUMENT = re.compile(r"(?=.*[0-9])(?!.*XXX)(?!(.)\1*$)[A-Z0-9]{5,32}")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]")
_MASK = re.compile(r"[*#?×○□■●◯?]|某")
_DOTS = dict.fromkeys(map(ord, "·•‧∙・⋅."), "·")
_NAME = r"[^\x00-\x20\x7f*#?]{2,200}"

_CANONICAL = re.compile(
    rf"citizen\x1f[0-9]{{17}}[0-9X]"
    rf"|unique\x1f[A-Z_]{{3,32}}\x1f[A-Z0-9]{{5,32}}"
    rf"|document\x1f[A-Z_]{{3,32}}\x1f[A-Z0-9]{{5,32}}\x1f{_NAME}"
    rf"|named\x1f{_NAME}\x1f[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}"
    rf"|officer\x1f[0-9]{{6}}\x1f[A-Z0-9]{{2,64}}"
)


def is_canonical(text: str) -> bool:
    """Whether `text` is one that this module makes: the tokeniser takes nothing else."""
    return _CANONICAL.fullmatch(text) is not None


def recognise(id_type: IdType | None, id_number: str | None, name: str, birth_date: date | None) -> Recognised:
    """What these fields say about who the person is."""
    citizen, check = _citizen(id_type, id_number)
    if citizen is not None:
        return Recognised(Identity(_join("citizen", citizen.number), Basis.NUMBER), citizen, check)
    full_name = canonical_name(name)
    kind = id_type or IdType.OTHER
    if kind is not IdType.CITIZEN_ID and id_number is not None and not is_blank(id_number):
        number = _spelled(kind, id_number)
        if _DOCUMENT.fullmatch(number):
            if kind in _UNIQUE:
                return Recognised(Identity(_join("unique", kind.value, number), Basis.NUMBER), None, None)
            if full_name is not None:
                return Recognised(Identity(_join("document", kind.value, number, full_name), Basis.NUMBER), None, None)
    if full_name is not None and birth_date is not None:
        canonical = _join("named", full_name, birth_date.isoformat())
        return Recognised(Identity(canonical, Basis.NAME_AND_BIRTH), None, check)
    return Recognised(None, None, check)


def officer(region: str, certificate: str) -> str | None:
    """The canonical text of an officer's certificate number (执法证号), opaque and told apart by region; None for none.

    Whether certificate numbers are unique in the country is not known, hence the region.
    """
    number = "".join(
        character for character in fold(certificate).upper() if character.isascii() and character.isalnum()
    )
    text = _join("officer", region, number)
    return text if is_canonical(text) else None


def canonical_name(name: str) -> str | None:
    """One spelling of a full name: NFKC, no white space, one kind of middle dot, no case; None if masked or too short.

    Masks are stars and their like, 某, and a capital X among Chinese characters.
    """
    spelled = fold(name).translate(_DOTS)
    if len(spelled) < 2 or is_blank(spelled) or _MASK.search(spelled):
        return None
    if "X" in spelled.upper() and _HAN.search(spelled):
        return None
    return spelled.casefold()[:200]


def _citizen(id_type: IdType | None, id_number: str | None) -> tuple[CitizenId | None, IdCheck | None]:
    """A citizen identity number: under its own type, or a right one under another (residence permits, newer cards)."""
    if not id_number:
        return None, None
    try:
        citizen = citizen_id.parse(id_number)
    except InvalidInput:
        unusable = id_type is IdType.CITIZEN_ID and not is_blank(id_number)
        return None, citizen_id.check(id_number) if unusable else None
    if id_type is IdType.CITIZEN_ID or (citizen.check is IdCheck.OK and not citizen.old_form):
        return citizen, citizen.check
    return None, None  # fifteen digits have no check character: any number of another document could look like it


def _spelled(kind: IdType, id_number: str) -> str:
    try:
        return citizen_id.normalise(kind, id_number)
    except InvalidInput:
        return ""  # brackets and hyphens only


def _join(*parts: str) -> str:
    return SEPARATOR.join(parts)
