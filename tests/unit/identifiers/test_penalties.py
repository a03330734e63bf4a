"""Kinds of penalty: the official order, and cells that name several kinds in every manner."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers.penalties import PenaltyKind, headline, parse_kinds, read_kinds

K = PenaltyKind
NAMED = [kind for kind in K if kind is not K.OTHER]


@pytest.mark.parametrize(
    ("cell", "kinds"),
    [
        ("罚款", [K.FINE]),
        ("警告", [K.WARNING]),
        ("罚款;警告", [K.FINE, K.WARNING]),
        ("警告；罚款", [K.WARNING, K.FINE]),
        ("警告、罚款", [K.WARNING, K.FINE]),
        ("警告,罚款", [K.WARNING, K.FINE]),
        ("警告，罚款", [K.WARNING, K.FINE]),
        ("警告/罚款", [K.WARNING, K.FINE]),
        ("警告|罚款", [K.WARNING, K.FINE]),
        ("警告 罚款", [K.WARNING, K.FINE]),
        ("警告\u3000罚款", [K.WARNING, K.FINE]),
        ("警告\n罚款", [K.WARNING, K.FINE]),
        ("警告\r\n罚款", [K.WARNING, K.FINE]),
        ("警告+罚款", [K.WARNING, K.FINE]),
        ("警告及罚款", [K.WARNING, K.FINE]),
        ("警告和罚款", [K.WARNING, K.FINE]),
        ("警告并处罚款", [K.WARNING, K.FINE]),
        ("警告，并处以罚款", [K.WARNING, K.FINE]),
        ("警告罚款", [K.WARNING, K.FINE]),
        ("警 告  罚 款", [K.WARNING, K.FINE]),
        ("1.警告；2.罚款", [K.WARNING, K.FINE]),
        ("1、警告2、罚款", [K.WARNING, K.FINE]),
        ("（一）警告（二）罚款", [K.WARNING, K.FINE]),
        ("①警告②罚款", [K.WARNING, K.FINE]),
        ("给予警告的行政处罚", [K.WARNING]),
        ("罚款、罚款", [K.FINE]),
        ("罚款(人民币)", [K.FINE]),
        ("罚款（人民币）", [K.FINE]),
        ("罚款2000元", [K.FINE]),
        ("罚款2,000元、警告", [K.FINE, K.WARNING]),
        ("罚款2000", [K.FINE]),
        ("罚款：0.2万元", [K.FINE]),
        ("罚款（大写）：贰仟元整", [K.FINE]),
        ("行政警告(当场)", [K.WARNING]),
        ("处以人民币贰仟元整罚款", [K.FINE]),
        ("没收违法所得", [K.CONFISCATE_GAIN]),
        ("没收违法所得、没收非法财物", [K.CONFISCATE_GAIN, K.CONFISCATE_GOODS]),
        ("没收违法所得、非法财物", [K.CONFISCATE_GAIN, K.CONFISCATE_GOODS]),
        ("没收违法所得非法财物", [K.CONFISCATE_GAIN, K.CONFISCATE_GOODS]),
        ("没收非法财物和违法所得", [K.CONFISCATE_GOODS, K.CONFISCATE_GAIN]),
        ("没收违法所得没收非法财物罚款", [K.CONFISCATE_GAIN, K.CONFISCATE_GOODS, K.FINE]),
        ("没收违法物品", [K.CONFISCATE_GOODS]),
        ("没收违法生产的食品", [K.CONFISCATE_GOODS]),
        ("没收作案工具并罚款", [K.CONFISCATE_GOODS, K.FINE]),
        ("暂扣许可证件、吊销许可证件", [K.SUSPEND_LICENCE, K.REVOKE_LICENCE]),
        ("暂扣许可证件、降低资质等级、吊销许可证件", [K.SUSPEND_LICENCE, K.LOWER_QUALIFICATION, K.REVOKE_LICENCE]),
        ("暂扣、吊销许可证件", [K.SUSPEND_LICENCE, K.REVOKE_LICENCE]),
        ("暂扣机动车驾驶证六个月", [K.SUSPEND_LICENCE]),
        ("暂扣", [K.SUSPEND_LICENCE]),
        ("吊销营业执照", [K.REVOKE_LICENCE]),
        ("吊销食品经营许可证并处罚款", [K.REVOKE_LICENCE, K.FINE]),
        ("吊销许可证件罚款", [K.REVOKE_LICENCE, K.FINE]),
        ("降低建筑业企业资质等级", [K.LOWER_QUALIFICATION]),
        ("责令停产停业", [K.SUSPEND_BUSINESS]),
        ("责令停产停业整顿", [K.SUSPEND_BUSINESS]),
        ("责令停产、停业", [K.SUSPEND_BUSINESS]),
        ("责令停业整顿、吊销营业执照", [K.SUSPEND_BUSINESS, K.REVOKE_LICENCE]),
        (
            "限制开展生产经营活动、责令停产停业、责令关闭、限制从业",
            [K.RESTRICT_BUSINESS, K.SUSPEND_BUSINESS, K.CLOSE, K.BAR_OCCUPATION],
        ),
        ("关闭", [K.CLOSE]),
        ("终身禁业", [K.BAR_OCCUPATION]),
        ("行政拘留", [K.DETENTION]),
        ("行政拘留五日，并处罚款500元", [K.DETENTION, K.FINE]),
        ("罚款并处行政拘留10日", [K.FINE, K.DETENTION]),
        ("其他", [K.OTHER]),
        ("其它", [K.OTHER]),
        ("其他行政处罚", [K.OTHER]),
        ("罚款;其他", [K.FINE, K.OTHER]),
        ("法律、行政法规规定的其他行政处罚", [K.OTHER]),
        ("其他-没收违法所得", [K.CONFISCATE_GAIN]),
        ("FINE;WARNING", [K.FINE, K.WARNING]),
        ("罚款;警告;", [K.FINE, K.WARNING]),
        ("“罚款”", [K.FINE]),
        ("", []),
        ("  ", []),
        ("无", []),
        ("/", []),
        (None, []),
    ],
)
def test_cells(cell: str | None, kinds: list[PenaltyKind]) -> None:
    assert parse_kinds(cell) == (kinds, [])


@pytest.mark.parametrize(
    ("cell", "kinds", "text"),
    [
        ("其他-补办", [K.OTHER], "补办"),
        ("其他－补办", [K.OTHER], "补办"),
        ("其他：补办", [K.OTHER], "补办"),
        ("其他（补办）", [K.OTHER], "补办"),
        ("警告;罚款;其他-补办", [K.WARNING, K.FINE, K.OTHER], "补办"),
        ("其他-补办;罚款", [K.OTHER, K.FINE], "补办"),
    ],
)
def test_other_with_its_text(cell: str, kinds: list[PenaltyKind], text: str) -> None:
    read = read_kinds(cell)
    assert (list(read.kinds), read.other_texts, read.unknown) == (kinds, (text,), ())


@pytest.mark.parametrize(
    ("cell", "kinds", "measures"),
    [
        ("责令改正", [], ["责令改正"]),
        ("责令限期改正并罚款", [K.FINE], ["责令限期改正"]),
        ("罚款、责令停止违法行为", [K.FINE], ["责令停止违法行为"]),
        ("责令退赔违法所得", [], ["责令退赔违法所得"]),
        ("责令停止违法行为，限期拆除", [], ["责令停止违法行为", "限期拆除"]),
        ("不予行政处罚", [], ["不予行政处罚"]),
        ("加处罚款", [], ["加处罚款"]),
        ("其他-责令改正", [], ["责令改正"]),
    ],
)
def test_orders_are_no_penalties(cell: str, kinds: list[PenaltyKind], measures: list[str]) -> None:
    read = read_kinds(cell)
    assert (list(read.kinds), list(read.measures), read.unknown) == (kinds, measures, ())


@pytest.mark.parametrize(
    ("cell", "kinds", "unknown"),
    [
        ("罚款;补办手续", [K.FINE], ["补办手续"]),
        ("撤销登记", [], ["撤销登记"]),
        ("暂扣车辆", [], ["暂扣车辆"]),
        ("没收保证金并罚款", [K.FINE], ["没收保证金"]),
        ("没收", [], ["没收"]),
        ("违法所得", [], ["违法所得"]),
        ("暂扣或者吊销许可证、暂扣或者吊销执照", [], ["暂扣或者吊销许可证", "暂扣或者吊销执照"]),
        ("警告或罚款", [K.WARNING, K.FINE], ["或"]),
        ("罚没", [], ["罚没"]),
        ("刑事拘留", [], ["刑事拘留"]),
        ("补办 通报", [], ["补办", "通报"]),
        ("警告 补办", [K.WARNING], ["补办"]),
        ("02", [], ["02"]),
        ("1、2", [], ["1", "2"]),
        ("张三", [], ["张三"]),
    ],
)
def test_what_is_not_in_the_table_is_not_guessed(cell: str, kinds: list[PenaltyKind], unknown: list[str]) -> None:
    assert parse_kinds(cell) == (kinds, unknown)


def test_a_publishers_own_codes() -> None:
    codes = {"01": K.WARNING, "02": K.FINE}
    assert parse_kinds("01;02", codes) == ([K.WARNING, K.FINE], [])
    assert parse_kinds("02;07", codes) == ([K.FINE], ["07"])
    assert parse_kinds("02") == ([], ["02"])


def test_the_official_order() -> None:
    names = "警告 通报批评 罚款 没收违法所得 没收非法财物 暂扣许可证件 降低资质等级 吊销许可证件 "
    names += "限制开展生产经营活动 责令停产停业 责令关闭 限制从业 行政拘留"
    assert [kind.zh for kind in NAMED] == names.split()
    assert [kind.weight for kind in NAMED] == list(range(1, 14))
    assert K.OTHER.weight == 0
    assert [kind.group for kind in K] == [1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 6]
    assert all(kind.en for kind in K)


def test_headline() -> None:
    assert headline([K.WARNING, K.FINE]) is K.FINE
    assert headline([K.OTHER, K.WARNING]) is K.WARNING
    assert headline([K.OTHER]) is K.OTHER
    assert headline(iter([K.FINE, K.DETENTION, K.CLOSE])) is K.DETENTION
    with pytest.raises(InvalidInput):
        headline([])


@given(st.lists(st.sampled_from(K), min_size=1))
def test_headline_does_not_depend_on_order_or_repetition(kinds: list[PenaltyKind]) -> None:
    assert headline(kinds) is headline(list(reversed(kinds))) is headline(set(kinds)) is headline(kinds + kinds)


@given(st.lists(st.sampled_from(NAMED), min_size=1, max_size=6, unique=True), st.data())
def test_official_names_with_any_separators_read_back(kinds: list[PenaltyKind], data: st.DataObject) -> None:
    separators = st.sampled_from(
        ["、", ",", "，", ";", "；", "/", "|", " ", "\n", "+", "及", "和", "并处", "，并处", "以及", "", "; "]
    )
    cell = kinds[0].zh + "".join(data.draw(separators) + kind.zh for kind in kinds[1:])
    assert parse_kinds(cell) == (kinds, [])


def test_every_two_official_names_glued_read_back() -> None:
    for first, second in permutations(NAMED, 2):
        assert parse_kinds(first.zh + second.zh) == ([first, second], [])


pieces = st.lists(
    st.sampled_from(
        [
            *(kind.zh for kind in K),
            "没收",
            "非法财物",
            "吊销",
            "执照",
            "并处",
            "或",
            "其他-",
            "、",
            " ",
            "补办",
            "2,000元",
            "(一)",
            "1、",
            "责令改正",
        ]
    ),
    max_size=8,
).map("".join)


@given(st.one_of(st.text(), pieces))
def test_any_cell_gets_an_answer(cell: str) -> None:
    read = read_kinds(cell)
    assert len(set(read.kinds)) == len(read.kinds)
    assert all(read.unknown)
    assert bool(read.other_texts) <= (K.OTHER in read.kinds)


def test_long_cells_cost_their_length() -> None:
    for run, tail in product(["并处", "吊销", "没收", "其他", "一", "1、", "限期"], ["", "罚款", "X"]):
        kinds, _ = parse_kinds(run * 3000 + tail)
        assert (K.FINE in kinds) == (tail == "罚款")
