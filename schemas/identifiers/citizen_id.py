"""公民身份号码, the citizen identity number of GB 11643-1999, and the other documents that a natural person may show.

The number has eighteen characters: region of the first registration (6, GB/T 2260), birth date (8), sequence (3, odd
for a man), check character (1). The old form has fifteen digits: a two-digit year of the 20th century and no check.

Everything here is personal data. No repr, no message and no error of this module ever holds a number or a part of one.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import mul

from schemas.errors import InvalidInput
from schemas.identifiers.text import DASHES, fold

SYNTHETIC_REGION = "999999"
"""Region of the numbers made by `make_synthetic`: neither GB/T 2260 nor the permits of residents use it."""

BAND_YEARS = 5

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)  # the bytes of digits are weighed as they are: an import does it for every row
_DIGITS = frozenset("0123456789")
_MASKS = frozenset("*#•●＊")
_CAPITALS: dict[int, str | None] = {code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)}
_DROPPED: dict[int, str | None] = dict.fromkeys(map(ord, DASHES + "-'\"`‘’“”´()[]【】〔〕"))
# Signs that stand for the X of the check character: the multiplication sign, the Cyrillic and the Greek letter.
_NUMBER_SPELLING = _DROPPED | _CAPITALS | dict.fromkeys(map(ord, "×хХχΧ✕✖"), "X")
_DOCUMENT_SPELLING = _DROPPED | _CAPITALS


class IdType(StrEnum):
    """Kind of document, as 双公示 lists them (自然人证件类型)."""

    CITIZEN_ID = "CITIZEN_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_PR_CARD = "FOREIGN_PR_CARD"
    OTHER = "OTHER"

    @property
    def zh(self) -> str:
        """Name of the document in Chinese."""
        return _NAMES[self][0]

    @property
    def en(self) -> str:
        """Name of the document in English."""
        return _NAMES[self][1]


_NAMES = {
    IdType.CITIZEN_ID: ("居民身份证", "resident identity card"),
    IdType.PASSPORT: ("护照", "passport"),
    IdType.HK_MACAO_PERMIT: ("港澳居民来往内地通行证", "mainland travel permit for Hong Kong and Macao residents"),
    IdType.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "mainland travel permit for Taiwan residents"),
    IdType.FOREIGN_PR_CARD: ("外国人永久居留身份证", "foreign permanent resident identity card"),
    IdType.OTHER: ("其他", "other document"),
}

# Looked for in this order inside the words of a cell. The residence permits of Hong Kong, Macao and Taiwan residents
# (港澳居民居住证, 台湾居民居住证) carry a citizen identity number with the regions 81, 82 and 83.
_TYPE_WORDS = (
    ("居住证", IdType.CITIZEN_ID),
    ("永久居留", IdType.FOREIGN_PR_CARD),
    ("永居", IdType.FOREIGN_PR_CARD),
    ("台湾", IdType.TAIWAN_PERMIT),
    ("台胞", IdType.TAIWAN_PERMIT),
    ("港澳", IdType.HK_MACAO_PERMIT),
    ("回乡证", IdType.HK_MACAO_PERMIT),
    ("护照", IdType.PASSPORT),
    ("身份", IdType.CITIZEN_ID),
    ("户口", IdType.CITIZEN_ID),
)


class IdCheck(StrEnum):
    """What a check of a citizen identity number found. CHECKSUM_MISMATCH is a flag: the number is used all the same."""

    OK = "OK"
    BAD_LENGTH = "BAD_LENGTH"
    MASKED = "MASKED"
    BAD_CHARACTER = "BAD_CHARACTER"
    BAD_BIRTH_DATE = "BAD_BIRTH_DATE"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"


class Sex(StrEnum):
    """What the sequence of a citizen identity number says."""

    MALE = "MALE"
    FEMALE = "FEMALE"


@dataclass(frozen=True, slots=True, repr=False)
class CitizenId:
    """One citizen identity number, taken apart. Printing it shows only the outcome of the check.

    Attributes:
        number: eighteen characters; a number of fifteen digits is written in the new form.
        region: six digits, as they were when the number was given (`regions.current` gives today's).
        birth: date of birth.
        check: OK or CHECKSUM_MISMATCH; what is worse does not become a CitizenId.
        old_form: given with fifteen digits.
    """

    number: str = field(repr=False)
    region: str
    birth: date
    check: IdCheck
    old_form: bool

    def __repr__(self) -> str:
        return f"CitizenId(check={self.check.value})"


def parse_id_type(text: str) -> IdType:
    """Kind of document from the words that files use (身份证, 居民身份证, 护照号, …), or from its code; else OTHER."""
    text = fold(text)
    if text.upper() in IdType.__members__:
        return IdType[text.upper()]
    return next((kind for words, kind in _TYPE_WORDS if words in text), IdType.OTHER)


def normalise(id_type: IdType, number: str) -> str:
    """One spelling for one document: half-width capitals without spaces, hyphens, brackets and quotation marks.

    A citizen identity number of fifteen digits becomes the eighteen of the same person (left as it is where its birth
    date is none). Of a permit for Hong Kong and Macao residents the letter and the eight digits that stay for life are
    kept; the two that count its renewals go.

    Raises:
        InvalidInput: nothing is left. The message holds no part of what was given.
    """
    spelled = _whole(_spell(number)) if id_type is IdType.CITIZEN_ID else fold(number, _DOCUMENT_SPELLING)
    if not spelled:
        raise InvalidInput("a document number is expected, the field is empty", zh="证件号码为空")
    if id_type is IdType.HK_MACAO_PERMIT and len(spelled) == 11 and spelled[0] in "HM" and spelled[1:].isdecimal():
        return spelled[:9]
    return spelled


def check(number: str) -> IdCheck:
    """Check form, birth date and check character. A number of fifteen digits has no check character to be wrong."""
    return _examine(_spell(number))[0]


def parse(number: str) -> CitizenId:
    """Take a number of eighteen or fifteen characters apart. A wrong check character is flagged, not refused.

    Raises:
        InvalidInput: wrong length, masked, wrong characters or an impossible birth date. The message holds no part of
            the number.
    """
    number = _spell(number)
    found, birth = _examine(number)
    if birth is None:
        expected_en, expected_zh = _EXPECTED[found]
        raise InvalidInput(f"not a citizen identity number: {expected_en}", zh=f"公民身份号码有误：{expected_zh}")
    old_form = len(number) == 15
    return CitizenId(_lengthen(number) if old_form else number, number[:6], birth, found, old_form)


def sex_of(citizen: CitizenId) -> Sex:
    """Sex by the sequence (odd: male). Never part of a projection; ask only where a rule needs it."""
    return Sex.MALE if int(citizen.number[16]) % 2 else Sex.FEMALE


def make_synthetic(birth: date, seq: int) -> str:
    """A number with the right check character that cannot belong to anybody: its region does not exist.

    Args:
        birth: date of birth.
        seq: 0 to 999; odd reads as male.

    Raises:
        InvalidInput: `seq` is outside those bounds.
    """
    if not 0 <= seq <= 999:
        raise InvalidInput(f"a sequence lies between 0 and 999, not {seq}", zh="顺序码应在 0 至 999 之间")
    body = f"{SYNTHETIC_REGION}{birth:%Y%m%d}{seq:03d}"
    return body + _check_character(body)


def birth_band(birth: date) -> str:
    """Band of five years that the birth falls in, as `1980-1984`: all that read models know of an age."""
    first = birth.year - birth.year % BAND_YEARS
    return f"{first}-{first + BAND_YEARS - 1}"


def age_on(birth: date, day: date) -> int:
    """Age in completed years (周岁) on a day as the law counts it: a year is completed when the birthday has passed.

    The first day is not counted and a period ends with the end of its last day (民法典 Arts. 201–203), so a person born
    on 1 May 2010 is still 13 on 1 May 2024 and is 14 from 2 May. Somebody born on 29 February completes a year
    at the end of 28 February where the year has no 29th.

    Raises:
        InvalidInput: the day lies before the birth.
    """
    if day < birth:
        raise InvalidInput("the day lies before the birth", zh="日期早于出生日期")
    years = day.year - birth.year
    last = min(birth.day, monthrange(day.year, birth.month)[1])
    return years if day > date(day.year, birth.month, last) else max(years - 1, 0)


_EXPECTED = {
    IdCheck.BAD_LENGTH: ("expected 18 characters, or the 15 digits of the old form", "应为 18 位，或旧式 15 位"),
    IdCheck.MASKED: ("the number is masked", "号码已脱敏"),
    IdCheck.BAD_CHARACTER: ("expected digits, with an X at the end at most", "应为数字，末位可为 X"),
    IdCheck.BAD_BIRTH_DATE: ("the digits of the birth date are no date", "出生日期码不是有效日期"),
}


def _spell(number: str) -> str:
    if number.isascii() and number.isalnum():
        return number.upper()
    return fold(number, _NUMBER_SPELLING)


def _examine(number: str) -> tuple[IdCheck, date | None]:
    """Outcome for a spelled number, with the birth date where the number can be used."""
    if not _MASKS.isdisjoint(number):
        return IdCheck.MASKED, None
    if len(number) not in (15, 18):
        return IdCheck.BAD_LENGTH, None
    body = number[:17]
    if not _DIGITS.issuperset(body) or (len(number) == 18 and number[17] not in _CHECKS):
        return IdCheck.BAD_CHARACTER, None
    birth = _birth_of(number)
    if birth is None:
        return IdCheck.BAD_BIRTH_DATE, None
    if len(number) == 18 and _check_character(body) != number[17]:
        return IdCheck.CHECKSUM_MISMATCH, birth
    return IdCheck.OK, birth


def _birth_of(number: str) -> date | None:
    """Birth date of a number of 15 or 18 characters; None where the digits are no date."""
    digits = number[6:14] if len(number) == 18 else _century(number) + number[6:12]
    if not _DIGITS.issuperset(digits):
        return None
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return birth if birth.year >= 1800 else None


def _century(number: str) -> str:
    """Old form: the sequences 996 to 999 were kept for people born in the 19th century."""
    return "18" if number[12:15] in ("996", "997", "998", "999") else "19"


def _whole(number: str) -> str:
    return _lengthen(number) if len(number) == 15 and _birth_of(number) is not None else number


def _lengthen(number: str) -> str:
    body = f"{number[:6]}{_century(number)}{number[6:]}"
    return body + _check_character(body) if _DIGITS.issuperset(body) else number


def _check_character(body: str) -> str:
    return _CHECKS[(sum(map(mul, body.encode(), _WEIGHTS)) - _ZEROS) % 11]
