"""Region codes with history: GB/T 2260 around the zone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import regions
from schemas.identifiers.regions import Level


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("332121", "330421"),
        ("320584", "320509"),
        ("320525", "320509"),  # over 320584
        ("310229", "310118"),
        ("330421", "330421"),
        ("310118", "310118"),
        ("320509", "320509"),
        ("332123", "330481"),  # 330423, then 339002, then 330481
        ("320521", "320582"),  # 沙洲县 → 张家港市 under two codes
        ("310111", "310113"),
        ("310225", "310115"),
        ("330402", "330402"),  # two names before, one code
        ("320586", "320586"),  # divided between 吴中 and 相城: not guessed
        ("332102", "332102"),
        ("110105", "110105"),  # outside the table
        ("999999", "999999"),
        ("", ""),
        ("无", "无"),
    ],
)
def test_old_codes_lead_to_todays(old: str, new: str) -> None:
    assert regions.current(old) == new


def test_divided_areas_name_all_their_heirs() -> None:
    assert regions.successors("320586") == ("320506", "320507")
    assert regions.successors("332102") == ("330402", "330411")
    assert regions.successors("320584") == ("320509",)
    assert regions.successors("320509") == ("320509",)
    assert regions.successors("999999") == ()


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("330421", "嘉善县", "Jiashan County"),
        ("310118", "青浦区", "Qingpu District"),
        ("320509", "吴江区", "Wujiang District"),
        ("320584", "吴江市", "Wujiang City"),
        ("330402", "南湖区", "Nanhu District"),
        ("320800", "淮安市", "Huai'an"),
        ("123456", "123456", "123456"),
    ],
)
def test_names(code: str, zh: str, en: str) -> None:
    assert regions.name(code) == regions.name(code, "zh") == zh
    assert regions.name(code, "en") == en


@pytest.mark.parametrize(
    ("year", "zh"),
    [
        (1984, "城区"),
        (1992, "城区"),
        (1993, "秀城区"),
        (2004, "秀城区"),
        (2005, "南湖区"),
        (2026, "南湖区"),
        (1970, "330402"),
    ],
)
def test_name_of_a_year(year: int, zh: str) -> None:
    assert regions.name("330402", year=year) == zh


def test_parents_and_full_names() -> None:
    assert regions.parents("330421") == ("330400", "330000")
    assert regions.parents("310118") == ("310000",)
    assert regions.parents("332121") == ("332100", "330000")
    assert regions.parents("330000") == ()
    assert regions.parents("33") == ()
    assert regions.full_name("330421") == "浙江省嘉兴市嘉善县"
    assert regions.full_name("310118") == "上海市青浦区"
    assert regions.full_name("320509", "en") == "Wujiang District, Suzhou, Jiangsu"


@pytest.mark.parametrize(
    ("place", "governing", "others"),
    [
        ("330421", "330421 332121 330400 330401 330000 100000", "330402 330481 330500 330100 310000 310100 999999"),
        ("332121", "330421 332121 330400 330000", "330402 310118"),
        ("310118", "310118 310229 310000 310100 310200 100000", "310117 310228 320500 330000"),
        ("320509", "320509 320584 320525 320500 320501 320000 100000", "320508 320505 320100 310000"),
        ("999999", "999999 100000", "990000 330000"),
    ],
)
def test_who_governs_a_place(place: str, governing: str, others: str) -> None:
    assert [code for code in governing.split() if not regions.governs(code, place)] == []
    assert [code for code in others.split() if regions.governs(code, place)] == []


@pytest.mark.parametrize(
    ("code", "province"),
    [
        ("330421", "330000"),
        ("332121", "330000"),
        ("330275012000", "330000"),
        ("653201", "650000"),
        ("990000", None),
        ("", None),
    ],
)
def test_province(code: str, province: str | None) -> None:
    assert regions.province(code) == province


def test_known_is_not_allowed() -> None:
    assert regions.is_known("320584")
    assert not regions.is_known("110105")


def test_start_up_area() -> None:
    assert {t.name_zh for t in regions.towns() if t.start_up_area} == {
        "金泽镇",
        "朱家角镇",
        "黎里镇",
        "西塘镇",
        "姚庄镇",
    }
    assert sum(t.water_town_parlour for t in regions.towns()) == 4
    found = regions.town("320584", "黎里")
    assert found is not None
    assert found.region == "320509"
    assert regions.town("330421", "西塘镇") is not None
    assert regions.town("330421", "魏塘街道") is None
    assert regions.town("310118", "西塘镇") is None


def test_the_table_agrees_with_itself() -> None:
    table = [row for code in _codes() for row in regions.history(code)]
    assert len(table) > 140
    for row in table:
        assert len(row.code) == 6
        assert row.code.isdecimal()
        assert row.name_zh
        assert row.name_en
        assert regions.province(row.code) is not None
        assert (row.valid_to is None) or row.successors, f"{row} ended without a successor"
        assert (row.valid_to is not None) or not row.successors, f"{row} is in use and has successors"
        for successor in row.successors:
            assert any(
                row.valid_to is not None
                and (n.valid_from or 0) <= row.valid_to
                and row.valid_to <= (n.valid_to or 9999)
                for n in regions.history(successor)
            ), f"{row.code} went to {successor}, which was not in use then"
    for code in _codes():
        names = regions.history(code)
        for before, after in pairwise(names):
            assert before.valid_to is not None
            assert before.valid_to <= (after.valid_from or 0)


def _codes() -> list[str]:
    return [code for code in (f"{n:06d}" for n in range(110000, 830000)) if regions.is_known(code)]


@given(st.one_of(st.from_regex(r"3[1-3][0-9]{4}", fullmatch=True), st.text()))
def test_mapping_twice_is_once_and_never_fails(code: str) -> None:
    today = regions.current(code)
    assert regions.current(today) == today
    assert regions.province(today) == regions.province(code)
    found = regions.region(today)
    if found is not None and regions.is_known(code) and len(regions.successors(code)) == 1:
        assert found.valid_to is None
        assert found.level in (Level.COUNTY, Level.PREFECTURE, Level.PROVINCE, Level.PLACEHOLDER)
