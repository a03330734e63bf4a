"""Amounts written out in Chinese numerals, as decisions write them (壹仟元整, 两万三千元, 伍佰元伍角), in yuan.

The capitals are those of the rules for filling in bills (正确填写票据和结算凭证的基本规定); the plain numerals too.
"""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {
    character: value
    for value, characters in enumerate(
        ("零〇", "一壹弌", "二贰弍两兩貳", "三叁弎參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for character in characters
}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SECTIONS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_NUMERALS = "".join((*_DIGITS, *_TENS, *_SECTIONS))
_DIGIT = f"[{''.join(_DIGITS)}]"

PATTERN = rf"(?:[{_NUMERALS}]+[元圆圓](?:整|正)?(?:{_DIGIT}角)?(?:{_DIGIT}分)?)"
"""An amount in Chinese numerals that says 元."""

_PARTS = re.compile(rf"(?P<yuan>[{_NUMERALS}]+)[元圆圓](?:整|正)?(?:(?P<jiao>{_DIGIT})角)?(?:(?P<fen>{_DIGIT})分)?")


def amount_of(text: str) -> Decimal | None:
    """The amount of a text that matches `PATTERN`, in yuan with two decimal places; None where it is no number."""
    match = _PARTS.fullmatch(text)
    number = _number(match["yuan"]) if match else None
    if match is None or number is None:
        return None
    fen = 10 * _DIGITS.get(match["jiao"] or "", 0) + _DIGITS.get(match["fen"] or "", 0)
    return Decimal(number * 100 + fen).scaleb(-2)


def _number(text: str) -> int | None:
    """A whole number; None where a hundred or thousand has no digit, or larger units follow smaller ones."""
    total = section = digit = 0
    largest_section, largest_ten, seen = 10**16, 10_000, False
    for character in text:
        if character in _DIGITS:
            if seen and digit:
                return None  # two digits in a row: no number of this kind
            digit, seen = _DIGITS[character], True
        elif character in _TENS:
            ten = _TENS[character]
            if ten >= largest_ten or (ten > 10 and not digit):
                return None  # larger after smaller, or a hundred of nothing (千百元); ten may stand alone (拾元)
            section += (digit if seen else 1) * ten
            digit, seen, largest_ten = 0, False, ten
        else:
            unit = _SECTIONS[character]
            if unit >= largest_section or section + digit == 0:
                return None
            total += (section + digit) * unit
            section, digit, seen, largest_section, largest_ten = 0, 0, False, unit, 10_000
    return total + section + digit or None
