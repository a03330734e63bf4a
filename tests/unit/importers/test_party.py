"""Who a party is, what of it may stand in clear, and what goes sealed."""

from __future__ import annotations

from datetime import date
from time import process_time
from typing import Any

import pytest

from producers.importers.cells import LOST_DIGITS
from producers.importers.flags import RowFlag
from producers.importers.masking import MARK, birth_in_masked, is_citizen_number, masked
from producers.importers.party import NAMELESS, ToldParty, tell_party
from producers.importers.party_kind import Kind, judge, looks_personal
from producers.importers.problems import CellProblem
from producers.importers.record import Record
from schemas.identifiers import uscc
from schemas.identifiers.citizen_id import make_synthetic

NUMBER = make_synthetic(date(1985, 6, 15), 7)
WRONG = NUMBER[:17] + ("0" if NUMBER[17] != "0" else "1")
CODE = uscc.make("91", "330421", 77)
HOUSEHOLD = uscc.make("92", "330421", 78)
DECIDED = date(2025, 3, 5)


def record(**cells: Any) -> Record:
    return Record._make({name: cells.get(name, "") for name in Record._fields}.values())


def party(**cells: Any) -> ToldParty:
    return tell_party(record(**cells), DECIDED)


def test_an_organisation() -> None:
    told = party(
        party_name="嘉善西塘建材有限公司",
        party_kind="法人及非法人组织",
        uscc=f" {CODE.lower()}",
        business_number="330421000012345",
    )
    assert told.fields == {
        "kind": "ORGANISATION",
        "name": "嘉善西塘建材有限公司",
        "uscc": CODE,
        "legacy_ids": ["工商注册号:330421000012345"],
        "region": "330421",
    }
    assert not told.natural
    assert not told.flags


def test_a_representative_goes_along_only_with_a_number_that_can_be_used() -> None:
    base = {"party_name": "嘉善某厂", "uscc": CODE, "representative": "欧阳震华", "representative_id_type": "身份证"}
    assert "representative" not in party(**base).fields
    assert "representative" not in party(**base, representative_id_number="3304**********0014").fields
    told = party(**base, representative_id_number=NUMBER)
    assert told.fields["representative"] == {"name": "欧阳震华", "id_type": "CITIZEN_ID", "id_number": NUMBER}
    assert told.names == ("欧阳震华",)


def test_a_natural_person_is_told_sealed_only() -> None:
    told = party(
        party_name="张三",
        party_kind="自然人",
        person_id_type="居民身份证",
        person_id_number=NUMBER,
        address="西塘镇",
        phone="0573-1",
    )
    assert told.natural
    assert told.fields["name"] is None
    assert told.fields["uscc"] is None
    assert told.fields["legacy_ids"] == []
    assert told.fields["person"] == {
        "name": "张三",
        "id_type": "CITIZEN_ID",
        "id_number": NUMBER,
        "address": "西塘镇",
        "phone": "0573-1",
        "notes": {},
    }
    assert not told.flags
    assert not told.minor


@pytest.mark.parametrize(
    ("born", "minor"),
    [
        (date(2007, 3, 4), False),
        (date(2007, 3, 5), True),  # the birthday still belongs to the year before
        (date(2010, 1, 1), True),
        (date(2015, 1, 1), True),
        (date(1960, 1, 1), False),
    ],
)
def test_minors_are_known_by_their_number(born: date, minor: bool) -> None:
    told = party(party_name="李四", party_kind="自然人", person_id_number=make_synthetic(born, 3))
    assert told.minor is minor
    assert (RowFlag.MINOR in told.flags) is minor


@pytest.mark.parametrize("representative", ["", "张 三", "张三"])
def test_a_number_in_the_columns_of_the_representative_is_the_persons_who_has_none(representative: str) -> None:
    number = make_synthetic(date(2011, 9, 1), 33)
    base = {"party_name": "张三", "party_kind": "自然人", "representative": representative}
    told = party(**base, representative_id_type="身份证", representative_id_number=number)
    assert told.fields["person"]["id_number"] == number
    assert told.fields["person"]["id_type"] == "CITIZEN_ID"
    assert told.minor
    assert told.flags == [RowFlag.MINOR]
    assert party(**base, representative_id_number="33042120120101****").minor
    assert RowFlag.DIGITS_LOST in party(**base, representative_id_number=LOST_DIGITS).flags
    both = party(**base, person_id_number=NUMBER, representative_id_number=number)
    assert both.fields["person"]["id_number"] == NUMBER
    passport = party(**base, representative_id_type="护照", representative_id_number="E12345678")
    assert passport.fields["person"]["id_type"] == "PASSPORT"


def test_the_number_of_somebody_else_is_never_the_persons() -> None:
    told = party(party_name="张三", party_kind="自然人", representative="欧阳震华", representative_id_number=NUMBER)
    assert "id_number" not in told.fields["person"]
    assert told.flags == [RowFlag.PERSON_NOT_LINKABLE]
    company = party(party_name="嘉善某厂", uscc=CODE, representative_id_number=NUMBER)
    assert company.fields["kind"] == "ORGANISATION"
    assert company.fields["representative"] == {"name": NAMELESS, "id_type": "CITIZEN_ID", "id_number": NUMBER}


def test_masked_persons_stay_persons() -> None:
    told = party(party_name="张*", party_kind="自然人", person_id_number="3304**********0014")
    assert told.fields["person"]["name"] == "张*"
    assert told.fields["person"]["id_type"] == "CITIZEN_ID"
    assert told.flags == [RowFlag.PERSON_NOT_LINKABLE]
    born = party(party_name="张*", party_kind="自然人", person_id_number="33042120120101****")
    assert born.fields["person"]["birth_date"] == date(2012, 1, 1)
    assert born.minor


def test_a_person_without_a_name_gets_one_that_makes_no_token() -> None:
    told = party(party_kind="自然人", person_id_number=NUMBER)
    assert told.fields["person"]["name"] == NAMELESS
    with pytest.raises(CellProblem):
        party(party_kind="自然人")


def test_a_citizen_number_in_a_column_of_codes_never_stays_there() -> None:
    for number in (NUMBER, WRONG):
        told = party(party_name="王五", uscc=number)
        assert told.natural
        assert told.fields["uscc"] is None
        assert told.fields["person"]["id_number"] == number
        assert RowFlag.CITIZEN_ID_AS_CODE in told.flags
    told = party(party_name="嘉善王五面馆", party_kind="个体工商户", uscc=HOUSEHOLD, tax_number=f"{NUMBER}L0")
    assert told.fields["legacy_ids"] == []
    assert told.fields["representative"]["id_number"] == NUMBER
    told = party(party_name="王五", party_kind="自然人", other_code=f"{NUMBER};x")
    assert told.fields["person"]["id_number"] == NUMBER


def test_codes_that_are_not_usable() -> None:
    told = party(party_name="嘉善某有限公司", uscc=LOST_DIGITS)
    assert told.fields["uscc"] is None
    assert told.flags == [RowFlag.DIGITS_LOST]
    told = party(party_name="嘉善某有限公司", uscc="91330421********43")
    assert told.fields["uscc"] is None
    assert told.flags == [RowFlag.CODE_MASKED]
    told = party(party_name="嘉善某有限公司", uscc="91350211M0000XUF46")
    assert told.fields["uscc"] == "91350211M0000XUF46", "a wrong check character is kept"
    with pytest.raises(CellProblem) as caught:
        party(party_name="嘉善某有限公司", uscc="张三")
    assert "张三" not in str(caught.value)


def test_an_individual_business() -> None:
    told = party(
        party_name="嘉善县魏塘街道老王面馆", party_kind="个体工商户", representative="王五", person_id_number=NUMBER
    )
    assert told.fields["kind"] == "INDIVIDUAL_BUSINESS"
    assert told.fields["name"] == "嘉善县魏塘街道老王面馆"
    assert told.fields["person"]["name"] == "王五"
    assert told.fields["person"]["id_number"] == NUMBER
    told = party(party_name="嘉善县魏塘街道老王面馆", uscc=HOUSEHOLD)
    assert told.fields["kind"] == "INDIVIDUAL_BUSINESS"
    assert "person" not in told.fields


def test_an_individual_business_under_a_persons_name_is_not_named() -> None:
    told = party(party_name="王小五", party_kind="个体工商户", uscc=HOUSEHOLD)
    assert told.fields["name"] is None
    assert told.fields["uscc"] == HOUSEHOLD
    assert told.fields["representative"]["name"] == "王小五"
    assert RowFlag.BUSINESS_NAMED_AFTER_PERSON in told.flags


KEEPERS = (
    "王小明（个体户）",
    "王小明(个体工商户)",
    "王小明【个体经营者】",
    "王小明 个体户",
    "王小明个体工商户",
    "个体户王小明",
    "个体工商户：王小明",
    "个体户（王小明）",
    "王小明（业主）",
    "业主王小明",
    "经营者:王小明",
    "王 小明（个体户）",
    "王小明（男，45岁，个体工商户）",
    "王小明（老王面馆）",
    "王小明等三人（个体户）",
)


@pytest.mark.parametrize("name", KEEPERS)
def test_what_stands_around_a_name_does_not_hide_that_it_is_a_persons(name: str) -> None:
    told = party(party_name=name, party_kind="个体工商户", uscc=HOUSEHOLD, person_id_number=NUMBER)
    assert told.fields["kind"] == "INDIVIDUAL_BUSINESS"
    assert told.fields["name"] is None
    assert told.fields["representative"] == {"name": "王小明", "id_type": "CITIZEN_ID", "id_number": NUMBER}
    assert told.flags == [RowFlag.BUSINESS_NAMED_AFTER_PERSON]
    assert masked(f"当事人王小明占道，{name}", told.names).count("小明") == 0


@pytest.mark.parametrize(
    "name",
    [
        "老王面馆（经营者：王小明）",
        "老王面馆(业主王小明)",
        "老王面馆 负责人 王小明",
        "老王面馆，经营者：王小明",
        "老王面馆经营者：王小明",
    ],
)
def test_who_keeps_a_business_is_taken_out_of_its_name(name: str) -> None:
    told = party(party_name=name, party_kind="个体工商户", uscc=HOUSEHOLD, person_id_number=NUMBER)
    assert told.fields["name"] == "老王面馆"
    assert told.fields["representative"]["name"] == "王小明"
    assert told.flags == [RowFlag.TEXT_MASKED]
    assert masked("老王面馆的王小明占道", told.names, "老王面馆") == f"老王面馆的{MARK}占道"
    firm = party(party_name=name.replace("老王面馆", "嘉善某厂"), party_kind="法人及非法人组织", uscc=CODE)
    assert firm.fields["name"] == "嘉善某厂"


@pytest.mark.parametrize(
    "name", ["嘉善业主委员会", "老王经营者之家超市", "某小区（业主委员会）", "嘉善某厂（法人独资）"]
)
def test_a_word_for_keepers_in_a_name_is_no_keeper(name: str) -> None:
    told = party(party_name=name, party_kind="法人及非法人组织", uscc=CODE)
    assert told.fields["name"] == name
    assert not told.flags


@pytest.mark.parametrize("part", [" ", "、", "个体户", "（个体", "经营者：", " 业主"])
def test_an_endless_name_costs_no_time(part: str) -> None:
    for times in (2_000, 20):
        name = f"甲{part * times}x"
        began = process_time()
        party(party_name=name, party_kind="个体工商户", uscc=HOUSEHOLD, representative=name)
        assert process_time() - began < 1


def test_several_persons_in_one_cell_are_persons() -> None:
    told = party(party_name="王小明、李小红", party_kind="个体工商户", uscc=HOUSEHOLD)
    assert told.fields["name"] is None
    assert masked("王小明与李小红占道", told.names) == f"{MARK}与{MARK}占道"
    assert party(party_name="王小明，李小红").natural


@pytest.mark.parametrize("name", ["老王面馆（个体工商户）", "个体工商户老王面馆", "永辉超市（嘉善店）"])
def test_an_individual_business_keeps_a_name_that_is_no_persons(name: str) -> None:
    told = party(party_name=name, party_kind="个体工商户", uscc=HOUSEHOLD)
    assert told.fields["name"] == name
    assert not told.flags


@pytest.mark.parametrize("word", ["", "法人及非法人组织", "个体工商户"])
def test_a_person_with_a_word_for_individual_businesses_is_one(word: str) -> None:
    told = party(party_name="王小明（个体户）", party_kind=word)
    assert told.fields["kind"] == "INDIVIDUAL_BUSINESS"
    assert told.fields["name"] is None
    assert (RowFlag.PARTY_KIND_CORRECTED in told.flags) is (word == "法人及非法人组织")
    assert party(party_name="王小明（个体户）", party_kind="自然人").names == ("王小明（个体户）", "王小明")
    assert party(party_name="业主王小明").natural, "who owns a flat has no business"


@pytest.mark.parametrize(
    ("word", "name", "has_code", "household", "number", "kind"),
    [
        ("法人及非法人组织", "嘉善某有限公司", True, False, False, Kind.ORGANISATION),
        ("法人及非法人组织", "张三", False, False, False, Kind.NATURAL_PERSON),
        ("法人及非法人组织", "端木试样乙", False, False, True, Kind.NATURAL_PERSON),
        ("法人及非法人组织", "马家桥村民小组", False, False, False, Kind.ORGANISATION),
        ("法人及非法人组织", "老凤祥", True, False, False, Kind.ORGANISATION),
        ("法人及非法人组织", "某某小吃店", True, True, False, Kind.INDIVIDUAL_BUSINESS),
        ("自然人", "张三", False, False, True, Kind.NATURAL_PERSON),
        ("自然人", "嘉善某有限公司", True, False, False, Kind.ORGANISATION),
        ("个体工商户", "张三", False, False, False, Kind.INDIVIDUAL_BUSINESS),
        ("个人独资企业", "嘉善某加工厂", False, False, False, Kind.ORGANISATION),
        ("", "嘉善某有限公司", False, False, False, Kind.ORGANISATION),
        ("", "嘉善县罗星街道马家桥村村民委员会", False, False, False, Kind.ORGANISATION),
        ("", "张三", False, False, False, Kind.NATURAL_PERSON),
        ("", "欧阳震华", False, False, False, Kind.NATURAL_PERSON),
        ("", "张*", False, False, False, Kind.NATURAL_PERSON),
        ("", "买买提·艾合买提", False, False, False, Kind.NATURAL_PERSON),
        ("", "John Smith", False, False, False, Kind.NATURAL_PERSON),
        ("", "Acme Trading Co., Ltd.", True, False, False, Kind.ORGANISATION),
        ("", "不知名", False, False, False, Kind.NATURAL_PERSON),
        ("", "嘉善老王面馆", False, False, True, Kind.INDIVIDUAL_BUSINESS),
        ("1", "嘉善某有限公司", True, False, False, Kind.ORGANISATION),
    ],
)
def test_the_kind_of_a_party(word: str, name: str, has_code: bool, household: bool, number: bool, kind: Kind) -> None:
    found = judge(word, name, has_code=has_code, household_code=household, has_person_number=number)
    assert found.kind is kind


def test_in_doubt_a_name_is_a_persons() -> None:
    for name in ("张三", "李雨轩", "王玉堂", "张小楼", "王*", "张某", "古丽·热合曼", "O'Brien Mary"):
        assert looks_personal(name), name
    for name in ("老王面馆", "某某超市", "嘉善厂", "永辉超市", "工商银行", "Acme Co Ltd"):
        assert not looks_personal(name), name


@pytest.mark.parametrize(
    ("text", "names", "keep", "expected"),
    [
        ("擅自占道", (), "", "擅自占道"),
        (f"当事人（身份证号{NUMBER}）占道", (), "", f"当事人（身份证号{MARK}）占道"),
        (f"当事人{WRONG}占道", (), "", f"当事人{MARK}占道"),
        (f"号码 {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} 。", (), "", f"号码 {MARK} 。"),
        ("联系电话13800138000。", (), "", f"联系电话{MARK}。"),
        ("电话138 0013 8000", (), "", f"电话{MARK}"),
        ("银行卡号：6222021234567890123，", (), "", f"银行卡号：{MARK}，"),
        ("案号善综执罚决字〔2025〕第000012号", (), "", "案号善综执罚决字〔2025〕第000012号"),
        (f"统一社会信用代码{CODE}", (), "", f"统一社会信用代码{CODE}"),
        ("法定代表人欧阳震华在场", ("欧阳震华",), "", f"法定代表人{MARK}在场"),
        ("张三面馆的张三在场", ("张三",), "张三面馆", f"张三面馆的{MARK}在场"),
        ("张*在场", ("张*", "王"), "", "张*在场"),
    ],
)
def test_texts_lose_names_and_numbers(text: str, names: tuple[str, ...], keep: str, expected: str) -> None:
    assert masked(text, names, keep) == expected


def test_citizen_numbers_are_told_from_codes() -> None:
    assert is_citizen_number(NUMBER)
    assert is_citizen_number(WRONG)
    assert not is_citizen_number(CODE)
    assert not is_citizen_number("330421600012345")
    assert not is_citizen_number("")
    assert birth_in_masked("33042119800101****") == date(1980, 1, 1)
    assert birth_in_masked("330421********1234") is None
    assert birth_in_masked("33042119801301****") is None


def test_nothing_of_a_person_is_printed() -> None:
    told = party(party_name="张三", party_kind="自然人", person_id_number=NUMBER)
    assert "张三" not in repr(told)
    assert NUMBER not in repr(told)
    assert "张三" not in repr(record(party_name="张三"))
