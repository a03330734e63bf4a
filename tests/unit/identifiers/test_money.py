"""Amounts: from 万元 as published to exact yuan."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers.money import LIMIT, Unit, to_yuan

fen = st.integers(0, 10**17)


@pytest.mark.parametrize(
    ("value", "yuan"),
    [
        ("0.2", "2000.00"),  # the sample of the standard: 0.2 is ¥2,000
        ("0.2万元", "2000.00"),
        ("0.2 万", "2000.00"),
        ("2000元", "2000.00"),
        ("2000 元整", "2000.00"),
        ("人民币2000元", "2000.00"),
        ("￥2,000.50元", "2000.50"),
        ("1,234.5", "12345000.00"),
        ("1，234.5", "12345000.00"),
        ("１２．５", "125000.00"),
        ("5千元", "5000.00"),
        ("1.5亿元", "150000000.00"),
        (" 3 ", "30000.00"),
        (".5", "5000.00"),
        ("5.", "50000.00"),
        ("+1", "10000.00"),
        ("0", "0.00"),
        ("0.000000", "0.00"),
        ("-0", "0.00"),
        ("0.000001", "0.01"),
        ("0.20000000", "2000.00"),  # zeros are no decimals too many
        ("2E-1", "2000.00"),
        ("1.0E-4", "1.00"),
        ("999999999999.99", "9999999999999900.00"),
        (0.2, "2000.00"),
        (0.1 + 0.2, "3000.00"),
        (1e-6, "0.01"),
        (3, "30000.00"),
        (Decimal("0.123456"), "1234.56"),
    ],
)
def test_amounts(value: str | float | Decimal, yuan: str) -> None:
    found = to_yuan(value)
    assert found is not None
    assert str(found) == yuan


@pytest.mark.parametrize("value", [None, "", "  ", "\u3000", "-", "—", "/", "无", "NULL", float("nan")])
def test_empty_cells_hold_no_amount(value: str | float | None) -> None:
    assert to_yuan(value) is None


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ("-0.2", "negative", "负数"),
        ("－0.2", "negative", "负数"),
        (-1, "negative", "负数"),
        ("0.0000001", "more than 6 decimal places of 万元", "超过 6 位"),
        ("0.1234567", "more than 6 decimal places of 万元", "超过 6 位"),
        (1e-7, "more than 6 decimal places of 万元", "超过 6 位"),
        ("2000.555元", "more than 2 decimal places of 元", "超过 2 位"),
        ("1000000000000", "10^16", "金额过大"),
        (10**400, "10^16", "金额过大"),
        ("two", "not an amount", "不是有效金额"),
        ("1,23", "not an amount", "不是有效金额"),
        ("1.2.3", "not an amount", "不是有效金额"),
        ("0,2", "not an amount", "不是有效金额"),
        ("2000元3角", "not an amount", "不是有效金额"),
        ("贰仟元整", "not an amount", "不是有效金额"),
        ("٣", "not an amount", "不是有效金额"),
        ("1" * 41, "not an amount", "不是有效金额"),
        (float("inf"), "not an amount", "不是有效金额"),
        (Decimal("NaN"), "not an amount", "不是有效金额"),
        (True, "not an amount", "不是有效金额"),
    ],
)
def test_problems_are_named_in_both_languages(value: str | float | Decimal, en: str, zh: str) -> None:
    with pytest.raises(InvalidInput) as error:
        to_yuan(value)
    assert en in error.value.message
    assert zh in error.value.zh


def test_messages_do_not_repeat_the_cell() -> None:
    with pytest.raises(InvalidInput) as error:
        to_yuan("王小明 13800000000")
    assert "王" not in str(error.value)
    assert "1380" not in str(error.value)


def test_a_column_of_yuan() -> None:
    assert to_yuan("2000", unit=Unit.YUAN) == Decimal("2000.00")
    assert to_yuan("0.2万元", unit=Unit.YUAN) == Decimal("2000.00")


@given(fen)
def test_no_fen_is_lost(amount: int) -> None:
    yuan = Decimal(amount) / 100
    written = f"{Decimal(amount).scaleb(-6):f}"
    if yuan >= LIMIT:
        with pytest.raises(InvalidInput):
            to_yuan(written)
    else:
        assert to_yuan(written) == yuan
        assert to_yuan(f"{Decimal(amount).scaleb(-2):,f}元") == yuan


@given(st.one_of(st.text(), st.floats(), st.integers(), st.decimals()))
def test_every_cell_gets_an_amount_or_a_clear_problem(value: str | float | Decimal) -> None:
    yuan: Decimal | InvalidInput | None
    try:
        yuan = to_yuan(value)
    except InvalidInput as problem:
        yuan = problem
    if isinstance(yuan, InvalidInput):
        assert yuan.zh
    elif yuan is not None:
        assert 0 <= yuan < LIMIT
        assert yuan.as_tuple().exponent == -2
        assert not yuan.is_signed()
