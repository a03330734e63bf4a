"""Whether a row says in words that its natural person is under eighteen: 未成年, an age, a day of birth.

In doubt it does: what is shared with nobody can be shared later, and not the other way round (未成年人保护法 Art. 103).
Only an adult whose birth is known from his number is not taken for a minor on account of somebody else in the story:
those to whom he sold cigarettes, whose ages stand in the facts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from producers.importers import chinese_amounts
from schemas.identifiers.citizen_id import age_on
from schemas.identifiers.text import fold

ADULT: Final = 18
"""Completed years from which on nobody is a minor (民法典 Art. 17)."""

_HINT = re.compile("[岁龄生]|未成年|[未不]满|不足")
_TITLE = re.compile(r"《[^《》]*》")
_NUMBER = r"(?:[0-9]{1,3}|[一二三四五六七八九十两]{1,3})"
_LIMIT = re.compile(rf"(?<![0-9])(?P<below>(?:未(?:年)?满|不满|不足|小于))?(?P<age>{_NUMBER})周?岁(?P<under>以下)?")
_AGE = re.compile(rf"年龄[为是:(]*(?P<age>{_NUMBER})(?![0-9年月])")
_BIRTH = re.compile(
    r"(?P<year>[12][0-9]{3})(?:年|[-/.])?(?:(?P<month>[0-9]{1,2})(?:月|[-/.])?(?:(?P<day>[0-9]{1,2})日?)?)?"
    r"(?:出生|生(?:人|于|(?=$|[^\u3400-\u9fff])))"
)
_BORN = re.compile(
    r"(?:出生(?:于|年月日?|日期|时间)?|(?<![发产先学医考滋新])生于)[为是:(]*"
    r"(?P<year>[12][0-9]{3})(?:年|[-/.])?(?:(?P<month>[0-9]{1,2})(?:月|[-/.])?(?:(?P<day>[0-9]{1,2})日?)?)?"
)
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_YEAR = re.compile(r"[一二][〇零○一二三四五六七八九]{3}(?=年)")
_CHINESE_PART = re.compile(r"(?<=[年月])([一二三四五六七八九十]{1,3})(?=[月日])")
_OTHERS = re.compile(
    r"(?:[向给让使致]|[招雇][用聘佣]|容留|接纳|接待|收留|允许|放任|引诱|教唆|殴打|侵害|带领|伙同|销?售)[^,。;:()]{0,8}?(?:未成年|"
    rf"(?:未(?:年)?满|不满|不足)?{_NUMBER}周?岁)[^,。;]*"
)


def said_minor(texts: Iterable[str], decided_on: date, *, known_adult: bool) -> bool:
    """Whether one of the texts of a row says that its natural person is a minor.

    Args:
        texts: name, facts, penalty, remarks, as they stand in the cells.
        decided_on: the day on which the age counts.
        known_adult: the number says that the person is grown up: then minors to whom something was done do not count.
    """
    return any(_says(text, decided_on, known_adult=known_adult) for text in texts if _HINT.search(text))


def _says(text: str, decided_on: date, *, known_adult: bool) -> bool:
    text = _TITLE.sub("", fold(text))
    if known_adult:
        text = _OTHERS.sub("", text)
    if "未成年" in text.replace("非未成年", ""):
        return True
    if any(_under(found) for pattern in (_LIMIT, _AGE) for found in pattern.finditer(text)):
        return True
    dated = _CHINESE_PART.sub(_plain, _CHINESE_YEAR.sub(lambda year: year[0].translate(_DIGITS), text))
    return any(_young(born, decided_on) for born in _births(dated))


def _under(found: re.Match[str]) -> bool:
    """Whether an age is one of a minor: 17 is, 18 is not, 不满18 is."""
    age = _number(found["age"])
    below = "below" in found.re.groupindex and (found["below"] or found["under"])
    return age < ADULT or (bool(below) and age == ADULT)


def _young(born: date, decided_on: date) -> bool:
    return born <= decided_on and age_on(born, decided_on) < ADULT


def _births(text: str) -> Iterator[date]:
    """Days of birth that a text names; the last day of the month or year where it says no more."""
    for pattern in (_BIRTH, _BORN):
        for found in pattern.finditer(text):
            year, month = int(found["year"]), int(found["month"] or 12)
            if 1 <= month <= 12:
                last = monthrange(year, month)[1]
                yield date(year, month, min(int(found["day"] or last) or last, last))


def _plain(found: re.Match[str]) -> str:
    return str(_number(found[1]))


def _number(text: str) -> int:
    """A number up to some hundred in digits or in words; none that could be an age where it is not understood."""
    if text.isascii():
        return int(text)
    amount = chinese_amounts.amount_of(f"{text}元")
    return int(amount) if amount is not None else 999
