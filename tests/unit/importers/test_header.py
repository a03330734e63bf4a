"""The header is found wherever it stands and whatever it is called; what is missing is named once."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from infra.errors import InvalidInput
from producers.importers.columns import Column, read_heading
from producers.importers.header import find_header, is_hint_row, no_header, require, score
from schemas.identifiers.money import Unit
from tests.support.shuanggongshi import CHINESE, CODES_2016, CODES_2018, organisation, table


def numbered(*rows: list[object]) -> list[tuple[int, list[object]]]:
    return list(enumerate(rows, 1))


def test_every_column_has_its_words_and_no_word_means_two_columns() -> None:
    data = tomllib.loads(files("producers.importers").joinpath("columns.toml").read_text("utf-8"))
    assert set(data["fields"]) == {column.value for column in Column}
    names = Counter(name for entry in data["fields"].values() for name in entry["names"])
    codes = Counter(code for entry in data["fields"].values() for code in entry["codes"])
    assert not [name for name, count in (names + codes).items() if count > 1]
    for column, entry in data["fields"].items():
        for text in (*entry["names"], *entry["codes"]):
            assert read_heading(text).column == column, text


@pytest.mark.parametrize("headings", [CODES_2018, CHINESE, CODES_2016])
def test_the_forms_are_known(headings: dict[str, str]) -> None:
    left = None
    for name, heading in headings.items():
        column = read_heading(heading, left).column
        assert column == name.removesuffix("_2"), heading
        left = column


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("cf_wsh", Column.DOCUMENT_NUMBER),
        (" CF_WSH\n(必填)", Column.DOCUMENT_NUMBER),
        ("行政处罚决定文书号", Column.DOCUMENT_NUMBER),
        ("*行政处罚决定书文号（必填）", Column.DOCUMENT_NUMBER),
        ("12、处罚决定书编号", Column.DOCUMENT_NUMBER),
        ("行政相对人名称\nCF_XDR_MC", Column.PARTY_NAME),
        ("处罚决定日期（YYYY/MM/DD）", Column.DECIDED_ON),
        ("作出行政处罚决定的日期", Column.DECIDED_ON),
        ("作出行政处罚的机关", Column.AGENCY_NAME),
        ("行政相对人代码_5（居民身份证号）", Column.PERSON_ID_NUMBER),
        ("代码_3（组织机构代码）", Column.ORGANISATION_CODE),
        ("代码_4", Column.OTHER_CODE),
        ("法定代表人（负责人）", Column.REPRESENTATIVE),
        ("地方编码(DFBM)", Column.AREA),
        ("数据更新时间戳", Column.UPDATED_AT),
        ("序号", None),
        ("CF_XYZ", None),
        ("XK_WSH", None),
        ("当事人在嘉善县罗星街道擅自占用城市道路堆放建材，事实清楚，证据确凿，应当予以行政处罚，现依法作出决定", None),
    ],
)
def test_headings_are_known_by_code_and_by_words(heading: str, column: Column | None) -> None:
    assert read_heading(heading).column is column


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("罚款金额（万元）", Unit.WAN_YUAN),
        ("罚款金额(元)", Unit.YUAN),
        ("罚款金额（单位：万元）", Unit.WAN_YUAN),
        ("罚款金额 单位:元", Unit.YUAN),
        ("罚款金额/元", Unit.YUAN),
        ("罚款数额万元", Unit.WAN_YUAN),
        ("罚款金额", None),
        ("没收违法所得、没收非法财物的金额（元）", Unit.YUAN),
        ("CF_NR_FK(元)", Unit.YUAN),
    ],
)
def test_a_heading_tells_the_unit(heading: str, unit: Unit | None) -> None:
    found = read_heading(heading)
    assert found.column in {Column.FINE, Column.CONFISCATED}
    assert found.unit is unit


def test_one_heading_over_several_columns_is_told_by_its_neighbour() -> None:
    row = ["当事人", "统一社会信用代码", "法定代表人", "证件类型", "证件号码", "证件类型", "证件号码", "处罚机关"]
    row += ["统一社会信用代码", "数据来源单位", "统一社会信用代码", "文号"]
    layout = find_header(numbered(row))
    assert layout is not None
    places = {column.value: place for column, (place,) in layout.columns.items()}
    assert places == {
        "party_name": 0,
        "uscc": 1,
        "representative": 2,
        "representative_id_type": 3,
        "representative_id_number": 4,
        "person_id_type": 5,
        "person_id_number": 6,
        "agency_name": 7,
        "agency": 8,
        "source_name": 9,
        "source": 10,
        "document_number": 11,
    }


def test_titles_above_and_two_rows_of_headings() -> None:
    rows = [["嘉善县行政处罚信息公示表（2025年）"], ["填报单位：嘉善县综合行政执法局", "", "单位：元"], []]
    names, codes = list(CHINESE.values()), list(CODES_2018.values())
    for header in ([names, codes], [codes, names]):
        layout = find_header(numbered(*rows, *header, *table([organisation(1)])[1:]))
        assert layout is not None
        assert layout.line == 5
        assert len(layout.columns) == len(CODES_2018)
        assert layout.units == {Column.FINE: Unit.WAN_YUAN, Column.CONFISCATED: Unit.WAN_YUAN}, "a heading outranks"
        assert not layout.ignored
    layout = find_header(numbered(*rows, codes))
    assert layout is not None
    assert layout.units == {Column.FINE: Unit.YUAN, Column.CONFISCATED: Unit.YUAN}, "a title outranks the form"


def test_the_unit_of_the_form_and_of_nobody() -> None:
    layout = find_header(numbered(list(CODES_2018.values())))
    assert layout is not None
    assert layout.units[Column.FINE] is Unit.WAN_YUAN
    layout = find_header(numbered(["文号", "罚款金额", "当事人"]))
    assert layout is not None
    assert layout.units[Column.FINE] is None


def test_data_is_no_header() -> None:
    rows = table([organisation(serial) for serial in range(1, 50)])[1:]
    assert max(score(row) for row in rows) < 3
    assert find_header(numbered(*rows)) is None
    error = no_header(40)
    assert "CF_WSH" in error.message
    assert "表头" in error.zh


def test_what_a_decision_needs_and_the_header_lacks_is_named_at_once() -> None:
    layout = find_header(numbered(["当事人", "违法事实", "处罚依据", "网址 330421198001010014"]))
    assert layout is not None
    with pytest.raises(InvalidInput) as caught:
        require(layout, agency_given=False)
    for name in ("CF_WSH", "CF_JDRQ", "CF_CFLB", "CF_CFJGDM"):
        assert name in caught.value.message
        assert name in caught.value.zh
    assert "CF_XDR_MC" not in caught.value.message
    assert "330421198001010014" not in str(caught.value), "should the header be none, its cells are not repeated"
    assert "--agency" in caught.value.hint


def test_an_agency_may_be_given_instead_of_a_column() -> None:
    layout = find_header(numbered(["当事人", "文号", "决定日期", "处罚内容"]))
    assert layout is not None
    require(layout, agency_given=True)
    with pytest.raises(InvalidInput, match="CF_CFJGDM"):
        require(layout, agency_given=False)


def test_every_heading_that_is_known_is_named_though_two_are_one_column() -> None:
    layout = find_header(numbered(list(CODES_2016.values())))
    assert layout is not None
    assert layout.known == tuple(CODES_2016.values())
    with pytest.raises(InvalidInput) as caught:
        require(layout, agency_given=False)
    for heading in CODES_2016.values():
        assert heading in caught.value.message
        assert heading in caught.value.zh


def test_columns_that_are_not_ours_are_told_once() -> None:
    layout = find_header(numbered(["序号", "当事人", "文号", "决定日期", "处罚内容", "公示网址", ""]))
    assert layout is not None
    assert layout.ignored == ("序号", "公示网址")
    assert layout.width == 6


def test_a_column_that_comes_twice_is_told_unless_all_of_it_counts() -> None:
    row = [
        "文号",
        "当事人",
        "案由",
        "案件名称",
        "处罚类别1",
        "处罚类别2",
        "罚款金额（万元）",
        "罚款金额（元）",
        "决定日期",
    ]
    layout = find_header(numbered(row))
    assert layout is not None
    assert layout.repeated == ("案件名称（补“案由”之空 only where that is empty）",)
    assert layout.units == {Column.FINE: None}
    assert layout.own_units == {6: Unit.WAN_YUAN, 7: Unit.YUAN}
    same = find_header(numbered(["文号", "当事人", "罚款金额（万元）", "罚款金额（万元）"]))
    assert same is not None
    assert (same.units, same.own_units, same.repeated) == ({Column.FINE: Unit.WAN_YUAN}, {}, ())


def test_rows_of_hints() -> None:
    assert is_hint_row(["必填", "必填", "选填", ""])
    assert not is_hint_row(["必填", "嘉善某厂", "选填"])
    assert not is_hint_row(["", ""])
