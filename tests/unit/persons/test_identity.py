"""Who gets which token: one person one canonical text, and nobody else's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.persons.identity import Basis, canonical_name, is_canonical, officer, recognise
from schemas.identifiers.citizen_id import IdCheck, IdType, make_synthetic

BORN = date(1980, 5, 17)
NUMBER = make_synthetic(BORN, 15)


def canonical(kind: IdType | None, number: str | None, name: str = "张三丰", born: date | None = None) -> str | None:
    found = recognise(kind, number, name, born).identity
    return found.canonical if found else None


@pytest.mark.parametrize(
    "spelling",
    [
        NUMBER,
        f" {NUMBER} ",
        f"'{NUMBER}",
        "".join(chr(ord(digit) + 0xFEE0) for digit in NUMBER),
        f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}",
        f"{NUMBER}\u200b",
    ],
)
def test_one_number_in_any_spelling_is_one_person_whatever_the_name(spelling: str) -> None:
    assert canonical(IdType.CITIZEN_ID, spelling, "张*") == f"citizen\x1f{NUMBER}"


def test_fifteen_digits_and_eighteen_are_one_person() -> None:
    old = NUMBER[:6] + NUMBER[8:17]
    assert canonical(IdType.CITIZEN_ID, old) == canonical(IdType.CITIZEN_ID, NUMBER)
    assert canonical(IdType.PASSPORT, old) != canonical(IdType.CITIZEN_ID, NUMBER)


def test_small_x_and_capital_x_are_one_person() -> None:
    with_x = next(number for seq in range(1000) if (number := make_synthetic(BORN, seq)).endswith("X"))
    assert canonical(IdType.CITIZEN_ID, with_x.lower()) == f"citizen\x1f{with_x}"


def test_a_wrong_check_character_still_gives_a_token_and_says_so() -> None:
    wrong = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    found = recognise(IdType.CITIZEN_ID, wrong, "张三丰", None)
    assert found.identity is not None
    assert found.identity.basis is Basis.NUMBER
    assert found.check is IdCheck.CHECKSUM_MISMATCH


def test_a_right_citizen_number_counts_under_another_type_a_wrong_one_does_not() -> None:
    wrong = NUMBER[:17] + ("1" if NUMBER[17] != "1" else "2")
    assert canonical(IdType.OTHER, NUMBER) == canonical(None, NUMBER) == f"citizen\x1f{NUMBER}"
    assert canonical(IdType.OTHER, wrong) == f"document\x1fOTHER\x1f{wrong}\x1f张三丰"


@pytest.mark.parametrize("name", ["张*", "张某", "张某某", "李XX", "李X", "王＊＊", "赵□", "王○○", "?", "张", "无", ""])
def test_masked_and_missing_names_without_number_get_no_token(name: str) -> None:
    assert canonical(None, None, name, BORN) is None
    assert canonical(IdType.CITIZEN_ID, "330421********0014", name, BORN) is None


@pytest.mark.parametrize(
    "number", ["", " ", "-", "无", "0", "111111111111111111", "000000000000000", "()", "XXXXXXXX", "*"]
)
@pytest.mark.parametrize("kind", [*IdType, None])
def test_placeholders_join_nobody(number: str, kind: IdType | None) -> None:
    assert canonical(kind, number) is None


def test_name_and_birth_date_stand_in_for_a_missing_number_and_are_told_apart() -> None:
    found = recognise(None, None, "张 三丰", BORN).identity
    assert found is not None
    assert found.basis is Basis.NAME_AND_BIRTH
    assert found.canonical == "named\x1f张三丰\x1f1980-05-17"
    assert canonical(None, None, "张三丰", date(1980, 5, 18)) != found.canonical
    assert canonical(None, None, "张三丰") is None


def test_passports_of_two_countries_with_one_number_stay_two_people() -> None:
    assert canonical(IdType.PASSPORT, "E1234567", "John Smith") != canonical(IdType.PASSPORT, "E1234567", "Anna Berg")
    assert canonical(IdType.PASSPORT, "e 123-4567", "JOHN  SMITH") == canonical(
        IdType.PASSPORT, "E1234567", "John Smith"
    )
    assert canonical(IdType.PASSPORT, "E1234567", "J*") is None


def test_permits_of_this_country_need_no_name_and_keep_their_holder_through_renewals() -> None:
    assert canonical(IdType.HK_MACAO_PERMIT, "H1234567801", "陈*") == canonical(
        IdType.HK_MACAO_PERMIT, "H12345678", "陈大文"
    )
    assert canonical(IdType.TAIWAN_PERMIT, "12345678") != canonical(IdType.HK_MACAO_PERMIT, "H12345678")


@given(
    kind=st.sampled_from([*IdType, None]),
    number=st.none()
    | st.text(max_size=40)
    | st.from_regex(r"[0-9]{15}|[0-9]{17}[0-9Xx]|[A-Z][0-9]{8}", fullmatch=True),
    name=st.text(min_size=1, max_size=220),
    born=st.none() | st.dates(),
)
def test_whatever_is_given_the_tokeniser_will_take_what_comes_out(
    kind: IdType | None, number: str | None, name: str, born: date | None
) -> None:
    text = canonical(kind, number, name, born)
    assert text is None or is_canonical(text)


@given(st.text(max_size=60))
def test_folding_a_name_twice_changes_nothing(name: str) -> None:
    once = canonical_name(name)
    assert once is None or canonical_name(once) == once


def test_officers_are_told_apart_by_region() -> None:
    assert officer("330421", " 3304-210001 ") == "officer\x1f330421\x1f3304210001"
    assert officer("330421", "33010001") != officer("310118", "33010001")
    assert officer("330421", "无") is None


@pytest.mark.parametrize(
    "text",
    ["", NUMBER, f"citizen\x1f{NUMBER} ", f"citizen\x1f{NUMBER}\n", "named\x1f张*\x1f1980-05-17", "citizen\x1f1"],
)
def test_the_tokeniser_takes_no_other_text(text: str) -> None:
    assert not is_canonical(text)


def test_printing_shows_nothing() -> None:
    found = recognise(IdType.CITIZEN_ID, NUMBER, "张三丰", BORN)
    for text in (repr(found), str(found), f"{found.identity}", repr([found])):
        assert NUMBER not in text
        assert "张三丰" not in text
