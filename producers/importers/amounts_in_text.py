"""Amounts that texts of a penalty (处罚内容, 处罚类别) name, in yuan: where the columns name none, and to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from infra.errors import InvalidInput
from producers.importers import chinese_amounts
from schemas.identifiers.money import Unit, to_yuan

_AMOUNT = rf"([0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?\s*(?:万元|元|圆)|{chinese_amounts.PATTERN})"
_BETWEEN = r"(?:人民币|共计|合计|金额|计|约|为|[:：¥￥（(]|\s)*"
_ANY = re.compile(_AMOUNT)
_FINE = re.compile(rf"罚款?{_BETWEEN}{_AMOUNT}")
_GAIN = re.compile(rf"没收(?:当事人|其|全部|的)*违法(?:所得|收入)的?{_BETWEEN}{_AMOUNT}")


def fine_in(*texts: str) -> Decimal | None:
    """The fine; None where the texts name none, or several."""
    return _single(_FINE, [text for text in texts if "罚" in text])


def gain_in(*texts: str) -> Decimal | None:
    """The confiscated gain; None where the texts name none, or several."""
    return _single(_GAIN, [text for text in texts if "没收" in text])


def names_other_than(known: Iterable[Decimal | None], text: str) -> bool:
    """Whether there is an amount in the text that is none of the known ones."""
    said = {_yuan(found) for found in _ANY.findall(text)}
    return not said <= {0, *(amount for amount in known if amount is not None)}


def _single(pattern: re.Pattern[str], texts: Iterable[str]) -> Decimal | None:
    """The amount that every text names that names any; each names it once."""
    found = [amounts for text in texts if (amounts := pattern.findall(text))]
    said = {_yuan(amounts[0]) for amounts in found}
    return said.pop() if len(said) == 1 and all(len(amounts) == 1 for amounts in found) else None


def _yuan(said: str) -> Decimal | None:
    if (amount := chinese_amounts.amount_of(said)) is not None:
        return amount
    try:
        return to_yuan("".join(said.split()), unit=Unit.YUAN)
    except InvalidInput:
        return None
