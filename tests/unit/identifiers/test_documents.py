"""Document and case numbers in one spelling."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers.documents import DocumentNumber, canonical, decision_id, parse
from schemas.identifiers.text import fold
from schemas.identifiers.uscc import make

BRACKETS = ["〔〕", "【】", "[]", "［］", "()", "（）", "〈〉", "<>", "＜＞", "《》", "{}", "「」", "〖〗", "﹝﹞"]
AGENCY = make("11", "330421", 1)


@pytest.mark.parametrize(
    "written",
    [
        "沪环综〔2020〕223号",
        "沪环综〔2020〕第223号",
        "沪环综〔2020〕223",
        "沪环综〔2020〕0223号",
        "沪环综〔2020〕 第 0223 号",
        "沪 环 综 〔 2020 〕 223 号",
        "沪环综〔２０２０〕２２３号",
        "沪环综\u3000〔2020〕\t223号\n",
        "沪环综第〔2020〕223号",
        "沪环综〔2020年〕223号",
        "沪环综〔20〕223号",
        "沪环综〔2020〕223号。",
        "文号：沪环综〔2020〕223号",
        "行政处罚决定书文号:沪环综〔2020〕223号",
        "沪环综〔2020〕223號",
        *(f"沪环综{b[0]}2020{b[1]}223号" for b in BRACKETS),
        "沪环综〔2020]223号",
        "沪环综（2020】223号",
        "沪环综〔2020〔223号",
    ],
)
def test_one_number_in_all_its_spellings(written: str) -> None:
    assert parse(written) == DocumentNumber("沪环", "综", 2020, "223", written, "沪环综〔2020〕223号")


@pytest.mark.parametrize(
    ("written", "parts", "canon"),
    [
        ("善综执罚决字[2024]第000123号", ("善", "综执罚决字", 2024, "123"), "善综执罚决字〔2024〕123号"),
        ("嘉环（善）罚字〔2023〕12号", ("嘉环(善)", "罚字", 2023, "12"), "嘉环(善)罚字〔2023〕12号"),
        ("嘉公【西】行罚决字【2024】00123号", ("嘉公(西)", "行罚决字", 2024, "123"), "嘉公(西)行罚决字〔2024〕123号"),
        (
            "沪市监青处〔2024〕292024000123号",
            ("沪市监青", "处", 2024, "292024000123"),
            "沪市监青处〔2024〕292024000123号",
        ),
        ("苏吴市监处罚〔2024〕05-0012号", ("苏吴市监", "处罚", 2024, "5-12"), "苏吴市监处罚〔2024〕5-12号"),
        ("沪环综〔2020〕223-1号", ("沪环", "综", 2020, "223-1"), "沪环综〔2020〕223-1号"),
        ("沪环综〔2020〕223—01", ("沪环", "综", 2020, "223-1"), "沪环综〔2020〕223-1号"),
        ("沪环综〔2020〕223号之一", ("沪环", "综", 2020, "223之一"), "沪环综〔2020〕223号之一"),
        ("嘉环罚〔2004〕字第12号", ("嘉环", "罚字", 2004, "12"), "嘉环罚字〔2004〕12号"),
        ("嘉环罚字第〔2004〕12号", ("嘉环", "罚字", 2004, "12"), "嘉环罚字〔2004〕12号"),
        ("善土监(98)5号", ("善土监", "", 1998, "5"), "善土监〔1998〕5号"),
        ("wsjd罚〔2024〕a12号", ("WSJD", "罚", 2024, "A12"), "WSJD罚〔2024〕A12号"),
        ("善罚〔2024〕A0012号", ("善", "罚", 2024, "A0012"), "善罚〔2024〕A0012号"),
        ("善罚〔2024〕0号", ("善", "罚", 2024, "0"), "善罚〔2024〕0号"),
        ("善罚〔2024〕000号", ("善", "罚", 2024, "0"), "善罚〔2024〕0号"),
        ("(2020)浙0421行初1号", ("浙0421", "行初", 2020, "1"), "(2020)浙0421行初1号"),
        ("（2020）浙0421行初第001号", ("浙0421", "行初", 2020, "1"), "(2020)浙0421行初1号"),
        ("〔2020〕浙行终123号", ("浙", "行终", 2020, "123"), "(2020)浙行终123号"),
        ("(2011)嘉善行初字第5号", ("嘉善", "行初字", 2011, "5"), "(2011)嘉善行初字5号"),
        ("（2020）浙0421行初1号之一", ("浙0421", "行初", 2020, "1之一"), "(2020)浙0421行初1号之一"),
        ("〔2020〕223号", ("", "", 2020, "223"), "(2020)223号"),
        ("(2020)浙0421行初1号之2", ("浙0421", "行初", 2020, "1之2"), "(2020)浙0421行初1号之2"),
        ("嘉环(善)〔2023〕12号", ("嘉环(善)", "", 2023, "12"), "嘉环(善)〔2023〕12号"),
        ("善执罚3〔2024〕1号", ("善执罚3", "", 2024, "1"), "善执罚3〔2024〕1号"),
    ],
)
def test_parts(written: str, parts: tuple[str, str, int, str], canon: str) -> None:
    assert parse(written) == DocumentNumber(*parts, written, canon)
    assert parse(written).understood


@pytest.mark.parametrize(
    ("written", "canon"),
    [
        ("沪环综2020年223号", "沪环综2020年223号"),
        (" ＡＢＣ － 123 ", "ABC-123"),
        ("沪环综［２０２０］", "沪环综〔2020〕"),
        ("沪环综〔2020〕223号、沪环综〔2020〕224号", "沪环综〔2020〕223号、沪环综〔2020〕224号"),
        ("无", "无"),
        ("文号：", "文号:"),
        ("330421-2024-0012", "330421-2024-0012"),
    ],
)
def test_what_cannot_be_taken_apart_keeps_its_text(written: str, canon: str) -> None:
    found = parse(written)
    assert (found.canonical, found.raw, found.year, found.understood) == (canon, written, None, False)


@pytest.mark.parametrize("written", ["", " ", "\u3000\t\n", "\u200b\ufeff"])
def test_no_text_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        parse(written)
    with pytest.raises(InvalidInput):
        decision_id(AGENCY, written)


def test_numbers_that_differ_stay_apart() -> None:
    numbers = [
        "沪环综〔2020〕223号",
        "沪环综〔2021〕223号",
        "沪环综〔2020〕224号",
        "沪环罚〔2020〕223号",
        "沪环综字〔2020〕223号",
    ]
    numbers += [
        "沪环综〔2020〕223-1号",
        "沪环综〔2020〕223号之一",
        "沪环综〔2020〕2230号",
        "沪环综〔2020〕A223号",
        "(2020)沪环综223号",
    ]
    assert len(set(map(canonical, numbers))) == len(numbers)


def test_decision_id() -> None:
    assert decision_id(AGENCY, "善综执罚决字[2024]第000123号") == f"{AGENCY}|善综执罚决字〔2024〕123号"
    assert decision_id(f" {AGENCY.lower()} ", "善综执罚决字（2024）123") == decision_id(
        AGENCY, "善综执罚决字〔2024〕123号"
    )


@pytest.mark.parametrize(
    ("agency", "number"),
    [
        (AGENCY, "无"),
        (AGENCY, "/"),
        (AGENCY, "—"),
        ("", "善罚〔2024〕1号"),
        ("-", "善罚〔2024〕1号"),
        ("无", "善罚〔2024〕1号"),
    ],
)
def test_no_identity_out_of_nothing(agency: str, number: str) -> None:
    with pytest.raises(InvalidInput):
        decision_id(agency, number)


official = st.builds(
    lambda org, kind, year, serial, sub: (f"{org}{kind}", year, f"{serial}{sub}"),
    st.sampled_from(["沪环", "善综执", "嘉公(西)", "苏吴市监", "青城管", "X"]),
    st.sampled_from(["综", "罚字", "罚决字", "处", "函", ""]),
    st.integers(1949, 2048),
    st.integers(0, 10**9),
    st.sampled_from(["", "-1", "-12"]),
)


@given(
    official,
    st.sampled_from(BRACKETS),
    st.sampled_from(["", "第", "第0", "00", " 第 000"]),
    st.sampled_from(["", "号", "号。"]),
    st.booleans(),
)
def test_brackets_zeros_and_words_do_not_matter(
    number: tuple[str, int, str], brackets: str, before: str, after: str, short: bool
) -> None:
    words, year, serial = number
    written_year = f"{year % 100:02d}" if short else str(year)
    written = f"{words}{brackets[0]}{written_year}{brackets[1]}{before}{serial}{after}"
    assert canonical(written) == f"{words}〔{year}〕{serial}号"
    assert canonical(" ".join(written)) == canonical(written)


@given(official)
def test_every_pair_of_brackets_gives_one_number(number: tuple[str, int, str]) -> None:
    words, year, serial = number
    assert len({canonical(f"{words}{a[0]}{year}{b[1]}{serial}号") for a, b in product(BRACKETS, BRACKETS)}) == 1


pieces = st.lists(
    st.sampled_from(
        [
            "沪",
            "环",
            "罚",
            "字",
            "第",
            "号",
            "之",
            "一",
            "年",
            "〔",
            "]",
            "（",
            "）",
            "2020",
            "20",
            "0",
            "12",
            "A",
            "-",
            " ",
            ":",
            "文号",
            "编号",
            "浙0421",
            "行初",
            "。",
        ]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@given(st.one_of(st.text(min_size=1), pieces))
@example("文号:文号:沪环综〔2020〕223号")
@example("〔20〕〔20〕1")
@example("< \u0338")
@example("罚〔0012〕1号")
@example("罚〔1812〕1号")
def test_canonical_of_canonical_is_canonical(text: str) -> None:
    if not fold(text):
        return
    once = canonical(text)
    assert once
    assert canonical(once) == once
    first, again = parse(text), parse(once)
    assert (first.org_abbr, first.doc_kind, first.year, first.serial) == (
        again.org_abbr,
        again.doc_kind,
        again.year,
        again.serial,
    )
