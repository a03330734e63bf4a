"""Amounts of money: from the 万元 of the 双公示 files (发改办财金〔2018〕424号) to decimal yuan with scale 2, exactly.

In those files 0.2 means ¥2,000. The conversion is made once, at import, and never rounds: an amount that is no whole
number of fen (分) is refused rather than changed. Messages never repeat what stood in the cell.
"""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from enum import Enum
from functools import lru_cache

from schemas.errors import InvalidInput
from schemas.identifiers.text import fold, is_blank


class Unit(Enum):
    """Unit of an amount; the value is its worth in yuan."""

    YUAN = Decimal(1)
    THOUSAND_YUAN = Decimal(1000)
    WAN_YUAN = Decimal(10_000)
    YI_YUAN = Decimal(100_000_000)

    @property
    def zh(self) -> str:
        """The unit as it is written."""
        return {"YUAN": "元", "THOUSAND_YUAN": "千元", "WAN_YUAN": "万元", "YI_YUAN": "亿元"}[self.name]


LIMIT = Decimal(10) ** 16
"""Amounts stay below this many yuan: they are stored as decimal(18, 2)."""

_FEN = Decimal("0.01")
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])
_CACHED_TEXTS, _SHORT_TEXT = 4096, 32
_UNITS = {
    "元": Unit.YUAN,
    "圆": Unit.YUAN,
    "块": Unit.YUAN,
    "千元": Unit.THOUSAND_YUAN,
    "万": Unit.WAN_YUAN,
    "万元": Unit.WAN_YUAN,
    "万圆": Unit.WAN_YUAN,
    "亿": Unit.YI_YUAN,
    "亿元": Unit.YI_YUAN,
}
_AMOUNT = re.compile(
    r"(?:人民币|RMB|CNY|[¥￥])*"
    r"(?P<sign>[-+]?)"
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})"
    r"(?P<exponent>[Ee][-+]?[0-9]{1,2})?"
    r"(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")?"
    r"[整正]?(?:人民币)?"
)


def to_yuan(value: str | int | float | Decimal | None, *, unit: Unit = Unit.WAN_YUAN) -> Decimal | None:
    """The amount of a cell in yuan, with exactly two decimal places; None where the cell is empty.

    Args:
        value: text or number. Text may hold full-width digits, spaces, grouping commas, a currency sign and a unit.
            A float is read to 15 significant digits, as spreadsheets show it (0.30000000000000004 is 0.3).
        unit: unit of the column. A unit written in the cell outranks it: `2000元` is ¥2,000 in a column of 万元.

    Raises:
        InvalidInput: no amount, a negative one, one that is no whole number of fen (for 万元: more than 6 decimal
            places), or one of 10^16 yuan and more.
    """
    if isinstance(value, str):
        return _of_short_text(value, unit) if len(value) <= _SHORT_TEXT else _of_text(value, unit)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        raise _not_an_amount()
    return _exactly(Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value), unit)


@lru_cache(_CACHED_TEXTS)
def _of_short_text(text: str, unit: Unit) -> Decimal | None:
    """Read an amount once: a file of many rows holds few amounts."""
    return _of_text(text, unit)


def _of_text(text: str, unit: Unit) -> Decimal | None:
    if is_blank(text):
        return None
    match = _AMOUNT.fullmatch(fold(text))
    if match is None:
        raise _not_an_amount()
    digits = match["sign"] + match["number"].replace(",", "") + (match["exponent"] or "")
    return _exactly(Decimal(digits), _UNITS[match["unit"]] if match["unit"] else unit)


def _exactly(number: Decimal, unit: Unit) -> Decimal:
    """The number of units in yuan, if that is an amount at all."""
    if not number.is_finite():
        raise _not_an_amount()
    if number < 0:
        raise InvalidInput("a negative amount; an amount is zero or more", zh="金额为负数，金额应大于或等于零")
    try:
        yuan = _EXACT.multiply(number, unit.value)
        if yuan >= LIMIT:
            raise InvalidInput("the amount is 10^16 yuan or more", zh="金额过大，达到或超过 10 的 16 次方元")
        return _EXACT.quantize(_EXACT.abs(yuan), _FEN)
    except Inexact:
        places = 2 + unit.value.adjusted()
        raise InvalidInput(
            f"more than {places} decimal places of {unit.zh}: the amount is no whole number of fen",
            zh=f"以{unit.zh}计的小数位数超过 {places} 位，折算后不足一分",
        ) from None


def _not_an_amount() -> InvalidInput:
    return InvalidInput(
        "not an amount: expected a number such as 0.2 or 1,234.5, with a unit (万元, 元) at most",
        zh="不是有效金额：应为数字，例如 0.2 或 1,234.5，可带单位（万元、元）",
    )
