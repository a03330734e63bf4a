"""An answer of `lianzhi ask` held against the answer key: every row, every figure, nothing rounded away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

ANSWER_KEYS = {
    *("question", "title", "parameters", "as_of", "known_at", "formula_version", "rows", "n", "d", "interval"),
    *("suppressed", "completeness"),
}
"""What the JSON of an answer holds at least; promised to whoever reads it."""


def compare_answer(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Every difference in words; nothing when the answer is the key's."""
    found = [
        f"{name}: {answer[name]!r}, the key says {expected[name]!r}"
        for name in ("n", "d")
        if not same(answer[name], expected[name])
    ]
    rows, wanted = list(answer["rows"]), list(expected["rows"])
    small = sum(bool(row["suppressed"]) for row in wanted)
    if answer["suppressed"] != small:
        found.append(f"{answer['suppressed']} rows are suppressed, the key says {small}")
    if len(rows) != len(wanted):
        found.append(f"{len(rows)} rows, the key has {len(wanted)}")
    for place, (row, want) in enumerate(zip(rows, wanted, strict=False)):
        missing = set(want) - set(row)
        found += [f"row {place}: no column {name}" for name in sorted(missing)]
        found += [
            f"row {place}, {name}: {row[name]!r}, the key says {value!r} in {dict(want)}"
            for name, value in want.items()
            if name in row and not same(row[name], value) and not _withheld(want, row[name])
        ]
    return found


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values; 1 and 1.0 and "1.00" are one amount; two texts are the same only when they are alike."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(same(left, right) for left, right in zip(one, other, strict=True))
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    first, second = _amount(one), _amount(other)
    return first is not None and first == second


def _withheld(want: Mapping[str, Any], value: Any) -> bool:
    """A suppressed row says nothing: a figure that is a collection is empty then, since it can not be null."""
    return bool(want["suppressed"]) and isinstance(value, list | dict) and not value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _amount(value: Any) -> Decimal | None:
    """A number, or money as text (exact in JSON)."""
    try:
        return Decimal(str(value)) if isinstance(value, int | float | Decimal | str) else None
    except InvalidOperation:
        return None
