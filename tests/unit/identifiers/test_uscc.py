"""Unified social credit codes: GB 32100-2015 and the organisation code of GB 11714-1997 inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers import uscc
from schemas.identifiers.uscc import ALPHABET, UsccCheck, check, is_government, make, normalise, region_code

made = st.builds(
    make,
    st.sampled_from(["11", "12", "51", "91", "92", "93", "N2"]),
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    st.integers(0, 9_999_999),
)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("91350100M000100Y43", UsccCheck.OK),  # the standard's worked example
        ("91350100M000100Y4Z", UsccCheck.BAD_CHARACTER),  # Z is not in the alphabet
        ("91350100M000100Y44", UsccCheck.CHECKSUM_MISMATCH),
        ("91350211M0000XUF46", UsccCheck.CHECKSUM_MISMATCH),  # reported from life
        ("91350100M000100Y4", UsccCheck.BAD_LENGTH),
        ("91350100M000100Y433", UsccCheck.BAD_LENGTH),
        ("", UsccCheck.BAD_LENGTH),
        ("无", UsccCheck.BAD_LENGTH),
        ("9135010OM000100Y43", UsccCheck.BAD_CHARACTER),  # the letter O for a zero
        ("91350A00M000100Y43", UsccCheck.BAD_CHARACTER),  # a letter in the region
        ("000000000000000000", UsccCheck.BAD_CHARACTER),  # passes both sums, means nothing
        ("9135********000Y43", UsccCheck.BAD_CHARACTER),  # masked
    ],
)
def test_checks(code: str, found: UsccCheck) -> None:
    assert check(code) is found


def test_inner_check_is_found_where_the_outer_one_agrees() -> None:
    good = make("91", "330421", 12)
    wrong_inner = next(c for c in ALPHABET if c != good[16])
    candidates = [f"{good[:16]}{wrong_inner}{last}" for last in ALPHABET]
    assert [check(code) for code in candidates].count(UsccCheck.INNER_CHECKSUM_MISMATCH) == 1


@pytest.mark.parametrize(
    "written",
    [
        "91350100m000100y43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        " 9135 0100 M000 100Y43 ",
        "91-350100-M000100Y4-3",
        "91—350100—M000100Y4—3",
        "\t91350100M000100Y43\n",
        "'91350100M000100Y43",
        "\ufeff91350100M000100Y43\u200b",
        "\u300091350100M000100Y43",
    ],
)
def test_spellings_are_one_code(written: str) -> None:
    assert normalise(written) == "91350100M000100Y43"
    assert check(written) is UsccCheck.OK


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("91350100M000100Y43", "350100"),
        ("91320584M000100Y43", "320584"),  # the check is wrong, the region can be read
        ("91350100", None),
        ("91ABCDEFM000100Y43", None),
        ("91１３５０１００", None),
    ],
)
def test_region(code: str, region: str | None) -> None:
    assert region_code(code) == region


def test_government() -> None:
    assert is_government(make("11", "330421", 1))
    assert is_government(make("11", "330421", 1).lower())
    assert not is_government(make("12", "330421", 1))
    assert not is_government("11330421")


@pytest.mark.parametrize(
    ("dept", "region", "serial"),
    [
        ("1", "330421", 1),
        ("0A", "330421", 1),
        ("9I", "330421", 1),
        ("91", "33042", 1),
        ("91", "33042A", 1),
        ("91", "330421", -1),
        ("91", "330421", 10_000_000),
    ],
)
def test_make_refuses(dept: str, region: str, serial: int) -> None:
    with pytest.raises(InvalidInput):
        make(dept, region, serial)


@given(made)
def test_made_codes_are_valid_and_marked(code: str) -> None:
    assert check(code) is UsccCheck.OK
    assert code[8] == uscc.SYNTHETIC_MARK
    assert region_code(code) == code[2:8]


@given(made, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_found(code: str, place: int, other: str) -> None:
    changed = f"{code[:place]}{other}{code[place + 1 :]}"
    assert (check(changed) is UsccCheck.OK) == (changed == code)


@given(made, st.integers(0, 16))
def test_any_two_neighbours_swapped_are_found(code: str, place: int) -> None:
    changed = f"{code[:place]}{code[place + 1]}{code[place]}{code[place + 2 :]}"
    assert (check(changed) is UsccCheck.OK) == (changed == code)


@given(st.text())
def test_any_text_gets_an_answer_and_normalising_twice_is_once(text: str) -> None:
    check(text)
    region_code(text)
    once = normalise(text)
    assert normalise(once) == once
