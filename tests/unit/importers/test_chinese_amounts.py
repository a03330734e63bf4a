"""Amounts in Chinese numerals, and the fines that texts name with them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.importers.amounts_in_text import fine_in, gain_in
from producers.importers.chinese_amounts import amount_of

CAPITALS, TENS, SECTIONS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟"), ("", "万", "亿")


def spelled(number: int) -> str:
    """A number in capitals, as clerks write it."""
    said, zero = "", False
    digits = str(number)
    for place, digit in enumerate(digits):
        power = len(digits) - 1 - place
        if digit == "0":
            zero = bool(said)
        else:
            said += ("零" if zero else "") + CAPITALS[int(digit)] + TENS[power % 4]
            zero = False
        if power % 4 == 0 and power and number // 10**power % 10_000:
            said += SECTIONS[power // 4]
            zero = False
    return said


@given(st.integers(1, 10**10))
def test_what_is_spelled_is_read(number: int) -> None:
    assert amount_of(f"{spelled(number)}元整") == Decimal(number)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("壹仟元整", "1000.00"),
        ("两万三千元", "23000.00"),
        ("拾元", "10.00"),
        ("伍佰元伍角", "500.50"),
        ("叁元零角柒分", "3.07"),
        ("壹亿零伍拾元", "100000050.00"),
        ("二〇二六元", None),
        ("贰佰拾元", "210.00"),
        ("千百元", None),
        ("千元", None),
        ("一千零百元", None),
        ("万元", None),
        ("零元", None),
        ("壹仟", None),
    ],
)
def test_amounts(text: str, amount: str | None) -> None:
    assert amount_of(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("处罚款人民币壹仟元整", "1000"),
        ("罚1000元", "1000"),
        ("罚款人民币贰仟元整（¥2000.00）", "2000"),
        ("处以罚款人民币伍万元（50000元）整的行政处罚", "50000"),
        ("警告，罚款五百元", "500"),
        ("罚款壹仟元；罚款贰仟元", None),
        ("罚没款1000元", None),
    ],
)
def test_fines_in_texts(text: str, fine: str | None) -> None:
    assert fine_in(text) == (None if fine is None else Decimal(fine))


def test_gains_in_texts() -> None:
    assert gain_in("没收违法所得人民币叁佰元整，罚款壹仟元") == Decimal(300)
