"""Personal numbers in texts: the quick look passes over nothing that the closer ones find."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.rules.screening import holds_citizen_id, holds_mobile_number, suspicious

_NUMBERS = (
    "11010519491231002X",
    "110105194912310021",
    "440524188001010014",
    "13800138000",
    "8613912345678",
    "008613912345678",
)
_GAPS = ("", " ", ".", "-", "·", "－", "\u3000", "  ", "A", "中", "\n", "+86", "86")


def _with_gaps(number: str, gaps: list[str]) -> str:
    return "".join(digit + gap for digit, gap in zip(number, gaps + [""] * len(number), strict=False))


def _wide(text: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if each.isascii() and each.isalnum() else each for each in text)


_written = st.builds(_with_gaps, st.sampled_from(_NUMBERS), st.lists(st.sampled_from(_GAPS[:7]), max_size=20))
_pieces = st.one_of(
    _written, _written.map(_wide), st.sampled_from(_GAPS), st.text(alphabet="0123456789１３５Xx -.A中", max_size=24)
)


@settings(max_examples=2_000, deadline=None)
@given(st.lists(_pieces, max_size=5).map("".join))
def test_the_quick_look_passes_over_nothing(text: str) -> None:
    assert suspicious(text) or not (holds_citizen_id(text) or holds_mobile_number(text))


def test_what_stands_in_clear_is_found_however_it_is_written() -> None:
    for number in (
        "11010519491231002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002x",
        "证号110105-19491231-002X。",
    ):
        assert holds_citizen_id(number), number
        assert suspicious(number), number
    for number in (
        "13800138000",
        "电话：138-0013-8000",
        "+8613800138000",
        "86 138 0013 8000",
        "１３８００１３８０００",
    ):
        assert holds_mobile_number(number), number
        assert suspicious(number), number
    for text in ("案〔2025〕13800138号", "91330421M000300Y4X", "20250101120000", "110105194912310021"):
        assert not holds_citizen_id(text), text
        assert not holds_mobile_number(text), text
