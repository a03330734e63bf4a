"""Minors that only the words of a row tell: they are shared with nobody; adults and sellers are not taken for them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from producers.importers.flags import RowFlag
from producers.importers.minors import said_minor
from schemas.identifiers.citizen_id import make_synthetic
from tests.unit.importers.test_decision import told

DECIDED = date(2025, 3, 5)
ADULTS_NUMBER = make_synthetic(date(1985, 6, 15), 7)


@pytest.mark.parametrize(
    "text",
    [
        "当事人系未成年人",
        "王某（未成年）",
        "未满18周岁",
        "当事人未满十八周岁",
        "不满 18 岁",
        "已满14周岁不满18周岁",
        "18周岁以下",
        "王某，男，15岁",
        "王某,男,15 周岁",
        "男，十七周岁",
        "年龄：１６",
        "2010年5月生",
        "王某，2010年5月1日出生，汉族",
        "出生于2010年",
        "生于2010年5月",
        "出生日期：2010-05-01",
        "二〇一〇年五月生",
        "2007年生",  # perhaps at its end
        "2007年3月生",
        "2010.5.1生",
        "向未成年人出售烟酒",
    ],
)
def test_words_of_minors(text: str) -> None:
    assert said_minor([text], DECIDED, known_adult=False)


@pytest.mark.parametrize(
    "text",
    [
        "年满18周岁",
        "已满十八周岁",
        "非未成年人",
        "男，45岁",
        "二十五岁",
        "年龄：35",
        "2006年5月生",
        "1985年6月15日出生",
        "2024年5月生产的食品",
        "王先生于2025年3月1日占道",
        "事件发生于2025年3月1日",
        "违反《中华人民共和国未成年人保护法》第五十九条",
        "2025年2月10日生效",
        "罚款15元",
        "占道15平方米",
        "",
    ],
)
def test_words_of_nobody_and_of_adults(text: str) -> None:
    assert not said_minor([text], DECIDED, known_adult=False)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("向未成年人出售烟酒", False),
        ("向15岁的学生售烟", False),
        ("使用未满16周岁的童工", False),
        ("当事人为未成年人，证件为其父所有", True),
        ("王某，男，15岁", True),
    ],
)
def test_an_adult_by_number_is_no_minor_for_those_he_sold_to(text: str, minor: bool) -> None:
    assert said_minor([text], DECIDED, known_adult=True) is minor


@pytest.mark.parametrize(
    "cells",
    [
        {"party_name": "王小明（未成年）"},
        {"party_name": "王小明（男，15岁）"},
        {"party_kind": "自然人（未成年人）"},
        {"facts": "王小明，男，15岁，占道"},
        {"penalty_text": "当事人未满18周岁，罚款2000元"},
        {"remarks": "2010年5月生"},
        {"violation": "未成年人驾驶电动车"},
        {"remarks": "未成年", "person_id_number": ADULTS_NUMBER},
    ],
)
def test_a_row_that_says_so_is_shared_with_nobody(cells: dict[str, Any]) -> None:
    row = told(**{"party_name": "王小明", "party_kind": "自然人", "uscc": "", **cells})
    assert row.dissemination == "NONE"
    assert row.flags.count(RowFlag.MINOR) == 1


def test_an_adult_and_an_organisation_are_shared() -> None:
    base = {"party_name": "王小明", "party_kind": "自然人", "uscc": ""}
    assert told(**base, facts="王小明，男，年满18周岁").dissemination == "FULL"
    seller = told(**base, person_id_number=ADULTS_NUMBER, facts="向未成年人出售烟酒")
    assert seller.dissemination == "FULL"
    assert told(facts="向未成年人出售烟酒").dissemination == "FULL"
    business = told(party_name="老王面馆", party_kind="个体工商户", facts="向未成年人出售烟酒")
    assert business.dissemination == "FULL"
