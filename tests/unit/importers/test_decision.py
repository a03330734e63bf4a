"""A row becomes one event, the same however the file is written; what is wrong with it is told at once."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import InvalidEvent
from producers.importers.cells import LOST_DIGITS
from producers.importers.columns import Column
from producers.importers.decision import Reading, RowProblems, Told, known_number, stream_of, tell
from producers.importers.flags import RowFlag
from producers.importers.header import SEARCHED, find_header
from producers.importers.notes import is_no_row
from producers.importers.record import compile_reader
from producers.importers.source import open_source
from schemas.identifiers import documents, uscc
from schemas.identifiers.citizen_id import make_synthetic
from schemas.identifiers.money import Unit
from schemas.rules import admit
from tests.support.shuanggongshi import (
    AGENCY,
    BRACKETS,
    DATE_SHAPES,
    ENCODINGS,
    HEADINGS,
    SEPARATORS,
    Facts,
    Style,
    cells,
    organisation,
    person,
    table,
    write_csv,
    write_xlsx,
)
from tests.unit.importers.test_party import record

READING = Reading("330421", units={Column.FINE: Unit.WAN_YUAN, Column.CONFISCATED: Unit.WAN_YUAN})
DECISIONS = [
    organisation(1),
    organisation(2, kinds=("没收违法所得", "罚款"), fine_yuan=350, decided_on=date(2025, 12, 31)),
    organisation(3, kinds=("警告",), fine_yuan=0),
    person(4, "欧阳震华"),
    person(5, "李小四", born=date(2010, 5, 1), kinds=("警告",), fine_yuan=0),
]


def told_in(path: Path, agency: str = "") -> list[Told]:
    with open_source(path) as source:
        layout = find_header(list(islice(source.lines(), SEARCHED)))
        assert layout is not None
        source.width = layout.width
        read = compile_reader(layout)
        reading = Reading("330421", agency, layout.units)
        rows = [(line, read(row)) for line, row in source.lines() if line > layout.line]
    return [tell(line, row, reading) for line, row in rows if row is not None]


def said(told: Told) -> dict[str, Any]:
    """All that an event says, but for the way in which the document number is written."""
    return {**told.payload, "document_number": documents.canonical(told.payload["document_number"])}


def plain(**changes: Any) -> dict[str, Any]:
    """Cells of a good row."""
    row = {name: value for name, value in cells(organisation(1)).items() if name in Column._value2member_map_}
    return {**row, **changes}


def told(**changes: Any) -> Told:
    return tell(7, record(**plain(**changes)), READING)


def refused(**changes: Any) -> list[Column | None]:
    with pytest.raises(RowProblems) as caught:
        told(**changes)
    assert all(problem.zh and problem.message for problem in caught.value.problems)
    return [problem.column for problem in caught.value.problems]


def test_every_way_of_writing_gives_the_same_events(tmp_path: Path) -> None:
    expected = [said(row) for row in told_in(write_csv(tmp_path / "a.csv", table(DECISIONS)))]
    shapes = [*DATE_SHAPES, "serial"]
    styles = [
        Style(headings, bracket, separator, shape, padded=padded)
        for (headings, bracket, separator, shape), padded in zip(
            itertools.product(("2018", "中文"), BRACKETS, SEPARATORS, shapes),
            itertools.cycle((True, False)),
            strict=False,
        )
    ]
    for style in random.Random(1).sample(styles, 60):
        encoding = random.Random(repr(style)).choice(ENCODINGS)
        path = write_csv(tmp_path / "b.csv", table(DECISIONS, style), encoding)
        assert [said(row) for row in told_in(path)] == expected, (style, encoding)
    for style in (Style(dates_typed=True), Style("中文", date_shape="serial", dates_typed=True), Style("中文")):
        path = write_xlsx(tmp_path / "b.xlsx", [["行政处罚公示"], [], *table(DECISIONS, style)])
        assert [said(row) for row in told_in(path)] == expected, style


def test_the_form_of_2016(tmp_path: Path) -> None:
    new = told_in(write_csv(tmp_path / "a.csv", table(DECISIONS)))
    for encoding in ENCODINGS:
        old = told_in(write_csv(tmp_path / "b.csv", table(DECISIONS, Style("2016")), encoding), AGENCY)
        for was, now in zip(old, new, strict=True):
            same = ("decision_id", "agency", "decided_on", "penalties", "facts", "basis_text", "item_name")
            assert {name: was.payload[name] for name in same} == {name: now.payload[name] for name in same}
            assert was.payload["party"]["kind"] == now.payload["party"]["kind"]
            assert was.payload["party"]["uscc"] == now.payload["party"]["uscc"]
            assert was.stream_id == now.stream_id


@given(st.sampled_from(sorted(HEADINGS)), st.sampled_from(BRACKETS), st.sampled_from(SEPARATORS), st.data())
def test_cells_in_any_order_and_style(headings: str, bracket: str, separator: str, data: st.DataObject) -> None:
    rows = table(DECISIONS, Style(headings, bracket, separator, data.draw(st.sampled_from(DATE_SHAPES))))
    order = data.draw(st.permutations(range(len(rows[0]))))
    shuffled = [[row[place] for place in order] for row in rows]
    layout = find_header([(1, shuffled[0])])
    assert layout is not None
    read = compile_reader(layout)
    reading = Reading("330421", AGENCY, layout.units)
    found = [tell(2, row, reading).decision_id for cells_ in shuffled[1:] if (row := read(cells_)) is not None]
    assert found == [f"{AGENCY}|善综执罚决字〔{f.decided_on.year}〕{f.serial}号" for f in DECISIONS]


def test_the_event_is_one_that_the_contract_takes() -> None:
    row = told()
    assert row.decision_id == f"{AGENCY}|善综执罚决字〔2025〕1号"
    assert row.stream_id == stream_of(row.decision_id)
    assert row.stream_id.startswith("decision-")
    meta = {
        "event_id": "0195a3c5-6a00-7abc-8def-0123456789ab",
        "event_type": "DecisionMade",
        "publisher": "jiashan.gongshi",
        "epoch": 1,
        "sequence": 1,
        "region": "330421",
        "stream_id": row.stream_id,
        "correlation_id": "0195a3c5-6a00-7abc-8def-0123456789ab",
        "causation_id": None,
        "fact_id": "0195a3c5-6a00-7abc-8def-0123456789ab",
        "revision": 1,
        "retracted": False,
        "occurred_at": datetime(2025, 3, 4, 16, tzinfo=UTC),
        "recorded_at": datetime(2025, 3, 5, tzinfo=UTC),
        "actor": {"agency": AGENCY, "unit": None, "officers": []},
        "legal_basis": [],
        "dissemination": row.dissemination,
        "audience": [],
    }
    event = admit({"meta": meta, **row.payload}, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert type(event).__name__ == "DecisionMade"
    with pytest.raises(InvalidEvent):
        admit({"meta": meta, **told(decided_on="2027-01-01").payload}, now=datetime(2026, 1, 1, tzinfo=UTC))


def test_texts_of_natural_persons_are_sealed_and_nothing_else() -> None:
    row = told(
        party_name="欧阳震华",
        party_kind="自然人",
        uscc="",
        violation="欧阳震华占道经营",
        facts="欧阳震华于某日占道经营",
        penalty_text="对欧阳震华罚款2000元",
        licence="机动车驾驶证",
        remarks="家住西塘",
        kinds="罚款、教育学习",
    )
    notes = row.payload["party"]["person"]["notes"]
    assert notes["facts"] == "欧阳震华于某日占道经营"
    assert notes["remarks"] == "家住西塘"
    assert row.payload["facts"] is None
    assert row.payload["penalty_text"] is None
    assert row.payload["item_name"] == "〔已隐去〕占道经营"
    clear = {**row.payload, "party": {**row.payload["party"], "person": None}}
    for secret in ("欧阳震华", "西塘", "驾驶证", "教育学习"):
        assert secret not in repr(clear)
    assert RowFlag.TEXT_MASKED in row.flags
    assert RowFlag.PERSON_NOT_LINKABLE in row.flags


def test_a_long_story_about_a_natural_person_is_sealed() -> None:
    story = "在某处做了某事" * 20
    row = told(party_name="欧阳震华", party_kind="自然人", uscc="", violation=story)
    assert row.payload["item_name"] is None
    assert row.payload["party"]["person"]["notes"]["violation"] == story


def test_texts_about_organisations_lose_the_persons_in_them() -> None:
    number = make_synthetic(date(1990, 1, 1), 5)
    row = told(representative="欧阳震华", facts=f"法定代表人欧阳震华（{number}，13800138000）在场")
    assert row.payload["facts"] == "法定代表人〔已隐去〕（〔已隐去〕，〔已隐去〕）在场"
    assert row.flags == [RowFlag.TEXT_MASKED]


@pytest.mark.parametrize("name", ["王小明（个体户）", "个体户王小明", "王小明"])
def test_a_business_named_after_a_person_is_named_nowhere(name: str) -> None:
    row = told(
        party_name=name,
        party_kind="个体工商户",
        uscc=uscc.make("92", "330421", 78),
        person_id_number=make_synthetic(date(1985, 6, 15), 7),
        violation="王小明占道经营",
        facts="当事人王小明占道",
        penalty_text="对王小明罚款2000元",
    )
    clear = {**row.payload, "party": {**row.payload["party"], "representative": None}}
    assert "小明" not in repr(clear)
    assert clear["penalty_text"] == "对〔已隐去〕罚款2000元"
    assert {RowFlag.TEXT_MASKED, RowFlag.BUSINESS_NAMED_AFTER_PERSON} <= set(row.flags)


def test_minors_are_shared_with_nobody() -> None:
    row = told(party_name="李小四", party_kind="自然人", uscc="", person_id_number=make_synthetic(date(2012, 1, 1), 9))
    assert row.dissemination == "NONE"
    assert RowFlag.MINOR in row.flags
    assert told().dissemination == "FULL"


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert refused(document_number="", decided_on="2025-13-01", fine="很多", agency="", uscc="张三") == [
        Column.AGENCY,
        Column.DOCUMENT_NUMBER,
        Column.DECIDED_ON,
        Column.FINE,
        Column.USCC,
    ]


@pytest.mark.parametrize(
    "number", ["张三", LOST_DIGITS, make_synthetic(date(1990, 1, 1), 5), "13800138000", "见附件", "一" * 90, "-"]
)
def test_what_is_no_document_number_is_refused_and_not_repeated(number: str) -> None:
    with pytest.raises(RowProblems) as caught:
        told(document_number=number)
    assert number not in str(caught.value) or number == "-"
    assert known_number(record(document_number=number)) == ""


@pytest.mark.parametrize("number", ["善综执罚决字2025第12号", "3304212500001234", "嘉善公（罗）行罚决字2025 00123"])
def test_document_numbers_in_no_known_form_are_taken_as_they_are(number: str) -> None:
    row = told(document_number=number)
    assert row.payload["document_number"] == number
    assert RowFlag.DOCUMENT_NUMBER_FORM in row.flags


def test_a_document_number_with_a_persons_number_in_it_is_refused() -> None:
    number = make_synthetic(date(1990, 1, 1), 5)
    assert refused(document_number=f"善罚〔2025〕{number}号") == [Column.DOCUMENT_NUMBER]
    assert known_number(record(document_number=f"善罚〔2025〕{number}号")) == ""


def test_other_days() -> None:
    row = told(valid_until="长期", publish_until="2099-12-31")
    assert row.payload["valid_until"] is None
    assert row.payload["publish_until"] is None
    row = told(valid_until="三年", publish_until="自公示之日起1年")
    assert row.flags == [RowFlag.PERIOD_INSTEAD_OF_DAY] * 2
    assert refused(publish_until="2025/2/30") == [Column.PUBLISH_UNTIL]


def test_an_agency_for_rows_that_name_none() -> None:
    row = tell(7, record(**plain(agency="")), Reading("330421", AGENCY))
    assert row.payload["agency"] == AGENCY
    assert refused(agency="嘉善县综合行政执法局") == [Column.AGENCY]


def test_what_the_file_says_of_itself() -> None:
    assert RowFlag.STATUS_NOT_NORMAL in told(status="1").flags
    assert RowFlag.STATUS_NOT_NORMAL in told(status="撤销").flags
    assert not told(status="正常", area="330400").flags
    assert RowFlag.AREA_DIFFERS in told(area="310118").flags
    assert told(updated_at="2025/3/6 10:20:30").updated_at == datetime(2025, 3, 6, 2, 20, 30, tzinfo=UTC)
    assert told(updated_at="20250306102030").updated_at == datetime(2025, 3, 6, 2, 20, 30, tzinfo=UTC)
    assert told(updated_at="2025-03-06").updated_at == datetime(2025, 3, 5, 16, tzinfo=UTC)
    assert told(updated_at="昨天").updated_at is None
    assert told(updated_at="2025-13-06 10:00").updated_at is None
    assert told(procedure="简易程序").payload["procedure"] == "SIMPLE"


@pytest.mark.parametrize(
    ("row", "is_note"),
    [
        (["制表人：王五", "审核人：赵六"], True),
        (["备注：本表数据截至3月底"], True),
        (["合计", "", "", "12.5"], True),
        (["共51条"], True),
        (["注：以上均已履行"], True),
        (["必填", "必填", "必填", "选填"], True),
        (["王五", "", "罚款"], False),
        (["合计" for _ in range(10)], False),
        (["说明书有限公司", "某厂", "x", "x", "x", "x", "x", "x"], False),
    ],
)
def test_lines_that_are_no_rows(row: list[str], is_note: bool) -> None:
    assert is_no_row(record(), row) is is_note


def test_a_row_with_a_document_number_is_never_passed_over() -> None:
    assert not is_no_row(record(document_number="善罚〔2025〕1号"), ["备注：", "善罚〔2025〕1号"])


def test_a_header_that_comes_again_is_no_row() -> None:
    headings = list(HEADINGS["中文"].values())
    assert is_no_row(record(document_number="行政处罚决定书文号"), headings)


def test_facts_of_the_examples_are_what_they_say() -> None:
    assert isinstance(DECISIONS[0], Facts)
    assert [f.party_kind for f in DECISIONS].count("自然人") == 2
