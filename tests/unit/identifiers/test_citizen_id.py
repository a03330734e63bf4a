"""Citizen identity numbers (GB 11643-1999) and the other documents. All numbers are the standard's or synthetic."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInput
from schemas.identifiers import regions
from schemas.identifiers.citizen_id import (
    SYNTHETIC_REGION,
    IdCheck,
    IdType,
    Sex,
    age_on,
    birth_band,
    check,
    make_synthetic,
    normalise,
    parse,
    parse_id_type,
    sex_of,
)

births = st.dates(date(1900, 1, 1), date(2026, 12, 31))
synthetic = st.builds(make_synthetic, births, st.integers(0, 999))


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("11010519491231002X", IdCheck.OK),  # both from the standard
        ("440524188001010014", IdCheck.OK),
        ("11010519491231002x", IdCheck.OK),
        ("１１０１０５１９４９１２３１００２Ｘ", IdCheck.OK),
        ("110105 19491231 002X", IdCheck.OK),
        ("110105-19491231-002×", IdCheck.OK),
        ("11010519491231002Х", IdCheck.OK),  # a Cyrillic letter
        ("\t11010519491231002X", IdCheck.OK),
        ("110105194912310021", IdCheck.CHECKSUM_MISMATCH),
        ("440524188001010015", IdCheck.CHECKSUM_MISMATCH),
        ("999999491231002", IdCheck.OK),  # old form
        ("999999491331002", IdCheck.BAD_BIRTH_DATE),
        ("999999194902300020", IdCheck.BAD_BIRTH_DATE),
        ("999999190002290020", IdCheck.BAD_BIRTH_DATE),
        ("999999000001010020", IdCheck.BAD_BIRTH_DATE),
        ("999999********0020", IdCheck.MASKED),
        ("9999991949123100", IdCheck.BAD_LENGTH),
        ("", IdCheck.BAD_LENGTH),
        ("99999919491231X020", IdCheck.BAD_CHARACTER),
        ("99999919491231002A", IdCheck.BAD_CHARACTER),
        ("99999949123100X", IdCheck.BAD_CHARACTER),
    ],
)
def test_checks(number: str, found: IdCheck) -> None:
    assert check(number) is found


def test_parts_of_the_standards_numbers() -> None:
    first, second = parse("11010519491231002x"), parse("440524188001010014")
    assert (first.region, first.birth, sex_of(first)) == ("110105", date(1949, 12, 31), Sex.FEMALE)
    assert (second.region, second.birth, sex_of(second)) == ("440524", date(1880, 1, 1), Sex.MALE)
    assert not first.old_form


def test_old_form_becomes_the_same_person_in_the_new_form() -> None:
    old = parse("999999 491231 002")
    assert old.old_form
    assert old.birth == date(1949, 12, 31)
    assert old.number == make_synthetic(date(1949, 12, 31), 2)
    assert normalise(IdType.CITIZEN_ID, "999999491231002") == make_synthetic(date(1949, 12, 31), 2)


def test_old_form_keeps_its_last_sequences_for_the_nineteenth_century() -> None:
    assert parse("999999981231996").birth == date(1898, 12, 31)
    assert parse("999999981231995").birth == date(1998, 12, 31)


def test_wrong_check_character_is_a_flag() -> None:
    right = make_synthetic(date(1990, 2, 3), 7)
    wrong = right[:17] + ("1" if right[17] != "1" else "2")
    assert parse(wrong).check is IdCheck.CHECKSUM_MISMATCH
    assert parse(wrong).birth == date(1990, 2, 3)


@pytest.mark.parametrize("number", ["999999194902300020", "99999919491231A020", "9999991949", "999999****12310020", ""])
def test_errors_never_hold_the_number(number: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse(number)
    assert "9999" not in str(error.value)
    assert "1949" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


@given(synthetic)
def test_nothing_printed_holds_the_number(number: str) -> None:
    citizen = parse(number)
    for text in (repr(citizen), str(citizen), f"{citizen}", f"{[citizen]}"):
        assert not any(character.isdigit() for character in text)


@given(births, st.integers(0, 999))
def test_synthetic_numbers_read_back_and_collide_with_no_region(birth: date, seq: int) -> None:
    number = make_synthetic(birth, seq)
    citizen = parse(number)
    assert (citizen.birth, citizen.check, citizen.region) == (birth, IdCheck.OK, SYNTHETIC_REGION)
    assert (sex_of(citizen) is Sex.MALE) == (seq % 2 == 1)
    assert not regions.is_known(citizen.region)
    assert regions.province(citizen.region) is None


@given(synthetic, st.integers(0, 16), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_is_found(number: str, place: int, other: str) -> None:
    changed = f"{number[:place]}{other}{number[place + 1 :]}"
    assert (check(changed) is IdCheck.OK) == (changed == number)


@pytest.mark.parametrize("seq", [-1, 1000])
def test_synthetic_refuses_a_sequence_of_four_digits(seq: int) -> None:
    with pytest.raises(InvalidInput):
        make_synthetic(date(2000, 1, 1), seq)


@pytest.mark.parametrize(
    ("kind", "written", "number"),
    [
        (IdType.PASSPORT, " e 1234-5678 ", "E12345678"),
        (IdType.PASSPORT, "Ｅ１２３４５６７８", "E12345678"),
        (IdType.HK_MACAO_PERMIT, "H1234567801", "H12345678"),
        (IdType.HK_MACAO_PERMIT, "h12345678(01)", "H12345678"),
        (IdType.HK_MACAO_PERMIT, "M12345678", "M12345678"),
        (IdType.TAIWAN_PERMIT, "1234 5678", "12345678"),
        (IdType.FOREIGN_PR_CARD, "chn１２３456789012", "CHN123456789012"),
        (IdType.OTHER, "军字第 0001 号", "军字第0001号"),
    ],
)
def test_other_documents(kind: IdType, written: str, number: str) -> None:
    assert normalise(kind, written) == number


@pytest.mark.parametrize("kind", list(IdType))
@pytest.mark.parametrize("written", ["", "  ", "\u3000", "'"])
def test_an_empty_number_is_refused(kind: IdType, written: str) -> None:
    with pytest.raises(InvalidInput):
        normalise(kind, written)


@given(st.sampled_from(IdType), st.one_of(st.text(min_size=1), synthetic))
def test_normalising_twice_is_once(kind: IdType, written: str) -> None:
    try:
        once = normalise(kind, written)
    except InvalidInput:
        return
    assert normalise(kind, once) == once


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("身份证", IdType.CITIZEN_ID),
        ("居民 身份证", IdType.CITIZEN_ID),
        ("港澳居民居住证", IdType.CITIZEN_ID),
        ("护照号", IdType.PASSPORT),
        ("港澳居民来往内地通行证", IdType.HK_MACAO_PERMIT),
        ("台湾居民来往大陆通行证", IdType.TAIWAN_PERMIT),
        ("外国人永久居留身份证", IdType.FOREIGN_PR_CARD),
        ("passport", IdType.PASSPORT),
        ("军官证", IdType.OTHER),
        ("", IdType.OTHER),
    ],
)
def test_kinds_of_document_by_their_words(words: str, kind: IdType) -> None:
    assert parse_id_type(words) is kind


def test_names_of_kinds() -> None:
    assert all(parse_id_type(kind.zh) is kind and kind.en for kind in IdType)


@pytest.mark.parametrize(
    ("birth", "band"),
    [
        (date(1980, 1, 1), "1980-1984"),
        (date(1984, 12, 31), "1980-1984"),
        (date(1985, 1, 1), "1985-1989"),
        (date(2013, 5, 5), "2010-2014"),
    ],
)
def test_birth_band(birth: date, band: str) -> None:
    assert birth_band(birth) == band


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2010, 5, 1), date(2024, 4, 30), 13),
        (date(2010, 5, 1), date(2024, 5, 1), 13),  # the birthday itself still belongs to the year before
        (date(2010, 5, 1), date(2024, 5, 2), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2012, 2, 29), date(2028, 2, 29), 15),
        (date(2012, 2, 29), date(2028, 3, 1), 16),
        (date(2010, 12, 31), date(2024, 12, 31), 13),
        (date(2010, 12, 31), date(2025, 1, 1), 14),
        (date(2010, 5, 1), date(2010, 5, 1), 0),
    ],
)
def test_age_as_the_law_counts_it(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


def test_no_age_before_birth() -> None:
    with pytest.raises(InvalidInput):
        age_on(date(2010, 5, 1), date(2010, 4, 30))


@given(births, st.integers(0, 40_000))
def test_age_grows_by_single_years(birth: date, days: int) -> None:
    day = birth + timedelta(days=days)
    assert 0 <= age_on(birth, day + timedelta(days=1)) - age_on(birth, day) <= 1
