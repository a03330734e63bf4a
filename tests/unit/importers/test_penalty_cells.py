"""Kinds and amounts of a row: every separator, every unit, and the trap between 元 and 万元."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from producers.importers.columns import Column
from producers.importers.flags import RowFlag
from producers.importers.penalty_cells import COMBINED, ToldPenalties, add_details, tell_penalties
from producers.importers.problems import CellProblem
from schemas.identifiers.money import Unit
from tests.support.shuanggongshi import SEPARATORS
from tests.unit.importers.test_party import record

WAN = {Column.FINE: Unit.WAN_YUAN, Column.CONFISCATED: Unit.WAN_YUAN}


def told(units: Any = WAN, default: Unit | None = None, **cells: Any) -> ToldPenalties:
    return tell_penalties(record(**cells), units, default)


def kinds(found: ToldPenalties) -> list[str]:
    return [item["kind"] for item in found.items]


def amounts(found: ToldPenalties) -> list[Decimal | None]:
    return [item["amount"] for item in found.items]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_several_kinds_with_any_separator(separator: str) -> None:
    found = told(kinds=separator.join(["警告", "罚款", "没收违法所得"]), fine="0.2", confiscated=0.15)
    assert kinds(found) == ["WARNING", "FINE", "CONFISCATE_GAIN"]
    assert amounts(found) == [None, Decimal("2000.00"), Decimal("1500.00")]
    assert not found.flags


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("0.2", "2000.00"),
        (0.2, "2000.00"),
        ("0.20 ", "2000.00"),
        ("０．２", "2000.00"),
        ("2000元", "2000.00"),
        ("0.2万元", "2000.00"),
        ("¥0.2", "2000.00"),
        ("1,000", "10000000.00"),
        (0.30000000000000004, "3000.00"),
        (1, "10000.00"),
    ],
)
def test_amounts_become_yuan(cell: Any, yuan: str) -> None:
    assert amounts(told(kinds="罚款", fine=cell)) == [Decimal(yuan)]


@pytest.mark.parametrize("cell", ["贰仟", "0.2~0.3", "-0.2", "abc", float("inf"), "0.0000001"])
def test_what_is_no_amount_is_refused_without_repeating_it(cell: Any) -> None:
    with pytest.raises(CellProblem) as caught:
        told(kinds="罚款", fine=cell)
    assert caught.value.column is Column.FINE
    assert "贰仟" not in str(caught.value)


def test_the_unit_comes_from_heading_title_option_and_form_in_that_order() -> None:
    unknown = {Column.FINE: None, Column.CONFISCATED: None}
    assert amounts(told({Column.FINE: Unit.YUAN}, kinds="罚款", fine="2000")) == [Decimal("2000.00")]
    assert amounts(told(unknown, Unit.YUAN, kinds="罚款", fine="2000")) == [Decimal("2000.00")]
    found = told(unknown, kinds="罚款", fine="0.2")
    assert amounts(found) == [Decimal("2000.00")]
    assert found.flags == [RowFlag.UNIT_ASSUMED]


@pytest.mark.parametrize(
    "text", ["罚款人民币2000元", "警告；罚款2,000.00元整", "处以罚款：0.2万元", "罚款人民币（¥2000元）"]
)
def test_the_trap_between_yuan_and_wan(text: str) -> None:
    assert not told(kinds="罚款", fine="0.2", penalty_text=text).flags
    with pytest.raises(CellProblem, match=r"20000000\.00.*2000\.00") as caught:
        told(kinds="罚款", fine="2000", penalty_text=text)
    assert caught.value.column is Column.FINE
    with pytest.raises(CellProblem):
        told({Column.FINE: Unit.YUAN}, kinds="罚款", fine="0.2", penalty_text=text)
    assert told(kinds="罚款", fine="0.3", penalty_text=text).flags == [RowFlag.AMOUNT_DIFFERS_FROM_TEXT]


def test_a_text_with_several_fines_says_nothing() -> None:
    assert not told(kinds="罚款", fine="2000", penalty_text="罚款1000元；罚款1000元").flags


def test_a_file_without_a_column_of_amounts_has_them_in_its_text() -> None:
    found = told({}, kinds="罚款", penalty_text="罚款人民币2000元")
    assert amounts(found) == [Decimal("2000.00")]
    assert found.flags == [RowFlag.AMOUNT_FROM_TEXT]


@pytest.mark.parametrize(
    "text",
    [
        "罚款5000元，没收违法所得200元",
        "没收违法所得人民币200.00元；罚款人民币（¥5,000元）",
        "1.没收其违法所得：0.02万元 2.罚款０.５万元",
        "没收违法收入的200元，并处罚款计5000元",
    ],
)
def test_a_confiscated_gain_is_read_from_the_text_as_a_fine_is(text: str) -> None:
    found = told({}, kinds="罚款;没收违法所得", penalty_text=text)
    assert amounts(found) == [Decimal("5000.00"), Decimal("200.00")]
    assert found.flags == [RowFlag.AMOUNT_FROM_TEXT]
    assert told({}, kinds="没收非法财物;罚款;没收违法所得", penalty_text=text).items[0]["amount"] is None


def test_kinds_and_both_amounts_may_stand_in_the_text_alone() -> None:
    found = told({}, penalty_text="罚款5000元，没收违法所得200元")
    assert dict(zip(kinds(found), amounts(found), strict=True)) == {
        "FINE": Decimal("5000.00"),
        "CONFISCATE_GAIN": Decimal("200.00"),
    }


@pytest.mark.parametrize("given", ["罚款1000元", "警告;罚款人民币1,000.00元", "罚款壹仟元整", "罚款0.1万元"])
@pytest.mark.parametrize("text", ["", "罚款", "罚款1000元"])
def test_an_amount_beside_the_kind_is_read_as_one_in_the_text_is(given: str, text: str) -> None:
    found = told(kinds=given, penalty_text=text)
    assert {item["kind"]: item["amount"] for item in found.items}["FINE"] == Decimal("1000.00")
    assert found.flags == [RowFlag.AMOUNT_FROM_TEXT]


def test_an_amount_beside_the_kind_is_compared_and_never_lost() -> None:
    gain = told(kinds="没收违法所得200元、罚款", fine="0.1")
    assert dict(zip(kinds(gain), amounts(gain), strict=True))["CONFISCATE_GAIN"] == Decimal("200.00")
    assert told(kinds="罚款1000元", fine="0.2").flags == [RowFlag.AMOUNT_DIFFERS_FROM_TEXT]
    assert told(kinds="罚款1000元", fine="0.2", penalty_text="罚款1000元").flags == [RowFlag.AMOUNT_DIFFERS_FROM_TEXT]
    with pytest.raises(CellProblem, match="unit"):
        told(kinds="罚款1000元", fine="1000")
    for text in ("罚款2000元", "罚款1000元；罚款2000元"):
        found = told(kinds="罚款1000元", penalty_text=text)
        assert amounts(found) == [None], text
        assert RowFlag.AMOUNT_IN_TEXT_NOT_READ in found.flags, text
    assert RowFlag.AMOUNT_IN_TEXT_NOT_READ in told(kinds="1000元罚款").flags


@pytest.mark.parametrize(
    ("given", "text", "flagged"),
    [
        ("罚款;没收违法所得", "罚款5000元，没收违法所得及非法财物共200元", True),
        ("罚款", "罚款5000元，没收违法所得200元", True),
        ("罚款", "罚款1000元；罚款1000元", True),
        ("罚款;没收违法所得", "罚款5000元，违法所得200元予以没收", True),
        ("罚款;没收违法所得", "罚款5000元，没收违法所得", False),
        ("罚款", "罚款5000元，逾期每日按百分之三加处罚款", False),
        ("警告", "警告，责令退还押金300元", False),
    ],
)
def test_an_amount_in_the_text_that_is_not_read_is_flagged(given: str, text: str, flagged: bool) -> None:
    found = told({}, kinds=given, penalty_text=text)
    assert (RowFlag.AMOUNT_IN_TEXT_NOT_READ in found.flags) is flagged


def test_amounts_in_columns_outrank_the_text() -> None:
    found = told(
        kinds="罚款;没收违法所得", fine="0.5", confiscated="0.03", penalty_text="罚款5000元，没收违法所得200元"
    )
    assert amounts(found) == [Decimal("5000.00"), Decimal("300.00")]
    assert not found.flags
    found = told(kinds="罚款;没收违法所得", confiscated="0", penalty_text="罚款5000元，没收违法所得200元")
    assert amounts(found) == [Decimal("5000.00"), None]
    assert found.flags == [RowFlag.AMOUNT_FROM_TEXT, RowFlag.AMOUNT_IN_TEXT_NOT_READ]


def test_kinds_follow_from_amounts_and_from_the_text() -> None:
    found = told(fine="0.1", confiscated="0.2")
    assert kinds(found) == ["FINE", "CONFISCATE_GAIN"]
    assert found.flags == [RowFlag.KIND_INFERRED]
    found = told(penalty_text="给予警告，并处罚款人民币500元")
    assert kinds(found) == ["WARNING", "FINE"]
    assert amounts(found) == [None, Decimal("500.00")]
    found = told(kinds="警告", fine="0.1")
    assert kinds(found) == ["WARNING", "FINE"]
    assert found.flags == [RowFlag.KIND_INFERRED]
    assert kinds(told(kinds="警告", fine="0", confiscated=0)) == ["WARNING"]


def test_one_amount_for_gains_and_goods() -> None:
    found = told(kinds="没收违法所得、没收非法财物", confiscated="1.5")
    assert amounts(found) == [Decimal("15000.00"), None]
    assert found.items[0]["detail"] == COMBINED
    assert found.flags == [RowFlag.CONFISCATION_COMBINED]


def test_unknown_kinds_are_other_with_their_text() -> None:
    found = told(kinds="罚款、公开谴责", fine="0.1")
    assert kinds(found) == ["FINE", "OTHER"]
    assert found.flags == [RowFlag.KIND_UNKNOWN]
    add_details(found, "", found.unknown)
    assert found.items[1]["detail"] == "公开谴责"
    found = told(kinds="其他-补办手续")
    add_details(found, "", found.unknown)
    assert found.items == [{"kind": "OTHER", "amount": None, "detail": "补办手续"}]
    found = told(kinds="其他")
    add_details(found, "", "")
    assert found.items[0]["detail"] == "其他"


def test_the_licence_stands_with_its_penalty() -> None:
    found = told(kinds="罚款;吊销许可证件", fine="1")
    add_details(found, "食品经营许可证 JY13304210000001", "")
    assert found.items[1] == {"kind": "REVOKE_LICENCE", "amount": None, "detail": "食品经营许可证 JY13304210000001"}
    assert found.items[0]["detail"] is None


@pytest.mark.parametrize(
    ("cell", "words"), [("", "at least one"), ("责令改正", "only orders"), ("不予处罚", "only orders")]
)
def test_a_row_without_any_penalty_is_refused(cell: str, words: str) -> None:
    with pytest.raises(CellProblem, match=words):
        told(kinds=cell)
