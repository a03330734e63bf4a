"""统一社会信用代码, the unified social credit code of organisations: GB 32100-2015, with GB 11714-1997 inside it.

Eighteen characters: registry department (1), category (1), region of registration (6, GB/T 2260), subject code (9, the
former organisation code with a check character of its own), check character (1).

A code whose check character is wrong is a finding, not a reason to refuse a record: such codes are in circulation.
"""

from __future__ import annotations

import string
from enum import StrEnum
from functools import lru_cache
from operator import mul

from schemas.errors import InvalidInput
from schemas.identifiers.text import DASHES, fold

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015: no I, O, S, V, Z. A character's value is its place."""

SYNTHETIC_MARK = "Y"
"""First character of the subject code in codes made by `make`: issued subject codes begin with a digit, M or N."""

_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_NO_VALUE = 255
_VALUE_TABLE = bytes(_VALUES.get(chr(code), _NO_VALUE) for code in range(256))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_INNER_VALUES = {character: int(character, 36) for character in ALPHABET}
_INNER_CHECKS = "0123456789X0"  # by 11 − remainder: 10 is written X, 11 is written 0
_SPELLING: dict[int, str | None] = dict.fromkeys(map(ord, DASHES + "-'\"`‘’“”´")) | {
    ord(lower): lower.upper() for lower in string.ascii_lowercase
}
_SERIALS = 10_000_000


class UsccCheck(StrEnum):
    """What a check of a unified social credit code found; the first problem in this order counts."""

    OK = "OK"
    BAD_LENGTH = "BAD_LENGTH"
    BAD_CHARACTER = "BAD_CHARACTER"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    INNER_CHECKSUM_MISMATCH = "INNER_CHECKSUM_MISMATCH"


def normalise(code: str) -> str:
    """The code in the standard's spelling: half-width capitals without spaces, hyphens or quotation marks.

    Nothing is corrected: an O typed for a 0 stays and is found by `check`.
    """
    if len(code) == LENGTH and code.isascii() and code.isalnum():
        return code.upper()
    return fold(code, _SPELLING)


def check(code: str) -> UsccCheck:
    """Check length, characters, the check character of GB 32100-2015 and the inner one of GB 11714-1997.

    The code may be written in any way that `normalise` understands. A registry department `0` does not exist, so a row
    of zeros (which both checks would pass) is a BAD_CHARACTER.
    """
    code = normalise(code)
    if len(code) != LENGTH:
        return UsccCheck.BAD_LENGTH
    values = code.encode("ascii", "replace").translate(_VALUE_TABLE)
    if _NO_VALUE in values or values[0] == 0 or not code[2:8].isdecimal():
        return UsccCheck.BAD_CHARACTER
    if (sum(map(mul, values, _WEIGHTS)) + values[17]) % 31:
        return UsccCheck.CHECKSUM_MISMATCH
    if _inner_check(code[8:16]) != code[16]:
        return UsccCheck.INNER_CHECKSUM_MISMATCH
    return UsccCheck.OK


check_public = lru_cache(maxsize=4096)(check)
"""`check` for codes that stand in clear in events anyway, since it remembers what it was asked."""


def region_code(code: str) -> str | None:
    """Region (GB/T 2260, six digits) where the organisation was registered, or None where the code has none to read.

    It is the region of that time: an old code keeps 320584. `regions.current` gives today's. A wrong check character
    does not matter here.
    """
    code = normalise(code)
    region = code[2:8]
    return region if len(code) == LENGTH and region.isascii() and region.isdecimal() else None


def is_government(code: str) -> bool:
    """Whether the code is one of a government body: registered by 机构编制 (1) as 机关 (1)."""
    code = normalise(code)
    return len(code) == LENGTH and code.startswith("11")


def make(dept_category: str, region: str, serial: int) -> str:
    """A synthetic code with both checks right, for the simulator and for tests; it belongs to nobody.

    Args:
        dept_category: the first two characters: `11` a government body, `91` an enterprise, `92` a household.
        region: six digits of GB/T 2260.
        serial: 0 to 9,999,999; with the two above it makes the code unique.

    Raises:
        InvalidInput: an argument is outside those bounds.
    """
    if len(dept_category) != 2 or not set(dept_category) <= _VALUES.keys() or dept_category[0] == "0":
        raise InvalidInput(
            f"a registry department and category are two characters of GB 32100-2015, not {dept_category!r}",
            zh="登记管理部门代码和机构类别代码应为 GB 32100-2015 字符集中的两个字符",
        )
    if len(region) != 6 or not region.isascii() or not region.isdecimal():
        raise InvalidInput(f"a region code is six digits, not {region!r}", zh="行政区划代码应为六位数字")
    if not 0 <= serial < _SERIALS:
        raise InvalidInput(f"a serial lies between 0 and {_SERIALS - 1}, not {serial}", zh="序号超出范围")
    body = f"{SYNTHETIC_MARK}{serial:07d}"
    code = f"{dept_category}{region}{body}{_inner_check(body)}"
    return code + ALPHABET[-sum(map(mul, map(_VALUES.__getitem__, code), _WEIGHTS)) % 31]


def _inner_check(body: str) -> str:
    """Check character of GB 11714-1997 over the eight characters of an organisation code."""
    return _INNER_CHECKS[11 - sum(map(mul, map(_INNER_VALUES.__getitem__, body), _INNER_WEIGHTS)) % 11]
